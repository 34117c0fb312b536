"""Adding to the log, inside the transaction of what is being logged.

Everything that reads or writes what the log speaks of first passes the log's
lock, so outcomes, outbox and log are changed by one transaction at a time over
all gateways, and each sees all that was committed before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, update

from gateway.adapters.tables_flow import log_entries, log_head
from gateway.ledger.chain import EMPTY, Head, extend

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.ledger.records import Entry

_HEAD = select(log_head.c.size, log_head.c.chain_hash)
_LOCK = 0x7461616C6C6F67


class BrokenLogError(Exception):
    """The log's head is gone while entries are there; nothing is added before a person looked."""


def sequence(connection: Connection) -> None:
    """Wait until no other transaction is adding to the log; held until this one ends."""
    lock(connection, _LOCK)


def lock(connection: Connection, key: int) -> None:
    """Let one transaction at a time pass this point, over all gateways on this database.

    PostgreSQL takes an advisory lock until the transaction ends; on SQLite
    ``BEGIN IMMEDIATE`` has already made this the only writer.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(key)))


def append(connection: Connection, entries: Sequence[Entry], now: datetime) -> None:
    """Add these, chained; the caller has passed `sequence` in this transaction."""
    if not entries:
        return
    before = head(connection)
    links, after = extend(before, [entry.content for entry in entries])
    connection.execute(
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
        connection.execute(insert(log_head).values(id=1, **values))
    else:
        connection.execute(update(log_head).values(**values))


def head(connection: Connection) -> Head:
    """Where the log ends; raises `BrokenLogError` where it has entries and no head."""
    row = connection.execute(_HEAD).first()
    if row is not None:
        return Head(size=row.size, chain_hash=row.chain_hash)
    if connection.execute(select(func.max(log_entries.c.seq))).scalar() is not None:
        raise BrokenLogError
    return EMPTY
