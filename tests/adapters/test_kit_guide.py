"""The guide in a school's kit: two pages for anybody's names, whole in both languages."""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pypdfium2 import PdfDocument

from gateway.adapters import kit_guide, kit_programs, kit_readme, kit_words
from gateway.adapters.kit_guide import guide, parts
from gateway.adapters.kit_words import KitFacts, KitWords
from gateway.adapters.words import Words, sentences
from gateway.domain.kits import Reach
from gateway.domain.texts import Language

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
FACTS = KitFacts(
    school="Taalschool De Proef",
    number="00VB000001",
    gateway="Uitwisselpunt inburgering",
    address="poort@gemeente.example",
    municipality="Gemeente Voorbeeldstad",
    contact="functioneel beheer, 070 000 00 00",
    fingerprint="AB" * 20,
    smime=True,
    version="0.1.0, bijsluiter 1",
    made=NOW,
    until=NOW + timedelta(days=200),
    begins=None,
    aspirant=False,
    reach=Reach.READY,
)
# What typst would read as markup, and what `format` would read as a place to fill.
HOSTILE = '*Taal* _School_ #panic("x") $x$ <a> @b `c` // {adres} {0} [d] = kop'
LONG = replace(
    FACTS,
    school="Stichting Taalschool " + "Voorbeeld " * 9,
    municipality="Gemeente " + "Voorbeeldstad " * 6,
    contact="het functioneel beheer van het uitwisselpunt, 070 000 00 00, of "
    "functioneel-beheer@gemeente.example",
    address="uitwisselpunt-inburgering-en-taal@gemeente.voorbeeldstad.example",
    aspirant=True,
    begins=NOW + timedelta(days=3),
    reach=Reach.NOT_READY,
)


def words(facts: KitFacts, language: Language = Language.NL) -> KitWords:
    return KitWords(words=Words(language, "kit"), facts=facts, zone=ZoneInfo("Europe/Amsterdam"))


def pages(facts: KitFacts, language: Language = Language.NL) -> list[str]:
    """The text of each page, its lines joined."""
    document = PdfDocument(guide(words(facts, language)))
    return [" ".join(page.get_textpage().get_text_range().split()) for page in document]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("facts", [FACTS, replace(FACTS, smime=False), LONG])
def test_it_has_two_pages_once_and_each_time(facts: KitFacts, language: Language) -> None:
    once, each_time = pages(facts, language)
    for heading in ("1. ", "2. ", "A. ", "B. ", "C. "):
        assert f" {heading}" in once
    for heading in ("3. ", "4. ", "5. "):
        assert heading in each_time


def test_everything_it_says_is_on_the_pages() -> None:
    text = " ".join(pages(FACTS)).replace("\ufffe", "")
    for part in parts(words(FACTS)):
        said = (part.heading, *part.lead, *part.steps, *part.points, *part.closing)
        for each in (*said, *(word for pair in (*part.facts, *part.commands) for word in pair)):
            assert each.replace("-", "") in text.replace("-", ""), each


def test_a_name_is_only_a_name() -> None:
    facts = replace(FACTS, school=HOSTILE, contact=HOSTILE, municipality=HOSTILE)
    first, _ = pages(facts)
    assert HOSTILE in first


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reach": Reach.NO_CONTACT}, "nog niemand als contactpersoon"),
        ({"reach": Reach.NOT_READY}, "geheimhoudingsverklaring"),
        ({"reach": Reach.NOT_DESIGNATED}, "niemand van uw school is nu aangewezen"),
        ({"aspirant": True}, "als aspirant (artikel 5.1)"),
        ({"begins": NOW}, "vanaf 26 november 2026"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_it_says_what_is_still_lacking(change: dict[str, object], said: str) -> None:
    changed = replace(FACTS, **change)  # type: ignore[arg-type]  # fields of its own
    assert any(said in line for line in words(changed).lead())
    assert not any(said in line for line in words(FACTS).lead())


def test_without_smime_it_offers_none() -> None:
    assert "werkt niet met S/MIME" in pages(replace(FACTS, smime=False))[0]
    assert ".p7c" not in pages(replace(FACTS, smime=False))[0]


def test_every_sentence_stands_in_both_catalogues() -> None:
    said = {
        call.args[0].value
        for module in (kit_words, kit_guide, kit_programs, kit_readme)
        for call in ast.walk(ast.parse(Path(str(module.__file__)).read_text()))
        if isinstance(call, ast.Call)
        and ast.unparse(call.func).rpartition(".")[2] == "say"
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }
    assert len(said) > 60
    for language in Language:
        known = dict(sentences(language, "kit"))
        assert said == set(known)
        assert all(known.values())
