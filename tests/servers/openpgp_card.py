"""An OpenPGP card in software, for real GnuPG: enough of version 3.4 for a gateway's keys.

Functional Specification of the OpenPGP application on ISO Smart Card Operating
Systems 3.4.  Short APDUs with command chaining.  Ed25519 signs and Curve25519 opens, or
RSA does either; keys are generated on the card (the first two) or moved to it.  A test's
card: its memory is no secret.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator

ATR = bytes.fromhex("3BDA11FF81B1FE551F0300318473800180009000E4")
APPLICATION = bytes.fromhex("D27600012401")
USER_PIN, ADMIN_PIN = b"123456", b"12345678"
TRIES = 3
ED25519 = bytes.fromhex("162B06010401DA470F01")
RSA2048 = bytes.fromhex("010800002000")
CV25519 = bytes.fromhex("122B060104019755010501")
OK, WRONG_PIN, BLOCKED = b"\x90\x00", 0x63C0, b"\x69\x83"
NOT_VERIFIED, NOT_FOUND, WRONG_DATA = b"\x69\x82", b"\x6a\x88", b"\x6a\x80"
SIGN, DECIPHER, AUTHENTICATE = 0xB6, 0xB8, 0xA4  # control reference templates
ATTRIBUTES, RSA = 0xC1, b"\x01"  # of the first slot; its first byte for RSA
SLOTS = {SIGN: 0, DECIPHER: 1, AUTHENTICATE: 2}
WRITABLE = {0x5B, 0x5E, 0x5F2D, 0x5F35, 0x5F50, 0xC4, 0xC7, 0xC8, 0xC9, 0xCA, 0xCB, 0xCC}
WRITABLE |= {0xCE, 0xCF, 0xD0, 0xC1, 0xC2, 0xC3}


class _RefusedError(Exception):
    """With the status bytes that the card answers."""


def tlv(tag: int, value: bytes) -> bytes:
    """BER-TLV as ISO 7816-4 has it."""
    name = tag.to_bytes(2 if tag > 0xFF else 1, "big")
    size = len(value)
    if size < 0x80:
        return name + bytes([size]) + value
    return (
        name
        + (b"\x81" + bytes([size]) if size < 0x100 else b"\x82" + size.to_bytes(2, "big"))
        + value
    )


def parsed(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tags with their values, one level."""
    at = 0
    while at < len(data):
        tag, size, at = _head(data, at)
        yield tag, data[at : at + size]
        at += size


def _head(data: bytes, at: int) -> tuple[int, int, int]:
    tag, at = data[at], at + 1
    if tag & 0x1F == 0x1F:
        tag, at = tag << 8 | data[at], at + 1
    size, at = data[at], at + 1
    if size & 0x80:
        octets = size & 0x7F
        size, at = int.from_bytes(data[at : at + octets], "big"), at + octets
    return tag, size, at


@dataclass(slots=True)
class Pin:
    """One of the card's secrets, and how often it may still be guessed."""

    value: bytes
    left: int = TRIES


