"""Taking away what was kept long enough, so that all that remains still verifies.

One transaction takes a range of whole segments: the entries and what they are found by
go, `log_pruned` names the range (without its row the triggers refuse), and an entry of
its own says what went, under which terms, and the root over it.  Tiles and checkpoints
stay, so every proof ever made holds.  A kill leaves a range whole or gone.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select

from gateway.adapters.log_own_entries import (
    ERASED,
    PRUNED,
    UNREADABLE,
    Absent,
    Taken,
    joined,
    pruned_entry,
    stated,
)
from gateway.adapters.log_reading import ENTRIES, LogOpener
from gateway.adapters.log_sealing import PLAIN, head_of
from gateway.adapters.log_sequencing import tiles
from gateway.adapters.log_writing import sequence
from gateway.adapters.looking import actor_of
from gateway.adapters.tables_log import log_entries, log_index, log_pruned
from gateway.adapters.timestamps import microseconds
from gateway.domain.audit import MACHINE, Action, Deed, DeedResult
from gateway.ledger.envelope import UnopenedError
from gateway.ledger.merkle import HASH_BYTES, Edge, leaf_hashes, perfect_root
from gateway.ledger.tiles import HEIGHT, TILE_BYTES, WIDTH
from gateway.ledger.verdict import BrokenLogError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.adapters.database import Database
    from gateway.adapters.log_own_entries import ActivityOf
    from gateway.adapters.log_segments import Plan, Segments
    from gateway.adapters.log_writing import LogWriter
    from gateway.adapters.tables_flow import AnyRow
    from gateway.adapters.vault import Vault

    # Puts deeds on record in the transaction of the deed; `DeedLog.write` is one.
    Deeds = Callable[[Connection, Sequence[Deed]], None]


class LogPruning:
    """Implements `ports.Pruning`; `origin` is the account, or the instance of a gateway."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        log: LogWriter,
        *,
        segments: Segments,
        activity_of: ActivityOf,
        deeds: Deeds,
        origin: str,
    ) -> None:
        self._database = database
        self._vault = vault
        self._log = log
        self._segments = segments
        self._activity_of = activity_of
        self._deeds = deeds
        self._origin = origin

    async def plan(self, now: datetime) -> Plan:
        """What may go now, and why what else is old stays; takes nothing."""
        # Not by `look`: this may take long, and others look as well.
        async with self._database.reading() as connection:
            return await connection.run_sync(self._segments.plan, now)

    async def prune(self, now: datetime, *, by: str | None = None) -> int:
        """Take away all that may go; how many entries.

        `by` is an operator's name, empty for whose account this is, None for the gateway
        itself.  Raises `BrokenLogError` where what is to go is not what was sealed.
        """
        count = 0
        for span in (await self.plan(now)).ranges:
            count += await self._database.write(partial(self._take, span, now, by))
        return count

    def _take(self, span: range, now: datetime, by: str | None, connection: Connection) -> int:
        """This range, unless something has come to keep a part of it since it was planned."""
        sequence(connection)
        actor = MACHINE if by is None else actor_of(connection, by, self._origin)
        if _gone(connection, span):
            return 0
        fates = self._segments.fates(connection, span, now)
        if len(fates) * WIDTH != len(span) or any(fates.values()):
            return 0
        taken = self._read(connection, span)
        absent = taken.absent
        connection.execute(
            insert(log_pruned).values(
                first=absent.first,
                after=absent.after,
                pruned_at=now,
                newest_at=connection.scalar(_newest(span)),
            )
        )
        for table in (log_entries, log_index):
            connection.execute(
                delete(table).where(table.c.seq >= span.start, table.c.seq < span.stop)
            )
        self._log.append(connection, [pruned_entry(self._activity_of, taken, now)], now)
        self._deeds(connection, [self._deed(span, actor, now)])
        return len(span)

    def _read(self, connection: Connection, span: range) -> Taken:
        """What goes, found to be what was sealed; raises `BrokenLogError`."""
        opener, terms = LogOpener(self._vault), self._segments.terms
        roots, activities = b"", set()
        unreadable, before = 0, []
        for first, _ in pairwise([*range(span.start, span.stop, WIDTH), span.stop]):
            rows = connection.execute(_block(first)).all()
            roots += _root(connection, first, rows)
            for row in rows:
                activities.add(head_of(row.entry).activity_id)
                content = _opened(opener, row)
                evidence = {} if content is None else content.get("evidence", {})
                if row.entry.startswith(PLAIN):
                    continue
                unreadable -= content is None
                if row.kind in {ERASED, PRUNED}:
                    unreadable += evidence[UNREADABLE]
                if row.kind == PRUNED:
                    before += stated(evidence)
        newest = connection.scalar(_newest(span))
        return Taken(
            absent=Absent(first=span.start, after=span.stop, newest=microseconds(newest) // 1000),
            root=Edge().append_row(roots, HEIGHT).root,
            terms={each: terms.of(each) or "" for each in sorted(activities)},
            unreadable=unreadable,
            before=joined(before),
        )

    def _deed(self, span: range, actor: str, now: datetime) -> Deed:
        return Deed(
            at=now,
            actor=actor,
            action=Action.LOG_PRUNED,
            about=f"entries/{span.start}-{span.stop - 1}",
            result=DeedResult.DONE,
            origin=self._origin,
        )


def _block(first: int) -> Any:
    inside = (log_entries.c.seq >= first, log_entries.c.seq < first + WIDTH)
    return ENTRIES.where(*inside).order_by(log_entries.c.seq)


def _newest(span: range) -> Any:
    inside = (log_entries.c.seq >= span.start, log_entries.c.seq < span.stop)
    return select(func.max(log_entries.c.recorded_at)).where(*inside)


def _gone(connection: Connection, span: range) -> bool:
    """Whether another gateway took a part of it meanwhile."""
    over = (log_pruned.c.first < span.stop, log_pruned.c.after > span.start)
    return connection.execute(select(log_pruned.c.first).where(*over)).first() is not None


def _root(connection: Connection, first: int, rows: Sequence[AnyRow]) -> bytes:
    """The root over a block, as the tree has it and as its entries give it."""
    block = first // WIDTH
    above, place = divmod(block, WIDTH)
    stored = tiles(connection, {(0, block), (1, above)})
    tile = stored.get((0, block), b"")
    known = stored.get((1, above), b"")[place * HASH_BYTES : (place + 1) * HASH_BYTES]
    if len(tile) != TILE_BYTES or b"".join(leaf_hashes(row.entry for row in rows)) != tile:
        raise BrokenLogError("what was to be pruned is not what was sealed")
    root = perfect_root(tile)
    if root != known:
        raise BrokenLogError("the tree over what was to be pruned does not fit")
    return root


def _opened(opener: LogOpener, row: AnyRow) -> dict[str, Any] | None:
    try:
        return opener.open(row).content
    except UnopenedError:
        raise BrokenLogError("what was to be pruned does not open") from None
