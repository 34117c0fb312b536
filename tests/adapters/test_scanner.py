"""The scanner of free text: what it points at, where exactly, and that it decides nothing."""

from __future__ import annotations

import ast
import re
import time
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.adapters.scanner import Scanner
from gateway.adapters.words import Words
from gateway.domain.annotations import FROM_REGISTER, AboutWhom, Annotation, Certainty, Kind
from gateway.domain.histories import Identity
from gateway.domain.lexicon import Lexicon
from gateway.domain.texts import Language
from gateway.resources import lexicon_text
from tests.counting import calls
from tests.house_files import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN = Identity(
    dossierkenmerk="DEMO-0001",
    voornamen="Amal",
    geslachtsnaam="Voorbeeldman",
    geboortedatum="1990-02-03",
)
OTHER = Identity(
    dossierkenmerk="DEMO-0002",
    voornamen="Bilal Can",
    voorvoegsel="van der",
    geslachtsnaam="Testema",
    geboortedatum="1985",
)
WHOM = AboutWhom(
    dossierkenmerk="DEMO-0001", names=("Amal", "Voorbeeldman"), geboortedatum="1990-02-03"
)
BSN, NO_BSN = "999900006", "999900007"
ZERO_WIDTH = "\N{ZERO WIDTH SPACE}"


@cache
def the_scanner() -> Scanner:
    return Scanner(Lexicon(lexicon_text()), [OWN, OTHER])


def found(text: str) -> tuple[Annotation, ...]:
    return the_scanner().annotations(text, WHOM)


def pointed(text: str, kind: Kind) -> list[tuple[str, Certainty]]:
    """The very words that are pointed at, as they were sent, with how certain that is."""
    return [(text[a.start : a.end], a.certainty) for a in found(text) if a.kind is kind]


LIKELY, POSSIBLE = Certainty.LIKELY, Certainty.POSSIBLE


