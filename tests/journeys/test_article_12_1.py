"""Article 12.1: what is necessary to guide the inburgeraar, on the ground that the law gives.

> Taalaanbieder Inburgering en Gemeente delen informatie met elkaar die noodzakelijk is voor de
> uitvoering van hun taken met als doel de inburgeraar zo goed mogelijk te begeleiden bij hun
> inburgeringstraject. Dit gebeurt op grond van artikel 35 lid 3 Wi2021.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.bijsluiter import Doelgroep, Regime
from tests import generators
from tests.journeys.town import report
from tests.world import CARLA, SAAR, Setting

if TYPE_CHECKING:
    from gateway.domain.wire import Json
    from tests.journeys.town import Town

GEZIN = Setting(
    regime=Regime.WI2021, doelgroep=Doelgroep.GEZIN_OVERIG, casemanager=CARLA, consent=()
)


def of_gezin(number: int, **sections: Json) -> dict[str, Json]:
    """A report about a family migrant, as the law has it."""
    return report(number, wettelijkRegime="WI2021", doelgroep=generators.GEZIN, **sections)


def test_informatie_wordt_gedeeld_op_grond_van_artikel_35_lid_3(any_town: Town) -> None:
    """No consent is asked, and the casemanager reads on what ground it was shared."""
    number = any_town.inburgeraar(GEZIN)
    any_town.send(SAAR, of_gezin(number))
    assert any_town.got() == {CARLA: 1, SAAR: 1}
    mail = any_town.read(CARLA)
    assert "artikel 35 lid 3 Wi2021" in mail.text
    assert "artikel 35 lid 3 Wi2021" in mail.html
    (became,) = any_town.read(SAAR).proof["berichten"]
    assert (became["uitkomst"], became["grondslag"]) == ("forward", "statute")


def test_alleen_wat_noodzakelijk_is(town: Town) -> None:
    """Everything of annex 3 goes on, and nothing that stands in neither annex."""
    number = town.inburgeraar(GEZIN)
    nationality, medical = "Elfenlander", "heupdysplasie"
    town.send(SAAR, of_gezin(number, nationaliteit=nationality, medischeGronden=medical))
    assert town.got() == {CARLA: 1, SAAR: 1}
    mail, receipt = town.read(CARLA), town.read(SAAR)
    assert mail.report["voortgang"]["gevolgdeUren"] == {"formeel": 96, "nonFormeel": 12}
    assert mail.report["persoonlijkPlan"]["leerroute"] == "B"
    assert mail.report["bijzonderheden"][0]["soort"] == "NEEM_CONTACT_OP"
    for read in (mail, receipt):
        assert not read.tells(nationality)
        assert not read.tells(medical)
    assert not mail.tells("nationaliteit")
    assert town.withheld(SAAR) == {
        "nationaliteit": "art-12.3/not-in-bijsluiter",
        "medischeGronden": "art-12.3/not-in-bijsluiter",
    }


def test_na_afronding_van_de_plicht_is_het_niet_meer_noodzakelijk(town: Town) -> None:
    """When the duty has ended nobody guides any more, and nothing is shared."""
    number = town.inburgeraar(Setting(**{**vars(GEZIN), "duty_ended": True}))
    town.send(SAAR, of_gezin(number))
    assert town.got() == {SAAR: 1}
    assert town.became(SAAR) == [("reject", {"art-12.1/duty-ended"})]


def test_andersom_naar_de_taalaanbieder_net_zo(town: Town) -> None:
    """Both share with each other: the casemanager's mail reaches the school's contact person."""
    number = town.inburgeraar(GEZIN)
    town.send(CARLA, of_gezin(number))
    assert town.got() == {CARLA: 1, SAAR: 1}
    assert town.read(SAAR).report["persoonlijkPlan"]["soort"] == "PIP"
    assert town.read(CARLA).proof["uitkomst"] == "forward"


def test_elk_bericht_staat_op_zichzelf(town: Town) -> None:
    """A provider's quarter in one mail: the ground is asked of each report, not of the mail."""
    one, other = town.inburgeraar(GEZIN), town.inburgeraar(Setting(consent=()))
    town.send(SAAR, of_gezin(one), report(other))
    assert town.got() == {CARLA: 1, SAAR: 1}
    assert town.read(CARLA).report["betrokkene"] == generators.betrokkene(one)
    assert not town.read(CARLA).tells(generators.dossierkenmerk(other))
    assert town.became(SAAR) == [("forward", set()), ("reject", {"art-12.4/no-consent"})]


def test_wat_niet_bij_het_register_past_gaat_niet_op_deze_grond(town: Town) -> None:
    """The ground follows from our own register, never from what the sender claims."""
    number = town.inburgeraar(Setting(consent=()))
    town.send(SAAR, of_gezin(number))
    assert town.got() == {SAAR: 1}
    assert town.became(SAAR) == [("reject", {"art-2.3/regime-differs", "art-12.4/no-consent"})]
