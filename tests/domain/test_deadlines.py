"""Months by the Dutch calendar: short months, leap years, summer time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.deadlines import months_before
from gateway.domain.moments import DUTCH, moment

moments = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    max_value=datetime(2090, 1, 1),  # noqa: DTZ001 - as above
    timezones=st.just(UTC),
)


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        ("2026-03-08", 3, "2025-12-08"),
        ("2026-05-31", 3, "2026-02-28"),
        ("2028-05-31", 3, "2028-02-29"),
        ("2026-07-31", 1, "2026-06-30"),
        ("2026-01-31", 3, "2025-10-31"),
        # Summer time begins in between: the beginning of a day stays one.
        ("2026-07-01", 3, "2026-04-01"),
        ("2026-06-15", 3, "2026-03-15"),
        ("2026-01-01", 12, "2025-01-01"),
        ("2026-01-01", 0, "2026-01-01"),
    ],
)
def test_as_the_calendar_has_it(day: str, months: int, before: str) -> None:
    assert months_before(moment(day), months) == moment(before)


@given(moments, st.integers(min_value=0, max_value=60))
def test_the_same_day_of_an_earlier_month_or_its_last(instant: datetime, months: int) -> None:
    found, local = months_before(instant, months).astimezone(DUTCH), instant.astimezone(DUTCH)
    assert (local.year * 12 + local.month) - (found.year * 12 + found.month) == months
    assert found.day == local.day or (found + timedelta(days=1)).month != found.month
    assert found.day <= local.day