@pytest.mark.parametrize(
    ("text", "kind", "words", "certainty"),
    [
        (f"Haar bsn is {BSN}.", Kind.BSN, BSN, LIKELY),
        (f"Lokaal {BSN} is vrij.", Kind.BSN, BSN, POSSIBLE),
        (f"Haar BSN: {NO_BSN}", Kind.BSN, NO_BSN, POSSIBLE),
        ("sofinummer 9999 00 006", Kind.BSN, "9999 00 006", LIKELY),
        (f"bsn {' '.join(BSN)}", Kind.BSN, " ".join(BSN), LIKELY),
        ("bsn ９９９９０００06", Kind.BSN, "９９９９０００06", LIKELY),
        ("bsn 9999OOOO6", Kind.BSN, "9999OOOO6", LIKELY),
        (f"bsn 9999{ZERO_WIDTH}00006", Kind.BSN, f"9999{ZERO_WIDTH}00006", LIKELY),
        (
            "bsn negen negen negen negen nul nul nul nul zes",
            Kind.BSN,
            "negen negen negen negen nul nul nul nul zes",
            LIKELY,
        ),
        ("Rekening NL91 ABNA 0417 1643 00 graag", Kind.IBAN, "NL91 ABNA 0417 1643 00", LIKELY),
        ("Rekening nl91abna0417164301", Kind.IBAN, "nl91abna0417164301", POSSIBLE),
        ("Bel 06-00 00 00 01 maar", Kind.TELEPHONE, "06-00 00 00 01", LIKELY),
        ("Bel +31 (0)6 00000001", Kind.TELEPHONE, "31 (0)6 00000001", LIKELY),
        ("mobiel 000 0001", Kind.TELEPHONE, "000 0001", POSSIBLE),
        ("V-nummer 9912345678", Kind.V_NUMBER, "9912345678", LIKELY),
        ("nummer 9912345678", Kind.V_NUMBER, "9912345678", POSSIBLE),
        ("mail a.b@school.example nu", Kind.EMAIL, "a.b@school.example", LIKELY),
        ("a.b (at) school punt example", Kind.EMAIL, "a.b (at) school punt example", POSSIBLE),
        ("woont Voorbeeldstraat 12b", Kind.ADDRESS, "Voorbeeldstraat 12b", LIKELY),
        ("woont op 9999 XX", Kind.ADDRESS, "9999 XX", LIKELY),
        ("op 3 feb 1990 was het", Kind.BIRTH_DATE, "3 feb 1990", LIKELY),
        ("geb. 12-3-1985", Kind.BIRTH_DATE, "12-3-1985", LIKELY),
        ("sinds 12-3-1985", Kind.BIRTH_DATE, "12-3-1985", POSSIBLE),
        ("zit naast mevrouw Testema", Kind.OTHER_PERSON, "Testema", LIKELY),
        ("zit naast bilal testema", Kind.OTHER_PERSON, "bilal testema", LIKELY),
        ("zit naast de testema's", Kind.OTHER_PERSON, "testema", POSSIBLE),
        ("is bevriend met Bilal", Kind.OTHER_PERSON, "Bilal", LIKELY),
        ("zie demo 0002", Kind.FILE_NUMBER, "demo 0002", LIKELY),
        ("Zij is depressief", Kind.HEALTH, "depressief", LIKELY),
        ("een hartoperatie", Kind.HEALTH, "hartoperatie", LIKELY),
        ("zij is depresief", Kind.HEALTH, "depresief", POSSIBLE),
        ("zij is dеprеssief", Kind.HEALTH, "dеprеssief", LIKELY),
        ("zij is d.e.p.r.e.s.s.i.e.f", Kind.HEALTH, "d.e.p.r.e.s.s.i.e.f", POSSIBLE),
        ("d1ab3tes", Kind.HEALTH, "d1ab3tes", POSSIBLE),
        ("ＺＩＥＫ", Kind.HEALTH, "ＺＩＥＫ", LIKELY),
        ("gelovig", Kind.BELIEF, "gelovig", LIKELY),
        ("hij zit vast", Kind.JUSTICE, "zit vast", LIKELY),
        ("Koerdische moeder", Kind.ORIGIN, "Koerdische", LIKELY),
        ("hij is homo", Kind.SEXUALITY, "homo", LIKELY),
        ("lid van de partij", Kind.POLITICS, "lid van de partij", LIKELY),
        ("vakbondslid", Kind.UNION, "vakbondslid", LIKELY),
        ("een irisscan", Kind.BIOMETRICS, "irisscan", LIKELY),
        ("in de schuldsanering", Kind.SENSITIVE, "schuldsanering", LIKELY),
    ],
)
def test_it_points_at_the_words_themselves(
    text: str, kind: Kind, words: str, certainty: Certainty
) -> None:
    assert (words, certainty) in pointed(text, kind)


@pytest.mark.parametrize(
    "text",
    [
        "Graag bellen over de planning van 12 maart 2026.",
        "Amal Voorbeeldman doet het goed, zie DEMO-0001.",
        "Hij haalde 1200 punten in 2025 en gaat in 2026 verder.",
        "Ik geloof dat het geweldig gaat met muziek.",
        "Niveau A2, blok 3, lokaal 2.14, 40 uur.",
    ],
)
def test_what_is_ordinary_is_left_alone(text: str) -> None:
    assert found(text) == ()


def test_the_form_alone_is_possible_and_a_word_beside_makes_it_likely() -> None:
    """9.1% of all numbers of nine digits pass the 11-test: it takes a word around them."""
    assert pointed(f"Bestelling {BSN}", Kind.BSN) == [(BSN, POSSIBLE)]
    assert pointed(f"Bestelling {NO_BSN}", Kind.BSN) == []


def test_spans_of_several_kinds_overlap() -> None:
    """A telephone number that is also nine digits of a service number is both."""
    text = f"bel haar, bsn {BSN}"
    kinds = {each.kind for each in found(text) if text[each.start : each.end] == BSN}
    assert kinds == {Kind.BSN, Kind.TELEPHONE}
    text = "depressieve moslima"
    assert {each.kind for each in found(text)} == {Kind.HEALTH, Kind.BELIEF}


def test_of_one_kind_the_widest_stays() -> None:
    text = "onder behandeling van de huisarts"
    assert [words for words, _ in pointed(text, Kind.HEALTH)] == ["onder behandeling", "huisarts"]


def test_whose_name_it_is_stands_nowhere() -> None:
    """Why it is pointed at names no dossier, number or name."""
    why = " ".join(each.why for each in found("Bilal Testema, DEMO-0002"))
    assert why
    assert not re.search(r"0002|testema|bilal", why, re.IGNORECASE)


