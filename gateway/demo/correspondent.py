"""What the story asks of somebody's own program, be it GnuPG or OpenSSL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gateway.demo.mail_user import Outside


class ProgramError(Exception):
    """The program is not there, or did not do what it was asked; says which."""


@dataclass(frozen=True, slots=True)
class OpenedMail:
    """The inner entity, and the fingerprints of those whose signature over it is valid."""

    content: bytes
    signers: tuple[str, ...]


class Correspondent(Protocol):
    """One person with a key of their own."""

    @property
    def program(self) -> str:
        """With what they do it."""

    async def make_key(self) -> bytes:
        """A new key; its certificate."""

    async def learn(self, certificate: bytes) -> None:
        """Take in the gateway's certificate."""

    async def mail(self, outside: Outside, inner: bytes) -> bytes:
        """A whole mail with this content, signed and encrypted to the gateway."""

    async def open(self, mail: bytes) -> OpenedMail:
        """Decrypt a mail and check its signature; raises `ProgramError` if they cannot."""

    async def can_open(self, mail: bytes) -> bool:
        """Whether this person's key opens the mail."""

    async def secret_key(self) -> tuple[str, bytes]:
        """The secret key for another mail program: how its file's name ends, and content."""

    def commands(self) -> tuple[str, str]:
        """How to open a mail, and to seal a file, on the command line."""

    async def close(self) -> None:
        """Leave nothing running."""
