"""What the walk asks of the outside world, as Protocols; adapters answer.

Every adapter and its in-memory twin pass the same contract suite in
``tests/contracts/``.  Adapters raise `Stop` kinds where the caller must act on
the difference, and nothing else that a caller would have to know by library.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping, Sequence
    from datetime import datetime

    from gateway.domain.audit import Deed
    from gateway.domain.backtest import Kept
    from gateway.domain.facts import Facts
    from gateway.domain.histories import DossierHistory, Roster
    from gateway.domain.incidents import SentReport
    from gateway.domain.mail import Letter, SealedMail, Unsealed
    from gateway.domain.originals import Fate, Original
    from gateway.domain.outcomes import Handled, Mailed
    from gateway.domain.parties import Contact
    from gateway.domain.policy import Policy
    from gateway.domain.reminding import Reminder, Told
    from gateway.domain.stages import Checked, Known, RawMail, Released, Standing
    from gateway.domain.walking_again import Looked, Resting


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a mail lies: the triple that makes a second fetch harmless (RFC 9051, 2.3.1.1).

    A Maildir has no UIDVALIDITY; it gives 0 and the file's unique name as `uid`.
    """

    mailbox: str
    uidvalidity: int
    uid: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Fetched(Silent):
    """One mail as the server holds it.

    `content` is byte-exact, or only the header block where `oversize` says that
    the mail is larger than the configured limit (`size` is always the whole).
    """

    place: Place
    content: bytes
    size: int
    received_at: datetime
    oversize: bool = False


class Mailbox(Protocol):
    """Incoming transport.  Fetching never changes the mailbox; filing does, and only when asked.

    Any method raises `Retry(Reason.UNREACHABLE)` when the server cannot be used now.
    """

    async def fetch_new(self, limit: int) -> Sequence[Fetched]:
        """Up to `limit` mails not yet filed, oldest first, bounded in bytes as well."""

    async def file_away(self, places: Sequence[Place]) -> None:
        """Move to the processed folder; a mail that is no longer there is no error."""

    async def set_aside(self, places: Sequence[Place]) -> None:
        """Move oversize mails to the folder that the officer looks into."""

    async def wait(self, seconds: float) -> None:
        """Return when new mail may have come, at the latest after `seconds`."""

    @property
    def name(self) -> str:
        """Under which its places are recorded."""

    async def remove(self, originals: Sequence[Original]) -> Mapping[str, Fate]:
        """Out of every folder for good, each copy of these and nothing else; by digest.

        `REMOVED`, `ABSENT`, or `STUCK` where only these cannot be removed: then they stay.
        """

    async def close(self) -> None:
        """Say goodbye; safe to call twice and when never connected."""


class Relay(Protocol):
    """Outgoing transport: one mail, one recipient, an encrypted and checked channel."""

    async def send(self, mail: bytes, *, envelope_from: str, recipient: str) -> None:
        """Return when the server has accepted responsibility (RFC 5321, 4.2.5).

        Raises `Retry(UNREACHABLE)` on a temporary answer or none, `Hold(UNDELIVERABLE)` on a
        permanent one.  Never sends over a channel that is not TLS with a checked certificate.
        """

    async def close(self) -> None:
        """Finish what is under way and quit."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Keyring(Silent):
    """Public certificates of all contacts, OpenPGP and DER (`x509`), as of one revision."""

    revision: int
    certificates: tuple[bytes, ...]
    x509: tuple[bytes, ...] = ()


class Sealer(Protocol):
    """The cryptographic engine, inside bounded workers."""

    async def open(
        self, content: bytes, keyring: Keyring, *, at: datetime | None = None
    ) -> Unsealed:
        """Decrypt and verify, with keys as they stand `at` that instant (None: now).

        Raises `Reject` with an opening reason when the mail is not one we can open, and
        `Hold(OPENER_LIMIT)` when opening exceeded memory, time or output bounds.
        """

    async def sealed(self, letter: Letter) -> SealedMail:
        """The whole mail, signed by the gateway and encrypted to the one recipient.

        Raises `Hold` with a reason of the recipient's key, or SEALING_FAILED.
        """

    async def close(self) -> None:
        """End the workers."""


class Registry(Protocol):
    """The register as a walk reads it: as of an instant, in one consistent reading.

    Every method raises `Retry(UNREACHABLE)` when the register cannot be read now.
    """

    async def keyring(self) -> Keyring:
        """Certificates of all contacts, revoked and expired ones too (they must be recognised)."""

    async def holders(self, fingerprint: str, instant: datetime) -> Sequence[Contact]:
        """The contacts to whom this key is pinned at `instant`; normally one or none."""

    async def opened_before(self, signed: str, raw: RawMail) -> bool:
        """Whether a mail of other bytes, on record, held this same act of signing."""

    async def addressee(self, raw: RawMail) -> Contact | None:
        """The ready contact whose address is the outer From; none for mail by a program."""

    async def officers(self, instant: datetime) -> Sequence[Contact]:
        """The privacy officers with a usable key, who are told what waits for them."""

    async def contact(self, contact_id: str, instant: datetime) -> Contact | None:
        """This contact as registered at `instant`, with a usable key; None where there is none."""

    async def look_up(self, checked: Checked) -> Known:
        """Dossier, designations, consent, standing for this report, as of its mail's instant."""

    async def policy(self, known: Known) -> Policy:
        """The decision table that these facts say is in force.

        Raises `Hold(UNEXPECTED)` when its text is not there or not well formed.
        """


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Claimed(Silent):
    """A stored mail that this gateway works on until it is handled or put back.

    `token` fences: whoever lost the claim cannot record an outcome any more.
    """

    token: str
    attempts: int
    raw: RawMail


