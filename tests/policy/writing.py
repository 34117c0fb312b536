"""Writes a decision table back as TOML, so that a test can change one thing and load it again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.domain.policy import Row, Table


def to_toml(
    table: Table, rows: Mapping[str, Row | None] | None = None, extra: tuple[str, ...] = ()
) -> str:
    """The table with some rows, by id, replaced or (None) left out, and lines added."""
    changed = rows or {}
    switch = json.dumps(table.switches.non_formal_hours_under_consent)
    lines = [
        f"version = {json.dumps(table.version)}",
        f"covenant = {json.dumps(table.covenant)}",
        "[switches]",
        f"non_formal_hours_under_consent = {switch}",
    ]
    for ground, text in table.grounds.items():
        lines.append(f"[grounds.{ground}]")
        lines += [f"{name} = {json.dumps(value)}" for name, value in text.model_dump().items()]
    for part in ("admit", "gate", "category"):
        for row in getattr(table, part):
            kept = changed.get(row.id, row)
            if kept is not None:
                lines += [f"[[{part}]]", *_row(kept)]
    return "\n".join([*lines, *extra]) + "\n"


def _row(row: Row) -> list[str]:
    when = ", ".join(f"{name} = {json.dumps(values)}" for name, values in row.when.items())
    named = {
        name: getattr(row, name)
        for name in ("id", "article", "effect", "reason", "ground", "nl", "en")
    }
    lines = [f"{name} = {json.dumps(str(value))}" for name, value in named.items() if value]
    return [*lines, f"when = {{ {when} }}"]
