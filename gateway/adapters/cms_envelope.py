"""Opening what CMS encrypted for us (RFC 5652, section 6; RFC 5083 and 5084 for AES-GCM).

AES only, in CBC or GCM.  CBC proves nothing about the content: whoever calls has
to find a valid signature over the whole before believing a byte of it, and must
not let anybody tell a wrong key or padding from a content that is not signed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, GCM

from gateway.adapters.cms_keys import OwnKey, content_key, entry_for_us
from gateway.adapters.cms_read import (
    INTEGER,
    OCTETS,
    SEQUENCE,
    SET,
    Ber,
    Element,
    context,
    dotted,
    is_der,
)
from gateway.adapters.pgp_container import NotForUs
from gateway.adapters.pgp_packets import PLAINTEXT_LIMIT, Damaged, Oversize
from gateway.domain.stops import Reason, Reject

if TYPE_CHECKING:
    from collections.abc import Sequence

DATA = "1.2.840.113549.1.7.1"
SIGNED = "1.2.840.113549.1.7.2"
ENVELOPED = "1.2.840.113549.1.7.3"
AUTH_ENVELOPED = "1.2.840.113549.1.9.16.1.23"
COMPRESSED = "1.2.840.113549.1.9.16.1.9"
AES_CBC = {  # bytes of the key (RFC 3565)
    "2.16.840.1.101.3.4.1.2": 16,
    "2.16.840.1.101.3.4.1.22": 24,
    "2.16.840.1.101.3.4.1.42": 32,
}
AES_GCM = {  # RFC 5084
    "2.16.840.1.101.3.4.1.6": 16,
    "2.16.840.1.101.3.4.1.26": 24,
    "2.16.840.1.101.3.4.1.46": 32,
}
SHORTEST_TAG = 12  # bytes, and the default (RFC 5084, section 3.2)


class Unproven(Exception):  # noqa: N818 - the same to everybody as a mail without a signature
    """What came out of AES-CBC is nothing that anybody signed."""


@dataclass(frozen=True, slots=True, repr=False)
class Content:
    """A ContentInfo: `body` is what its type says."""

    ber: Ber
    kind: str
    body: Element


def content_info(data: bytes | memoryview) -> Content:
    """Exactly one ContentInfo (RFC 5652, section 3).  Raises `Damaged`."""
    ber = Ber(data)
    fields = ber.fields(ber.whole())
    kind, body = dotted(fields.any()), ber.only(fields.take(context(0)))
    fields.end()
    return Content(ber, kind, body)


def opener(message: Content, keys: Sequence[OwnKey]) -> OwnKey | None:
    """Which of our keys `opened` uses; None where it has none.  Raises `Damaged`."""
    ber = message.ber
    fields = ber.fields(message.body)
    fields.take(INTEGER)
    fields.maybe(context(0))
    entry = entry_for_us(ber, fields.take(SET), keys)
    return entry.own if entry is not None else None


def opened(message: Content, keys: Sequence[OwnKey]) -> bytes:
    """The content of EnvelopedData or AuthEnvelopedData.

    Raises `NotForUs`, `Reject(WEAK_ENCRYPTION)` for another cipher than AES in CBC
    or GCM, `Oversize`, `Unproven` for a wrong key or padding of CBC, and `Damaged`
    for everything else: the frame, which all the world sees, or the tag of GCM,
    which fails for whatever was changed.
    """
    ber = message.ber
    fields = ber.fields(message.body)
    fields.take(INTEGER)
    fields.maybe(context(0))  # certificates of the originator: nobody here needs them
    entry = entry_for_us(ber, fields.take(SET), keys)
    if entry is None:
        raise NotForUs
    info = ber.fields(fields.take(SEQUENCE))
    if dotted(info.any()) != DATA:
        raise Damaged
    algorithm = ber.fields(info.take(SEQUENCE))
    cipher = dotted(algorithm.any())
    sealed = ber.chunks(info.any(), context(0, constructed=False))
    info.end()
    if sum(map(len, sealed)) > PLAINTEXT_LIMIT:
        raise Oversize
    if message.kind == ENVELOPED and cipher in AES_CBC:
        key = content_key(ber, entry, AES_CBC[cipher])
        fields.maybe(context(1))
        fields.end()
        return _cbc(key, ber.octets(algorithm.take(OCTETS)), sealed)
    if message.kind == AUTH_ENVELOPED and cipher in AES_GCM:
        attributes = fields.maybe(context(1))
        tag = ber.octets(fields.take(OCTETS))
        fields.maybe(context(2))
        fields.end()
        nonce = _nonce(ber, algorithm.take(SEQUENCE), tag)
        key = content_key(ber, entry, AES_GCM[cipher])
        return _gcm(key, nonce, tag, _authenticated(ber, attributes), sealed)
    raise Reject(Reason.WEAK_ENCRYPTION)


def _cbc(key: bytes, iv: bytes, sealed: list[memoryview]) -> bytes:
    if len(iv) != 16:
        raise Damaged
    decryptor, unpadder = Cipher(AES(key), CBC(iv)).decryptor(), padding.PKCS7(128).unpadder()
    try:
        pieces = [unpadder.update(decryptor.update(each)) for each in sealed]
        pieces.append(unpadder.update(decryptor.finalize()) + unpadder.finalize())
    except ValueError:
        raise Unproven from None
    return b"".join(pieces)


def _gcm(key: bytes, nonce: bytes, tag: bytes, also: bytes, sealed: list[memoryview]) -> bytes:
    """Nothing comes out before the tag has been checked over all of it."""
    decryptor = Cipher(AES(key), GCM(nonce, tag, min_tag_length=SHORTEST_TAG)).decryptor()
    decryptor.authenticate_additional_data(also)
    pieces = [decryptor.update(each) for each in sealed]
    try:
        pieces.append(decryptor.finalize())
    except InvalidTag:
        raise Damaged from None
    return b"".join(pieces)


def _nonce(ber: Ber, parameters: Element, tag: bytes) -> bytes:
    """GCMParameters: the nonce, and how long the tag has to be."""
    fields = ber.fields(parameters)
    nonce, length = ber.octets(fields.take(OCTETS)), fields.maybe(INTEGER)
    fields.end()
    expected = int.from_bytes(length.value, "big") if length is not None else SHORTEST_TAG
    if not 12 <= len(nonce) <= 64 or not SHORTEST_TAG <= len(tag) <= 16 or len(tag) != expected:
        raise Damaged
    return nonce


def _authenticated(ber: Ber, attributes: Element | None) -> bytes:
    """Attributes count in DER, as a SET OF (RFC 5083, section 2.2)."""
    if attributes is None:
        return b""
    encoded = ber.bounded(attributes)
    if not is_der(ber, attributes):
        raise Damaged
    return bytes((SET,)) + encoded[1:]
