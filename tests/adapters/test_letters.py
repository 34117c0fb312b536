"""What people read: complete, without values where they do not belong, without traces.

Letters are made by the steps that make them in the gateway, from fictitious
reports; only what the outside world would say is made here.
"""

from __future__ import annotations

import ast
import dataclasses
import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from babel.messages.pofile import read_po
from jsonschema import Draft202012Validator, FormatChecker

import gateway
from gateway.adapters.letters import LetterSettings, LetterWriter
from gateway.adapters.mime_write import inner_entity
from gateway.adapters.page import Page, Press, Section, Table
from gateway.adapters.words import Words
from gateway.domain import bijsluiter
from gateway.domain.annotations import Kind, Question
from gateway.domain.bijsluiter import Document
from gateway.domain.outcomes import Ended, Later
from gateway.domain.parties import Role
from gateway.domain.restricting import outward
from gateway.domain.schema import bijsluiter_schema
from gateway.domain.stages import Withheld
from gateway.domain.stops import Fault, Hold, Outcome, Reason, Reject
from gateway.domain.texts import Language, Texts
from gateway.pipeline.checking import check
from gateway.resources import texts_text
from tests import corridor, generators, world
from tests.counting import calls
from tests.strategies import SECRET

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

    from gateway.domain.facts import Facts
    from gateway.domain.mail import Letter
    from gateway.domain.outcomes import Settled
    from gateway.domain.wire import Json

PACKAGE = Path(gateway.__file__).parent
NL = Words(Language.NL)
EN = Words(Language.EN)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
SCHEMA = Draft202012Validator(bijsluiter_schema(), format_checker=FormatChecker())
VALUES = ("Fictief", "Bilal", "1971", "inburgeraar1", "010 000", "Voortgangstoets", "340", "1234")


def writer(language: Language = Language.NL) -> LetterWriter:
    """Letters of a fictitious municipality."""
    settings = LetterSettings(
        address="uitwisselpunt@gemeente.example",
        name="Uitwisselpunt inburgering",
        municipality="Gemeente Voorbeeldstad",
        contact="Bel 070 000 00 00 of mail beheer@gemeente.example.",
        language=language,
    )
    return LetterWriter(settings, texts=Texts(texts_text()), report_name=world.vault().report_name)


WRITER = writer()


def report(bericht: dict[str, Json], facts: Facts) -> Letter:
    """The report that the casemanager gets."""
    return WRITER.report(corridor.addressed(bericht, facts))


def receipt(*outcomes: Settled) -> Letter:
    """The receipt that the school's contact gets."""
    return WRITER.receipt(corridor.handled(*outcomes), generators.SENDER, "<mail@school.example>")


def said(letter: Letter) -> str:
    """Everything in a letter but its attachments, as one text."""
    return "\n".join((letter.subject, letter.outer_subject, letter.text, letter.html))


KEY = world.vault().report_name(corridor.TRACE, 0)
FULL = report(generators.full_bericht(1, regime="WI2021"), generators.facts(1, regime="WI2021"))


# --- the report -------------------------------------------------------------------------


def test_a_report_says_everything_that_was_disclosed_in_text_and_in_html() -> None:
    expected = [
        "Bilal Fictief", "11 februari 1971", "DEMO-0001", "inburgeraar1@post.example",
        "010 000 00 00", "1 oktober 2025 tot en met 31 december 2025", "120 uur", "96 uur",
        "12 uur", "18 uur", "6 uur", "1 september 2026", "Lezen", "Spreken", "A0", "A1", "A2", "B1",
        "Voortgangstoets, 10 december 2025", "van 1 maart 2024 tot 1 maart 2027", "ALFA",
        "340 uur, bekend tot 31 december 2025", "1.234,50 euro over op 1 december 2025",
        "Kennis van de Nederlandse Maatschappij (KNM)", "12 juni 2025", "4 november 2025",
        "Persoonlijk plan Inburgering en Participatie (PIP)", "2 mei 2024", "B1-route", "700 uur",
        "niet van toepassing", "ja", "15 september 2025", "20 november 2025",
        "Neem contact op met de afzender", "Taalschool De Proef", "Saar Proefdocent",
        "saar@taalschool.example", "12 januari 2026 om 10:30 uur", "artikel 35 lid 3 Wi2021",
        f"Referentie: {KEY[:8]}.", "Gebruik de gegevens dan niet", "beheer@gemeente.example",
    ]  # fmt: skip
    for rendering in (FULL.text, FULL.html):
        assert [words for words in expected if words not in rendering] == []


