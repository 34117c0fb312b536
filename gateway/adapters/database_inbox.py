"""The inbox in the database: received mail is committed here before its mailbox is touched."""

from __future__ import annotations

import hashlib
import secrets
import sys
from collections import defaultdict
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, case, delete, insert, select, update

from gateway.adapters.among import among, among_given
from gateway.adapters.at_rest import INBOUND, VaultError
from gateway.adapters.earlier_walks import Earlier, earlier_of
from gateway.adapters.evidence import new_trace
from gateway.adapters.flow_rows import alone
from gateway.adapters.log_writing import lock, sequence
from gateway.adapters.tables_flow import (
    inbound,
    inbound_raw,
    outgoing,
    places,
)
from gateway.domain.audit import Action, Deed, by_itself
from gateway.domain.stages import RawMail
from gateway.ports import Claimed, Place

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from gateway.adapters.at_rest import Blobs
    from gateway.adapters.audit_writing import DeedLog
    from gateway.adapters.database import Database
    from gateway.adapters.tables_flow import AnyRow
    from gateway.ports import Fetched

LEASE = timedelta(seconds=60)
MAX_BYTES = 8_000_000
# Whatever the runner's limit is: what does not open at rest goes to the officer at once.
NEVER_AGAIN = sys.maxsize
_STORE_LOCK = 0x7461616C696E
_HEADERS_ONLY = 64_000


