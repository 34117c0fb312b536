"""Article 12.8: only between people who are bound to silence in writing.

> Personen die werken voor de Gemeente en de Taalaanbieder Inburgering moeten Persoonsgegevens
> waarmee zij werken geheimhouden. De personen zijn door middel van een getekende
> geheimhoudingsverklaring of op andere wijze schriftelijk gebonden aan de geheimhouding.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from gateway.domain.parties import Interval
from tests.journeys.town import report
from tests.world import CASPER, OFFICER, SAAR, YEAR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.journeys.town import Town


@contextmanager
def declared(town: Town, who: str, bound: Interval | None) -> Iterator[None]:
    """So is `who` bound for the time being."""
    town.change(lambda change: change.contacts.declare(who, bound))
    yield
    always = Interval(start=town.built - YEAR)
    town.change(lambda change: change.contacts.declare(who, always))


def over() -> Interval:
    now = datetime.now(UTC)
    return Interval(start=now - YEAR, end=now)


@pytest.mark.parametrize("ended", [False, True], ids=["nooit-getekend", "afgelopen"])
def test_de_afzender_is_niet_gebonden(town: Town, ended: bool) -> None:
    """Nothing goes on; a person has to see to the declaration."""
    number = town.inburgeraar()
    with declared(town, SAAR, over() if ended else None):
        town.send(SAAR, report(number))
        assert town.got() == {OFFICER: 1, SAAR: 1}
        assert town.became(SAAR) == [("hold", {"art-12.8/sender-not-bound"})]


def test_de_ontvanger_is_niet_gebonden(any_town: Town) -> None:
    """Nothing reaches the casemanager until the declaration is there."""
    number = any_town.inburgeraar()
    with declared(any_town, CASPER, None):
        any_town.send(SAAR, report(number))
        assert any_town.got() == {OFFICER: 1, SAAR: 1}
        assert any_town.became(SAAR) == [("hold", {"art-12.8/recipient-not-bound"})]


def test_beiden_niet_gebonden_wordt_beide_gezegd(town: Town) -> None:
    """All reasons that apply, not only the first."""
    number = town.inburgeraar()
    with declared(town, CASPER, None), declared(town, SAAR, None):
        town.send(SAAR, report(number))
        assert town.got() == {OFFICER: 1, SAAR: 1}
        assert town.became(SAAR) == [
            ("hold", {"art-12.8/sender-not-bound", "art-12.8/recipient-not-bound"})
        ]


def test_gebonden_door_een_getekende_verklaring(town: Town) -> None:
    """Signed this minute is signed."""
    number = town.inburgeraar()
    with declared(town, CASPER, None):
        town.change(
            lambda change: change.contacts.declare(CASPER, Interval(start=datetime.now(UTC)))
        )
        town.send(SAAR, report(number))
        assert town.got() == {CASPER: 1, SAAR: 1}
