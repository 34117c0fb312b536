"""The gateway's own S/MIME key, and the request to an authority for its certificate (RFC 2986).

The certificate has to be for mail and bear our address (RFC 8550, section 3); that is
asked for, and looked at again when the answer comes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

from gateway.adapters.pem_files import PemError, certificates, joined, of_one_key, written
from gateway.adapters.x509_making import common_name, key_usage
from gateway.domain.silent import Silent

KEY_BITS = 3072


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Requested(Silent):
    """A new key (PKCS#8, PEM) and the request (PEM); `name` is SHA-256 over its public half."""

    secret: bytes
    request: bytes
    name: str


def requested(name: str, address: str) -> Requested:
    """A new RSA key, which every mail program can write to, and what an authority signs."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    usage = key_usage("digital_signature", "key_encipherment")
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(common_name(name[:64]))
        .add_extension(x509.SubjectAlternativeName([x509.RFC822Name(address)]), critical=False)
        .add_extension(usage, critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Requested(
        secret=key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        request=request.public_bytes(Encoding.PEM),
        name=hashlib.sha256(public).hexdigest(),
    )


def issued(secret: bytes, answer: bytes) -> bytes:
    """What the authority sent for this key, in PEM: our own certificate, then those above it.

    In whatever order they came, and without those that do not belong.  Raises `PemError`.
    """
    found = [x509.load_der_x509_certificate(each) for each in certificates(answer)]
    mine = [each for each in found if of_one_key(secret, each)]
    if len(mine) != 1:
        raise PemError("none, or more than one, of the certificates is for this key")
    chain = [mine[0]]
    while above := [each for each in found if each not in chain and _issued_by(chain[-1], each)]:
        chain.append(above[0])
    pem = written(tuple(each.public_bytes(Encoding.DER) for each in chain if not _is_root(each)))
    joined(secret, pem)
    return pem


def _issued_by(certificate: x509.Certificate, by: x509.Certificate) -> bool:
    return certificate.issuer == by.subject


def _is_root(certificate: x509.Certificate) -> bool:
    return certificate.issuer == certificate.subject
