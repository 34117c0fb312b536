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
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.domain.mail import Letter, Unsealed


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

    async def close(self) -> None:
        """Say goodbye; safe to call twice and when never connected."""


class Relay(Protocol):
    """Outgoing transport: one mail, one recipient, an encrypted and checked channel."""

    async def send(self, mail: bytes, *, envelope_from: str, recipient: str) -> None:
        """Return when the server has accepted responsibility (RFC 5321, 4.2.5).

        Raises `Retry(UNREACHABLE)` on a temporary answer or no answer, and
        `Hold(UNDELIVERABLE)` on a permanent one.  Never sends over a channel
        that is not TLS with a checked certificate.
        """

    async def close(self) -> None:
        """Finish what is under way and quit."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Keyring(Silent):
    """Public certificates of all registered contacts as of one register revision."""

    revision: int
    certificates: tuple[bytes, ...]


class Sealer(Protocol):
    """The cryptographic engine, inside bounded workers."""

    async def open(self, content: bytes, keyring: Keyring) -> Unsealed:
        """Decrypt and verify; believes nothing.

        Raises `Reject` with an opening reason when the mail is not one we can
        open (not encrypted, not for us, damaged, malformed), and
        `Hold(OPENER_LIMIT)` when opening exceeded memory, time or output bounds.
        """

    async def seal(self, letter: Letter) -> bytes:
        """The whole mail, signed by the gateway and encrypted to the one recipient.

        Raises `Hold` with RECIPIENT_KEY_EXPIRED, RECIPIENT_KEY_REVOKED,
        RECIPIENT_NO_KEY (unusable certificate) or SEALING_FAILED.
        """

    async def close(self) -> None:
        """End the workers."""
