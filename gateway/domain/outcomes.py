"""What became of one mail: every report its own outcome, all recorded together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from gateway.domain.silent import Silent
from gateway.domain.stops import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from gateway.domain.annotations import Question
    from gateway.domain.delivery import Fate
    from gateway.domain.judgement import Judgement
    from gateway.domain.mail import Protection
    from gateway.domain.parties import Contact
    from gateway.domain.resending import First
    from gateway.domain.sparing import Occasion
    from gateway.domain.stages import Addressed, RawMail, Sealed, Standing, Withheld
    from gateway.domain.stops import Fault, Reason, Stop


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Ended(Silent):
    """A report, or a whole mail when `number` is None, that a stop ended.

    `dossier_id` is set once the person is proven, so that the log has its data
    subject; `dossierkenmerk` is what the sender wrote.  `judgement` is there once
    the decision table spoke.  `standing` says on which facts the stop rests: those
    about the sender alone while the person is not proven.  `first` is the outcome that the
    sender had for it before, where it is that which ended it; `mark` as in `Known`.
    """

    stop: Stop
    number: int | None = None
    bericht_id: UUID | None = None
    dossierkenmerk: str = ""
    dossier_id: str = ""
    policy_digest: str = ""
    rows: tuple[str, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    remarks: tuple[Fault, ...] = ()
    judgement: Judgement | None = None
    standing: Standing | None = None
    first: First | None = None
    mark: str = ""

    def by(self, stop: Stop) -> Ended:
        """The same, ended by another stop."""
        return Ended(
            stop=stop,
            number=self.number,
            bericht_id=self.bericht_id,
            dossierkenmerk=self.dossierkenmerk,
            dossier_id=self.dossier_id,
            policy_digest=self.policy_digest,
            rows=self.rows,
            withheld=self.withheld,
            remarks=self.remarks,
            judgement=self.judgement,
            standing=self.standing,
            first=self.first,
            mark=self.mark,
        )


Carried: TypeAlias = "Addressed | Ended"
Settled: TypeAlias = "Sealed | Ended"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Mailed(Silent):
    """A sealed receipt or notice: goes to its recipient once the reports before it went.

    `sealed_by` and `sealed_to` as in `Sealed`.
    With an `occasion` it counts among what this contact is told, and above the limit it
    is left out.
    """

    message_id: str
    recipient: str
    mail: bytes
    after_reports: bool
    sealed_by: str = ""
    sealed_to: str = ""
    contact_id: str = ""
    occasion: Occasion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """What became of reports of a mail that was handled before.

    `numbers` are their places in the document; empty for a whole mail.  `questions` are
    the fields that the sender is asked to say in another way.
    """

    trace: str
    reason: Reason
    numbers: tuple[int, ...]
    instant: datetime
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Returned(Silent):
    """What a server told of a mail of ours.

    `back` are the letters that say that a report did not arrive, `strayed` those that say
    that it was elsewhere; they go when the record learns it by this.
    """

    fate: Fate
    back: tuple[Mailed, ...] = ()
    strayed: tuple[Mailed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Handled(Silent):
    """One mail, walked to its end: what the ledger puts on record in one transaction.

    `signed` as in `Opened`; empty where the mail was not proven to come from anybody.
    `opened_by` is the fingerprint of the gateway's key that opened it, where one did.
    `returned` is there when this mail was a server's notification about mails of ours.
    `places` says where in the sender's form each wire path stands, if it was a form.
    """

    raw: RawMail
    sender: Contact | None
    protection: Protection | None
    outcomes: tuple[Settled, ...]
    mailed: tuple[Mailed, ...]
    signed: str = ""
    opened_by: str = ""
    returned: tuple[Returned, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)

    @property
    def headline(self) -> str:
        """The mail as a whole in one word: its outcome, or ``partly`` when some reports passed."""
        passed = sum(not isinstance(each, Ended) for each in self.outcomes)
        return "partly" if 0 < passed < len(self.outcomes) else self.outcome.value

    @property
    def outcome(self) -> Outcome:
        """The mail's outcome: the gravest need for action among its reports."""
        found = {
            ended.stop.outcome if isinstance(ended, Ended) else Outcome.FORWARD
            for ended in self.outcomes
        }
        order = (Outcome.RETRY, Outcome.HOLD, Outcome.REJECT, Outcome.FORWARD, Outcome.IGNORE)
        return next((outcome for outcome in order if outcome in found), Outcome.IGNORE)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """All that stopped any of its reports, each once."""
        found: list[Reason] = []
        for each in self.outcomes:
            if isinstance(each, Ended):
                found += [reason for reason in each.stop.reasons if reason not in found]
        return tuple(found)
