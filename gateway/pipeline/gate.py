"""What a walk needs besides the message: the ports, bundled once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from gateway.domain.delivery import SentLetter
    from gateway.domain.stages import RawMail
    from gateway.ports import Letters, Registry, Sealer


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The gateway as one walk sees it; `addresses` are those at which mail reaches it.

    `sent` and `kept` are None in trials, which sent nothing and keep nothing.
    """

    addresses: tuple[str, ...]
    sealer: Sealer
    registry: Registry
    letters: Letters
    sent: SentMail | None = None
    kept: KeptMail | None = None
