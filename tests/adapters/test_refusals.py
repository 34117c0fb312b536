"""Each refusal says what, where, why and what to do now; and gives back what can be mended."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from gateway.adapters.form_readers import read_form
from gateway.adapters.form_writing import corrected_form
from gateway.adapters.mime_write import inner_entity
from gateway.domain.correcting import Correction, correction
from gateway.domain.form_reading import FormKind
from gateway.domain.outcomes import Ended, Handled
from gateway.domain.parties import Role
from gateway.domain.resending import First
from gateway.domain.restricting import outward
from gateway.domain.stops import Fault, Hold, Outcome, Reason, Reject
from gateway.domain.texts import Actor, Language, Texts
from gateway.pipeline.checking import check
from gateway.pipeline.correcting import to_correct
from gateway.resources import texts_text
from tests import corridor, generators, pdf_forms
from tests.adapters.test_letters import VALUES, WRITER, said, writer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.mail import Attachment, Letter
    from gateway.domain.outcomes import Settled
    from gateway.domain.stages import Opened
    from gateway.domain.wire import Json

TEXTS = Texts(texts_text())
LABELS = {
    Language.NL: ("Wat is er:", "Waar:", "Waarom:", "Wat nu:"),
    Language.EN: ("What is the matter:", "Where:", "Why:", "What now:"),
}
# What a sentence begins with that asks for one thing, in either language.
_ACTS = {
    Language.NL: "Beveilig|Gebruik|Geef|Haal|Kies|Kijk|Laat|Maak|Meld|Neem|Onderteken|Stel|Stop|"
    "Stuur|Verbeter|Verdeel|Verleng|Versleutel|Verstuur|Voeg|Vraag|Vul|Wacht|Werk|Zeg|Zet|"
    "U hoeft (?:nu )?niets te doen|Niemand hoeft iets te doen|Sla",
    Language.EN: "Ask|Attach|Check|Choose|Contact|Copy|Correct|Do not|Encrypt|Enter|Extend|Fill"
    "|From now|Get|Give|Have|In Outlook choose|Leave|Let|Make|Never send|Nobody has to|Remove|Say"
    "|Secure|See|Send|Set|Sign|Spread|Stop|Switch|Take|Update|Use|Wait|Write"
    "|You need not do anything",
}
# Of mail by programs, and of what came back: no sender is told of these.
_UNTOLD = {
    reason
    for reason in Reason
    if TEXTS.reason(reason).acts is Actor.NOBODY and not TEXTS.reason(reason).afzender_nl
}
TOLD = [reason for reason in Reason if reason not in _UNTOLD]
FIRST = First(
    trace="ab" * 16,
    received_at=generators.INSTANT,
    outcome=Outcome.FORWARD,
    same=True,
    sent_at=generators.INSTANT,
    role=Role.CASEMANAGER,
    organisation="Gemeente Voorbeeldstad",
    on_record=True,
    disclosed=("voortgang.aangebodenUren",),
    withheld=(("voortgang.verzuim.urenGeoorloofd", Reason.CATEGORY_NOT_CONSENTED),),
)


def receipt(*outcomes: Settled, language: Language = Language.NL) -> Letter:
    return writer(language).receipt(corridor.handled(*outcomes), generators.SENDER, "")


# --- what, where, why, what now ------------------------------------------------------------


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("reason", TOLD)
def test_every_reason_says_what_where_why_and_one_thing_to_do(
    reason: Reason, language: Language
) -> None:
    """Of a report and of a whole mail, whether the sender is to act or to wait.

    That somebody used a right is told as a decision that it waits for.
    """
    (told,) = outward((reason,))
    text = TEXTS.reason(told)
    stop = Hold if text.acts is Actor.OFFICER else Reject
    for number, where in ((2, ("Bericht 3 van", "Report 3 of")), (None, ("De mail", "The mail"))):
        found = receipt(corridor.ended(stop(reason), number=number), language=language).text
        for label in LABELS[language]:
            assert label in found
        assert where[language is Language.EN] in found
        assert text.said(language) in found
        assert text.to_sender(language) in found
    assert re.match(_ACTS[language], text.to_sender(language)), text.to_sender(language)


@pytest.mark.parametrize("reason", TOLD)
def test_a_code_of_an_article_names_that_article(reason: Reason) -> None:
    """And what is no article's says whose rule it is."""
    found = receipt(corridor.ended(Reject(reason))).text
    article = re.match(r"art-([\d.]+)/", reason.value)
    if article is not None:
        assert TEXTS.reason(reason).article == article.group(1)
        assert f"Convenant, artikel {article.group(1)}" in found
    else:
        assert re.search(r"Convenant, artikel|Technische regel|Dit ligt niet aan uw bericht", found)


@pytest.mark.parametrize("reason", TOLD)
def test_a_sender_is_not_told_what_the_gateways_keepers_do(reason: Reason) -> None:
    for language in Language:
        for word in ("gateway held", "gateway doctor", "secret_key_file"):
            assert word not in TEXTS.reason(reason).to_sender(language)


