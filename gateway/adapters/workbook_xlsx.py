"""What an XLSX says besides its values: formulas, errors, what is hidden, days (ECMA-376, 18)."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.adapters.form_grid import MOST_COLUMNS, MOST_LINES, At
from gateway.adapters.form_table import unreadable
from gateway.adapters.workbook_parts import Parts, Watching
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
            Watching(part).read()
    relations = _Relations(parts.kept[RELATIONS])
    relations.read()
    watching = _Workbook(parts, relations.targets)
    watching.read()
    watching.book.version = property_of(parts.kept.get(PROPERTIES, b""), "property")
    return watching.book


class _Relations(Watching):
    """Parts of worksheets by the id that the workbook knows them by."""

    counting = frozenset({"Id", "Type", "Target"})

    def __init__(self, part: bytes) -> None:
        super().__init__(part)
        self.targets: dict[str, str] = {}

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "Relationship" and attributes.get("Type", "").endswith(_WORKSHEET):
            target = posixpath.join("/xl", attributes.get("Target", ""))
            self.targets[attributes.get("Id", "")] = posixpath.normpath(target).lstrip("/")


class _Workbook(Watching):
    """The workbook's own part, and with it each sheet that shows."""

    counting = frozenset({"id", "state", "date1904"})

    def __init__(self, parts: Parts, targets: Mapping[str, str]) -> None:
        super().__init__(parts.kept[WORKBOOK])
        self._kept, self._targets = parts.kept, targets
        self.book = Book(sheets=[])

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "workbookPr" and attributes.get("date1904") in _TRUE:
            self.book.epoch = EPOCH_1904
        if name == "sheet":
            visible = attributes.get("state", "visible") == "visible"
            part = self._kept.get(self._targets.get(attributes.get("id", ""), ""))
            self.book.sheets.append(_sheet(part) if part and visible else Marks(visible=False))


class _Properties(Watching):
    def __init__(self, part: bytes, element: str) -> None:
        super().__init__(part)
        self._element = element
        self._inside = False
        self.found = ""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == self._element:
            self._inside = attributes.get("name") == VERSION_PROPERTY

    def end(self, name: str) -> None:
        if name == self._element:
            self._inside = False

    def text(self, data: str) -> None:
        if self._inside:
            self.found += data


def property_of(part: bytes, element: str) -> str:
    """Our mark among the properties that a program or person gave a document."""
    if not part:
        return ""
    watching = _Properties(part, element)
    watching.read()
    return watching.found.strip()


def _sheet(part: bytes) -> Marks:
    watching = _Sheet(part)
    watching.read()
    return watching.marks


class _Sheet(Watching):
    counting = frozenset({"r", "t", "hidden", "ht", "width", "min", "max"})

    def __init__(self, part: bytes) -> None:
        super().__init__(part)
        self.marks = Marks()
        self._row, self._column = -1, -1
        self._is_error = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "c":
            at = attributes.get("r", "")
            self._row, self._column = _reference(at, self._row, self._column)
            self._is_error = attributes.get("t") == "e"
        elif name == "row":
            self._row = _number(attributes["r"]) - 1 if "r" in attributes else self._row + 1
            self._column = -1
            if _hidden(attributes, "ht"):
                self.marks.hidden_rows.add(self._row)
        elif name in {"f", "v", "is"}:
            self._holds(formula=name == "f")
        elif name == "col" and _hidden(attributes, "width"):
            self.marks.hidden_columns |= _columns(attributes)

    def _holds(self, *, formula: bool) -> None:
        at = (self._row, self._column)
        self.marks.filled(*at)
        if formula:
            self.marks.formulas.add(at)
        elif self._is_error:
            self.marks.errors.add(at)


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
    first, last = _number(attributes.get("min", "")), _number(attributes.get("max", ""))
    return set(range(first - 1, min(last, MOST_COLUMNS)))


def _hidden(attributes: Mapping[str, str], size: str) -> bool:
    """By name, or by a size of nothing."""
    nothing = re.fullmatch(r"0+(\.0*)?", attributes.get(size, ""), re.ASCII) is not None
    return nothing or attributes.get("hidden") in _TRUE


def _number(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,6}", text, re.ASCII):
        raise unreadable("bestand-beschadigd")
    return int(text)
