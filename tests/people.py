"""Plainly fictitious people with keys, and mails written as real programs write them.

Everything here plays a provider's or casemanager's own side: keys made by GnuPG
and by Sequoia, and the structures that GnuPG by hand, Thunderbird and Sequoia
send.  Nothing here uses the gateway's own code.
"""

from __future__ import annotations

import atexit
import base64
import itertools
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

import pysequoia
from pysequoia import Cert, CipherSuite, Profile, Tsk

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from _typeshed import ReadableBuffer

Maker = Literal["sequoia", "gnupg"]
Algorithm = Literal["cv25519", "rsa3072", "p256"]
Style = Literal["sequoia", "gnupg", "gnupg-plain", "gnupg-nested", "thunderbird"]

SUITES = {
    "cv25519": CipherSuite.Cv25519,
    "rsa3072": CipherSuite.RSA3k,
    "p256": CipherSuite.P256,
}
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """Somebody with a mail address and a key; `tsk` is unprotected secret key material."""

    name: str
    address: str
    tsk: bytes
    cert: bytes

    @property
    def fingerprint(self) -> str:
        """Of the primary key, upper-case hex."""
        return Cert.from_bytes(self.cert).fingerprint.upper()

    @property
    def user_id(self) -> str:
        return f"{self.name} <{self.address}>"


class GpgHome:
    """A GnuPG home of somebody's own, gone with its agent when closed."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="gpg-"))  # 0700; short, for the agent's socket

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def run(
        self, *arguments: str | Path, given: ReadableBuffer = b"", check: bool = True
    ) -> subprocess.CompletedProcess[bytes]:
        """Run gpg in this home; stdout is its output, stderr its chatter."""
        command = ["gpg", "--homedir", str(self.path), "--batch", "--no-tty", "--quiet"]
        command += ["--pinentry-mode", "loopback", "--passphrase", "", "--trust-model", "always"]
        return subprocess.run(
            [*command, *map(str, arguments)],
            input=given,
            capture_output=True,
            check=check,
            timeout=300,
        )

    def add(self, *keys: bytes) -> None:
        """Import certificates or secret keys."""
        self.run("--import", given=b"".join(keys))

    def close(self) -> None:
        if self.path.exists():
            subprocess.run(
                ["gpgconf", "--homedir", str(self.path), "--kill", "all"],
                capture_output=True,
                check=False,
                timeout=300,
            )
            shutil.rmtree(self.path, ignore_errors=True)


@cache
def person(
    name: str = "Noor Voorbeeld",
    address: str = "noor@taalschool.example",
    *,
    made_by: Maker = "sequoia",
    algorithm: Algorithm = "cv25519",
    expires: str = "0",
    made: str = "",
) -> Person:
    """A person with a new key, the same one for the same arguments within a test session.

    `expires` is GnuPG's notation ("0" never, "2y", "seconds=1"), for keys made by GnuPG;
    `made` too (``20250101T000000``), now unless given.
    """
    if made_by == "sequoia":
        return by_sequoia(name, address, algorithm)
    return by_gnupg(name, address, algorithm, expires, made)


def by_sequoia(
    name: str, address: str, algorithm: Algorithm = "cv25519", profile: Profile = Profile.RFC4880
) -> Person:
    """Sequoia's keys advertise SEIPDv2, in either profile."""
    tsk = Tsk.generate(f"{name} <{address}>", cipher_suite=SUITES[algorithm], profile=profile)
    return Person(name, address, bytes(tsk), bytes(tsk.extract_certificate()))


def by_gnupg(
    name: str, address: str, algorithm: Algorithm, expires: str = "0", made: str = ""
) -> Person:
    """A key as ``gpg --quick-generate-key`` makes it, with an encryption subkey."""
    at = ("--faked-system-time", made) if made else ()
    primary, sub = {
        "cv25519": ("ed25519", "cv25519"),
        "rsa3072": ("rsa3072", "rsa3072"),
        "p256": ("nistp256", "nistp256"),
    }[algorithm]
    with GpgHome() as home:
        user_id = f"{name} <{address}>"
        home.run(*at, "--quick-generate-key", user_id, primary, "sign,cert", expires)
        listing = home.run("--with-colons", "--list-keys").stdout.decode()
        fingerprint = next(line.split(":")[9] for line in listing.splitlines() if line[:3] == "fpr")
        home.run(*at, "--quick-add-key", fingerprint, sub, "encrypt", expires)
        secret = home.run("--export-secret-keys", fingerprint).stdout
        return Person(name, address, secret, home.run("--export", fingerprint).stdout)


