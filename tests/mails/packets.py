"""OpenPGP packets that no honest program writes, made with real keys (RFC 9580).

Only Ed25519 keys of version 4 sign here; that is what the people of the scene have.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import pysequoia
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from pysequoia import ArmorKind
from pysequoia.packet import PacketPile, Tag

from gateway.adapters.openpgp import _decryption_keys
from gateway.adapters.pgp_container import _session_key
from gateway.adapters.pgp_packets import PKESK, dearmored, framed, packets
from tests import people

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.people import Person

SECRET_TAGS = (Tag.SecretKey, Tag.SecretSubkey)
EDDSA, SHA1, SHA256 = 22, 2, 8
CREATED, EXPIRES, ISSUER, NOTATION, FLAGS, ISSUER_FINGERPRINT, RECIPIENT = 2, 3, 16, 20, 27, 33, 35
KEY_EXPIRES, EMBEDDED = 9, 32
DOCUMENT, TEXT, POSITIVE, SUBKEY_BINDING, PRIMARY_BINDING = 0x00, 0x01, 0x13, 0x18, 0x19
SIGNATURE, ONE_PASS, COMPRESSED, LITERAL, TAG_9, SEIPD, USER_ID, SUBKEY = 2, 4, 8, 11, 9, 18, 13, 14

Subpacket = tuple[int, bytes, bool]  # type, content, critical


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """One Ed25519 component; `body` is its public packet's."""

    key: Ed25519PrivateKey
    body: bytes

    @property
    def fingerprint(self) -> bytes:
        return hashlib.sha1(self.prefix, usedforsecurity=False).digest()

    @property
    def prefix(self) -> bytes:
        """As it is hashed (section 5.2.4)."""
        return b"\x99" + len(self.body).to_bytes(2, "big") + self.body


@cache
def keys_of(somebody: Person) -> tuple[SigningKey, ...]:
    """Every Ed25519 component, the primary key first."""
    found = [
        _ed25519(packet.body)
        for packet in PacketPile.from_bytes(somebody.tsk)
        if packet.tag in SECRET_TAGS and packet.body[5] == EDDSA
    ]
    return tuple(found)


def new_key(made: datetime) -> SigningKey:
    """A component that belongs to nobody yet."""
    key = Ed25519PrivateKey.generate()
    point = b"\x40" + key.public_key().public_bytes_raw()
    oid = bytes.fromhex("092b06010401da470f01")
    created = int(made.timestamp()).to_bytes(4, "big")
    return SigningKey(key, b"\x04" + created + bytes((EDDSA,)) + oid + mpi(point))


