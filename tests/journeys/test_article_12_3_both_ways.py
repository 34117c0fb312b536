"""Article 12.3 binds both: the municipality fills in the same bijsluiter when it writes the school.

> De Taalaanbieder Inburgering en de Gemeente vullen voor de informatie-uitwisseling de
> privacybijsluiter (overzicht van uit te wisselen persoonsgegevens) uit bijlage 3 in.

The other way round it is the same walk: same consent, same filter, same receipt.  `aanbieder` then
names the provider that it is meant for, because each document is between one provider and the
municipality.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.domain.bijsluiter import Category, Document, Doelgroep, Regime
from gateway.domain.consent import ConsentKind
from tests import generators
from tests.journeys.town import report
from tests.world import CARLA, CASPER, OFFICER, SAAR, SOFIE, Setting

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.adapters.register_change import Change
    from gateway.domain.wire import Json
    from tests.journeys.town import Town

SECTIONS = ("persoonlijkPlan", "inburgeringstraject", "voortgang", "bijzonderheden")
GEZIN = Setting(regime=Regime.WI2021, doelgroep=Doelgroep.GEZIN_OVERIG, consent=())
NOT_CONSENTED = "art-12.4/category-not-consented"


def only(number: int, kind: str, section: str, **more: Json) -> dict[str, Json]:
    """A message of one kind with the section that it is about."""
    made = report(number, berichttype=kind, **more)
    return {name: part for name, part in made.items() if name not in SECTIONS or name == section}


@pytest.mark.parametrize(
    ("kind", "section"),
    [
        ("PLAN", "persoonlijkPlan"),
        ("TRAJECTINFO", "inburgeringstraject"),
        ("VOORTGANG", "voortgang"),
        ("BIJZONDERHEID", "bijzonderheden"),
    ],
)
@pytest.mark.parametrize(("sender", "reader"), [(SAAR, CASPER), (CASPER, SAAR)])
def test_elk_soort_bericht_gaat_beide_kanten_op(
    town: Town, kind: str, section: str, sender: str, reader: str
) -> None:
    """A plan, trajectory facts, progress, a coded signal: the other side's contact reads it."""
    number = town.inburgeraar(Setting(extra=frozenset({Category.P4})))
    sent = only(number, kind, section)
    town.send(sender, sent)
    assert town.got() == {reader: 1, sender: 1}
    mail = town.read(reader)
    assert mail.report["berichttype"] == kind
    assert set(mail.report) & set(SECTIONS) == {section}
    assert town.became(sender) == [("forward", set())]


def test_de_gemeente_schrijft_de_school(any_town: Town) -> None:
    """What arrives is a bijsluiter with the provider's number, and says who wrote it and why."""
    number = any_town.inburgeraar()
    any_town.send(CASPER, only(number, "PLAN", "persoonlijkPlan"))
    assert any_town.got() == {SAAR: 1, CASPER: 1}
    mail = any_town.read(SAAR)
    document = mail.attached("bijsluiter")
    Document.model_validate(document)
    assert document["aanbieder"]["instellingsnummer"] == generators.INSTELLINGSNUMMER
    assert "Gemeente Voorbeeldstad stuurt u dit bericht" in mail.text
    assert "toestemming van de inburgeraar" in mail.text
    receipt = any_town.receipt(CASPER)
    assert "Taalschool De Proef" in receipt.text


def test_dezelfde_toestemming_en_hetzelfde_filter(any_town: Town) -> None:
    """Consent for rows 1 and 2: of everything a casemanager writes, the school gets the plan."""
    number = any_town.inburgeraar(Setting(consent=((ConsentKind.GIVEN, "T1 T2"),)))
    any_town.send(CASPER, report(number, berichttype="TRAJECTINFO", bsn="123456782"))
    assert any_town.got() == {SAAR: 1, CASPER: 1}
    mail = any_town.read(SAAR)
    assert set(mail.report) & set(SECTIONS) == {"persoonlijkPlan"}
    assert mail.report["berichttype"] == "PLAN"
    assert not mail.tells(1234.5)
    assert not mail.tells("123456782")
    withheld = any_town.withheld(CASPER)
    assert withheld["inburgeringstraject.duoLening.resterendBedrag"] == NOT_CONSENTED
    assert withheld["bsn"] == "art-12.3/not-in-bijsluiter"


@pytest.mark.parametrize(
    ("consent", "why"),
    [
        ((), "art-12.4/no-consent"),
        (((ConsentKind.REFUSED, ""),), "art-12.4/consent-refused"),
        (
            ((ConsentKind.GIVEN, "T1 T2 T3 T4"), (ConsentKind.WITHDRAWN, "")),
            "art-12.4/consent-withdrawn",
        ),
    ],
)
def test_zonder_toestemming_ook_niets_van_de_gemeente(
    town: Town, consent: tuple[tuple[ConsentKind, str], ...], why: str
) -> None:
    """Article 12.4 knows no direction."""
    number = town.inburgeraar(Setting(consent=consent))
    town.send(CASPER, only(number, "PLAN", "persoonlijkPlan"))
    assert town.got() == {CASPER: 1}
    assert town.became(CASPER) == [("reject", {why})]


