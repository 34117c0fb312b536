"""After an erasure: what was deleted leaves the files of the database too.

SQLite overwrites what it deletes, but where it moved rows about their bytes may lie on in
the gaps of pages: the file is written anew, and its journal emptied.  PostgreSQL leaves
deleted rows in its files until the tables are written anew, samples of columns in its
statistics, and all of it in its journal (WAL) for as long as segments are kept or recycled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gateway.adapters.database import metadata

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from gateway.adapters.database import Database

# Never holds anything of a person that an erasure takes away, and may be large.
_LEFT_ALONE: Final = frozenset({"log_entries", "log_tiles", "log_checkpoints", "decision_facts"})
TABLES, STATISTICS, JOURNAL, PAGES = "tables", "statistics", "journal", "free-pages"
# Longer than any one statement of a gateway takes: a large table is written anew.
_SECONDS = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrubbed:
    """What of the storage was cleaned, and what may still hold erased bytes: codes."""

    cleaned: tuple[str, ...]
    left: tuple[str, ...]


async def scrub(database: Database) -> Scrubbed:
    """Write anew what an erasure left behind; raises `Retry` where that cannot be done now."""
    if database.dialect == "sqlite":
        await database.rewrite()
        await database.empty_journal()
        return Scrubbed(cleaned=(PAGES, JOURNAL), left=())
    async with database.maintaining() as connection:
        return await _postgresql(connection)


async def _postgresql(connection: AsyncConnection) -> Scrubbed:
    await connection.execute(text(f"SET statement_timeout = '{_SECONDS}s'"))
    ours = sorted(set(metadata.tables) - _LEFT_ALONE)
    tables = [await _rewritten(connection, name) for name in ours]
    done = {
        TABLES: all(tables),
        STATISTICS: await _rewritten(connection, "pg_catalog.pg_statistic"),
        JOURNAL: await _journal(connection),
    }
    return Scrubbed(
        cleaned=tuple(name for name, clean in done.items() if clean),
        left=tuple(name for name, clean in done.items() if not clean),
    )


async def _rewritten(connection: AsyncConnection, table: str) -> bool:
    """Whether the table lies in another file now: without the right to it nothing is done.

    Nor does the server call that an error.
    """
    file = text("SELECT pg_relation_filenode(CAST(:name AS text)::regclass)")
    before = await connection.scalar(file, {"name": table})
    await connection.execute(text(f"VACUUM (FULL, ANALYZE) {table}"))
    return bool(await connection.scalar(file, {"name": table}) != before)


async def _journal(connection: AsyncConnection) -> bool:
    """Whether no older segment of the journal is there any more, under any name."""
    gone = await _may(connection, "SELECT pg_switch_wal()")
    gone = gone and await _may(connection, "CHECKPOINT")
    settings = (
        "SELECT current_setting('wal_recycle') = 'off' AND current_setting('archive_mode') = 'off'"
        " AND current_setting('wal_keep_size') = '0'"
        " AND NOT EXISTS (SELECT 1 FROM pg_replication_slots)"
    )
    return gone and bool(await connection.scalar(text(settings)))


async def _may(connection: AsyncConnection, statement: str) -> bool:
    """Do it where this account may."""
    try:
        await connection.execute(text(statement))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", "") != "42501":  # insufficient_privilege
            raise
        return False
    return True
