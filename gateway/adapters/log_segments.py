"""Which whole segments of the log may go: every rule of it, looked at in one reading.

A segment is an aligned block of 256 entries, one tile of leaf hashes.  It may go when
each entry was kept for the term of its activity, when a signed checkpoint covers it, when
every configured reader has passed it, and when no legal hold is on any of its entries.
The newest segment always stays: the log's end is known by its last entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from gateway.adapters.log_holding import held_blocks
from gateway.adapters.log_sealing import head_of
from gateway.adapters.log_sequencing import newest
from gateway.adapters.tables_log import log_cursors, log_entries, log_pruned
from gateway.ledger.envelope import UnopenedError
from gateway.ledger.tiles import WIDTH
from gateway.ledger.verdict import BrokenLogError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.domain.log_terms import LogTerms
    from gateway.ledger.notes import VerifierKey

MOST_BLOCKS = 32  # in one transaction, so that on SQLite nobody waits long for the writer


class Kept(StrEnum):
    """Why segments stay that are, at their beginning, past the term of their first entry."""

    TERM = "term"  # one of their entries is not past its own
    HELD = "held"  # a legal hold is on one of their entries
    READER = "reader"  # a configured reader has not come that far


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Entries that may go, oldest first, each range one transaction; and how many stay why."""

    ranges: tuple[range, ...]
    kept: dict[Kept, int]

    @property
    def count(self) -> int:
        """How many entries may go."""
        return sum(map(len, self.ranges))


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """The rules of one configuration: the log's key, the terms, and who reads the log on."""

    log: VerifierKey
    terms: LogTerms
    readers: Collection[str] = ()

    def plan(self, connection: Connection, now: datetime) -> Plan:
        """What may go now; raises `BrokenLogError`."""
        ranges: list[range] = []
        kept = dict.fromkeys(Kept, 0)
        for part in _spans(self._unpruned(connection)):
            fates = self.fates(connection, part, now)
            for block, why in fates.items():
                if why is not None:
                    kept[why] += WIDTH
                else:
                    _add(ranges, range(block * WIDTH, (block + 1) * WIDTH))
            if len(fates) < len(part) // WIDTH:
                break  # from here on nothing is past its term
        return Plan(ranges=tuple(ranges), kept=kept)

    def fates(self, connection: Connection, span: range, now: datetime) -> dict[int, Kept | None]:
        """Of each block in this span of whole blocks, why it stays, or None: it may go.

        Ends before the first block that is not covered, or whose first entry is past no
        term at all.  Raises `BrokenLogError`.
        """
        found: dict[int, Kept | None] = {}
        end, passed = self._covered(connection), self._passed(connection)
        held = held_blocks(connection, span)
        for block in range(span.start // WIDTH, span.stop // WIDTH):
            after = (block + 1) * WIDTH
            if after > end:
                break
            begun, over = self._past(connection, block, now)
            if not begun:
                break
            why = None if over else Kept.TERM
            why = Kept.HELD if why is None and block in held else why
            found[block] = Kept.READER if why is None and after > passed else why
        return found

    def _past(self, connection: Connection, block: int, now: datetime) -> tuple[bool, bool]:
        """Whether the first entry is past any term, and whether all are past their own."""
        first = block * WIDTH
        rows = connection.execute(
            select(log_entries.c.entry)
            .where(log_entries.c.seq >= first, log_entries.c.seq < first + WIDTH)
            .order_by(log_entries.c.seq)
        ).all()
        if len(rows) != WIDTH:
            raise BrokenLogError("an entry is missing that was not pruned")
        try:
            heads = [head_of(row.entry) for row in rows]
        except UnopenedError:
            raise BrokenLogError("what stands in the log is no entry") from None
        latest: dict[str, int] = {}
        for head in heads:
            latest[head.activity_id] = max(head.at, latest.get(head.activity_id, 0))
        over = all(self.terms.is_over(each, at, now) for each, at in latest.items())
        return self.terms.is_any_over(heads[0].at, now), over

    def _covered(self, connection: Connection) -> int:
        """Before which entry everything is under a signed checkpoint, without the newest block."""
        known = newest(self.log, connection)
        size = known.checkpoint.size if known is not None else 0
        return max(0, size - 1) // WIDTH * WIDTH

    def _passed(self, connection: Connection) -> int:
        """Before which entry every configured reader has read everything."""
        rows = connection.execute(select(log_cursors.c.reader, log_cursors.c.next_seq))
        known = {row.reader: int(row.next_seq) for row in rows}
        whole = self._covered(connection)
        return min((known.get(each, 0) for each in self.readers), default=whole)

    def _unpruned(self, connection: Connection) -> Iterator[range]:
        """The stretches of whole, covered blocks that are still there."""
        rows = connection.execute(select(log_pruned).order_by(log_pruned.c.first)).all()
        start = 0
        for row in rows:
            if row.first > start:
                yield range(start, row.first)
            start = max(start, row.after)
        last = connection.scalar(select(func.max(log_entries.c.seq)))
        end = min(self._covered(connection), ((last or 0) + 1) // WIDTH * WIDTH)
        if end > start:
            yield range(start, end)


def _spans(stretches: Iterator[range]) -> Iterator[range]:
    step = MOST_BLOCKS * WIDTH
    for each in stretches:
        for first in range(each.start, each.stop, step):
            yield range(first, min(first + step, each.stop))


def _add(ranges: list[range], block: range) -> None:
    """As one with the one before, unless that is long enough for a transaction."""
    last = ranges[-1] if ranges else range(0)
    if ranges and last.stop == block.start and len(last) < MOST_BLOCKS * WIDTH:
        ranges[-1] = range(last.start, block.stop)
    else:
        ranges.append(block)
