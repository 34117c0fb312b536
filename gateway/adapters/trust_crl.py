"""What one revocation list (CRL) says of a certificate: RFC 5280, sections 5 and 6.3."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from cryptography import x509

from gateway.adapters.trust_purposes import UNREADABLE, carried, strong, strongly_signed

if TYPE_CHECKING:
    from datetime import datetime

_KNOWN: Final = (x509.AuthorityKeyIdentifier, x509.CRLNumber, x509.IssuingDistributionPoint)
_KNOWN_OF_A_LINE: Final = (x509.CRLReason, x509.InvalidityDate)
# DER of true, and the tag of what follows it in an extension: there is no other way to write it.
_CRITICAL: Final = b"\x01\x01\xff\x04"
_MOST_REMEMBERED: Final = 10_000  # answers


class Said(Enum):
    """What somebody who may say so says of a certificate."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"  # the responder does not know of it


class RevocationList:
    """One complete list, read once, asked often."""

    def __init__(self, content: bytes) -> None:
        """Reads DER; raises ValueError."""
        self._listed = x509.load_der_x509_crl(content)
        self._marks = content.count(_CRITICAL)
        self._revoked: dict[int, bool] = {}
        self._signed_by: dict[x509.Certificate, bool] = {}
        self._usable: bool | None = None
        self._scope: x509.IssuingDistributionPoint | None = None

    @property
    def issuer(self) -> x509.Name:
        """Whose list it is."""
        return self._listed.issuer

    @property
    def this_update(self) -> datetime:
        """When it was made."""
        return self._listed.last_update_utc

    @property
    def next_update(self) -> datetime | None:
        """Until when it counts; one that does not say counts for nothing."""
        return self._listed.next_update_utc

    def says(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime
    ) -> Said | None:
        """None where it says nothing of this certificate, or cannot be believed.

        A certificate on the list is revoked whatever the date and the reason, one on
        hold included.
        """
        if not self.believed(issuer, at):
            return None
        if self._lists(certificate.serial_number):
            return Said.REVOKED
        return Said.GOOD if self.covers(certificate) else None

    def believed(self, issuer: x509.Certificate, at: datetime) -> bool:
        """Whether this issuer made it, for this moment, in a form that is understood."""
        until = self.next_update
        if self.issuer != issuer.subject or until is None:
            return False
        if not self.this_update <= at < until:
            return False
        return self._is_signed_by(issuer) and self._is_understood()

    def covers(self, certificate: x509.Certificate) -> bool:
        """Whether the list is about certificates such as this one (RFC 5280 6.3.3 b)."""
        try:
            return self._is_understood() and self._covers(certificate)
        except UNREADABLE:
            return False

    def _is_signed_by(self, issuer: x509.Certificate) -> bool:
        if issuer not in self._signed_by:
            if len(self._signed_by) >= _MOST_REMEMBERED:
                self._signed_by.clear()
            self._signed_by[issuer] = _signed(self._listed, issuer)
        return self._signed_by[issuer]

    def _lists(self, serial: int) -> bool:
        if serial not in self._revoked:
            if len(self._revoked) >= _MOST_REMEMBERED:
                self._revoked.clear()
            found = self._listed.get_revoked_certificate_by_serial_number(serial)
            self._revoked[serial] = found is not None
        return self._revoked[serial]

    def _covers(self, certificate: x509.Certificate) -> bool:
        scope = self._scope
        if scope is None:
            return True
        constraints = carried(certificate.extensions, x509.BasicConstraints)
        authority = constraints is not None and constraints.ca
        if scope.only_contains_user_certs and authority:
            return False
        if scope.only_contains_ca_certs and not authority:
            return False
        return scope.full_name is None or _points_to(certificate, scope.full_name)

    def _is_understood(self) -> bool:
        if self._usable is None:
            try:
                self._usable = self._read()
            except UNREADABLE:
                self._usable = False
        return self._usable

    def _read(self) -> bool:
        found = self._listed.extensions
        if carried(found, x509.DeltaCRLIndicator) is not None:
            return False
        if any(each.critical and not isinstance(each.value, _KNOWN) for each in found):
            return False
        self._scope = carried(found, x509.IssuingDistributionPoint)
        return _is_complete(self._scope) and self._lines_are_understood()

    def _lines_are_understood(self) -> bool:
        """One line that nobody understands spoils the whole list (RFC 5280 5.3).

        Lines are many, and looked at only where there are more marks of a critical
        extension than the list's own extensions have.
        """
        own = sum(each.critical for each in self._listed.extensions)
        if self._marks <= own:
            return True
        return not any(
            extension.critical and not isinstance(extension.value, _KNOWN_OF_A_LINE)
            for line in self._listed
            for extension in line.extensions
        )


def _is_complete(scope: x509.IssuingDistributionPoint | None) -> bool:
    """Of one issuer, for every reason; where it is found has to be said in full."""
    if scope is None:
        return True
    partial = scope.indirect_crl or scope.only_contains_attribute_certs
    return not (partial or scope.only_some_reasons or scope.relative_name)


def _points_to(certificate: x509.Certificate, places: list[x509.GeneralName]) -> bool:
    """Whether the certificate says that its revocation is found in one of these places."""
    points = carried(certificate.extensions, x509.CRLDistributionPoints)
    return any(
        name in places
        for point in points or ()
        if point.reasons is None and point.crl_issuer is None
        for name in point.full_name or ()
    )


def _signed(listed: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    try:
        usage = carried(issuer.extensions, x509.KeyUsage)
        if usage is not None and not usage.crl_sign:  # RFC 5280 6.3.3 (f)
            return False
        if not strongly_signed(listed) or not strong(issuer):
            return False
        return listed.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]  # raises TypeError for a key that cannot sign
    except UNREADABLE:
        return False
