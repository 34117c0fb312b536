"""The originals in the mailbox of mails about somebody who is erased: asked, tried, on record.

Asking is part of the transaction that erases.  What is tried outside it may be tried again:
a mailbox that is away loses nothing, and what is gone already is found absent.
"""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update

from gateway.adapters.among import among
from gateway.adapters.log_holding import standing
from gateway.adapters.log_writing import sequence
from gateway.adapters.tables_erasing import (
    erasure,
    erasure_mail,
    erasure_original,
    erasure_original_end,
)
from gateway.adapters.tables_flow import inbound, places
from gateway.adapters.tables_register import register_state, stamp
from gateway.adapters.timestamps import instant_at
from gateway.domain.audit import MACHINE, Action, Deed, by_itself
from gateway.domain.originals import Fate, OpenOriginal, Original, goes_from, may_go

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.adapters.audit_writing import DeedLog
    from gateway.adapters.database import Database
    from gateway.adapters.tables_flow import AnyRow

# To try these means to read them once more, for nothing until somebody changed the server.
_BY_A_PERSON = frozenset({Fate.STUCK.value, Fate.ELSEWHERE.value})
MOST = 200  # in one go: each is searched for, and read to be known by its digest


def new_revision(connection: Connection) -> None:
    """What was read of the register is read again, and with it what runs.

    Before the log's lock, as in every change of the register.  Whatever waits to be sent was
    released under the former one, and walks again.
    """
    connection.execute(update(register_state).values(revision=register_state.c.revision + 1))


def ask(
    connection: Connection,
    erasure_id: str,
    traces: Collection[str],
    *,
    others: Collection[str],
    now: datetime,
) -> int:
    """These have to go for this erasure, those of `others` later; how many are asked anew."""
    of = erasure_original.c.erasure_id == erasure_id
    asked = set(connection.execute(select(erasure_original.c.trace).where(of)).scalars())
    # Of what was too large only the header was ever read: it is about nobody known.
    whole = select(inbound.c.trace).where(among(inbound.c.trace, traces), ~inbound.c.oversize)
    new = sorted(set(connection.execute(whole).scalars()) - asked)
    if new:
        connection.execute(
            insert(erasure_original),
            [
                {
                    "erasure_id": erasure_id,
                    "trace": trace,
                    "shared": trace in others,
                    "since": None if trace in others else stamp(now),
                    "state": "",
                }
                for trace in new
            ],
        )
    return len(new)


def still_open(
    connection: Connection, backup_days: int, erasure_id: str = ""
) -> Sequence[OpenOriginal]:
    """Those of one erasure or of all, the oldest mail first."""
    found = (
        select(erasure_original, inbound.c.stored_at)
        .join(inbound, inbound.c.trace == erasure_original.c.trace)
        .order_by(inbound.c.stored_at, inbound.c.trace)
    )
    if erasure_id:
        found = found.where(erasure_original.c.erasure_id == erasure_id)
    return [
        OpenOriginal(
            erasure_id=row.erasure_id,
            trace=row.trace,
            since=None if row.since is None else instant_at(row.since),
            until=goes_from(row.stored_at, backup_days) if row.shared else None,
            state=row.state,
        )
        for row in connection.execute(found)
    ]


def ended(connection: Connection, erasure_id: str) -> Mapping[str, int]:
    """How many of this erasure's originals became what."""
    of = erasure_original_end.c.erasure_id == erasure_id
    counted = select(erasure_original_end.c.fate, func.count()).where(of)
    rows = connection.execute(counted.group_by(erasure_original_end.c.fate))
    return {str(fate): int(count) for fate, count in rows.all()}


def end(
    connection: Connection,
    rows: Sequence[AnyRow | OpenOriginal],
    fate: Fate,
    *,
    by: str,
    origin: str,
    now: datetime,
) -> None:
    """They are gone: the link to the mail goes too, and how it went stays."""
    for row in rows:
        its = (
            erasure_original.c.erasure_id == row.erasure_id,
            erasure_original.c.trace == row.trace,
        )
        connection.execute(delete(erasure_original).where(*its))
        connection.execute(
            insert(erasure_original_end).values(
                erasure_id=row.erasure_id,
                fate=fate.value,
                ended_at=stamp(now),
                ended_by=by,
                origin=origin,
            )
        )


