"""Judging CMS signatures (RFC 5652, section 5): which pinned certificate made each, over what.

A signature counts only over signed attributes, in DER, which say the content's
type and digest exactly once.  Without attributes the same signature could be
shown over two contents: over a mail, and over the attributes of another mail
passed off as one.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from asn1crypto.core import GeneralizedTime, UTCTime
from cryptography.hazmat.primitives import hashes

from gateway.adapters.cms_algorithms import DIGESTS, Method, fits, is_short
from gateway.adapters.cms_envelope import DATA, SIGNED, Content
from gateway.adapters.cms_names import loaded, names, read_name
from gateway.adapters.cms_read import (
    INTEGER,
    OCTETS,
    OID,
    SEQUENCE,
    SET,
    Ber,
    Element,
    context,
    dotted,
    is_der,
)
from gateway.adapters.pgp_packets import SIGNATURES_JUDGED, Damaged
from gateway.domain.mail import Signature, SignatureState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cryptography.x509 import Certificate

    from gateway.adapters.cms_names import Name

CERTIFICATES_LIMIT = 20  # a chain is three or four long
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"
UTC_TIME, GENERALIZED_TIME = 0x17, 0x18

Judge = "Callable[[Certificate, Sequence[Certificate], datetime], SignatureState]"


@dataclass(frozen=True, slots=True, repr=False)
class Pinned:
    """A registered certificate; `fingerprint` is SHA-256 over its DER, upper-case hex."""

    certificate: Certificate
    fingerprint: str


class Signers:
    """The registered certificates by the names that CMS knows them by.

    Two of them may have one name; whose a signature is then shows when it fits.
    """

    def __init__(self, certificates: Iterable[bytes] = ()) -> None:
        self._named: dict[Name, list[Pinned]] = {}
        for data in certificates:
            try:
                each, found = loaded(data), names(data)
            except (ValueError, TypeError, KeyError):
                continue  # its signatures have no known signer
            pinned = Pinned(each, hashlib.sha256(data).hexdigest().upper())
            for name in found:
                self._named.setdefault(name, []).append(pinned)

    def named(self, name: Name) -> list[Pinned]:
        return self._named.get(name, [])


@dataclass(frozen=True, slots=True, repr=False)
class SignedData:
    """A SignedData: `content` is what it carries itself, None where that is elsewhere."""

    ber: Ber
    content: list[memoryview] | None
    certificates: tuple[Certificate, ...]
    signers: tuple[Element, ...]


def signed_data(message: Content) -> SignedData:
    """Raises `Damaged` when it is not well-formed, or is not about plain data."""
    if message.kind != SIGNED:
        raise Damaged
    ber = message.ber
    fields = ber.fields(message.body)
    fields.take(INTEGER)
    fields.take(SET)
    encapsulated = ber.fields(fields.take(SEQUENCE))
    if dotted(encapsulated.any()) != DATA:
        raise Damaged
    inside = encapsulated.maybe(context(0))
    encapsulated.end()
    certificates = fields.maybe(context(0))
    fields.maybe(context(1))  # revocation lists: only those count that we fetched ourselves
    signers = tuple(ber.children(fields.take(SET)))
    fields.end()
    return SignedData(
        ber=ber,
        content=ber.chunks(ber.only(inside)) if inside is not None else None,
        certificates=_certificates(ber, certificates),
        signers=signers[:SIGNATURES_JUDGED],
    )


def _certificates(ber: Ber, found: Element | None) -> tuple[Certificate, ...]:
    """Those that a path may lead over; one that cannot be read leads nowhere."""
    certificates: list[Certificate] = []
    for number, each in enumerate(ber.children(found) if found is not None else ()):
        if number >= CERTIFICATES_LIMIT:
            raise Damaged
        if each.tag == SEQUENCE:
            try:
                certificates.append(loaded(ber.bounded(each)))
            except ValueError:
                continue
    return tuple(certificates)


@dataclass(frozen=True, slots=True, repr=False)
class _Claim:
    """One SignerInfo as it stands there."""

    signer: Name
    method: Method
    signature: bytes
    attributes: bytes  # DER, as a SET OF
    digest: bytes
    signed_at: datetime | None

    def act(self, signer: str) -> str:
        """What tells this act of signing from another: who, what and when, SHA-256 in hex."""
        return hashlib.sha256(bytes.fromhex(signer) + self.attributes).hexdigest()


def judged(
    data: SignedData,
    content: Sequence[bytes | memoryview],
    signers: Signers,
    judge: Callable[[Certificate, Sequence[Certificate], datetime], SignatureState],
    at: datetime,
) -> tuple[Signature, ...]:
    """A verdict on each signature over `content`, given in pieces.

    `judge` is asked about a certificate whose signature fits: at `at`, and when the
    signature was made.
    """
    digests: dict[str, bytes] = {}

    def verdict(info: Element) -> Signature:
        try:
            claim = _claim(data.ber, info)
        except Damaged:
            return Signature(state=SignatureState.BAD)
        candidates = signers.named(claim.signer)
        if not candidates:
            return Signature(state=SignatureState.UNKNOWN_KEY)
        if claim.method.digest not in digests:
            digests[claim.method.digest] = _digest(claim.method.digest, content)
        state, signer = _whose(claim, digests[claim.method.digest], candidates)
        if state is SignatureState.VALID:
            state = _over_time(judge, signer.certificate, data.certificates, claim.signed_at, at)
        valid = state is SignatureState.VALID
        return Signature(
            state=state,
            fingerprint=signer.fingerprint,
            created=claim.signed_at if valid else None,
            digest=claim.act(signer.fingerprint) if valid else "",
        )

    return tuple(map(verdict, data.signers))


def _whose(claim: _Claim, digest: bytes, candidates: list[Pinned]) -> tuple[SignatureState, Pinned]:
    first = candidates[0]
    if claim.method.is_weak or all(is_short(each.certificate) for each in candidates):
        return SignatureState.WEAK, first
    if hmac.compare_digest(claim.digest, digest):
        for each in candidates:
            if fits(each.certificate, claim.method, claim.signature, claim.attributes):
                return SignatureState.VALID, each
    return SignatureState.BAD, first


def _over_time(
    judge: Callable[[Certificate, Sequence[Certificate], datetime], SignatureState],
    certificate: Certificate,
    extra: Sequence[Certificate],
    signed_at: datetime | None,
    at: datetime,
) -> SignatureState:
    """A certificate counts when it does at arrival and was in its term when it signed.

    Revoked is revoked, whatever the date: who holds a stolen key dates signatures as they like.
    """
    state = judge(certificate, extra, at)
    if state is SignatureState.VALID and signed_at is not None:
        if signed_at < certificate.not_valid_before_utc:
            return SignatureState.NOT_YET_VALID
        if signed_at > certificate.not_valid_after_utc:
            return SignatureState.KEY_EXPIRED
    return state


def _digest(algorithm: str, content: Sequence[bytes | memoryview]) -> bytes:
    known = DIGESTS.get(algorithm)
    if known is None:
        return b""
    digest = hashes.Hash(known)
    for each in content:
        digest.update(each)
    return digest.finalize()


def _claim(ber: Ber, info: Element) -> _Claim:
    fields = ber.fields(info)
    fields.take(INTEGER)
    signer = read_name(ber, fields.any())
    digest = dotted(ber.fields(fields.take(SEQUENCE)).any())
    attributes = fields.take(context(0))
    algorithm = list(ber.children(fields.take(SEQUENCE)))
    signature = ber.octets(fields.any())
    fields.maybe(context(1))  # unsigned attributes: nobody stands behind them
    fields.end()
    if not 1 <= len(algorithm) <= 2:
        raise Damaged
    parameters = ber.small(algorithm[1]) if len(algorithm) == 2 else b""
    found = _attributes(ber, attributes)
    if dotted(found.one(CONTENT_TYPE, OID)) != DATA:
        raise Damaged
    return _Claim(
        signer=signer,
        method=Method(digest, dotted(algorithm[0]), parameters),
        signature=signature,
        attributes=bytes((SET,)) + ber.bounded(attributes)[1:],
        digest=bytes(found.one(MESSAGE_DIGEST, OCTETS).value),
        signed_at=found.time(),
    )


@dataclass(frozen=True, slots=True, repr=False)
class _Attributes:
    """Signed attributes: their values by type, all of them (RFC 5652, section 5.3)."""

    values: dict[str, list[Element]]

    def one(self, kind: str, tag: int) -> Element:
        """The one value of an attribute that has to be there once (sections 11.1, 11.2)."""
        found = self.values.get(kind, [])
        if len(found) != 1 or found[0].tag != tag:
            raise Damaged
        return found[0]

    def time(self) -> datetime | None:
        """When it was signed, where it says so (section 11.3)."""
        found = self.values.get(SIGNING_TIME)
        if found is None:
            return None
        if len(found) != 1:
            raise Damaged
        kind = {UTC_TIME: UTCTime, GENERALIZED_TIME: GeneralizedTime}.get(found[0].tag)
        if kind is None:
            raise Damaged
        try:
            moment = kind.load(found[0].raw, strict=True).native
        except (ValueError, TypeError, OverflowError):
            raise Damaged from None
        if not isinstance(moment, datetime) or moment.tzinfo is None:
            raise Damaged
        return moment


def _attributes(ber: Ber, attributes: Element) -> _Attributes:
    """In DER: shortest lengths, in order, each type once."""
    ber.bounded(attributes)
    if not is_der(ber, attributes):
        raise Damaged
    values: dict[str, list[Element]] = {}
    before = b""
    for each in ber.children(attributes):
        fields = ber.fields(each)
        kind = dotted(fields.any())
        found = list(ber.children(fields.take(SET)))
        fields.end()
        if kind in values or not found or each.raw < before:
            raise Damaged
        values[kind], before = found, each.raw
    return _Attributes(values)
