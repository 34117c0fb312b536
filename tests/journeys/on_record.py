"""What a gateway's database holds, as tests look at it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from gateway.adapters.database_log import DatabaseLog
from gateway.adapters.flow_audit import audit_outcomes
from gateway.adapters.tables_flow import inbound, inbound_raw, outcomes, outgoing, places
from gateway.adapters.tables_log import log_checkpoints, log_entries
from tests.contracts.flow import log_faults

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from gateway.adapters.database import Database
    from gateway.adapters.log_key import LogKey
    from gateway.adapters.vault import Vault


@dataclass(frozen=True)
class Record:
    """One mail: `standing` are (number, outcome, reasons), `kept` the bytes of the sealed mail."""

    trace: str
    state: str
    standing: tuple[tuple[int, str, frozenset[str]], ...]
    size: int
    kept: int


async def records(database: Database) -> list[Record]:
    """Of every mail, oldest first."""
    ended: defaultdict[str, list[tuple[int, str, frozenset[str]]]] = defaultdict(list)
    standing = outcomes.c.withdrawn_at.is_(None)
    async with database.reading() as connection:
        for row in await connection.execute(
            select(outcomes).where(standing).order_by(outcomes.c.number)
        ):
            ended[row.trace].append((row.number, row.outcome, frozenset(row.reasons)))
        kept = func.coalesce(func.length(inbound_raw.c.sealed), 0).label("kept")
        found = await connection.execute(
            select(inbound, kept)
            .outerjoin(inbound_raw, inbound_raw.c.trace == inbound.c.trace)
            .order_by(inbound.c.stored_at, inbound.c.trace)
        )
        return [
            Record(
                trace=row.trace,
                state=row.state,
                standing=tuple(ended[row.trace]),
                size=row.size,
                kept=row.kept,
            )
            for row in found
        ]


async def at_rest(database: Database, *, count: int, but: Collection[str] = ()) -> bool:
    """Whether there are `count` mails besides `but`, and nothing is left to do for any mail."""
    busy = select(func.count()).select_from(inbound).where(inbound.c.due_at.is_not(None))
    to_go = select(func.count()).select_from(outgoing).where(outgoing.c.due_at.is_not(None))
    async with database.reading() as connection:
        # Asked again and again: as long as there is work, one question is enough.
        if await connection.scalar(select(busy.scalar_subquery() + to_go.scalar_subquery())):
            return False
        traces = (await connection.execute(select(inbound.c.trace))).scalars().all()
    return len(set(traces) - set(but)) >= count


async def known(database: Database) -> set[str]:
    """The UIDs, as they are in their mailboxes, of all mails that were stored."""
    async with database.reading() as connection:
        return set((await connection.execute(select(places.c.uid))).scalars())


async def posted(database: Database, kind: str = "report") -> list[tuple[str, str]]:
    """Message-ID and state of everything of this kind that was ever to be sent."""
    async with database.reading() as connection:
        found = await connection.execute(
            select(outgoing.c.message_id, outgoing.c.state)
            .where(outgoing.c.kind == kind)
            .order_by(outgoing.c.created_at, outgoing.c.trace, outgoing.c.number)
        )
        return [(row.message_id, row.state) for row in found]


async def logged_twice(database: Database, vault: Vault) -> list[str]:
    """What the log says more than once: a report's outcome in one round, a letter that went."""
    said: Counter[str] = Counter()
    async for entry in DatabaseLog(database, vault).read():
        if entry.content is None or "evidence" not in entry.content:
            continue  # what people did may well be done twice
        evidence = entry.content["evidence"]
        what = (evidence.get("round"), evidence.get("number"), evidence.get("message_id"))
        said[f"{entry.head.kind} {entry.head.trace_id} {what}"] += 1
    return [what for what, times in said.items() if times > 1]


async def coverage(database: Database) -> list[tuple[datetime, datetime]]:
    """Of every entry that is covered: when it was recorded, and its first checkpoint signed."""
    signed = (
        select(log_checkpoints.c.signed_at)
        .where(log_checkpoints.c.size > log_entries.c.seq)
        .order_by(log_checkpoints.c.size)
        .limit(1)
        .scalar_subquery()
    )
    async with database.reading() as connection:
        found = await connection.execute(select(log_entries.c.recorded_at, signed.label("signed")))
        return [(row.recorded_at, row.signed) for row in found if row.signed is not None]


async def faults(database: Database, vault: Vault, log: LogKey) -> list[str]:
    """Everything that is wrong with outcomes, outbox and log."""
    async with database.reading() as connection:
        found = await audit_outcomes(connection)
    return found + await log_faults(database, vault, log)
