"""What a breach concerns: which disclosures meet a criterion, and what they amount to.

What came in and was not passed on is beside it: see `gateway.domain.received`.

Given a contact, key, mailbox, party, period and so on, a scope says which people,
categories, fields, messages and recipients (AVG 33(3)(a) and (c)), under which key each
was protected (34(3)(a)), whether it arrived, and how sure each of this is.  It names
people by the register's own ids and messages by reference; never a name or a value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, TypeVar

from gateway.domain.silent import Silent
from gateway.domain.sureness import tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from gateway.domain.bijsluiter import Category
    from gateway.domain.mail import Protection
    from gateway.domain.received import Received
    from gateway.domain.sureness import Sureness


class Left(StrEnum):
    """What became of a disclosure, as far as the gateway knows."""

    WAITING = "waiting"  # in the outbox: nothing has left
    HANDED_OVER = "handed-over"  # just being handed to the next server: it may have left
    SENT = "sent"  # the next server accepted it
    RETURNED = "returned"  # it came back; another server had it, sealed
    UNDELIVERABLE = "undeliverable"  # the next server refused it
    WITHDRAWN = "withdrawn"  # taken back before it left
    UNKNOWN = "unknown"  # nothing on record says


_About = TypeVar("_About", "Disclosed", "Received")
# What `Criterion.only` may be.
DISCLOSED = "disclosed"
# Of these nobody outside can have had anything.
STAYED = frozenset({Left.WAITING, Left.WITHDRAWN})


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Criterion(Silent):
    """What a disclosure has to meet; what is empty does not matter, all else applies together.

    `contact`, `party`: sent or received it.  `key`: a fingerprint in upper-case hex, of
    ours or of a contact's; it signed, sealed or opened.  `mailbox`: the address of who sent
    or received it, at that time.  From `since` until before `until`: when it left, or where
    it did not, when it was put on record.
    `policy`: the digest of the decision table.  `mail`: a trace, or the reference that the
    recipient saw.  `form`: a version of the consent form that it rested on.  `person`: the
    register's own id of the dossier.

    Of what came in and was not passed on: `contact`, `party` and `mailbox` say who sent it,
    from `since` until before `until` it came in, and `form` is that of the consent in force.
    `boxes` are the names of the gateway's own mailboxes that `mailbox` means, if it means
    those: everything that came into them.  `only` is "disclosed" where nothing else counts.
    `traces` are mails of which all is looked up together; nobody asks for those by name.
    """

    contact: str = ""
    key: str = ""
    mailbox: str = ""
    party: str = ""
    since: datetime | None = None
    until: datetime | None = None
    policy: str = ""
    mail: str = ""
    form: str = ""
    person: str = ""
    only: str = ""
    boxes: frozenset[str] = frozenset()
    traces: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether everything there ever was would meet it."""
        return all(name == "only" for name in self.given())

    def given(self) -> Mapping[str, str]:
        """What was asked for, by name; moments in ISO 8601."""
        texts = {
            "contact": self.contact,
            "key": self.key,
            "mailbox": self.mailbox,
            "party": self.party,
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
            "policy": self.policy,
            "mail": self.mail,
            "form": self.form,
            "person": self.person,
            "only": self.only,
        }
        return {name: value for name, value in texts.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Disclosed(Silent):
    """One report to one recipient about one person, as it is on record.

    `dossier_id` is empty for whoever was erased since.  `number` is its place in the
    document, `span_id` that of its entry in the log, `reference` what its Message-ID
    begins with.  `fields` are paths as the bijsluiter names them.  `sealed_to` is the
    recipient's key that protected it, `sealed_by` ours that signed it, `opened_by` ours
    that opened the mail it came in; empty where that is not on record.  `withheld` are paths
    that came along and were not passed on, None where nobody noted them.
    """

    dossier_id: str
    trace: str
    number: int
    span_id: str
    reference: str
    recorded_at: datetime
    sent_at: datetime | None
    sender_id: str
    sender_party: str
    recipient_id: str
    recipient_party: str
    categories: frozenset[Category]
    fields: tuple[str, ...]
    policy: str
    ground: str
    sealed_to: str
    sealed_by: str
    opened_by: str
    protection: Protection | None
    state: Left
    sureness: Sureness
    withheld: tuple[str, ...] | None = None

    @property
    def stayed(self) -> bool:
        """Whether nobody outside can have had it."""
        return self.state in STAYED


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a scope amounts to; of what was withdrawn before it left nothing is counted.

    `people` without those who were erased since: of these `erased` says how many
    disclosures there were.  `messages` are mails that came in.  `recipients` and `senders`
    count disclosures by contact, `categories`, `paths`, `keys` (the recipient's) and `states`
    likewise.  `first` and `last` are when the earliest and latest left, None when none did.
    `in_part` of them came with more than was passed on, and `withheld` counts them by the path
    that was not; of `part_unknown` nobody noted that.
    """

    disclosures: int = 0
    people: int = 0
    erased: int = 0
    messages: int = 0
    recipients: Mapping[str, int] = field(default_factory=dict)
    senders: Mapping[str, int] = field(default_factory=dict)
    categories: Mapping[str, int] = field(default_factory=dict)
    paths: Mapping[str, int] = field(default_factory=dict)
    keys: Mapping[str, int] = field(default_factory=dict)
    states: Mapping[str, int] = field(default_factory=dict)
    sureness: Mapping[str, int] = field(default_factory=dict)
    in_part: int = 0
    part_unknown: int = 0
    withheld: Mapping[str, int] = field(default_factory=dict)
    first: datetime | None = None
    last: datetime | None = None

    @property
    def left(self) -> int:
        """How many may have been outside."""
        return self.disclosures - sum(self.states.get(each.value, 0) for each in STAYED)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Scope(Silent):
    """What met a criterion `at` a moment: the disclosures, oldest first, and their counts.

    `received` is what came in besides and was not passed on.
    """

    criterion: Criterion
    at: datetime
    disclosures: tuple[Disclosed, ...]
    counts: Counts
    received: tuple[Received, ...] = ()

    @property
    def people(self) -> Mapping[str, tuple[Disclosed, ...]]:
        """By dossier what may have left about it; whoever was erased since is not among them."""
        found: dict[str, list[Disclosed]] = {}
        for each in self.disclosures:
            if each.dossier_id and not each.stayed:
                found.setdefault(each.dossier_id, []).append(each)
        return {dossier_id: tuple(of_one) for dossier_id, of_one in sorted(found.items())}

    @property
    def concerned(self) -> tuple[str, ...]:
        """Whom it concerns, each once: of what may have left, and of what did not."""
        came = {each.dossier_id for each in self.received if each.dossier_id}
        ready: set[str] = set()
        if self.criterion.only != DISCLOSED:
            ready = {each.dossier_id for each in self.disclosures if each.dossier_id}
        return tuple(sorted({*self.people, *came, *ready}))

    @property
    def digest(self) -> str:
        """SHA-256 in hex over what was asked and what met it: the same scope, the same digest.

        Over references only, so that it can still be made when somebody in it was erased.
        """
        met = [
            digest_line(each.span_id, each.trace, each.number, each.state.value)
            for each in self.disclosures
        ]
        met += [
            digest_line(
                each.span_id, each.trace, each.number, each.state.value, each.sureness.value
            )
            for each in self.received
        ]
        return digest_over(self.criterion.given(), self.at.isoformat(), met)


def digest_line(span_id: str, trace: str, number: int, *said: str) -> str:
    """What `Scope.digest` has of one that met it; `said` are its state and how sure that is."""
    return " ".join([span_id, trace, str(number), *said])


def digest_over(asked: Mapping[str, str], at: str, met: Sequence[str]) -> str:
    """As `Scope.digest`, over what was asked, when, and a line of each that met it."""
    said = sorted(f"{name}={value}" for name, value in asked.items())
    return sha256("\n".join([*said, at, *met]).encode()).hexdigest()


def scope_of(
    criterion: Criterion,
    at: datetime,
    disclosures: Sequence[Disclosed],
    received: Sequence[Received] = (),
) -> Scope:
    """What these amount to; what was withdrawn before it left is left out."""
    kept = tuple(each for each in disclosures if each.state is not Left.WITHDRAWN)
    return Scope(
        criterion=criterion,
        at=at,
        disclosures=kept,
        counts=counted(kept),
        received=tuple(received),
    )


def counted(disclosures: Iterable[Disclosed]) -> Counts:
    """Each of the counts, one by one; a database counts the same by its own means."""
    kept = [each for each in disclosures if each.state is not Left.WITHDRAWN]
    moments = [each.sent_at for each in kept if each.sent_at is not None]
    return Counts(
        disclosures=len(kept),
        people=len({each.dossier_id for each in kept if each.dossier_id}),
        erased=sum(not each.dossier_id for each in kept),
        messages=len({each.trace for each in kept}),
        recipients=tally(each.recipient_id for each in kept),
        senders=tally(each.sender_id for each in kept),
        categories=tally(name.value for each in kept for name in each.categories),
        paths=tally(path for each in kept for path in each.fields),
        keys=tally(each.sealed_to for each in kept),
        states=tally(each.state.value for each in kept),
        sureness=tally(each.sureness.value for each in kept),
        in_part=sum(bool(each.withheld) for each in kept),
        part_unknown=sum(each.withheld is None for each in kept),
        withheld=tally(path for each in kept for path in each.withheld or ()),
        first=min(moments, default=None),
        last=max(moments, default=None),
    )


def by_dossier(found: Iterable[_About]) -> Mapping[str, Sequence[_About]]:
    """Each under whom it is about; nothing that is about nobody known."""
    named: dict[str, list[_About]] = {}
    for each in found:
        if each.dossier_id:
            named.setdefault(each.dossier_id, []).append(each)
    return named