def revoked(somebody: Person) -> bytes:
    """The certificate with a revocation of the whole key in it."""
    tsk = Tsk.from_bytes(somebody.tsk)
    cert = tsk.extract_certificate()
    return somebody.cert + bytes(cert.revoke(tsk.certifier()))


def expiring(somebody: Person, at: datetime) -> bytes:
    """The certificate with its expiry set to `at`."""
    tsk = Tsk.from_bytes(somebody.tsk)
    cert = Cert.from_bytes(somebody.cert)
    return bytes(cert.set_expiration(at, tsk.certifier()))


def encrypt_mail(
    sender: Person,
    gateway_cert: bytes,
    document: bytes,
    *,
    style: Style = "sequoia",
    from_: str | None = None,
    to: str = "poort@gemeente.example",
    subject: str = "Voortgang",
    date: datetime | None = None,
    message_id: str | None = None,
    extra_attachments: Sequence[tuple[str, str, bytes]] = (),
) -> bytes:
    """A whole mail with `document` as its bijsluiter, signed by `sender`, for the gateway.

    `extra_attachments` are (file name, media type, content).  The outer subject is
    "..." for Thunderbird, which protects the real one, and `subject` for the others.
    """
    headers = {
        "From": from_ if from_ is not None else sender.user_id,
        "To": to,
        "Date": format_datetime(date or datetime.now(UTC)),
        "Message-ID": message_id or new_message_id(),
        "Subject": subject,
    }
    attachments = (("bijsluiter.json", "application/json", document), *extra_attachments)
    if style == "thunderbird":
        inner = thunderbird_entity(headers, attachments)
        return pgp_mime(headers | {"Subject": "..."}, sequoia_message(sender, gateway_cert, inner))
    inner = entity(attachments)
    return pgp_mime(headers, armored(style, sender, gateway_cert, inner))


def new_message_id() -> str:
    return f"<{next(_numbers)}.{datetime.now(UTC).timestamp()}@taalschool.example>"


def armored(style: Style, sender: Person, gateway_cert: bytes, inner: bytes) -> bytes:
    """`inner` signed and encrypted the way `style` does it."""
    match style:
        case "gnupg":
            return gnupg_message(sender, gateway_cert, inner, "--sign")
        case "gnupg-plain":
            return gnupg_message(sender, gateway_cert, inner, "--sign", "-z", "0")
        case "gnupg-nested":
            return gnupg_message(sender, gateway_cert, nested(sender, inner))
        case _:
            return sequoia_message(sender, gateway_cert, inner)


def entity(attachments: Sequence[tuple[str, str, bytes]], text: str = "Zie bijlage.\n") -> bytes:
    """A plain inner entity: a text and base64 attachments, CRLF."""
    mail = EmailMessage(policy=policy.SMTP)
    mail.set_content(text)
    for name, media_type, content in attachments:
        main, _, sub = media_type.partition("/")
        mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
    del mail["MIME-Version"]
    return mail.as_bytes()


def thunderbird_entity(
    headers: dict[str, str], attachments: Sequence[tuple[str, str, bytes]]
) -> bytes:
    """Thunderbird's inner entity: protected headers version 1 and its kind of boundary."""
    boundary = "------------MwZ0Vq8n1s2c3d4e5f6g7h8i"
    lines = [f'Content-Type: multipart/mixed; boundary="{boundary}";', ' protected-headers="v1"']
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += ["", f"--{boundary}", "Content-Type: text/plain; charset=UTF-8; format=flowed"]
    lines += ["Content-Transfer-Encoding: base64", "", "WmllIGJpamxhZ2UuDQo=", ""]
    for name, media_type, content in attachments:
        lines += [f"--{boundary}", f'Content-Type: {media_type}; name="{name}"']
        lines += [f'Content-Disposition: attachment; filename="{name}"']
        lines += ["Content-Transfer-Encoding: base64", ""]
        lines += base64.encodebytes(content).decode().splitlines()
    return "\r\n".join([*lines, f"--{boundary}--", ""]).encode()