def test_a_report_is_sealed_to_the_designated_contact_and_answers_bounces() -> None:
    assert FULL.recipient == generators.CASEMANAGER.address
    assert generators.CASEMANAGER.key is not None
    assert FULL.certificate == generators.CASEMANAGER.key.certificate
    assert FULL.envelope_from == FULL.sender == "uitwisselpunt@gemeente.example"
    assert FULL.message_id == f"<{KEY}@gemeente.example>"
    assert FULL.in_reply_to == ""


def test_subjects_name_nobody() -> None:
    assert FULL.subject == "Voortgang DEMO-0001, 1 oktober 2025 tot en met 31 december 2025"
    assert FULL.outer_subject == "Beveiligd bericht van het uitwisselpunt inburgering"


def test_the_attached_bijsluiter_is_the_disclosure_and_nothing_else() -> None:
    addressed = corridor.addressed(generators.bericht(1), generators.facts(1))
    attachment = WRITER.report(addressed).attachments[0]
    assert (attachment.name, attachment.media_type) == (
        "bijsluiter-DEMO-0001.json",
        "application/json",
    )
    document = Document.model_validate_json(attachment.content, by_alias=True, by_name=False)
    assert document.berichten == (addressed.disclosure.content,)
    assert document.aanbieder.instellingsnummer == generators.INSTELLINGSNUMMER
    assert document.aanbieder.bow is None
    assert list(SCHEMA.iter_errors(json.loads(attachment.content))) == []


def test_a_file_name_holds_no_path() -> None:
    person = {**generators.betrokkene(1), "dossierkenmerk": "A/../b"}
    facts = dataclasses.replace(
        generators.facts(1),
        dossierkenmerk="A/../b",
        dossier=dataclasses.replace(generators.dossier(1), dossierkenmerk="A/../b"),
    )
    letter = report(generators.bericht(1, betrokkene=person), facts)
    assert letter.attachments[0].name == "bijsluiter-A-..-b.json"


@pytest.mark.parametrize(
    "rows", [("T1", "T2"), ("T1", "T3"), ("T1", "T4"), ("T1", "T2", "T3"), ("T1", "T2", "T3", "T4")]
)
def test_a_report_bears_no_trace_of_what_was_withheld(rows: tuple[str, ...]) -> None:
    """The letter is the one that a school would have caused that sent only what may be shared."""
    facts = generators.facts(1, consent=generators.consent(*rows))
    everything = {**generators.full_bericht(1), "bsn": SECRET, "nationaliteit": SECRET}
    everything["voortgang"] = {**generators.voortgang(), "verzuim": {"reden": SECRET}}
    whole = corridor.addressed(everything, facts)
    assert whole.disclosure.withheld
    sent = corridor.as_sent(whole.disclosure)
    assert isinstance(sent, dict)
    only = corridor.addressed(sent, facts)
    assert only.disclosure.withheld == ()
    assert letter_fields(WRITER.report(whole)) == letter_fields(WRITER.report(only))


def letter_fields(letter: Letter) -> dict[str, object]:
    """All that a letter says, comparable."""
    return {
        field.name: [(a.name, a.media_type, a.content) for a in letter.attachments]
        if field.name == "attachments"
        else getattr(letter, field.name)
        for field in dataclasses.fields(letter)
    }


def test_no_heading_stands_over_nothing() -> None:
    bericht = generators.bericht(
        1, inburgeringstraject=None, voortgang={"periode": generators.voortgang()["periode"],
        "gevolgdeUren": {"formeel": 0}},
    )  # fmt: skip
    letter = report(bericht, generators.facts(1))
    headings = (
        "Inburgeringstraject",
        "Persoonlijk plan",
        "Bijzonderheden",
        "Taalniveau",
        "verzuim",
    )
    assert [words for words in headings if words in said(letter)] == []
    assert "Gevolgde uren:" in letter.text
    assert "0 uur" in letter.text


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("ELIP_SIGNAAL", "Beoordeel zelf of dat klopt."),
        (
            "CORRECTIE",
            f"Gebruik het eerdere bericht met nummer {generators.bericht_id(7)} niet meer.",
        ),
    ],
)
def test_a_report_that_asks_for_something_says_so_first(kind: str, words: str) -> None:
    bericht = {**generators.bericht(1), "berichttype": kind}
    if kind == "CORRECTIE":
        bericht["vervangt"] = str(generators.bericht_id(7))
    text = report(bericht, generators.facts(1, replaced=generators.replaced(7))).text
    assert text.index(words) < text.index("Over wie gaat het")


