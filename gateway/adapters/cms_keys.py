"""The way from a recipient's entry in CMS to the key of the content (RFC 5652, 6.2; 5753; 8418).

Where an entry names one of our certificates a key always comes out, a random one
when the entry is damaged: such a mail then ends like one whose content was
changed, and nobody outside learns at which step.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asn1crypto.algos import RSAESOAEPParams
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, x25519
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from gateway.adapters.cms_names import Name, read_name, read_recipient_name
from gateway.adapters.cms_read import (
    BITS,
    INTEGER,
    OCTETS,
    SEQUENCE,
    Ber,
    context,
    der,
    dotted,
)
from gateway.adapters.pgp_packets import Damaged

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.adapters.cms_read import Element

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | x25519.X25519PrivateKey

RECIPIENTS_LIMIT = 1000
RSA_PKCS1, RSA_OAEP = "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.7"
HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - OAEP's own default (RFC 8017); needs no collision resistance
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
# Cofactor and standard agreement are the same on these curves, whose cofactor is 1.
# The KDF with SHA-1 is what OpenSSL writes unless told otherwise; it keys, and proves nothing.
X963_SCHEMES = {
    "1.3.133.16.840.63.0.2": "sha1",
    "1.3.133.16.840.63.0.3": "sha1",
    "1.3.132.1.11.1": "sha256",
    "1.3.132.1.11.2": "sha384",
    "1.3.132.1.11.3": "sha512",
    "1.3.132.1.14.1": "sha256",
    "1.3.132.1.14.2": "sha384",
    "1.3.132.1.14.3": "sha512",
}
HKDF_SCHEMES = {
    "1.2.840.113549.1.9.16.3.19": "sha256",
    "1.2.840.113549.1.9.16.3.20": "sha384",
    "1.2.840.113549.1.9.16.3.21": "sha512",
}
WRAPS = {  # AES key wrap: bytes of the wrapping key (RFC 3565)
    "2.16.840.1.101.3.4.1.5": 16,
    "2.16.840.1.101.3.4.1.25": 24,
    "2.16.840.1.101.3.4.1.45": 32,
}
FAILURES = (Damaged, InvalidUnwrap, UnsupportedAlgorithm, ValueError, TypeError, KeyError)


@dataclass(frozen=True, slots=True, repr=False)
class OwnKey:
    """One of the gateway's secret keys, and the names of the certificates made for it.

    `fingerprint` is that of the first of those: SHA-256, upper-case hex.
    """

    key: PrivateKey
    names: frozenset[Name]
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """One recipient of a message: `own` opens what lies in `info`."""

    own: OwnKey
    info: Element
    encrypted: Element


def entry_for_us(ber: Ber, infos: Element, keys: Iterable[OwnKey]) -> Entry | None:
    """The first RecipientInfo that names one of our certificates; None where there is none.

    Passwords, mail-list keys and other ways in (6.2.3 to 6.2.5) are passed over.
    """
    named = {name: each for each in keys for name in each.names}
    for number, info in enumerate(ber.children(infos)):
        if number >= RECIPIENTS_LIMIT:
            raise Damaged
        for name, encrypted in _recipients(ber, info):
            if name in named:
                return Entry(named[name], info, encrypted)
    return None


def _recipients(ber: Ber, info: Element) -> list[tuple[Name, Element]]:
    if info.tag == SEQUENCE:
        fields = ber.fields(info)
        fields.take(INTEGER)
        name = read_name(ber, fields.any())
        fields.take(SEQUENCE)
        return [(name, fields.any())]
    if info.tag != context(1):
        return []
    last = list(ber.children(info))[-1:]
    found = [list(ber.children(each)) for keys in last for each in ber.children(keys)]
    if any(len(pair) != 2 for pair in found) or len(found) > RECIPIENTS_LIMIT:
        raise Damaged
    return [(read_recipient_name(ber, name), encrypted) for name, encrypted in found]


def content_key(ber: Ber, entry: Entry, length: int) -> bytes:
    """A key of `length` bytes, the right one or a random one."""
    random = os.urandom(length)
    try:
        transported = entry.info.tag == SEQUENCE
        key = _transported(ber, entry) if transported else _agreed(ber, entry)
    except FAILURES:
        return random
    return key if len(key) == length else random


def _transported(ber: Ber, entry: Entry) -> bytes:
    if not isinstance(entry.own.key, rsa.RSAPrivateKey):
        raise Damaged
    fields = ber.fields(entry.info)
    fields.take(INTEGER)
    fields.any()
    algorithm = ber.fields(fields.take(SEQUENCE))
    method = dotted(algorithm.any())
    encrypted = ber.octets(entry.encrypted)
    if method == RSA_PKCS1:
        # OpenSSL answers bad padding with a random text, so that it does not show here
        return entry.own.key.decrypt(encrypted, padding.PKCS1v15())
    if method == RSA_OAEP:
        return entry.own.key.decrypt(encrypted, _oaep(ber.small(algorithm.any())))
    raise Damaged


def _oaep(parameters: bytes) -> padding.OAEP:
    """RFC 4055, section 4.1."""
    found = RSAESOAEPParams.load(parameters, strict=True)
    mask = found["mask_gen_algorithm"]
    source = found["p_source_algorithm"]
    if mask["algorithm"].native != "mgf1" or source["algorithm"].native != "p_specified":
        raise Damaged
    return padding.OAEP(
        mgf=padding.MGF1(HASHES[mask["parameters"]["algorithm"].native]),
        algorithm=HASHES[found["hash_algorithm"]["algorithm"].native],
        label=source["parameters"].native or None,
    )


def _agreed(ber: Ber, entry: Entry) -> bytes:
    """Ephemeral-static key agreement, then AES key unwrap (RFC 5753, section 3.1)."""
    fields = ber.fields(entry.info, context(1))
    fields.take(INTEGER)
    originator = ber.only(fields.take(context(0)))
    ukm = fields.maybe(context(1))
    algorithm = ber.fields(fields.take(SEQUENCE))
    scheme, wrap = dotted(algorithm.any()), algorithm.take(SEQUENCE)
    shared = _shared(entry.own.key, _point(ber, originator))
    length = WRAPS[dotted(ber.fields(wrap).any())]
    user = ber.octets(ber.only(ukm)) if ukm is not None else None
    info = shared_info(ber.bounded(wrap), user, length)
    return aes_key_unwrap(derived(scheme, shared, info, length), ber.octets(entry.encrypted))


def _point(ber: Ber, originator: Element) -> bytes:
    """The sender's ephemeral public key: OriginatorPublicKey (RFC 5652, section 6.2.2)."""
    fields = ber.fields(originator, context(1))
    fields.take(SEQUENCE)
    bits = fields.take(BITS)
    if bytes(bits.value[:1]) != b"\0":
        raise Damaged
    return bytes(bits.value[1:])


