"""Inbox and ledger in memory, under the same contract; for tests and the bare walk.

Nothing is sealed and nothing survives.  With the outbox they share one `MemoryFlow`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from gateway.adapters.evidence import Walked, dossier_of, new_trace
from gateway.adapters.flow_rows import Walk, disclosure_of, judgement_of, number_of
from gateway.adapters.tables_flow import FINAL
from gateway.domain.outcomes import Ended
from gateway.domain.stages import RawMail
from gateway.domain.stops import Outcome, Reason
from gateway.domain.walking_again import waits_for_a_key
from gateway.ports import Claimed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from gateway.domain.judgement import Judgement
    from gateway.domain.outcomes import Handled, Mailed, Settled
    from gateway.domain.parties import Contact
    from gateway.domain.stages import Sealed, Standing
    from gateway.ports import Fetched, Place

LEASE = timedelta(seconds=60)
MAX_BYTES = 8_000_000


@dataclass(slots=True, kw_only=True)
class _Work:
    """Something that is claimed: when it is due, by whom it is taken."""

    state: str = "waiting"
    due_at: datetime | None
    attempts: int = 0
    token: str = ""

    def take(self, token: str, until: datetime) -> None:
        self.attempts += self.state == "claimed"
        self.state, self.token, self.due_at = "claimed", token, until

    def free(self, due_at: datetime, *, counted: bool) -> None:
        self.attempts += counted
        self.state, self.token, self.due_at = "waiting", "", due_at

    def rest(self, state: str) -> None:
        self.state, self.token, self.due_at = state, "", None


_Kind = TypeVar("_Kind", bound=_Work)


@dataclass(slots=True, kw_only=True)
class StoredMail(_Work):
    """A received mail; `by_itself` is the round in which it walks without anybody's word."""

    trace: str
    fetched: Fetched
    stored_at: datetime
    rounds: int = 0
    approved: frozenset[UUID] = frozenset()
    forgotten: bool = False
    by_itself: int | None = None
    walked: int = 0
    signed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Under which table, in which round and when; `judgement` where the table spoke."""

    policy_digest: str
    round: int
    recorded_at: datetime
    judgement: Judgement | None


@dataclass(slots=True, kw_only=True)
class Recorded:
    """An outcome on record; it stands until it is withdrawn."""

    trace: str
    number: int
    outcome: Outcome
    reasons: tuple[Reason, ...]
    disclosed: tuple[str, str] | None
    withdrawn: bool = False
    judged: Judged | None = None
    sender_id: str = ""
    dossier_id: str = ""
    standing: Standing | None = None


@dataclass(slots=True, kw_only=True)
class Outgoing(_Work):
    """A sealed mail and the outcome it came from."""

    id: str
    kind: str
    trace: str
    message_id: str
    recipient: str
    mail: bytes
    created_at: datetime
    outcome: Recorded | None
    standing: Standing | None
    sender_id: str = ""
    dossier_id: str = ""


@dataclass(slots=True)
class MemoryFlow:
    """What the three share; `log` holds (kind, trace) of every entry, in order."""

    mails: dict[str, StoredMail] = field(default_factory=dict)
    traces: dict[bytes, str] = field(default_factory=dict)
    places: dict[Place, str] = field(default_factory=dict)
    outcomes: list[Recorded] = field(default_factory=list)
    outgoing: dict[str, Outgoing] = field(default_factory=dict)
    log: list[tuple[str, str]] = field(default_factory=list)

    def standing(self, trace: str) -> list[Recorded]:
        """The outcomes of this mail that stand."""
        return [each for each in self.outcomes if each.trace == trace and not each.withdrawn]

    def opened_before(self, signed: str, raw: RawMail) -> bool:
        """Whether another mail held the same signed message."""
        return any(
            each.signed == signed
            and each.trace != raw.trace
            and each.fetched.content != raw.content
            for each in self.mails.values()
            if signed
        )

    def withdraw(self, outgoing: Iterable[Outgoing]) -> None:
        """These are not sent."""
        for each in outgoing:
            each.rest("withdrawn")
            each.mail = b""
            if each.outcome is not None:
                each.outcome.withdrawn = True
            self.log.append(("withdrawn", each.trace))

    def waiting(self, trace: str, *, answers_only: bool) -> list[Outgoing]:
        """What of this mail waits to be sent and is in nobody's hands."""
        return [
            each
            for each in self.outgoing.values()
            if each.trace == trace
            and each.state == "waiting"
            and not (answers_only and each.kind == "report")
        ]


