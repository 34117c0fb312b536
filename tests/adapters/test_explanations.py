"""Explanations for an officer: every word is there in both languages, every row is told."""

from __future__ import annotations

import ast
import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel.messages.pofile import read_po
from hypothesis import given, settings
from hypothesis import strategies as st

import gateway
from gateway.adapters.explanations import Explanations
from gateway.adapters.words import Words
from gateway.domain.articles import Articles
from gateway.domain.explaining import NO_GROUND, Direction, Reception
from gateway.domain.moments import DUTCH
from gateway.domain.parties import Role, Side
from gateway.domain.policy import Effect
from gateway.domain.situation import CATEGORY_DOMAIN, GATE_DOMAIN, Text
from gateway.domain.stops import Outcome
from gateway.domain.texts import Language, Texts
from gateway.pipeline.explaining import explain, supposed
from gateway.resources import articles_text, texts_text
from tests import corridor, generators
from tests.pipeline.test_permitting import facts_of, worlds

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

PACKAGE = Path(gateway.__file__).parent
DOMAIN = {**GATE_DOMAIN, **CATEGORY_DOMAIN}
WRITERS = {
    language: Explanations(
        Words(language, "explanations"), Texts(texts_text()), Articles(articles_text()), DUTCH
    )
    for language in Language
}


def catalogue(language: Language) -> Catalog:
    place = PACKAGE / "locale" / language / "LC_MESSAGES" / "explanations.po"
    with place.open("rb") as source:
        return read_po(source, locale=language.value)


def asked() -> set[str]:
    """Every wording that the writer asks the catalogue for."""
    tree = ast.parse((PACKAGE / "adapters" / "explanations.py").read_text(encoding="utf-8"))
    return {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and type(n.value) is str}


@pytest.mark.parametrize("language", Language)
def test_both_catalogues_hold_the_same_entries_and_all_are_filled(language: Language) -> None:
    messages = [m for m in catalogue(language) if m.id]
    assert {(m.context, m.id) for m in messages} == {
        (m.context, m.id) for m in catalogue(Language.NL) if m.id
    }
    for message in messages:
        assert message.string, message.id
        placeholders = re.findall(r"\{\w+\}", str(message.id))
        assert sorted(re.findall(r"\{\w+\}", str(message.string))) == sorted(placeholders)


def test_every_sentence_is_asked_for_and_every_one_asked_for_is_there() -> None:
    known = {str(m.id) for m in catalogue(Language.NL) if m.id and not m.context}
    tree = ast.parse((PACKAGE / "adapters" / "explanations.py").read_text(encoding="utf-8"))
    said = {
        str(node.args[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and (getattr(node.func, "attr", "") == "say" or getattr(node.func, "id", "") == "say")
    }
    assert len(said) > 20
    assert said <= known
    # How a moment is said belongs to the words of every catalogue.
    assert known - asked() == {"{datum} om {tijd} uur"}


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("attribuut", tuple(DOMAIN)),
        *((name, values) for name, values in DOMAIN.items() if name != "ground"),
        ("ground", (*DOMAIN["ground"], NO_GROUND)),
        ("gevolg", tuple(Effect)),
        ("besluit", tuple(Outcome)),
        ("tekst", tuple(Text)),
        ("rol", tuple(Role)),
    ],
)
@pytest.mark.parametrize("language", Language)
def test_every_attribute_and_every_value_has_words(
    language: Language, kind: str, codes: tuple[str, ...]
) -> None:
    """A new value of the domain without a word would be shown as a code."""
    known = {str(m.id) for m in catalogue(language) if m.context == kind}
    assert known == {str(code) for code in codes}


