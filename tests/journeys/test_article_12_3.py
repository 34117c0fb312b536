"""Article 12.3: the bijsluiter, and what is not in it.

> De Taalaanbieder Inburgering en de Gemeente vullen voor de informatie-uitwisseling de
> privacybijsluiter (overzicht van uit te wisselen persoonsgegevens) uit bijlage 3 in.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gateway.domain.bijsluiter import Document
from tests import generators
from tests.journeys.town import report
from tests.world import CASPER, OFFICER, SAAR, Setting

if TYPE_CHECKING:
    from gateway.domain.wire import Json
    from tests.journeys.town import Town

BSN = 123456782
UNKNOWN = "art-12.3/not-in-bijsluiter"


def test_de_bijsluiter_uit_bijlage_3(any_town: Town) -> None:
    """What arrives is again a bijsluiter of version 1, with the provider's number and the text."""
    number = any_town.inburgeraar()
    any_town.send(SAAR, report(number))
    assert any_town.got() == {CASPER: 1, SAAR: 1}
    mail = any_town.read(CASPER)
    document = mail.attached("bijsluiter")
    assert document["bijsluiterVersie"] == "1"
    assert document["aanbieder"]["instellingsnummer"] == generators.INSTELLINGSNUMMER
    Document.model_validate(document)
    assert generators.dossierkenmerk(number) in mail.text
    assert generators.dossierkenmerk(number) in mail.html
    assert "http" not in mail.html


def test_onbekende_velden_worden_niet_doorgegeven(town: Town) -> None:
    """Withheld at every depth, and named to the sender by path, without their value."""
    number = town.inburgeraar()
    progress: dict[str, Json] = {**generators.voortgang(), "redenVerzuim": "migraineaanval"}
    person: dict[str, Json] = {**generators.betrokkene(number), "bsn": str(BSN)}
    town.send(SAAR, report(number, voortgang=progress, betrokkene=person, religie="zwijgplicht"))
    assert town.got() == {CASPER: 1, SAAR: 1}
    mail, receipt = town.read(CASPER), town.read(SAAR)
    for value in ("migraineaanval", BSN, "zwijgplicht"):
        assert not mail.tells(value)
        assert not receipt.tells(value)
    for name in ("redenVerzuim", "bsn", "religie"):
        assert not mail.tells(name)
    withheld = town.withheld(SAAR)
    assert {path for path, reason in withheld.items() if reason == UNKNOWN} == {
        "voortgang.redenVerzuim",
        "betrokkene.bsn",
        "religie",
    }
    assert "voortgang.redenVerzuim" in receipt.text


@pytest.mark.parametrize("version", ["2", "0", "1.0", "concept"])
def test_een_onbekende_versie_wordt_bij_naam_geweigerd(town: Town, version: str) -> None:
    """Annex 3 is still being developed: a version that we do not know is not guessed at."""
    number = town.inburgeraar()
    document = generators.document_json(report(number), bijsluiterVersie=version)
    town.send(SAAR, document=document)
    assert town.got() == {SAAR: 1}
    receipt = town.read(SAAR)
    assert receipt.proof["redenen"] == ["art-12.3/unknown-version"]
    assert receipt.proof["fouten"] == [{"pad": "bijsluiterVersie", "soort": "onbekende-versie"}]
    assert "versie" in receipt.text


def test_alle_fouten_tegelijk_met_hun_plaats_en_zonder_waarden(town: Town) -> None:
    """The sender can correct everything in one go; values stand in the form given back alone."""
    number = town.inburgeraar()
    progress: dict[str, Json] = {
        **generators.voortgang(),
        "periode": {"van": "gisteren", "totEnMet": "2025-12-31"},
        "aangebodenUren": "veertiendrieënzestig",
    }
    town.send(SAAR, report(number, voortgang=progress, berichttype="ROMAN"))
    assert town.got() == {SAAR: 1}
    receipt = town.read(SAAR)
    (became,) = receipt.proof["berichten"]
    assert became["redenen"] == ["art-12.3/faulty-report"]
    assert {fault["pad"] for fault in became["fouten"]} == {
        "berichten[0].berichttype",
        "berichten[0].voortgang.aangebodenUren",
        "berichten[0].voortgang.periode.van",
    }
    (given_back,) = receipt.attached("verbeteren.json")["berichten"]
    told = receipt.text + receipt.html + json.dumps(receipt.proof, ensure_ascii=False)
    for value in ("gisteren", "veertiendrieënzestig", "ROMAN"):
        assert value not in told
        assert value in json.dumps(given_back, ensure_ascii=False)


def test_vrije_tekst_wacht_op_mensen(town: Town) -> None:
    """Free text cannot be made safe by a tool; it is held, and the officer is not told what."""
    number = town.inburgeraar()
    plan = generators.plan() | {"wijziging": {"datum": "2025-09-15", "omschrijving": "zorgtaken"}}
    town.send(SAAR, report(number, persoonlijkPlan=plan))
    assert town.got() == {OFFICER: 1, SAAR: 1}
    assert town.became(SAAR) == [("hold", {"art-12.3/free-text-needs-release"})]
    assert not town.read(OFFICER).tells("zorgtaken")
    assert not town.read(SAAR).tells("zorgtaken")


def test_hetzelfde_bericht_wordt_maar_een_keer_doorgegeven(town: Town) -> None:
    """Sent again in another mail, it is refused by name and goes nowhere a second time."""
    number = town.inburgeraar()
    again = report(number)
    town.send(SAAR, again)
    assert town.got() == {CASPER: 1, SAAR: 1}
    town.new_day()
    town.send(SAAR, again)
    assert town.got() == {SAAR: 1}
    assert town.became(SAAR) == [("reject", {"art-12.3/report-seen-before"})]


def test_een_aanbieder_spreekt_alleen_voor_zichzelf(town: Town) -> None:
    """The envelope names the provider whose contact signed it, or the document is refused."""
    number = town.inburgeraar(Setting())
    document = generators.document_json(report(number), instellingsnummer="00VB000002")
    town.send(SAAR, document=document)
    assert town.got() == {SAAR: 1}
    assert town.read(SAAR).proof["redenen"] == ["art-12.3/other-provider"]