class MemoryInbox:
    """As `database_inbox.DatabaseInbox`."""

    def __init__(
        self, flow: MemoryFlow, *, lease: timedelta = LEASE, max_bytes: int = MAX_BYTES
    ) -> None:
        self._flow = flow
        self._lease = lease
        self._max_bytes = max_bytes

    async def store(self, mails: Sequence[Fetched], now: datetime) -> None:
        """See the port."""
        flow = self._flow
        for mail in mails:
            if mail.place in flow.places:
                continue
            if mail.content not in flow.traces:
                trace = new_trace()
                flow.traces[mail.content] = trace
                flow.mails[trace] = StoredMail(trace=trace, fetched=mail, stored_at=now, due_at=now)
            flow.places[mail.place] = flow.traces[mail.content]

    async def claim(self, limit: int, now: datetime) -> Sequence[Claimed]:
        """See the port."""
        token = secrets.token_hex(16)
        total = 0
        claimed: list[Claimed] = []
        for mail in due(self._flow.mails.values(), now)[:limit]:
            total += mail.fetched.size
            if claimed and total > self._max_bytes:
                break
            mail.take(token, now + self._lease)
            claimed.append(Claimed(token=token, attempts=mail.attempts, raw=self._raw(mail, now)))
        return claimed

    async def renew(self, claimed: Sequence[Claimed], now: datetime) -> None:
        """See the port."""
        for mail in self._mine(claimed):
            mail.due_at = now + self._lease

    async def put_back(self, claimed: Sequence[Claimed], not_before: datetime) -> None:
        """See the port."""
        for mail in self._mine(claimed):
            mail.free(not_before, counted=True)

    async def hand_back(self, claimed: Sequence[Claimed]) -> None:
        """See the port."""
        for mail in self._mine(claimed):
            mail.free(mail.stored_at, counted=False)

    def _raw(self, mail: StoredMail, now: datetime) -> RawMail:
        standing = self._flow.standing(mail.trace)
        return RawMail(
            trace=mail.trace,
            content=mail.fetched.content,
            size=mail.fetched.size,
            received_at=mail.fetched.received_at,
            instant=now,
            mailbox=mail.fetched.place.mailbox,
            oversize=mail.fetched.oversize,
            approved=mail.approved,
            delivered=frozenset(r.number for r in standing if r.outcome is Outcome.FORWARD),
            undecided={
                each.number: each.reasons
                for each in standing
                if mail.by_itself == mail.rounds
                and each.outcome is Outcome.HOLD
                and not waits_for_a_key(each.reasons)
            },
            refused={r.number: r.reasons for r in standing if r.outcome is Outcome.REJECT},
        )

    async def forget(self, before: datetime, now: datetime) -> int:
        """See the port."""
        needed = {o.trace for o in self._flow.outgoing.values() if o.due_at is not None}
        done = [
            mail
            for mail in self._flow.mails.values()
            if mail.state == "done"
            and mail.stored_at < before
            and mail.trace not in needed
            and not mail.forgotten
        ]
        for mail in done:
            mail.forgotten = True
        return len(done)

    def _mine(self, claimed: Sequence[Claimed]) -> list[StoredMail]:
        tokens = {each.raw.trace: each.token for each in claimed}
        mails = (self._flow.mails[trace] for trace in tokens)
        return [m for m in mails if m.state == "claimed" and m.token == tokens[m.trace]]