class Inbox(Protocol):
    """Received mail, stored and committed before the mailbox is touched."""

    async def store(self, mails: Sequence[Fetched], now: datetime) -> None:
        """Keep these; a second time of the same place or the same bytes changes nothing."""

    async def claim(self, limit: int, now: datetime) -> Sequence[Claimed]:
        """Up to `limit` mails that wait, oldest first, for this gateway alone.

        Bounded in bytes as well.  Mails of a gateway that has died come back
        once its lease is over.
        """

    async def renew(self, claimed: Sequence[Claimed], now: datetime) -> None:
        """Hold these claims for another lease; a claim that was lost stays lost."""

    async def put_back(self, claimed: Sequence[Claimed], not_before: datetime) -> None:
        """Give up the claim; `not_before` is when it may walk again.  Counts as an attempt."""

    async def hand_back(self, claimed: Sequence[Claimed]) -> None:
        """Give up the claim without counting: the gateway is stopping."""

    async def forget(self, before: datetime, now: datetime) -> int:
        """Drop the bytes of mails that are done with and were stored before; how many.

        That each was deleted goes on record.
        What waits, is held, or has a mail in the outbox stays; the record always stays.
        """


class Ledger(Protocol):
    """The record.  No log, no mail."""

    async def release(self, handled: Sequence[tuple[Claimed, Handled]], now: datetime) -> None:
        """One transaction: outcomes, log entries and outbox rows of all these mails.

        With each outcome that the decision table spoke on goes what it was decided
        on, and what the table said.  Answers above the limit of their occasion are left
        out (`gateway.domain.sparing`).  What a server told of a mail of ours is put on record
        with that mail: a report that did not arrive is held (`Returned`).
        A mail whose claim was lost, or whose report was meanwhile disclosed by
        another mail, is left out and walks again.  Raises `Retry(UNREACHABLE)`
        when nothing was recorded.
        """


class Sequencing(Protocol):
    """Takes what was logged into the tree, and signs what the log is then."""

    async def cover(self, now: datetime) -> None:
        """Every entry committed before is covered by a signed checkpoint afterwards.

        Raises `BrokenLogError` when the log does not follow from the newest one.
        """


class Decisions(Protocol):
    """What the decision table said before, with all that it was decided on.

    From `since` until before `until`, by the instant of recording; None is open.
    Every method raises `Retry(UNREACHABLE)` when the record cannot be read now.
    """

    def kept(self, since: datetime | None, until: datetime | None) -> AsyncIterator[Kept]:
        """Decisions with their facts, oldest first, those that do not stand any more too."""

    async def without_facts(self, since: datetime | None, until: datetime | None) -> int:
        """How many reports were judged under a table while nothing to replay is kept."""

    async def table(self, digest: str) -> Policy:
        """The table of that time; raises `Hold(UNEXPECTED)` when it is not there or damaged."""


