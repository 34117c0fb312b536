"""Ed25519 and AES-256-GCM in plain Python, for who verifies where there is no `cryptography`.

Under the names of that library, as far as `taalpoort_verify.py` asks for them.

Only checking and opening: nothing here holds a secret that an attacker could learn from how
long it takes, and nothing here signs or seals.  Slow, and enough for some thousands of entries.
"""

from __future__ import annotations

import hashlib


class InvalidSignature(Exception):  # noqa: N818 - the name that `cryptography` has for it
    """Not by this key over this message."""


class InvalidTag(Exception):  # noqa: N818 - as above
    """Altered, or sealed with another key."""


class Ed25519PublicKey:
    """A public key that signatures are checked with."""

    def __init__(self, public: bytes) -> None:
        self._public = public

    @classmethod
    def from_public_bytes(cls, public: bytes) -> Ed25519PublicKey:
        """The key of these 32 bytes."""
        return cls(public)

    def verify(self, signature: bytes, message: bytes) -> None:
        """Raises `InvalidSignature`."""
        if not ed25519_is_good(self._public, signature, message):
            raise InvalidSignature


class AESGCM:
    """A key that sealed bytes are opened with."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def decrypt(self, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
        """What was sealed; raises `InvalidTag`."""
        found = aes_gcm_opened(self._key, nonce, sealed, bound)
        if found is None:
            raise InvalidTag
        return found


# --- Ed25519, RFC 8032, 5.1 -----------------------------------------------------

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)

# Extended coordinates: x = X/Z, y = Y/Z, x*y = T/Z.
Point = tuple[int, int, int, int]


def ed25519_is_good(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the signature is good, RFC 8032, 5.1.7."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, first = _point(public), _point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or first is None or scalar >= _L:
        return False
    hashed = hashlib.sha512(signature[:32] + public + message).digest()
    challenge = int.from_bytes(hashed, "little") % _L
    return _same(_times(scalar, _BASE), _add(first, _times(challenge, key)))


def _point(encoded: bytes) -> Point | None:
    """RFC 8032, 5.1.3; None for what is no point."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= _P:
        return None
    x = _x_of(y)
    if x is None or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    return (x, y, 1, x * y % _P)


def _x_of(y: int) -> int | None:
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    return None if (x * x - square) % _P else x


def _add(one: Point, other: Point) -> Point:
    """RFC 8032, 5.1.4."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c = 2 * one[3] * other[3] * _D % _P
    d = 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _times(scalar: int, point: Point) -> Point:
    result: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point = _add(point, point)
        scalar >>= 1
    return result


def _same(one: Point, other: Point) -> bool:
    x = one[0] * other[2] - other[0] * one[2]
    y = one[1] * other[2] - other[1] * one[2]
    return x % _P == 0 and y % _P == 0


def _base() -> Point:
    y = 4 * pow(5, _P - 2, _P) % _P
    x = _x_of(y) or 0
    x = _P - x if x & 1 else x
    return (x, y, 1, x * y % _P)


_BASE = _base()

# --- AES-256, FIPS 197, and GCM, NIST SP 800-38D ---------------------------------


def _doubled(value: int) -> int:
    return (value << 1) ^ (0x11B if value & 0x80 else 0)


def _box() -> bytes:
    """The S-box, FIPS 197, 5.1.1."""
    box, p, q = bytearray(256), 1, 1
    while True:
        p = (p ^ _doubled(p)) & 0xFF
        for shift in (1, 2, 4):
            q ^= q << shift
        q &= 0xFF
        q ^= 0x09 if q & 0x80 else 0
        turned = [(q << by | q >> (8 - by)) & 0xFF for by in (1, 2, 3, 4)]
        box[p] = q ^ turned[0] ^ turned[1] ^ turned[2] ^ turned[3] ^ 0x63
        if p == 1:
            break
    box[0] = 0x63
    return bytes(box)


_BOX = _box()
_TWICE = bytes(_doubled(value) & 0xFF for value in range(256))
# Where each byte of a state comes from, ShiftRows (FIPS 197, 5.1.2).
_SHIFTED = [(column + row) % 4 * 4 + row for column in range(4) for row in range(4)]


def _round_keys(key: bytes) -> list[bytes]:
    """FIPS 197, 5.2, for a key of 32 bytes: fifteen of 16 bytes."""
    words = [key[at : at + 4] for at in range(0, 32, 4)]
    constant = 1
    while len(words) < 60:
        last = words[-1]
        if len(words) % 8 == 0:
            last = bytes(_BOX[each] for each in last[1:] + last[:1])
            last = bytes([last[0] ^ constant]) + last[1:]
            constant = _doubled(constant)
        elif len(words) % 8 == 4:
            last = bytes(_BOX[each] for each in last)
        words.append(_xor(words[-8], last))
    return [b"".join(words[at : at + 4]) for at in range(0, 60, 4)]


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=False))


def _block(keys: list[bytes], block: bytes) -> bytes:
    """One block enciphered, FIPS 197, 5.1."""
    state = _xor(block, keys[0])
    for key in keys[1:-1]:
        state = _xor(_mixed([_BOX[state[at]] for at in _SHIFTED]), key)
    return _xor(bytes(_BOX[state[at]] for at in _SHIFTED), keys[-1])


def _mixed(state: list[int]) -> bytes:
    """MixColumns, FIPS 197, 5.1.3."""
    found = bytearray()
    for at in range(0, 16, 4):
        a, b, c, d = state[at : at + 4]
        every = a ^ b ^ c ^ d
        for one, following in ((a, b), (b, c), (c, d), (d, a)):
            found.append(one ^ every ^ _TWICE[one ^ following])
    return bytes(found)


def _multiplied(one: int, other: int) -> int:
    """In the field of GCM, SP 800-38D, 6.3."""
    product = 0
    for bit in range(127, -1, -1):
        if one >> bit & 1:
            product ^= other
        other = other >> 1 ^ (0xE1 << 120 if other & 1 else 0)
    return product


def _hashed(subkey: int, bound: bytes, sealed: bytes) -> int:
    """GHASH, SP 800-38D, 6.4, over both and their lengths in bits."""
    value = 0
    lengths = (len(bound) * 8).to_bytes(8, "big") + (len(sealed) * 8).to_bytes(8, "big")
    for part in (bound, sealed, lengths):
        for at in range(0, len(part), 16):
            block = part[at : at + 16].ljust(16, b"\0")
            value = _multiplied(value ^ int.from_bytes(block, "big"), subkey)
    return value


def aes_gcm_opened(key: bytes, nonce: bytes, sealed: bytes, bound: bytes) -> bytes | None:
    """What was sealed, SP 800-38D, 7.2, with a nonce of 12 bytes and a tag of 16; else None."""
    if len(key) != 32 or len(nonce) != 12 or len(sealed) < 16:
        return None
    content, tag = sealed[:-16], sealed[-16:]
    keys = _round_keys(key)
    subkey = int.from_bytes(_block(keys, bytes(16)), "big")
    first = int.from_bytes(_block(keys, nonce + b"\0\0\0\1"), "big")
    if (_hashed(subkey, bound, content) ^ first).to_bytes(16, "big") != tag:
        return None
    stream = b"".join(
        _block(keys, nonce + counter.to_bytes(4, "big"))
        for counter in range(2, 2 + -(-len(content) // 16))
    )
    return _xor(content, stream)