class MemoryLedger:
    """As `database_ledger.DatabaseLedger`."""

    def __init__(self, flow: MemoryFlow) -> None:
        self._flow = flow

    async def release(self, handled: Sequence[tuple[Claimed, Handled]], now: datetime) -> None:
        """See the port."""
        for claimed, each in handled:
            mail = self._flow.mails[each.raw.trace]
            if (mail.state, mail.token) != ("claimed", claimed.token):
                continue
            walk = self._walk(each, mail)
            taken = self._flow.opened_before(each.signed, each.raw)
            if each.outcome is Outcome.RETRY or taken or walk.disclosures & self._disclosed():
                mail.free(now, counted=False)
            else:
                self._record(walk, mail, now)

    def _walk(self, handled: Handled, mail: StoredMail) -> Walk:
        standing = self._flow.standing(mail.trace)
        final = frozenset(each.number for each in standing if each.outcome.value in FINAL)
        return Walk(handled=handled, walked=Walked("", mail.rounds), standing=final)

    def _disclosed(self) -> set[tuple[str, str]]:
        return {
            each.disclosed
            for each in self._flow.outcomes
            if each.disclosed is not None and not each.withdrawn
        }

    def _record(self, walk: Walk, mail: StoredMail, now: datetime) -> None:
        flow = self._flow
        for before in flow.standing(mail.trace):
            before.withdrawn = before.outcome.value not in FINAL
        flow.log.append(("mail", mail.trace))
        flow.withdraw(flow.waiting(mail.trace, answers_only=True))
        for settled in walk.settled:
            recorded = _recorded(mail, settled, walk.handled.sender, now)
            flow.outcomes.append(recorded)
            if recorded.number >= 0:
                flow.log.append(("report", mail.trace))
            if not isinstance(settled, Ended):
                self._post(_report(settled, recorded, now))
        for mailed in walk.handled.mailed:
            self._post(answer(mail.trace, mailed, now))
        mail.rest(walk.state)
        mail.rounds += 1
        mail.signed = mail.signed or walk.handled.signed

    def _post(self, outgoing: Outgoing) -> None:
        self._flow.outgoing[outgoing.id] = outgoing


def due(work: Iterable[_Kind], now: datetime) -> list[_Kind]:
    """What may be taken now, oldest first."""
    due = [(each.due_at, each) for each in work if each.due_at is not None and each.due_at <= now]
    return [each for _, each in sorted(due, key=lambda pair: pair[0])]


def _recorded(
    mail: StoredMail, settled: Settled, sender: Contact | None, now: datetime
) -> Recorded:
    stop = settled.stop if isinstance(settled, Ended) else None
    return Recorded(
        trace=mail.trace,
        number=number_of(settled),
        outcome=stop.outcome if stop else Outcome.FORWARD,
        reasons=stop.reasons if stop else (),
        disclosed=None if isinstance(settled, Ended) else disclosure_of(settled),
        sender_id=sender.contact_id if sender else "",
        dossier_id=dossier_of(settled),
        standing=settled.standing if isinstance(settled, Ended) else None,
        judged=_judged(mail, settled, now),
    )


def _judged(mail: StoredMail, settled: Settled, now: datetime) -> Judged | None:
    digest = (
        settled.policy_digest
        if isinstance(settled, Ended)
        else settled.addressed.disclosure.policy_digest
    )
    if not digest:
        return None
    return Judged(
        policy_digest=digest,
        round=mail.rounds,
        recorded_at=now,
        judgement=judgement_of(settled),
    )


def _report(sealed: Sealed, recorded: Recorded, now: datetime) -> Outgoing:
    disclosure = sealed.addressed.disclosure
    return Outgoing(
        id=secrets.token_hex(16),
        kind="report",
        trace=recorded.trace,
        message_id=sealed.message_id,
        recipient=sealed.addressed.recipient.address,
        mail=sealed.mail,
        created_at=now,
        due_at=now,
        outcome=recorded,
        standing=disclosure.standing,
        sender_id=disclosure.sender.contact_id,
        dossier_id=disclosure.dossier_id,
    )


def answer(trace: str, mailed: Mailed, now: datetime) -> Outgoing:
    """A receipt or notice, waiting."""
    return Outgoing(
        id=secrets.token_hex(16),
        kind="receipt" if mailed.after_reports else "notice",
        trace=trace,
        message_id=mailed.message_id,
        recipient=mailed.recipient,
        mail=mailed.mail,
        created_at=now,
        due_at=now,
        outcome=None,
        standing=None,
    )
