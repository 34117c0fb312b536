"""Adding to the log, inside the transaction of what is being logged.

Everything that reads or writes what the log speaks of first passes the log's
lock, so outcomes, outbox and log are changed by one transaction at a time over
all gateways, and each sees all that was committed before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, update

from gateway.adapters.database import lock_for_transaction
from gateway.adapters.tables_flow import log_entries, log_head
from gateway.ledger.chain import EMPTY, Head, extend

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from gateway.ledger.records import Entry

_LOCK = 0x7461616C6C6F67


class BrokenLogError(Exception):
    """The log's head is gone while entries are there; nothing is added before a person looked."""


async def sequence(connection: AsyncConnection) -> None:
    """Wait until no other transaction is adding to the log; held until this one ends."""
    await lock_for_transaction(connection, _LOCK)


async def append(connection: AsyncConnection, entries: Sequence[Entry], now: datetime) -> None:
    """Add these, chained; the caller has passed `sequence` in this transaction."""
    if not entries:
        return
    before = await head(connection)
    links, after = extend(before, [entry.content for entry in entries])
    await connection.execute(
        insert(log_entries),
        [
            {
                "seq": link.seq,
                "trace_id": entry.trace_id,
                "span_id": entry.span_id,
                "kind": entry.kind,
                "entry": entry.content,
                "leaf_hash": link.leaf_hash,
                "chain_hash": link.chain_hash,
                "recorded_at": now,
            }
            for link, entry in zip(links, entries, strict=True)
        ],
    )
    values = {"size": after.size, "chain_hash": after.chain_hash}
    if before == EMPTY:
        await connection.execute(insert(log_head).values(id=1, **values))
    else:
        await connection.execute(update(log_head).values(**values))


async def head(connection: AsyncConnection) -> Head:
    """Where the log ends; raises `BrokenLogError` where it has entries and no head."""
    row = (await connection.execute(select(log_head.c.size, log_head.c.chain_hash))).first()
    if row is not None:
        return Head(size=row.size, chain_hash=row.chain_hash)
    if (await connection.execute(select(func.max(log_entries.c.seq)))).scalar() is not None:
        raise BrokenLogError
    return EMPTY
