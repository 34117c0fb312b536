"""Somebody with the database in hand who wants the past to look different: on a copy."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from gateway.ledger.checkpoints import Checkpoint
from gateway.ledger.merkle import leaf_hashes
from gateway.ledger.tiles import grow, root
from gateway.wiring import demonstrating

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.wiring.demonstrating import LogKey

TABLES = (
    "log_entries",
    "log_index",
    "log_tiles",
    "log_checkpoints",
    "outcomes",
    "decision_facts",
)


def copy(database: Path, to: Path) -> None:
    """The database as it is now, also what only its journal holds yet."""
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)


@contextmanager
def opened(database: Path) -> Iterator[sqlite3.Connection]:
    """In one transaction, and past the triggers that refuse every change of the log."""
    with closing(sqlite3.connect(database)) as connection, connection:
        triggers = connection.execute(
            "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall()
        for name, table in triggers:
            if table in TABLES:
                connection.execute(f"DROP TRIGGER {name}")
        yield connection


def change_a_byte(database: Path, seq: int) -> None:
    """The last one of an entry."""
    with opened(database) as connection:
        found = connection.execute("SELECT entry FROM log_entries WHERE seq = ?", (seq,))
        entry = bytes(found.fetchone()[0])
        changed = entry[:-1] + bytes([entry[-1] ^ 1])
        connection.execute("UPDATE log_entries SET entry = ? WHERE seq = ?", (changed, seq))


def take_out(database: Path, seq: int) -> None:
    """An entry with the outcome that it tells of, and close the gap."""
    with opened(database) as connection:
        (where,) = connection.execute(
            "SELECT trace_id, span_id FROM log_entries WHERE seq = ?", (seq,)
        )
        connection.execute("DELETE FROM decision_facts WHERE trace = ? AND span_id = ?", where)
        connection.execute("DELETE FROM outcomes WHERE trace = ? AND span_id = ?", where)
        (last,) = connection.execute("SELECT max(seq) FROM log_entries").fetchone()
        for table in ("log_entries", "log_index"):
            connection.execute(f"DELETE FROM {table} WHERE seq = ?", (seq,))  # noqa: S608 - names of our own
            for number in range(seq + 1, last + 1):
                connection.execute(
                    f"UPDATE {table} SET seq = ? WHERE seq = ?",  # noqa: S608 - as above
                    (number - 1, number),
                )


def rebuild(database: Path, key: LogKey) -> None:
    """The tree over what is left, and one checkpoint over it, signed with this key."""
    with opened(database) as connection:
        rows = connection.execute("SELECT entry FROM log_entries ORDER BY seq").fetchall()
        size, tiles = grow(0, {}, leaf_hashes([bytes(row[0]) for row in rows]))
        made = Checkpoint(origin=key.public.name, size=size, root=root(size, tiles))
        note = bytes(made.signed(key.public, key.sign))
        (signed_at,) = connection.execute("SELECT max(signed_at) FROM log_checkpoints").fetchone()
        connection.execute("DELETE FROM log_tiles")
        connection.execute("DELETE FROM log_checkpoints")
        connection.executemany(
            "INSERT INTO log_tiles (level, tile, hashes) VALUES (?, ?, ?)",
            [(level, tile, hashes) for (level, tile), hashes in tiles.items()],
        )
        connection.execute(
            "INSERT INTO log_checkpoints (size, note, signed_at) VALUES (?, ?, ?)",
            (size, note, signed_at),
        )


def stranger(origin: str) -> LogKey:
    """A key that somebody makes for themselves, under the log's name."""
    return demonstrating.new_log_key(origin)
