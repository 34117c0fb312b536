"""What one answer of a responder says of a certificate: OCSP, RFC 6960."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from gateway.adapters.trust_crl import Said
from gateway.adapters.trust_purposes import UNREADABLE, carried, strong, strongly_signed

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

_SAYS: Final = {
    ocsp.OCSPCertStatus.GOOD: Said.GOOD,
    ocsp.OCSPCertStatus.REVOKED: Said.REVOKED,
    ocsp.OCSPCertStatus.UNKNOWN: Said.UNKNOWN,
}
_KNOWN_OF_A_RESPONDER: Final = (
    x509.AuthorityKeyIdentifier,
    x509.BasicConstraints,
    x509.CertificatePolicies,
    x509.ExtendedKeyUsage,
    x509.KeyUsage,
    x509.OCSPNoCheck,
    x509.SubjectAlternativeName,
    x509.SubjectKeyIdentifier,
)
_MOST_REMEMBERED: Final = 1_000  # issuers


class OcspAnswer:
    """One answer about one certificate, read once, asked often.

    An answer about several at once is not read: nobody here asks for one, and the
    library does not show its extensions.
    """

    def __init__(self, response: ocsp.OCSPResponse) -> None:
        """Raises ValueError for an answer that says nothing, or of several."""
        if len(list(response.responses)) != 1:
            raise ValueError("responses")
        self._response = response
        self._signers: dict[x509.Certificate, x509.Certificate | None] = {}

    @property
    def this_update(self) -> datetime:
        """When it was known to be so."""
        return self._response.this_update_utc

    @property
    def next_update(self) -> datetime | None:
        """Until when it counts; one that does not say counts for nothing."""
        return self._response.next_update_utc

    def says(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime
    ) -> Said | None:
        """None where it is about another certificate, or cannot be believed."""
        try:
            if not self._is_about(certificate, issuer) or not self._counts(at):
                return None
            signer = self._signer(issuer)
            if signer is None or not (signer == issuer or _in_time(signer, at)):
                return None
            return _SAYS[self._response.certificate_status]
        except UNREADABLE:
            return None

    def _counts(self, at: datetime) -> bool:
        until = self.next_update
        if until is None or not self.this_update <= at < until:
            return False
        found = (*self._response.extensions, *self._response.single_extensions)
        return not any(each.critical for each in found)

    def _is_about(self, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
        """Its identifier names this serial number of this issuer, by name and by key."""
        said = self._response
        if said.serial_number != certificate.serial_number:
            return False
        builder = ocsp.OCSPRequestBuilder()
        asked = builder.add_certificate(certificate, issuer, said.hash_algorithm).build()
        return (
            said.issuer_name_hash == asked.issuer_name_hash
            and said.issuer_key_hash == asked.issuer_key_hash
        )

    def _signer(self, issuer: x509.Certificate) -> x509.Certificate | None:
        """Who made it, and may (RFC 6960 4.2.2.2); None where nobody is found who may."""
        if issuer not in self._signers:
            if len(self._signers) >= _MOST_REMEMBERED:
                self._signers.clear()
            self._signers[issuer] = self._found_signer(issuer)
        return self._signers[issuer]

    def _found_signer(self, issuer: x509.Certificate) -> x509.Certificate | None:
        if self._names(issuer) and self._is_signed_by(issuer):
            return issuer
        for each in self._response.certificates:
            if self._names(each) and _may_answer(each, issuer) and self._is_signed_by(each):
                return each
        return None

    def _names(self, signer: x509.Certificate) -> bool:
        said = self._response
        if said.responder_name is not None:
            return said.responder_name == signer.subject
        identifier = x509.SubjectKeyIdentifier.from_public_key(signer.public_key())
        return said.responder_key_hash == identifier.digest  # both SHA-1 over the key's bits

    def _is_signed_by(self, signer: x509.Certificate) -> bool:
        said = self._response
        if not strongly_signed(said) or not strong(signer):
            return False
        return _verifies(
            signer.public_key(),
            said.signature,
            said.tbs_response_bytes,
            said.signature_hash_algorithm,
        )


def _may_answer(delegate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Issued by the very authority, for this purpose, and itself not to be asked about.

    Without id-pkix-ocsp-nocheck somebody would have to say whether the responder
    was revoked (RFC 6960 4.2.2.2.1); nobody is asked, so nobody is believed.
    """
    try:
        delegate.verify_directly_issued_by(issuer)
        found = delegate.extensions
    except (InvalidSignature, *UNREADABLE):
        return False
    usage, purposes = carried(found, x509.KeyUsage), carried(found, x509.ExtendedKeyUsage)
    return (
        strongly_signed(delegate)
        and purposes is not None
        and ExtendedKeyUsageOID.OCSP_SIGNING in purposes
        and (usage is None or usage.digital_signature)
        and carried(found, x509.OCSPNoCheck) is not None
        and not any(e.critical and not isinstance(e.value, _KNOWN_OF_A_RESPONDER) for e in found)
    )


def _in_time(certificate: x509.Certificate, at: datetime) -> bool:
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc


def _verifies(
    key: CertificatePublicKeyTypes,
    signature: bytes,
    content: bytes,
    digest: hashes.HashAlgorithm | None,
) -> bool:
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, content)
        elif digest is None:
            return False
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, content, padding.PKCS1v15(), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, content, ec.ECDSA(digest))
        else:
            return False
    except InvalidSignature:
        return False
    return True
