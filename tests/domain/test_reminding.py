"""What is due: each matter at its newest threshold, at the very second, and for nobody else."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.breach_terms import WARNINGS
from gateway.domain.breaches import Clock
from gateway.domain.deadlines import end_of, months_before
from gateway.domain.histories import (
    Change,
    ContactDetail,
    ContactHistory,
    History,
    PartyHistory,
    Roster,
    roster_of,
)
from gateway.domain.mail import Protection
from gateway.domain.moments import DUTCH
from gateway.domain.parties import Interval, Key, Role, Side, Standing
from gateway.domain.reminding import (
    INSISTING,
    KEY_DAYS,
    REVIEW,
    Matter,
    Reminder,
    Told,
    audience,
    digest,
    due,
    holds_until,
    missing,
)
from gateway.domain.running import Running

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=700)
SECOND = timedelta(seconds=1)


def always(value: object, since: datetime = LONG_AGO) -> History:  # type: ignore[type-arg]  # of whatever it is given
    return History([Change(valid_from=since, order=0, value=value)])


def party(
    party_id: str = "school",
    *,
    side: Side = Side.PROVIDER,
    standing: Standing = Standing.ACTIVE,
    end: datetime = NOW + timedelta(days=900),
    terms: History[Interval] | None = None,
    since: datetime = LONG_AGO,
) -> PartyHistory:
    return PartyHistory(
        party_id=party_id,
        side=side,
        instellingsnummer="00VB000001",
        names=always(f"Naam van {party_id}"),
        standings=always(standing, since),
        terms=terms or always(Interval(start=LONG_AGO, end=end)),
    )


def contact(
    who: str,
    of: PartyHistory,
    *,
    expires: datetime | None = None,
    role: Role = Role.CONTACTPERSOON,
    revoked: datetime | None = None,
    active: bool = True,
) -> ContactHistory:
    key = Key(
        protection=Protection.OPENPGP,
        fingerprint=who.upper(),
        certificate=b"x",
        valid=Interval(start=LONG_AGO, end=expires),
        revoked_at=revoked,
    )
    address = f"{who}@{of.party_id}.example"
    detail = ContactDetail(name=who, address=address, role=role, active=active)
    return ContactHistory(
        contact_id=who, party=of, details=always(detail), bounds=always(None), keys=always(key)
    )


GEMEENTE = party("gemeente", side=Side.MUNICIPALITY)
OFFICER = contact("fien", GEMEENTE, role=Role.PRIVACY_OFFICER)
SCHOOL = party()


def roster(
    *contacts: ContactHistory,
    parties: tuple[PartyHistory, ...] = (SCHOOL,),
    running: tuple[Running, ...] = (),
) -> Roster:
    return roster_of(1, (GEMEENTE, *parties), (OFFICER, *contacts), always("table"), running)


def of_key(end: datetime, threshold: int) -> Reminder:
    return Reminder(matter=Matter.KEY, subject="saar", threshold=threshold, deadline=end)


def due_of_key(end: datetime, instant: datetime) -> tuple[Reminder, ...]:
    return due(roster(contact("saar", SCHOOL, expires=end)), instant)


@pytest.mark.parametrize("days", KEY_DAYS)
def test_a_key_is_due_in_the_second_of_each_threshold(days: int) -> None:
    end = NOW + timedelta(days=days)
    assert due_of_key(end, NOW) == (of_key(end, days),)
    earlier = [number for number in KEY_DAYS if number > days][-1:]
    assert due_of_key(end, NOW - SECOND) == tuple(of_key(end, number) for number in earlier)


@given(st.integers(min_value=-400, max_value=400))
def test_after_standing_still_only_the_newest_threshold_is_due(hours: int) -> None:
    end = NOW + timedelta(hours=hours)
    reached = [days for days in KEY_DAYS if end - timedelta(days=days) <= NOW]
    assert due_of_key(end, NOW) == tuple(of_key(end, days) for days in [*reached[-1:]])


def test_a_key_that_never_expires_was_revoked_or_is_of_nobody_any_more() -> None:
    soon = NOW + timedelta(days=3)
    excluded = party("weg", standing=Standing.LEFT)
    nobody = (
        contact("saar", SCHOOL),
        contact("sam", SCHOOL, expires=soon, revoked=NOW - SECOND),
        contact("siem", SCHOOL, expires=soon, active=False),
        contact("els", excluded, expires=soon),
    )
    assert due(roster(*nobody, parties=(SCHOOL, excluded)), NOW) == ()


def test_a_key_about_to_expire_is_told_to_its_holder_and_the_officers() -> None:
    end = NOW + timedelta(days=15)
    known = roster(contact("saar", SCHOOL, expires=end))
    (reminder,) = due(known, NOW)
    assert [each.contact_id for each in audience(known, reminder, NOW)] == ["saar", "fien"]


def test_an_expired_key_is_told_to_the_officers_alone() -> None:
    known = roster(contact("saar", SCHOOL, expires=NOW))
    (reminder,) = due(known, NOW)
    assert reminder.threshold == 0
    assert [each.contact_id for each in audience(known, reminder, NOW)] == ["fien"]


def test_an_officer_is_told_of_the_own_key_once() -> None:
    floor = contact("floor", GEMEENTE, expires=NOW + SECOND, role=Role.PRIVACY_OFFICER)
    known = roster(floor)
    (reminder,) = due(known, NOW)
    assert [each.contact_id for each in audience(known, reminder, NOW)] == ["floor", "fien"]


@pytest.mark.parametrize("end", [NOW, NOW + timedelta(days=29), datetime(2026, 4, 30, tzinfo=UTC)])
def test_the_end_of_a_term_is_told_three_months_before_and_when_it_is_there(end: datetime) -> None:
    known = roster(parties=(party(end=end),))

    def told_at(instant: datetime) -> list[int]:
        return [each.threshold for each in due(known, instant)]

    warning = months_before(end, 3)
    assert told_at(warning - SECOND) == []
    assert told_at(warning) == told_at(end - SECOND) == [3]
    assert told_at(end) == told_at(end + timedelta(days=900)) == [0]
    (reminder,) = due(known, warning)
    assert [each.contact_id for each in audience(known, reminder, warning)] == ["fien"]


@pytest.mark.parametrize("standing", Standing)
def test_a_term_is_of_concern_only_for_who_takes_part(standing: Standing) -> None:
    known = roster(parties=(party(end=NOW, standing=standing),))
    taking_part = standing in {Standing.ASPIRANT, Standing.ACTIVE, Standing.SUSPENDED}
    assert [each.matter for each in due(known, NOW)].count(Matter.TERM) == taking_part


def test_a_term_that_is_followed_by_another_does_not_end() -> None:
    end = NOW + timedelta(days=10)
    first = Change(valid_from=LONG_AGO, order=0, value=Interval(start=LONG_AGO, end=end))
    then = Interval(start=end, end=end + timedelta(days=730))
    second = Change(valid_from=end, order=1, value=then)
    assert due(roster(parties=(party(terms=History([first, second])),)), NOW) == ()


def test_an_exclusion_is_told_from_the_moment_it_begins() -> None:
    began = NOW - timedelta(days=2)
    known = roster(parties=(party(standing=Standing.EXCLUDED, since=began),))
    (reminder,) = due(known, began)
    assert reminder == Reminder(
        matter=Matter.EXCLUSION, subject="school", threshold=0, deadline=began
    )
    assert due(known, began - SECOND) == ()
    assert due(known, NOW) == (reminder,)


def request(deadline: datetime) -> Running:
    return Running(
        matter=Matter.REQUEST, subject="c1", reference="Z-1", kind="access", deadline=deadline
    )


def test_a_request_is_told_at_14_7_3_and_1_days_and_when_it_is_too_late() -> None:
    last = date(2026, 4, 3)  # summer time began on 29 March
    late = end_of(last)
    known = roster(running=(request(late),))

    def told_at(instant: datetime) -> list[int]:
        return [each.threshold for each in due(known, instant) if each.matter is Matter.REQUEST]

    begins = {
        14: datetime(2026, 3, 20, tzinfo=DUTCH),
        7: datetime(2026, 3, 27, tzinfo=DUTCH),
        3: datetime(2026, 3, 31, tzinfo=DUTCH),
        1: datetime(2026, 4, 2, tzinfo=DUTCH),
        0: datetime(2026, 4, 4, tzinfo=DUTCH),
    }
    before: list[int] = []
    for days, moment in begins.items():
        assert told_at(moment.astimezone(UTC) - SECOND) == before
        before = [days]
        assert told_at(moment.astimezone(UTC)) == before
    assert told_at(late + timedelta(days=400)) == [0]
    (reminder,) = due(known, late)
    assert [each.contact_id for each in audience(known, reminder, late)] == ["fien"]


def test_a_reminder_of_a_request_counts_as_the_case_does_on_every_day_of_ten_years() -> None:
    day = date(2024, 1, 1)
    while day < date(2034, 1, 1):
        noon = datetime.combine(day, time(12), tzinfo=DUTCH).astimezone(UTC)
        for days in (14, 7, 3, 1):
            late = datetime.combine(day + timedelta(days=days + 1), time(), tzinfo=DUTCH)
            known = roster(running=(request(late.astimezone(UTC)),))
            told = [each.threshold for each in due(known, noon) if each.matter is Matter.REQUEST]
            assert told == [days]
        day += timedelta(days=1)


def test_an_answered_request_is_not_told_any_more_and_an_extended_one_later() -> None:
    late = end_of(date(2026, 6, 12))
    at = late - timedelta(days=8)
    known = roster(running=(request(late),))
    (reminder,) = due(known, at)
    told = Told(reminder=reminder, contact_id="fien")
    assert digest(known, told, at)
    assert digest(roster(), told, at) == ""
    assert digest(roster(running=(request(late + timedelta(days=59)),)), told, at) == ""
    assert holds_until(known, told, at) == late - timedelta(days=4)


def test_a_breach_is_told_at_24_48_60_and_70_hours_and_when_they_have_gone_by() -> None:
    """By the warnings as the register of breaches names them, across summer time too."""
    aware = datetime(2026, 3, 28, 12, tzinfo=UTC)
    clock = Clock(breach_id="b-1", aware_at=aware)
    term = Running(
        matter=Matter.BREACH, subject="b-1", reference="b-1", kind="", deadline=clock.deadline
    )
    known = roster(running=(term,))
    assert due(known, aware + timedelta(hours=24) - SECOND) == ()
    before: list[int] = []
    for hours in WARNINGS:
        at = aware + timedelta(hours=hours)
        assert [each.threshold for each in due(known, at - SECOND)] == before
        before = [72 - hours]
        assert [each.threshold for each in due(known, at)] == before
    at = clock.deadline
    (reminder,) = due(known, at)
    assert [each.contact_id for each in audience(known, reminder, at)] == ["fien"]
    assert digest(roster(), Told(reminder=reminder, contact_id="fien"), at) == ""


def test_what_an_erasure_left_is_told_once_it_is_late() -> None:
    deadline = NOW + timedelta(days=7)
    term = Running(
        matter=Matter.ERASURE, subject="e-1", reference="e-1", kind="", deadline=deadline
    )
    known = roster(running=(term,))
    assert due(known, deadline - SECOND) == ()
    (reminder,) = due(known, deadline)
    assert (reminder.subject, reminder.threshold) == ("e-1", 0)
    assert [each.contact_id for each in audience(known, reminder, deadline)] == ["fien"]
    assert digest(roster(), Told(reminder=reminder, contact_id="fien"), deadline) == ""


def test_a_restriction_that_stands_is_told_anew_each_half_year() -> None:
    """AVG 18, 21: nothing ends it by itself, and no request's clock runs any more."""
    term = Running(
        matter=Matter.RESTRICTION,
        subject="c-1",
        reference="Z-1",
        kind="restriction",
        deadline=NOW + REVIEW,
    )
    known = roster(running=(term,))
    assert looked_at(known, NOW + REVIEW - SECOND) == ()
    for times in (1, 2, 9):
        at = NOW + times * REVIEW
        (reminder,) = looked_at(known, at)
        assert (reminder.threshold, reminder.deadline) == (0, at)
        assert looked_at(known, at + REVIEW - SECOND) == (reminder,)
        told = Told(reminder=reminder, contact_id="fien")
        assert holds_until(known, told, at) == at + REVIEW
    assert looked_at(roster(), NOW + 9 * REVIEW) == ()