def test_a_casemanager_reports_to_a_school_under_the_schools_number() -> None:
    facts = dataclasses.replace(
        generators.facts(1, sender=generators.CASEMANAGER, recipient=generators.SENDER),
        provider=generators.provider(),
    )
    bericht = generators.bericht(1)
    checked = corridor.checks(bericht, sender=generators.CASEMANAGER)[0]
    letter = WRITER.report(corridor.onward(checked, facts))
    document = Document.model_validate_json(letter.attachments[0].content)
    assert document.aanbieder.instellingsnummer == generators.INSTELLINGSNUMMER
    assert letter.recipient == generators.SENDER.address
    assert "Gemeente Voorbeeldstad stuurt u dit bericht." in letter.text


# --- the receipt ------------------------------------------------------------------------


def mixed() -> tuple[Settled, ...]:
    """One report of each fate."""
    return (
        corridor.sealed(
            {**generators.full_bericht(1), "bsn": SECRET},
            generators.facts(1, consent=generators.consent("T1", "T4")),
        ),
        corridor.ended(Reject(Reason.CONSENT_WITHDRAWN), number=1, dossierkenmerk="DEMO-0002"),
        corridor.ended(Hold(Reason.PERSON_DIFFERS), number=2, dossierkenmerk="DEMO-0003"),
        corridor.ended(
            Reject(
                Reason.FAULTY_REPORT,
                faults=(Fault(path="berichten[3].voortgang.taalniveaus[1].huidig", kind="leeg"),),
            ),
            number=3,
            dossierkenmerk="DEMO-0004",
        ),
    )


def test_a_receipt_tells_what_became_of_each_report_why_and_what_to_do() -> None:
    letter = receipt(*mixed())
    expected = [
        "1 van 4 berichten doorgegeven", "deels doorgegeven", "niet doorgegeven",
        "wacht op de gemeente", "DEMO-0001", "DEMO-0002", "DEMO-0003", "DEMO-0004",
        "Casper Voorbeeldman (casemanager, Gemeente Voorbeeldstad)",
        "van deze inburgeraar bekend. (Convenant, artikel 12.4.) Laat deze gegevens voortaan weg",
        "soort plan", "persoonlijkPlan.soort",
        "gegeven dat niet in de bijsluiter staat", "bsn",
        "onderdeel van een behaald examen (2)", "inburgeringstraject.behaaldeExamens[1].onderdeel",
        "Deze inburgeraar heeft de toestemming ingetrokken.", "Stop met het sturen",
        "Kijk naam, geboortedatum en dossierkenmerk na.",
        "taalniveau nu (2)", "berichten[3].voortgang.taalniveaus[1].huidig",
        "Dit mag niet leeg zijn.", corridor.TRACE,
    ]  # fmt: skip
    for rendering in (letter.text, letter.html):
        assert [words for words in expected if words not in rendering] == []


def test_who_filled_in_a_form_reads_the_numbers_that_a_correction_needs() -> None:
    """A form has none, and its sender reads the text and not the file for their system."""
    number = generators.full_bericht(1)["berichtId"]
    assert isinstance(number, str)
    handled = corridor.handled(*mixed())
    of_a_form = dataclasses.replace(handled, places={"berichten[0]": "rij 7"})
    letter = WRITER.receipt(of_a_form, generators.SENDER, "")
    for rendering in (letter.text, letter.html):
        assert rendering.count(number) == 1
        assert "Vul daarin het berichtnummer in van het bericht dat niet klopt." in rendering
    assert letter.text.count("DEMO-0002") == receipt(*mixed()).text.count("DEMO-0002")
    assert number not in receipt(*mixed()).text


def test_an_attachment_that_stayed_behind_was_in_the_mail_and_in_no_form() -> None:
    remark = Fault(path="bijlage[1]", kind="bijlage-niet-doorgegeven")
    sealed = corridor.sealed(generators.bericht(1), generators.facts(1))
    disclosure = dataclasses.replace(sealed.addressed.disclosure, remarks=(remark,))
    addressed = dataclasses.replace(sealed.addressed, disclosure=disclosure)
    letter = receipt(dataclasses.replace(sealed, addressed=addressed))
    assert "bijlage (2)" in letter.text
    assert "bijlage[1]" not in letter.text