def nested(sender: Person, inner: bytes) -> bytes:
    """`inner` in a multipart/signed with GnuPG's detached signature (RFC 3156, section 5)."""
    home = _session_home()
    home.add(sender.tsk)
    signature = home.run(
        "--armor", "--detach-sign", "--textmode", "-u", sender.fingerprint, given=inner
    ).stdout
    lines = [
        b'Content-Type: multipart/signed; micalg="pgp-sha512";',
        b' protocol="application/pgp-signature"; boundary="=-=nested=-="',
        b"",
        b"--=-=nested=-=",
        inner,
        b"--=-=nested=-=",
        b'Content-Type: application/pgp-signature; name="signature.asc"',
        b"",
        signature.replace(b"\n", b"\r\n"),
        b"--=-=nested=-=--",
        b"",
    ]
    return b"\r\n".join(lines)


def sequoia_message(sender: Person | None, gateway_cert: bytes, inner: bytes) -> bytes:
    """Armored; SEIPDv2 when the certificate advertises it, else v1; never compressed."""
    signer = Tsk.from_bytes(sender.tsk).signer() if sender else None
    recipients = [Cert.from_bytes(gateway_cert)]
    return pysequoia.encrypt(inner, recipients=recipients, signer=signer)


def gnupg_message(
    sender: Person | None, gateway_cert: bytes, inner: bytes, *options: str | Path
) -> bytes:
    """Armored, as gpg writes it by default (compressed, SEIPDv1) unless `options` differ."""
    home = _session_home()
    recipient = home.path / f"to-{Cert.from_bytes(gateway_cert).fingerprint}"
    recipient.write_bytes(gateway_cert)
    if sender:
        home.add(sender.tsk)
        options = (*options, "-u", sender.fingerprint)
    return home.run(
        *options, "--armor", "--encrypt", "--recipient-file", recipient, given=inner
    ).stdout


def pgp_mime(headers: dict[str, str], armored_message: bytes) -> bytes:
    """The outer mail of RFC 3156, section 4."""
    boundary = "=-=outer=-="
    lines = [f"{name}: {value}" for name, value in headers.items()]
    lines += ["MIME-Version: 1.0", 'Content-Type: multipart/encrypted; boundary="=-=outer=-=";']
    lines += [' protocol="application/pgp-encrypted"', "", f"--{boundary}"]
    lines += ["Content-Type: application/pgp-encrypted", "", "Version: 1", "", f"--{boundary}"]
    lines += ['Content-Type: application/octet-stream; name="encrypted.asc"', ""]
    message = armored_message.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return "\r\n".join([*lines, ""]).encode() + message + f"\r\n--{boundary}--\r\n".encode()


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What GnuPG, as somebody's own mail program, made of a mail."""

    content: bytes
    signers: tuple[str, ...]  # primary fingerprints of valid signatures, upper-case hex
    status: bytes  # gpg's status lines, whole


def read_with_gpg(reader: Person, mail: bytes, *senders: bytes) -> ReadBack:
    """Decrypt a PGP/MIME mail with real gpg; raises CalledProcessError when it cannot.

    `senders` are the certificates that the reader has; `content` is the inner entity.
    """
    with GpgHome() as home:
        home.add(reader.tsk, *senders)
        status = home.path / "status"
        start = mail.index(b"-----BEGIN PGP MESSAGE-----")
        done = home.run("--status-file", status, "--decrypt", given=mail[start:])
        lines = status.read_bytes().split(b"\n")
        valid = [line.split(b" ") for line in lines if line.startswith(b"[GNUPG:] VALIDSIG ")]
        signers = tuple(words[11].decode() for words in valid)
        return ReadBack(done.stdout, signers, b"\n".join(lines))


@cache
def _session_home() -> GpgHome:
    home = GpgHome()
    atexit.register(home.close)
    return home
