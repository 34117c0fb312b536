"""Whether a CMS signature fits a public key: the algorithms that count (RFC 5754, 4056, 8419).

SHA-256, SHA-384 and SHA-512; RSA of 2048 bits and more, ECDSA and Ed25519.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asn1crypto.algos import RSASSAPSSParams
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

SHORTEST_RSA, SHORTEST_CURVE = 2048, 256  # bits, as for OpenPGP keys
DIGESTS: dict[str, hashes.HashAlgorithm] = {
    "2.16.840.1.101.3.4.2.1": hashes.SHA256(),
    "2.16.840.1.101.3.4.2.2": hashes.SHA384(),
    "2.16.840.1.101.3.4.2.3": hashes.SHA512(),
}
WEAK_DIGESTS = frozenset(
    {
        "1.2.840.113549.2.2",  # MD2
        "1.2.840.113549.2.4",  # MD4
        "1.2.840.113549.2.5",  # MD5
        "1.3.14.3.2.26",  # SHA-1
        "1.3.36.3.2.1",  # RIPEMD-160
        "2.16.840.1.101.3.4.2.4",  # SHA-224
    }
)
RSA, RSA_PSS, ED25519 = "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10", "1.3.101.112"
RSA_WITH = {
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
}
ECDSA_WITH = {
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
}
WEAK_SIGNATURES = frozenset(
    {
        "1.2.840.113549.1.1.2",  # RSA with MD2
        "1.2.840.113549.1.1.4",  # RSA with MD5
        "1.2.840.113549.1.1.5",  # RSA with SHA-1
        "1.3.14.3.2.29",  # the same by another name
        "1.2.840.113549.1.1.14",  # RSA with SHA-224
        "1.2.840.10045.4.1",  # ECDSA with SHA-1
        "1.2.840.10045.4.3.1",  # ECDSA with SHA-224
        "1.2.840.10040.4.1",  # DSA
        "1.2.840.10040.4.3",  # DSA with SHA-1
    }
)


@dataclass(frozen=True, slots=True, repr=False)
class Method:
    """How a signature was made: OIDs of digest and signature, and the latter's parameters (DER)."""

    digest: str
    signature: str
    parameters: bytes = b""

    @property
    def is_weak(self) -> bool:
        return self.digest in WEAK_DIGESTS or self.signature in WEAK_SIGNATURES


def is_short(certificate: Certificate) -> bool:
    """Whether its key is too short to prove anything."""
    key = certificate.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.key_size < SHORTEST_CURVE
    return isinstance(key, rsa.RSAPublicKey) and key.key_size < SHORTEST_RSA


def fits(certificate: Certificate, method: Method, signature: bytes, signed: bytes) -> bool:
    """Whether this certificate's key made `signature` over `signed`, by a method that counts."""
    digest = DIGESTS.get(method.digest)
    key = certificate.public_key()
    if digest is None:
        return False
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, signed, _rsa_padding(method, digest), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            _require(ECDSA_WITH.get(method.signature) == digest.name)
            key.verify(signature, signed, ec.ECDSA(digest))
        elif isinstance(key, ed25519.Ed25519PublicKey):
            # over signed attributes the digest is SHA-512 (RFC 8419, section 3)
            _require(method.signature == ED25519 and digest.name == "sha512")
            key.verify(signature, signed)
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError, KeyError):
        return False
    return True


def _rsa_padding(method: Method, digest: hashes.HashAlgorithm) -> padding.AsymmetricPadding:
    if method.signature == RSA_PSS:
        return _pss(method.parameters, digest)
    _require(method.signature == RSA or RSA_WITH.get(method.signature) == digest.name)
    return padding.PKCS1v15()


def _pss(parameters: bytes, digest: hashes.HashAlgorithm) -> padding.PSS:
    """RFC 4056, section 3: one hash for digest, signature and mask."""
    found = RSASSAPSSParams.load(parameters, strict=True)
    mask = found["mask_gen_algorithm"]
    _require(
        mask["algorithm"].native == "mgf1" and found["trailer_field"].native == "trailer_field_bc"
    )
    _require(found["hash_algorithm"]["algorithm"].native == digest.name)
    _require(mask["parameters"]["algorithm"].native == digest.name)
    return padding.PSS(mgf=padding.MGF1(digest), salt_length=int(found["salt_length"].native))


def _require(condition: bool) -> None:  # noqa: FBT001 - reads as a sentence
    if not condition:
        raise ValueError
