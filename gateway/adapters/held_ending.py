"""How held mail ends, or walks again: what a decision changes in the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from gateway.adapters.flow_rows import drop
from gateway.adapters.tables_flow import inbound, outcomes, outgoing
from gateway.domain.stops import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.adapters.tables_flow import AnyRow
    from gateway.domain.held import HeldMail, HeldReport
    from gateway.domain.stops import Reason
    from gateway.ledger.records import Entry


def put_back(connection: Connection, trace: str, now: datetime) -> None:
    """A held mail walks again; an answer that could not be delivered is none of its concern now."""
    _forget_undelivered(connection, trace)
    connection.execute(
        update(inbound)
        .where(inbound.c.trace == trace)
        .values(state="waiting", due_at=now, attempts=0)
    )


def end(
    connection: Connection,
    held: HeldMail,
    ended: Sequence[tuple[HeldReport, Entry]],
    reason: Reason,
    now: datetime,
) -> None:
    """These reports stand refused for this reason; the mail is held on while another one is."""
    standing = {each.number for each in held.reports}
    numbers = [each.number for each, _ in ended if each.number in standing]
    those = (
        outcomes.c.trace == held.trace,
        outcomes.c.number.in_(numbers),
        outcomes.c.withdrawn_at.is_(None),
    )
    before = connection.execute(select(outcomes).where(*those)).all()
    spans = {each.number: entry.span_id for each, entry in ended}
    rows = [_ended(row, reason, held.rounds, spans[row.number], now) for row in before]
    connection.execute(update(outcomes).where(*those).values(withdrawn_at=now))
    if rows:
        connection.execute(insert(outcomes), rows)
    values: dict[str, object] = {"rounds": inbound.c.rounds + 1}
    waits_on = {r.number for r in held.reports if r.outcome is Outcome.HOLD} - set(numbers)
    if not waits_on:
        _forget_undelivered(connection, held.trace)
        values |= {"state": "done", "due_at": None}
    connection.execute(update(inbound).where(inbound.c.trace == held.trace).values(**values))


def _forget_undelivered(connection: Connection, trace: str) -> None:
    rows = connection.execute(
        select(outgoing.c.id).where(outgoing.c.trace == trace, outgoing.c.state == "undeliverable")
    )
    drop(connection, [row.id for row in rows], state="withdrawn")


def _ended(row: AnyRow, reason: Reason, round_: int, span: str, now: datetime) -> dict[str, object]:
    return {
        **row._mapping,
        "round": round_,
        "outcome": Outcome.REJECT.value,
        "reasons": [reason.value],
        "span_id": span,
        "recorded_at": now,
        "withdrawn_at": None,
    }