def test_a_receipt_holds_no_value_of_a_report() -> None:
    letter = receipt(*mixed())
    attached = letter.attachments[0].content.decode()
    for value in (*VALUES, SECRET):
        assert value not in said(letter) + attached


def test_a_receipt_answers_the_mail_and_bounces_to_nobody() -> None:
    letter = receipt(*mixed())
    seconds = int(generators.INSTANT.timestamp())
    assert letter.message_id == f"<{corridor.TRACE}.ontvangst-{seconds}@gemeente.example>"
    assert letter.in_reply_to == "<mail@school.example>"
    assert letter.envelope_from == ""
    assert letter.recipient == generators.SENDER.address


def test_the_receipt_as_a_file_says_the_same() -> None:
    proof = json.loads(receipt(*mixed()).attachments[0].content)
    assert proof["uitkomst"] == "partly"
    assert [each["uitkomst"] for each in proof["berichten"]] == [
        "forward",
        "reject",
        "hold",
        "reject",
    ]
    first, second, _, last = proof["berichten"]
    assert {"pad": "bsn", "reden": "art-12.3/not-in-bijsluiter"} in first["nietDoorgegeven"]
    assert "voortgang.verzuim.urenGeoorloofd" in first["doorgegeven"]
    assert first["ontvanger"]["rol"] == Role.CASEMANAGER
    assert second["redenen"] == ["art-12.4/consent-withdrawn"]
    assert last["fouten"] == [
        {"pad": "berichten[3].voortgang.taalniveaus[1].huidig", "soort": "leeg"}
    ]


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_can_be_told(reason: Reason) -> None:
    """As a stop of a report, of a whole mail, and as the reason why a field was withheld.

    That somebody used a right is no business of who sent the report: it waits, no more.
    """
    (told,) = outward((reason,))
    for number in (0, None):
        for stop in (Reject(reason), Hold(reason)):
            text = receipt(corridor.ended(stop, number=number)).text
            assert Texts(texts_text()).reason(told).nl in text
            assert told is reason or Texts(texts_text()).reason(reason).nl not in text
    withheld = (Withheld(path="voortgang.verzuim", reason=reason),)
    text = receipt(corridor.ended(Reject(reason), withheld=withheld)).text
    assert "voortgang.verzuim" in text


@pytest.mark.parametrize(
    ("stop", "title"),
    [
        (Reject(Reason.NOT_JSON), "Uw mail is niet verwerkt"),
        (Hold(Reason.UNEXPECTED), "Uw mail wacht op de gemeente"),
    ],
)
def test_a_mail_that_stopped_as_a_whole_is_told_as_one(stop: Reject | Hold, title: str) -> None:
    letter = receipt(corridor.ended(stop, number=None))
    assert letter.subject == title
    assert "Overzicht" not in letter.text


def test_a_flood_of_faults_is_told_in_part_and_counted() -> None:
    faults = tuple(Fault(path=f"berichten[0].x{n}", kind="leeg") for n in range(300))
    letter = receipt(corridor.ended(Reject(Reason.FAULTY_REPORT, faults=faults)))
    assert "en nog 260" in letter.text
    assert len(json.loads(letter.attachments[0].content)["berichten"][0]["fouten"]) == 200


def test_who_is_not_proven_learns_only_that_a_mail_came() -> None:
    ended = corridor.ended(
        Reject(Reason.NOT_SIGNED, faults=(Fault(path="betrokkene", kind="leeg"),)),
        number=None,
        dossierkenmerk="DEMO-0001",
    )
    handled = corridor.handled(ended, sender=None)
    letter = WRITER.receipt(handled, generators.SENDER, "<mail@school.example>")
    assert letter.attachments == ()
    assert letter.in_reply_to == ""
    assert "Uw mail was niet ondertekend." in letter.text
    assert "12 januari 2026 om 10:30 uur" in letter.text
    assert "niet zelf gestuurd" in letter.text
    for word in ("DEMO-0001", "betrokkene", "geboortedatum", "Casper", "Saar", "inburgeraar"):
        assert word not in letter.text + letter.html + letter.subject


# --- the notice -------------------------------------------------------------------------


