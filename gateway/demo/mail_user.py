"""Somebody's mail program, on the standard library alone: submits over SMTP, reads over IMAP.

Nothing here uses the gateway's own code: this is the other side.
"""

from __future__ import annotations

import asyncio
import imaplib
import re
import smtplib
import ssl
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import TYPE_CHECKING

from gateway.demo.paper_user import read_paper

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

_SECONDS = 15.0
# Short words turn up in ciphertext by chance, so it is looked at without.
_ARMOR = re.compile(rb"-----BEGIN PGP MESSAGE-----.*?-----END PGP MESSAGE-----", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """A mailbox and how to reach it: IMAP with implicit TLS, SMTP with STARTTLS."""

    host: str
    imap_port: int
    smtp_port: int
    ca_file: Path
    address: str
    password: str = field(repr=False)

    async def submit(self, mail: bytes, to: str) -> None:
        """Hand a mail to the server; raises smtplib.SMTPException or OSError."""
        await asyncio.to_thread(self._submit, mail, to)

    async def read(self, folder: str = "INBOX") -> list[bytes]:
        """Every mail in the folder, oldest first, leaving them as they are."""
        return await asyncio.to_thread(self._read, folder)

    def _submit(self, mail: bytes, to: str) -> None:
        with smtplib.SMTP(
            self.host, self.smtp_port, local_hostname="localhost", timeout=_SECONDS
        ) as smtp:
            smtp.starttls(context=self._tls())
            smtp.login(self.address, self.password)
            smtp.sendmail(self.address, [to], mail)

    def _read(self, folder: str) -> list[bytes]:
        with imaplib.IMAP4_SSL(
            self.host, self.imap_port, ssl_context=self._tls(), timeout=_SECONDS
        ) as imap:
            imap.login(self.address, self.password)
            if imap.select(f'"{folder}"', readonly=True)[0] != "OK":
                return []
            numbers = imap.uid("SEARCH", "ALL")[1][0].split()
            return [_literal(imap, number.decode()) for number in numbers]

    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca_file)


def _literal(imap: imaplib.IMAP4, uid: str) -> bytes:
    answer = imap.uid("FETCH", uid, "(BODY.PEEK[])")[1]
    return next(bytes(part[1]) for part in answer if isinstance(part, tuple))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What everybody on the way can read of a mail."""

    sender: str
    name: str
    recipient: str
    subject: str
    date: datetime


def entity(text: str, name: str, content: bytes, media_type: str = "application/json") -> bytes:
    """The inner entity: a text and one attachment."""
    mail = EmailMessage(policy=policy.SMTP)
    mail.set_content(text)
    main, _, sub = media_type.partition("/")
    mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
    del mail["MIME-Version"]
    return mail.as_bytes()


def pgp_mime(outside: Outside, armored: bytes) -> bytes:
    """The outer mail of RFC 3156, section 4."""
    boundary = "=-=taalschool=-="
    lines = [
        *_headers(outside),
        "MIME-Version: 1.0",
        f'Content-Type: multipart/encrypted; boundary="{boundary}";',
        ' protocol="application/pgp-encrypted"',
        "",
        f"--{boundary}",
        "Content-Type: application/pgp-encrypted",
        "",
        "Version: 1",
        "",
        f"--{boundary}",
        'Content-Type: application/octet-stream; name="encrypted.asc"',
        "",
        *armored.decode("ascii").splitlines(),
        f"--{boundary}--",
        "",
    ]
    return "\r\n".join(lines).encode("ascii")


def smime_mail(outside: Outside, sealed: bytes) -> bytes:
    """The outer mail of RFC 8551, section 3.3, around an entity with its MIME headers."""
    head = "\r\n".join((*_headers(outside), "")).encode("ascii")
    return head + sealed.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def without_ciphertext(mail: bytes) -> bytes | None:
    """What of a mail can be read by anybody; None where that is all of it."""
    head, _, _ = mail.partition(b"\r\n\r\n")
    if b"application/pkcs7-mime" in head:
        return head
    readable = _ARMOR.sub(b"", mail)
    return readable if readable != mail else None


def plain_mail(outside: Outside, inner: bytes) -> bytes:
    """The same, without any protection."""
    return "\r\n".join((*_headers(outside), "MIME-Version: 1.0", "")).encode("ascii") + inner


def _headers(outside: Outside) -> tuple[str, ...]:
    domain = outside.sender.rpartition("@")[2]
    return (
        f"From: {outside.name} <{outside.sender}>",
        f"To: {outside.recipient}",
        f"Date: {format_datetime(outside.date)}",
        f"Message-ID: {make_msgid(domain=domain)}",
        f"Subject: {outside.subject}",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """An opened mail as its reader sees it; `files` by name."""

    subject: str
    text: str
    everything: str
    files: dict[str, bytes]


def read_entity(content: bytes) -> Read:
    """Subject (under the encryption), text body, and attachments of an inner entity."""
    mail = message_from_bytes(content, policy=policy.default)
    body = mail.get_body(("plain",))
    parts = [part for part in mail.walk() if not part.is_multipart()]
    return Read(
        subject=str(mail["Subject"] or ""),
        text=str(body.get_content()) if body is not None else "",
        everything="\n".join(_decoded(part) for part in parts) + "\n".join(map(str, mail.values())),
        files={
            part.get_filename() or "": bytes(part.get_payload(decode=True) or b"")
            for part in mail.iter_attachments()
        },
    )


def _decoded(part: EmailMessage) -> str:
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return ""
    if part.get_content_type() == "application/pdf":
        return read_paper(raw)
    return raw.decode("utf-8", "replace")


def outer_headers(mail: bytes) -> list[tuple[str, str]]:
    """The headers of the mail as it travels."""
    found = message_from_bytes(mail, policy=policy.default)
    return [(name, " ".join(str(value).split())) for name, value in found.items()]
