"""What an ODS says besides its values: formulas, what is hidden, and how far it reaches.

ODF 1.3, part 3, 9: cells and rows that are alike are written once with a number, so a few
bytes may stand for a million cells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.form_grid import MOST_COLUMNS, MOST_LINES
from gateway.adapters.form_table import unreadable
from gateway.adapters.workbook_parts import Parts, Watching
from gateway.adapters.workbook_xlsx import Book, Marks, property_of

if TYPE_CHECKING:
    from collections.abc import Mapping

CONTENT, META, MANIFEST = "content.xml", "meta.xml", "META-INF/manifest.xml"
_CELLS = frozenset({"table-cell", "covered-table-cell"})
_HIDDEN = frozenset({"collapse", "filter"})


def ods_marks(parts: Parts) -> Book:
    """All of it; raises `Reject`."""
    if CONTENT not in parts.kept:
        raise unreadable("bestand-beschadigd")
    for name, part in parts.kept.items():
        if name not in {CONTENT, MANIFEST, "mimetype"}:
            Watching(part).read()
    if MANIFEST in parts.kept:
        _Manifest(parts.kept[MANIFEST]).read()
    scanner = _Content(parts.kept[CONTENT])
    scanner.read()
    version = property_of(parts.kept.get(META, b""), "user-defined")
    return Book(sheets=scanner.sheets, version=version)


class _Manifest(Watching):
    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "encryption-data":
            raise unreadable("bestand-met-wachtwoord")


class _Content(Watching):
    """Follows rows and columns through a document; tables inside a table are not counted."""

    def __init__(self, part: bytes) -> None:
        super().__init__(part)
        self.sheets: list[Marks] = []
        self._invisible: set[str] = set()
        self._style = ""
        self._row, self._column = 0, 0
        self._rows, self._cells = 1, 1
        self._tables = 0  # one inside another
        self._in_cell = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "style":
            self._style = attributes.get("name", "")
        elif name == "table-properties" and attributes.get("display") == "false":
            self._invisible.add(self._style)
        elif name == "table":
            self._table(attributes)
        elif self._tables == 1:
            self._inside(name, attributes)

    def _table(self, attributes: Mapping[str, str]) -> None:
        self._tables += 1
        if self._tables == 1:
            visible = attributes.get("style-name", "") not in self._invisible
            self.sheets.append(Marks(visible=visible))
            self._row, self._column = 0, 0

    def _inside(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "table-column":
            count = _count(attributes, "number-columns-repeated")
            if attributes.get("visibility") in _HIDDEN:
                last = min(self._column + count, MOST_COLUMNS)
                self.sheets[-1].hidden_columns |= set(range(self._column, last))
            self._column += count
        elif name == "table-row":
            self._rows = _count(attributes, "number-rows-repeated")
            self._column = 0
            if attributes.get("visibility") in _HIDDEN:
                last = min(self._row + self._rows, MOST_LINES)
                self.sheets[-1].hidden_rows |= set(range(self._row, last))
        elif name in _CELLS:
            self._cells = _count(attributes, "number-columns-repeated")
            self._in_cell = True
            if "formula" in attributes:
                self._filled(formula=True)
            elif "value-type" in attributes:
                self._filled()
        elif name == "p" and self._in_cell:
            self._filled()

    def _filled(self, *, formula: bool = False) -> None:
        marks = self.sheets[-1]
        last = self._row + self._rows - 1, self._column + self._cells - 1
        marks.filled(*last)
        if formula:
            marks.formulas |= {
                (row, column)
                for row in range(self._row, last[0] + 1)
                for column in range(self._column, last[1] + 1)
            }

    def end(self, name: str) -> None:
        if name == "table":
            self._tables -= 1
        elif self._tables == 1 and name in _CELLS:
            self._column += self._cells
            self._in_cell = False
        elif self._tables == 1 and name == "table-row":
            self._row += self._rows


def _count(attributes: Mapping[str, str], name: str) -> int:
    text = attributes.get(name, "1")
    if not text.isdecimal() or len(text) > 7 or int(text) < 1:
        raise unreadable("bestand-beschadigd")
    return int(text)
