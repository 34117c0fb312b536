"""What the story asks of somebody's own program, be it GnuPG or OpenSSL."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

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

    async def secret_key(self) -> tuple[str, bytes]:
        """The secret key for another mail program: how its file's name ends, and content."""

    def commands(self) -> tuple[str, str]:
        """How to open a mail, and to seal a file, on the command line."""

    async def close(self) -> None:
        """Leave nothing running."""


async def can_open(whose: Correspondent, mail: bytes) -> bool:
    """Whether somebody's key opens the mail."""
    try:
        await whose.open(mail)
    except ProgramError:
        return False
    return True


async def answered(
    command: tuple[str, ...], given: bytes, complaint: Callable[[list[str]], str]
) -> bytes:
    """What a program writes; `complaint` makes words of the lines that it fails with.

    Raises `ProgramError` with these words.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, said = await process.communicate(given)
    if process.returncode != 0:
        raise ProgramError(complaint(said.decode("utf-8", "replace").strip().splitlines()))
    return output
