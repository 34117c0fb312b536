"""Bijzonderheden (annex 3): free text is read by two people, or said by a code instead.

The commands run beside the gateway, on the same database, as an officer types them.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

import pytest

from gateway.domain.bijsluiter import BijzonderheidSoort, Category, Doelgroep, Regime
from gateway.domain.form_reading import FormKind
from tests import forms, generators, plans
from tests.deeds import deeds_of
from tests.journeys.test_held_mail import FREE_TEXT, command
from tests.journeys.test_plan_file import post_form
from tests.journeys.town import report
from tests.world import BY, CASPER, OFFICER, SAAR, SAM, Setting

if TYPE_CHECKING:
    from gateway.domain.wire import Json
    from tests.journeys.town import Town

REPHRASE = "art-12.3/free-text-to-rephrase"
GEZIN = Setting(regime=Regime.WI2021, doelgroep=Doelgroep.GEZIN_OVERIG, consent=())
TESS, PIM = ("--by", "Tess Testpersoon"), ("--by", "Pim Proefpersoon")
# What a scanner recognises, and what it does not: said in words that no list holds.
ILL = "Zij is depressief, haar bsn is 111222333"
UNSEEN = "Het gaat sinds die ene dag niet meer, u begrijpt mij wel"


def signal(number: int, text: str = "", **sections: Json) -> dict[str, Json]:
    """A report under Wi2021 with one particular, and nothing else of annex 3."""
    item: dict[str, Json] = {"datum": "2025-11-20", "soort": "NEEM_CONTACT_OP"}
    given: dict[str, Json] = {
        "berichttype": "BIJZONDERHEID",
        "wettelijkRegime": "WI2021",
        "doelgroep": generators.GEZIN,
        "bijzonderheden": [item | ({"signaal": text} if text else {})],
        **sections,
    }
    whole = report(number, **given)
    left_out = {"voortgang", "inburgeringstraject", "persoonlijkPlan"} - set(sections)
    return {name: value for name, value in whole.items() if name not in left_out}


def held(town: Town, *texts: str) -> str:
    """One mail with a report for each of these texts, all of them held; its trace."""
    town.send(SAAR, *(signal(town.inburgeraar(GEZIN), text) for text in texts))
    (record,) = town.records()
    assert [each[1:] for each in record.standing] == [("hold", frozenset({FREE_TEXT}))] * len(texts)
    return record.trace


def revealed(town: Town, trace: str) -> list[dict[str, Any]]:
    """The texts of a held mail with what the scanner points at."""
    return list(command(town, "held", "show", trace, "--reveal", *TESS)["texts"])


def test_who_decides_sees_text_and_annotations(town: Town) -> None:
    """Each where it stands and why; who looked is on record, and nobody sees it unasked."""
    trace = held(town, ILL)
    (shown,) = revealed(town, trace)
    found = {
        each["kind"]: (ILL[each["start"] : each["end"]], each["certainty"])
        for each in shown["annotations"]
    }
    assert found["gezondheid"] == ("depressief", "likely")
    assert found["bsn"] == ("111222333", "likely")
    assert shown["waits"] is True
    assert "texts" not in command(town, "held", "show", trace)
    assert [each.actor for each in deeds_of(town.config) if each.action.value == "held.looked"][
        -1
    ] == BY


@pytest.mark.parametrize("text", [UNSEEN, ILL])
def test_the_scanner_clears_nothing(town: Town, text: str) -> None:
    """Whether it points at something or at nothing, it takes two people, and they are enough."""
    trace = held(town, text)
    (shown,) = revealed(town, trace)
    assert bool(shown["annotations"]) is (text == ILL)
    assert command(town, "held", "release", trace, *TESS)["walks"] is False
    assert CASPER not in town.got()
    assert command(town, "held", "release", trace, *PIM)["walks"] is True
    town.settle(1)
    assert town.read(CASPER).report["bijzonderheden"][0]["signaal"] == text


def test_the_sender_is_asked_to_say_it_by_a_code(any_town: Town) -> None:
    """Which field and what kind, never the words; a report with the same number replaces it."""
    trace = held(any_town, ILL)
    asked = command(any_town, "held", "rephrase", trace, *TESS)
    assert [each["reasons"] for each in asked["asked"]] == [[FREE_TEXT]]
    any_town.settle(1)
    assert any_town.got() == {OFFICER: 1, SAAR: 2}
    (record,) = any_town.records()
    assert (record.state, record.standing) == ("done", ((0, "reject", frozenset({REPHRASE})),))
    (letter,) = [mail for mail in any_town.all_read(SAAR) if not mail.is_receipt]
    for words in (
        "toelichting bij een bijzonderheid",
        "iets over gezondheid",
        "burgerservicenummer",
        "laat de toelichting leeg",
        *BijzonderheidSoort,
    ):
        assert words in letter.text
        assert words in letter.html
    for secret in ("depressief", "111222333", "Zij is"):
        assert not letter.tells(secret)
    assert deeds_of(any_town.config)[-1].action.value == "held.rephrase"

    # Said by a code it goes at once, under the same number and in its place.
    again = signal(int(record_number(any_town)), berichtId=asked_about(any_town, trace))
    any_town.send(SAAR, again)
    assert any_town.got() == {CASPER: 1, OFFICER: 1, SAAR: 3}
    (passed,) = any_town.read(CASPER).report["bijzonderheden"]
    assert passed == {"datum": "2025-11-20", "soort": "NEEM_CONTACT_OP"}


def asked_about(town: Town, trace: str) -> str:
    """The number of the report that stands first in this mail, as its sender has it."""
    first = next(each for each in town.all_read(SAAR) if each.is_receipt)
    assert first.proof["referentie"] == trace
    return str(first.proof["berichten"][0]["berichtId"])


def record_number(town: Town) -> str:
    """The number of the inburgeraar whom the first receipt is about."""
    first = next(each for each in town.all_read(SAAR) if each.is_receipt)
    return str(first.proof["berichten"][0]["dossierkenmerk"]).rpartition("-")[2]


def test_one_report_is_asked_about_while_another_waits_on(town: Town) -> None:
    """What was not asked about is released by two; what was asked about stays refused."""
    trace = held(town, ILL, "Wil graag bellen over de groep")
    wrong = command(town, "held", "rephrase", trace, *TESS, "--report", "3", code=1)
    assert "not held for its free text" in wrong
    assert "--round 1" in command(
        town, "held", "rephrase", trace, *TESS, "--report", "1", "--round", "2", code=1
    )
    command(town, "held", "rephrase", trace, *TESS, "--report", "1")
    (record,) = town.records()
    assert record.state == "held"
    assert [each[1] for each in record.standing] == ["reject", "hold"]
    for who in (TESS, PIM):
        command(town, "held", "release", trace, *who, "--round", "2")
    town.settle(1)
    (record,) = town.records()
    assert [each[1:] for each in record.standing] == [
        ("reject", {REPHRASE}),
        ("forward", frozenset()),
    ]
    assert town.got()[CASPER] == 1


def test_a_release_does_not_carry_over_to_what_replaces_it(town: Town) -> None:
    """Other words under the same number are another text: two people read that one too."""
    number = town.inburgeraar(GEZIN)
    first = signal(number, ILL)
    town.send(SAAR, first)
    trace = town.records()[0].trace
    command(town, "held", "release", trace, *TESS)
    command(town, "held", "rephrase", trace, *PIM)
    town.send(SAAR, signal(number, UNSEEN, berichtId=first["berichtId"]))
    new = next(each for each in town.records() if each.trace != trace)
    assert new.standing == ((0, "hold", frozenset({FREE_TEXT})),)
    assert command(town, "held", "release", new.trace, *PIM)["walks"] is False


def test_who_else_is_registered_is_not_told_to_a_sender(town: Town) -> None:
    """The officer sees that a name is another dossier's, not whose; the sender hears neither."""
    other = next(
        number
        for number in (town.inburgeraar(GEZIN) for _ in range(9))
        if generators.NAMES[number % 6] == "Denkbeeld"
    )
    about = next(
        number for number in (town.inburgeraar(GEZIN) for _ in range(9)) if number % 6 != other % 6
    )
    words = f"Zit naast mevrouw Denkbeeld ({generators.dossierkenmerk(other)})"
    town.send(SAAR, signal(about, words))
    trace = town.records()[0].trace
    (shown,) = revealed(town, trace)
    kinds = {each["kind"] for each in shown["annotations"]}
    assert {"iemand-anders", "dossierkenmerk"} <= kinds
    assert all(str(other) not in each["why"] for each in shown["annotations"])
    command(town, "held", "rephrase", trace, *TESS, "--kind", "gevoelig")
    town.settle(1)
    (letter,) = [mail for mail in town.all_read(SAAR) if not mail.is_receipt]
    assert "iets over geld, gezin of verblijf" in letter.text
    assert "iemand anders" not in letter.text
    assert not letter.tells("Denkbeeld")


