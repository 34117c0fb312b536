"""Article 1c, read again: less than twelve months and 2500 euro, or less than 500 euro."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.bijsluiter import Bericht
from gateway.domain.elip import ElipHint, elip_hint
from tests import generators

TODAY = datetime(2026, 1, 12, 9, 30, tzinfo=UTC)
IN_A_YEAR = date(2027, 1, 12)
DAY = timedelta(days=1)


def signal(loan: str | None, end: date | None, **how: str) -> Bericht:
    """With these figures, or without."""
    traject: dict[str, object] = {}
    if loan is not None:
        traject["duoLening"] = {"resterendBedrag": loan, "peildatum": "2025-12-01"}
    if end is not None:
        start = date(2020, 1, 1)
        traject["inburgeringstermijn"] = {"startdatum": str(start), "einddatum": str(end)}
    made = generators.bericht(1, **how)
    made |= {"berichttype": "ELIP_SIGNAAL", "inburgeringstraject": traject or None}  # type: ignore[dict-item]  # JSON all the same
    return Bericht.model_validate(made)


@pytest.mark.parametrize(
    ("loan", "end", "hint"),
    [
        ("2499.99", IN_A_YEAR - DAY, ElipHint.FITS),
        ("2500.00", IN_A_YEAR - DAY, ElipHint.FITS_NOT),
        ("2499.99", IN_A_YEAR, ElipHint.FITS_NOT),
        ("499.99", IN_A_YEAR, ElipHint.FITS),
        ("500.00", IN_A_YEAR, ElipHint.FITS_NOT),
        ("500.00", IN_A_YEAR - DAY, ElipHint.FITS),
        ("0.00", None, ElipHint.FITS),
        ("499.99", None, ElipHint.FITS),
        ("500.00", None, ElipHint.TOO_FEW_FIGURES),
        ("2500.00", None, ElipHint.FITS_NOT),
        (None, IN_A_YEAR - DAY, ElipHint.TOO_FEW_FIGURES),
        (None, None, ElipHint.TOO_FEW_FIGURES),
        ("1000.00", date(2024, 1, 1), ElipHint.FITS),
    ],
)
def test_the_definition_is_strict_on_every_edge(
    loan: str | None, end: date | None, hint: ElipHint
) -> None:
    """Minder dan is less than; a term that is over leaves nothing, which is less than a year."""
    assert elip_hint(signal(loan, end), TODAY) is hint


@pytest.mark.parametrize(
    "who",
    [
        {"regime": "WI2021", "doelgroep": generators.GEZIN},
        {"regime": "WI2013", "doelgroep": generators.GEZIN},
        {"regime": "WI2021", "doelgroep": generators.ASIEL},
    ],
)
def test_it_is_about_asylum_status_holders_under_wi2013_alone(who: dict[str, str]) -> None:
    assert elip_hint(signal("1.00", IN_A_YEAR - DAY, **who), TODAY) is ElipHint.OTHER_GROUP


def test_the_day_is_one_on_a_dutch_clock() -> None:
    """Half past eleven in the evening UTC is the next day here."""
    late = datetime(2026, 1, 11, 23, 30, tzinfo=UTC)
    assert elip_hint(signal("1000.00", IN_A_YEAR - DAY), late) is ElipHint.FITS
    assert elip_hint(signal("1000.00", IN_A_YEAR), late) is ElipHint.FITS_NOT
    assert elip_hint(signal("1000.00", IN_A_YEAR - DAY), late - DAY) is ElipHint.FITS_NOT


@given(
    cents=st.integers(0, 1_000_000),
    days=st.integers(-1000, 2000),
)
def test_less_money_or_less_time_never_ends_it(cents: int, days: int) -> None:
    """Who fits still fits with less left of either."""
    end = TODAY.date() + timedelta(days=days)
    if elip_hint(signal(str(Decimal(cents) / 100), end), TODAY) is not ElipHint.FITS:
        return
    less = signal(str(Decimal(cents // 2) / 100), max(end - 100 * DAY, date(2020, 1, 2)))
    assert elip_hint(less, TODAY) is ElipHint.FITS