def test_ones_own_name_is_nobody_elses() -> None:
    """Also where somebody else is called the same."""
    same = Identity(
        dossierkenmerk="DEMO-0003",
        voornamen="Amal",
        geslachtsnaam="Voorbeeldman",
        geboortedatum="1970",
    )
    scanner = Scanner(Lexicon(lexicon_text()), [OWN, same])
    assert scanner.annotations("Amal Voorbeeldman doet het goed", WHOM) == ()


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=120) | st.text(alphabet="0123456789 .-oOlnul@a", max_size=120))
def test_whatever_is_written_every_span_lies_in_it(text: str) -> None:
    for each in found(text):
        assert 0 <= each.start < each.end <= len(text)


@pytest.mark.parametrize(
    "text",
    ["1 " * 250, "a." * 250, "nul " * 125, "straat " * 71, "0" * 500, "a@" * 250, "NL00 " * 100],
)
def test_no_text_of_500_characters_takes_long(text: str) -> None:
    """Loops are counted; what a pattern tries again and again takes hours, where it does."""
    assert calls(lambda: found(text[:500])) < 1_000_000
    start = time.process_time()
    found((text * 4)[:2000])
    assert time.process_time() - start < 60


# --- it clears nothing -----------------------------------------------------------


def imports(module: str) -> Iterator[str]:
    """The modules of the gateway that import this one, wherever in them."""
    for path in sorted((ROOT / "gateway").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == module:
                yield ".".join(path.relative_to(ROOT).with_suffix("").parts)


def test_nothing_that_decides_knows_the_scanner() -> None:
    """Neither the walk nor a release can ask it: only what shows a text to a person does.

    An access dossier shows them to the officer, who weighs every text, marked or not.
    """
    assert set(imports("gateway.adapters.scanner")) == {"gateway.wiring.free_text"}
    knowing = set(imports("gateway.domain.annotations"))
    rooms = {name.split(".")[1] for name in knowing}
    assert rooms <= {"adapters", "cli", "domain", "duties", "wiring"}
    assert {each for each in knowing if ".duties." in each} == {"gateway.duties.dossier"}
    deciding = {
        "gateway.adapters.database_held",
        "gateway.adapters.held_ending",
        "gateway.adapters.releasing",
        "gateway.adapters.earlier_walks",
        "gateway.domain.policy",
        "gateway.domain.judgement",
    }
    assert not knowing & deciding


def test_only_what_shows_and_asks_uses_what_it_says() -> None:
    """`gateway.wiring.free_text` shows texts and asks senders; it has no way to release.

    `gateway.wiring.access` lays texts before the officer, for the dossier of one person.
    """
    source = (ROOT / "gateway" / "wiring" / "free_text.py").read_text(encoding="utf-8")
    called = {
        node.func.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert "rephrase" in called
    assert "release" not in called
    assert list(imports("gateway.wiring.free_text")) == [
        *["gateway.cli.held"] * 2,
        "gateway.wiring.access",
    ]


# --- lexicon and words -------------------------------------------------------------


def test_every_kind_has_words_for_people() -> None:
    for language in Language:
        words = Words(language)
        said = [words.code("bevinding", kind.value) for kind in Kind]
        assert len(set(said)) == len(Kind)
        assert not set(said) & {kind.value for kind in Kind}


def test_every_kind_is_looked_for() -> None:
    """By a form, by the register, or by the lexicon."""
    by_words = {each.kind for each in Lexicon(lexicon_text()).categories}
    by_form = {
        Kind.BSN,
        Kind.IBAN,
        Kind.TELEPHONE,
        Kind.V_NUMBER,
        Kind.EMAIL,
        Kind.ADDRESS,
        Kind.BIRTH_DATE,
    }
    assert by_words | by_form | FROM_REGISTER == set(Kind)


def test_every_term_of_the_lexicon_finds_itself() -> None:
    """A term that its own category's ordinary words explain away would find nothing."""
    for category in Lexicon(lexicon_text()).categories:
        for term in category.terms:
            text = f"hier staat {term.replace('*', '')} dus"
            assert category.kind in {each.kind for each in found(text)}, term
