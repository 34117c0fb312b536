"""Article 5.1: who takes part has the mark, or is on the way to it.

> Taalaanbieder Inburgering heeft een Blik op Werk-Keurmerk. Aspirant Blik op Werk-leden kunnen
> voorwaardelijk deelnemen aan het Convenant, zoals omschreven in bijlage 1.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from gateway.domain.parties import Standing
from tests import generators
from tests.journeys.town import report
from tests.world import CARLA, CASPER, OFFICER, SAAR, SCHOOL_1, SOFIE, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.journeys.town import Town


@contextmanager
def stands(town: Town, standing: Standing) -> Iterator[None]:
    """So stands the school; afterwards it takes part again."""
    town.change(lambda change: change.parties.set_standing(SCHOOL_1, standing))
    yield
    town.change(lambda change: change.parties.set_standing(SCHOOL_1, Standing.ACTIVE))


@pytest.mark.parametrize("standing", [Standing.ACTIVE, Standing.ASPIRANT])
def test_met_keurmerk_of_als_aspirant_deelnemen(town: Town, standing: Standing) -> None:
    """Aspirants take part on condition, and that is taking part."""
    number = town.inburgeraar()
    with stands(town, standing):
        town.send(SAAR, report(number))
    assert town.got() == {CASPER: 1, SAAR: 1}
    assert town.became(SAAR) == [("forward", set())]


def test_zonder_deelname_wordt_niets_gedeeld(any_town: Town) -> None:
    """Who never signed, or has no mark, is told so and nobody else is told anything."""
    number = any_town.inburgeraar()
    with stands(any_town, Standing.NONE):
        any_town.send(SAAR, report(number))
    assert any_town.got() == {SAAR: 1}
    assert any_town.became(SAAR) == [("reject", {"art-5.1/no-standing"})]


def test_wie_zelf_is_uitgetreden_deelt_niet_meer(town: Town) -> None:
    """3.3: a provider may leave before the end."""
    number = town.inburgeraar()
    with stands(town, Standing.LEFT):
        town.send(SAAR, report(number))
    assert town.got() == {SAAR: 1}
    assert town.became(SAAR) == [("reject", {"art-3.3/provider-left"})]


def test_andere_aanbieders_merken_er_niets_van(town: Town) -> None:
    """One school's standing is its own."""
    number = town.inburgeraar(Setting(contact=SOFIE, casemanager=CARLA))
    with stands(town, Standing.NONE):
        town.send(SOFIE, report(number))
    assert town.got() == {CARLA: 1, SOFIE: 1}


def test_tijdens_een_schorsing_wacht_het_bericht(town: Town) -> None:
    """Suspension is not exclusion: the report is kept, sealed, until a person decides.

    Last here: what it leaves waiting is judged again whenever the school's standing changes.
    """
    number = town.inburgeraar()
    with stands(town, Standing.SUSPENDED):
        town.send(SAAR, report(number))
    assert town.got() == {OFFICER: 1, SAAR: 1}
    assert town.became(SAAR) == [("hold", {"art-5.1/suspended"})]
    (record,) = town.records()
    assert record.state == "held"
    assert record.kept > 0
    assert not town.read(OFFICER).tells(generators.dossierkenmerk(number))
