"""The values of a form by their fields' names, as the document they stand for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.adapters.pdf_form import SINGLE, TABLES, Rows, wire_path
from gateway.domain.bijsluiter import VERSIE
from gateway.domain.silent import Silent
from gateway.domain.stops import Fault

if TYPE_CHECKING:
    from gateway.domain.wire import Json

REPORT = "berichten[0]"
WHOLE_FORM = "het PDF-formulier"
_ENVELOPE = "aanbieder"


@dataclass(slots=True, kw_only=True, repr=False)
class Filled(Silent):
    """What stood in the form, by field: values, faults (by kind) and places."""

    values: dict[str, Json] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)


def document_of(filled: Filled) -> tuple[dict[str, Json], dict[str, str], tuple[Fault, ...]]:
    """The document, the places of its paths, and the faults in it by path."""
    report: dict[str, Json] = {}
    envelope: dict[str, Json] = {"bijsluiterVersie": VERSIE}
    paths: dict[str, str] = {}
    for each in SINGLE:
        in_envelope = each.name.startswith(f"{_ENVELOPE}/")
        path = wire_path(each.name)
        paths[each.name] = path if in_envelope else f"{REPORT}.{path}"
        if each.name in filled.values:
            _put(envelope if in_envelope else report, path.split("."), filled.values[each.name])
    for table in TABLES:
        _put_rows(table, report, filled, paths)
    places = {"berichten": WHOLE_FORM, REPORT: WHOLE_FORM}
    places |= {path: filled.places[name] for name, path in paths.items() if name in filled.places}
    faults = tuple(
        Fault(path=paths[name], kind=kind) for name, kind in filled.faults.items() if name in paths
    )
    return {**envelope, "berichten": [report]}, places, faults


def _put(into: dict[str, Json], parts: list[str], value: Json) -> None:
    for part in parts[:-1]:
        inner = into.setdefault(part, {})
        assert isinstance(inner, dict)
        into = inner
    into[parts[-1]] = value


def _put_rows(table: Rows, report: dict[str, Json], filled: Filled, paths: dict[str, str]) -> None:
    rows: list[Json] = []
    for row in table.keys:
        names = {column.name: table.name(row, column) for column in table.columns}
        element: dict[str, Json] = {
            column: filled.values[name] for column, name in names.items() if name in filled.values
        }
        if not element and not any(name in filled.faults for name in names.values()):
            continue
        if table.tick and element.pop(table.tick, None) is None:
            # An exam that is dated and not ticked may be one that was not passed (annex 3).
            filled.faults.setdefault(names[table.tick], "vinkje-ontbreekt")
        place = f"{REPORT}.{wire_path(table.path)}[{len(rows)}]"
        for column, name in names.items():
            paths[name] = f"{place}.{table.key if column == table.tick else column}"
        rows.append({**({table.key: row} if table.key else {}), **element})
    if rows:
        _put(report, table.path.split("/"), rows)
