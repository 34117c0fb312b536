"""People with S/MIME certificates, and mails as OpenSSL and GnuPG write them.

Everything here plays a provider's or casemanager's own side, with the programs
that they have: nothing here uses the gateway's own code.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tempfile
from base64 import encodebytes
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Self

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.pki import Authority, Kind, Leaf, PrivateKey

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

HEADERS = {
    "From": "Noor Voorbeeld <noor@taalschool.example>",
    "To": "poort@gemeente.example",
    "Date": "Mon, 23 Nov 2026 12:00:00 +0000",
    "Message-ID": "<1@taalschool.example>",
    "Subject": "Voortgang",
}
ROOT = Authority.make("Voorbeeld Root")
ISSUING = ROOT.intermediate("Voorbeeld Issuing")
GATEWAY = "poort@gemeente.example"
NOOR = "noor@taalschool.example"


@cache
def holder(address: str, key: Kind = "p256") -> Leaf:
    """Somebody's certificate, by the issuing authority; the same one all through the process."""
    return ISSUING.issue(address, key=key)


def openssl(*arguments: str | Path, given: bytes = b"") -> bytes:
    """What openssl prints; raises CalledProcessError."""
    done = subprocess.run(
        ["openssl", *map(str, arguments)], input=given, capture_output=True, check=True, timeout=60
    )
    return done.stdout


class Desk:
    """A folder with certificates and keys in files, for programs that want files."""

    def __enter__(self) -> Self:
        self.path = Path(tempfile.mkdtemp(prefix="smime-"))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def file(self, name: str, content: bytes) -> Path:
        path = self.path / name
        path.write_bytes(content)
        return path

    def sign(
        self, inner: bytes, *signers: Leaf, opaque: bool = False, options: Sequence[str] = ()
    ) -> bytes:
        """A MIME entity by ``openssl cms -sign``, as OpenSSL writes it: LF, some CRLF."""
        words: list[str | Path] = [] if not opaque else ["-nodetach"]
        for number, each in enumerate(signers):
            words += ["-signer", self.file(f"s{number}.pem", each.pem)]
            words += ["-inkey", self.file(f"s{number}.key", each.key)]
        chain = self.file("chain.pem", ISSUING.pem)
        words += ["-certfile", chain, "-md", "sha256", *options]
        return openssl("cms", "-sign", "-binary", *words, given=inner)

    def encrypt(
        self,
        entity: bytes,
        *recipients: Leaf,
        cipher: str = "aes-256-cbc",
        options: Sequence[str] = (),
        recipient_options: Sequence[str] = (),
    ) -> bytes:
        """An EnvelopedData (DER or BER) by ``openssl cms -encrypt``."""
        words: list[str | Path] = ["-outform", "DER", f"-{cipher}", *options]
        for number, each in enumerate(recipients):
            words += ["-recip", self.file(f"r{number}.pem", each.pem), *recipient_options]
        return openssl("cms", "-encrypt", "-binary", *words, given=entity)

    def decrypt(self, message: bytes, leaf: Leaf, *options: str) -> bytes:
        """The content by ``openssl cms -decrypt``."""
        words: list[str | Path] = ["-recip", self.file("d.pem", leaf.pem)]
        words += ["-inkey", self.file("d.key", leaf.key), *options]
        return openssl("cms", "-decrypt", *words, given=message)

    def verify(self, entity: bytes, *options: str) -> bytes:
        """What was signed, by ``openssl cms -verify``, with the whole chain checked."""
        root = self.file("root.pem", ROOT.pem)
        return openssl(
            "cms", "-verify", "-CAfile", root, "-purpose", "smimesign", *options, given=entity
        )


def der_of(entity: bytes) -> bytes:
    """The CMS message that is the base64 body of an entity by OpenSSL."""
    from base64 import b64decode

    return b64decode(re.split(rb"\r?\n\r?\n", entity, maxsplit=1)[1])


