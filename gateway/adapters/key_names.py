"""By which fingerprint a key is known: of an OpenPGP primary key, or of an X.509 certificate."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pysequoia import Cert, Tsk

from gateway.adapters.certificates import CertificateRefusedError, components
from gateway.domain.mail import Protection

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.adapters.gateway_secrets import GatewaySecrets


@lru_cache(maxsize=1000)
def holder_of(certificate: bytes, protection: Protection) -> str:
    """Upper-case hex; empty for what cannot be read."""
    try:
        if protection is Protection.OPENPGP:
            return str(Cert.from_bytes(certificate).fingerprint).upper()
        return _of_x509(certificate)
    except (RuntimeError, ValueError):
        return ""


def signers_of(secrets: GatewaySecrets) -> dict[Protection, str]:
    """The keys that sign, by protection."""
    found: dict[Protection, str] = {}
    if secrets.agent is not None:
        newest = secrets.agent.certificates[0]
        found[Protection.OPENPGP] = holder_of(newest, Protection.OPENPGP)
    if secrets.openpgp:
        own = Tsk.from_bytes(secrets.openpgp[0]).extract_certificate()
        found[Protection.OPENPGP] = str(own.fingerprint).upper()
    if secrets.smime is not None:
        found[Protection.SMIME] = holder_of(secrets.smime.certificate, Protection.SMIME)
    return found


def owners_of(certificates: Iterable[bytes]) -> dict[str, str]:
    """Of every key of these OpenPGP certificates, by its fingerprint, the primary key's."""
    found: dict[str, str] = {}
    for each in certificates:
        keys = components(each)
        found |= {key.fingerprint: keys[0].fingerprint for key in keys}
    return found


def names_of(certificate: bytes) -> frozenset[str]:
    """What a message that is encrypted to this OpenPGP certificate may name."""
    try:
        found = components(certificate)
    except CertificateRefusedError:
        return frozenset()
    encrypting = [each for each in found if each.encrypts]
    return frozenset(name for each in encrypting for name in (each.fingerprint, each.key_id))


def _of_x509(certificate: bytes) -> str:
    pem = certificate.lstrip().startswith(b"-----BEGIN")
    read = x509.load_pem_x509_certificate if pem else x509.load_der_x509_certificate
    return hashlib.sha256(read(certificate).public_bytes(Encoding.DER)).hexdigest().upper()
