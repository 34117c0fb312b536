"""Moments as people write them: a day in the Netherlands, or a time with its zone."""

from __future__ import annotations

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

DUTCH = ZoneInfo("Europe/Amsterdam")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def moment(text: str) -> datetime:
    """``2026-01-31`` is the beginning of that day in the Netherlands; else RFC 3339 with zone.

    Raises ValueError, without the text in it.
    """
    try:
        if _DAY.fullmatch(text):
            day = date.fromisoformat(text)
            return datetime(day.year, day.month, day.day, tzinfo=DUTCH)
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ValueError("not a day or a time with its zone")
    return found
