"""A certificate authority and a server certificate of its own, for a mail server that lives a day.

For the demonstration only: the authority's key is never written down, so nobody
can issue anything else under it.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from gateway.adapters.x509_making import certificate_builder, common_name, key_usage

if TYPE_CHECKING:
    from pathlib import Path

_LIFETIME = timedelta(days=1)
_PEM = serialization.Encoding.PEM


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrowawayTls:
    """Files in PEM: what clients trust (`ca`), what the server shows (`certificate`, `key`)."""

    ca: Path
    certificate: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        """TLS 1.2 or later, as the product asks of every server."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.certificate, self.key)
        return context


def issue(folder: Path) -> ThrowawayTls:
    """A new authority, and a certificate for localhost and 127.0.0.1."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = _authority(authority_key)
    server = _server(server_key, authority, authority_key)
    made = ThrowawayTls(
        ca=folder / "ca.pem", certificate=folder / "server.pem", key=folder / "server.key"
    )
    made.ca.write_bytes(authority.public_bytes(_PEM))
    made.certificate.write_bytes(server.public_bytes(_PEM))
    handle = os.open(made.key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(
            server_key.private_bytes(
                _PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
    return made


def _authority(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = common_name("Demonstration authority")
    return (
        certificate_builder(name, name, key.public_key(), _LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_usage("key_cert_sign", "crl_sign"), critical=True)
        .sign(key, hashes.SHA256())
    )


def _server(
    key: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    return (
        certificate_builder(
            common_name("Demonstration mail server"),
            authority.subject,
            key.public_key(),
            _LIFETIME,
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(identifier, critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
