"""The outbox in the database: written with the log, emptied as the next server accepts."""

from __future__ import annotations

import secrets
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, case, exists, insert, or_, select, update

from gateway.adapters.among import among, among_given
from gateway.adapters.at_rest import OUTGOING, VaultError
from gateway.adapters.disclosing import left_after_all
from gateway.adapters.evidence import About, new_span
from gateway.adapters.flow_rows import (
    AT_REST,
    alone,
    drop,
    hold_mail,
    hold_report,
    locked,
    post_answers,
    settled_evidence,
    withdraw_answers,
    withdraw_outcomes,
)
from gateway.adapters.holding_back import MAY_LEAVE, NOT_HELD
from gateway.adapters.log_writing import sequence
from gateway.adapters.tables_flow import inbound, outgoing, outgoing_mail
from gateway.adapters.tables_watching import walk_again
from gateway.domain.stages import Post, Released, Standing
from gateway.domain.stops import Hold, Reason, Stop

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from gateway.adapters.at_rest import Blobs, FactsFor, Reminded, Revision
    from gateway.adapters.database import Database
    from gateway.adapters.evidence import Scribe
    from gateway.adapters.log_writing import LogWriter
    from gateway.adapters.tables_flow import AnyRow
    from gateway.domain.outcomes import Mailed
    from gateway.ledger.records import Entry

# Longer than a relay may take over one mail with all its time limits.
LEASE = timedelta(seconds=180)
MAX_BYTES = 8_000_000


