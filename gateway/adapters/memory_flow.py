"""The inbox in memory, under the same contract; for tests and the bare walk.

Nothing is sealed and nothing survives.  Ledger and outbox share its `MemoryFlow`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from gateway.adapters.evidence import new_trace
from gateway.domain.replacing import Passed, Record
from gateway.domain.sparing import may_answer
from gateway.domain.stages import RawMail
from gateway.domain.stops import Outcome, Reason, Stop
from gateway.domain.walking_again import waits_for_a_fact
from gateway.ports import Claimed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from gateway.domain.judgement import Judgement
    from gateway.domain.outcomes import Mailed
    from gateway.domain.parties import Contact
    from gateway.domain.sparing import Occasion
    from gateway.domain.stages import Standing, Withheld
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
    report: Told | None = None
    replaces: str | None = None

    def instead(self, stop: Stop) -> Recorded:
        """What stands when it did not go or not arrive, as `flow_rows.hold_report`."""
        return Recorded(
            trace=self.trace,
            number=self.number,
            outcome=stop.outcome,
            reasons=stop.reasons,
            disclosed=None,
            sender_id=self.sender_id,
            dossier_id=self.dossier_id,
            report=self.report.unmarked() if self.report else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the log says of a report: whose it is, of what content, and what of it went to whom."""

    bericht_id: UUID
    party_id: str
    mark: str
    recipient: Contact | None
    disclosed: tuple[str, ...]
    withheld: tuple[Withheld, ...]

    def unmarked(self) -> Told:
        """The same, of whose content nothing is said anew, as in the log."""
        return Told(
            bericht_id=self.bericht_id,
            party_id=self.party_id,
            mark="",
            recipient=self.recipient,
            disclosed=self.disclosed,
            withheld=self.withheld,
        )


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
    recipient_id: str = ""
    sent_at: datetime | None = None


@dataclass(slots=True)
class MemoryFlow:
    """What the three share; `log` holds (kind, trace) of every entry, in order."""

    mails: dict[str, StoredMail] = field(default_factory=dict)
    traces: dict[bytes, str] = field(default_factory=dict)
    places: dict[Place, str] = field(default_factory=dict)
    outcomes: list[Recorded] = field(default_factory=list)
    outgoing: dict[str, Outgoing] = field(default_factory=dict)
    log: list[tuple[str, str]] = field(default_factory=list)
    answered: list[tuple[str, Occasion, datetime, str]] = field(default_factory=list)
    proposed: list[Outgoing] = field(default_factory=list)

    def spared(self, trace: str, mailed: Iterable[Mailed], now: datetime) -> list[Mailed]:
        """As `answering.spared`."""
        return [each for each in mailed if self._goes(each, trace, now)]

    def _goes(self, mailed: Mailed, trace: str, now: datetime) -> bool:
        if mailed.occasion is None:
            return True
        hers = (mailed.contact_id, mailed.occasion)
        before = [(at, known) for *whose, at, known in self.answered if tuple(whose) == hers]
        goes = may_answer(mailed.occasion, before, trace, now)
        if goes and all(trace != known for _, known in before):
            self.answered.append((*hers, now, trace))
        return goes

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

    def on_record(self, replaced: UUID, party_id: str, raw: RawMail) -> Record:
        """As `replaced_reports.on_record`."""
        told = [(each, each.report) for each in self.outcomes if each.report]
        mine = [(each, of) for each, of in told if of.party_id == party_id]
        again = any(
            each.replaces == str(replaced) and not each.withdrawn and each.trace != raw.trace
            for each, _ in mine
        )
        unread = raw.trace in self.mails and any(
            mail.due_at is not None and trace < raw.trace for trace, mail in self.mails.items()
        )
        passed = [self._passed(each, of) for each, of in mine if of.bericht_id == replaced]
        return Record(passed=passed, again=again, unread=unread)

    def _passed(self, recorded: Recorded, told: Told) -> Passed:
        posted = (each.state for each in self.outgoing.values() if each.outcome is recorded)
        judgement = recorded.judged.judgement if recorded.judged else None
        return Passed(
            trace=recorded.trace,
            number=recorded.number,
            outcome=recorded.outcome,
            withdrawn=recorded.withdrawn,
            dossier_id=recorded.dossier_id,
            recipient_id=told.recipient.contact_id if told.recipient else "",
            posted=next(posted, ""),
            sender_id=recorded.sender_id,
            shared=judgement.shared if judgement is not None else None,
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
                and not waits_for_a_fact(each.reasons)
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


def due(work: Iterable[_Kind], now: datetime) -> list[_Kind]:
    """What may be taken now, oldest first."""
    due = [(each.due_at, each) for each in work if each.due_at is not None and each.due_at <= now]
    return [each for _, each in sorted(due, key=lambda pair: pair[0])]


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


class MemoryKeptMail:
    """As `kept_mail.DatabaseKeptMail`."""

    def __init__(self, flow: MemoryFlow) -> None:
        self._flow = flow

    async def original(self, trace: str, instant: datetime) -> RawMail | None:
        """See the port."""
        mail = self._flow.mails.get(trace)
        if mail is None or mail.forgotten or mail.fetched.oversize:
            return None
        return RawMail(
            trace=trace,
            content=mail.fetched.content,
            size=mail.fetched.size,
            received_at=mail.fetched.received_at,
            instant=instant,
            mailbox=mail.fetched.place.mailbox,
            approved=mail.approved,
        )
