"""Half-open time: valid at the start, no longer at the end (3.2)."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.parties import Interval, KeyState
from tests.generators import INSTANT, SENDER, key

SECOND = timedelta(seconds=1)
instants = st.integers(-3, 3).map(lambda hours: INSTANT + timedelta(hours=hours))
intervals = st.builds(Interval, start=st.none() | instants, end=st.none() | instants)


def test_an_interval_holds_at_its_start_and_not_at_its_end() -> None:
    term = Interval(start=INSTANT, end=INSTANT + SECOND)
    assert [term.holds(at) for at in (INSTANT - SECOND, INSTANT, INSTANT + SECOND)] == [
        False,
        True,
        False,
    ]


@settings(deadline=None)
@given(interval=intervals, at=instants)
def test_it_is_ahead_running_or_behind_and_never_runs_backwards(
    interval: Interval, at: object
) -> None:
    assert isinstance(at, type(INSTANT))
    assert interval.holds(at) is not (interval.ahead_of(at) or interval.behind(at))


@settings(deadline=None)
@given(interval=intervals, at=instants)
def test_between_now_and_the_next_change_nothing_changes(interval: Interval, at: object) -> None:
    assert isinstance(at, type(INSTANT))
    change = interval.next_change(at)
    later = at + timedelta(hours=9) if change is None else change - SECOND
    assert interval.holds(later) is interval.holds(at)
    if change is not None:
        assert change > at
        assert change in (interval.start, interval.end)


@pytest.mark.parametrize(
    ("pinned", "state"),
    [
        (key(), KeyState.READY),
        (key(valid=Interval(end=INSTANT)), KeyState.EXPIRED),
        (key(valid=Interval(start=INSTANT + SECOND)), KeyState.EXPIRED),
        (key(revoked_at=INSTANT), KeyState.REVOKED),
        (key(revoked_at=INSTANT + SECOND), KeyState.READY),
        (key(valid=Interval(end=INSTANT), revoked_at=INSTANT), KeyState.REVOKED),
    ],
)
def test_a_key_is_usable_or_says_why_not(pinned: object, state: KeyState) -> None:
    assert isinstance(pinned, type(key()))
    assert pinned.state(INSTANT) is state


def test_a_declaration_binds_within_its_period_only() -> None:
    declared = dataclasses.replace(SENDER, bound=Interval(start=INSTANT, end=INSTANT + SECOND))
    assert [declared.is_bound(at) for at in (INSTANT - SECOND, INSTANT, INSTANT + SECOND)] == [
        False,
        True,
        False,
    ]
    assert not dataclasses.replace(SENDER, bound=None).is_bound(INSTANT)
