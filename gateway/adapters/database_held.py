"""What waits for a person: shown by reference and reason, released or refused by name."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import insert, select

from gateway.adapters.among import among
from gateway.adapters.evidence import About, Scribe, new_span
from gateway.adapters.flow_rows import post_answers
from gateway.adapters.held_ending import end, put_back
from gateway.adapters.log_writing import sequence
from gateway.adapters.looking import looked, operator_of, refusals_recorded
from gateway.adapters.releasing import releases
from gateway.adapters.tables_flow import approvals, inbound, outcomes, outgoing
from gateway.domain.audit import Action, Deed, DeedResult
from gateway.domain.held import (
    EYES,
    Decision,
    HeldMail,
    HeldReport,
    NotHeldError,
    WalkedSinceError,
)
from gateway.domain.stops import WHOLE_MAIL, Outcome, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.adapters.at_rest import Blobs
    from gateway.adapters.audit_writing import DeedLog
    from gateway.adapters.database import Database
    from gateway.adapters.log_writing import LogWriter
    from gateway.adapters.tables_flow import AnyRow
    from gateway.domain.operators import Operator
    from gateway.domain.outcomes import Mailed
    from gateway.ledger.records import Entry


class _Seen(NamedTuple):
    """Which mail somebody decides about, and in which round they saw it, where that is known."""

    trace: str
    round: int | None


class _Ending(NamedTuple):
    """How somebody ends what is held: all of it, or what is held for its free text."""

    action: Action
    reason: Reason
    answers: Sequence[Mailed]
    numbers: frozenset[int] = frozenset()

    def of(self, held: HeldMail) -> tuple[HeldReport, ...]:
        if self.reason is Reason.REPHRASE:
            return held.to_rephrase(self.numbers)
        return held.to_decide

    def signed(self, ended: Sequence[HeldReport]) -> Sequence[str]:
        if self.reason is Reason.REPHRASE:
            return [each.bericht_id or "" for each in ended]
        return [""]


class DatabaseHeld:
    """The officer's side of the inbox."""

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        scribe: Scribe,
        log: LogWriter,
        *,
        deeds: DeedLog,
        origin: str = "",
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._scribe = scribe
        self._log = log
        self._deeds = deeds
        self._origin = origin

    async def waiting(self) -> Sequence[HeldMail]:
        """All that waits, oldest first."""
        async with self._database.reading() as connection:
            return await connection.run_sync(_waiting)

    async def show(self, trace: str) -> HeldMail:
        """One of them; raises `NotHeldError`."""
        async with self._database.reading() as connection:
            return await connection.run_sync(_one, trace)

    async def reveal(self, trace: str, name: str, now: datetime, detail: str = "") -> HeldMail:
        """As `show`, for somebody who will see whom it is about: who looked, and at which detail.

        Raises `NotHeldError`, and as `operator_of` does.
        """
        async with self._refusals(name, now):
            return await self._database.write(partial(self._reveal, trace, (name, detail), now))

    def _reveal(
        self, trace: str, looks: tuple[str, str], now: datetime, connection: Connection
    ) -> HeldMail:
        sequence(connection)
        held, (name, detail) = _one(connection, trace), looks
        by = operator_of(connection, name, self._origin)
        self._log.append(connection, self._entries("consulted", held, held.reports, now), now)
        self._deeds.write(connection, looked(held, by, now, self._origin, detail))
        return held

    async def release(
        self, trace: str, name: str, now: datetime, *, seen: int | None = None
    ) -> Decision:
        """Let it walk again, by `name`, who saw it in round `seen` (None: as it stands now).

        Free text goes on only when two different people have released it as it
        stands: the first release is kept, the second lets the mail walk.  Raises
        `NotHeldError`, `WalkedSinceError` when it walked since it was seen, and as
        `operator_of` does.
        """
        async with self._refusals(name, now):
            return await self._database.write(partial(self._release, _Seen(trace, seen), name, now))

    def _release(self, seen: _Seen, name: str, now: datetime, connection: Connection) -> Decision:
        sequence(connection)
        held, trace = _locked(connection, seen), seen.trace
        texts = held.free_texts
        by = operator_of(connection, name, self._origin)
        self._sign(connection, held, by, _deeds("release", now, *(texts or ("",))))
        found = releases(connection, [trace])
        missing = tuple(text for text in texts if len(found.now(trace, text)) < EYES)
        if not missing:
            put_back(connection, trace, now)
        self._log.append(connection, self._entries("released", held, held.to_decide, now), now)
        self._decided(connection, Action.HELD_RELEASE, held, by, now)
        return Decision(trace=trace, walks=not missing, waiting_for_second=missing)

    async def refuse(
        self,
        trace: str,
        name: str,
        now: datetime,
        answers: Sequence[Mailed] = (),
        *,
        seen: int | None = None,
    ) -> Decision:
        """End it, by `name`: what was held is refused for good; what has gone, has gone.

        `answers` tell the sender; they are queued in the same transaction.
        Raises as `release` does.
        """
        ending = _Ending(Action.HELD_REFUSE, Reason.REFUSED_BY_OFFICER, answers)
        return await self._ended(_Seen(trace, seen), name, now, ending)

    async def rephrase(
        self,
        trace: str,
        name: str,
        now: datetime,
        answers: Sequence[Mailed],
        *,
        numbers: frozenset[int] = frozenset(),
        seen: int | None = None,
    ) -> Decision:
        """End what is held for its free text, by `name`: its sender says it in another way.

        Of these reports, or all that are held for it.  What else waits in the mail waits
        on.  `answers` hold the question.  Raises as `release` does, and `NoFreeTextError`.
        """
        ending = _Ending(Action.HELD_REPHRASE, Reason.REPHRASE, answers, numbers)
        return await self._ended(_Seen(trace, seen), name, now, ending)

    async def _ended(self, seen: _Seen, name: str, now: datetime, ending: _Ending) -> Decision:
        async with self._refusals(name, now):
            return await self._database.write(partial(self._end, seen, name, now, ending))

    def _end(
        self, seen: _Seen, name: str, now: datetime, ending: _Ending, connection: Connection
    ) -> Decision:
        sequence(connection)
        held, trace = _locked(connection, seen), seen.trace
        by = operator_of(connection, name, self._origin)
        ended = ending.of(held)
        self._sign(connection, held, by, _deeds("refuse", now, *ending.signed(ended)))
        entries = self._entries("refused", held, ended, now)
        end(connection, held, list(zip(ended, entries, strict=True)), ending.reason, now)
        about = About(trace=trace, span=entries[0].span_id)
        post_answers(connection, self._blobs, about, ending.answers, now)
        self._log.append(connection, entries, now)
        self._decided(connection, ending.action, held, by, now)
        return Decision(trace=trace, walks=False, refused=ended)

    def _refusals(self, name: str, now: datetime) -> AbstractAsyncContextManager[None]:
        return refusals_recorded(self._database, self._deeds, name, self._origin, lambda: now)

    def _decided(
        self, connection: Connection, action: Action, held: HeldMail, by: Operator, now: datetime
    ) -> None:
        deed = Deed(
            at=now,
            actor=by.operator_id,
            action=action,
            about=held.trace,
            result=DeedResult.DONE,
            origin=self._origin,
            trace=held.trace,
        )
        self._deeds.write(connection, [deed])

    def _sign(
        self,
        connection: Connection,
        held: HeldMail,
        by: Operator,
        deeds: Sequence[dict[str, object]],
    ) -> None:
        """Who decided: one row for a person, which the database keeps from being two."""
        signature = {
            "trace": held.trace,
            "round": held.rounds,
            "name": by.name,
            "name_key": by.operator_id,
            "origin": self._origin,
        }
        # Looked for first: a second time is no offence, but the table refuses what would replace.
        signed = connection.execute(
            select(approvals.c.bericht_id, approvals.c.deed).where(
                *(approvals.c[name] == signature[name] for name in ("trace", "round", "name_key"))
            )
        )
        before = {(row.deed, row.bericht_id) for row in signed}
        rows = [
            {**signature, **deed}
            for deed in deeds
            if (deed["deed"], deed["bericht_id"]) not in before
        ]
        if rows:
            connection.execute(insert(approvals), rows)

    def _entries(
        self,
        kind: str,
        held: HeldMail,
        reports: Sequence[HeldReport],
        now: datetime,
    ) -> list[Entry]:
        return [
            self._scribe.settled(
                kind,
                About(
                    trace=held.trace,
                    span=new_span(),
                    subject=each.dossier_id or None,
                ),
                now,
                number=None if each.number == WHOLE_MAIL else each.number,
                bericht_id=each.bericht_id,
                round=held.rounds,
                reasons=list(each.reasons),
            )
            for each in reports
        ]