def _shared(key: PrivateKey, point: bytes) -> bytes:
    """Raises ValueError for a point that is not on the curve, or gives no secret."""
    if isinstance(key, x25519.X25519PrivateKey):
        return key.exchange(x25519.X25519PublicKey.from_public_bytes(point))
    if isinstance(key, ec.EllipticCurvePrivateKey):
        public = ec.EllipticCurvePublicKey.from_encoded_point(key.curve, point)
        return key.exchange(ec.ECDH(), public)
    raise Damaged


def derived(scheme: str, shared: bytes, info: bytes, length: int) -> bytes:
    """The key that wraps, of `length` bytes.  Raises KeyError for an unknown scheme."""
    if scheme in HKDF_SCHEMES:
        return HKDF(HASHES[HKDF_SCHEMES[scheme]], length, None, info).derive(shared)
    return X963KDF(HASHES[X963_SCHEMES[scheme]], length, info).derive(shared)


def wrapped(scheme: str, shared: bytes, wrap: bytes, key: bytes) -> bytes:
    """`key` under AES-256 key wrap, whose AlgorithmIdentifier is `wrap` (RFC 3394)."""
    return aes_key_wrap(derived(scheme, shared, shared_info(wrap, None, 32), 32), key)


def shared_info(wrap: bytes, ukm: bytes | None, length: int) -> bytes:
    """ECC-CMS-SharedInfo in DER (RFC 5753, section 7.2); `length` of the key in bytes."""
    user = der(context(0), der(OCTETS, ukm)) if ukm is not None else b""
    public = der(context(2), der(OCTETS, (length * 8).to_bytes(4, "big")))
    return der(SEQUENCE, wrap, user, public)
