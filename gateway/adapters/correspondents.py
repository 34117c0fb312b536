"""A correspondent's certificate, whichever protection it is for: told apart, and described."""

from __future__ import annotations

from typing import TypeAlias

from gateway.adapters.certificates import CertificateFacts, describe_certificate
from gateway.adapters.x509_certificates import X509Facts, describe_x509
from gateway.domain.mail import Protection

Facts: TypeAlias = CertificateFacts | X509Facts

_DER_SEQUENCE = 0x30


def protection_of(data: bytes) -> Protection:
    """For which protection a file with a certificate or key is.

    An OpenPGP packet begins with a byte above 0x7F (RFC 9580, section 4.2), DER of a
    certificate with 0x30; armor and PEM say it in words.
    """
    if b"-----BEGIN PGP" in data:
        return Protection.OPENPGP
    if b"-----BEGIN " in data or data[:1] == bytes((_DER_SEQUENCE,)):
        return Protection.SMIME
    return Protection.OPENPGP


def describe(data: bytes) -> Facts:
    """What the certificate says of itself; raises `CertificateRefusedError` saying why not."""
    if protection_of(data) is Protection.SMIME:
        return describe_x509(data)
    return describe_certificate(data)
