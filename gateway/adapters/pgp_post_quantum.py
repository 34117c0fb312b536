"""ML-KEM-768 with X25519, so that mail kept today cannot be read later (RFC 9980, section 4).

Algorithm 35: a session key is wrapped under what two exchanges give together,
so that it stays closed as long as either of them does.  It may stand in a
subkey of a version 4 certificate, beside one that older programs use
(section 3.5), which is how a gateway's own key has it.  Writing is Sequoia's.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap

ALGORITHM: Final = 35
POINT, CAPSULE, PUBLIC, SEED = 32, 1088, 32 + 1184, 64  # bytes (section 4.1.2)
_DOMAIN = b"OpenPGPCompositeKDFv1"


@dataclass(frozen=True, slots=True, repr=False)
class PostQuantumKey:
    """The secret half: a scalar and a seed, made independently (section 4.2.2)."""

    x25519: X25519PrivateKey
    ml_kem: MLKEM768PrivateKey

    @classmethod
    def made(cls) -> Self:
        """A new one."""
        return cls(X25519PrivateKey.generate(), MLKEM768PrivateKey.generate())

    @classmethod
    def read(cls, material: bytes) -> Self:
        """From the secret fields of a packet (section 4.3.2); raises ValueError."""
        if len(material) != POINT + SEED:
            raise ValueError("not a scalar and a seed")
        return cls(
            X25519PrivateKey.from_private_bytes(material[:POINT]),
            MLKEM768PrivateKey.from_seed_bytes(material[POINT:]),
        )

    def material(self) -> bytes:
        """The secret fields of a packet (section 4.3.2)."""
        return self.x25519.private_bytes_raw() + self.ml_kem.private_bytes_raw()

    def public(self) -> bytes:
        """The public fields of a packet (section 4.3.2)."""
        ml_kem = self.ml_kem.public_key().public_bytes_raw()
        return self.x25519.public_key().public_bytes_raw() + ml_kem

    def unwrapped(self, fields: bytes, *, version: int) -> tuple[int | None, bytes]:
        """Cipher, where a version 3 PKESK names it, and session key (section 4.2.4).

        Raises ValueError or `InvalidUnwrap` for what was not wrapped for this key.
        """
        ephemeral, rest = fields[:POINT], fields[POINT:]
        capsule, wrapped = rest[:CAPSULE], rest[CAPSULE:]
        if len(wrapped) < 2 or len(wrapped) != 1 + wrapped[0]:
            raise ValueError("fields of another length")
        key = _combined(
            self.ml_kem.decapsulate(capsule),
            self.x25519.exchange(X25519PublicKey.from_public_bytes(ephemeral)),
            ephemeral,
            self.x25519.public_key().public_bytes_raw(),
        )
        start = 2 if version == 3 else 1
        cipher = wrapped[1] if version == 3 else None
        return cipher, aes_key_unwrap(key, wrapped[start:])


def _combined(ml_kem: bytes, exchanged: bytes, ephemeral: bytes, point: bytes) -> bytes:
    """Section 4.2.1; the length at the end keeps no name of a use the end of another's."""
    parts = (ml_kem, exchanged, ephemeral, point, bytes((ALGORITHM,)), _DOMAIN)
    return hashlib.sha3_256(b"".join(parts) + bytes((len(_DOMAIN),))).digest()
