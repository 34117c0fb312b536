"""33: what makes the gateway say "look at this", and what does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from statistics import median

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.detecting import (
    AT_ALL,
    FLOOR,
    FROM_ONE,
    NEAR_MISSES,
    NOT_OPENED,
    WEEKS,
    Stopped,
    Weeks,
    log_inconsistent,
    not_opened,
    signed_with_revoked_key,
    unusual_volume,
    wrong_person,
)
from gateway.domain.stops import Reason

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

stops = st.builds(
    Stopped,
    trace=st.sampled_from(("t1", "t2", "t3", "t4")),
    number=st.none() | st.integers(0, 3),
    at=st.integers(0, 72).map(lambda hours: START + timedelta(hours=hours)),
    reasons=st.frozensets(st.sampled_from(Reason), max_size=3),
    contact_id=st.sampled_from(("", "saar", "sam")),
)


@settings(max_examples=60)
@given(st.lists(stops, max_size=12))
def test_each_near_miss_is_one_fact_and_names_nobody(found: list[Stopped]) -> None:
    """One for each report, by reference; nothing for any other stop."""
    facts = [each.fact for each in wrong_person(found)]
    assert facts == [each.place for each in found if Reason.PERSON_DIFFERS in each.reasons]
    assert all("saar" not in each.evidence for each in wrong_person(found))


def test_a_thousand_near_misses_of_one_sender_are_a_dozen_proposals_and_one_for_the_rest() -> None:
    """And the same ones, however many follow on that day; another sender has their own."""
    flood = [near_miss(number, "saar") for number in range(1000)]
    facts = [each.fact for each in wrong_person([*flood, near_miss(0, "sam")])]
    assert facts == [*(each.place for each in flood[:NEAR_MISSES]), "saar/2026-03-02", "t/1"]
    assert [each.fact for each in wrong_person(flood[:40])] == facts[:-1]
    (rest,) = (each for each in wrong_person(flood) if each.fact == "saar/2026-03-02")
    assert "saar" not in rest.evidence


def near_miss(number: int, sender: str) -> Stopped:
    reasons = frozenset({Reason.PERSON_DIFFERS})
    return Stopped(trace="t", number=number, at=START, reasons=reasons, contact_id=sender)


@settings(max_examples=60)
@given(st.lists(stops, max_size=20))
def test_a_flood_of_mails_is_one_proposal_a_day(found: list[Stopped]) -> None:
    """Whoever writes the number of a revoked key on a thousand mails is seen once a day."""
    proposed = list(signed_with_revoked_key(found))
    days = {each.at.date() for each in found if Reason.KEY_REVOKED in each.reasons}
    assert len(proposed) == len({each.fact for each in proposed}) == len(days)


@settings(max_examples=60)
@given(st.lists(stops, max_size=40))
def test_what_did_not_open_counts_by_day_and_by_address(found: list[Stopped]) -> None:
    """As counting by hand says; other stops never count."""
    failed = [each for each in found if each.reasons & NOT_OPENED]
    facts = {each.fact for each in not_opened(found)}
    for day in {each.at.date() for each in failed}:
        today = [each for each in failed if each.at.date() == day]
        assert (f"all/{day}" in facts) is (len(today) >= AT_ALL)
        for who in ("saar", "sam"):
            theirs = sum(each.contact_id == who for each in today)
            assert (f"{who}/{day}" in facts) is (theirs >= FROM_ONE)
    assert not any(each.startswith("/") for each in facts)


def weeks(before: list[int], now: int) -> Weeks:
    return Weeks(contact_id="saar", week="2026-W10", at=START, before=before, now=now)


def test_what_is_usual_is_no_finding_and_a_flood_is_one() -> None:
    """By the contact's own weeks; a new contact has none."""
    usual = [10, 12, 9, 11, 10, 13]
    assert list(unusual_volume(weeks(usual, 30))) == []
    (found,) = unusual_volume(weeks(usual, 60))
    assert found.fact == "saar/2026-W10"
    assert "60 reports in 2026-W10; of 6 weeks before median 10.5" in found.evidence
    assert list(unusual_volume(weeks([100] * (WEEKS - 1), 9000))) == []
    # One wild week before does not widen what is usual.
    assert list(unusual_volume(weeks([*usual, 500], 60)))


@settings(max_examples=100)
@given(st.lists(st.integers(0, 200), max_size=20), st.integers(0, 2000), st.integers(0, 500))
def test_more_is_never_less_suspicious(before: list[int], now: int, more: int) -> None:
    """If a number is proposed any greater one is; nothing up to the floor or median ever is."""
    if list(unusual_volume(weeks(before, now))):
        assert list(unusual_volume(weeks(before, now + more)))
        assert now > max(FLOOR, 3 * median(before))


def test_a_log_with_many_faults_is_one_proposal_and_other_faults_another() -> None:
    """Thousands of altered entries are one thing to look at."""
    faults = {f"altered/{number}": "not the bytes that were sealed" for number in range(1000)}
    (found,) = log_inconsistent(START, faults)
    assert found.evidence == "log altered/0: not the bytes that were sealed, and 999 more"
    assert list(log_inconsistent(START, {})) == []
    (same,) = log_inconsistent(START, dict(reversed(faults.items())))
    (other,) = log_inconsistent(START, faults | {"gap/7": "missing"})
    assert same.fact == found.fact != other.fact
    assert len(found.fact) <= 100
