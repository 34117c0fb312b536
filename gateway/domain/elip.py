"""Article 1c: whether figures fit the definition of ELIP.  A hint for a person, never a decision.

> asielstatushouders onder de Wi2013 met minder dan 12 maanden inburgeringstermijn en minder dan
> EUR 2.500,00 van hun DUO-lening resterend, of [...] met minder dan EUR 500,00 van hun DUO-lening
> resterend
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.domain.bijsluiter import Doelgroep, Regime
from gateway.domain.deadlines import months_before
from gateway.domain.moments import DUTCH

if TYPE_CHECKING:
    from datetime import date, datetime

    from gateway.domain.bijsluiter import Bericht

# All three strictly: of exactly so much, it does not fit.
MONTHS = 12
LOAN_WITH_SHORT_TERM = Decimal(2500)
LOAN_ALONE = Decimal(500)


class ElipHint(StrEnum):
    """What the figures say of the definition."""

    FITS = "fits"
    FITS_NOT = "fits-not"
    OTHER_GROUP = "other-group"
    TOO_FEW_FIGURES = "too-few-figures"


def elip_hint(bericht: Bericht, instant: datetime) -> ElipHint:
    """Whether what this report says fits article 1c on the day of `instant`.

    Only of a report as it was disclosed: a hint made of figures that were withheld would
    tell them.  What is left of the term is counted from that day, on a Dutch clock; the
    loan is what it was on its `peildatum`.
    """
    if (bericht.wettelijk_regime, bericht.doelgroep) != (Regime.WI2013, Doelgroep.ASIEL):
        return ElipHint.OTHER_GROUP
    traject = bericht.inburgeringstraject
    loan = traject.duo_lening.resterend_bedrag if traject and traject.duo_lening else None
    term = traject.inburgeringstermijn if traject else None
    if loan is None:
        return ElipHint.TOO_FEW_FIGURES
    if loan < LOAN_ALONE:
        return ElipHint.FITS
    if loan >= LOAN_WITH_SHORT_TERM:
        return ElipHint.FITS_NOT
    if term is None:
        return ElipHint.TOO_FEW_FIGURES
    return ElipHint.FITS if _short(term.einddatum, instant) else ElipHint.FITS_NOT


def _short(end: date, instant: datetime) -> bool:
    """Whether less than twelve months are left until the first day after the term."""
    return end < months_before(instant, -MONTHS).astimezone(DUTCH).date()
