"""One row's cells as one report on the wire, and where in the row each part stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from gateway.domain.form_cells import value_of
from gateway.domain.form_columns import COLUMNS
from gateway.domain.silent import Silent
from gateway.domain.stops import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.domain.form_cells import Value
    from gateway.domain.wire import Json

_ITEM = re.compile(r"(?P<list>.+)\[(?P<code>\w+)\]\.(?P<name>\w+)")
# The field of an item of a list that its column's code fills in; an item without is just one.
_CODED = {
    "voortgang.taalniveaus": "vaardigheid",
    "inburgeringstraject.behaaldeExamens": "onderdeel",
}
_PERIOD = "voortgang.periode"


@dataclass(slots=True, kw_only=True, repr=False)
class Found(Silent):
    """What was found in a row, by path of the catalogue; a fault at ``""`` is the row's."""

    where: str
    row: str
    values: dict[str, Value] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True, repr=False)
class Report(Silent):
    """A report as far as the row says it."""

    content: dict[str, Json]
    faults: list[Fault]
    places: dict[str, str]


def assembled(found: Found) -> Report:
    """The row's report: its items of lists in the order of the catalogue."""
    content: dict[str, Json] = {}
    on_the_wire: dict[str, str] = {}
    said = found.values.keys() | found.faults.keys()
    for column in COLUMNS:
        if item := _ITEM.fullmatch(column.path):
            if not any(path.startswith(f"{item['list']}[{item['code']}].") for path in said):
                continue
            target, prefix = _item(content, item["list"], item["code"])
            path, name = f"{prefix}.{item['name']}", item["name"]
        else:
            path, name = column.path, column.path.rpartition(".")[2]
            target = None
        on_the_wire[column.path] = path
        if (value := found.values.get(column.path)) is not None:
            (_object(content, path) if target is None else target)[name] = value
    return Report(
        content=content,
        faults=[
            Fault(path=_below(found.where, on_the_wire.get(path, "")), kind=kind)
            for path, kind in found.faults.items()
        ],
        places=_places(found, on_the_wire, said),
    )


def _item(content: dict[str, Json], of: str, code: str) -> tuple[dict[str, Json], str]:
    """The item for this code, made when it is the first that is asked for, and its path."""
    parent = _object(content, of)
    items = parent.setdefault(of.rpartition(".")[2], [])
    assert isinstance(items, list)
    coded = _CODED.get(of)
    if not items or (coded and not _has(items[-1], coded, code)):
        items.append({coded: code} if coded else {})
    last = items[-1]
    assert isinstance(last, dict)
    return last, f"{of}[{len(items) - 1}]"


def _has(item: Json, name: str, code: str) -> bool:
    return isinstance(item, dict) and item.get(name) == code


def _object(content: dict[str, Json], path: str) -> dict[str, Json]:
    """The object that holds the last name of `path`, made where it is not there."""
    here = content
    for name in path.split(".")[:-1]:
        below = here.setdefault(name, {})
        assert isinstance(below, dict)
        here = below
    return here


def _places(found: Found, on_the_wire: dict[str, str], said: set[str]) -> dict[str, str]:
    """The row, what is filled in, and what is empty beside it or needed: all that may be faulty."""
    places = {found.where: found.row}
    sections = {path.partition(".")[0] for path in said}
    for column in COLUMNS:
        path, place = on_the_wire.get(column.path), found.places.get(column.path)
        above, _, _ = column.path.rpartition(".")
        if path is None or place is None:
            continue
        # What stands beside nothing belongs to the report itself: which one it replaces.
        if column.needed or not above or any(each.startswith(f"{above}.") for each in said):
            places[_below(found.where, path)] = place
        if column.path.startswith(_PERIOD) and "voortgang" in sections:
            places.setdefault(_below(found.where, _PERIOD), place)
    return places


def _below(where: str, path: str) -> str:
    return f"{where}.{path}" if path else where


@cache
def example_values() -> Mapping[str, Value]:
    """What the example row of a blank form says; a row that says no more is about nobody."""
    values = {each.path: value_of(each, each.example or None) for each in COLUMNS}
    return {path: value for path, value in values.items() if value is not None}