def test_a_notice_names_references_and_reasons_and_nobody() -> None:
    letter = WRITER.notice(corridor.handled(*mixed()), generators.OFFICER)
    assert f"gateway held show {corridor.TRACE}" in letter.text
    assert "art-12.5/person-differs" in letter.text
    assert "Geef het nooit vrij op een vermoeden" in letter.text
    assert letter.attachments == ()
    assert letter.envelope_from == ""
    assert letter.recipient == generators.OFFICER.address
    for word in (*VALUES, "DEMO-", "Casper", "Saar", "Taalschool", "consent-withdrawn"):
        assert word not in said(letter)


def test_each_officer_gets_a_mail_of_their_own() -> None:
    other = dataclasses.replace(generators.OFFICER, contact_id="jan-met-een-naam")
    handled = corridor.handled(*mixed())
    first, second = (WRITER.notice(handled, each) for each in (generators.OFFICER, other))
    assert first.message_id != second.message_id
    assert "jan" not in second.message_id


def test_news_after_the_receipt_reaches_sender_and_officer_each_in_their_words() -> None:
    later = Later(
        trace=corridor.TRACE,
        reason=Reason.UNDELIVERABLE,
        numbers=(0, 2),
        instant=generators.INSTANT,
    )
    text = Texts(texts_text()).reason(Reason.UNDELIVERABLE)
    to_sender = WRITER.afterwards(later, generators.SENDER)
    to_officer = WRITER.afterwards(later, generators.OFFICER)
    assert text.nl in to_sender.text
    assert text.afzender_nl in to_sender.text
    assert text.advies_nl in to_officer.text
    assert f"gateway held show {corridor.TRACE}" in to_officer.text
    assert "gateway held" not in to_sender.text
    assert re.search(r"Bericht:\s+1, 3", to_sender.text)
    assert to_sender.message_id != to_officer.message_id
    for letter in (to_sender, to_officer):
        assert letter.attachments == ()
        assert letter.envelope_from == ""
        for word in (*VALUES, "DEMO-", "Casper", "Saar"):
            assert word not in said(letter)


def asking(*kinds: Kind, path: str = "bijzonderheden[0].signaal") -> Later:
    question = Question(number=2, dossierkenmerk="DEMO-0003", path=path, kinds=kinds)
    return Later(
        trace=corridor.TRACE,
        reason=Reason.REPHRASE,
        numbers=(2,),
        instant=generators.INSTANT,
        questions=(question,),
    )


@pytest.mark.parametrize("language", Language)
def test_a_question_says_which_field_what_is_in_it_and_how_to_say_it(language: Language) -> None:
    words = Words(language)
    letter = writer(language).afterwards(asking(Kind.HEALTH, Kind.BSN), generators.SENDER)
    reason = Texts(texts_text()).reason(Reason.REPHRASE)
    for part in (letter.text, letter.html):
        for expected in (
            "DEMO-0003",
            words.field("bijzonderheden[0].signaal"),
            words.code("bevinding", "gezondheid"),
            words.code("bevinding", "bsn"),
            reason.said(language),
            reason.advice(language),
            *(words.code("bijzonderheid", code) for code in bijsluiter.BijzonderheidSoort),
        ):
            assert expected in part
    assert letter.attachments == ()


def test_a_question_in_which_nothing_was_named_still_says_what_to_do() -> None:
    letter = WRITER.afterwards(asking(), generators.SENDER)
    assert "iets dat niet in de bijsluiter hoort" in letter.text
    plan = asking(path="persoonlijkPlan.wijziging.omschrijving")
    letter = WRITER.afterwards(plan, generators.SENDER)
    assert "laat de omschrijving leeg" in letter.text
    assert "NEEM_CONTACT_OP" not in letter.text
    letter = WRITER.afterwards(asking(path="persoonlijkPlan.document"), generators.SENDER)
    assert "stuur het plan niet mee" in letter.text
    assert "omschrijving leeg" not in letter.text


def test_a_question_about_a_form_names_sheet_and_cell() -> None:
    later = asking(Kind.HEALTH)
    question = dataclasses.replace(later.questions[0], place="Blad 'Inburgeraars', cel F7")
    letter = WRITER.afterwards(dataclasses.replace(later, questions=(question,)), generators.SENDER)
    assert "Blad 'Inburgeraars', cel F7" in letter.text


