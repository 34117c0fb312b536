"""What is sent again, and what went wrong and is mended: article 12.3 as a school lives it.

> Each refusal says what, where, why and what to do now, with the form to be mended.  The same
> document sent again gets the first result; a mended one replaces only what failed.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from tests import generators
from tests.journeys.town import report
from tests.world import CASPER, OFFICER, SAAR, SAM, Setting

if TYPE_CHECKING:
    from gateway.domain.wire import Json
    from tests.journeys.residents import Read
    from tests.journeys.town import Town

SEEN = ("reject", {"art-12.3/report-seen-before"})
LABELS = ("Wat is er:", "Waar:", "Waarom:", "Wat nu:")


def test_hetzelfde_nog_een_keer_krijgt_de_eerste_uitkomst(any_town: Town) -> None:
    """Delivered when, to which role, and what was withheld; and nobody gets it twice."""
    town, number = any_town, any_town.inburgeraar()
    document = generators.document_json(report(number, religie="zwijgplicht"))
    town.send(SAAR, document=document)
    assert town.got() == {CASPER: 1, SAAR: 1}
    first = town.receipt(SAAR).proof
    town.new_day()
    town.send(SAAR, document=document)
    assert town.got() == {SAAR: 1}
    assert town.became(SAAR) == [SEEN]
    receipt = town.receipt(SAAR)
    then = receipt.proof["berichten"][0]["eersteUitkomst"]
    assert then["referentie"] == first["referentie"]
    assert then["uitkomst"] == "forward"
    assert then["verzonden"] is not None
    assert then["ontvanger"]["rol"] == "casemanager"
    assert then["doorgegeven"] == first["berichten"][0]["doorgegeven"]
    assert {"pad": "?", "reden": "art-12.3/not-in-bijsluiter"} in then["nietDoorgegeven"]
    for words in ("alles was al eerder doorgegeven", "Eerste keer", first["referentie"], *LABELS):
        assert words in receipt.subject + receipt.text
    assert not receipt.tells("zwijgplicht")


def test_wat_verbeterd_is_vervangt_alleen_wat_mis_was(any_town: Town) -> None:
    """The form comes back with only what failed; mended and sent, only that goes on."""
    town = any_town
    good, bad = town.inburgeraar(), town.inburgeraar()
    faulty = report(bad, voortgang={"periode": {"van": "gisteren", "totEnMet": "2025-12-31"}})
    town.send(SAAR, report(good), faulty, report(bad))
    assert town.got() == {CASPER: 2, SAAR: 1}
    receipt = town.receipt(SAAR)
    _says_all_four(receipt)
    mended = receipt.attached("verbeteren.json")
    (left,) = mended["berichten"]
    assert left["berichtId"] == faulty["berichtId"]
    assert left["voortgang"]["periode"]["van"] == "gisteren"
    assert receipt.proof["verbeteren"] == {
        "bestand": "verbeteren.json",
        "berichten": [{"plaats": 1, "nummer": 2}],
    }
    beside = _text_attached(receipt, "verbeteren.txt")
    assert "berichten[0].voortgang.periode.van" in beside
    assert "gisteren" not in beside + receipt.text + receipt.html + json.dumps(receipt.proof)
    town.new_day()
    left["voortgang"]["periode"]["van"] = "2025-10-01"
    town.send(SAAR, document=json.dumps(mended).encode())
    assert town.got() == {CASPER: 1, SAAR: 1}
    assert town.became(SAAR) == [("forward", set())]


def test_een_half_verbeterde_bijsluiter_in_zijn_geheel_nog_een_keer(town: Town) -> None:
    """Sent whole, with what went: that hears the first result, what failed goes now."""
    good, bad = town.inburgeraar(), town.inburgeraar()
    went, faulty = report(good), report(bad, berichttype="ROMAN")
    town.send(SAAR, went, faulty)
    assert town.got() == {CASPER: 1, SAAR: 1}
    town.new_day()
    town.send(SAAR, went, {**faulty, "berichttype": "VOORTGANG"})
    assert town.got() == {CASPER: 1, SAAR: 1}
    assert town.became(SAAR) == [SEEN, ("forward", set())]


def test_hetzelfde_nummer_met_iets_anders_erin(any_town: Town) -> None:
    """Neither ignored nor delivered: refused by name, and a CORRECTIE is the way."""
    town, number = any_town, any_town.inburgeraar()
    went = report(number)
    town.send(SAAR, went)
    town.new_day()
    changed = {**went, "voortgang": {**generators.voortgang(), "aangebodenUren": 399}}
    town.send(SAAR, changed)
    assert town.got() == {SAAR: 1}
    assert town.became(SAAR) == [("reject", {"art-12.3/report-changed"})]
    assert "CORRECTIE" in town.read(SAAR).text
    town.new_day()
    followed = {**changed, "berichtId": str(uuid4()), "berichttype": "CORRECTIE"}
    town.send(SAAR, {**followed, "vervangt": went["berichtId"]})
    assert town.got() == {CASPER: 1, SAAR: 1}


def test_wat_wacht_wacht_maar_een_keer(any_town: Town) -> None:
    """Sent again while people have yet to decide, it does not come to lie there twice."""
    town, number = any_town, any_town.inburgeraar()
    plan = generators.plan() | {"wijziging": {"datum": "2025-09-15", "omschrijving": "zorgtaken"}}
    held = report(number, persoonlijkPlan=plan)
    town.send(SAAR, held)
    assert town.got() == {OFFICER: 1, SAAR: 1}
    town.new_day()
    town.send(SAAR, held)
    assert town.got() == {SAAR: 1}
    assert town.became(SAAR) == [("reject", {"art-12.3/report-waits-already"})]
    then = town.receipt(SAAR).proof["berichten"][0]["eersteUitkomst"]
    assert (then["uitkomst"], then["verzonden"]) == ("hold", None)


def test_een_collega_hoort_niet_wat_een_ander_stuurde(any_town: Town) -> None:
    """Who may not send about this person learns nothing, not even that it was here."""
    town, number = any_town, any_town.inburgeraar()
    went = report(number)
    town.send(SAAR, went)
    town.new_day()
    town.send(SAM, went)
    assert town.got() == {SAM: 1}
    assert town.became(SAM) == [("reject", {"art-12.5/sender-not-designated"})]
    assert town.receipt(SAM).proof["berichten"][0]["eersteUitkomst"] is None


def test_de_opvolger_hoort_alleen_dat_het_er_was(town: Town) -> None:
    """Who may send about this person now: it does not go twice, and the details stay Saar's."""
    number = town.inburgeraar(Setting(contact=SAAR))
    went = report(number)
    town.send(SAAR, went)
    reference = town.receipt(SAAR).proof["referentie"]
    _succeeded(town, number)
    town.new_day()
    town.send(SAM, went)
    assert town.got() == {SAM: 1}
    assert town.became(SAM) == [SEEN]
    assert town.receipt(SAM).proof["berichten"][0]["eersteUitkomst"] is None
    assert not town.receipt(SAM).tells(reference)


