"""What a walk needs besides the message: the ports, bundled once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from gateway.domain.correcting import Correction
    from gateway.domain.delivery import SentLetter
    from gateway.domain.duty_letters import DutyLetter
    from gateway.domain.earlier import SentBefore
    from gateway.domain.form_reading import FormRead
    from gateway.domain.mail import Attachment, Letter
    from gateway.domain.outcomes import Handled, Later
    from gateway.domain.parties import Contact
    from gateway.domain.plans import PlanFile
    from gateway.domain.replacing import Replaced
    from gateway.domain.stages import Addressed, RawMail
    from gateway.domain.whom import Whom
    from gateway.ports import Registry, Sealer


class Letters(Protocol):
    """What people read, in Dutch; pure rendering."""

    def report(self, addressed: Addressed) -> Letter:
        """The report to the designated contact; bears no trace of what was withheld."""

    def receipt(
        self,
        handled: Handled,
        recipient: Contact,
        in_reply_to: str,
        correction: Correction | None = None,
    ) -> Letter:
        """What became of each report, for the sender: codes, articles, paths, never values.

        With a `correction` the sender's own form is attached, to be mended: the one place
        where values stand, and those are the recipient's own.
        """

    def replaced(self, replaced: Replaced, recipient: Contact, instant: datetime) -> Letter:
        """For who got a report that was replaced: use it no more."""

    def notice(self, handled: Handled, officer: Contact) -> Letter:
        """What waits for the officer: references and reason codes, no content."""

    def afterwards(self, later: Later, to: Contact) -> Letter:
        """What happened to reports after their receipt was written, for sender or officer."""


class Forms(Protocol):
    """Files that people send, read inside bounded workers: each is as hostile as a mail."""

    async def read(self, attachment: Attachment) -> FormRead:
        """What the form says, as a document, with the places and faults of what it says.

        Nothing in it is run, followed or calculated.  The same form gives the same answer.
        Raises `Reject(UNREADABLE_FORM)`, with faults, when it is not a form that can be
        read, `Reject(UNKNOWN_VERSION)` for another version's, and `Hold(OPENER_LIMIT)`
        when reading exceeded memory, time or output bounds.
        """

    async def cleaned(self, attachment: Attachment) -> PlanFile:
        """A plan as PDF, written anew: its pages as they look and nothing else.

        The same file gives the same answer.  Raises `Reject(FAULTY_REPORT)` with one
        fault at `DECLARED` when it cannot be read whole, and `Hold(OPENER_LIMIT)` as above.
        """


class SentMail(Protocol):
    """What left, as those ask who read what comes back.

    Every method raises `Retry(UNREACHABLE)` when the record cannot be read now.
    """

    async def named(self, message_ids: Collection[str], instant: datetime) -> Sequence[SentLetter]:
        """Our mails under these Message-IDs that left `BELIEVED_FOR` before then, or less."""

    async def wrote(self, raw: RawMail) -> bool:
        """Whether this mail says that it is ours: by its Message-ID, or by its only From."""


class KeptMail(Protocol):
    """The sealed originals that the gateway still keeps."""

    async def original(self, trace: str, instant: datetime) -> RawMail | None:
        """This mail as it came, to be looked at as of `instant`; None once it is forgotten.

        With the free text that two people released.  Raises `Retry(UNREACHABLE)`.
        """


class EarlierMail(Protocol):
    """What was sent before, as far as its sealed original is still there."""

    async def before(self, wanted: Collection[Whom], trace: str) -> Sequence[SentBefore]:
        """The newest mails with a report that was sent about, from and to any of these.

        Not the one with this `trace`, none that came back, and few enough to open all of
        them within a walk; oldest first.  Raises `Retry(UNREACHABLE)`.
        """


class LettersOfDuty(Protocol):
    """Letters of duty that left, as those ask who read what people answer."""

    async def named(self, message_id: str) -> DutyLetter | None:
        """The letter of ours with this Message-ID.  Raises `Retry(UNREACHABLE)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The gateway as one walk sees it; `addresses` are those at which mail reaches it.

    `sent`, `kept`, `earlier` and `duties` are None in trials, which sent nothing and keep nothing.
    """

    addresses: tuple[str, ...]
    sealer: Sealer
    forms: Forms
    registry: Registry
    letters: Letters
    sent: SentMail | None = None
    kept: KeptMail | None = None
    earlier: EarlierMail | None = None
    duties: LettersOfDuty | None = None
