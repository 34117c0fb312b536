"""A document as what is typed in the PDF form: to give a form back that has to be mended."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.adapters.pdf_form import SINGLE, TABLES, Field, Kind, Rows, wire_path
from gateway.adapters.pdf_form_write import TICKED
from gateway.domain import wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.domain.wire import Json

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_DATES = {Kind.DATE, Kind.PARTIAL_DATE}


def typed(document: Json) -> dict[str, str]:
    """A text for each field of the one report; what a field cannot hold is left empty."""
    reports = wire.member(document, "berichten")
    report = reports[0] if isinstance(reports, list) and reports else None
    found: dict[str, str] = {}
    for each in SINGLE:
        within = document if each.name.startswith("aanbieder/") else report
        found[each.name] = _text(each, _at(within, wire_path(each.name).split(".")))
    for table in TABLES:
        for row, element in _rows(table, _at(report, table.path.split("/"))):
            for column in table.columns:
                found[table.name(row, column)] = _cell(table, column, element)
    return {name: text for name, text in found.items() if text}


def _at(value: Json, path: list[str]) -> Json:
    for part in path:
        value = wire.member(value, part)
    return value


def _rows(table: Rows, elements: Json) -> Iterator[tuple[str, Json]]:
    for number, element in enumerate(elements if isinstance(elements, list) else []):
        row = wire.member(element, table.key) if table.key else str(number + 1)
        if isinstance(row, str) and row in table.keys:
            yield row, element


def _cell(table: Rows, column: Field, element: Json) -> str:
    return TICKED if column.name == table.tick else _text(column, wire.member(element, column.name))


def _text(field: Field, value: Json) -> str:
    if isinstance(value, bool):
        text = "ja" if value else "nee"
    elif isinstance(value, (str, int, float)):
        text = str(value)
    else:
        return ""
    if field.kind in _DATES:
        text = _ISO.sub(r"\3-\2-\1", text)
    if field.kind is Kind.AMOUNT:
        text = text.replace(".", ",")
    fits = not field.length or len(text) <= field.length
    return text if fits and (not field.codes or text in field.codes) else ""