def test_a_place_in_the_senders_form_stands_where_the_path_would() -> None:
    fault = Fault(path="berichten[0].voortgang.periode.van", kind="geen-datum")
    ended = corridor.ended(Reject(Reason.FAULTY_REPORT, faults=(fault,)), number=0)
    places = {"berichten[0]": "rij 7", fault.path: "blad 'Inburgeraars', cel F7"}
    handled = _placed(corridor.handled(ended), places)
    letter = WRITER.receipt(handled, generators.SENDER, "")
    assert "Bericht 1 van uw bijsluiter (rij 7)" in letter.text
    assert "Blad 'Inburgeraars', cel F7" in letter.text
    proof = json.loads(letter.attachments[0].content)
    assert proof["berichten"][0]["fouten"][0]["plaats"] == "blad 'Inburgeraars', cel F7"


def _placed(handled: Handled, places: dict[str, str]) -> Handled:
    return Handled(
        raw=handled.raw,
        sender=handled.sender,
        protection=handled.protection,
        outcomes=handled.outcomes,
        mailed=(),
        places=places,
    )


# --- the first result ------------------------------------------------------------------------


def again(first: First, reason: Reason = Reason.DUPLICATE_REPORT, number: int = 0) -> Ended:
    kenmerk = generators.dossierkenmerk(1)
    return Ended(stop=Reject(reason), number=number, dossierkenmerk=kenmerk, first=first)


def test_who_sends_a_row_that_failed_beside_what_went_reads_both_counts() -> None:
    letter = receipt(again(FIRST), again(FIRST, Reason.FAULTY_REPORT, number=1))
    assert letter.subject == "Ontvangstbevestiging: 0 van 2 berichten doorgegeven, 1 al eerder"


def test_the_first_result_is_told_again() -> None:
    """When, to which role, under which reference, and what was withheld then."""
    letter = receipt(again(FIRST))
    assert letter.subject == "Ontvangstbevestiging: alles was al eerder doorgegeven"
    for rendering in (letter.text, letter.html):
        for words in (
            "U hebt deze bijsluiter al eerder gestuurd.",
            FIRST.trace,
            "casemanager, Gemeente Voorbeeldstad",
            "al doorgegeven op",
            "Toen niet doorgegeven.",
            "voortgang.verzuim.urenGeoorloofd",
        ):
            assert words in rendering
    (became,) = json.loads(letter.attachments[0].content)["berichten"]
    assert became["eersteUitkomst"]["doorgegeven"] == ["voortgang.aangebodenUren"]


def test_what_is_not_known_any_more_is_said_to_be_so() -> None:
    at = generators.INSTANT
    gone = First(trace="ab" * 16, received_at=at, outcome=Outcome.FORWARD, same=None)
    text = receipt(again(gone)).text
    assert "Dat staat niet meer in ons logboek." in text
    assert "op weg naar de contactpersoon" in text


def test_only_a_whole_document_that_was_here_before_is_said_to_be_one() -> None:
    other = First(trace="cd" * 16, received_at=generators.INSTANT, outcome=Outcome.HOLD, same=True)
    both = receipt(again(FIRST), again(other, Reason.REPORT_WAITS, 1))
    assert "U hebt deze bijsluiter al eerder gestuurd." not in both.text
    assert "wacht al op de gemeente" in both.text


# --- the form that is given back ----------------------------------------------------------------


def arrived(*berichten: dict[str, Json]) -> Opened:
    """A mail of the school with these reports."""
    return corridor.opened(generators.document_json(*berichten))


def corrected(*berichten: dict[str, Json]) -> tuple[Correction | None, tuple[Settled, ...]]:
    """What is given back of a document with these reports."""
    opened = arrived(*berichten)
    outcomes = tuple(each for each in check(opened) if isinstance(each, Ended))
    return to_correct(corridor.handled(*outcomes), opened), outcomes


FAULTY = {**generators.full_bericht(2), "berichttype": "ROMAN", "bsn": "123456782"}


def test_only_the_reports_that_failed_go_back_with_what_the_bijsluiter_knows() -> None:
    found, outcomes = corrected(generators.bericht(1), FAULTY, generators.bericht(3))
    assert found is not None
    assert (found.kind, found.numbers) == (None, (1,))
    assert [each.path for each in found.faults] == ["berichten[0].berichttype"]
    letter = WRITER.receipt(corridor.handled(*outcomes), generators.SENDER, "", found)
    proof, form, beside = letter.attachments
    assert [form.name, beside.name] == ["verbeteren.json", "verbeteren.txt"]
    document = json.loads(form.content)
    known = {name: value for name, value in FAULTY.items() if name != "bsn"}
    assert document["berichten"] == [known]
    for value in (*VALUES, "ROMAN", "123456782"):
        assert value not in said(letter) + beside.content.decode() + proof.content.decode()
    assert "berichten[0].berichttype" in beside.content.decode()
    assert "verbeteren.json" in letter.text


