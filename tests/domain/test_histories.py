"""A history as of any instant equals a model that tries every change in turn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.histories import FOREVER, NEVER, Change, History, first_of
from gateway.domain.parties import Interval

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = st.integers(min_value=0, max_value=8)
EIGHTHS = st.integers(-8, 72).map(lambda number: number / 8)  # exact in binary
CHANGES = st.lists(st.tuples(DAYS, st.integers()), max_size=8)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def history(changes: list[tuple[int, int]]) -> History[int]:
    return History(
        Change(valid_from=day(start), order=order, value=value)
        for order, (start, value) in enumerate(changes)
    )


def model(changes: list[tuple[int, int]], at: float) -> int | None:
    """The latest start wins, and of equal starts the one recorded last."""
    found: tuple[int, int] | None = None
    for start, value in changes:
        if start <= at and (found is None or start >= found[0]):
            found = (start, value)
    return None if found is None else found[1]


@given(changes=CHANGES, at=EIGHTHS)
def test_as_of_any_instant(changes: list[tuple[int, int]], at: float) -> None:
    assert history(changes).as_of(day(at)) == model(changes, at)


@given(changes=CHANGES, at=EIGHTHS)
def test_nothing_changes_before_the_next_change(changes: list[tuple[int, int]], at: float) -> None:
    found = history(changes)
    coming = found.next_change(day(at))
    starts = [day(start) for start, _ in changes if day(start) > day(at)]
    assert coming == min(starts, default=None)


@given(changes=CHANGES, at=EIGHTHS)
def test_until_and_since_divide_a_history(changes: list[tuple[int, int]], at: float) -> None:
    """What was, up to and with what holds; what holds, and what comes."""
    found = history(changes)
    until, since = found.until(day(at)), found.since(day(at))
    assert (until or since)[: len(until)] == until
    if until:
        assert until[-1] == since[0] == found.as_of(day(at))
        assert until[:-1] + since == found.ever()
    else:
        assert since == found.ever()


@given(changes=st.lists(st.tuples(DAYS, st.integers(0, 1)), max_size=8), at=EIGHTHS)
def test_what_holds_began_where_the_model_says_the_same_as_far_back_as_it_does(
    changes: list[tuple[int, int]], at: float
) -> None:
    """Stepping back by eighths of a day for as long as the answer is the same."""
    began, value = history(changes).began(day(at)), model(changes, at)
    if value is None:
        assert began is None
        return
    first = at
    while model(changes, first - 1 / 8) == value:
        first -= 1 / 8
    assert began == day(first)


@given(order=st.permutations(range(6)))
def test_the_order_of_reading_rows_does_not_matter(order: list[int]) -> None:
    changes = [Change(valid_from=day(n // 2), order=n, value=n) for n in range(6)]
    shuffled = History(changes[n] for n in order)
    assert [shuffled.as_of(day(n)) for n in range(3)] == [1, 3, 5]


def test_an_empty_history_says_nothing() -> None:
    empty: History[int] = History()
    assert empty.as_of(START) is None
    assert empty.next_change(START) is None
    assert empty.until(START) == empty.since(START) == empty.ever() == ()


def test_never_holds_at_no_time_and_is_no_bound() -> None:
    for instant in (START, datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)):
        assert not NEVER.holds(instant)
        assert NEVER.ahead_of(instant)
    assert first_of(None, NEVER.next_change(START)) is None
    assert first_of(None, FOREVER, day(3), day(2)) == day(2)
    assert first_of() is None
    assert Interval(start=START).next_change(day(1)) is None
