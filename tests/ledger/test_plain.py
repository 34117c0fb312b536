"""Plain Python checks and opens what `cryptography` signs and seals, and nothing else."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.ledger.standalone import taalpoort_plain
from gateway.ledger.standalone.taalpoort_plain import aes_gcm_opened, ed25519_is_good

PROGRAMS = sorted(Path(taalpoort_plain.__file__).parent.glob("taalpoort_*.py"))
KEY = hashlib.sha256(b"own key").digest()
NONCE = bytes(range(12))

# RFC 8032, 7.1, TEST 2 and TEST 3: public key, message, signature.
VECTORS = [
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
]


@pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
def test_signatures_of_the_standard_are_good(public: str, message: str, signature: str) -> None:
    assert ed25519_is_good(bytes.fromhex(public), bytes.fromhex(signature), bytes.fromhex(message))


@settings(max_examples=10)
@given(message=st.binary(max_size=200), at=st.integers(0, 63), bit=st.integers(0, 7))
def test_a_signature_with_one_other_bit_is_not(message: bytes, at: int, bit: int) -> None:
    secret = Ed25519PrivateKey.from_private_bytes(KEY)
    public = secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    signature = bytearray(secret.sign(message))
    assert ed25519_is_good(public, bytes(signature), message)
    assert not ed25519_is_good(public, bytes(signature), message + b".")
    signature[at] ^= 1 << bit
    assert not ed25519_is_good(public, bytes(signature), message)


@pytest.mark.parametrize(
    ("public", "signature"),
    [
        (bytes(31), bytes(64)),
        (bytes(32), bytes(63)),
        (b"\xff" * 32, bytes(64)),  # no field element
        (b"\2" + bytes(31), bytes(64)),  # no point of the curve
        (b"\1" + bytes(30) + b"\x80", bytes(64)),  # minus nought
        (bytes(32), bytes(32) + b"\xff" * 32),  # a scalar beyond the order
    ],
)
def test_what_is_no_key_or_signature_is_not_good(public: bytes, signature: bytes) -> None:
    assert not ed25519_is_good(public, signature, b"")


@settings(max_examples=15)
@given(content=st.binary(max_size=100), bound=st.binary(max_size=40), at=st.integers(0))
def test_what_was_sealed_opens_and_nothing_that_was_changed(
    content: bytes, bound: bytes, at: int
) -> None:
    sealed = AESGCM(KEY).encrypt(NONCE, content, bound)
    assert aes_gcm_opened(KEY, NONCE, sealed, bound) == content
    assert aes_gcm_opened(KEY, NONCE, sealed, bound + b".") is None
    changed = bytearray(sealed)
    changed[at % len(sealed)] ^= 1
    assert aes_gcm_opened(KEY, NONCE, bytes(changed), bound) is None


def test_what_cannot_be_sealed_so_does_not_open() -> None:
    sealed = AESGCM(KEY).encrypt(NONCE, b"x", b"")
    assert aes_gcm_opened(KEY[:16], NONCE, sealed, b"") is None
    assert aes_gcm_opened(KEY, NONCE[:8], sealed, b"") is None
    assert aes_gcm_opened(KEY, NONCE, sealed[:15], b"") is None


def test_what_is_handed_out_knows_nothing_of_the_gateway() -> None:
    assert len(PROGRAMS) == 3
    for each in PROGRAMS:
        assert "gateway" not in each.read_text("utf-8"), each.name