# --- how it reads -----------------------------------------------------------------------


def letters(using: LetterWriter) -> dict[str, Letter]:
    """One letter of each kind."""
    addressed = corridor.addressed(
        generators.full_bericht(1, regime="WI2021"), generators.facts(1, regime="WI2021")
    )
    unproven = corridor.handled(corridor.ended(Reject(Reason.NOT_SIGNED), number=None), sender=None)
    handled = corridor.handled(*mixed())
    return {
        "report": using.report(addressed),
        "receipt": using.receipt(handled, generators.SENDER, ""),
        "unproven": using.receipt(unproven, generators.SENDER, ""),
        "notice": using.notice(handled, generators.OFFICER),
        "question": using.afterwards(asking(Kind.HEALTH), generators.SENDER),
    }


class Markup(HTMLParser):
    """Remembers tags with their attributes, and complains about what does not nest."""

    VOID = frozenset({"meta", "br"})

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag


@pytest.mark.parametrize("kind", ["report", "receipt", "unproven", "notice"])
def test_html_is_whole_in_dutch_and_fetches_nothing(kind: str) -> None:
    html = letters(WRITER)[kind].html
    markup = Markup(html)
    tags = {tag for tag, _ in markup.tags}
    assert html.startswith("<!DOCTYPE html>")
    assert ("html", {"lang": "nl"}) in markup.tags
    assert not tags & {"script", "img", "link", "iframe", "form", "object", "svg", "a"}
    assert not re.search(r"url\(|https?:|src=|@import|\son\w+=", html)
    assert all(attributes.get("scope") for tag, attributes in markup.tags if tag == "th")
    assert [tag for tag, _ in markup.tags].count("h1") == 1
    assert any(attributes.get("name") == "viewport" for _, attributes in markup.tags)


@pytest.mark.parametrize("kind", ["report", "receipt", "unproven", "notice"])
def test_every_letter_exists_in_english_too(kind: str) -> None:
    dutch, english = letters(WRITER)[kind], letters(writer(Language.EN))[kind]
    assert english.subject != dutch.subject
    assert Markup(english.html).tags[0] == ("html", {"lang": "en"})
    for heading in re.findall(r"<h[12][^>]*>([^<]+)<", dutch.html):
        if heading not in {"Inburgeringstraject: DEMO-0001"} and "DEMO" not in heading:
            assert heading not in re.findall(r"<h[12][^>]*>([^<]+)<", english.html)


def test_what_a_person_wrote_cannot_become_markup() -> None:
    progress = generators.voortgang()
    progress["taalniveaus"] = [{"vaardigheid": "LE", "toets": "<b onload=x>&\"'Toets</b>"}]
    letter = report(generators.bericht(1, voortgang=progress), generators.facts(1))
    assert "&lt;b onload=x&gt;&amp;&#34;&#39;Toets&lt;/b&gt;" in letter.html
    assert "<b onload" not in letter.html
    assert "<b onload=x>&\"'Toets</b>" in letter.text


def test_a_line_of_free_text_cannot_pass_for_a_line_of_the_letter() -> None:
    told: Json = {"datum": "2025-09-15", "omschrijving": "eerst\nWat u moet weten\n---"}
    bericht = generators.bericht(
        1, regime="WI2021", persoonlijkPlan={**generators.plan(), "wijziging": told}
    )
    mail = corridor.raw(approved=(generators.bericht_id(1),))
    addressed = corridor.addressed(bericht, generators.facts(1, regime="WI2021"), mail=mail)
    lines = WRITER.report(addressed).text.splitlines()
    assert lines.count("Wat u moet weten") == 1
    assert lines.count("---") == 0


def test_a_letter_is_the_same_each_time() -> None:
    for kind, letter in letters(WRITER).items():
        assert letter_fields(letter) == letter_fields(letters(writer())[kind])


def test_writing_a_letter_is_little_work() -> None:
    """Half a millisecond on an idle core; a template that is read anew costs many times that."""
    addressed = corridor.addressed(generators.bericht(1), generators.facts(1))
    handled = corridor.handled(corridor.sealed(generators.bericht(1), generators.facts(1)))
    WRITER.report(addressed)
    WRITER.receipt(handled, generators.SENDER, "")
    assert calls(lambda: WRITER.report(addressed)) < 5_000
    assert calls(lambda: WRITER.receipt(handled, generators.SENDER, "")) < 5_000