def _waiting(connection: Connection) -> Sequence[HeldMail]:
    rows = connection.execute(
        select(inbound)
        .where(inbound.c.state == "held")
        .order_by(inbound.c.stored_at, inbound.c.trace)
    )
    return _held(connection, rows.all())


def _locked(connection: Connection, seen: _Seen) -> HeldMail:
    connection.execute(
        select(inbound.c.trace).where(inbound.c.trace == seen.trace).with_for_update(key_share=True)
    )
    held = _one(connection, seen.trace)
    if seen.round not in {None, held.rounds}:
        raise WalkedSinceError(held.rounds)
    return held


def _one(connection: Connection, trace: str) -> HeldMail:
    rows = connection.execute(
        select(inbound).where(inbound.c.trace == trace, inbound.c.state == "held")
    )
    found = _held(connection, rows.all())
    if not found:
        raise NotHeldError(trace)
    return found[0]


def _held(connection: Connection, mails: Sequence[AnyRow]) -> Sequence[HeldMail]:
    traces = [mail.trace for mail in mails]
    reports = _reports(connection, traces)
    lost = connection.execute(
        select(outgoing.c.trace)
        .where(among(outgoing.c.trace, traces), outgoing.c.state == "undeliverable")
        .distinct()
    )
    undelivered = {row.trace for row in lost}
    return [_mail(mail, reports[mail.trace], mail.trace in undelivered) for mail in mails]


