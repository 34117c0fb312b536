"""What an end entity's certificate is fit for by itself: validity, strength, usage (RFC 8550)."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.x509.oid import ExtendedKeyUsageOID, SignatureAlgorithmOID

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.hazmat.primitives import hashes

_Kind = TypeVar("_Kind", bound=x509.ExtensionType)

UNREADABLE: Final = (
    ValueError,
    TypeError,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    UnsupportedAlgorithm,
)
LEAST_RSA_BITS: Final = 2048  # also the least of S/MIME Baseline Requirements 6.1.5
_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
_OIDS = SignatureAlgorithmOID
_STRONG_DIGESTS: Final = ("sha256", "sha384", "sha512")
_STRONG_SIGNATURES: Final = frozenset(
    {
        _OIDS.RSA_WITH_SHA256,
        _OIDS.RSA_WITH_SHA384,
        _OIDS.RSA_WITH_SHA512,
        _OIDS.RSASSA_PSS,
        _OIDS.ECDSA_WITH_SHA256,
        _OIDS.ECDSA_WITH_SHA384,
        _OIDS.ECDSA_WITH_SHA512,
        _OIDS.ED25519,
    }
)


class Signed(Protocol):
    """What certificates, lists and answers have in common."""

    @property
    def signature_algorithm_oid(self) -> x509.ObjectIdentifier:
        """As it says itself."""

    @property
    def signature_hash_algorithm(self) -> hashes.HashAlgorithm | None:
        """None for a signature that has its digest built in; raises `UnsupportedAlgorithm`."""


class Purpose(Enum):
    """What the gateway wants to do with a certificate."""

    SIGN = "sign"  # believe a signature made with its key
    ENCRYPT = "encrypt"  # send something to its holder


class TrustState(Enum):
    """What a certificate is worth for one purpose at one moment."""

    GOOD = "good"
    WEAK = "weak"  # key or signature that nobody should make any more
    NOT_YET_VALID = "not-yet-valid"
    EXPIRED = "expired"
    WRONG_USE = "wrong-use"
    UNTRUSTED = "untrusted"  # no path to a configured root, or not to be read
    REVOKED = "revoked"
    REVOCATION_UNKNOWN = "revocation-unknown"  # nothing current says that it is not revoked


def fitness(certificate: x509.Certificate, at: datetime, purpose: Purpose) -> TrustState | None:
    """What is wrong with the certificate itself, the plainest first; None where nothing is."""
    try:
        if not strong(certificate) or not strongly_signed(certificate):
            return TrustState.WEAK
        if at < certificate.not_valid_before_utc:
            return TrustState.NOT_YET_VALID
        if at > certificate.not_valid_after_utc:
            return TrustState.EXPIRED
        return None if _meant_for(certificate, purpose) else TrustState.WRONG_USE
    except UNREADABLE:
        return TrustState.UNTRUSTED


def strong(certificate: x509.Certificate) -> bool:
    """RSA of 2048 bits or more, an elliptic curve of NIST, or a Curve25519 key.

    A kind of key that the library does not know counts as weak.
    """
    try:
        key = certificate.public_key()
    except UnsupportedAlgorithm:
        return False
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= LEAST_RSA_BITS
    if isinstance(key, ec.EllipticCurvePublicKey):
        return isinstance(key.curve, _CURVES)
    return isinstance(key, ed25519.Ed25519PublicKey | x25519.X25519PublicKey)


def strongly_signed(signed: Signed) -> bool:
    """RSA, ECDSA or Ed25519 over SHA-2; whether it is right is another question."""
    if signed.signature_algorithm_oid not in _STRONG_SIGNATURES:
        return False
    try:
        digest = signed.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return False
    return digest is None or digest.name in _STRONG_DIGESTS


def carried(found: x509.Extensions, kind: type[_Kind]) -> _Kind | None:
    """The extension of this kind, or None."""
    try:
        return found.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _meant_for(certificate: x509.Certificate, purpose: Purpose) -> bool:
    """What it is for has to be said (S/MIME Baseline Requirements 7.1.2.3), not only not denied.

    Neither an authority's certificate nor one for any purpose at all is a correspondent's.
    """
    found = certificate.extensions
    constraints = carried(found, x509.BasicConstraints)
    purposes = carried(found, x509.ExtendedKeyUsage)
    usage = carried(found, x509.KeyUsage)
    if (constraints is not None and constraints.ca) or purposes is None or usage is None:
        return False
    if usage.key_cert_sign or ExtendedKeyUsageOID.EMAIL_PROTECTION not in purposes:
        return False
    if purpose is Purpose.SIGN:
        return usage.digital_signature or usage.content_commitment  # RFC 8550 4.4.2
    return _can_open(certificate, usage)


def _can_open(certificate: x509.Certificate, usage: x509.KeyUsage) -> bool:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return usage.key_encipherment
    if isinstance(key, ec.EllipticCurvePublicKey | x25519.X25519PublicKey):
        return usage.key_agreement and not usage.encipher_only
    return False
