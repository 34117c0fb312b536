"""The clock of a request, over every day of ten years, against a calculation of its own kind."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from gateway.domain.deadlines import (
    day_of,
    end_of,
    holidays,
    last_day,
    months_after,
    working_day,
)
from gateway.domain.moments import DUTCH

DAY = timedelta(days=1)
FIRST, LAST = date(2024, 1, 1), date(2033, 12, 31)
EVERY_DAY = [FIRST + DAY * number for number in range((LAST - FIRST).days + 1)]

# As published by the government (rijksoverheid.nl, "Wanneer zijn de officiële feestdagen?"),
# with Good Friday, which is no day off for everybody but counts for terms.
KNOWN = {
    2024: "01-01 03-29 03-31 04-01 04-27 05-05 05-09 05-19 05-20 12-25 12-26",
    2025: "01-01 04-18 04-20 04-21 04-26 05-05 05-29 06-08 06-09 12-25 12-26",
    2026: "01-01 04-03 04-05 04-06 04-27 05-05 05-14 05-24 05-25 12-25 12-26",
    2027: "01-01 03-26 03-28 03-29 04-27 05-05 05-06 05-16 05-17 12-25 12-26",
    2028: "01-01 04-14 04-16 04-17 04-27 05-05 05-25 06-04 06-05 12-25 12-26",
}
EASTER = (
    "2014-04-20 2015-04-05 2016-03-27 2017-04-16 2018-04-01 2019-04-21 2020-04-12 2021-04-04 "
    "2022-04-17 2023-04-09 2024-03-31 2025-04-20 2026-04-05 2027-03-28 2028-04-16 2029-04-01 "
    "2030-04-21 2031-04-13 2032-03-28 2033-04-17 2034-04-09 2035-03-25 2036-04-13 2037-04-05 "
    "2038-04-25"
)


def counted(day: date, months: int) -> date:
    """Day by day, without arithmetic of months: forward until the number comes again.

    Or until the month after the one that is meant begins: then the day before.
    """
    found, begun = day, 0
    while True:
        found += DAY
        begun += found.day == 1
        if begun > months:
            return found - DAY
        if begun == months and found.day == day.day:
            return found


@pytest.mark.parametrize("months", [1, 2])
def test_every_day_of_ten_years(months: int) -> None:
    assert [months_after(day, months) for day in EVERY_DAY] == [
        counted(day, months) for day in EVERY_DAY
    ]


def test_at_every_hour_of_a_day_the_term_is_that_of_the_day_in_the_netherlands() -> None:
    for day in EVERY_DAY:
        for at in (time(0, 0), time(2, 30), time(23, 59, 59)):
            received = datetime.combine(day, at, tzinfo=DUTCH)
            assert last_day(received, 1) == counted(day, 1)
            assert last_day(received.astimezone(UTC), 1) == counted(day, 1)


@pytest.mark.parametrize(
    ("received", "last"),
    [
        ("2026-01-31", "2026-02-28"),
        ("2028-01-31", "2028-02-29"),
        ("2027-12-31", "2028-01-31"),
        ("2026-02-28", "2026-03-28"),
        ("2026-03-31", "2026-04-30"),
        ("2026-11-15", "2026-12-15"),
    ],
)
def test_dates_that_the_authorities_name(received: str, last: str) -> None:
    """EDPB, Guidelines 01/2022, 157 to 160, and Regulation 1182/71, article 3(2)(c)."""
    assert months_after(date.fromisoformat(received), 1).isoformat() == last


def test_a_day_ends_when_the_next_one_begins_here() -> None:
    assert end_of(date(2026, 3, 28)) == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert end_of(date(2026, 3, 29)) == datetime(2026, 3, 29, 22, tzinfo=UTC)
    for day in EVERY_DAY[::7]:
        assert day_of(end_of(day)) == day + DAY
        assert day_of(end_of(day) - timedelta(microseconds=1)) == day


@pytest.mark.parametrize("year", KNOWN)
def test_holidays_are_those_that_are_published(year: int) -> None:
    assert sorted(holidays(year)) == [
        date.fromisoformat(f"{year}-{day}") for day in KNOWN[year].split()
    ]


def test_easter_over_a_generation() -> None:
    for text in EASTER.split():
        easter = date.fromisoformat(text)
        assert easter.weekday() == 6
        assert {easter, easter - 2 * DAY, easter + 39 * DAY} <= holidays(easter.year)


def test_the_kings_birthday_is_never_on_a_sunday() -> None:
    moved = [year for year in range(2014, 2038) if date(year, 4, 26) in holidays(year)]
    assert moved == [2014, 2025, 2031, 2036]
    assert all(
        (date(year, 4, 27) in holidays(year)) != (year in moved) for year in range(2014, 2038)
    )


def test_the_day_shown_is_the_first_working_day_and_never_an_earlier_one() -> None:
    for day in EVERY_DAY:
        found = working_day(day)
        free = holidays(found.year) | holidays(day.year)
        assert day <= found <= day + 5 * DAY
        assert found.weekday() < 5
        assert found not in free
        between = [day + DAY * number for number in range((found - day).days)]
        assert all(each.weekday() >= 5 or each in free for each in between)


@pytest.mark.parametrize(
    ("day", "moved"),
    [
        ("2026-04-03", "2026-04-07"),  # Good Friday, Easter
        ("2026-05-14", "2026-05-15"),  # Ascension; the Friday after is decided year by year
        ("2026-12-25", "2026-12-28"),
        ("2025-04-26", "2025-04-28"),  # the king's birthday on a Saturday
        ("2027-05-05", "2027-05-07"),  # Liberation Day, then Ascension
        ("2026-11-26", "2026-11-26"),
    ],
)
def test_days_that_are_moved(day: str, moved: str) -> None:
    assert working_day(date.fromisoformat(day)).isoformat() == moved