def _mail(row: AnyRow, reports: Sequence[HeldReport], undelivered: bool) -> HeldMail:  # noqa: FBT001 - a fact about the mail, named at its only call
    reasons = [r for each in reports if each.outcome is Outcome.HOLD for r in each.reasons]
    if undelivered:
        reasons.append(Reason.UNDELIVERABLE.value)
    return HeldMail(
        trace=row.trace,
        received_at=row.received_at,
        size=row.size,
        rounds=row.rounds,
        reasons=tuple(dict.fromkeys(reasons)),
        reports=tuple(reports),
    )


def _reports(connection: Connection, traces: Sequence[str]) -> Mapping[str, list[HeldReport]]:
    released = releases(connection, traces)
    rows = connection.execute(
        select(outcomes)
        .where(among(outcomes.c.trace, traces), outcomes.c.withdrawn_at.is_(None))
        .order_by(outcomes.c.trace, outcomes.c.number)
    )
    found: dict[str, list[HeldReport]] = defaultdict(list)
    for row in rows:
        found[row.trace].append(
            HeldReport(
                number=row.number,
                bericht_id=row.bericht_id,
                outcome=Outcome(row.outcome),
                reasons=tuple(row.reasons),
                sender_contact_id=row.sender_contact_id,
                dossier_id=row.dossier_id,
                released_by=tuple(released.now(row.trace, row.bericht_id or "").values()),
            )
        )
    return found


def _deeds(deed: str, now: datetime, *bericht_ids: str) -> list[dict[str, object]]:
    return [{"deed": deed, "bericht_id": bericht_id, "at": now} for bericht_id in bericht_ids]