def test_a_sender_who_cannot_be_asked_is_not_refused_in_silence(town: Town) -> None:
    """Without a letter there is no question: nothing is decided, and whoever asked hears why."""
    setting = Setting(Regime.WI2021, Doelgroep.GEZIN_OVERIG, contact=SAM, consent=())
    town.send(SAM, signal(town.inburgeraar(setting), ILL))
    trace = town.records()[0].trace
    town.change(lambda change: change.contacts.revoke(SAM))
    assert "cannot be asked" in command(town, "held", "rephrase", trace, *TESS, code=1)
    (record,) = town.records()
    assert (record.state, record.standing[0][1]) == ("held", "hold")


def test_a_plan_that_says_too_much_is_sent_back(town: Town) -> None:
    """An enclosed plan waits as text does: the question names the document, and what to do."""
    came = plans.plan()
    document: Json = {"naam": "pip.pdf", "sha256": hashlib.sha256(came).hexdigest()}
    plan: Json = {**generators.plan(), "document": document}
    number = town.inburgeraar(GEZIN)
    sent = signal(number, berichttype="PLAN", persoonlijkPlan=plan)
    town.send(SAAR, sent, extra_attachments=(("pip.pdf", "application/pdf", came),))
    trace = town.records()[0].trace
    assert [each["path"] for each in revealed(town, trace)] == ["persoonlijkPlan.document"]
    command(town, "held", "rephrase", trace, *TESS, "--kind", "gezondheid")
    town.settle(1)
    (letter,) = [mail for mail in town.all_read(SAAR) if not mail.is_receipt]
    assert "document bij het plan" in letter.text
    assert "iets over gezondheid" in letter.text
    assert "stuur het plan niet mee" in letter.text


