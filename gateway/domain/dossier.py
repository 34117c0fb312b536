"""What the gateway holds about one inburgeraar and did with it, as the law has it told (AVG 15).

A value, gathered elsewhere (`gateway.duties.dossier`): nothing here is about anybody else
but those who sent or received (C-154/21), and no employee who looked is in it (C-579/21).
Written out by `dossier_export`, set as a letter by an adapter.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.consent_forms import OnRecord
    from gateway.domain.dossier_terms import Controller, Purpose, Term
    from gateway.domain.dossier_weighing import Mark
    from gateway.domain.histories import Circumstance, Identity
    from gateway.domain.parties import Side
    from gateway.domain.wire import Json


class Gap(StrEnum):
    """Why something of this person is not there to be read although it should be."""

    ENTRY = "entry-altered"  # an entry of the log is not what was sealed, or does not open
    UNLOGGED = "entry-missing"  # an outcome whose entry is not there, pruned or taken away
    MAIL = "mail-unreadable"  # a mail that is kept and does not open any more
    REPORT = "report-not-found"  # the mail opens, and the report is not at its place
    IDENTITY = "identity-unreadable"
    SCAN = "scan-unreadable"


class Omission(StrEnum):
    """What is left out on purpose; `ARTICLE_OF` says on which ground."""

    OTHERS = "others-reports"  # of other inburgeraars in the same mail
    STAFF = "staff-names"  # who looked, decided or typed it in
    THIRD_PERSON = "third-person"  # a text, name or file that was weighed and left out
    CONSIDERED = "considerations"  # why something about a third person was left out or not
    UNPROVEN = "unproven-report"  # bears this dossierkenmerk, and another name or birth date


ARTICLE_OF = {
    Omission.OTHERS: "AVG 15(4)",
    Omission.STAFF: "AVG 15(4), C-579/21",
    Omission.THIRD_PERSON: "AVG 15(4)",
    Omission.CONSIDERED: "AVG 15(4)",
    Omission.UNPROVEN: "AVG 15(4)",
}


class Kept(StrEnum):
    """Whether the values of a report are still there."""

    HERE = "kept"
    GONE = "removed"  # the mail was kept long enough
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Missing(Silent):
    """Something that could not be read; `where` is a number or reference of ours, no value."""

    gap: Gap
    where: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """What was left out; `where` are references of ours, `count` None where it tells of others."""

    what: Omission
    where: tuple[str, ...] = ()
    count: int | None = None

    @property
    def article(self) -> str:
        """On which ground."""
        return ARTICLE_OF[self.what]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Named(Silent):
    """A contact person who sent or received, and for whom, as they were then."""

    contact_id: str
    name: str
    organisation: str
    side: Side


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Dated(Silent):
    """Who the person was said to be, since when; None where it cannot be read."""

    since: datetime
    identity: Identity | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """Act, group and duty, since when."""

    since: datetime
    circumstance: Circumstance


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Assigned(Silent):
    """Who is or was the contact person on one side; `until` for a substitute only."""

    since: datetime
    side: Side
    organisation: str
    contact: Named | None
    until: datetime | None = None
    substitute: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ConsentShown(Silent):
    """One consent event, for which provider by name; `scan` is the name of its file here."""

    record: OnRecord
    provider: str
    scan: str = ""
    interpreter: str = ""
    added: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Withholding:
    """A field that was not passed on, and why; `article` of the covenant, empty without one."""

    path: str
    reason: str
    article: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Report(Silent):
    """One report about this person, in one round of judging, whatever became of it.

    `state` is that of the outgoing mail, empty where there was none; `withdrawn` when a later
    round took its place.  `content` is the report as it came, without what was left out, and
    `decided_on` the codes that the decision table was asked with (`decision_rows`).
    """

    span_id: str
    trace: str
    number: int
    round: int
    bericht_id: str
    reference: str
    decided_at: datetime
    outcome: str
    reasons: tuple[Withholding, ...]
    withdrawn: bool
    state: str
    sent_at: datetime | None
    sender: Named | None
    recipient: Named | None
    ground: str
    articles: tuple[str, ...]
    categories: tuple[str, ...]
    disclosed: tuple[str, ...]
    withheld: tuple[Withholding, ...]
    policy: str
    kept: Kept
    content: Json = None
    decided_on: Json = None
    plan: str = ""
    received_at: datetime | None = None
    kept_until: datetime | None = None

    @property
    def left(self) -> bool:
        """Whether it left, as far as anybody can tell."""
        return self.sent_at is not None

    @property
    def place(self) -> str:
        """By what it is called here."""
        return f"{self.trace}/{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Processed(Silent):
    """One entry of the processing log about this person, as it stands there.

    `entry` is all that it says (LDV 1.0 and evidence), None where it cannot be read.
    """

    number: int
    at: datetime
    kind: str
    activity_id: str
    entry: Json
    kept_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consulted:
    """A deed of somebody at this gateway about this person: when and what, and never who."""

    number: int
    at: datetime
    action: str
    activity_id: str
    kept_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AskedStep(Silent):
    """A step in a request; `words` as far as they may be shown."""

    step: str
    at: datetime
    detail: tuple[tuple[str, str], ...]
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Asked(Silent):
    """A request that this person made about their own data, this one too."""

    reference: str
    kind: str
    received_at: datetime
    steps: tuple[AskedStep, ...]


class RightKind(StrEnum):
    """Which duty something was done by."""

    RESTRICTION = "restriction"
    CORRECTION = "correction"
    NOTIFICATION = "notification"
    HELP = "help"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RightDone(Silent):
    """Something done because this person asked it; `code` from a short list of its kind.

    `words` are the value that should have stood there, or what was asked of another party;
    `sent_at` is when `who` had got what they were told about.
    """

    at: datetime
    kind: RightKind
    code: str
    reference: str
    field: str = ""
    words: str = ""
    who: Named | None = None
    sent_at: datetime | None = None

    @property
    def place(self) -> str:
        """By what it is called here."""
        return f"right/{self.kind.value}/{self.reference}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspected:
    """A proposal of an incident in which this person's data are named."""

    incident_id: str
    kind: str
    occurred_at: datetime
    detected_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class File(Silent):
    """A file that belongs to the dossier: a scanned form, or a plan."""

    name: str
    media_type: str
    content: bytes
    sha256: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Dossier(Silent):
    """Everything, as of `made_at`.  `edition` counts those made for this case, from 1.

    `identities` and so on are oldest first.  `marks` are what was weighed (AVG 15(4)).
    """

    case: str
    edition: int
    made_at: datetime
    controller: Controller
    identities: tuple[Dated, ...]
    circumstances: tuple[Circumstances, ...]
    assigned: tuple[Assigned, ...]
    consents: tuple[ConsentShown, ...]
    reports: tuple[Report, ...]
    processing: tuple[Processed, ...]
    consultations: tuple[Consulted, ...]
    activities: tuple[Purpose, ...]
    terms: tuple[Term, ...]
    suspected: tuple[Suspected, ...]
    requests: tuple[Asked, ...]
    rights: tuple[RightDone, ...]
    files: tuple[File, ...]
    marks: tuple[Mark, ...]
    left_out: tuple[LeftOut, ...]
    missing: tuple[Missing, ...]
    on_hold: bool = False

    @property
    def identity(self) -> Identity | None:
        """Who they are now."""
        return self.identities[-1].identity if self.identities else None

    @property
    def disclosures(self) -> tuple[Report, ...]:
        """What left, oldest first."""
        return tuple(each for each in self.reports if each.left)
