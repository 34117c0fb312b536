"""How CMS names a certificate: by issuer and serial number, or by key identifier (RFC 5652, 5.3).

Issuers are compared byte for byte: every program copies the name out of the
certificate, and a looser comparison would be a second reading of one name.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from gateway.adapters.cms_read import INTEGER, OCTETS, SEQUENCE, context
from gateway.adapters.pgp_packets import Damaged

if TYPE_CHECKING:
    from gateway.adapters.cms_read import Ber, Element

Name = tuple[bytes, bytes]  # issuer (DER) and serial number; or empty, and key identifier


def names(certificate: bytes) -> frozenset[Name]:
    """Every name of a certificate (DER).  Raises ValueError when it cannot be read.

    Without a subject key identifier of its own it goes by the digest that most
    programs then compute (RFC 5280, section 4.2.1.2, method 1).
    """
    found = asn1_x509.Certificate.load(certificate, strict=True)
    fields = found["tbs_certificate"]
    issuer, serial = fields["issuer"].dump(), fields["serial_number"].contents
    identifier: bytes | None = found.key_identifier
    if identifier is None:
        key = bytes(fields["subject_public_key_info"]["public_key"])
        identifier = hashlib.sha1(key, usedforsecurity=False).digest()
    return frozenset({(issuer, serial), (b"", identifier)})


def read_name(
    ber: Ber, element: Element, key_identifier: int = context(0, constructed=False)
) -> Name:
    """IssuerAndSerialNumber, or a key identifier under the tag `key_identifier`."""
    if element.tag != SEQUENCE:
        return b"", ber.octets(element, key_identifier)
    fields = ber.fields(element)
    issuer, serial = fields.take(SEQUENCE), fields.take(INTEGER)
    fields.end()
    return ber.bounded(issuer), bytes(serial.value)


def read_recipient_name(ber: Ber, element: Element) -> Name:
    """KeyAgreeRecipientIdentifier (RFC 5652, section 6.2.2)."""
    if element.tag == context(0):
        return b"", ber.octets(ber.fields(element, context(0)).take(OCTETS))
    if element.tag != SEQUENCE:
        raise Damaged
    return read_name(ber, element)


def loaded(certificate: bytes) -> x509.Certificate:
    """PEM or DER, with a public key of a known kind.  Raises ValueError."""
    pem = certificate.lstrip().startswith(b"-----BEGIN")
    load = x509.load_pem_x509_certificate if pem else x509.load_der_x509_certificate
    try:
        found = load(certificate)
        found.public_key()
    except (x509.InvalidVersion, UnsupportedAlgorithm, TypeError) as error:
        raise ValueError("certificate") from error
    return found
