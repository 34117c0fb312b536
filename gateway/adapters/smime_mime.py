"""The shapes of S/MIME mail (RFC 8551, section 3): enveloped, signed opaque, signed apart.

A part is recognised by its media type; what it holds is for the CMS layer to say,
since ``smime-type`` is a parameter that anybody can write.
"""

from __future__ import annotations

import hashlib
from base64 import encodebytes
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from gateway.adapters.mime_entities import Budget, decoded, entity, spans
from gateway.adapters.mime_headers import Broken
from gateway.adapters.mime_read import LONE_LF, SIGNATURES, is_smime
from gateway.domain.mail import Protection

if TYPE_CHECKING:
    from collections.abc import Sequence

SIGNATURE = SIGNATURES[Protection.SMIME]


@dataclass(frozen=True, slots=True, repr=False)
class Apart:
    """A multipart/signed: `payload` as it is hashed, `signature` in BER."""

    payload: bytes
    signature: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Opaque:
    """An application/pkcs7-mime, `message` in BER."""

    message: bytes


def shape(content: bytes, budget: Budget) -> Apart | Opaque | None:
    """What S/MIME has wrapped around an entity; None where it is none of it.  Raises `Broken`."""
    root = entity(content, 0, len(content), budget)
    if is_smime(root):
        return Opaque(decoded(root))
    protocol = root.content_type.parameters.get("protocol", "").lower()
    if root.media_type != "multipart/signed" or protocol not in SIGNATURE:
        return None
    found = list(islice(spans(root), 3))
    if len(found) != 2:
        raise Broken
    (start, end), last = found  # the signed part is read once somebody stands behind it
    signature = entity(content, *last, budget)
    if signature.media_type not in SIGNATURE:
        raise Broken
    # Garbage behind the end would show by its absence that the padding of AES-CBC was right
    boundary = root.content_type.parameters["boundary"].encode()
    if content[signature.end :].strip() != b"--" + boundary + b"--":
        raise Broken
    return Apart(canonical(content[start:end]), decoded(signature))


def canonical(raw: bytes) -> bytes:
    """With CRLF line ends, as a signed part is hashed (RFC 8551, section 3.1.1)."""
    if raw.count(b"\n") == raw.count(b"\r\n"):
        return raw
    return LONE_LF.sub(b"\r\n", raw)


def signed_entity(payload: bytes, signature: bytes) -> bytes:
    """A multipart/signed around `payload`, which has CRLF line ends (RFC 8551, section 3.5.3)."""
    # "=_" stands in no base64 and in no quoted-printable text (RFC 2045, 6.7)
    boundary = b"=_s" + hashlib.sha256(signature).hexdigest()[:24].encode()
    line = b"--" + boundary
    head = b"Content-Type: multipart/signed; micalg=sha-256;\r\n"
    head += b' protocol="application/pkcs7-signature"; boundary="' + boundary + b'"\r\n\r\n'
    part = _part("application/pkcs7-signature", "smime.p7s", signature)
    return b"\r\n".join((head + line, payload, line, part + line + b"--", b""))


def sealed_mail(headers: Sequence[tuple[str, str]], message: bytes) -> bytes:
    """A whole mail with `message`, an EnvelopedData, as its body (RFC 8551, section 3.3)."""
    head = [f"{name}: {value}" for name, value in headers]
    head.append("MIME-Version: 1.0")
    lines = "".join(f"{line}\r\n" for line in head).encode("ascii")
    kind = "application/pkcs7-mime; smime-type=enveloped-data"
    return lines + _part(kind, "smime.p7m", message)


def _part(kind: str, name: str, content: bytes) -> bytes:
    head = f'Content-Type: {kind};\r\n name="{name}"\r\n'
    head += "Content-Transfer-Encoding: base64\r\n"
    head += f'Content-Disposition: attachment; filename="{name}"\r\n\r\n'
    return head.encode("ascii") + encodebytes(content).replace(b"\n", b"\r\n")
