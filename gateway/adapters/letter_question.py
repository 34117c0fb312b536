"""The question to a sender: say this in another way.  Which field, why, and how it can be said.

Never the words themselves, and nothing that only the register knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.page import Section, Table
from gateway.adapters.place_words import place_in
from gateway.domain.bijsluiter import BijzonderheidSoort, Category
from gateway.domain.categories import category_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.adapters.words import Words
    from gateway.domain.annotations import Question


def question_sections(questions: Sequence[Question], words: Words) -> Iterator[Section]:
    """What it is about, and how to say it by a code; nothing where nothing is asked."""
    if not questions:
        return
    yield Section(heading=words.say("Om welke tekst gaat het"), tables=(_table(questions, words),))
    yield from _by_code({each.path for each in questions}, words)


def _table(questions: Sequence[Question], words: Words) -> Table:
    headings = ("Bericht", "Dossierkenmerk", "Gegeven", "Wat er volgens ons in staat")
    return Table(
        caption=words.say("Tekst die wij niet doorgeven"),
        headings=tuple(words.say(each) for each in headings),
        rows=tuple(
            (
                str(each.number + 1),
                each.dossierkenmerk,
                _field(each, words),
                _kinds(each, words),
            )
            for each in questions
        ),
    )


def _field(question: Question, words: Words) -> str:
    name = words.field(question.path)
    return f"{name} ({place_in(words, question.place)})" if question.place else name


def _kinds(question: Question, words: Words) -> str:
    said = [words.code("bevinding", each.value) for each in question.kinds]
    return ", ".join(said) or words.say("iets dat niet in de bijsluiter hoort")


def _by_code(paths: set[str], words: Words) -> Iterator[Section]:
    say = words.say
    if any(category_of(path) is Category.P4 for path in paths):
        yield Section(
            heading=say("Zo kunt u een bijzonderheid wel doorgeven"),
            lead=(say("Kies een soort en laat de toelichting leeg. De casemanager belt u dan."),),
            facts=tuple(
                (each.value, words.code("bijzonderheid", each.value)) for each in BijzonderheidSoort
            ),
        )
    points = []
    if any(path.endswith(".omschrijving") for path in paths):
        points += [
            say("Vul de datum van de wijziging in en laat de omschrijving leeg."),
            say("Vul de velden van het plan in zoals ze nu zijn, zoals leerroute en niveau."),
        ]
    if any(path.endswith(".document") for path in paths):
        points.append(
            say("Haal uit het plan wat niet in de bijsluiter hoort, of stuur het plan niet mee.")
        )
    if points:
        yield Section(heading=say("Zo kunt u een plan wel doorgeven"), points=tuple(points))