def test_twee_dezelfde_tegelijk(any_town: Town) -> None:
    """In one breath, in two mails: one is delivered, both senders' mails are answered."""
    town, number = any_town, any_town.inburgeraar()
    document = generators.document_json(report(number))
    for mail in [town.sealed(SAAR, document=document) for _ in range(3)]:
        town.post(SAAR, mail)
    town.settle(3)
    assert town.got() == {CASPER: 1, SAAR: 3}
    became = [each.proof["berichten"][0] for each in town.all_read(SAAR)]
    assert sorted(each["uitkomst"] for each in became) == ["forward", "reject", "reject"]
    for each in became:
        assert each["uitkomst"] == "forward" or each["eersteUitkomst"]["uitkomst"] == "forward"
    assert town.faults() == []


def _succeeded(town: Town, number: int) -> None:
    town.change(
        lambda change: change.designations.designate(
            f"dossier-{number}", SAM, valid_from=datetime.now(UTC)
        )
    )


def _says_all_four(receipt: Read) -> None:
    for label in LABELS:
        assert label in receipt.text
    assert "Convenant, artikel 12.3" in receipt.text
    assert "Bericht 2 van uw bijsluiter" in receipt.text


def _text_attached(receipt: Read, name: str) -> str:
    (found,) = [p for p in receipt.inner.iter_attachments() if p.get_filename() == name]
    content: Json = found.get_content()
    return str(content)