def test_de_wet_is_de_grond_ook_andersom(town: Town) -> None:
    """A family migrant under Wi2021: no consent is asked for the plan that the school works by."""
    number = town.inburgeraar(GEZIN)
    plan = only(number, "PLAN", "persoonlijkPlan", wettelijkRegime="WI2021")
    town.send(CASPER, plan | {"doelgroep": generators.GEZIN})
    assert town.got() == {SAAR: 1, CASPER: 1}
    assert "artikel 35 lid 3 Wi2021" in town.read(SAAR).text


def test_alleen_de_eigen_casemanager(town: Town) -> None:
    """Another casemanager's word about this inburgeraar does not go out either."""
    number = town.inburgeraar()
    town.send(CARLA, only(number, "PLAN", "persoonlijkPlan"))
    assert town.got() == {CARLA: 1}
    assert town.became(CARLA) == [("reject", {"art-12.5/sender-not-designated"})]


def test_een_document_is_voor_een_aanbieder(town: Town) -> None:
    """Two inburgeraars at two schools in one document: only the school it names is written to."""
    here = town.inburgeraar()
    there = town.inburgeraar(Setting(contact=SOFIE))
    plans = [only(number, "PLAN", "persoonlijkPlan") for number in (here, there)]
    town.send(CASPER, *plans)
    assert town.got() == {SAAR: 1, CASPER: 1}
    assert town.became(CASPER) == [
        ("forward", set()),
        ("reject", {"art-12.3/other-provider"}),
    ]
    assert "voor elke aanbieder een eigen bijsluiter" in town.receipt(CASPER).text


def test_na_een_overstap_leest_de_oude_school_niets_meer(town: Town) -> None:
    """The new school has no consent yet, so nothing goes; the old one is nobody's contact now."""
    number = town.inburgeraar()

    async def moves(change: Change) -> None:
        await change.designations.designate(f"dossier-{number}", SOFIE)

    town.change(moves)
    town.send(CASPER, only(number, "PLAN", "persoonlijkPlan"))
    assert town.got() == {CASPER: 1}
    assert town.became(CASPER) == [("reject", {"art-12.4/no-consent"})]


def test_vrije_tekst_van_de_gemeente_wacht_ook(town: Town) -> None:
    """What changed in the plan, in a casemanager's own words, waits for two people."""
    number = town.inburgeraar()
    plan = generators.plan() | {"wijziging": {"datum": "2025-09-15", "omschrijving": "zorgtaken"}}
    town.send(CASPER, only(number, "PLAN", "persoonlijkPlan", persoonlijkPlan=plan))
    assert town.got() == {OFFICER: 1, CASPER: 1}
    assert town.became(CASPER) == [("hold", {"art-12.3/free-text-needs-release"})]
    assert not town.read(OFFICER).tells("zorgtaken")


def test_signaleren_doet_de_taalaanbieder(town: Town) -> None:
    """Article 10.4 has the provider signal ELIP; a casemanager's term and loan are TRAJECTINFO."""
    number = town.inburgeraar()
    town.send(CASPER, only(number, "ELIP_SIGNAAL", "inburgeringstraject"))
    assert town.got() == {CASPER: 1}
    assert town.became(CASPER) == [("reject", {"art-10.4/signal-by-municipality"})]
    assert "TRAJECTINFO" in town.receipt(CASPER).text


def test_een_casemanager_stuurt_met_de_opdracht(town: Town, tmp_path: Path) -> None:
    """``gateway send --as`` on the casemanager's own side, by mail to the gateway and on."""
    number = town.inburgeraar()
    casper, secret = town.resident(CASPER), tmp_path / "casper.sec"
    secret.touch(mode=0o600)
    secret.write_bytes(casper.key.tsk)
    own_side = f"""
[[sender]]
id = "{CASPER}"
address = "{casper.account.address}"
name = "{casper.somebody.name}"
secret_key_file = "{secret}"
"""
    config, file, mail = (tmp_path / name for name in ("gateway.toml", "plan.json", "mail.eml"))
    config.write_text(town.file.read_text(encoding="utf-8") + own_side, encoding="utf-8")
    file.write_bytes(generators.document_json(only(number, "PLAN", "persoonlijkPlan")))
    arguments = ["send", str(file), "--as", CASPER, "--out", str(mail), "--config", str(config)]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    town.post(CASPER, mail.read_bytes())
    town.settle(1)
    assert town.got() == {SAAR: 1, CASPER: 1}
    assert town.read(SAAR).report["berichttype"] == "PLAN"
    assert town.became(CASPER) == [("forward", set())]
