"""A post-quantum decryption subkey beside the others of a gateway's key (RFC 9980, section 3.5).

GnuPG makes the gateway's key and knows no such subkey.  Bound by the primary
key as any other (RFC 9580, section 10.1.5), it is there for programs that know
it; GnuPG takes the certificate and passes the subkey over.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.adapters import pgp_post_quantum
from gateway.adapters.pgp_container import UnsupportedKeyError
from gateway.adapters.pgp_fields import Reader
from gateway.adapters.pgp_packets import SIGNATURE, Damaged, framed, packets
from gateway.adapters.pgp_post_quantum import PostQuantumKey

if TYPE_CHECKING:
    from gateway.adapters.pgp_packets import Packet

SECRET_KEY, PUBLIC_KEY, SECRET_SUBKEY, PUBLIC_SUBKEY = 5, 6, 7, 14
_VERSION, _EDDSA, _SHA512, _SUBKEY_BINDING = 4, 22, 10, 0x18
_CREATED, _KEY_EXPIRES, _ISSUER, _KEY_FLAGS, _ISSUER_FINGERPRINT = 2, 9, 16, 27, 33
_ENCRYPTS: Final = b"\x0c"  # communications and storage
_ED25519 = bytes.fromhex("2b06010401da470f01")
_SUBKEYS = (SECRET_SUBKEY, PUBLIC_SUBKEY)


def with_post_quantum(secret: bytes, at: datetime, expires: datetime | None) -> bytes:
    """An unprotected Ed25519 key (version 4), binary, with a new subkey behind the others.

    Raises `UnsupportedKeyError` for a key of another kind, or protected.
    """
    return secret + _subkey(secret, PostQuantumKey.made(), at, at, expires)


def split_post_quantum(key: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    """A key, secret or public, without its post-quantum subkeys; and those, whole packets."""
    kept: list[bytes] = []
    taken: list[bytes] = []
    into = kept
    for packet in packets(key):
        if packet.tag in _SUBKEYS:
            algorithm = bytes(packet.body[5:6])
            into = taken if algorithm == bytes((pgp_post_quantum.ALGORITHM,)) else kept
        into.append(framed(packet.tag, packet.body))
    return b"".join(kept), tuple(taken)


def bound_again(
    secret: bytes, subkeys: tuple[bytes, ...], at: datetime, expires: datetime | None
) -> bytes:
    """The key with these secret subkeys of `split_post_quantum`, until another moment.

    Raises as `with_post_quantum`.
    """
    for packet in (found for each in subkeys for found in packets(each)):
        if packet.tag == SECRET_SUBKEY:
            created = _instant(bytes(packet.body[1:5]))
            key = _secret_of(packet)
            secret += _subkey(secret, key, created, at, expires)
    return secret


def _secret_of(packet: Packet) -> PostQuantumKey:
    start = 6 + pgp_post_quantum.PUBLIC + 1
    end = start + pgp_post_quantum.POINT + pgp_post_quantum.SEED
    return PostQuantumKey.read(bytes(packet.body[start:end]))


def _subkey(
    secret: bytes, key: PostQuantumKey, created: datetime, at: datetime, expires: datetime | None
) -> bytes:
    """The packet and its binding signature."""
    primary = next(packets(secret))
    if primary.tag != SECRET_KEY:
        raise UnsupportedKeyError("not a secret key")
    public, signer = _primary(bytes(primary.body))
    head = bytes((_VERSION,)) + _seconds(created) + bytes((pgp_post_quantum.ALGORITHM,))
    body = head + key.public()
    material = key.material()
    closed = body + b"\0" + material + (sum(material) % 65536).to_bytes(2, "big")
    period = b"" if expires is None else _period(created, expires)
    signature = _binding(signer, public, body, _seconds(at), period)
    return framed(SECRET_SUBKEY, closed) + framed(SIGNATURE, signature)


def _primary(body: bytes) -> tuple[bytes, Ed25519PrivateKey]:
    """Its public half, and what signs (RFC 9580, sections 5.5.3 and 5.5.5.5)."""
    reader = Reader(body)
    try:
        version, created, algorithm = reader.octet(), reader.take(4), reader.octet()
        curve = reader.take(reader.octet()) if algorithm == _EDDSA else b""
        if version != _VERSION or curve != _ED25519:
            raise UnsupportedKeyError("not an Ed25519 key of version 4")
        point = reader.mpi()
        if reader.octet() != 0:
            raise UnsupportedKeyError("secret key is protected with a passphrase")
        seed = reader.mpi().rjust(32, b"\0")
    except Damaged:
        raise UnsupportedKeyError("secret key packet cannot be read") from None
    head = bytes((version,)) + created + bytes((algorithm, len(curve))) + curve
    return head + _mpi(point), Ed25519PrivateKey.from_private_bytes(seed)


def _binding(
    signer: Ed25519PrivateKey, primary: bytes, subkey: bytes, at: bytes, period: bytes
) -> bytes:
    """A subkey binding signature of version 4 (RFC 9580, sections 5.2.3 and 5.2.4)."""
    named = b"\x99" + len(primary).to_bytes(2, "big") + primary
    fingerprint = hashlib.sha1(named, usedforsecurity=False).digest()
    hashed = _subpacket(_CREATED, at) + _subpacket(_KEY_FLAGS, _ENCRYPTS)
    hashed += _subpacket(_KEY_EXPIRES, period) if period else b""
    hashed += _subpacket(_ISSUER_FINGERPRINT, bytes((_VERSION,)) + fingerprint)
    head = bytes((_VERSION, _SUBKEY_BINDING, _EDDSA, _SHA512))
    head += len(hashed).to_bytes(2, "big") + hashed
    named += b"\x99" + len(subkey).to_bytes(2, "big") + subkey
    trailer = bytes((_VERSION, 0xFF)) + len(head).to_bytes(4, "big")
    digest = hashlib.sha512(named + head + trailer).digest()
    signed = signer.sign(digest)
    unhashed = _subpacket(_ISSUER, fingerprint[-8:])
    tail = len(unhashed).to_bytes(2, "big") + unhashed + digest[:2]
    return head + tail + _mpi(signed[:32]) + _mpi(signed[32:])


def _subpacket(kind: int, content: bytes) -> bytes:
    return bytes((len(content) + 1, kind)) + content


def _mpi(number: bytes) -> bytes:
    stripped = number.lstrip(b"\0")
    return int.from_bytes(stripped, "big").bit_length().to_bytes(2, "big") + stripped


def _seconds(at: datetime) -> bytes:
    return int(at.timestamp()).to_bytes(4, "big")


def _instant(seconds: bytes) -> datetime:
    return datetime.fromtimestamp(int.from_bytes(seconds, "big"), UTC)


def _period(created: datetime, expires: datetime) -> bytes:
    return max(1, int(expires.timestamp()) - int(created.timestamp())).to_bytes(4, "big")
