"""Somebody with S/MIME: a certificate of an authority, and ``openssl`` to seal and open mail.

Nothing here uses the gateway's own code: this is the other side.  Only on a machine
without OpenSSL's command does the gateway's library stand in for it.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from typing import TYPE_CHECKING

from gateway.demo.correspondent import OpenedMail, ProgramError, answered
from gateway.demo.mail_user import smime_mail
from gateway.wiring import demonstrating

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.demo.mail_user import Outside
    from gateway.demo.people import Somebody
    from gateway.wiring.demonstrating import Authority

_FINGERPRINT = re.compile(rb"Fingerprint=([0-9A-F:]+)")


class SmimeUser:
    """One person's folder with key, certificate and root."""

    def __init__(self, home: Path, person: Somebody, authority: Authority) -> None:
        self.home = home
        self.person = person
        self._authority = authority
        self._identity: demonstrating.Identity | None = None
        self._gateway = b""
        self._has_openssl = shutil.which("openssl") is not None

    @property
    def program(self) -> str:
        """With what they do it."""
        return "openssl" if self._has_openssl else "cryptography"

    async def make_key(self) -> bytes:
        """A new RSA key, and the certificate that the authority gives for it, PEM."""
        person = self.person
        made = await asyncio.to_thread(self._authority.issue, person.name, person.address)
        self._identity = made
        self.home.mkdir(mode=0o700, parents=True)
        self._file("key.pem", made.key)
        self._file("certificate.pem", made.certificate)
        self._file("root.pem", self._authority.root)
        return made.certificate

    async def learn(self, certificate: bytes) -> None:
        """The gateway's certificate."""
        self._gateway = certificate
        self._file("gateway.pem", certificate)

    async def mail(self, outside: Outside, inner: bytes) -> bytes:
        """Signed and then encrypted."""
        return smime_mail(outside, await self._sealed(inner))

    async def _sealed(self, inner: bytes) -> bytes:
        if not self._has_openssl:
            return await asyncio.to_thread(
                demonstrating.sealed_without_a_program, inner, self._own, self._gateway
            )
        at, by = self.home, ("-signer", str(self.home / "certificate.pem"))
        signed = await self._run(
            "cms", "-sign", "-binary", "-md", "sha256", *by, "-inkey", f"{at}/key.pem", given=inner
        )
        to = ("-aes-256-cbc", "-recip", f"{at}/gateway.pem")
        return await self._run("cms", "-encrypt", "-binary", *to, given=signed)

    async def open(self, mail: bytes) -> OpenedMail:
        """Decrypt with the own key, and verify up to the root."""
        if not self._has_openssl:
            return OpenedMail(*await asyncio.to_thread(self._opened, mail))
        at, signer = self.home, self.home / "signer.pem"
        key = ("-recip", f"{at}/certificate.pem", "-inkey", f"{at}/key.pem")
        signed = await self._run("cms", "-decrypt", *key, given=mail)
        trusted = ("-CAfile", f"{at}/root.pem", "-purpose", "smimesign", "-signer", str(signer))
        content = await self._run("cms", "-verify", *trusted, given=signed)
        said = await self._run("x509", "-noout", "-fingerprint", "-sha256", "-in", str(signer))
        found = _FINGERPRINT.search(said)
        fingerprint = found[1].decode().replace(":", "") if found else ""
        return OpenedMail(content, (fingerprint,))

    def _opened(self, mail: bytes) -> tuple[bytes, tuple[str, ...]]:
        authority = self._authority
        given = (self._own, self._gateway, authority.root, authority.revoked())
        try:
            return demonstrating.opened_without_a_program(mail, *given)
        except demonstrating.UNREADABLE as error:
            raise ProgramError(f"{self.person.called}: {type(error).__name__}") from None

    async def secret_key(self) -> tuple[str, bytes]:
        """Key and certificate as PKCS #12, for Thunderbird or Outlook."""
        return "p12", self._own.portable(self.person.name)

    def commands(self) -> tuple[str, str]:
        """With OpenSSL's command."""
        at = self.home
        opening = (
            f"openssl cms -decrypt -in mail.eml -recip {at}/certificate.pem \\",
            f"  -inkey {at}/key.pem \\",
            f"  | openssl cms -verify -CAfile {at}/root.pem",
        )
        sealing = (
            f"openssl cms -sign -binary -in bestand -signer {at}/certificate.pem \\",
            f"  -inkey {at}/key.pem \\",
            f"  | openssl cms -encrypt -aes-256-cbc -recip {at}/gateway.pem",
        )
        return "\n".join(opening), "\n".join(sealing)

    async def close(self) -> None:
        """Nothing runs."""

    @property
    def _own(self) -> demonstrating.Identity:
        assert self._identity is not None
        return self._identity

    def _file(self, name: str, content: bytes) -> None:
        file = self.home / name
        file.touch(mode=0o600)
        file.write_bytes(content)

    async def _run(self, *arguments: str, given: bytes = b"") -> bytes:
        what = f"openssl {' '.join(arguments[:2])} van {self.person.called}"
        command = ("openssl", *arguments)
        return await answered(command, given, lambda said: f"{what}: {''.join(said[:1])}")