class Outbox(Protocol):
    """Sealed mail that is on record and not yet accepted by the next server."""

    async def claim(self, limit: int, now: datetime) -> Sequence[Released]:
        """Up to `limit` mails due now, oldest first, receipts after the reports they speak of."""

    async def still_stands(self, released: Sequence[Released], now: datetime) -> Sequence[bool]:
        """Whether each decision still stands: no fact it rests on has changed since."""

    async def may_leave(self, released: Released) -> bool:
        """Whether no hold on outgoing mail keeps it here; asked right before it is handed over.

        What is held is not claimed.
        """

    async def renew(self, released: Sequence[Released], now: datetime) -> None:
        """Hold these claims for another lease; a claim that was lost stays lost."""

    async def sent(self, released: Sequence[Released], now: datetime) -> None:
        """Accepted by the next server; the sealed copy is dropped, the record stays."""

    async def postpone(self, released: Released, not_before: datetime) -> None:
        """Not accepted now; counts as an attempt."""

    async def undeliverable(
        self, released: Released, answers: Sequence[Mailed], now: datetime
    ) -> None:
        """Refused for good: the mail it came from is held, on record, for the officer.

        `answers` tell those concerned; they are queued in the same transaction.
        """

    async def walk_again(self, released: Sequence[Released], now: datetime) -> None:
        """Facts changed: withdraw what is unsent of these mails and put them back in the inbox."""

    async def hand_back(self, released: Sequence[Released]) -> None:
        """Give up the claim without counting: the gateway is stopping."""


class SentReports(Protocol):
    """What left about somebody, as it is on record (12.4)."""

    async def about(self, dossier_ids: Collection[str], since: datetime) -> Sequence[SentReport]:
        """Those on the ground of consent that left since then, or are being handed over now."""

    async def received(self, dossier_id: str) -> Sequence[SentReport]:
        """Everything that ever left about somebody, on whatever ground."""


class RegisterView(Protocol):
    """The register as those duties read it that look after what time and other people change.

    Every method raises `Retry(UNREACHABLE)` when the register cannot be read now.
    """

    async def revision(self) -> int:
        """How many changes there have been."""

    async def roster(self) -> Roster:
        """Parties and contacts with their histories, and the terms that run."""

    async def facts_for(self, sender_id: str, dossier_id: str, instant: datetime) -> Facts:
        """What it says of one sender and dossier; of the sender alone where the id is empty.

        Raises LookupError for a sender it does not know.
        """

    async def table(self, digest: str) -> Policy:
        """The decision table with this digest; raises `Hold(UNEXPECTED)` where it is not there."""

    async def dossiers_of(self, party_id: str) -> Sequence[DossierHistory]:
        """Every dossier for which this party is, was or will be designated."""


class HeldDesk(Protocol):
    """Held mail as the gateway looks at it by itself: what may have changed, and walking again."""

    async def doubtful(self, revision: int, now: datetime, limit: int) -> Sequence[Resting]:
        """Held reports not looked at since this revision, or whose facts changed by themselves.

        Those that came in first come first.  Whole mails, and reports of a sender
        who was not proven, are not among them.
        """

    async def walk_again(self, resting: Sequence[Resting], now: datetime) -> Sequence[str]:
        """Put the mails of these reports back in the inbox, on record; the traces that went.

        A mail goes once, whatever other gateways do: not when it is held no more,
        or for another round than the one looked at, nor after `MOST_WALKS`.
        """

    async def looked(self, looked: Sequence[Looked]) -> None:
        """These need no further look until the register changes or one of its dates comes."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ReminderLetter(Silent):
    """A sealed reminder to one contact, and what it rests on."""

    told: Told
    mailed: Mailed
    standing: Standing


class Reminders(Protocol):
    """What was told in time, and to whom; told once, also by several gateways and after a crash."""

    async def open(self, reminder: Reminder) -> frozenset[str] | None:
        """The contacts who have yet to hear of it; None where nobody has been told.

        Once told, these are the ones whose letter was withdrawn before it left.
        """

    async def tell(self, letters: Sequence[ReminderLetter], now: datetime) -> bool:
        """One transaction: on record as told, logged, and in the outbox.

        False, and nothing was done, when another gateway told any of them meanwhile.
        """

    async def told(self, trace: str) -> Told | None:
        """Which reminder, to whom, the letter with this trace is."""


class ReminderLetters(Protocol):
    """Reminders as people read them, in Dutch; pure rendering."""

    def reminder(
        self, told: Told, to: Contact, roster: Roster, dossiers: Sequence[str], now: datetime
    ) -> Letter:
        """What is about to happen, when, and what to do; nothing about an inburgeraar.

        `dossiers` are the register's own ids of those that need another provider.
        """


class AuditSink(Protocol):
    """Where deeds go for somebody else to watch: the municipality's SIEM."""

    async def deliver(self, deeds: Sequence[tuple[int, Deed]]) -> int:
        """Hand over deeds, each with its number in the log; how many were accepted.

        In order, from the first: who keeps the count goes on after them, also after a failure,
        which is no exception here.  A deed may come again, with the number that it had.
        """
