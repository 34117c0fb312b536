"""What an XLSX says besides its values: formulas, errors, what is hidden, days (ECMA-376, 18)."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.adapters.form_grid import MOST_COLUMNS, MOST_LINES, At
from gateway.adapters.form_table import unreadable
from gateway.adapters.workbook_parts import Parts, scan
from gateway.domain.form_cells import EPOCH_1900, EPOCH_1904
from gateway.domain.form_columns import VERSION_PROPERTY
from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

WORKBOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
PROPERTIES = "docProps/custom.xml"
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})", re.ASCII)
_TRUE = frozenset({"1", "true"})
_WORKSHEET = "/worksheet"


@dataclass(slots=True, kw_only=True, repr=False)
class Marks(Silent):
    """What is to be known of one sheet before its values are read."""

    visible: bool = True
    formulas: set[At] = field(default_factory=set)
    errors: set[At] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    last: At = (0, 0)  # of a cell that holds something

    def filled(self, row: int, column: int) -> None:
        """Raises `Reject` for a cell so far away that all between would not fit in memory."""
        if row >= MOST_LINES or column >= MOST_COLUMNS:
            raise unreadable("bestand-te-groot")
        self.last = (max(self.last[0], row), max(self.last[1], column))


@dataclass(slots=True, kw_only=True, repr=False)
class Book(Silent):
    """`sheets` in their order in the workbook; `version` as its properties say it, or empty."""

    sheets: list[Marks]
    epoch: date = EPOCH_1900
    version: str = ""


def xlsx_marks(parts: Parts) -> Book:
    """All of it; raises `Reject`."""
    if WORKBOOK not in parts.kept or RELATIONS not in parts.kept:
        raise unreadable("bestand-beschadigd")
    for name, part in parts.kept.items():
        if not name.startswith("xl/worksheets/") and name != WORKBOOK:
            scan(part, _nothing)  # for a DOCTYPE, which has no business anywhere
    targets = _targets(parts.kept[RELATIONS])
    book = Book(sheets=[])

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if name == "workbookPr" and attributes.get("date1904") in _TRUE:
            book.epoch = EPOCH_1904
        if name == "sheet":
            visible = attributes.get("state", "visible") == "visible"
            target = targets.get(attributes.get("id", ""), "")
            part = parts.kept.get(target)
            book.sheets.append(_sheet(part) if part and visible else Marks(visible=False))

    scan(parts.kept[WORKBOOK], start)
    book.version = property_of(parts.kept.get(PROPERTIES, b""), "property")
    return book


def property_of(part: bytes, element: str) -> str:
    """Our mark among the properties that a program or person gave a document."""
    found: list[str] = []
    inside = ""

    def start(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal inside
        if name == element:
            inside = attributes.get("name", "")

    def text(data: str) -> None:
        if inside == VERSION_PROPERTY:
            found.append(data)

    if part:
        scan(part, start, text=text)
    return "".join(found).strip()


def _nothing(_name: str, _attributes: Mapping[str, str]) -> None:
    pass


def _targets(relations: bytes) -> dict[str, str]:
    """Parts of worksheets by the id that the workbook knows them by."""
    found: dict[str, str] = {}

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if name == "Relationship" and attributes.get("Type", "").endswith(_WORKSHEET):
            target = posixpath.join("/xl", attributes.get("Target", ""))
            found[attributes.get("Id", "")] = posixpath.normpath(target).lstrip("/")

    scan(relations, start)
    return found


def _sheet(part: bytes) -> Marks:
    marks = Marks()
    row, column = -1, -1
    is_error = False

    def start(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal row, column, is_error
        if name == "row":
            row = int(attributes["r"]) - 1 if attributes.get("r", "").isdecimal() else row + 1
            column = -1
            if attributes.get("hidden") in _TRUE:
                marks.hidden_rows.add(row)
        elif name == "c":
            row, column = _reference(attributes.get("r", ""), row, column)
            is_error = attributes.get("t") == "e"
        elif name == "f":
            marks.filled(row, column)
            marks.formulas.add((row, column))
        elif name in {"v", "is"}:
            marks.filled(row, column)
            if is_error:
                marks.errors.add((row, column))
        elif name == "col" and attributes.get("hidden") in _TRUE:
            marks.hidden_columns |= _columns(attributes)

    scan(part, start)
    return marks


def _reference(text: str, row: int, column: int) -> At:
    """Where a cell is; without a reference it is the one after the last (18.3.1.4)."""
    if not text:
        return row, column + 1
    found = _REFERENCE.fullmatch(text)
    if found is None:
        raise unreadable("bestand-beschadigd")
    at = 0
    for letter in found[1]:
        at = at * 26 + ord(letter) - ord("A") + 1
    return int(found[2]) - 1, at - 1


def _columns(attributes: Mapping[str, str]) -> set[int]:
    first, last = attributes.get("min", ""), attributes.get("max", "")
    if not (first.isdecimal() and last.isdecimal()) or len(first + last) > 12:
        raise unreadable("bestand-beschadigd")
    return set(range(int(first) - 1, min(int(last), MOST_COLUMNS)))
