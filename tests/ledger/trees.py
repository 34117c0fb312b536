"""RFC 6962, section 2.1, word for word and slow, and keys that sign: an oracle for the tests."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.ledger.checkpoints import Checkpoint
from gateway.ledger.notes import Algorithm, Note, VerifierKey
from gateway.ledger.tiles import grow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.ledger.notes import Sign


def split(count: int) -> int:
    """The largest power of two smaller than `count`."""
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def mth(leaves: Sequence[bytes]) -> bytes:
    """MTH over leaf hashes."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH(m, D[n])."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: Sequence[bytes], *, known: bool = True) -> list[bytes]:
    """SUBPROOF(m, D[n], b); PROOF(m, D[n]) is that with b true."""
    if m == len(leaves):
        return [] if known else [mth(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], known=known), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], known=False), mth(leaves[:k])]


def some_leaves(count: int, salt: str = "") -> list[bytes]:
    return [hashlib.sha256(f"{salt}{number}".encode()).digest() for number in range(count)]


def tiles_of(leaves: Sequence[bytes]) -> dict[tuple[int, int], bytes]:
    return grow(0, {}, leaves)[1]


def check(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Ed25519, RFC 8032."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def a_key(
    name: str, seed: int = 1, algorithm: Algorithm = Algorithm.ED25519
) -> tuple[VerifierKey, Sign]:
    """A key made on the spot, the same for the same seed, and what signs with it."""
    secret = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    public = secret.public_key().public_bytes_raw()
    return VerifierKey(name=name, public_key=public, algorithm=algorithm), secret.sign


LOG, LOG_SIGNS = a_key("log.gemeente.example/taalpoort")


def checkpoint(leaves: Sequence[bytes]) -> Note:
    """The log's signed checkpoint over these leaf hashes."""
    whole = Checkpoint(origin=LOG.name, size=len(leaves), root=mth(leaves))
    return whole.signed(LOG, LOG_SIGNS)
