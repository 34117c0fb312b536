"""Dates that follow from dates: months and days by the calendar of the Netherlands."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta

from gateway.domain.moments import DUTCH

_DURATION = re.compile(r"P\d+[YMD]")
_SATURDAY, _SUNDAY = 5, 6
# Days from Easter Sunday.
_GOOD_FRIDAY, _EASTER_MONDAY, _ASCENSION, _WHIT_SUNDAY, _WHIT_MONDAY = -2, 1, 39, 49, 50


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


def last_day(received: datetime, months: int) -> date:
    """The last day of a period of whole months that begins with an event (AVG 12(3)).

    The day of the event does not count, and the period ends with the day of the same
    number, or with the last one of a shorter month (Regulation 1182/71, article 3): what
    came in on 31 January is due on the last of February.  Days are those of a Dutch clock.
    """
    return months_after(day_of(received), months)


def months_after(day: date, months: int) -> date:
    """The day of the same number so many months later, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def end_of(day: date) -> datetime:
    """The first moment after this day in the Netherlands, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=DUTCH).astimezone(UTC)


def day_of(instant: datetime) -> date:
    """Which day it is in the Netherlands."""
    return instant.astimezone(DUTCH).date()


def working_day(day: date) -> date:
    """This day, or the first one after it that is no weekend and no holiday.

    So Algemene termijnenwet 1(1) moves the end of a term.  Days that the government
    equates with a holiday for one year (its article 3(3)) are decided, not computed:
    they are not among these, and the day said here is then the earlier one.
    """
    while day.weekday() >= _SATURDAY or day in holidays(day.year):
        day += timedelta(days=1)
    return day


def holidays(year: int) -> frozenset[date]:
    """The holidays of Algemene termijnenwet 3(1), with Good Friday (3(2)).

    From 2014, when the king's birthday took the place of the queen's.
    """
    easter = _easter(year)
    moving = (_GOOD_FRIDAY, _EASTER_MONDAY, _ASCENSION, _WHIT_MONDAY)
    kings_day = date(year, 4, 27)
    if kings_day.weekday() == _SUNDAY:
        kings_day = date(year, 4, 26)
    fixed = ((1, 1), (5, 5), (12, 25), (12, 26))
    return frozenset(
        {
            kings_day,
            easter,
            easter + timedelta(days=_WHIT_SUNDAY),
            *(easter + timedelta(days=each) for each in moving),
            *(date(year, month, day) for month, day in fixed),
        }
    )


def _easter(year: int) -> date:
    """Easter Sunday by the Gregorian computus, after Meeus, Jones and Butcher."""
    golden, (century, rest) = year % 19, divmod(year, 100)
    leaps, left = divmod(century, 4)
    moon = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leaps - moon + 15) % 30
    weekday = (32 + 2 * left + 2 * (rest // 4) - epact - rest % 4) % 7
    correction = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * correction + 114, 31)
    return date(year, month, day + 1)
