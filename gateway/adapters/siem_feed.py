"""What the SIEM gets of the log: every deed, and of mail what concerns security.

Numbers of entries are given in the order in which they are committed, so a cursor that
has passed a number has left nothing behind it.  One gateway at a time: whoever holds the
claim on the cursor hands over, and it runs out when that gateway is gone.  A claim that
ran out underway makes that a deed comes twice, under its own number, and never that one
is left out: the cursor only goes forward, and only past what was accepted.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, insert, or_, select, update

from gateway.adapters.audit_writing import KIND, deed_of
from gateway.adapters.log_reading import ENTRIES, LogOpener
from gateway.adapters.log_sealing import head_of
from gateway.adapters.log_writing import lock
from gateway.adapters.tables_log import log_cursors, log_entries
from gateway.domain.actions import NATURES
from gateway.domain.alarming import ALARMING
from gateway.domain.audit import MACHINE, Action, Deed, DeedResult
from gateway.domain.stops import Reason
from gateway.ledger.envelope import UnopenedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from gateway.adapters.database import Database
    from gateway.adapters.tables_flow import AnyRow
    from gateway.adapters.vault import Vault
    from gateway.ledger.envelope import Head
    from gateway.ports import AuditSink

READER: Final = "siem"
PAGE: Final = 500  # entries in one turn
# Longer than one page takes, with every connection of it running into its time limit.
CLAIM: Final = timedelta(seconds=120)
_LOCK = 0x7461616C736965
_OF_MAIL: Final = ("mail", "report")
_ALARMS: Final[Mapping[str, Action]] = {reason.value: action for reason, action in ALARMING.items()}


class SiemFeed:
    """Passes deeds on, behind a cursor that all gateways share; `instance` is this one's name."""

    def __init__(self, database: Database, vault: Vault, sink: AuditSink, instance: str) -> None:
        self._database = database
        self._vault = vault
        self._sink = sink
        self._instance = instance

    async def pass_on(self, now: datetime) -> int | None:
        """Hand over what comes next, and remember how far that came; how many deeds it was.

        None where there is nothing more to do now: all are handed over, the receiver does
        not take them, or another gateway is at it.  What is handed over and not yet
        remembered when a gateway dies is handed over again, under the same numbers.
        """
        if not await self._may_be_needed(now):
            return None
        first = await self._database.write(partial(_claim, self._instance, now))
        if first is None:
            return None
        after, deeds = await self._page(first)
        if after == first:
            return None
        accepted = await self._sink.deliver(deeds) if deeds else 0
        reached = after if accepted == len(deeds) else deeds[accepted][0]
        if reached > first:
            await self._database.write(partial(_advance, self._instance, reached))
        return accepted if accepted == len(deeds) else (accepted or None)

    async def _may_be_needed(self, now: datetime) -> bool:
        """Whether there is more, and nobody else is at it; without writing anything."""
        cursor = select(log_cursors).where(log_cursors.c.reader == READER)
        async with self._database.reading() as connection:
            last = await connection.scalar(select(func.max(log_entries.c.seq)))
            row = (await connection.execute(cursor)).first()
        if last is None:
            return False
        if row is None:
            return True
        others = row.claimed_by not in {None, self._instance} and row.claimed_until >= now
        return last >= row.next_seq and not others

    async def _page(self, first: int) -> tuple[int, Sequence[tuple[int, Deed]]]:
        """Where the next page begins, and the deeds of this one."""
        page = ENTRIES.where(log_entries.c.seq >= first).order_by(log_entries.c.seq).limit(PAGE)
        async with self._database.reading() as connection:
            rows = (await connection.execute(page)).all()
        opener = LogOpener(self._vault)
        deeds = [(row.seq, deed) for row in rows if (deed := _deed(opener, row)) is not None]
        return (rows[-1].seq + 1 if rows else first), deeds


def _claim(instance: str, now: datetime, connection: Connection) -> int | None:
    lock(connection, _LOCK)
    ours = log_cursors.c.reader == READER
    if connection.execute(select(log_cursors.c.reader).where(ours)).first() is None:
        connection.execute(insert(log_cursors).values(reader=READER, next_seq=0))
    free = or_(
        log_cursors.c.claimed_by.is_(None),
        log_cursors.c.claimed_by == instance,
        log_cursors.c.claimed_until < now,
    )
    claimed = (
        update(log_cursors)
        .where(ours, free)
        .values(claimed_by=instance, claimed_until=now + CLAIM)
        .returning(log_cursors.c.next_seq)
    )
    found: int | None = connection.scalar(claimed)
    return found


def _advance(instance: str, reached: int, connection: Connection) -> None:
    """Only forward: whoever came further meanwhile has handed over more."""
    connection.execute(
        update(log_cursors)
        .where(
            log_cursors.c.reader == READER,
            log_cursors.c.claimed_by == instance,
            log_cursors.c.next_seq < reached,
        )
        .values(next_seq=reached)
    )


def _deed(opener: LogOpener, row: AnyRow) -> Deed | None:
    # By its head: the column beside it is not hashed, and whoever changes that hides a deed.
    try:
        kind = head_of(row.entry).kind
        if kind != KIND and kind not in _OF_MAIL:
            return None
        entry = opener.open(row)
    except UnopenedError:
        return _altered(row)
    if entry.content is None:
        return None  # about somebody who was erased: nothing of it can be read any more
    if kind == KIND:
        return deed_of(entry.head, entry.content, row.subject)
    return _alarm(entry.head, entry.content)


def _alarm(head: Head, content: Mapping[str, Any]) -> Deed | None:
    """The gravest of the reasons of a mail or report that concern security, if any."""
    reasons = [each for each in content["evidence"].get("reasons", ()) if each in _ALARMS]
    if not reasons:
        return None
    reason = min(reasons, key=lambda each: NATURES[_ALARMS[each]].severity)
    return Deed(
        at=datetime.fromtimestamp(head.at / 1000, UTC),
        actor=MACHINE,
        action=_ALARMS[reason],
        about=head.trace_id,
        result=DeedResult.REFUSED,
        origin="",
        trace=head.trace_id,
        detail=Reason(reason).value,
    )


def _altered(row: AnyRow) -> Deed:
    """An entry that does not open holds nothing up, and is itself what has to be told."""
    return Deed(
        at=row.recorded_at,
        actor=MACHINE,
        action=Action.LOG_BROKEN,
        about=f"entry/{row.seq}",
        result=DeedResult.FAILED,
        origin="",
    )
