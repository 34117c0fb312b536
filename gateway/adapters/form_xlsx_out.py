"""The XLSX form as it is given out: lists to choose from, and help at each cell."""

from __future__ import annotations

import io
import math
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

import xlsxwriter

from gateway.adapters.form_rows import Form, Row, example_row
from gateway.adapters.form_words import (
    CHOOSE,
    FAULTY,
    GREY,
    GUIDE,
    GUIDE_HEADINGS,
    MADE,
    NOT_IN_LIST,
    TITLE,
    groups,
    guide_rows,
    help_for,
    width_of,
)
from gateway.domain.form_columns import (
    COLUMNS,
    FORM_VERSION,
    GUIDE_SHEET,
    MOST_ROWS,
    PROVIDER,
    TABLE_SHEET,
    VERSION,
    VERSION_PROPERTY,
    Holds,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from gateway.domain.form_cells import Cell
    from gateway.domain.form_columns import Column

    # How a cell looks, by what it holds, whether it is of the example, and whether it is faulty.
    Looks: TypeAlias = Callable[[Holds, bool, bool], Format]

GUIDE_WIDTH, LINE = 80, 15  # characters, and points of one line
TOP, GROUPS, HEADINGS, FIRST = 1, 2, 3, 4  # rows, from 0
_FORMATS = {Holds.DATE: "dd-mm-yyyy", Holds.WHOLE: "0", Holds.AMOUNT: "0.00"}


def xlsx_form(form: Form, example: bool = True) -> bytes:  # noqa: FBT001, FBT002 - one of two forms
    """The workbook, with the example row where there is one."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True, "default_date_format": "dd-mm-yyyy"})
    book.set_properties({"title": TITLE, "created": MADE})
    book.set_custom_property(VERSION_PROPERTY, FORM_VERSION)
    sheet = book.add_worksheet(TABLE_SHEET)
    _headings(book, sheet, form)
    _columns(book, sheet)
    rows = [example_row(), *form.rows] if example else form.rows
    looks = _formats(book)
    for at, row in enumerate(rows, start=FIRST):
        _row(sheet, at, row, looks, example=example and at == FIRST)
    _guide(book)
    book.close()
    return made.getvalue()


def _headings(book: Workbook, sheet: Worksheet, form: Form) -> None:
    bold = book.add_format({"bold": True})
    heading = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1})
    sheet.write_string(0, 0, TITLE, book.add_format({"bold": True, "font_size": 14}))
    label = ((VERSION, FORM_VERSION), (PROVIDER, form.instellingsnummer))
    for at, (column, value) in enumerate(label):
        sheet.write_string(TOP, 2 * at, column.heading, bold)
        sheet.write_string(TOP, 2 * at + 1, value)
    book.define_name("BijsluiterVersie", f"={TABLE_SHEET}!$B${TOP + 1}")
    for at, (group, column) in enumerate(zip(groups(), COLUMNS, strict=True)):
        if group:
            sheet.write_string(GROUPS, at, group, bold)
        sheet.write_string(HEADINGS, at, column.heading, heading)
    sheet.set_row(HEADINGS, 20)
    sheet.freeze_panes(HEADINGS + 1, 1)
    sheet.repeat_rows(HEADINGS)
    sheet.set_landscape()


def _columns(book: Workbook, sheet: Worksheet) -> None:
    formats = {holds: book.add_format({"num_format": _FORMATS.get(holds, "@")}) for holds in Holds}
    for at, column in enumerate(COLUMNS):
        sheet.set_column(at, at, width_of(column), formats[column.holds])
        sheet.data_validation(FIRST, at, FIRST + MOST_ROWS, at, _validation(column))


def _validation(column: Column) -> dict[str, object]:
    """Help for everybody; for lists a choice, and no way around it."""
    found: dict[str, object] = {
        "validate": "any",
        "input_title": column.heading[:32],
        "input_message": help_for(column)[:255],
    }
    if column.codes:
        found |= {
            "validate": "list",
            "source": list(column.codes),
            "error_title": CHOOSE,
            "error_message": NOT_IN_LIST,
        }
    elif column.holds is Holds.DATE:
        found |= {
            "validate": "date",
            "criteria": "between",
            "minimum": date(1950, 1, 1),
            "maximum": date(2100, 1, 1),
            "error_title": "Geen datum",
            "error_message": "Schrijf dag, maand en jaar, zoals 31-01-2026.",
        }
    elif column.holds is Holds.WHOLE:
        found |= {
            "validate": "integer",
            "criteria": "between",
            "minimum": 0,
            "maximum": 9999,
            "error_title": "Geen heel getal",
            "error_message": "Schrijf een heel getal van 0 tot en met 9999.",
        }
    return found


def _formats(book: Workbook) -> Looks:
    """Each look once: a thousand rows have tens of thousands of cells, and a dozen looks."""

    @cache
    def made(holds: Holds, example: bool, faulty: bool) -> Format:  # noqa: FBT001 - see `Looks`
        looks: dict[str, object] = {"num_format": _FORMATS.get(holds, "@")}
        if example:
            looks |= {"italic": True, "font_color": GREY}
        if faulty:
            looks |= {"bg_color": FAULTY}
        return book.add_format(looks)

    return made


def _row(sheet: Worksheet, at: int, row: Row, looks: Looks, *, example: bool) -> None:
    for number, (column, cell) in enumerate(zip(COLUMNS, row.cells, strict=True)):
        faulty = number in row.notes
        if faulty:
            sheet.write_comment(at, number, row.notes[number], {"author": TITLE, "x_scale": 2})
        if cell is not None or faulty:
            _cell(sheet, at, number, cell, looks(column.holds, example, faulty))


def _cell(sheet: Worksheet, at: int, number: int, cell: Cell, looks: Format) -> None:
    """Never by a guess of what a text is: a text that begins with = stays a text."""
    if isinstance(cell, date):
        sheet.write_datetime(at, number, cell, looks)
    elif isinstance(cell, (int, float)):
        sheet.write_number(at, number, cell, looks)
    elif cell is None:
        sheet.write_blank(at, number, None, looks)
    else:
        sheet.write_string(at, number, cell, looks)


def _guide(book: Workbook) -> None:
    sheet = book.add_worksheet(GUIDE_SHEET)
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    bold = book.add_format({"bold": True})
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_column(0, 0, 34, wrapped)
    sheet.set_column(1, 1, 16, wrapped)
    sheet.set_column(2, 3, GUIDE_WIDTH, wrapped)
    for at, line in enumerate(GUIDE):
        sheet.write_string(at, 0, line, bold if at == 0 else book.add_format())
    start = len(GUIDE) + 1
    for at, line in enumerate(GUIDE_HEADINGS):
        sheet.write_string(start, at, line, bold)
    for at, cells in enumerate(guide_rows(), start=start + 1):
        lines = max(math.ceil(len(cell) / GUIDE_WIDTH) for cell in cells)
        sheet.set_row(at, LINE * max(lines, 1))
        for number, cell in enumerate(cells):
            sheet.write_string(at, number, cell, wrapped)
