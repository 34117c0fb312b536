"""Whether an S/MIME certificate can be trusted, for one purpose, at one moment.

Pure and synchronous, so that it runs inside the bounded opening processes: all
that it judges by is given as `TrustMaterial`.  The order of the questions:

1. the certificate itself: strength, validity, usage (`trust_purposes`);
2. a path to a configured root (`trust_paths`);
3. for every certificate of the path but the root: somebody who may say so says
   that it is not revoked, and nobody who may says that it is (`trust_crl`,
   `trust_ocsp`).  Where nothing current says so, that is not known, and what is
   not known is not good.

A certificate that was revoked counts as revoked whatever the date of its
revocation: a date is what somebody says afterwards, and the gateway judges when
it acts.  Extension noRevAvail (RFC 9608) answers no question here.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509 import ocsp

from gateway.adapters.trust_crl import RevocationList, Said
from gateway.adapters.trust_material import TrustMaterial
from gateway.adapters.trust_ocsp import OcspAnswer
from gateway.adapters.trust_paths import Chain, Paths
from gateway.adapters.trust_purposes import UNREADABLE, Purpose, TrustState, fitness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

__all__ = ["Purpose", "TrustMaterial", "TrustState", "TrustStore"]

_T = TypeVar("_T")
_PEM = b"-----BEGIN "


class TrustStore:
    """What certificates are judged by; made anew when any of it changes."""

    def __init__(self, material: TrustMaterial) -> None:
        """What cannot be read is left out: it vouches for nothing."""
        self._paths = Paths(
            _certificates(material.roots),
            _certificates(material.intermediates),
        )
        self._lists = revocation_lists(material.crls)
        self._answers = ocsp_answers(material.ocsp)

    def judge(
        self,
        certificate: x509.Certificate,
        extra: Sequence[x509.Certificate],
        at: datetime,
        purpose: Purpose,
    ) -> TrustState:
        """The plainest reason against it, or GOOD.

        `extra` are certificates that came along with a signature: they may be steps
        of the path, and are believed in nothing.  `at` is when the gateway acts.
        """
        unfit = fitness(certificate, at, purpose)
        if unfit is not None:
            return unfit
        path = self.path(certificate, at, extra)
        if path is None:
            return TrustState.UNTRUSTED
        return self._unrevoked(path, at)

    def path(
        self, certificate: x509.Certificate, at: datetime, extra: Sequence[x509.Certificate] = ()
    ) -> Chain | None:
        """From the certificate to a configured root, whatever its purpose, or None."""
        return self._paths.path(certificate, extra, at)

    def standing(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime
    ) -> Said | None:
        """What is known of the revocation of one certificate of a path.

        REVOKED where anybody who may say so does, UNKNOWN where a responder of its
        issuer does not know it (whatever a list says), None where nothing is said.
        """
        heard = self._heard(certificate, issuer, at)
        for verdict in (Said.REVOKED, Said.UNKNOWN, Said.GOOD):
            if verdict in heard:
                return verdict
        return None

    def until(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime
    ) -> datetime | None:
        """How long something will be known of it; None where nothing is now."""
        return max(self._heard(certificate, issuer, at).values(), default=None)

    def _heard(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime
    ) -> dict[Said, datetime]:
        """What is said of it, and until when."""
        heard: dict[Said, datetime] = {}
        sources: list[RevocationList | OcspAnswer] = [*self._lists, *self._answers]
        for each in sources:
            said, until = each.says(certificate, issuer, at), each.next_update
            if said is not None and until is not None:
                heard[said] = max(until, heard.get(said, until))
        return heard

    def _unrevoked(self, path: Chain, at: datetime) -> TrustState:
        heard = {self.standing(each, issuer, at) for each, issuer in pairwise(path)}
        if Said.REVOKED in heard:
            return TrustState.REVOKED
        return TrustState.GOOD if heard == {Said.GOOD} else TrustState.REVOCATION_UNKNOWN


def certificates_in(content: bytes) -> list[x509.Certificate]:
    """The certificates of one file, PEM (any number) or DER (one); raises ValueError."""
    if _PEM in content:
        return x509.load_pem_x509_certificates(content)
    return [x509.load_der_x509_certificate(content)]


def revocation_list(content: bytes) -> RevocationList:
    """One list, PEM or DER; raises ValueError."""
    if _PEM in content:
        content = x509.load_pem_x509_crl(content).public_bytes(serialization.Encoding.DER)
    return RevocationList(content)


def ocsp_answer(content: bytes) -> OcspAnswer:
    """One answer, DER; raises ValueError."""
    return OcspAnswer(ocsp.load_der_ocsp_response(content))


def revocation_lists(contents: Iterable[bytes]) -> list[RevocationList]:
    """Those that can be read."""
    return _readable(revocation_list, contents)


def ocsp_answers(contents: Iterable[bytes]) -> list[OcspAnswer]:
    """Those that can be read."""
    return _readable(ocsp_answer, contents)


def _certificates(contents: Iterable[bytes]) -> list[x509.Certificate]:
    return [each for found in _readable(certificates_in, contents) for each in found]


def _readable(read: Callable[[bytes], _T], contents: Iterable[bytes]) -> list[_T]:
    found = []
    for content in contents:
        try:
            found.append(read(content))
        except UNREADABLE:
            continue
    return found