@dataclass(slots=True)
class OpenPGPCard:
    """`serial` is four bytes; `for_rsa`: its slots are for RSA; a use of a key takes `seconds`.

    With `wait`, a use goes on when that is set; `begun` counts them from their beginning.
    `every_signature` wants the PIN for each of them.

    `presented` counts how often somebody presented a user PIN, `deciphered` and
    `signed` what the keys were used for.
    """

    serial: bytes = bytes.fromhex("00000042")
    for_rsa: bool = False
    every_signature: bool = False
    seconds: float = 0.0
    wait: threading.Event | None = None
    begun: int = 0
    presented: int = 0
    deciphered: int = 0
    signed: int = 0
    pins: dict[int, Pin] = field(init=False)
    signer: Ed25519PrivateKey | rsa.RSAPrivateKey | None = field(init=False, default=None)
    opener: X25519PrivateKey | rsa.RSAPrivateKey | None = field(init=False, default=None)
    _verified: set[int] = field(init=False, default_factory=set)
    _objects: dict[int, bytes] = field(init=False, default_factory=dict)
    _chained: bytes = field(init=False, default=b"")
    _rest: bytes = field(init=False, default=b"")

    def __post_init__(self) -> None:
        user = Pin(USER_PIN)
        if self.for_rsa:
            self._objects.update(dict.fromkeys((0xC1, 0xC2, 0xC3), RSA2048))
        self.pins = {0x81: user, 0x82: user, 0x83: Pin(ADMIN_PIN)}

    def reset(self) -> None:
        """What pulling it out, or a reset by the reader, makes it forget."""
        self._verified.clear()
        self._chained = self._rest = b""

    def answer(self, apdu: bytes) -> bytes:
        """The response to one command, with its two status bytes."""
        cla, ins, p1, p2 = apdu[:4]
        data = apdu[5 : 5 + apdu[4]] if len(apdu) > 5 else b""
        if cla & 0x10:
            self._chained += data
            return OK
        data, self._chained = self._chained + data, b""
        try:
            return self._done(ins, p1 << 8 | p2, data)
        except _RefusedError as refused:
            return bytes(refused.args[0])

    def _done(self, ins: int, p1p2: int, data: bytes) -> bytes:
        commands: dict[int, Callable[[int, bytes], bytes]] = {
            0x20: self._verify,
            0x24: self._change,
            0x2A: lambda operation, given: self._piece(self._used(operation, given)),
            0x47: lambda mode, given: self._piece(self._key(mode, given)),
            0xA4: self._select,
            0xC0: lambda _mode, _given: self._piece(self._rest),
            0xCA: lambda tag, _given: self._piece(self._object(tag)),
            0xDA: self._put,
            0xDB: self._import,
        }
        return commands[ins](p1p2, data) if ins in commands else b"\x6d\x00"

    def _select(self, _how: int, name: bytes) -> bytes:
        if not APPLICATION.startswith(name) and not name.startswith(APPLICATION):
            return b"\x6a\x82"
        return OK

    def _piece(self, content: bytes) -> bytes:
        """At most 256 bytes; the rest by GET RESPONSE."""
        first, self._rest = content[:256], content[256:]
        return first + (b"\x61" + bytes([min(len(self._rest), 255)]) if self._rest else OK)

    # data objects (chapter 4)

    def _object(self, tag: int) -> bytes:
        made = {
            0x4F: self._aid,
            0x5F52: lambda: bytes.fromhex("00318473800180059000"),
            0x65: lambda: b"".join(tlv(each, self._kept(each)) for each in (0x5B, 0x5F2D, 0x5F35)),
            0x6E: self._application,
            0x73: self._discretionary,
            0x7A: lambda: tlv(0x93, self.signed.to_bytes(3, "big")),
            0xC0: lambda: bytes.fromhex("7400000800FF00FF0000"),
            0xC4: self._pin_status,
        }
        if tag in made:
            return made[tag]()
        if tag in WRITABLE:
            return self._kept(tag)
        raise _RefusedError(NOT_FOUND)

    def _aid(self) -> bytes:
        return APPLICATION + bytes.fromhex("0304") + bytes.fromhex("FFFE") + self.serial + b"\0\0"

    def _kept(self, tag: int) -> bytes:
        first = {0xC1: ED25519, 0xC2: CV25519, 0xC3: ED25519, 0x5F35: b"9"}
        empty = bytes(20) if 0xC7 <= tag <= 0xCC else bytes(4) if 0xCE <= tag <= 0xD0 else b""
        return self._objects.get(tag, first.get(tag, empty))

    def _pin_status(self) -> bytes:
        user, admin = self.pins[0x81], self.pins[0x83]
        reuse = 0 if self.every_signature else 1
        return bytes([reuse, 32, 32, 32, user.left, 0, admin.left])

    def _discretionary(self) -> bytes:
        parts = [(tag, self._object(tag)) for tag in (0xC0, 0xC1, 0xC2, 0xC3, 0xC4)]
        parts.append((0xC5, b"".join(map(self._kept, (0xC7, 0xC8, 0xC9)))))
        parts.append((0xC6, b"".join(map(self._kept, (0xCA, 0xCB, 0xCC)))))
        parts.append((0xCD, b"".join(map(self._kept, (0xCE, 0xCF, 0xD0)))))
        return b"".join(tlv(tag, value) for tag, value in parts)

    def _application(self) -> bytes:
        parts = [(0x4F, self._aid()), (0x5F52, self._object(0x5F52))]
        parts.append((0x73, self._discretionary()))
        return b"".join(tlv(tag, value) for tag, value in parts)

    def _put(self, tag: int, data: bytes) -> bytes:
        self._need(0x83)
        if tag == 0xC4:
            self.every_signature = data[:1] == b"\0"
        elif tag in WRITABLE:
            self._objects[tag] = data
        else:
            raise _RefusedError(NOT_FOUND)
        return OK

    # PINs (section 7.2.2)

    def _need(self, which: int) -> None:
        if which not in self._verified:
            raise _RefusedError(NOT_VERIFIED)

    def _verify(self, which: int, data: bytes) -> bytes:
        pin = self.pins.get(which)
        if pin is None:
            return NOT_FOUND
        if not data:
            return OK if which in self._verified else (WRONG_PIN | pin.left).to_bytes(2, "big")
        if which != 0x83:
            self.presented += 1
        return self._compared(which, pin, data)

    def _compared(self, which: int, pin: Pin, data: bytes) -> bytes:
        if pin.left == 0:
            return BLOCKED
        if data != pin.value:
            pin.left -= 1
            self._verified.discard(which)
            return (WRONG_PIN | pin.left).to_bytes(2, "big") if pin.left else BLOCKED
        pin.left = TRIES
        self._verified.add(which)
        return OK

    def _change(self, which: int, data: bytes) -> bytes:
        pin = self.pins[which]
        answer = self._compared(which, pin, data[: len(pin.value)])
        if answer == OK:
            pin.value = data[len(pin.value) :]
        return answer

    # keys (sections 7.2.10 to 7.2.14, 4.4.3.12)

    def _used(self, operation: int, data: bytes) -> bytes:
        self.begun += 1
        if self.wait is not None:
            assert self.wait.wait(90)
        time.sleep(self.seconds)
        if operation == 0x9E9A and self.signer:
            self._need(0x81)
            if self.every_signature:
                self._verified.discard(0x81)
            self.signed += 1
            return _signature(self.signer, data)
        if operation == 0x8086 and self.opener:
            self._need(0x82)
            self.deciphered += 1
            return _deciphered(self.opener, data)
        raise _RefusedError(NOT_FOUND)

    def _key(self, mode: int, data: bytes) -> bytes:
        slot = data[0]
        if mode == 0x8000:
            self._need(0x83)
            if slot == DECIPHER:
                self.opener = X25519PrivateKey.generate()
            else:
                self.signer = Ed25519PrivateKey.generate()
        key = self.opener if slot == DECIPHER else self.signer if slot == SIGN else None
        if key is None:
            raise _RefusedError(NOT_FOUND)
        return tlv(0x7F49, _public(key))

    def _import(self, _tag: int, data: bytes) -> bytes:
        self._need(0x83)
        [(_, content)] = parsed(data)
        parts = dict(parsed(content))
        secret = parts[0x5F48]
        slot = DECIPHER if DECIPHER in parts else SIGN
        if self._kept(ATTRIBUTES + SLOTS[slot])[:1] == RSA:
            self._import_rsa(slot, secret, parts[0x7F48])
        elif DECIPHER in parts:
            # scdaemon hands it over as a number, so the other way round than RFC 7748
            self.opener = X25519PrivateKey.from_private_bytes(secret.rjust(32, b"\0")[::-1])
        elif SIGN in parts:
            self.signer = Ed25519PrivateKey.from_private_bytes(secret)
        else:
            raise _RefusedError(WRONG_DATA)
        return OK

    def _import_rsa(self, slot: int, secret: bytes, template: bytes) -> None:
        """Public exponent and the two primes, one behind the other (section 4.4.3.12)."""
        numbers, at, cut = [], 0, 0
        while at < len(template):
            _, size, at = _head(template, at)
            numbers.append(int.from_bytes(secret[cut : cut + size], "big"))
            cut += size
        e, p, q = numbers
        d = rsa.rsa_recover_private_exponent(e, p, q)
        exponents = d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
        key = rsa.RSAPrivateNumbers(p, q, *exponents, rsa.RSAPublicNumbers(e, p * q)).private_key()
        if slot == DECIPHER:
            self.opener = key
        else:
            self.signer = key


