"""By which fingerprint a key is known: of an OpenPGP primary key, or of an X.509 certificate."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from pysequoia import Cert, Tsk

from gateway.adapters.certificates import CertificateRefusedError, components
from gateway.adapters.cms_names import loaded
from gateway.adapters.x509_certificates import fingerprint_of
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
        return fingerprint_of(loaded(certificate))
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