def test_what_an_extension_left_is_told_at_once_and_each_day_until_it_is_done() -> None:
    """33(4): what was decided falls by it, and the 72 hours may have no threshold left."""
    term = Running(
        matter=Matter.EXTENSION, subject="b-1", reference="b-1", kind="write-letters", deadline=NOW
    )
    known = roster(running=(term,))
    assert due(known, NOW - SECOND) == ()
    for days in (0, 1, 40):
        at = NOW + days * INSISTING
        (reminder,) = due(known, at)
        assert (reminder.threshold, reminder.deadline) == (0, at)
        assert due(known, at + INSISTING - SECOND) == (reminder,)
        told = Told(reminder=reminder, contact_id="fien")
        assert holds_until(known, told, at) == at + INSISTING
        assert digest(roster(), told, at) == ""


def looked_at(known: Roster, instant: datetime) -> tuple[Reminder, ...]:
    return tuple(each for each in due(known, instant) if each.matter is Matter.RESTRICTION)


def test_who_has_yet_to_be_told() -> None:
    found = roster().officers(NOW)
    assert missing(found, None) == found
    assert missing(found, frozenset()) == ()
    assert missing(found, frozenset({"fien", "somebody"})) == found


def test_a_letter_stands_while_it_is_the_newest_and_its_reader_the_same() -> None:
    end = NOW + timedelta(days=30)
    known = roster(contact("saar", SCHOOL, expires=end))
    told = Told(reminder=of_key(end, 30), contact_id="saar")
    stands = digest(known, told, NOW)
    assert stands
    assert digest(known, told, NOW + timedelta(days=14)) == stands
    assert digest(known, told, NOW + timedelta(days=15)) == ""
    renewed = roster(contact("saar", SCHOOL, expires=end + timedelta(days=700)))
    assert digest(renewed, told, NOW) == ""
    assert digest(roster(), told, NOW) == ""
    another = Told(reminder=told.reminder, contact_id="fien")
    assert digest(known, another, NOW) not in {"", stands}


@given(st.integers(min_value=0, max_value=90 * 24), st.integers(min_value=0, max_value=90 * 24))
def test_nothing_falls_before_the_moment_it_was_said_to_hold_until(start: int, after: int) -> None:
    end = NOW + timedelta(days=60)
    known = roster(contact("saar", SCHOOL, expires=end))
    at, later = NOW + timedelta(hours=start), NOW + timedelta(hours=start + after)
    for reminder in due(known, at):
        told = Told(reminder=reminder, contact_id="fien")
        until = holds_until(known, told, at)
        if until is None or later < until:
            assert digest(known, told, later) == digest(known, told, at)
