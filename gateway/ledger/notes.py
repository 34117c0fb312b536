"""Signed notes, C2SP signed-note: a text, an empty line, and a line for each signature.

    — KEY-NAME base64(key id || signature)

Reading is strict: what is read can be written again byte for byte.  Signing and checking are
functions that are handed in; no secret key comes here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MOST_BYTES = 1_000_000
MOST_SIGNATURES = 100
_ID_BYTES = 4
_KEY_BYTES = 32
_TIME_BYTES = 8
_SIGNATURE_BYTES = 64
_LAST_TIME = (1 << 63) - 1  # tlog-cosignature

# The message in, its Ed25519 signature out.
Sign: TypeAlias = "Callable[[bytes], bytes]"
# Public key, signature and message in; whether the signature is good out.
Check: TypeAlias = "Callable[[bytes, bytes, bytes], bool]"


class NoteError(ValueError):
    """Not a note, or not one to believe; the text says why, and repeats nothing of it."""


class Algorithm(IntEnum):
    """The signature types of signed-note that we make and check."""

    ED25519 = 0x01
    COSIGNATURE = 0x04  # cosignature/v1: Ed25519 over a time and the text


def unbase64(text: str) -> bytes:
    """The bytes of standard Base 64, RFC 4648, 4, in its one canonical spelling, or `NoteError`."""
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteError("not base64") from None
    if to_base64(value) != text:
        raise NoteError("not the canonical base64")
    return value


def to_base64(value: bytes) -> str:
    """Standard Base 64, RFC 4648, 4."""
    return base64.b64encode(value).decode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """Whose signatures count, and by which Ed25519 public key; written `NAME+ID+BASE64`."""

    name: str
    public_key: bytes
    algorithm: Algorithm = Algorithm.ED25519

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.public_key) != _KEY_BYTES:
            raise NoteError("an Ed25519 public key has 32 bytes")

    @property
    def key_id(self) -> bytes:
        """SHA-256(name || newline || type || public key), the first four bytes."""
        whole = self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public_key
        return hashlib.sha256(whole).digest()[:_ID_BYTES]

    def __str__(self) -> str:
        encoded = to_base64(bytes([self.algorithm]) + self.public_key)
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read a verifier key, its id recomputed; raises `NoteError`."""
        name, _, rest = text.partition("+")
        key_id, _, encoded = rest.partition("+")
        value = unbase64(encoded)
        if not value or value[0] not in set(Algorithm):
            raise NoteError("a verifier key of a type that is not known")
        key = cls(name=name, algorithm=Algorithm(value[0]), public_key=value[1:])
        if key.key_id.hex() != key_id:
            raise NoteError("the id of a verifier key is not that of its key")
        return key


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature line, known key or not; `value` is what stands behind the key's id."""

    name: str
    key_id: bytes
    value: bytes

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.key_id) != _ID_BYTES or not self.value:
            raise NoteError("a signature is four bytes of key id and at least one more")

    def __str__(self) -> str:
        return f"— {self.name} {to_base64(self.key_id + self.value)}"

    @classmethod
    def parse(cls, line: str) -> Signature:
        """Read a line without its newline; raises `NoteError`."""
        found = re.fullmatch(r"— (\S+) (\S+)", line)
        if found is None:
            raise NoteError("not a signature line")
        value = unbase64(found[2])
        return cls(name=found[1], key_id=value[:_ID_BYTES], value=value[_ID_BYTES:])


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A text that ends in a newline, and its signatures, at least one and unchecked."""

    text: str
    signatures: tuple[Signature, ...]

    def __post_init__(self) -> None:
        _check_text(self.text)
        if not self.text.endswith("\n"):
            raise NoteError("the text of a note ends in a newline")
        if not 1 <= len(self.signatures) <= MOST_SIGNATURES:
            raise NoteError(f"a note has 1 to {MOST_SIGNATURES} signatures")
        if len(bytes(self)) > MOST_BYTES:
            raise NoteError("a note has a million bytes at most")

    def __bytes__(self) -> bytes:
        return (self.text + "\n" + "".join(f"{each}\n" for each in self.signatures)).encode()

    @classmethod
    def parse(cls, data: bytes) -> Note:
        """Read a note; raises `NoteError`.  Nothing in it is to be believed yet: see `verify`."""
        if len(data) > MOST_BYTES:
            raise NoteError("a note has a million bytes at most")
        try:
            whole = data.decode()
        except UnicodeDecodeError:
            raise NoteError("a note is UTF-8") from None
        if not whole.endswith("\n"):
            raise NoteError("a note ends in a newline")
        text, gap, lines = whole[:-1].rpartition("\n\n")
        if not gap:
            raise NoteError("a note has an empty line before its signatures")
        _check_text(whole)
        signatures = lines.split("\n")
        if len(signatures) > MOST_SIGNATURES:
            raise NoteError(f"a note has 1 to {MOST_SIGNATURES} signatures")
        return cls(text=text + "\n", signatures=tuple(map(Signature.parse, signatures)))

    def signed_also(self, signature: Signature) -> Note:
        """The same note with one more signature."""
        return Note(text=self.text, signatures=(*self.signatures, signature))


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A key whose signature was good; of a cosignature also its time, in seconds since 1970."""

    key: VerifierKey
    time: int | None = None