def test_who_filled_in_a_workbook_hears_which_cell(town: Town) -> None:
    """The text of a workbook is read, shown and asked about as that of a document."""
    content = forms.filled(FormKind.XLSX, signal(town.inburgeraar(GEZIN), ILL))
    post_form(town, ("formulier.xlsx", "application/octet-stream", content))
    town.settle(1)
    trace = town.records()[0].trace
    assert ILL in [each["text"] for each in revealed(town, trace)]
    command(town, "held", "rephrase", trace, *TESS)
    town.settle(1)
    (letter,) = [mail for mail in town.all_read(SAAR) if not mail.is_receipt]
    assert re.search(r"toelichting bij een bijzonderheid \(1\) \(.*cel [A-Z]+\d+\)", letter.text)
    assert not letter.tells("depressief")


# --- signals by a code -----------------------------------------------------------


@pytest.mark.parametrize("code", BijzonderheidSoort)
def test_a_code_alone_waits_for_nobody_under_wi2021(town: Town, code: BijzonderheidSoort) -> None:
    """ "Neem contact op" says to call and not why: it goes on by the ground of article 12.1."""
    number = town.inburgeraar(GEZIN)
    given: Json = [{"datum": "2025-11-20", "soort": code.value}]
    town.send(SAAR, signal(number, bijzonderheden=given))
    assert town.got() == {CASPER: 1, SAAR: 1}
    assert town.read(CASPER).report["bijzonderheden"] == given


@pytest.mark.parametrize("text", ["", UNSEEN])
def test_under_wi2013_only_a_hand_added_row_lets_it_through(town: Town, text: str) -> None:
    """Without it code and text are withheld, and wait for nobody; with it text waits for two."""
    item: dict[str, Json] = {"datum": "2025-11-20", "soort": "NEEM_CONTACT_OP"}
    given: Json = [item | ({"signaal": text} if text else {})]
    town.send(SAAR, report(town.inburgeraar(), bijzonderheden=given))
    assert town.got() == {CASPER: 1, SAAR: 1}
    assert "bijzonderheden" not in town.read(CASPER).report
    assert town.withheld(SAAR)["bijzonderheden[0].soort"] == "art-12.2/not-in-consent-form"
    town.new_day()
    covered = Setting(extra=frozenset({Category.P4}))
    town.send(SAAR, report(town.inburgeraar(covered), bijzonderheden=given))
    became = ("hold", {FREE_TEXT}) if text else ("forward", set())
    assert town.became(SAAR) == [became]
