"""Convenant 12.7: by when help is due, against a calendar of its own; and for which articles."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.helping import checked_articles, due_after
from gateway.domain.register import RegisterError

ZONE = ZoneInfo("Europe/Amsterdam")
# Days in 2026 and 2027 on which no Dutch office works, from the published calendar.
FREE = {
    date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6), date(2026, 4, 27), date(2026, 5, 5),
    date(2026, 5, 14), date(2026, 5, 25), date(2026, 12, 25), date(2026, 12, 26),
    date(2027, 1, 1),
}  # fmt: skip


def counted(start: date, working_days: int) -> date:
    day = start
    while working_days:
        day += timedelta(days=1)
        working_days -= day.weekday() < 5 and day not in FREE
    return day


def test_five_working_days_over_christmas() -> None:
    """From Monday 21 December: Christmas, Boxing Day and a weekend are no working days."""
    asked = datetime(2026, 12, 21, 10, tzinfo=ZONE)
    assert due_after(asked, 5).astimezone(ZONE).date() == date(2026, 12, 30)


@settings(max_examples=80)
@given(st.integers(0, 340), st.integers(1, 20))
def test_working_days_are_counted_as_a_calendar_does(day: int, working_days: int) -> None:
    start = date(2026, 1, 5) + timedelta(days=day)
    asked = datetime(start.year, start.month, start.day, 16, tzinfo=ZONE)
    due = due_after(asked, working_days).astimezone(ZONE)
    expected = counted(start, working_days)
    assert (due - timedelta(seconds=1)).date() == expected


@pytest.mark.parametrize("article", [11, 23, 32, 36, 0])
def test_other_articles_are_no_reason_to_ask(article: int) -> None:
    with pytest.raises(RegisterError):
        checked_articles([15, article])


def test_each_article_once_in_order() -> None:
    assert checked_articles([33, 15, 15]) == (15, 33)
    with pytest.raises(RegisterError):
        checked_articles([])