def cosigned(text: str, time: int) -> bytes:
    """What a cosignature signs, tlog-cosignature; `time` in seconds since 1970."""
    if not 0 <= time <= _LAST_TIME:
        raise NoteError("the time of a cosignature is out of range")
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def sign(text: str, key: VerifierKey, signing: Sign) -> Signature:
    """The signature of this text by the key whose public half is `key`."""
    if key.algorithm is not Algorithm.ED25519:
        raise NoteError("this key makes cosignatures")
    return _signature(key, signing(text.encode()))


def cosign(text: str, key: VerifierKey, time: int, signing: Sign) -> Signature:
    """The cosignature of this checkpoint text at `time`, in seconds since 1970."""
    if key.algorithm is not Algorithm.COSIGNATURE:
        raise NoteError("this key makes no cosignatures")
    made = signing(cosigned(text, time))
    return _signature(key, time.to_bytes(_TIME_BYTES, "big") + made)


def verify(note: Note, keys: Iterable[VerifierKey], check: Check) -> tuple[Signed, ...]:
    """Who of `keys` signed the note, at least one, in the order of its lines.

    Signatures by anybody else are ignored.  Raises `NoteError` when there is none, when one by a
    known key is bad, or when one key signed twice.
    """
    known: dict[tuple[str, bytes], VerifierKey] = {}
    for key in keys:
        if known.setdefault((key.name, key.key_id), key) != key:
            raise NoteError("two different keys have one name and id")
    found: list[Signed] = []
    for signature in note.signatures:
        signer = known.get((signature.name, signature.key_id))
        if signer is None:
            continue
        if any(earlier.key == signer for earlier in found):
            raise NoteError("one key signed twice")
        found.append(_verified(note.text, signer, signature.value, check))
    if not found:
        raise NoteError("no known key signed this note")
    return tuple(found)


def _verified(text: str, key: VerifierKey, value: bytes, check: Check) -> Signed:
    time, message = None, text.encode()
    if key.algorithm is Algorithm.COSIGNATURE:
        time = int.from_bytes(value[:_TIME_BYTES], "big")
        message, value = cosigned(text, time), value[_TIME_BYTES:]
    if len(value) != _SIGNATURE_BYTES or not check(key.public_key, value, message):
        raise NoteError("a signature by a known key is bad")
    return Signed(key=key, time=time)


def _signature(key: VerifierKey, value: bytes) -> Signature:
    return Signature(name=key.name, key_id=key.key_id, value=value)


def _check_name(name: str) -> None:
    if not name or "+" in name or any(each.isspace() or each < " " for each in name):
        raise NoteError("a key name is not empty, and has neither spaces nor plus")
    _check_text(name)


def _check_text(text: str) -> None:
    if any(each < " " and each != "\n" for each in text):
        raise NoteError("a note has no control characters")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise NoteError("a note is UTF-8") from None
