"""Article 2.3: for whom the covenant holds.

> Het Convenant geldt voor alle inburgeraars op wie de Wet inburgering 2013 van toepassing is en
> voor gezinsmigranten op wie de Wet inburgering 2021 van toepassing is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.domain.bijsluiter import Doelgroep, Regime
from tests import generators
from tests.journeys.town import report
from tests.world import CASPER, OFFICER, SAAR, Setting

if TYPE_CHECKING:
    from gateway.domain.wire import Json
    from tests.journeys.town import Town


@pytest.mark.parametrize("doelgroep", Doelgroep)
def test_alle_inburgeraars_onder_de_wet_inburgering_2013(town: Town, doelgroep: Doelgroep) -> None:
    """With their consent, whichever group they belong to."""
    number = town.inburgeraar(Setting(doelgroep=doelgroep))
    town.send(SAAR, report(number, doelgroep=doelgroep.value))
    assert town.got() == {CASPER: 1, SAAR: 1}
    assert town.read(CASPER).report["betrokkene"] == generators.betrokkene(number)
    assert town.became(SAAR) == [("forward", set())]


def test_gezinsmigranten_onder_de_wet_inburgering_2021(any_town: Town) -> None:
    """Family and other migrants, without a consent form."""
    setting = Setting(regime=Regime.WI2021, doelgroep=Doelgroep.GEZIN_OVERIG, consent=())
    number = any_town.inburgeraar(setting)
    any_town.send(SAAR, report(number, wettelijkRegime="WI2021", doelgroep=generators.GEZIN))
    assert any_town.got() == {CASPER: 1, SAAR: 1}
    assert any_town.became(SAAR) == [("forward", set())]


@pytest.mark.parametrize("consent", [(), Setting().consent], ids=["geen-formulier", "formulier"])
def test_niet_voor_asielstatushouders_onder_de_wet_inburgering_2021(
    town: Town, consent: tuple[()]
) -> None:
    """They are outside the covenant: a signed consent form does not bring them in."""
    number = town.inburgeraar(Setting(regime=Regime.WI2021, consent=consent))
    town.send(SAAR, report(number, wettelijkRegime="WI2021", doelgroep=generators.ASIEL))
    assert town.got() == {SAAR: 1}
    assert town.became(SAAR) == [("reject", {"art-2.3/out-of-scope"})]
    assert "2.3" in town.read(SAAR).text


def test_van_wie_wij_de_wet_niet_kennen_wacht_het_bericht(any_town: Town) -> None:
    """Our register does not know the act: nobody gets anything, a person looks."""
    number = any_town.inburgeraar(Setting(regime=None, doelgroep=None))
    any_town.send(SAAR, report(number))
    assert any_town.got() == {OFFICER: 1, SAAR: 1}
    assert any_town.became(SAAR) == [("hold", {"art-2.3/regime-unknown"})]


@pytest.mark.parametrize(
    "claim",
    [
        {"wettelijkRegime": "WI2021", "doelgroep": generators.GEZIN},
        {"doelgroep": generators.GEZIN},
    ],
    ids=["andere-wet", "andere-groep"],
)
def test_de_wet_volgt_uit_ons_eigen_register(town: Town, claim: dict[str, Json]) -> None:
    """What the sender writes of act and group opens no other door: it is held when it differs."""
    number = town.inburgeraar()
    town.send(SAAR, report(number, **claim))
    assert town.got() == {OFFICER: 1, SAAR: 1}
    assert town.became(SAAR) == [("hold", {"art-2.3/regime-differs"})]
    assert not town.read(OFFICER).tells(generators.dossierkenmerk(number))