@settings(deadline=None, max_examples=40)
@given(worlds(), st.sampled_from(Language), st.booleans())
def test_every_row_is_told_once_with_plus_where_it_matched(
    world: dict[str, object], language: Language, at_hand: bool
) -> None:
    """For a report at hand and for a supposed one, whatever the world is like."""
    facts, policy = facts_of(world), corridor.policy()
    known = corridor.known(generators.bericht(1), facts)
    explanation = explain(known, policy) if at_hand else supposed(facts, policy)
    lines = list(WRITERS[language].mail(generators.INSTANT, None, [explanation]))
    assert explanation.judged is not None
    accounts = [explanation.judged.gate] + [
        each.account for each in explanation.judged.categories if each.present
    ]
    matched = {each.row.id for one in accounts for each in one.rows if each.matched}
    for row in policy.rows:
        (told,) = [line for line in lines if re.match(rf"\s+[+-] {re.escape(row.id)} \(", line)]
        assert (told.strip()[0] == "+") is (row.id in matched), row.id
        assert (row.nl if language is Language.NL else row.en) in told
    person = generators.betrokkene(1)
    told_all = "\n".join(lines)
    for value in ("geslachtsnaam", "geboortedatum", "voornamen", "email"):
        assert str(person[value]) not in told_all


def test_articles_come_in_the_order_of_the_covenant_with_their_titles() -> None:
    explanation = supposed(generators.facts(), corridor.policy())
    lines = WRITERS[Language.NL].mail(generators.INSTANT, None, [explanation])
    articles = [line.strip() for line in lines if line.strip().startswith("Artikel ")]
    assert articles[0] == "Artikel 2.3: Algemene bepalingen"
    assert [each.split(":")[0].removeprefix("Artikel ") for each in articles] == [
        "2.3", "3.2", "3.3", "5.1", "12.1", "12.2", "12.3", "12.4", "12.5", "12.8", "15",
    ]  # fmt: skip


def test_what_differs_is_said_in_words() -> None:
    facts = generators.facts(consent=generators.consent("T1", "T4"))
    said = "\n".join(
        WRITERS[Language.EN].mail(generators.INSTANT, None, [supposed(facts, corridor.policy())])
    )
    assert "consent for row 3 (T3): no; the row asks: yes" in said
    assert "act and group in our register: Wi2013; the row asks: unknown" in said
    assert "plan: no [P1-zonder-T2]" not in said  # one line for each state of its free text
    assert "particulars (with free text that nobody released): no" in said
    assert "language level: yes [P3-T4]" in said


def test_free_text_that_nobody_released_waits_and_the_rest_is_told_apart() -> None:
    facts = generators.facts(regime="WI2021")
    said = "\n".join(
        WRITERS[Language.NL].mail(generators.INSTANT, None, [supposed(facts, corridor.policy())])
    )
    assert "Besluit over een bericht zonder vrije tekst: wordt doorgegeven" in said
    assert "met vrije tekst die nog niet is vrijgegeven: wacht op een mens" in said
    assert "plan (met vrije tekst die nog niet is vrijgegeven): wacht op een mens" in said
    assert "met vrije tekst die twee mensen vrijgaven: wordt doorgegeven" in said


def test_a_direction_without_a_sender_says_so_with_its_article() -> None:
    directions = [Direction(sending=side, explanation=None) for side in Side]
    nl = list(WRITERS[Language.NL].person("DEMO-0001", generators.INSTANT, directions))
    assert [line for line in nl if "niemand aangewezen" in line and "artikel 12.5" in line][:2]
    assert "taalaanbieder" in nl[3]
    assert "gemeente" in nl[5]


def test_who_is_not_designated_receives_nothing() -> None:
    explanation = supposed(generators.facts(), corridor.policy())
    reception = Reception(
        as_of=generators.INSTANT + timedelta(0),
        contact=generators.OFFICER,
        designated=False,
        direction=Direction(sending=Side.PROVIDER, explanation=explanation),
    )
    said = "\n".join(WRITERS[Language.NL].contact("DEMO-0001", reception))
    assert "contact-3 krijgt niets" in said
    assert "dat is contact-2 (artikel 12.5)" in said
    assert "Rol: privacy officer. Geheimhouding getekend: ja." in said
