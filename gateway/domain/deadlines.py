"""Dates that follow from dates: months by the calendar of the Netherlands."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime

from gateway.domain.moments import DUTCH


def months_before(instant: datetime, months: int) -> datetime:
    """The same day and time so many months earlier, or the last day of a shorter month.

    Counted on a Dutch clock (Algemene termijnenwet knows no other), so that the
    beginning of a day stays one across summer time; the answer is in UTC.
    """
    local = instant.astimezone(DUTCH)
    year, month = divmod(local.year * 12 + local.month - 1 - months, 12)
    day = min(local.day, monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day).astimezone(UTC)
