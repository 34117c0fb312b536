"""What is written in a form: a report as a row, and what is said beside its cells."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.domain import wire
from gateway.domain.form_cells import cell_of, value_of
from gateway.domain.form_columns import COLUMNS
from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gateway.domain.form_cells import Cell
    from gateway.domain.stops import Fault
    from gateway.domain.wire import Json

_STEP = re.compile(r"(\w+)(?:\[(\w+)\])?")
_CODED = ("vaardigheid", "onderdeel")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Row(Silent):
    """One row: a cell for each column of the catalogue, and notes by number of the column."""

    cells: tuple[Cell, ...]
    notes: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Form(Silent):
    """All that is filled in; `instellingsnummer` is of the school that it is made for."""

    instellingsnummer: str
    rows: Sequence[Row]


def example_row() -> Row:
    """About nobody; told from a real one by its first cell and because it says no more."""
    values = (value_of(column, column.example or None) for column in COLUMNS)
    return Row(
        cells=tuple(cell_of(column, value) for column, value in zip(COLUMNS, values, strict=True))
    )


def columns_of(report: Json) -> Mapping[str, str]:
    """The heading of its column for each path of this report that a row has a cell for."""
    return {path: column.heading for column in COLUMNS for path in _paths(report, column.path)}


def row_of(report: Json, faults: Sequence[Fault], said: Callable[[str], str]) -> Row:
    """A report with a note at each cell that has a fault, in the words that `said` has for it.

    A fault of no column in particular is noted at the first.
    """
    places = {path: at for at, column in enumerate(COLUMNS) for path in _paths(report, column.path)}
    notes: dict[int, list[str]] = {}
    for fault in faults:
        path = re.sub(r"^berichten\[\d+\]\.?", "", fault.path)
        at = next((places[each] for each in _upwards(path) if each in places), 0)
        notes.setdefault(at, []).append(said(fault.kind))
    return Row(
        cells=tuple(cell_of(column, _value(report, column.path)) for column in COLUMNS),
        notes={at: "\n".join(dict.fromkeys(texts)) for at, texts in notes.items()},
    )


def _value(report: Json, path: str) -> Json:
    here = report
    for name, code in _STEP.findall(path):
        here = wire.member(here, name)
        if code:
            found = _item(here, code)
            here = found[1] if found else None
    return here if not isinstance(here, (dict, list)) else None


def _item(items: Json, code: str) -> tuple[int, Json] | None:
    """The item of a list that has this code; a number counts from 1."""
    for at, item in enumerate(items if isinstance(items, list) else []):
        if code in {wire.member(item, name) for name in _CODED if _is_text(item, name)}:
            return at, item
        if code == str(at + 1):
            return at, item
    return None


def _is_text(item: Json, name: str) -> bool:
    return isinstance(wire.member(item, name), str)


def _paths(report: Json, path: str) -> Iterator[str]:
    """The column's path as this report's faults write it, and the one object it alone fills."""
    found = re.fullmatch(r"(.+)\[(\w+)\](\.\w+)", path)
    if found is None:
        yield path
        if path == "voortgang.periode.van":
            yield "voortgang.periode"
        return
    here = report
    for name in found[1].split("."):
        here = wire.member(here, name)
    item = _item(here, found[2])
    if item is not None:
        yield f"{found[1]}[{item[0]}]{found[3]}"


def _upwards(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition(".")[0]
