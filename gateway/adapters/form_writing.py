"""The forms as they are given out: blank for a kit, or with the rows that have to be mended."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import TYPE_CHECKING

from gateway.adapters.form_csv import DISARMED
from gateway.adapters.form_ods_out import ods_form
from gateway.adapters.form_rows import Form, example_row, row_of
from gateway.adapters.form_xlsx_out import xlsx_form
from gateway.domain import wire
from gateway.domain.form_columns import COLUMNS, NOTE_HEADING
from gateway.domain.form_reading import FormKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gateway.adapters.form_rows import Row
    from gateway.domain.form_cells import Cell
    from gateway.domain.parties import Party
    from gateway.domain.stops import Fault


def blank_form(kind: FormKind, party: Party) -> bytes:
    """The form for this school: its own number filled in, an example row, and nobody's data.

    Raises ValueError for a kind that is no table.
    """
    return _written(kind, Form(instellingsnummer=party.instellingsnummer, rows=()), example=True)


def corrected_form(
    kind: FormKind,
    document: bytes,
    refused: Mapping[int, Sequence[Fault]],
    said: Callable[[str], str],
    *,
    instellingsnummer: str,
) -> bytes:
    """The same form with only the rows that were refused, and a note at each faulty cell.

    `document` is what the form was read as; `refused` gives the faults by number of the
    report; `said` has the text for a kind of fault.  A cell that could not be read is
    empty: what stood there is in the sender's own file, and was never taken in here.
    """
    reports = wire.member(wire.read(document), "berichten")
    rows = [
        row_of(report, refused[number], said)
        for number, report in enumerate(reports if isinstance(reports, list) else [])
        if number in refused
    ]
    return _written(kind, Form(instellingsnummer=instellingsnummer, rows=rows), example=False)


def _written(kind: FormKind, form: Form, *, example: bool) -> bytes:
    if kind is FormKind.XLSX:
        return xlsx_form(form, example)
    if kind is FormKind.ODS:
        return ods_form(form, example)
    if kind is FormKind.CSV:
        return _csv(form, example=example)
    raise ValueError(kind)


def _csv(form: Form, *, example: bool) -> bytes:
    """For a Dutch Excel: semicolons, decimal commas, and a mark that says UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    noted = any(row.notes for row in form.rows)
    writer.writerow([column.heading for column in COLUMNS] + ([NOTE_HEADING] if noted else []))
    for row in [example_row(), *form.rows] if example else form.rows:
        cells = [_text(cell) for cell in row.cells]
        writer.writerow([*cells, _notes(row)] if noted else cells)
    return text.getvalue().encode("utf-8-sig")


def _notes(row: Row) -> str:
    return " ".join(f"{COLUMNS[at].heading}: {note}" for at, note in sorted(row.notes.items()))


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, date):
        return f"{cell:%d-%m-%Y}"
    if isinstance(cell, float):
        return f"{cell:.2f}".replace(".", ",")
    text = str(cell)
    # A program would take it for a formula; reading the form takes the mark off again.
    return f"'{text}" if text[:1] in {"=", "+", "-", "@"} or DISARMED.match(text) else text
