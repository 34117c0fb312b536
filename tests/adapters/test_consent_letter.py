"""The consent receipt on paper: what it says in each state, as a tagged PDF, and in plain text."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from gateway.adapters.consent_letter import AUTHORITY, ConsentLetters
from gateway.adapters.detached import detached_signature
from gateway.adapters.page import Press
from gateway.adapters.typeset import UnprintableError, pdf
from gateway.adapters.words import Words
from gateway.domain.bijsluiter import Category
from gateway.domain.consent import Consent, ConsentCategory, ConsentState
from gateway.domain.consent_forms import AddedRow
from gateway.domain.consent_receipt import Receipt
from gateway.domain.texts import Language
from tests import papers, people, world

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.adapters.page import Page

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FORM = world.forms().form("bijlage-2", "nl")
# What typst would read as markup, code, a label, a reference, math, a comment.
HOSTILE = '*Jan* _Piet_ #panic("x") #read("/etc/passwd") $x$ <a> @b \\ `c` // weg [d] = kop'


def receipt(state: ConsentState = ConsentState.GIVEN, *rows: ConsentCategory) -> Receipt:
    given = state is ConsentState.GIVEN
    extra = frozenset({Category.P4, Category.P1}) if given else frozenset[Category]()
    return Receipt(
        record_id="ab" * 16,
        made_at=NOW,
        dossierkenmerk="DEMO-0001",
        municipality="Gemeente Voorbeeldstad",
        contact="privacy@gemeente.example",
        provider_id="school-1",
        provider="Taalschool De Proef",
        consent=Consent(state=state, categories=frozenset(rows), extra=extra),
        since=NOW - timedelta(days=10),
        until=NOW + timedelta(days=90),
        form=FORM,
        notice=FORM.digest,
        added=(AddedRow(text="Verzonnen: mijn rooster", covers=Category.P4),),
        events=(),
    )


def page(of: Receipt, name: str = "Bo Verzonnen") -> Page:
    return ConsentLetters(Words(Language.NL), AMSTERDAM).page(of, name)


def test_the_letter_says_who_gets_what_why_until_when_and_how_to_stop() -> None:
    """Art. 13 AVG: recipients, data, purpose, end, withdrawing, rights, complaint."""
    text = Press().text(page(receipt(ConsentState.GIVEN, ConsentCategory.T1, ConsentCategory.T4)))
    for said in (
        "Beste Bo Verzonnen,",
        "Gemeente Voorbeeldstad en Taalschool De Proef",
        FORM.plain[ConsentCategory.T1],
        FORM.plain[ConsentCategory.T4],
        "Verzonnen: mijn rooster",
        "Uw persoonlijk plan",
        FORM.purpose,
        "geldt vanaf 19 februari 2026",
        "Dat is nu op 30 mei 2026",
        "U mag altijd stoppen",
        "privacy@gemeente.example",
        "Haal mijn gegevens weg.",
        AUTHORITY,
        "DEMO-0001",
    ):
        assert said in text, said
    assert FORM.plain[ConsentCategory.T2] not in text
    assert "{" not in text


@pytest.mark.parametrize("state", sorted(set(ConsentState) - {ConsentState.GIVEN}))
def test_without_consent_the_letter_says_that_nothing_is_shared(state: ConsentState) -> None:
    text = Press().text(page(receipt(state)))
    assert "Wij delen geen gegevens" in text
    assert FORM.plain[ConsentCategory.T1] not in text
    assert "Welke gegevens?" not in text
    assert ("Wilt u wel toestemming geven?" in text) == (state is not ConsentState.EXPIRED)


@pytest.mark.parametrize("state", ConsentState)
def test_sentences_are_short_enough_for_level_a2(state: ConsentState) -> None:
    """Ours have at most 15 words; the words of the form itself are the covenant's."""
    made = page(receipt(state))
    ours = [
        line
        for section in made.sections
        if section.heading not in {"Welke gegevens?", "Waarom?"}
        for line in (*section.lead, *section.points, *section.closing)
    ]
    sentences = [s for line in (*made.lead, *ours) for s in re.split(r"[.:?!] ", line)]
    assert sentences
    assert [s for s in sentences if len(s.split()) > 15] == []


def test_the_letter_is_a_tagged_pdf_that_a_screen_reader_can_read() -> None:
    """PDF/UA-1 (ISO 14289-1): tags, language, title, headings and lists as such."""
    made = pdf(page(receipt(ConsentState.GIVEN, *ConsentCategory)), author="Gemeente", at=NOW)
    assert made.startswith(b"%PDF-1.7")
    for mark in (
        b"/MarkInfo<</Marked true",
        b"/StructTreeRoot",
        b"/Lang(nl)",
        b"/DisplayDocTitle true",
        b"<pdfuaid:part>1</pdfuaid:part>",
        b"/Title(Uw toestemming)",
        b"/S/H1",
        b"/S/L/",
    ):
        assert mark in made, mark
    assert made.count(b"/S/H2") == len(page(receipt()).sections)
    assert b"/FontFile3" in made
    assert b"/JavaScript" not in made
    assert b"/URI" not in made


def test_what_looks_like_markup_in_a_name_is_only_a_name() -> None:
    """It is neither run nor set apart, and changes nothing else on the page."""
    plain = pdf(page(receipt(), "Jan"), author="Gemeente", at=NOW)
    hostile = pdf(page(receipt(), HOSTILE), author=HOSTILE, at=NOW)
    for tag in (
        b"/S/H1",
        b"/S/H2",
        b"/S/P",
        b"/S/L/",
        b"/S/LI",
        b"/S/Strong",
        b"/S/Em",
        b"/S/Code",
    ):
        assert hostile.count(tag) == plain.count(tag), tag
    assert b"/S/Link" not in hostile
    assert HOSTILE in Press().text(page(receipt(), HOSTILE))


def test_the_same_receipt_is_the_same_letter() -> None:
    made = [pdf(page(receipt()), author="Gemeente", at=NOW) for _ in range(2)]
    assert hashlib.sha256(made[0]).digest() == hashlib.sha256(made[1]).digest()


def test_a_script_without_a_font_is_refused_and_not_shown_as_boxes() -> None:
    with pytest.raises(UnprintableError) as error:
        pdf(page(receipt(), "ገብረ"), author="Gemeente", at=NOW)
    assert "ገብረ" not in f"{error.value!r} {error.value.__cause__!r} {error.value.__context__!r}"


def test_gnupg_verifies_the_signature_beside_a_file(tmp_path: Path) -> None:
    """And refuses it once a single byte of the file is another."""
    signer = people.person("Uitwisselpunt Proef", "poort@gemeente.example")
    content = b'{"proef": true}\n'
    signature = detached_signature(signer.tsk, content)
    other = content.replace(b"true", b"trug")
    assert papers.gpg_verifies(content, signature, signer.cert, tmp_path) == signer.fingerprint
    assert papers.gpg_verifies(other, signature, signer.cert, tmp_path) is None
