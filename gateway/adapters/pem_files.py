"""Keys and certificates in PEM as configuration files hold them."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key, pkcs7

from gateway.adapters.trust import TrustMaterial, TrustStore
from gateway.adapters.trust_purposes import UNREADABLE
from gateway.adapters.x509_certificates import PEM_CERTIFICATE, is_for


class PemError(ValueError):
    """The content is not what it should be; says why, without repeating any of it."""


def certificates(content: bytes) -> tuple[bytes, ...]:
    """The DER of each certificate in PEM, in order, at least one; raises `PemError`."""
    if PEM_CERTIFICATE in content:
        try:
            found = x509.load_pem_x509_certificates(content)
            return tuple(each.public_bytes(Encoding.DER) for each in found)
        except UNREADABLE:
            pass
    raise PemError("no certificates in PEM")


def written(found: tuple[bytes, ...]) -> bytes:
    """These certificates (DER) as PEM, with nothing else that stood in their file."""
    loaded = map(x509.load_der_x509_certificate, found)
    return b"".join(each.public_bytes(Encoding.PEM) for each in loaded)


def for_programs(found: tuple[bytes, ...]) -> dict[str, bytes]:
    """These certificates (DER), the holder's first, by the endings that mail programs ask for.

    ``.crt`` is the holder's alone, DER; ``.p7c`` all of them (RFC 8551, 3.2.2), ``.pem`` too.
    """
    loaded = [x509.load_der_x509_certificate(each) for each in found]
    return {
        ".crt": found[0],
        ".p7c": pkcs7.serialize_certificates(loaded, Encoding.DER),
        ".pem": written(found),
    }


def joined(secret: bytes, chain: bytes) -> bytes:
    """A private key and its certificates, as the S/MIME engine takes them.

    Raises `PemError` unless the key is in PEM without a password, and that of the first
    certificate.
    """
    own = x509.load_der_x509_certificate(certificates(chain)[0])
    if not of_one_key(secret, own):
        raise PemError("not the secret half of the certificate")
    return secret + b"\n" + chain


def of_one_key(secret: bytes, certificate: x509.Certificate) -> bool:
    """Whether a certificate is for this private key.

    Raises `PemError` for a key that is not in PEM without a password.
    """
    try:
        return is_for(certificate, load_pem_private_key(secret, None))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise PemError("not a private key in PEM without a password") from None


def leads_to_a_root(certificate: bytes, material: TrustMaterial) -> bool:
    """Whether there is a path now from a certificate (DER) to a configured root."""
    found = x509.load_der_x509_certificate(certificate)
    return TrustStore(material).path(found, datetime.now(UTC)) is not None