class DatabaseInbox:
    """Stores, claims and gives back mail.

    A claim lasts `lease`, longer than one batch of walks may take; mails of a
    gateway that died come back after it, those of this `instance` at `recover`.
    `max_bytes` bounds what one claim takes into memory.
    """

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        *,
        instance: str,
        deeds: DeedLog,
        lease: timedelta = LEASE,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._instance = instance
        self._deeds = deeds
        self._lease = lease
        self._max_bytes = max_bytes

    # --- storing -------------------------------------------------------------

    async def store(self, mails: Sequence[Fetched], now: datetime) -> None:
        """Keep these; a second time of the same place or the same bytes changes nothing."""
        if mails:
            digests = [digest(mail) for mail in mails]
            await self._database.write(partial(self._store, mails, digests, now))

    def _store(
        self,
        mails: Sequence[Fetched],
        digests: Sequence[str],
        now: datetime,
        connection: Connection,
    ) -> None:
        # Two gateways may fetch the same mailbox at the same time.
        lock(connection, _STORE_LOCK)
        taken = _known_places(connection, [mail.place for mail in mails])
        traces = _known_digests(connection, digests)
        new: list[tuple[str, str, Fetched]] = []
        seen: dict[Place, str] = {}
        for mail, key in zip(mails, digests, strict=True):
            if mail.place in taken or mail.place in seen:
                continue
            if key not in traces:
                traces[key] = new_trace()
                new.append((traces[key], key, mail))
            seen[mail.place] = traces[key]
        self._insert(connection, new, now)
        if seen:
            connection.execute(insert(places), [_place(*each) for each in seen.items()])

    def _insert(
        self, connection: Connection, new: Sequence[tuple[str, str, Fetched]], now: datetime
    ) -> None:
        if not new:
            return
        connection.execute(
            insert(inbound),
            [
                {
                    "trace": trace,
                    "digest": key,
                    "size": mail.size,
                    "oversize": mail.oversize,
                    "mailbox": mail.place.mailbox,
                    "received_at": mail.received_at,
                    "stored_at": now,
                    "state": "waiting",
                    "due_at": now,
                    "attempts": 0,
                    "rounds": 0,
                }
                for trace, key, mail in new
            ],
        )
        connection.execute(
            insert(inbound_raw),
            [
                {"trace": trace, "sealed": self._blobs.seal_blob(INBOUND, trace, mail.content)}
                for trace, _, mail in new
            ],
        )

    # --- claiming ------------------------------------------------------------

    async def claim(self, limit: int, now: datetime) -> Sequence[Claimed]:
        """Up to `limit` mails that are due, oldest first, for this gateway alone.

        A mail whose claim ran out counts one attempt more: it may be what killed
        the gateway that had it.
        """
        token = secrets.token_hex(16)
        return await self._database.write(partial(self._claim, limit, token, now))

    def _claim(
        self, limit: int, token: str, now: datetime, connection: Connection
    ) -> Sequence[Claimed]:
        due = connection.execute(_DUE, {"now": now, "limit": limit})
        rows = self._bounded(due.all())
        if not rows:
            return []
        traces = [row.trace for row in rows]
        connection.execute(
            _TAKE,
            {
                "taken": traces,
                "until": now + self._lease,
                "token": token,
                "instance": self._instance,
            },
        )
        found = connection.execute(_RAW, {"taken": traces})
        sealed = {row.trace: row.sealed for row in found}
        again = [row.trace for row in rows if row.rounds]
        earlier = earlier_of(connection, again)
        # Let go one by one: a large mail is not held sealed and open at the same time.
        return [
            self._claimed(row, sealed.pop(row.trace, b""), earlier[row.trace], token, now)
            for row in rows
        ]

    def _bounded(self, rows: Sequence[AnyRow]) -> Sequence[AnyRow]:
        total = 0
        for count, row in enumerate(rows):
            total += _HEADERS_ONLY if row.oversize else row.size
            if count and total > self._max_bytes:
                return rows[:count]
        return rows

    def _claimed(
        self, row: AnyRow, sealed: bytes, earlier: Earlier, token: str, now: datetime
    ) -> Claimed:
        attempts = row.attempts + (row.state == "claimed")
        try:
            content = self._blobs.open_blob(INBOUND, row.trace, sealed)
        except VaultError:
            content, attempts = b"", NEVER_AGAIN
        raw = RawMail(
            trace=row.trace,
            content=content,
            size=row.size,
            received_at=row.received_at,
            instant=now,
            mailbox=row.mailbox,
            oversize=row.oversize,
            approved=earlier.approved,
            delivered=earlier.delivered,
            undecided=earlier.undecided,
            refused=earlier.refused,
        )
        return Claimed(token=token, attempts=attempts, raw=raw)

    async def look(self, trace: str, now: datetime) -> RawMail | None:
        """A stored mail as it came, without taking it; None when its bytes are not there."""
        return await self._database.look(partial(self._look, trace, now))

    def _look(self, trace: str, now: datetime, connection: Connection) -> RawMail | None:
        row = connection.execute(select(inbound).where(inbound.c.trace == trace)).one_or_none()
        sealed = connection.execute(_RAW, {"taken": [trace]}).one_or_none()
        if row is None or sealed is None:
            return None
        return self._claimed(row, sealed.sealed, Earlier(), "", now).raw

    # --- giving back ---------------------------------------------------------

    async def put_back(self, claimed: Sequence[Claimed], not_before: datetime) -> None:
        """Give up the claim until `not_before`; counts as an attempt."""
        await self._give_back(claimed, due_at=not_before, attempts=inbound.c.attempts + 1)

    async def hand_back(self, claimed: Sequence[Claimed]) -> None:
        """Give up the claim without counting: the gateway is stopping."""
        await self._give_back(claimed, due_at=inbound.c.stored_at)

    async def renew(self, claimed: Sequence[Claimed], now: datetime) -> None:
        """Hold these claims for another lease; a claim that was lost stays lost."""
        renewed = update(inbound).where(_held_by(claimed)).values(due_at=now + self._lease)
        await self._database.write(alone(renewed))

    async def recover(self) -> int:
        """At start: what this instance had claimed in an earlier life waits again; how many.

        Counts as an attempt, because one of them may be what ended that life.
        """
        taken_back = (
            update(inbound)
            .where(inbound.c.state == "claimed", inbound.c.claimed_by == self._instance)
            .values(due_at=inbound.c.stored_at, attempts=inbound.c.attempts + 1, **_FREE)
        )
        return await self._database.write(alone(taken_back))

    async def forget(self, before: datetime, now: datetime) -> int:
        """Bytes that nobody needs any more go; the row, its digest and places stay."""
        return await self._database.write(partial(self._forget, before, now))

    def _forget(self, before: datetime, now: datetime, connection: Connection) -> int:
        sequence(connection)
        needed = select(outgoing.c.trace).where(outgoing.c.state.in_(("waiting", "claimed")))
        done = select(inbound.c.trace).where(
            inbound.c.state == "done",
            inbound.c.stored_at < before,
            inbound.c.trace.not_in(needed),
        )
        dropped = delete(inbound_raw).where(inbound_raw.c.trace.in_(done))
        gone = connection.execute(dropped.returning(inbound_raw.c.trace)).scalars().all()
        self._deeds.write(connection, [_deleted(trace, now, self._instance) for trace in gone])
        return len(gone)

    async def _give_back(self, claimed: Sequence[Claimed], **values: object) -> None:
        if claimed:
            given_back = update(inbound).where(_held_by(claimed)).values(**_FREE, **values)
            await self._database.write(alone(given_back))