# --- words ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [("1990", "in 1990"), ("1990-03", "in maart 1990"), ("1990-03-05", "5 maart 1990")],
)
def test_a_birth_date_is_said_as_far_as_it_is_known(text: str, shown: str) -> None:
    assert NL.partial_date(text) == shown


@pytest.mark.parametrize(
    ("amount", "dutch", "english"),
    [
        ("1234.5", "1.234,50 euro", "1,234.50 euro"),
        ("0", "0,00 euro", "0.00 euro"),
        ("999999.99", "999.999,99 euro", "999,999.99 euro"),
    ],
)
def test_amounts_are_written_as_people_write_them(amount: str, dutch: str, english: str) -> None:
    assert (NL.amount(Decimal(amount)), EN.amount(Decimal(amount))) == (dutch, english)


def test_numbers_and_dates_too() -> None:
    assert (NL.number(9999), EN.number(9999)) == ("9.999", "9,999")
    assert (NL.date(date(2026, 3, 3)), EN.date(date(2026, 3, 3))) == (
        "3 maart 2026",
        "3 March 2026",
    )
    summer = datetime(2026, 6, 30, 22, 5, tzinfo=UTC)
    assert NL.moment(summer, AMSTERDAM) == "1 juli 2026 om 00:05 uur"


def catalogue(language: Language) -> Catalog:
    """The catalogue as it is edited."""
    with (PACKAGE / "locale" / language / "LC_MESSAGES" / "letters.po").open("rb") as source:
        return read_po(source, locale=language.value)


RENDERERS = (
    "words",
    "letter_report",
    "letter_replacing",
    "letter_history",
    "letter_question",
    "letter_receipt",
    "letter_reasons",
    "place_words",
    "letter_again",
    "letter_correction",
    "letter_reminder",
    "letter_exclusion",
    "letter_witness",
    "letters",
    "consent_letter",
    "letter_incident",
)


def sentences() -> set[str]:
    """Every wording that the letters ask the catalogue for."""
    found: set[str] = set()
    for name in RENDERERS:
        tree = ast.parse((PACKAGE / "adapters" / f"{name}.py").read_text(encoding="utf-8"))
        strings = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)]
        found |= {each for each in strings if isinstance(each, str)}
    return found


@pytest.mark.parametrize("language", Language)
def test_both_catalogues_hold_the_same_entries_and_all_are_filled(language: Language) -> None:
    entries = {(m.context, m.id) for m in catalogue(language) if m.id}
    assert entries == {(m.context, m.id) for m in catalogue(Language.NL) if m.id}
    assert [m.id for m in catalogue(language) if m.id and not m.string] == []
    for message in catalogue(language):
        placeholders = re.findall(r"\{\w+\}", str(message.id))
        assert sorted(re.findall(r"\{\w+\}", str(message.string))) == sorted(placeholders)


def test_every_sentence_asked_for_is_in_the_catalogue_and_none_is_left_over() -> None:
    known = {str(m.id) for m in catalogue(Language.NL) if m.id and not m.context}
    asked: set[str] = set()
    for name in RENDERERS:
        tree = ast.parse((PACKAGE / "adapters" / f"{name}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                function = node.func
                called = function.attr if isinstance(function, ast.Attribute) else ""
                called = function.id if isinstance(function, ast.Name) else called
                if called == "say":
                    asked.add(str(node.args[0].value))
    assert asked <= known
    assert known <= sentences()


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("berichttype", bijsluiter.Berichttype),
        ("vaardigheid", bijsluiter.Vaardigheid),
        ("niveau", (*bijsluiter.Niveau, *bijsluiter.Examenniveau, *bijsluiter.PlanNiveau)),
        ("examen", bijsluiter.Examenonderdeel),
        ("plan", bijsluiter.PlanSoort),
        ("leerroute", bijsluiter.Leerroute),
        ("alfabetisering", bijsluiter.Alfabetisering),
        ("bijzonderheid", bijsluiter.BijzonderheidSoort),
        ("uitkomst", Outcome),
        ("rol", Role),
        ("deel", bijsluiter.Category),
    ],
)
def test_every_code_has_words(kind: str, codes: tuple[str, ...]) -> None:
    for language in Language:
        known = {str(m.id) for m in catalogue(language) if m.context == kind}
        assert known == {str(code) for code in codes}


