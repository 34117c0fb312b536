"""A table becomes a document: one row, one inburgeraar, one report (covenant 12.3).

Columns are found by their headings, wherever they were moved.  A cell that cannot be
read costs its row; what makes every row doubtful costs the form.
"""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING

from gateway.adapters.form_report import Found, assembled, example_values
from gateway.domain.form_cells import CellError, clean, value_of
from gateway.domain.form_columns import (
    COLUMNS,
    EXAMPLE,
    FORM_VERSION,
    MOST_ROWS,
    NOTE_HEADING,
    PROVIDER,
    VERSION,
    plain,
)
from gateway.domain.form_reading import FormRead
from gateway.domain.stops import Fault, Reason, Reject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.adapters.form_grid import Grid
    from gateway.domain.form_cells import Cell, Value
    from gateway.domain.form_columns import Column
    from gateway.domain.wire import Json

MOST_WITHHELD = 50
_KENMERK = COLUMNS[0].path


def unreadable(kind: str) -> Reject:
    """The stop of a form that cannot be read, with what is the matter."""
    return Reject(Reason.UNREADABLE_FORM, faults=(Fault(path="", kind=kind),))


def document_of(grid: Grid, withheld: tuple[str, ...] = ()) -> FormRead:
    """What a table says; `withheld` is what its reader already left out.

    Raises `Reject` where there are no headings, or those of another version.
    """
    reading = _Reading(grid)
    reading.read()
    left_out = (*withheld, *reading.withheld())
    if len(left_out) > MOST_WITHHELD:
        rest = len(left_out) - MOST_WITHHELD
        left_out = (*left_out[:MOST_WITHHELD], f"en nog {rest} plaatsen")
    return FormRead(
        document=json.dumps(reading.document(), ensure_ascii=False).encode("utf-8"),
        places=reading.places,
        faults=tuple(reading.faults),
        withheld=left_out,
    )


