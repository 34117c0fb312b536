"""XLSX and ODS: values by calamine, and beside them what calamine does not tell.

Only what is written in the cells is read.  Nothing is calculated: what a formula came to
when somebody last looked may be old, or come from elsewhere.
"""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import TYPE_CHECKING

from python_calamine import CalamineWorkbook

from gateway.adapters.form_grid import Grid
from gateway.adapters.form_table import document_of, unreadable
from gateway.adapters.workbook_ods import ods_marks
from gateway.adapters.workbook_parts import Parts
from gateway.adapters.workbook_xlsx import xlsx_marks
from gateway.domain.form_columns import FORM_VERSION, GUIDE_SHEET, TABLE_SHEET, VERSION_PATH
from gateway.domain.stops import Fault, Reason, Reject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.adapters.workbook_xlsx import Book
    from gateway.domain.form_cells import Cell
    from gateway.domain.form_reading import FormRead

_OURS = frozenset({GUIDE_SHEET})


def read_xlsx(content: bytes) -> FormRead:
    """The XLSX form; raises `Reject`."""
    parts = Parts(content)
    return _read(parts, xlsx_marks(parts))


def read_ods(content: bytes) -> FormRead:
    """The ODS form; raises `Reject`."""
    parts = Parts(content)
    return _read(parts, ods_marks(parts))


def _read(parts: Parts, book: Book) -> FormRead:
    if book.version and book.version != FORM_VERSION:
        fault = Fault(path=VERSION_PATH, kind="onbekende-versie")
        raise Reject(Reason.UNKNOWN_VERSION, faults=(fault,))
    grids, withheld = _grids(parts, book)
    tables = [each for each in grids if each.heading() is not None]
    if len(tables) > 1:
        raise unreadable("meer-bladen-met-koppen")
    if not tables:
        raise unreadable("kopregel-ontbreekt")
    others = [
        f"{each.sheet} (geen koppen uit ons formulier)"
        for each in grids
        if each is not tables[0] and each.sheet not in map(_named, _OURS)
    ]
    return document_of(tables[0], (*parts.withheld, *withheld, *others))


def _grids(parts: Parts, book: Book) -> tuple[list[Grid], list[str]]:
    """Every visible sheet that holds something, and the places of the hidden ones."""
    names, values = _values(parts, book)
    if len(names) != len(book.sheets):
        raise unreadable("bestand-beschadigd")
    grids: list[Grid] = []
    hidden: list[str] = []
    for number, (name, marks) in enumerate(zip(names, book.sheets, strict=True)):
        # A name that a stranger gave a sheet can itself be a sentence about a person.
        place = _named(name) if name in _OURS | {TABLE_SHEET} else f"blad {number + 1}"
        if not marks.visible:
            if name not in _OURS:
                hidden.append(f"{place} (verborgen)")
        elif rows := values[number]:
            grids.append(
                Grid(
                    rows=rows,
                    sheet=place,
                    formulas=frozenset(marks.formulas),
                    errors=frozenset(marks.errors),
                    hidden_rows=frozenset(marks.hidden_rows),
                    hidden_columns=frozenset(marks.hidden_columns),
                    epoch=book.epoch,
                )
            )
    return grids, hidden


def _named(name: str) -> str:
    return f"blad '{name}'"


def _values(parts: Parts, book: Book) -> tuple[list[str], list[Sequence[Sequence[Cell]]]]:
    """The cells of each visible sheet from A1 on; calamine is told of no other."""
    found: list[Sequence[Sequence[Cell]]] = []
    names: list[str] = []
    broken = False
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(parts.anew()))
        names = workbook.sheet_names
        for number, marks in enumerate(book.sheets[: len(names)]):
            if not marks.visible:
                found.append([])
                continue
            sheet = workbook.get_sheet_by_index(number)
            rows = sheet.to_python(skip_empty_area=False)
            found.append([[_cell(each) for each in row] for row in rows])
    except BaseException as error:
        # A panic in Rust comes as an exception that is no Exception.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        broken = True
    if broken:
        raise unreadable("bestand-beschadigd")
    return names, found


def _cell(value: object) -> Cell:
    if isinstance(value, (str, bool, int, float, datetime, date)):
        return value
    return None if value is None else str(value)
