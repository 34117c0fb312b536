"""Somebody with the database in hand who wants the past to look different: on a copy."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from gateway.ledger.chain import EMPTY, extend
from gateway.ledger.records import canonical

if TYPE_CHECKING:
    from pathlib import Path


def copy(database: Path, to: Path) -> None:
    """The database as it is now, also what only its journal holds yet."""
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)


def whitewash(database: Path) -> int:
    """Make the first report that lost something look as if nothing was withheld; its number."""
    with closing(sqlite3.connect(database)) as connection, connection:
        for seq, content in connection.execute("SELECT seq, entry FROM log_entries ORDER BY seq"):
            entry = json.loads(content)
            if entry["evidence"].get("withheld"):
                entry["evidence"]["withheld"] = []
                connection.execute(
                    "UPDATE log_entries SET entry = ? WHERE seq = ?", (canonical(entry), seq)
                )
                return int(seq)
    raise LookupError("no entry in the log says that something was withheld")


def rewrite_hashes(database: Path) -> None:
    """Make the whole chain fit again, up to its head."""
    with closing(sqlite3.connect(database)) as connection, connection:
        rows = connection.execute("SELECT entry FROM log_entries ORDER BY seq").fetchall()
        links, head = extend(EMPTY, [bytes(row[0]) for row in rows])
        connection.executemany(
            "UPDATE log_entries SET leaf_hash = ?, chain_hash = ? WHERE seq = ?",
            [(link.leaf_hash, link.chain_hash, link.seq) for link in links],
        )
        connection.execute(
            "UPDATE log_head SET size = ?, chain_hash = ?", (head.size, head.chain_hash)
        )