def _ed25519(body: bytes) -> SigningKey:
    point = 7 + body[6]
    length = (int.from_bytes(body[point : point + 2], "big") + 7) // 8
    end = point + 2 + length
    bits = int.from_bytes(body[end + 1 : end + 3], "big")
    secret = body[end + 3 : end + 3 + (bits + 7) // 8].rjust(32, b"\0")
    return SigningKey(Ed25519PrivateKey.from_private_bytes(secret), body[:end])


def mpi(number: bytes) -> bytes:
    stripped = number.lstrip(b"\0")
    bits = len(stripped) * 8 - (8 - stripped[0].bit_length()) if stripped else 0
    return bits.to_bytes(2, "big") + stripped


def subpackets(found: Sequence[Subpacket]) -> bytes:
    """With lengths of one octet (section 5.2.3.7)."""
    area = b""
    for tag, content, critical in found:
        area += bytes((len(content) + 1, tag | (0x80 if critical else 0))) + content
    return area


def four(number: float) -> bytes:
    return int(number).to_bytes(4, "big")


def signature(
    by: SigningKey,
    content: bytes,
    *more: Subpacket,
    kind: int = DOCUMENT,
    made: datetime | None = None,
    named: SigningKey | None = None,
) -> bytes:
    """A version 4 signature packet by this key, in the hashed area what an honest one has.

    `named` is the key that it says made it, when that is another.
    """
    issuer = (named or by).fingerprint
    moment = four((made or datetime.now(UTC)).timestamp())
    hashed = subpackets(
        [(CREATED, moment, False), (ISSUER_FINGERPRINT, b"\x04" + issuer, False), *more]
    )
    head = bytes((4, kind, EDDSA, SHA256)) + len(hashed).to_bytes(2, "big") + hashed
    digest = hashlib.sha256(content + head + b"\x04\xff" + four(len(head))).digest()
    unhashed = subpackets([(ISSUER, issuer[-8:], False)])
    body = head + len(unhashed).to_bytes(2, "big") + unhashed + digest[:2]
    return framed(SIGNATURE, body + _signed(by, digest))


def version_3(by: SigningKey, content: bytes) -> bytes:
    """The signature of PGP 5 and before (section 5.2.2)."""
    counted = bytes((DOCUMENT,)) + four(datetime.now(UTC).timestamp())
    digest = hashlib.sha256(content + counted).digest()
    head = b"\x03\x05" + counted + by.fingerprint[-8:] + bytes((EDDSA, SHA256))
    return framed(SIGNATURE, head + digest[:2] + _signed(by, digest))


def _signed(by: SigningKey, digest: bytes) -> bytes:
    made = by.key.sign(digest)
    return mpi(made[:32]) + mpi(made[32:])


def literal(content: bytes, *, form: bytes = b"b", name: bytes = b"") -> bytes:
    return framed(LITERAL, form + bytes((len(name),)) + name + bytes(4) + content)


def compressed(data: bytes) -> bytes:
    return framed(COMPRESSED, b"\x02" + zlib.compress(data))


def one_pass(made: bytes) -> bytes:
    """The packet that announces a signature (section 5.4)."""
    body = bytes(next(packets(made)).body)
    keyid = body[7:15] if body[0] == 3 else _issuer(made)
    kind, algorithms = (body[2], (SHA256, EDDSA)) if body[0] == 3 else (body[1], (body[3], body[2]))
    return framed(ONE_PASS, bytes((3, kind, *algorithms)) + keyid + b"\x01")


def _issuer(made: bytes) -> bytes:
    [packet] = PacketPile.from_bytes(made)
    return bytes.fromhex(packet.issuer_fingerprint or "")[-8:]


def signed(content: bytes, made: bytes) -> bytes:
    """A whole signed message: announced, content, signature."""
    return one_pass(made) + literal(content) + made


# --- certificates -----------------------------------------------------------------------


def with_subkey(somebody: Person, subkey: SigningKey, flags: int) -> Person:
    """The certificate with one more subkey, bound by the primary key and by nobody else.

    It has no back signature of the subkey (section 5.2.3.34).
    """
    primary = keys_of(somebody)[0]
    both = primary.prefix + subkey.prefix
    bound = signature(primary, both, (FLAGS, bytes((flags,)), False), kind=SUBKEY_BINDING)
    return _longer(somebody, framed(SUBKEY, subkey.body) + bound)


def with_signing_subkey(somebody: Person, subkey: SigningKey, period: timedelta) -> Person:
    """The certificate with a subkey that signs, bound as it should be, for this long."""
    primary = keys_of(somebody)[0]
    made = _made(subkey)
    both = primary.prefix + subkey.prefix
    back = bytes(next(packets(signature(subkey, both, kind=PRIMARY_BINDING, made=made))).body)
    bound = signature(
        primary,
        both,
        (FLAGS, b"\x02", False),
        (KEY_EXPIRES, four(period.total_seconds()), False),
        (EMBEDDED, back, False),
        kind=SUBKEY_BINDING,
        made=made,
    )
    return _longer(somebody, framed(SUBKEY, subkey.body) + bound)


def _made(key: SigningKey) -> datetime:
    return datetime.fromtimestamp(int.from_bytes(key.body[1:5], "big"), UTC)


def with_user_ids(somebody: Person, *user_ids: bytes) -> Person:
    """The certificate with more user ids, certified by itself."""
    primary = keys_of(somebody)[0]
    first = PacketPile.from_bytes(somebody.cert)
    kept = [bytes(each) for each in first]
    added = b""
    for user_id in user_ids:
        hashed = primary.prefix + b"\xb4" + four(len(user_id)) + user_id
        flags = (FLAGS, b"\x03", False)
        added += framed(USER_ID, user_id) + signature(primary, hashed, flags, kind=POSITIVE)
    at = next(n for n, each in enumerate(first) if each.tag == Tag.PublicSubkey)
    cert = b"".join([*kept[:at], added, *kept[at:]])
    return people.Person(somebody.name, somebody.address, somebody.tsk, cert)


def _longer(somebody: Person, more: bytes) -> Person:
    return people.Person(somebody.name, somebody.address, somebody.tsk, somebody.cert + more)


# --- encryption ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False)
class Envelope:
    """A session key of ours for one reader, to put containers of every kind under."""

    session_key: bytes  # the packet
    key: bytes
    cipher: int

    def container(self, inside: bytes) -> bytes:
        """Version 1, with its integrity (section 5.13.1): the body."""
        start = b"taalpoort-test--"
        plain = start + start[-2:] + inside + b"\xd3\x14"
        digest = hashlib.sha1(plain, usedforsecurity=False).digest()
        return b"\x01" + self._encrypted(plain + digest)

    def without_integrity(self, inside: bytes) -> bytes:
        """The old kind (section 5.7): the body."""
        prefix = self._encrypted(b"taalpoort-test--" + b"--")
        cipher = Cipher(AES(self.key), CFB(prefix[2:18])).encryptor()
        return prefix + cipher.update(inside)

    def message(self, inside: bytes) -> bytes:
        """Armored, as it should be."""
        return armored(self.session_key + framed(SEIPD, self.container(inside)))

    def _encrypted(self, plain: bytes) -> bytes:
        return Cipher(AES(self.key), CFB(bytes(16))).encryptor().update(plain)


@cache
def envelope(reader: Person) -> Envelope:
    """For somebody whose certificate GnuPG can encrypt to."""
    message = dearmored(people.gnupg_message(None, reader.cert, b"x"))
    body = next(bytes(each.body) for each in packets(message) if each.tag == PKESK)
    key = next(k for k in _decryption_keys(reader.tsk) if k.key_id == body[1:9])
    found = _session_key(body, key)
    return Envelope(framed(PKESK, body), found.key, found.cipher or 0)


def armored(binary: bytes) -> bytes:
    return pysequoia.armor(binary, ArmorKind.Message).encode()