class DatabaseOriginals:
    """Implements `OriginalsRecord`; `origin` is the account, or the instance of a gateway."""

    def __init__(
        self, database: Database, deeds: DeedLog, *, backup_days: int, origin: str
    ) -> None:
        self._database = database
        self._deeds = deeds
        self._backup_days = backup_days
        self._origin = origin

    async def due(self, now: datetime) -> Mapping[str, Original]:
        """Those that have to go now, by trace; some of them where they are many."""
        return await self._database.look(partial(self._due, now))

    async def settled(self, fates: Mapping[str, Fate], now: datetime) -> None:
        """What became of each, by trace; one transaction."""
        if fates:
            await self._database.write(partial(self._settled, fates, now))

    async def pressing(self, now: datetime) -> int:
        """How many have to go now that may go at the next try: no person has to see to them."""
        rows = await self._database.look(partial(self._rows, now))
        return sum(each.tried not in _BY_A_PERSON for each in rows.values())

    def _due(self, now: datetime, connection: Connection) -> Mapping[str, Original]:
        rows = self._rows(now, connection)
        return _originals(connection, {each: rows[each] for each in _turns(rows, now)[:MOST]})

    def _rows(self, now: datetime, connection: Connection) -> Mapping[str, AnyRow]:
        waiting = set(connection.execute(select(erasure_mail.c.trace)).scalars())
        # What was placed since keeps evidence, as it does in the log.
        kept = {each.held.mail for each in standing(connection)}
        found = (
            select(erasure_original.c.shared, erasure_original.c.state.label("tried"), inbound)
            .join(inbound, inbound.c.trace == erasure_original.c.trace)
            .order_by(inbound.c.stored_at, inbound.c.trace)
        )
        return {
            row.trace: row
            for row in connection.execute(found)
            if row.trace not in kept
            and may_go(
                row.stored_at,
                now,
                shared=row.shared,
                waits=row.trace in waiting,
                backup_days=self._backup_days,
            )
        }

    def _settled(self, fates: Mapping[str, Fate], now: datetime, connection: Connection) -> None:
        news = _news(connection, fates)
        if not news:  # another gateway, or a command, said so before; or it is as it was
            return
        new_revision(connection)
        sequence(connection)
        for trace, rows in sorted(news.items()):
            fate, its = fates[trace], erasure_original.c.trace == trace
            if fate.ends:
                end(connection, rows, fate, by=MACHINE, origin=self._origin, now=now)
                self._deeds.write(connection, [self._deed(trace, fate, now)])
                continue
            since = func.coalesce(erasure_original.c.since, stamp(now))
            tried = update(erasure_original).where(its)
            connection.execute(tried.values(state=fate.value, since=since))

    def _deed(self, trace: str, fate: Fate, now: datetime) -> Deed:
        action, said = Action.ORIGINAL_REMOVED, fate.value
        return by_itself(action, trace, now, origin=self._origin, trace=trace, detail=said)


def of_erased(connection: Connection, dossier_id: str) -> str | None:
    """The newest erasure of all of this person."""
    whole = (erasure.c.dossier_id == dossier_id, erasure.c.whole)
    newest = select(erasure.c.erasure_id).where(*whole).order_by(erasure.c.recorded_at.desc())
    return connection.scalar(newest.limit(1))


def _news(connection: Connection, fates: Mapping[str, Fate]) -> Mapping[str, Sequence[AnyRow]]:
    """The rows of each mail that is still open and of which this is not said already."""
    found: dict[str, list[AnyRow]] = {}
    open_still = among(erasure_original.c.trace, list(fates))
    for row in connection.execute(select(erasure_original).where(open_still)):
        if row.since is None or row.state != fates[row.trace].value:
            found.setdefault(row.trace, []).append(row)
    return found


def _turns(rows: Mapping[str, AnyRow], now: datetime) -> Sequence[str]:
    """First those that were never tried, then the others, in another order every time.

    Else many that nobody can reach keep the rest waiting for ever.
    """

    def turn(trace: str) -> tuple[bool, bytes]:
        return rows[trace].tried != "", sha256(f"{now.isoformat()} {trace}".encode()).digest()

    return sorted(rows, key=turn)


def _originals(connection: Connection, rows: Mapping[str, AnyRow]) -> Mapping[str, Original]:
    lain: dict[str, set[str]] = {trace: set() for trace in rows}
    for place in connection.execute(select(places).where(among(places.c.trace, list(rows)))):
        lain[place.trace].add(place.mailbox)
    return {
        trace: Original(
            digest=row.digest,
            size=row.size,
            received_at=row.received_at,
            mailboxes=frozenset(lain[trace]),
        )
        for trace, row in rows.items()
    }