def test_mended_it_is_a_good_document() -> None:
    """What a program gets back it can send again once the faults are out."""
    found, _ = corrected(generators.bericht(1), FAULTY)
    assert found is not None
    document: dict[str, object] = json.loads(json.dumps(found.document))
    document["berichten"][0]["berichttype"] = "VOORTGANG"  # type: ignore[index]  # a list of reports
    (checked,) = check(corridor.opened(json.dumps(document).encode()))
    assert not isinstance(checked, Ended)


@pytest.mark.parametrize(
    "stop",
    [
        Reject(Reason.NO_CONSENT),
        Reject(Reason.CONSENT_WITHDRAWN),
        Reject(Reason.DUPLICATE_REPORT),
        Hold(Reason.PERSON_DIFFERS),
        Hold(Reason.FREE_TEXT),
    ],
)
def test_what_should_not_be_sent_again_is_not_given_back(stop: Reject | Hold) -> None:
    handled = corridor.handled(corridor.ended(stop, number=0))
    assert to_correct(handled, arrived(generators.bericht(1))) is None


def test_nothing_goes_back_to_whom_nobody_proved_to_be_the_sender() -> None:
    ended = corridor.ended(Reject(Reason.FAULTY_REPORT, faults=(Fault(path="x", kind="leeg"),)))
    handled = corridor.handled(ended, sender=None)
    found = correction({"berichten": [FAULTY]}, None, {0: ended.stop.faults})
    assert to_correct(handled, arrived(FAULTY)) is None
    assert len(WRITER.receipt(handled, generators.SENDER, "", found).attachments) == 0


@pytest.mark.parametrize("content", [None, [], {"berichten": {}}, {"berichten": []}, "x"])
def test_a_document_without_reports_cannot_be_given_back(content: Json) -> None:
    whole = (Fault(path="berichten", kind="leeg"),)
    assert correction(content, None, {0: whole}, whole) is None


@pytest.mark.parametrize("kind", [FormKind.XLSX, FormKind.ODS, FormKind.CSV])
def test_a_table_goes_back_as_the_table_it_was(kind: FormKind) -> None:
    """With only the row that failed; read again, it says what the sender wrote."""
    blank = generators.document_json(generators.bericht(1), generators.bericht(2))
    whole = corrected_form(
        kind, blank, {0: (), 1: ()}, str, instellingsnummer=generators.INSTELLINGSNUMMER
    )
    read = read_form(kind, whole)
    reports = json.loads(read.document)["berichten"]
    assert len(reports) == 2
    fault = Fault(path="berichten[1].voortgang.periode.van", kind="geen-datum")
    found = correction(json.loads(read.document), kind, {1: (fault,)})
    ended = corridor.ended(Reject(Reason.FAULTY_REPORT, faults=(fault,)), number=1)
    letter = WRITER.receipt(corridor.handled(ended), generators.SENDER, "", found)
    form = letter.attachments[1]
    assert form.name == f"verbeteren.{kind.value}"
    (back,) = json.loads(read_form(kind, form.content).document)["berichten"]
    assert back["betrokkene"] == reports[1]["betrokkene"]


def test_a_pdf_form_goes_back_filled_in() -> None:
    """Read again, it says what the sender wrote; what could not be read is left open."""
    read = read_form(FormKind.PDF, pdf_forms.filled())
    fault = Fault(path="berichten[0].voortgang.periode.van", kind="cel-geen-datum")
    found = correction(json.loads(read.document), FormKind.PDF, {0: (fault,)})
    ended = corridor.ended(Reject(Reason.FAULTY_REPORT, faults=(fault,)), number=0)
    letter = WRITER.receipt(corridor.handled(ended), generators.SENDER, "", found)
    form = letter.attachments[1]
    assert form.name == "verbeteren.pdf"
    assert json.loads(read_form(FormKind.PDF, form.content).document) == json.loads(read.document)


def test_a_writer_that_fails_costs_nobody_the_receipt(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_correction: Correction, _told: object) -> Attachment:
        raise ValueError

    monkeypatch.setattr("gateway.adapters.corrected_forms.WRITERS", {None: fails})
    found, outcomes = corrected(FAULTY)
    letter = WRITER.receipt(corridor.handled(*outcomes), generators.SENDER, "", found)
    assert [each.name for each in letter.attachments] == ["ontvangstbewijs.json"]


def test_a_form_that_makes_the_receipt_too_large_stays_behind() -> None:
    faulty = {**generators.bericht(1), "berichttype": 1}
    faults: Sequence[Fault] = [Fault(path="berichten[0].berichttype", kind="geen-tekst")]
    failed = dict.fromkeys(range(1000), tuple(faults))
    found = correction({"berichten": [faulty] * 1000}, None, failed)
    many = [
        corridor.ended(Reject(Reason.FAULTY_REPORT, faults=tuple(faults) * 10), number=number)
        for number in range(1000)
    ]
    letter = WRITER.receipt(corridor.handled(*many), generators.SENDER, "", found)
    assert len(inner_entity(letter)) < 7_400_000