def smime_mail(message: bytes, *, kind: str = "enveloped-data", **headers: str) -> bytes:
    """A whole mail around a CMS message, as mail programs write it."""
    fields = HEADERS | {name.title(): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    head += "MIME-Version: 1.0\r\n"
    head += f'Content-Type: application/pkcs7-mime; smime-type={kind}; name="smime.p7m"\r\n'
    head += "Content-Transfer-Encoding: base64\r\n"
    head += 'Content-Disposition: attachment; filename="smime.p7m"\r\n\r\n'
    return head.encode() + encodebytes(message).replace(b"\n", b"\r\n")


class GpgsmHome:
    """A gpgsm of somebody's own: their key, our root trusted, no network, no lists asked for."""

    def __init__(self, leaf: Leaf, *others: bytes) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="gpgsm-"))
        (self.path / "gpgsm.conf").write_text("disable-crl-checks\ndisable-dirmngr\n")
        trusted = ROOT.x509.fingerprint(hashes.SHA1()).hex().upper()
        (self.path / "trustlist.txt").write_text(f"{trusted} S relax\n")
        for each in (ROOT.certificate, ISSUING.certificate, leaf.certificate, *others):
            self.run("--import", given=each)
        listing = self.run("--with-colons", "--with-keygrip", "--list-keys", _keyword(leaf))
        grip = next(
            line.split(":")[9] for line in listing.decode().split("\n") if line[:3] == "grp"
        )
        keys = self.path / "private-keys-v1.d"
        keys.mkdir(mode=0o700, exist_ok=True)
        (keys / f"{grip}.key").write_text(f"Key: {_expression(leaf.private)}\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        subprocess.run(
            ["gpgconf", "--homedir", str(self.path), "--kill", "all"],
            capture_output=True,
            check=False,
            timeout=300,
        )
        shutil.rmtree(self.path, ignore_errors=True)

    def run(self, *arguments: str | Path, given: bytes = b"") -> bytes:
        """What gpgsm puts out; raises RuntimeError with what it says."""
        command = ["gpgsm", "--homedir", str(self.path), "--batch", "--no-tty"]
        done = subprocess.run(
            [*command, *map(str, arguments)],
            input=given,
            capture_output=True,
            check=False,
            timeout=300,
        )
        if done.returncode != 0:
            raise RuntimeError(done.stderr.decode(errors="replace"))
        return done.stdout

    def file(self, name: str, content: bytes) -> Path:
        path = self.path / name
        path.write_bytes(content)
        return path


def _keyword(leaf: Leaf) -> str:
    return leaf.x509.fingerprint(hashes.SHA1()).hex().upper()


def _expression(key: PrivateKey) -> str:
    """An unprotected secret key as gpg-agent keeps it."""
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.private_numbers()
        p, q = sorted((numbers.p, numbers.q))
        public = numbers.public_numbers
        pairs = {"n": public.n, "e": public.e, "d": numbers.d, "p": p, "q": q, "u": pow(p, -1, q)}
        return f"(private-key (rsa {_numbers(pairs)}))"
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    point = key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    secret = f"(d #{key.private_numbers().private_value:0{key.key_size // 4}X}#)"
    name = f"NIST P-{key.key_size}"
    return f'(private-key (ecc (curve "{name}")(q #{point.hex()}#){secret}))'


def _numbers(pairs: dict[str, int]) -> str:
    found = []
    for name, value in pairs.items():
        text = f"{value:x}"
        text = "0" * (len(text) % 2) + text
        found.append(f"({name} #{'00' if text[0] in '89abcdef' else ''}{text}#)")
    return "".join(found)


def opaque_entity(message: bytes, kind: str = "signed-data") -> bytes:
    """An application/pkcs7-mime around a CMS message, CRLF."""
    head = f'Content-Type: application/pkcs7-mime; smime-type={kind}; name="smime.p7m"\r\n'
    head += "Content-Transfer-Encoding: base64\r\n\r\n"
    return head.encode() + encodebytes(message).replace(b"\n", b"\r\n")


def signed_entity(payload: bytes, signature: bytes) -> bytes:
    """A multipart/signed as mail programs write it, CRLF."""
    boundary = b"----=_Part_" + hashlib.sha256(payload).hexdigest()[:16].encode()
    head = b'Content-Type: multipart/signed; protocol="application/pkcs7-signature";\r\n'
    head += b' micalg=sha-256; boundary="' + boundary + b'"\r\n'
    part = b'Content-Type: application/pkcs7-signature; name="smime.p7s"\r\n'
    part += b"Content-Transfer-Encoding: base64\r\n\r\n"
    part += encodebytes(signature).replace(b"\n", b"\r\n")
    line = b"--" + boundary
    return b"\r\n".join([head, line, payload, line, part + line + b"--", b""])
