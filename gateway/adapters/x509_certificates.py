"""S/MIME certificates: what they say of their holder, and what of them is taken in (RFC 8550)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from gateway.adapters.certificates import CertificateRefusedError
from gateway.adapters.mime_headers import ADDR_SPEC
from gateway.adapters.trust_purposes import (
    UNREADABLE,
    Purpose,
    carried,
    fitness,
    strong,
    strongly_signed,
)
from gateway.domain.mail import Protection
from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

PEM_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"
PEM_SECRET = b"PRIVATE KEY-----"
SIZE_LIMIT = 64 * 1024  # bytes


@dataclass(frozen=True, slots=True, repr=False)
class X509Facts(Silent):
    """What an S/MIME certificate says of itself; `kept` is its DER.

    `fingerprint` is SHA-256 over that, upper-case hex, as Thunderbird and
    OpenSSL show it.  `emails` is its one address.  Whether it was revoked stands in no
    certificate, so `revoked` is never true here.  `can_encrypt` and `can_sign` say what
    it is meant for, as of now.
    """

    kept: bytes
    fingerprint: str
    emails: tuple[str, ...]
    created: datetime
    expires: datetime
    can_encrypt: bool
    can_sign: bool
    algorithm: str
    bits: int
    serial: str
    issuer: str
    protection: Protection = Protection.SMIME
    revoked: bool = False


def describe_x509(data: bytes) -> X509Facts:
    """Read one certificate, PEM or DER.

    Raises `CertificateRefusedError`: ``unreadable``, ``secret-key`` (never hand that to
    anybody), ``several-certificates``, ``weak-key`` (RSA below 2048 bits, SHA-1),
    ``no-address``, ``several-addresses``.
    """
    found = one_certificate(data)
    kept = found.public_bytes(Encoding.DER)
    now = datetime.now(UTC)
    try:
        if not strong(found) or not strongly_signed(found):
            raise CertificateRefusedError("weak-key")
        algorithm, bits = _algorithm(found)
        return X509Facts(
            kept=kept,
            fingerprint=fingerprint_of(found),
            emails=(_address(found),),
            created=found.not_valid_before_utc,
            expires=found.not_valid_after_utc,
            can_encrypt=fitness(found, now, Purpose.ENCRYPT) is None,
            can_sign=fitness(found, now, Purpose.SIGN) is None,
            algorithm=algorithm,
            bits=bits,
            serial=f"{found.serial_number:X}",
            issuer=found.issuer.rfc4514_string(),
        )
    except CertificateRefusedError:
        raise
    except UNREADABLE:
        raise CertificateRefusedError("unreadable") from None


def one_certificate(data: bytes) -> x509.Certificate:
    """The only certificate in a file; raises `CertificateRefusedError` as `describe_x509`."""
    if PEM_SECRET in data:
        raise CertificateRefusedError("secret-key")
    if len(data) > SIZE_LIMIT:
        raise CertificateRefusedError("unreadable")
    try:
        if PEM_CERTIFICATE in data:
            found = x509.load_pem_x509_certificates(data)
        else:
            found = [x509.load_der_x509_certificate(data)]
    except UNREADABLE:
        raise CertificateRefusedError("unreadable") from None
    if len(found) != 1:
        raise CertificateRefusedError("several-certificates")
    return found[0]


def fingerprint_of(found: x509.Certificate) -> str:
    """SHA-256 over its DER, upper-case hex: the name that a key is pinned and recorded by."""
    return found.fingerprint(hashes.SHA256()).hex().upper()


def is_for(certificate: x509.Certificate, key: PrivateKeyTypes) -> bool:
    """Whether a certificate is for the public half of this key."""
    kind = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return certificate.public_key().public_bytes(*kind) == key.public_key().public_bytes(*kind)


def _address(found: x509.Certificate) -> str:
    """The one rfc822Name; the subject's emailAddress counts only without alternative names.

    RFC 8550, section 3, has every address of a certificate compared with the sender's; a
    certificate for several is not one person's own (12.5).
    """
    names = carried(found.extensions, x509.SubjectAlternativeName)
    if names is not None:
        addresses: Sequence[str] = names.get_values_for_type(x509.RFC822Name)
    else:
        subject = found.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS)
        addresses = [str(each.value) for each in subject]
    if len(set(map(str.casefold, addresses))) > 1:
        raise CertificateRefusedError("several-addresses")
    if not addresses or not ADDR_SPEC.fullmatch(addresses[0]):
        raise CertificateRefusedError("no-address")
    return addresses[0]


def _algorithm(found: x509.Certificate) -> tuple[str, int]:
    key = found.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return "RSA", key.key_size
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "EC", key.curve.key_size
    return type(key).__name__.removesuffix("PublicKey").lstrip("_"), 256
