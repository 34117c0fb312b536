"""Somebody with GnuPG: makes a key, seals and opens mail with the ``gpg`` of this machine.

Nothing here uses the gateway's own code: this is the other side.
"""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

from gateway.demo.correspondent import OpenedMail, ProgramError, answered
from gateway.demo.mail_user import pgp_mime
from gateway.demo.people import GATEWAY_ADDRESS

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.demo.mail_user import Outside
    from gateway.demo.people import Somebody

_BEGIN = b"-----BEGIN PGP MESSAGE-----"
# A socket's path has room for 107 bytes (unix(7)), and the agent needs some of it.
LONGEST_HOME = 80


class GnupgUser:
    """One person's GnuPG home, with an agent of its own until `close`."""

    def __init__(self, home: Path, person: Somebody) -> None:
        self.home = home
        self.person = person
        self.program = "gpg"
        self.fingerprint = ""

    async def make_key(self) -> bytes:
        """A new Curve25519 key without a passphrase; the certificate, binary."""
        if shutil.which("gpg") is None:
            raise ProgramError("GnuPG (gpg) staat niet op deze machine")
        if len(str(self.home)) > LONGEST_HOME:
            raise ProgramError(f"het pad {self.home} is te lang voor GnuPG; zet TMPDIR korter")
        self.home.mkdir(mode=0o700, parents=True)
        await self._run("--generate-key", given=self._parameters().encode())
        listing = await self._run("--with-colons", "--list-keys")
        lines = [line.split(":") for line in listing.decode().splitlines()]
        self.fingerprint = next(line[9] for line in lines if line[0] == "fpr")
        return await self._run("--export", self.fingerprint)

    def _parameters(self) -> str:
        """For unattended key generation (GnuPG's manual, 4.5.4)."""
        return "\n".join(
            (
                "%no-protection",
                "Key-Type: EDDSA",
                "Key-Curve: ed25519",
                "Key-Usage: sign cert",
                "Subkey-Type: ECDH",
                "Subkey-Curve: cv25519",
                "Subkey-Usage: encrypt",
                f"Name-Real: {self.person.name}",
                f"Name-Email: {self.person.address}",
                "Expire-Date: 1y",
                "%commit",
                "",
            )
        )

    async def learn(self, certificate: bytes) -> None:
        """Import somebody's certificate."""
        await self._run("--import", given=certificate)

    async def mail(self, outside: Outside, inner: bytes) -> bytes:
        """Signed and encrypted as GnuPG does by itself, which is compressed."""
        to = ("--encrypt", "--recipient", outside.recipient)
        return pgp_mime(outside, await self._run("--armor", "--sign", *to, given=inner))

    async def open(self, mail: bytes) -> OpenedMail:
        """Decrypt a PGP/MIME mail and check its signature; raises `ProgramError` if it cannot."""
        status = self.home / "status"
        content = await self._run(
            "--status-file", str(status), "--decrypt", given=mail[mail.index(_BEGIN) :]
        )
        lines = [line.split(b" ") for line in status.read_bytes().split(b"\n")]
        valid = [line for line in lines if line[:2] == [b"[GNUPG:]", b"VALIDSIG"]]
        return OpenedMail(content, tuple(line[11].decode() for line in valid))

    async def secret_key(self) -> tuple[str, bytes]:
        """The secret key, armored, for another mail program."""
        found = await self._run("--armor", "--export-secret-keys", self.fingerprint)
        return "key.asc", found

    def commands(self) -> tuple[str, str]:
        """With gpg."""
        sealing = (
            f"gpg --homedir {self.home} --trust-model always --armor \\\n"
            f"  --sign --encrypt --recipient {GATEWAY_ADDRESS} bestand"
        )
        return f"gpg --homedir {self.home} --decrypt mail.eml", sealing

    async def close(self) -> None:
        """End the agent."""
        if self.home.exists():
            await _ended("gpgconf", "--homedir", str(self.home), "--kill", "all")

    async def _run(self, *arguments: str, given: bytes = b"") -> bytes:
        options = ("--homedir", str(self.home), "--batch", "--no-tty", "--quiet", "--yes")
        command = ("gpg", *options, "--trust-model", "always", *arguments)
        what = f"gpg {arguments[0]} van {self.person.called}"
        return await answered(command, given, lambda said: f"{what}: {''.join(said[-1:])}")


async def _ended(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    await process.wait()