class _Reading:
    """One pass over a grid; says nothing until `read` is done."""

    def __init__(self, grid: Grid) -> None:
        heading = grid.heading()
        if heading is None:
            raise unreadable("kopregel-ontbreekt")
        self._grid = grid
        self._heading = heading
        self._columns = dict(grid.headings(heading))
        self._reports: list[dict[str, Json]] = []
        self._providers: set[str] = set()
        self._read_rows: set[int] = set()
        self.places: dict[str, str] = {}
        self.faults: list[Fault] = []

    def read(self) -> None:
        self._check_headings()
        self._above()
        for row in range(self._heading + 1, len(self._grid.rows)):
            if row not in self._grid.hidden_rows and self._says_something(row):
                self._row(row)
        if not self._reports:
            self._at_large("berichten", "geen-rijen", self._grid.whole)
        if len(self._providers) > 1:
            self._at_large(PROVIDER.path, "instellingsnummers-verschillen", self._grid.whole)

    def document(self) -> dict[str, Json]:
        reports: list[Json] = [*self._reports]
        found: dict[str, Json] = {"bijsluiterVersie": FORM_VERSION}
        if self._providers:
            found["aanbieder"] = {"instellingsnummer": min(self._providers)}
        return {**found, "berichten": reports}

    def withheld(self) -> Iterator[str]:
        """Columns and rows that hold something and were not read, by place."""
        grid = self._grid
        below = range(self._heading + 1, len(grid.rows))
        filled = {at for row in below for at, cell in enumerate(grid.rows[row]) if _filled(cell)}
        for column in sorted(filled):
            if column in grid.hidden_columns:
                yield f"{grid.column(column)} (verborgen)"
            elif column not in self._columns and not self._is_note(column):
                yield f"{grid.column(column)} (kop staat niet in ons formulier)"
        for row in sorted(grid.hidden_rows):
            if row in below and any(map(_filled, grid.rows[row])):
                yield f"{grid.row(row)} (verborgen)"

    def _is_note(self, column: int) -> bool:
        headings = self._grid.rows[self._heading]
        heading = headings[column] if column < len(headings) else None
        return isinstance(heading, str) and plain(heading) == plain(NOTE_HEADING)

    def _at_large(self, path: str, kind: str, place: str) -> None:
        self.faults.append(Fault(path=path, kind=kind))
        self.places.setdefault(path, place)

    def _check_headings(self) -> None:
        at: dict[str, list[int]] = {}
        for column, known in self._columns.items():
            at.setdefault(known.path, []).append(column)
        for path, columns in at.items():
            if len(columns) > 1:
                places = " en ".join(self._grid.column(each) for each in columns)
                self._at_large(path, "kop-staat-dubbel", places)
        for known in COLUMNS:
            if known.needed and known.path not in at:
                self._at_large(known.path, "kop-ontbreekt", self._grid.whole)

    def _above(self) -> None:
        """What stands above the table about the form as a whole, each behind its label."""
        for row in range(self._heading):
            cells = [] if row in self._grid.hidden_rows else list(self._grid.visible(row))
            for (_, label), (column, cell) in pairwise(cells):
                for known in (VERSION, PROVIDER):
                    if isinstance(label, str) and plain(label) == plain(known.heading):
                        self._envelope(known, cell, (row, column))

    def _envelope(self, known: Column, cell: Cell, at: tuple[int, int]) -> None:
        self.places.setdefault(known.path, self._grid.cell(at))
        if at in self._grid.formulas or at in self._grid.errors:
            self.faults.append(Fault(path=known.path, kind="cel-met-formule"))
            return
        said = f"{cell:.0f}" if isinstance(cell, float) else str(clean(cell) or "")
        if known is PROVIDER:
            self._providers.add(said.upper())
        elif said != FORM_VERSION:
            raise Reject(
                Reason.UNKNOWN_VERSION, faults=(Fault(path=known.path, kind="onbekende-versie"),)
            )

    def _says_something(self, row: int) -> bool:
        return any(at in self._columns for at, _ in self._grid.visible(row)) or any(
            (row, at) in self._grid.errors for at in self._columns
        )

    def _row(self, row: int) -> None:
        number = len(self._reports)
        if number >= MOST_ROWS:
            if number == MOST_ROWS and not any(f.kind == "te-veel-rijen" for f in self.faults):
                self._at_large("berichten", "te-veel-rijen", self._grid.row(row))
            return
        found = Found(where=f"berichten[{number}]", row=self._grid.row(row))
        for at, known in self._columns.items():
            self._cell(found, known, (row, at))
        self._overflow(found, row)
        report = assembled(found)
        if _is_example(found.values):
            rest = {path: each for path, each in found.values.items() if path != _KENMERK}
            if rest.items() <= example_values().items() and not report.faults:
                return
            report.faults.append(Fault(path=found.where, kind="voorbeeldrij-gewijzigd"))
        self._reports.append(report.content)
        self.faults.extend(report.faults)
        self.places.update(report.places)

    def _cell(self, found: Found, known: Column, at: tuple[int, int]) -> None:
        row, column = at
        cells = self._grid.rows[row]
        cell = cells[column] if column < len(cells) else None
        if known in (VERSION, PROVIDER):
            if _filled(cell):
                self._envelope(known, cell, at)
            return
        found.places[known.path] = self._grid.cell(at)
        kind = ""
        try:
            value = value_of(known, cell, self._grid.epoch)
        except CellError as error:
            value, kind = None, error.kind
        if at in self._grid.formulas:
            value, kind = None, "cel-met-formule"
        elif at in self._grid.errors:
            value, kind = None, "cel-met-fout"
        if kind:
            found.faults[known.path] = kind
        elif value is not None:
            found.values[known.path] = value

    def _overflow(self, found: Found, row: int) -> None:
        """Something beyond the last heading: a comma or quotation mark has moved the cells."""
        width = max(self._columns, default=0)
        last = max((at for at, _ in self._grid.visible(self._heading)), default=width)
        if not self._grid.sheet and any(at > last for at, _ in self._grid.visible(row)):
            found.faults[""] = "rij-te-lang"


def _filled(cell: Cell) -> bool:
    return cell is not None and not (isinstance(cell, str) and not cell.strip())


def _is_example(values: Mapping[str, Value]) -> bool:
    kenmerk = values.get(_KENMERK)
    return isinstance(kenmerk, str) and kenmerk.casefold() == EXAMPLE.casefold()
