"""Reads the audit trail together from every table that says who recorded what, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import Integer, func, literal, select
from sqlalchemy.sql.sqltypes import String

from gateway.adapters import tables_deciding, tables_flow, tables_register
from gateway.adapters.database import metadata
from gateway.adapters.tables_register import register_change as changes
from gateway.adapters.timestamps import instant_at, microseconds
from gateway.domain.audit import AuditLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Select, Table

    from gateway.adapters.database import Database
    from gateway.adapters.tables_flow import AnyRow

    _Deeds: TypeAlias = "Select[object, str, str, str, str, str, int]"

_NONE: ColumnElement[str] = literal("", String())
_FIRST: ColumnElement[int] = literal(0, Integer())


class AuditTrail:
    """What operators did; only read here, and written where each deed is."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def lines(self, *, since: datetime, until: datetime, last: int) -> Sequence[AuditLine]:
        """The latest `last` deeds from `since` up to but not at `until`, oldest first."""
        async with self._database.reading() as connection:
            found = await connection.run_sync(_lines, since, until, last)
        return sorted(found, key=_instant)[-last:]


def _lines(connection: Connection, since: datetime, until: datetime, last: int) -> list[AuditLine]:
    first, end = microseconds(since), microseconds(until)
    found: list[AuditLine] = []
    for statement in _recorded():
        rows = _latest(connection, statement, first, end, last)
        found += [_line(row, instant_at(row.at)) for row in rows]
    return found + [
        _line(row, row.at) for row in _latest(connection, _signed(), since, until, last)
    ]


def _latest(
    connection: Connection,
    statement: _Deeds,
    first: datetime | int,
    end: datetime | int,
    last: int,
) -> list[AnyRow]:
    at, order = statement.selected_columns["at"], statement.selected_columns["place"]
    inside = statement.where(at >= first, at < end)
    rows = connection.execute(inside.order_by(at.desc(), order.desc()).limit(last)).all()
    return [*reversed(rows)]


def _line(row: AnyRow, at: datetime) -> AuditLine:
    return AuditLine(
        at=at,
        actor=row.actor,
        action=row.action,
        about=row.about,
        result=row.result,
        origin=row.origin,
    )


def _instant(line: AuditLine) -> datetime:
    return line.at


def _recorded() -> Iterable[_Deeds]:
    """One statement for each table whose rows say who recorded them, whichever come later."""
    own = {tables_deciding.proposal, tables_deciding.proposal_decision, changes}
    for table in metadata.sorted_tables:
        if "recorded_by" in table.c and table not in own:
            came_from = table.outerjoin(changes, changes.c.revision == table.c.revision)
            yield _deeds(
                at=table.c.recorded_at,
                actor=table.c.recorded_by,
                action=literal(f"record {table.name.replace('_', ' ')}"),
                about=_subject(table),
                result=_result(table),
                origin=func.coalesce(changes.c.origin, ""),
                place=table.c.revision,
            ).select_from(came_from)
    proposal, decision = tables_deciding.proposal, tables_deciding.proposal_decision
    yield _deeds(
        at=proposal.c.recorded_at,
        actor=proposal.c.proposed_by,
        action=literal("propose ") + proposal.c.kind,
        about=proposal.c.subject,
        result=proposal.c.proposal_id,
        origin=proposal.c.origin,
        place=proposal.c.revision,
    )
    yield _deeds(
        at=decision.c.recorded_at,
        actor=decision.c.decided_by,
        action=literal("decide on proposal"),
        about=decision.c.proposal_id,
        result=decision.c.verdict,
        origin=decision.c.origin,
        place=decision.c.revision,
    )
    looks = tables_register.consultation
    yield _deeds(
        at=looks.c.consulted_at,
        actor=looks.c.consulted_by,
        action=literal("look: ") + looks.c.what,
        about=looks.c.about_id,
        origin=looks.c.origin,
        place=looks.c.id,
    )


def _signed() -> _Deeds:
    signed = tables_flow.approvals
    return _deeds(
        at=signed.c.at,
        actor=signed.c.name_key,
        action=literal("held ") + signed.c.deed,
        about=signed.c.trace,
        result=signed.c.bericht_id,
        origin=signed.c.origin,
    )


def _deeds(
    *,
    at: ColumnElement[object],
    actor: ColumnElement[str],
    action: ColumnElement[str],
    about: ColumnElement[str],
    result: ColumnElement[str] = _NONE,
    origin: ColumnElement[str] = _NONE,
    place: ColumnElement[int] = _FIRST,
) -> _Deeds:
    """`place` orders what was recorded at one instant."""
    return select(
        at.label("at"),
        actor.label("actor"),
        action.label("action"),
        about.label("about"),
        result.label("result"),
        origin.label("origin"),
        place.label("place"),
    )


def _subject(table: Table) -> ColumnElement[str]:
    """What a row is about: the id of the nearest thing that has one."""
    for name in ("dossier_id", "contact_id", "party_id", "operator_id", "digest"):
        if name in table.c:
            return table.c[name]
    return next((c for c in table.primary_key if isinstance(c.type, String)), _NONE)


def _result(table: Table) -> ColumnElement[str]:
    """What was recorded, where it is one word of a short list."""
    names = ("verdict",) if "decided_by" in table.c else ("standing", "kind")
    return next((table.c[name] for name in names if name in table.c), _NONE)
