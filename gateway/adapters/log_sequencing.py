"""Integrating what was logged into the tree, and signing what the log is then.

Entries get their number in the transaction of what they record.  Some time later,
within a second, one sequencer takes all that were committed since the last
checkpoint, adds their hashes to the tree and signs: tiles and checkpoint in one
transaction, so a kill leaves either the former or the next state.  What lies
between commit and checkpoint is vouched for by the next checkpoint, not before.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, func, insert, or_, select

from gateway.adapters.log_key import is_signed
from gateway.adapters.log_writing import lock
from gateway.adapters.tables_log import log_checkpoints, log_entries, log_pruned, log_tiles
from gateway.ledger.checkpoints import Checkpoint, open_checkpoint
from gateway.ledger.merkle import leaf_hashes
from gateway.ledger.notes import NoteError
from gateway.ledger.tiles import TileError, edge_coordinates, grow, root
from gateway.ledger.verdict import BrokenLogError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.adapters.database import Database
    from gateway.adapters.log_key import LogKey
    from gateway.ledger.checkpoints import Opened
    from gateway.ledger.notes import VerifierKey
    from gateway.ledger.tiles import Coordinates, Tiles

_LOCK = 0x7461616C736571
BATCH = 10_000  # entries a transaction, so that on SQLite nobody waits long for the writer

_NEWEST = select(log_checkpoints).order_by(log_checkpoints.c.size.desc()).limit(1)


class Sequencer:
    """One turn at a time over all gateways on this database, each with the log's key."""

    def __init__(self, database: Database, key: LogKey) -> None:
        self._database = database
        self._key = key

    async def waiting(self) -> bool:
        """Whether there are entries that no checkpoint covers yet."""
        covered, last = await self._database.look(_ends)
        return last >= covered

    async def integrate(self, now: datetime) -> Checkpoint | None:
        """Cover all that is committed; the new checkpoint, or None where there was nothing to do.

        Raises `BrokenLogError` when the log does not follow from its newest checkpoint,
        or that was signed by another key.
        """
        newest = None
        while (made := await self._database.write(partial(self._integrate, now))) is not None:
            newest = made
        return newest

    async def newest(self) -> Opened | None:
        """The newest checkpoint, where there is one; raises `BrokenLogError`."""
        return await self._database.look(partial(newest, self._key.public))

    def _integrate(self, now: datetime, connection: Connection) -> Checkpoint | None:
        lock(connection, _LOCK)
        known = newest(self._key.public, connection)
        size = known.checkpoint.size if known is not None else 0
        entries = _entries(connection, size)
        if not entries:
            return None
        try:
            edge = tiles(connection, edge_coordinates(size))
            if known is not None and root(size, edge) != known.checkpoint.root:
                raise BrokenLogError("the tree does not lead to the newest checkpoint")
            size, changed = grow(size, edge, leaf_hashes(entries))
            checkpoint = Checkpoint(
                origin=self._key.public.name,
                size=size,
                root=root(size, {**edge, **changed}),
            )
        except TileError:
            raise BrokenLogError("a part of the tree is gone") from None
        _keep(connection, changed)
        note = checkpoint.signed(self._key.public, self._key.sign)
        connection.execute(
            insert(log_checkpoints).values(size=size, note=bytes(note), signed_at=now)
        )
        return checkpoint


async def has_begun(database: Database) -> bool:
    """Whether a checkpoint was ever signed here."""
    async with database.reading() as connection:
        return (await connection.scalar(select(log_checkpoints.c.size).limit(1))) is not None


def newest(log: VerifierKey, connection: Connection) -> Opened | None:
    """The newest checkpoint, None where the log has not begun.

    Raises `BrokenLogError` for one that the log's key did not sign, or that is gone.
    """
    row = connection.execute(_NEWEST).first()
    if row is None:
        if connection.scalar(select(log_tiles.c.level).limit(1)) is not None:
            raise BrokenLogError("there is a tree, and no checkpoint")
        return None
    try:
        opened = open_checkpoint(row.note, log, is_signed)
    except NoteError:
        raise BrokenLogError("another key signed the newest checkpoint") from None
    if opened.checkpoint.size != row.size:
        raise BrokenLogError("a checkpoint is kept under another size than its own")
    return opened


def tiles(connection: Connection, wanted: Collection[Coordinates]) -> Tiles:
    """Those of these tiles that are there."""
    if not wanted:
        return {}
    places = (and_(log_tiles.c.level == level, log_tiles.c.tile == tile) for level, tile in wanted)
    rows = connection.execute(select(log_tiles).where(or_(*places)))
    return {(row.level, row.tile): row.hashes for row in rows}


def _ends(connection: Connection) -> tuple[int, int]:
    """What the newest checkpoint covers, and the number of the last entry, -1 of none."""
    covered = connection.scalar(select(func.max(log_checkpoints.c.size)))
    last = connection.scalar(select(func.max(log_entries.c.seq)))
    return covered or 0, -1 if last is None else last


def _entries(connection: Connection, size: int) -> Sequence[bytes]:
    """The next entries, without a gap; raises `BrokenLogError`."""
    found = connection.execute(
        select(log_entries.c.seq, log_entries.c.entry)
        .where(log_entries.c.seq >= size)
        .order_by(log_entries.c.seq)
        .limit(BATCH)
    ).all()
    if any(row.seq != seq for seq, row in enumerate(found, size)):
        raise BrokenLogError("an entry is missing behind the newest checkpoint")
    if not found and size:
        _look_at_the_end(connection, size)
    return [row.entry for row in found]


def _look_at_the_end(connection: Connection, size: int) -> None:
    last = connection.scalar(select(func.max(log_entries.c.seq)))
    pruned = connection.scalar(select(func.max(log_pruned.c.after)))
    # More may have been committed meanwhile: each statement sees its own instant on PostgreSQL.
    if max(-1 if last is None else last, (pruned or 0) - 1) < size - 1:
        raise BrokenLogError("entries are gone from the end of the log")


def _keep(connection: Connection, changed: Tiles) -> None:
    """Tiles at the right edge grow: the shorter one gives way to the longer."""
    rows = [
        {"level": level, "tile": tile, "hashes": hashes}
        for (level, tile), hashes in changed.items()
    ]
    lowest: dict[int, int] = {}
    for level, tile in changed:
        lowest[level] = min(tile, lowest.get(level, tile))
    for level, tile in lowest.items():
        connection.execute(
            delete(log_tiles).where(log_tiles.c.level == level, log_tiles.c.tile == tile)
        )
    connection.execute(insert(log_tiles), rows)
