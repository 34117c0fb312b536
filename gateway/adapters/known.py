"""Registered certificates, parsed once, and the verdict on a signature by one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pysequoia import Cert

from gateway.adapters.certificates import (
    CertificateRefusedError,
    Component,
    components,
    weak,
)
from gateway.adapters.pgp_signature import OLDEST_VERSION
from gateway.domain.mail import Signature, SignatureState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from gateway.adapters.pgp_signature import Claims


@dataclass(frozen=True, slots=True, repr=False)
class Known:
    """One certificate; `fingerprint` is the primary key's, upper-case hex."""

    cert: Cert
    fingerprint: str
    components: tuple[Component, ...]

    def concerned(self, key: str) -> list[Component]:
        """The primary key, and the component named `key`."""
        return [each for each in self.components if each.primary or each.named(key)]

    def is_revoked(self, key: str) -> bool:
        return any(each.revoked for each in self.concerned(key))

    def may_sign(self, key: str) -> bool:
        """Whether its owner says that the component named `key` signs documents."""
        return any(each.signs for each in self.components if each.named(key))

    def is_weak(self, key: str) -> bool:
        return any(weak(each) for each in self.concerned(key))

    def is_expired(self, key: str, moments: Sequence[datetime | None]) -> bool:
        """Whether either had expired at any of these moments."""
        ends = [each.expires for each in self.concerned(key)]
        return any(end <= moment for end in ends if end for moment in moments if moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What an engine found out about one signature: `issuer` is a fingerprint or key id.

    `claims` is what the packet says of itself, `fits` whether the engine verified it;
    `digest` and `meant_for_us` as in `Signature`.
    """

    issuer: str
    created: datetime | None
    fits: bool
    weak_hash: bool
    claims: Claims | None = None
    meant_for_us: bool = False
    digest: str = ""


def found(
    claims: Claims, content: bytes, own: Collection[str], *, issuer: str, fits: bool, weak: bool
) -> Finding:
    """About a signature packet over `content`; `own` are the fingerprints of our own keys."""
    return Finding(
        issuer=issuer,
        created=claims.created,
        fits=fits,
        weak_hash=weak,
        claims=claims,
        meant_for_us=any(each in own for each in claims.recipients),
        digest=claims.digest(content),
    )


def known(data: bytes) -> Known | None:
    """None for a certificate that cannot be read: its signatures have no known signer."""
    try:
        cert = Cert.from_bytes(data)
        return Known(cert, cert.fingerprint.upper(), components(data))
    except (CertificateRefusedError, RuntimeError, ValueError):
        return None


def indexed(certificates: Iterable[bytes]) -> dict[str, list[Known]]:
    """By fingerprint and key id of every component, upper-case hex.

    Two certificates may claim one subkey; which of them a signature fits is the
    engine's to say.
    """
    index: dict[str, list[Known]] = {}
    for data in certificates:
        found = known(data)
        if found is not None:
            for component in found.components:
                for name in (component.fingerprint, component.key_id):
                    index.setdefault(name, []).append(found)
    return index


def judged(signer: Known, finding: Finding, at: datetime) -> Signature:
    """The plainest reason first; only a signature that fits and has no other fault is valid.

    A key that had expired at `at` or when the signature was made is expired,
    although Sequoia would still take a signature from before the expiry: a
    contact whose key ran out shall bring a new one.
    """
    state = _state(signer, finding, at)
    if state is not SignatureState.VALID:
        return Signature(state=state, fingerprint=signer.fingerprint)
    return Signature(
        state=state,
        fingerprint=signer.fingerprint,
        created=finding.created,
        meant_for_us=finding.meant_for_us,
        digest=finding.digest,
    )


def _state(signer: Known, finding: Finding, at: datetime) -> SignatureState:
    if signer.is_revoked(finding.issuer):
        return SignatureState.KEY_REVOKED
    if finding.weak_hash or signer.is_weak(finding.issuer) or _outdated(finding.claims):
        return SignatureState.WEAK
    if signer.is_expired(finding.issuer, (at, finding.created)):
        return SignatureState.KEY_EXPIRED
    fault = finding.claims and _fault(signer, finding, finding.claims, at)
    return fault or (SignatureState.VALID if finding.fits else SignatureState.BAD)


def _fault(signer: Known, finding: Finding, claims: Claims, at: datetime) -> SignatureState | None:
    """What is wrong with it whether it fits or not."""
    if not signer.may_sign(finding.issuer):
        return SignatureState.NOT_A_SIGNING_KEY
    if claims.recipients and not finding.meant_for_us:
        return SignatureState.MEANT_FOR_ANOTHER
    if not claims.over_a_document:
        return SignatureState.BAD
    return SignatureState.EXPIRED if claims.has_ended(at) else None


def _outdated(claims: Claims | None) -> bool:
    return claims is not None and claims.version < OLDEST_VERSION