def _signature(key: Ed25519PrivateKey | rsa.RSAPrivateKey, data: bytes) -> bytes:
    """Over the digest, or for RSA over the DigestInfo that the card is given."""
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(data)
    size = key.key_size // 8
    return _raised(key, b"\0\1" + b"\xff" * (size - 3 - len(data)) + b"\0" + data)


def _deciphered(key: X25519PrivateKey | rsa.RSAPrivateKey, data: bytes) -> bytes:
    """The shared secret, or for RSA what was padded (PKCS #1 v1.5)."""
    if isinstance(key, rsa.RSAPrivateKey):
        padded = _raised(key, data[1:])
        kind, _, message = padded[2:].partition(b"\0")
        if padded[:2] != b"\0\2" or len(kind) < 8:
            raise _RefusedError(WRONG_DATA)
        return message
    try:
        [(_, cipher)] = parsed(data)
        [(_, point)] = parsed(cipher)
        [(_, peer)] = parsed(point)
        return key.exchange(X25519PublicKey.from_public_bytes(peer[-32:]))
    except ValueError:
        raise _RefusedError(WRONG_DATA) from None


def _raised(key: rsa.RSAPrivateKey, data: bytes) -> bytes:
    numbers = key.private_numbers()
    modulus = numbers.public_numbers.n
    return pow(int.from_bytes(data, "big"), numbers.d, modulus).to_bytes(key.key_size // 8, "big")


def _public(key: Ed25519PrivateKey | X25519PrivateKey | rsa.RSAPrivateKey) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.private_numbers().public_numbers
        exponent = numbers.e.to_bytes(4, "big")
        return tlv(0x81, numbers.n.to_bytes(key.key_size // 8, "big")) + tlv(0x82, exponent)
    return tlv(0x86, key.public_key().public_bytes_raw())