def _deleted(trace: str, now: datetime, instance: str) -> Deed:
    return by_itself(Action.MAIL_DELETED, trace, now, origin=instance, trace=trace)


# Built once: putting a statement together costs more than running it.
_DUE = (
    select(inbound)
    .where(inbound.c.due_at <= bindparam("now"))
    .order_by(inbound.c.due_at, inbound.c.stored_at, inbound.c.trace)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True, key_share=True)
)
_TAKE = (
    update(inbound)
    .where(among_given(inbound.c.trace, "taken"))
    .values(
        state="claimed",
        due_at=bindparam("until"),
        attempts=inbound.c.attempts + case((inbound.c.state == "claimed", 1), else_=0),
        claim_token=bindparam("token"),
        claimed_by=bindparam("instance"),
    )
)
_RAW = select(inbound_raw).where(among_given(inbound_raw.c.trace, "taken"))
_FREE = {"state": "waiting", "claim_token": None, "claimed_by": None}


def digest(mail: Fetched) -> str:
    """SHA-256 of the bytes in hex; for an oversize mail of its header and its size."""
    hashed = hashlib.sha256(mail.content)
    if mail.oversize:
        hashed.update(b"\x00%d" % mail.size)
    return hashed.hexdigest()


def _place(place: Place, trace: str) -> dict[str, object]:
    return {
        "mailbox": place.mailbox,
        "uidvalidity": place.uidvalidity,
        "uid": place.uid,
        "trace": trace,
    }


def _known_places(connection: Connection, wanted: Sequence[Place]) -> set[Place]:
    uids: dict[tuple[str, int], list[str]] = defaultdict(list)
    for place in wanted:
        uids[place.mailbox, place.uidvalidity].append(place.uid)
    found: set[Place] = set()
    for (mailbox, uidvalidity), given in uids.items():
        rows = connection.execute(
            select(places.c.uid).where(
                places.c.mailbox == mailbox,
                places.c.uidvalidity == uidvalidity,
                among(places.c.uid, given),
            )
        )
        found |= {Place(mailbox=mailbox, uidvalidity=uidvalidity, uid=row.uid) for row in rows}
    return found


def _known_digests(connection: Connection, digests: Sequence[str]) -> dict[str, str]:
    rows = connection.execute(
        select(inbound.c.digest, inbound.c.trace).where(among(inbound.c.digest, digests))
    )
    return {row.digest: row.trace for row in rows}


def _held_by(claimed: Sequence[Claimed]) -> ColumnElement[bool]:
    return and_(
        among(inbound.c.trace, [each.raw.trace for each in claimed]),
        among(inbound.c.claim_token, {each.token for each in claimed}),
    )
