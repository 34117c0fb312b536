"""A log of millions of entries, made in minutes: as the gateway would, but for the sealing.

Every entry has the readable head, the length and the columns of a real one, the
tree over them is the real tree, and one checkpoint covers them.  Only the content
is noise: nobody can open it, and nothing here needs to.
"""

from __future__ import annotations

import os
import random
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.adapters.evidence import new_span, new_trace
from gateway.adapters.log_sealing import sealed
from gateway.adapters.timestamps import microseconds
from gateway.ledger.checkpoints import Checkpoint
from gateway.ledger.envelope import Head
from gateway.ledger.merkle import leaf_hashes
from gateway.ledger.tiles import edge_coordinates, grow, root
from tests.bench.log_material import ACTIVITY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gateway.adapters.log_key import LogKey
    from gateway.adapters.vault import Vault
    from gateway.ledger.tiles import Tiles
    from tests.bench.log_material import LogMaterial

BATCH = 10_000
PER_PERSON = 50  # entries over a whole trajectory
ACTIVE = 5_000  # people at one time
_NOISE = 1 << 20


class Filling:
    """Fills one SQLite file from where its log ends."""

    def __init__(self, file: Path, material: LogMaterial, vault: Vault, key: LogKey) -> None:
        self._file = file
        self._material = material
        self._vault = vault
        self._key = key
        self._noise = os.urandom(_NOISE)
        self._random = random.Random(4)
        self._length = len(sealed(material.entry("nobody", datetime.now(UTC)), vault, None))

    def fill(self, size: int, until: int, now: datetime) -> None:
        """Entries from `size` up to `until`, with tree and checkpoint."""
        with closing(sqlite3.connect(self._file, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous=OFF")
            edge: dict[tuple[int, int], bytes] = self._tiles(connection, size)
            while size < until:
                count = min(BATCH, until - size)
                connection.execute("BEGIN IMMEDIATE")
                entries = self._batch(connection, size, count, now)
                size, changed = grow(size, edge, leaf_hashes(entries))
                _keep(connection, changed)
                edge = {at: tile for at, tile in {**edge, **changed}.items() if _open(at, size)}
                connection.execute("COMMIT")
            self._sign(connection, size, edge, now)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        os.sync()  # all of it, before anything is measured on it

    def _batch(
        self, connection: sqlite3.Connection, size: int, count: int, now: datetime
    ) -> Sequence[bytes]:
        at = microseconds(now)
        made = [self._made(at // 1000) for _ in range(count)]
        connection.executemany(
            "INSERT INTO log_entries (seq, trace_id, span_id, kind, entry, recorded_at) "
            "VALUES (?, ?, ?, 'report', ?, ?)",
            [
                (seq, trace, span, content, at)
                for seq, (trace, span, content) in enumerate(made, size)
            ],
        )
        connection.executemany(
            "INSERT INTO log_index (seq, subject, sender, recipient, outcome) "
            "VALUES (?, ?, 'contact-1', 'contact-2', 'forward')",
            [(seq, self._subject(seq)) for seq in range(size, size + count)],
        )
        return [content for _, _, content in made]

    def _made(self, at: int) -> tuple[str, str, bytes]:
        trace, span = new_trace(), new_span()
        head = Head(
            kind="report",
            at=at,
            trace_id=trace,
            span_id=span,
            activity_id=ACTIVITY.activity_id,
            commitment=trace * 2,
        ).written()
        start = self._random.randrange(_NOISE - self._length)
        return trace, span, head + self._noise[start : start + self._length - len(head)]

    def _subject(self, seq: int) -> str:
        """Whoever is in a trajectory at that time: a window of people that moves on."""
        first = seq // PER_PERSON
        return self._material.subject(first + self._random.randrange(ACTIVE))

    def _tiles(self, connection: sqlite3.Connection, size: int) -> dict[tuple[int, int], bytes]:
        rows = connection.execute("SELECT level, tile, hashes FROM log_tiles").fetchall()
        wanted = edge_coordinates(size)
        return {
            (level, tile): bytes(hashes) for level, tile, hashes in rows if (level, tile) in wanted
        }

    def _sign(self, connection: sqlite3.Connection, size: int, edge: Tiles, now: datetime) -> None:
        made = Checkpoint(origin=self._key.public.name, size=size, root=root(size, edge))
        note = made.signed(self._key.public, self._key.sign)
        connection.execute(
            "INSERT INTO log_checkpoints (size, note, signed_at) VALUES (?, ?, ?)",
            (size, bytes(note), microseconds(now)),
        )


def _open(at: tuple[int, int], size: int) -> bool:
    return at in edge_coordinates(size)


def _keep(connection: sqlite3.Connection, changed: Tiles) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO log_tiles (level, tile, hashes) VALUES (?, ?, ?)",
        [(level, tile, hashes) for (level, tile), hashes in changed.items()],
    )