def test_every_field_of_the_bijsluiter_has_a_name() -> None:
    unknown = NL.field("onbekend")
    for path in fields(bijsluiter_schema()):
        assert NL.field(path) != unknown, path
        assert EN.field(path) != NL.field("onbekend"), path
    assert NL.field("") == "het bestand"
    assert NL.field("berichten[2].voortgang.taalniveaus[4].huidig") == "taalniveau nu (5)"


def fields(schema: dict[str, Json]) -> list[str]:
    """Every path that the schema knows, in wire form."""
    parts = members(schema["$defs"])

    def walk(part: dict[str, Json], path: str) -> list[str]:
        found = [path] if path else []
        if "$ref" in part:
            found += walk(members(parts[str(part["$ref"]).rpartition("/")[2]]), path)
        options = part.get("anyOf", [])
        assert isinstance(options, list)
        for option in options:
            found += walk(members(option), path)
        if "items" in part:
            found += walk(members(part["items"]), f"{path}[0]")
        for name, field in members(part.get("properties", {})).items():
            found += walk(members(field), f"{path}.{name}" if path else name)
        return found

    return walk(schema, "")


def members(value: Json) -> dict[str, Json]:
    """A JSON value that is an object."""
    assert isinstance(value, dict)
    return value


def test_one_page_says_the_same_in_both_renderings() -> None:
    page = Page(
        language="nl",
        title="Titel",
        lead=("Eerst.",),
        sections=(
            Section(
                heading="Kop",
                lead=("Inleiding.",),
                facts=(("Naam", "regel een\nregel twee"),),
                tables=(Table(caption="Onder", headings=("A", "B"), rows=(("1", "2"),)),),
                points=("Punt.",),
                closing=("Slot.",),
            ),
        ),
    )
    press = Press()
    for rendering in (press.text(page), press.html(page)):
        places = [rendering.rindex(word) for word in ("Eerst", "Kop", "Inleiding", "regel twee",
                                                      "Punt", "Onder", "Slot")]  # fmt: skip
        assert places == sorted(places)


def test_a_receipt_of_a_thousand_faulty_reports_still_fits_through_a_mail_server() -> None:
    """Ten million bytes is what Postfix takes by default, and base64 adds a third."""
    faulty = generators.bericht(1)
    faulty["inburgeringstraject"] = {"behaaldeExamens": [{"onderdeel": 1, "niveau": 2}] * 8}
    faulty["voortgang"] = {"taalniveaus": [{"begin": 1, "huidig": 2, "doel": 3}] * 8}
    checks = corridor.checks(*[faulty] * 1000)
    letter = receipt(*(each for each in checks if isinstance(each, Ended)))
    assert len(inner_entity(letter)) < 7_400_000
    proof = json.loads(letter.attachments[0].content)
    assert len(proof["berichten"]) == 1000
    assert all(len(each["fouten"]) == 10 for each in proof["berichten"])
    assert letter.text.count("en nog ") == 1000


@pytest.mark.parametrize(
    "message_id",
    [
        "no angle brackets, but spaces",
        "<a@b> (with a comment)",
        "<a@b>\tX: y",
        "<é@school.example>",
        "<no-at-sign>",
        f"<{'a' * 1000}@b>",
        "<a@b> <c@d>",
        "\udc80",
    ],
)
def test_a_message_id_that_cannot_be_repeated_costs_the_sender_no_receipt(message_id: str) -> None:
    handled = corridor.handled(corridor.ended(Reject(Reason.IMPLAUSIBLE)))
    letter = WRITER.receipt(handled, generators.SENDER, message_id)
    assert letter.in_reply_to == ""
    assert inner_entity(letter)


def test_the_reports_of_a_document_cannot_be_counted_by_a_recipient() -> None:
    """The second of two bears nothing that says so: a gap would tell of what was withheld."""
    document = generators.document_json(generators.bericht(1), generators.bericht(2))
    reports = check(corridor.opened(document))
    letters = [
        WRITER.report(corridor.onward(report, generators.facts(number)))
        for number, report in enumerate(reports, start=1)
    ]
    assert letters[0].message_id == f"<{KEY}@gemeente.example>"
    assert letters[0].message_id != letters[1].message_id
    for letter in letters:
        shown = letter.message_id + letter.text + letter.html
        assert corridor.TRACE[:8] not in shown
        assert f"Referentie: {letter.message_id[1:9]}." in letter.text
