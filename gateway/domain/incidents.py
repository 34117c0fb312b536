"""Incident proposals: what was disclosed and should not have been, as is known now.

A proposal opens by itself; that it is an incident, an officer decides.  It names
disclosures by reference and category, never by value.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.domain.register import Refusal, RegisterError
from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gateway.domain.bijsluiter import Category
    from gateway.domain.histories import Identity
    from gateway.domain.parties import Contact
    from gateway.domain.situation import GateSituation


class IncidentKind(StrEnum):
    """What opened it; each is a fact that a person should look at, and no more than that."""

    LATE_WITHDRAWAL = "late-withdrawal"  # consent turned out to have ended
    OTHER_MAILBOX = "other-mailbox"  # a server named another mailbox
    WRONG_PERSON = "wrong-person"  # name or date of birth was not that of the dossier
    LOG_INCONSISTENT = "log-inconsistent"  # checking the log found something
    REVOKED_KEY = "revoked-key"  # a key was used after its revocation
    UNUSUAL_VOLUME = "unusual-volume"  # a contact sent far more than in other weeks
    NOT_OPENED = "not-opened"  # mail from one address, or at all, did not open time and again
    NOT_BOUND = "not-bound"  # it went to somebody not bound to confidentiality (12.8)


class IncidentState(StrEnum):
    """How it stands; whoever drafts the notices accepts it."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SentReport(Silent):
    """One report that left, as it is on record.

    `sent_at` is None while it is being handed over: it may have left.  `number` is
    its place in the document, `span_id` that of its entry in the log, `reference`
    what its Message-ID begins with.  `free_text` are the categories in which a text
    was passed on.  `gate` is the situation that it passed in, where that was kept.  `paths`
    are the fields that were passed on; none where that is not on record any more.
    """

    dossier_id: str
    provider_id: str
    trace: str
    number: int
    span_id: str
    reference: str
    sent_at: datetime | None
    sender_id: str
    recipient_id: str
    categories: frozenset[Category]
    free_text: frozenset[Category]
    policy_digest: str
    gate: GateSituation | None = None
    bericht_id: str = ""
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Uncovered(Silent):
    """A disclosure of an incident; `categories` are those that consent did not cover."""

    dossier_id: str
    provider_id: str
    trace: str
    number: int
    span_id: str
    reference: str
    sent_at: datetime | None
    sender_id: str
    recipient_id: str
    categories: frozenset[Category]

    def left_at(self, moment: datetime | None) -> Uncovered:
        """The same, with what is known by now of when it left."""
        return Uncovered(
            dossier_id=self.dossier_id,
            provider_id=self.provider_id,
            trace=self.trace,
            number=self.number,
            span_id=self.span_id,
            reference=self.reference,
            sent_at=self.sent_at or moment,
            sender_id=self.sender_id,
            recipient_id=self.recipient_id,
            categories=self.categories,
        )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Incident(Silent):
    """A proposal with its disclosures.

    `occurred_at` is when the first of them left, `detected_at` when the register
    learned it, `evidence` where what showed it is on record.
    """

    incident_id: str
    kind: IncidentKind
    occurred_at: datetime
    detected_at: datetime
    recorded_by: str
    evidence: str
    disclosures: tuple[Uncovered, ...]
    state: IncidentState = IncidentState.OPEN
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str = ""

    @property
    def people(self) -> frozenset[str]:
        """The dossiers concerned."""
        return frozenset(each.dossier_id for each in self.disclosures)


def may_be(incident: Incident, state: IncidentState) -> bool:
    """Whether this state is news; raises `RegisterError` when it was decided otherwise before."""
    if incident.state is state and state is IncidentState.ACCEPTED:
        return False
    if incident.state is not IncidentState.OPEN:
        raise RegisterError(Refusal.ALREADY_DECIDED)
    return True


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Erasable(Silent):
    """One disclosure as a notice names it: enough to find it, nothing of what it said."""

    dossierkenmerk: str
    reference: str
    sent_at: datetime
    categories: tuple[Category, ...]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RecipientNotice(Silent):
    """What one recipient has to erase or restrict (AVG 19), about their own people only."""

    recipient: Contact
    items: tuple[Erasable, ...]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PersonNotice(Silent):
    """Who the recipients were, for one person (AVG 19, second sentence)."""

    dossierkenmerk: str
    items: tuple[tuple[Contact, Erasable], ...]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Notices(Silent):
    """Every notice of one incident; of another mailbox the recipient alone is told."""

    incident_id: str
    kind: IncidentKind
    recipients: tuple[RecipientNotice, ...]
    people: tuple[PersonNotice, ...]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Known(Silent):
    """Who the ids of an incident stand for now."""

    contacts: Mapping[str, Contact]
    identities: Mapping[str, Identity | None]
