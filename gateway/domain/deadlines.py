"""Dates that follow from dates: months by the calendar of the Netherlands."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta

from gateway.domain.moments import DUTCH

_DURATION = re.compile(r"P\d+[YMD]")


def months_before(instant: datetime, months: int) -> datetime:
    """The same day and time so many months earlier, or the last day of a shorter month.

    Counted on a Dutch clock (Algemene termijnenwet knows no other), so that the
    beginning of a day stays one across summer time; the answer is in UTC.
    """
    local = instant.astimezone(DUTCH)
    year, month = divmod(local.year * 12 + local.month - 1 - months, 12)
    day = min(local.day, monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day).astimezone(UTC)


def kept_until(instant: datetime, duration: str) -> datetime:
    """When what was recorded then has been kept for this long (ISO 8601, as ``P5Y``).

    Years and months by the calendar, as `months_before`; days of 24 hours.  Raises
    `ValueError` for a duration of another form.
    """
    if _DURATION.fullmatch(duration) is None:
        raise ValueError("a duration is a number of whole years, months or days")
    count, unit = int(duration[1:-1]), duration[-1]
    if unit == "D":
        return instant + timedelta(days=count)
    return months_before(instant, -count * (12 if unit == "Y" else 1))
