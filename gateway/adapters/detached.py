"""A detached OpenPGP signature beside a file, as plain GnuPG verifies it (RFC 9580, 10.4)."""

from __future__ import annotations

import pysequoia
from pysequoia import SignatureMode, Tsk


def detached_signature(secret: bytes, content: bytes) -> bytes:
    """The signature by this unprotected secret key, armored; ``gpg --verify`` takes it."""
    signer = Tsk.from_bytes(secret).signer()
    return bytes(pysequoia.sign(signer, content, mode=SignatureMode.DETACHED, armor=True))
