"""Whose revocation has to be known, and where it says that this is to be found."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from gateway.adapters.revocation_fetch import is_fetchable
from gateway.adapters.revocation_files import ANSWER, LIST
from gateway.adapters.trust_purposes import UNREADABLE, carried

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from gateway.adapters.trust import TrustStore

_MOST_ADDRESSES: Final = 8  # of one certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One list or one answer: the file it is kept in, and the addresses that all have it."""

    name: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One certificate of a path, with its issuer, and where its revocation is found."""

    certificate: x509.Certificate
    issuer: x509.Certificate
    lists: tuple[Source, ...]
    answer: Source | None

    def question(self) -> bytes:
        """For the responder; the identifier over SHA-1 is the one that all of them know."""
        identified = hashes.SHA1()  # noqa: S303 - names a certificate, proves nothing (RFC 5019 2.1.1)
        builder = ocsp.OCSPRequestBuilder().add_certificate(
            self.certificate, self.issuer, identified
        )
        return builder.build().public_bytes(serialization.Encoding.DER)


def wanted(
    certificates: Iterable[x509.Certificate], store: TrustStore, at: datetime
) -> dict[x509.Certificate, Wanted]:
    """Every step of every path from these, once.

    What came along with a mail is no part of it: only configured authorities are asked.
    """
    steps: dict[x509.Certificate, Wanted] = {}
    for certificate in certificates:
        path = store.path(certificate, at)
        for each, issuer in pairwise(path or ()):
            if each not in steps:
                steps[each] = _step(each, issuer)
    return steps


def _step(certificate: x509.Certificate, issuer: x509.Certificate) -> Wanted:
    whose = issuer.fingerprint(hashes.SHA256())
    lists = tuple(
        Source(name=_name(whose, *addresses) + LIST, addresses=addresses)
        for addresses in _points(certificate)
    )
    responders = _responders(certificate)
    itself = certificate.fingerprint(hashes.SHA256()).hex()
    answer = Source(name=_name(whose, itself) + ANSWER, addresses=responders)
    return Wanted(
        certificate=certificate,
        issuer=issuer,
        lists=lists,
        answer=answer if responders else None,
    )


def _name(issuer: bytes, *what: str) -> str:
    return sha256(issuer + "\n".join(what).encode()).hexdigest()


def _points(certificate: x509.Certificate) -> list[tuple[str, ...]]:
    """The addresses of each distribution point for all reasons, of the issuer itself."""
    found = carried(certificate.extensions, x509.CRLDistributionPoints)
    points = [
        _fetchable(point.full_name or ())
        for point in found or ()
        if point.reasons is None and point.crl_issuer is None
    ]
    return [each for each in points if each][:_MOST_ADDRESSES]


def _responders(certificate: x509.Certificate) -> tuple[str, ...]:
    found = carried(certificate.extensions, x509.AuthorityInformationAccess)
    return _fetchable(
        each.access_location
        for each in found or ()
        if each.access_method == AuthorityInformationAccessOID.OCSP
    )


def _fetchable(names: Iterable[x509.GeneralName]) -> tuple[str, ...]:
    addresses = [each.value for each in names if isinstance(each, x509.UniformResourceIdentifier)]
    return tuple(each for each in addresses if is_fetchable(each))[:_MOST_ADDRESSES]


def readable(certificates: Iterable[bytes]) -> list[x509.Certificate]:
    """Those of the register (DER) that can be read; pinning looked at them more closely."""
    found = []
    for each in certificates:
        try:
            found.append(x509.load_der_x509_certificate(each))
        except UNREADABLE:
            continue
    return found