class DatabaseOutbox:
    """Claims and settles sealed mail.

    `revision` gives the register's revision as of now, `facts_for` its facts
    about one sender and dossier, `reminded` and `lettered` the digest of what a reminder and
    a letter of duty rest on; all are asked at the moment of sending.  Without them none stands.
    `return_path` is where failure notices go of a report and of a letter of duty; receipts
    and notices have none.  A claim is held by this object's life, not by its `instance`: what
    an earlier life of the same instance claimed comes back at `recover`.
    """

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        scribe: Scribe,
        log: LogWriter,
        *,
        instance: str,
        return_path: str,
        revision: Revision,
        facts_for: FactsFor,
        reminded: Reminded | None = None,
        lettered: Reminded | None = None,
        lease: timedelta = LEASE,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._scribe = scribe
        self._log = log
        self._instance = instance
        self._return_path = return_path
        self._revision = revision
        self._facts_for = facts_for
        self._resting_on = {Post.REMINDER.value: reminded, Post.DUTY.value: lettered}
        self._lease = lease
        self._max_bytes = max_bytes
        self._life = secrets.token_hex(16)

    # --- claiming ------------------------------------------------------------

    async def claim(self, limit: int, now: datetime) -> Sequence[Released]:
        """Up to `limit` mails due now, oldest first; a receipt waits for its mail's reports."""
        taken = await self._database.write(partial(self._claim, limit, now))
        for id_, opened in taken:
            if opened is None:
                await self._settle_undeliverable(id_, (), now)
        return [opened for _, opened in taken if opened is not None]

    def _claim(
        self, limit: int, now: datetime, connection: Connection
    ) -> Sequence[tuple[str, Released | None]]:
        due = connection.execute(_DUE, {"now": now, "limit": limit})
        rows = self._bounded(due.all())
        ids = [row.id for row in rows]
        if not ids:
            return []
        connection.execute(
            _TAKE,
            {
                "taken": ids,
                "until": now + self._lease,
                "token": self._life,
                "instance": self._instance,
            },
        )
        sealed = {row.id: row.sealed for row in connection.execute(_MAILS, {"taken": ids})}
        return [(row.id, self._released(row, sealed.get(row.id, b""))) for row in rows]

    def _bounded(self, rows: Sequence[AnyRow]) -> Sequence[AnyRow]:
        total = 0
        for count, row in enumerate(rows):
            total += row.size
            if count and total > self._max_bytes:
                return rows[:count]
        return rows

    def _released(self, row: AnyRow, sealed: bytes) -> Released | None:
        try:
            recipient, _, mail = self._blobs.open_blob(OUTGOING, row.id, sealed).partition(b"\x00")
        except VaultError:
            return None
        is_report = row.kind == "report"
        return Released(
            outgoing_id=row.id,
            trace=row.trace,
            message_id=row.message_id,
            envelope_from=self._return_path if row.kind in _RETURNS else "",
            recipient=recipient.decode(),
            mail=mail,
            attempts=row.attempts + (row.state == "claimed"),
            standing=_standing(row) if row.kind in _STAND_ON_FACTS else None,
            post=Post(row.kind),
            number=row.number if is_report else None,
            sender_id=row.sender_id or "",
        )

    async def still_stands(self, released: Sequence[Released], now: datetime) -> Sequence[bool]:
        """Whether each decision still stands, by the register as it is now.

        Nothing is looked up while the register is unchanged and no date has passed.
        """
        resting = [each for each in released if each.standing is not None]
        revision = await self._revision() if resting else 0
        doubtful = [each for each in resting if not _unchanged(each.standing, revision, now)]
        fallen = await self._fallen(doubtful, now) if doubtful else set()
        return [each.outgoing_id not in fallen for each in released]

    async def _fallen(self, doubtful: Sequence[Released], now: datetime) -> set[str]:
        ids = [each.outgoing_id for each in doubtful]
        async with self._database.reading() as connection:
            found = await connection.execute(select(outgoing).where(among(outgoing.c.id, ids)))
            rows = {row.id: row for row in found}
        fallen: set[str] = set()
        for each in doubtful:
            row = rows[each.outgoing_id]
            digest = await self._digest(row, now)
            if each.standing is None or digest != each.standing.digest:
                fallen.add(each.outgoing_id)
        return fallen

    async def _digest(self, row: AnyRow, now: datetime) -> str:
        try:
            if row.kind in self._resting_on:
                rests_on = self._resting_on[row.kind]
                return await rests_on(row.trace, now) if rests_on else ""
            return (await self._facts_for(row.sender_id, row.dossier_id, now)).digest()
        except Stop:
            raise
        except Exception:  # noqa: BLE001 - facts that cannot be established do not stand
            return ""

    async def may_leave(self, released: Released) -> bool:
        """Whether no hold keeps it here, nor anybody took it back, as of this moment."""
        return bool(await self._database.fetch(MAY_LEAVE, {"id": released.outgoing_id}))

    # --- settling ------------------------------------------------------------

    async def sent(self, released: Sequence[Released], now: datetime) -> None:
        """Accepted by the next server: on record once, and the sealed copy is dropped.

        Recorded even when the claim was lost meanwhile, because it did leave.
        """
        if released:
            ids = [each.outgoing_id for each in released]
            await self._database.write(partial(self._sent, ids, now))

    def _sent(self, ids: Sequence[str], now: datetime, connection: Connection) -> None:
        sequence(connection)
        new = outgoing.c.state.not_in(("sent", "returned"))
        rows = locked(connection, among(outgoing.c.id, ids), new)
        open_ = [row.id for row in rows if row.state in {"waiting", "claimed"}]
        drop(connection, open_, state="sent", sent_at=now)
        late = [row.span_id for row in rows if row.kind == "report" and row.id not in open_]
        left_after_all(connection, late, now)
        self._log.append(connection, self._entries(connection, "sent", rows, now), now)

    async def renew(self, released: Sequence[Released], now: datetime) -> None:
        """Hold these claims for another lease; a claim that was lost stays lost."""
        mine = self._mine([each.outgoing_id for each in released])
        renewed = update(outgoing).where(mine).values(due_at=now + self._lease)
        await self._database.write(alone(renewed))

    async def postpone(self, released: Released, not_before: datetime) -> None:
        """Not accepted now; counts as an attempt."""
        await self._give_back([released], due_at=not_before, attempts=outgoing.c.attempts + 1)

    async def hand_back(self, released: Sequence[Released]) -> None:
        """Give up the claim without counting: the gateway is stopping."""
        await self._give_back(released, due_at=outgoing.c.created_at)

    async def recover(self) -> int:
        """At start: what this instance had claimed in an earlier life waits again; how many."""
        taken_back = (
            update(outgoing)
            .where(
                outgoing.c.state == "claimed",
                outgoing.c.claimed_by == self._instance,
                outgoing.c.claim_token != self._life,
            )
            .values(due_at=outgoing.c.created_at, attempts=outgoing.c.attempts + 1, **_FREE)
        )
        return await self._database.write(alone(taken_back))

    async def _give_back(self, released: Sequence[Released], **values: object) -> None:
        if released:
            mine = self._mine([each.outgoing_id for each in released])
            await self._database.write(
                alone(update(outgoing).where(mine).values(**_FREE, **values))
            )

    async def undeliverable(
        self, released: Released, answers: Sequence[Mailed], now: datetime
    ) -> None:
        """Refused for good: the mail it came from is held, on record, for the officer."""
        await self._settle_undeliverable(released.outgoing_id, answers, now)

    async def _settle_undeliverable(
        self, id_: str, answers: Sequence[Mailed], now: datetime
    ) -> None:
        await self._database.write(partial(self._undeliverable, id_, answers, now))

    def _undeliverable(
        self, id_: str, answers: Sequence[Mailed], now: datetime, connection: Connection
    ) -> None:
        sequence(connection)
        for row in locked(connection, self._mine([id_])):
            drop(connection, [row.id], state="undeliverable")
            entries = self._entries(connection, "undeliverable", [row], now)
            if row.kind == "report":
                hold_report(connection, row, entries[0].span_id, now, Hold(Reason.UNDELIVERABLE))
                unsent = withdraw_answers(connection, [row.trace])
                entries += self._entries(connection, "withdrawn", unsent, now)
            elif row.kind == "receipt":
                hold_mail(connection, row.trace)
            about = About(trace=row.trace, span=row.span_id)
            post_answers(connection, self._blobs, about, answers, now)
            self._log.append(connection, entries, now)

    async def walk_again(self, released: Sequence[Released], now: datetime) -> None:
        """Facts changed: withdraw what is unsent of these mails and put them back in the inbox.

        What another claim is sending at this moment is left to that claim.
        """
        ids = [each.outgoing_id for each in released]
        await self._database.write(partial(self._walk_again, ids, now))

    def _walk_again(self, ids: Sequence[str], now: datetime, connection: Connection) -> None:
        sequence(connection)
        mine = locked(connection, self._mine(ids))
        traces = list(dict.fromkeys(row.trace for row in mine))
        if not traces:
            return
        waiting = locked(connection, among(outgoing.c.trace, traces), outgoing.c.state == "waiting")
        rows = [*mine, *waiting]
        drop(connection, [row.id for row in rows], state="withdrawn")
        withdraw_outcomes(connection, rows, now)
        _put_back(connection, traces, now)
        entries = self._entries(connection, "withdrawn", rows, now)
        entries += [
            self._scribe.settled("walk-again", About(trace=trace, span=new_span()), now)
            for trace in dict.fromkeys(row.trace for row in mine if row.kind not in _OF_NO_MAIL)
        ]
        self._log.append(connection, entries, now)

    def _mine(self, ids: Sequence[str]) -> ColumnElement[bool]:
        return and_(
            among(outgoing.c.id, ids),
            outgoing.c.state == "claimed",
            outgoing.c.claim_token == self._life,
        )

    def _entries(
        self, connection: Connection, kind: str, rows: Sequence[AnyRow], now: datetime
    ) -> list[Entry]:
        return [
            self._scribe.settled(
                kind,
                About(
                    trace=row.trace,
                    span=new_span(),
                    parent=row.span_id,
                    subject=row.dossier_id,
                ),
                now,
                **settled_evidence(row, kind),
            )
            for row in rows
        ]


