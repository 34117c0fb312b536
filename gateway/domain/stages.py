"""The stages of one message, each made in one module only.

`RawMail -> Opened -> Checked -> Known -> Judged -> Permitted
-> Disclosure -> Addressed -> Sealed -> Released`

Every step takes exactly one stage, so that one person's report can never meet
another's consent: everything up to `Permitted` contains its predecessor, and
`Disclosure` drops it, so unfiltered data ends there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.domain.silent import Silent
from gateway.domain.whom import Whom

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from gateway.domain.bijsluiter import Bericht, Category, Envelop
    from gateway.domain.earlier import EarlierReport
    from gateway.domain.facts import Facts
    from gateway.domain.form_reading import FormRead
    from gateway.domain.judgement import Judgement
    from gateway.domain.mail import Attachment, Protection
    from gateway.domain.parties import Contact
    from gateway.domain.plans import PlanFile, Plans
    from gateway.domain.policy import GroundText, Policy, Verdict
    from gateway.domain.replacing import Earlier, Replaced
    from gateway.domain.resending import First
    from gateway.domain.situation import Ground
    from gateway.domain.stops import Fault, Reason, Stop
    from gateway.domain.wire import Json


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RawMail(Silent):
    """A stored mail, as sealed as it came.

    `trace` is the 16-byte trace id in hex, given once at storing; `instant` is
    the time this walk judges by, taken once.  `approved` are the reports whose
    free text two people released, `delivered` the places in the document of
    those that an earlier walk of this mail has passed on.  `undecided` are the places
    of those that wait for a person, with their reasons, in a walk that nobody asked for;
    `refused` those of the reports that stand refused, whoever asked for this walk.  In both
    `WHOLE_MAIL` stands for the mail as a whole.
    """

    trace: str
    content: bytes
    size: int
    received_at: datetime
    instant: datetime
    mailbox: str
    oversize: bool = False
    approved: frozenset[UUID] = frozenset()
    delivered: frozenset[int] = frozenset()
    undecided: Mapping[int, tuple[Reason, ...]] = field(default_factory=dict)
    refused: Mapping[int, tuple[Reason, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Opened(Silent):
    """Decrypted, and proven to come from one registered contact (12.5).

    `automatic` when the mail says that a program wrote it (RFC 3834), `reply` when it
    says that a program answers another mail with it; `opened_by` is the fingerprint of
    the gateway's key that opened it.
    `answers` are the Message-IDs that the mail says it answers, `words` what it then says.
    `signed` tells this act of signing from every other, whatever is put around it.
    `form` is the one form among the attachments, read, or the stop that reading it ended in;
    `form_file` is that attachment.  `plans` are files that a report may declare.
    """

    raw: RawMail
    sender: Contact
    protection: Protection
    signed_at: datetime
    message_id: str
    attachments: tuple[Attachment, ...]
    automatic: bool = False
    signed: str = ""
    opened_by: str = ""
    reply: bool = False
    answers: tuple[str, ...] = ()
    words: str = ""
    form: FormRead | Stop | None = None
    form_file: Attachment | None = None
    plans: Plans = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Checked(Silent):
    """One well-formed, plausible report of the document (12.3)."""

    opened: Opened
    envelop: Envelop
    bericht: Bericht
    sent: Json
    number: int
    remarks: tuple[Fault, ...]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Known(Silent):
    """The report with what register and consent say of its person at this instant.

    `first` is what became of it when this sender sent it before.  `mark` tells its content
    from every other, to whoever holds the gateway's master key and to nobody else.
    """

    checked: Checked
    facts: Facts
    first: First | None = None
    mark: str = ""

    def __post_init__(self) -> None:
        asked = self.checked.bericht.betrokkene.dossierkenmerk
        if self.facts.dossierkenmerk != asked:
            raise ValueError("facts of another dossier")
        if self.facts.sender.contact_id != self.checked.opened.sender.contact_id:
            raise ValueError("facts about another sender")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Judged(Silent):
    """The report with what the decision table says of it, a stop included."""

    known: Known
    policy: Policy
    judgement: Judgement


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Permitted(Silent):
    """What may be shared, row by row, and on which ground (2.3, 12.1, 12.2, 12.8, 15, 16)."""

    known: Known
    ground: Ground
    ground_text: GroundText
    gate: Verdict
    categories: Mapping[Category, Verdict]
    policy_digest: str
    judgement: Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """One field path that is not passed on, and why.  Never its value."""

    path: str
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How long a decision stands: until the register changes or `until` comes.

    `digest` is that of the facts, so that a change that does not touch this
    report does not make it walk again.
    """

    revision: int
    digest: str
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Disclosure(Silent):
    """What is left (12.4): only what may be shared, for the one designated contact.

    `judgement` are codes, kept with the outcome: what it was decided on, and how.
    `mark` as in `Known`.
    `plan` is the file that goes with it, where the report declares one and P1 is shared.
    `replaced` is the report that a correction replaces.
    """

    trace: str
    instant: datetime
    number: int
    signed_at: datetime
    document_id: UUID
    content: Bericht
    disclosed: tuple[str, ...]
    withheld: tuple[Withheld, ...]
    categories: tuple[Category, ...]
    remarks: tuple[Fault, ...]
    ground: Ground
    ground_text: GroundText
    articles: tuple[str, ...]
    rows: tuple[str, ...]
    policy_digest: str
    dossier_id: str
    sender: Contact
    recipient: Contact | None
    standing: Standing
    judgement: Judgement
    mark: str = ""
    plan: PlanFile | None = None
    replaced: Replaced | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Addressed(Silent):
    """A disclosure with the one person it goes to (12.5).

    `earlier` is what this person had before about the same inburgeraar from the same
    sender, oldest first.  `before` is what a correction may show of the report that it
    replaces.
    """

    disclosure: Disclosure
    recipient: Contact
    earlier: tuple[EarlierReport, ...] = ()
    before: Earlier | None = None

    def comparing(self, before: Earlier) -> Addressed:
        """The same, for a reader who sees what changed."""
        return Addressed(
            disclosure=self.disclosure,
            recipient=self.recipient,
            earlier=self.earlier,
            before=before,
        )

    def __post_init__(self) -> None:
        if any(each.whom != self.whom for each in self.earlier):
            raise ValueError("an earlier report of somebody else")

    @property
    def whom(self) -> Whom:
        """About whom, from whom, to whom."""
        disclosure = self.disclosure
        return Whom(disclosure.dossier_id, disclosure.sender.contact_id, self.recipient.contact_id)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Sealed(Silent):
    """Signed and encrypted: bytes that may lie in a queue.

    `sealed_by` and `sealed_to` are the fingerprints of our key and of the recipient's.
    """

    addressed: Addressed
    message_id: str
    mail: bytes
    sealed_by: str = ""
    sealed_to: str = ""


class Post(StrEnum):
    """What a mail in the outbox is."""

    REPORT = "report"
    RECEIPT = "receipt"
    NOTICE = "notice"
    REMINDER = "reminder"
    DUTY = "duty"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Released(Silent):
    """On record and in the outbox.  Sent only while `standing` still stands.

    `standing` is None for receipts and notices, which disclose nothing; a reminder's
    says whether there is still something to be reminded of, a letter of duty's whether its
    reader still has this address and key.  `number`
    and `sender_id` say which report of whom it is, for a report.
    """

    outgoing_id: str
    trace: str
    message_id: str
    envelope_from: str
    recipient: str
    mail: bytes
    attempts: int
    standing: Standing | None
    post: Post
    number: int | None = None
    sender_id: str = ""
