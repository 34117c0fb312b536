"""What the PDF form says on paper: its sections, and what each field is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.pdf_form import (
    EXAMS,
    INCIDENTS,
    LEVELS,
    MESSAGE,
    PERSON,
    PLAN,
    PROGRESS,
    SCHOOL,
    TRAJECTORY,
    VERSION_FIELD,
    Field,
    Kind,
    Rows,
    wire_path,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.adapters.words import Words

_REGIONS = {"nl": "NL", "en": "GB"}
_WIDTHS = {Kind.TICK: 12, Kind.DATE: 20, Kind.CHOICE: 18, Kind.LINE: 26, Kind.TEXT: 55}
_WIDER = {"soort": 44}
_ROW_LABELS = {EXAMS.path: 34, LEVELS.path: 20, INCIDENTS.path: 14}


def form_page(words: Words, letters: Words, *, author: str) -> dict[str, object]:
    """The data of the template ``form.typ``."""
    say = words.say
    return {
        "language": words.language.value,
        "region": _REGIONS[words.language.value],
        "title": say("Formulier privacybijsluiter voor één inburgeraar"),
        "author": author,
        "lead": [
            say("Vul in wat u weet. Laat de rest leeg. Velden met een sterretje (*) zijn nodig."),
            say("Bewaar het ingevulde formulier als PDF. Druk het niet af naar PDF."),
            say("Stuur het als bijlage in een beveiligde mail. Eén formulier per mail."),
            say("Vul geen BSN in, geen redenen van verzuim en niets over gezondheid."),
        ],
        "sections": _sections(words, letters),
        "mark": say("Versie van dit formulier (niet wijzigen):"),
        "mark_name": VERSION_FIELD,
    }


def _sections(words: Words, letters: Words) -> list[dict[str, object]]:
    say = words.say
    plain = (
        (say("1. De taalaanbieder"), (), SCHOOL),
        (say("2. Het bericht"), (), MESSAGE),
        (say("3. De inburgeraar"), (), PERSON),
        (
            say("4. Persoonlijk plan"),
            (say("Een omschrijving is vrije tekst: twee mensen lezen die eerst."),),
            PLAN,
        ),
        (say("5. Inburgeringstraject"), (), TRAJECTORY),
    )
    exams = say("Zet een kruisje bij elk behaald examen. Noem geen examen dat niet is behaald.")
    codes = say("Kies een soort. Een toelichting is vrije tekst: twee mensen lezen die eerst.")
    return [
        *(_section(words, letters, *each) for each in plain),
        _table(
            words,
            letters,
            EXAMS,
            heading=say("Behaalde examens"),
            lead=exams,
            first=say("Onderdeel"),
        ),
        _section(words, letters, say("6. Voortgang"), (), PROGRESS),
        _table(
            words, letters, LEVELS, heading=say("Taalniveaus"), lead="", first=say("Vaardigheid")
        ),
        _table(
            words,
            letters,
            INCIDENTS,
            heading=say("7. Bijzonderheden"),
            lead=codes,
            first=say("Nummer"),
        ),
    ]


def _section(
    words: Words,
    letters: Words,
    heading: str,
    lead: Sequence[str],
    fields: Sequence[Field],
) -> dict[str, object]:
    return {
        "heading": heading,
        "lead": list(lead),
        "fields": [_labelled(each, words, letters) for each in fields],
        "columns": [],
        "rows": [],
    }


def _table(
    words: Words, letters: Words, table: Rows, *, heading: str, lead: str, first: str
) -> dict[str, object]:
    return {
        "heading": heading,
        "lead": [lead] if lead else [],
        "fields": [],
        "columns": _columns(table, first, words, letters),
        "rows": _rows(table, letters),
    }


def _labelled(field: Field, words: Words, letters: Words) -> dict[str, object]:
    label = _capital(letters.field(wire_path(field.name)))
    return {
        "name": field.name,
        "label": f"{label} *" if field.required else label,
        "hint": _hint(field, words),
        "wide": field.wide,
        "kind": field.kind.value,
    }


def _columns(table: Rows, heading: str, words: Words, letters: Words) -> list[dict[str, object]]:
    first: dict[str, object] = {"label": heading, "width": _ROW_LABELS[table.path]}
    return [
        first,
        *({"label": _column(table, each, words, letters), "width": _width(each)}
          for each in table.columns),
    ]  # fmt: skip


def _width(column: Field) -> int:
    return _WIDER.get(column.name) or _WIDTHS[column.kind]


def _column(table: Rows, column: Field, words: Words, letters: Words) -> str:
    if column.kind is Kind.TICK:
        return words.say("Behaald")
    return _capital(letters.field(f"{wire_path(table.path)}[].{column.name}"))


def _rows(table: Rows, letters: Words) -> list[dict[str, object]]:
    return [
        {
            "label": letters.code(table.listed, row) if table.listed else row,
            "cells": [
                {"name": table.name(row, each), "kind": each.kind.value, "wide": 100}
                for each in table.columns
            ],
        }
        for row in table.keys
    ]


def _hint(field: Field, words: Words) -> str:
    if field.kind is Kind.DATE:
        return words.say("dag-maand-jaar")
    if field.kind is Kind.PARTIAL_DATE:
        return words.say("dag-maand-jaar, of wat bekend is")
    if field.kind is Kind.AMOUNT:
        return words.say("in euro")
    return {
        "vervangt": words.say("alleen bij een correctie"),
        "persoonlijkPlan/document/naam": words.say("een PDF die u ook als bijlage meestuurt"),
    }.get(field.name, "")


def spoken(name: str, words: Words, letters: Words) -> str:
    """What a screen reader says at a field: all of what the eye finds around it."""
    for table in (EXAMS, LEVELS, INCIDENTS):
        if name.startswith(f"{table.path}/"):
            row, column = name.removeprefix(f"{table.path}/").split("/")
            field = next(each for each in table.columns if each.name == column)
            label = letters.code(table.listed, row) if table.listed else row
            heard = f"{label}: {_column(table, field, words, letters).lower()}"
            return _with_hint(heard, _hint(field, words))
    if name == VERSION_FIELD:
        return words.say("Versie van dit formulier (niet wijzigen):").rstrip(":")
    field = _SINGLE[name]
    heard = _capital(letters.field(wire_path(name)))
    return _with_hint(heard, _hint(field, words))


def words_for_choice(field: Field, words: Words, letters: Words) -> list[tuple[str, str]]:
    """Each code of a drop-down with what it reads as."""
    if field.kind is Kind.YES_NO:
        return [("ja", words.say("ja")), ("nee", words.say("nee"))]
    listed = field.listed
    return [(code, letters.code(listed, code) if listed else code) for code in field.codes]


def _with_hint(heard: str, hint: str) -> str:
    return f"{heard} ({hint})" if hint else heard


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


_SINGLE = {
    each.name: each
    for section in (SCHOOL, MESSAGE, PERSON, PLAN, TRAJECTORY, PROGRESS)
    for each in section
}