def _put_back(connection: Connection, traces: Sequence[str], now: datetime) -> None:
    """Nobody asked for these walks: a report of theirs that waits for a person waits on."""
    at_rest = and_(among(inbound.c.trace, traces), inbound.c.state.in_(AT_REST))
    found = connection.execute(select(inbound.c.trace, inbound.c.rounds).where(at_rest))
    walks = [{"trace": row.trace, "round": row.rounds, "at": now} for row in found]
    if walks:
        connection.execute(insert(walk_again), walks)
        connection.execute(
            update(inbound).where(at_rest).values(state="waiting", due_at=now, attempts=0)
        )


# Built once: putting a statement together costs more than running it.
_REPORT = outgoing.alias("report")
_ITS_REPORTS_GO_FIRST = exists().where(
    _REPORT.c.trace == outgoing.c.trace,
    _REPORT.c.kind == "report",
    _REPORT.c.due_at.is_not(None),
)
_DUE = (
    select(outgoing)
    .where(
        outgoing.c.due_at <= bindparam("now"),
        or_(outgoing.c.kind != "receipt", ~_ITS_REPORTS_GO_FIRST),
        NOT_HELD,
    )
    .order_by(outgoing.c.due_at, outgoing.c.created_at, outgoing.c.trace)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True, key_share=True, of=outgoing)
)
_TAKE = (
    update(outgoing)
    .where(among_given(outgoing.c.id, "taken"))
    .values(
        state="claimed",
        due_at=bindparam("until"),
        attempts=outgoing.c.attempts + case((outgoing.c.state == "claimed", 1), else_=0),
        claim_token=bindparam("token"),
        claimed_by=bindparam("instance"),
    )
)
_MAILS = select(outgoing_mail).where(among_given(outgoing_mail.c.id, "taken"))
_FREE = {"state": "waiting", "claim_token": None, "claimed_by": None}
_OF_NO_MAIL = frozenset({Post.REMINDER.value, Post.DUTY.value})
_STAND_ON_FACTS = _OF_NO_MAIL | {Post.REPORT.value}
_RETURNS = frozenset({Post.REPORT.value, Post.DUTY.value})


def _standing(row: AnyRow) -> Standing:
    return Standing(revision=row.facts_revision, digest=row.facts_digest, until=row.facts_until)


def _unchanged(standing: Standing | None, revision: int, now: datetime) -> bool:
    return (
        standing is not None
        and standing.revision == revision
        and (standing.until is None or now < standing.until)
    )
