"""AVG 19: when somebody is written to again, and when an officer has to look."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.duty_letters import Confirmed, DutyLetter, DutyMatter, LetterState
from gateway.domain.notifying import (
    FIRST_REMINDER,
    MOST_REMINDERS,
    WEEKLY,
    Happened,
    Passed,
    Recipient,
    as_they_stand,
    due,
    once,
    tell_officer,
    undone,
)
from tests.generators import INSTANT

DAY = timedelta(days=1)


def letter(attempt: int = 0, days: int = 0, state: LetterState = LetterState.SENT) -> DutyLetter:
    """Posted, and where it left sent, so many days after the beginning."""
    at = INSTANT + days * DAY
    return DutyLetter(
        letter_id=f"{attempt:016}",
        matter=DutyMatter.NOTIFICATION,
        about="request/1",
        item="erased/to",
        meant_for="contact-1",
        contact_id="contact-1",
        attempt=attempt,
        message_id=f"<{attempt}@gemeente.example>",
        posted_at=at,
        state=state,
        sent_at=at if state is LetterState.SENT else None,
        confirmed=Confirmed.REPLY if state is LetterState.CONFIRMED else None,
    )


def test_the_first_at_once_a_reminder_after_two_weeks_and_then_weekly_four_at_most() -> None:
    posted: list[DutyLetter] = []
    days = []
    for day in range(120):
        if due(posted, INSTANT + day * DAY):
            days.append(day)
            posted.append(letter(len(posted), day))
    assert days == [0, 14, 21, 28, 35]
    assert len(posted) == 1 + MOST_REMINDERS
    assert (FIRST_REMINDER, WEEKLY) == (14 * DAY, 7 * DAY)


def test_what_did_not_leave_goes_again_at_once_and_counts_as_none() -> None:
    withdrawn = letter(0, 0, LetterState.WITHDRAWN)
    assert due([withdrawn], INSTANT)
    again = [withdrawn, letter(1, 1)]
    assert not due(again, INSTANT + 14 * DAY)
    assert due(again, INSTANT + 15 * DAY)


def test_not_while_one_waits_and_never_once_it_was_confirmed() -> None:
    late = INSTANT + 200 * DAY
    assert not due([letter(state=LetterState.WAITING)], late)
    assert not due([letter(0), letter(1, 14, LetterState.CONFIRMED)], late)
    assert not undone([letter(0), letter(1, 14, LetterState.CONFIRMED)], late)


def test_an_officer_hears_at_once_of_what_failed_and_in_time_of_silence() -> None:
    assert undone([], INSTANT)
    for state in LetterState:
        assert undone([letter(state=state)], INSTANT) is state.failed
    assert not undone([letter()], INSTANT + FIRST_REMINDER - timedelta(seconds=1))
    assert undone([letter()], INSTANT + FIRST_REMINDER)


def test_an_officer_hears_of_a_case_weekly() -> None:
    assert tell_officer([], INSTANT)
    assert not tell_officer([letter()], INSTANT + 6 * DAY)
    assert tell_officer([letter()], INSTANT + WEEKLY)
    assert tell_officer([letter(state=LetterState.WITHDRAWN)], INSTANT)


@settings(max_examples=100)
@given(st.lists(st.sampled_from(LetterState), max_size=8), st.integers(0, 400))
def test_nobody_is_ever_written_to_more_than_five_times(
    states: list[LetterState], day: int
) -> None:
    letters = [letter(number, number, state) for number, state in enumerate(states)]
    left = [each for each in letters if each.state is not LetterState.WITHDRAWN]
    ends_withdrawn = bool(letters) and letters[-1].state is LetterState.WITHDRAWN
    if len(left) > MOST_REMINDERS and not ends_withdrawn:
        assert not due(letters, INSTANT + day * DAY)


def restricted(item: str, *references: str, case_id: str = "case-1") -> Recipient:
    return Recipient(
        case_id=case_id,
        item=item,
        happened=Happened.RESTRICTED,
        contact_id="contact-1",
        passed=tuple(Passed(reference=each, sent_at=INSTANT, categories=()) for each in references),
    )


def heard(
    *given: Recipient, standing: set[str], lifted: set[str]
) -> list[tuple[str, Happened, bool]]:
    found = as_they_stand(given, restricted=standing, lifted=lifted)
    return [(each.letter, each.happened, each.over) for each in found]


def test_a_second_restriction_is_another_letter_than_the_first_and_its_end() -> None:
    first, second = restricted("r1", "a"), restricted("r2", "a", "b")
    assert heard(first, second, standing={"r2", "case-1"}, lifted={"r1"}) == [
        ("restricted-r1/to", Happened.RESTRICTED, True),
        ("restricted-r2/to", Happened.RESTRICTED, False),
    ]
    assert heard(first, second, standing=set(), lifted={"r1", "r2", "case-1"}) == [
        ("restricted-r1/to", Happened.RESTRICTED, True),
        ("lifted-r1/to", Happened.LIFTED, False),
        ("restricted-r2/to", Happened.RESTRICTED, True),
        ("lifted-r2/to", Happened.LIFTED, False),
    ]


def test_nobody_hears_that_it_is_over_of_what_another_restriction_holds() -> None:
    """Also one of another request; of the reports that are free again they do."""
    first, other = restricted("r1", "a", "b"), restricted("r9", "b", case_id="case-9")
    found = as_they_stand((first, other), restricted={"r9", "case-9"}, lifted={"r1", "case-1"})
    told = [each for each in found if each.happened is Happened.LIFTED]
    assert [[passed.reference for passed in each.passed] for each in told] == [["a"]]


def test_of_before_restrictions_were_told_apart_the_case_says_how_it_stands() -> None:
    assert heard(restricted("", "a"), standing={"case-1", "r1"}, lifted=set()) == [
        ("restricted/to", Happened.RESTRICTED, False)
    ]
    assert heard(restricted("", "a"), standing=set(), lifted={"case-1", "r1"}) == [
        ("restricted/to", Happened.RESTRICTED, True),
        ("lifted/to", Happened.LIFTED, False),
    ]


def test_who_has_to_hear_of_a_report_twice_is_named_once() -> None:
    """Such as with two corrections of one report."""
    twice = (restricted("c1", "a", "b"), restricted("c2", "a"))
    assert [(who, passed.reference) for who, passed in once(twice)] == [
        ("contact-1", "a"),
        ("contact-1", "b"),
    ]
