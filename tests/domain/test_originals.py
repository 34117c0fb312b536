"""When an original may go, and what became of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.originals import Fate, Original, became, goes_from, may_go

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ANSWERS = st.sampled_from([None, Fate.REMOVED, Fate.ABSENT, Fate.STUCK])


def original(*mailboxes: str) -> Original:
    return Original(digest="00", size=1, received_at=NOW, mailboxes=frozenset(mailboxes))


def test_an_original_of_one_person_goes_at_once() -> None:
    assert may_go(NOW, NOW, shared=False, waits=True, backup_days=35)


@given(days=st.integers(0, 400), kept=st.integers(0, 400), waits=st.booleans())
def test_one_of_several_goes_once_no_backup_is_from_before_it(
    days: int, kept: int, waits: bool
) -> None:
    """An older database that is put back may need it for the others, as long as there is one."""
    now = NOW + timedelta(days=days)
    assert may_go(NOW, now, shared=True, waits=waits, backup_days=kept) == (
        not waits and days >= kept
    )
    assert goes_from(NOW, kept) == NOW + timedelta(days=kept)


@given(st.dictionaries(st.sampled_from("abc"), ANSWERS), st.sets(st.sampled_from("abc")))
def test_it_is_gone_only_once_every_mailbox_says_so(
    answers: dict[str, Fate | None], into: set[str]
) -> None:
    found = became(original(*into), answers)
    certain = bool(answers) and None not in answers.values() and Fate.STUCK not in answers.values()
    assert found.ends == (certain and into <= set(answers))
    if found.ends:
        assert (found is Fate.REMOVED) == (Fate.REMOVED in answers.values())
    elif Fate.STUCK in answers.values():
        assert found is Fate.STUCK
    else:
        assert found is (Fate.ELSEWHERE if certain else Fate.UNREACHABLE)


def test_what_is_not_configured_any_more_is_not_taken_for_gone() -> None:
    assert became(original("old"), {"new": Fate.ABSENT}) is Fate.ELSEWHERE
    assert became(original("old"), {}) is Fate.UNREACHABLE


def test_only_three_fates_end_it() -> None:
    assert {each for each in Fate if each.ends} == {Fate.REMOVED, Fate.ABSENT, Fate.CONFIRMED}


def test_what_identifies_a_mail_does_not_print() -> None:
    assert "00" not in repr(original("a"))
