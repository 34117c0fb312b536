"""An S/MIME authority that lives a day, and S/MIME without a program, for the demonstration only.

The authority's key is never written down, so nobody can issue anything else under it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs7,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

from gateway.adapters.mime_read import read_outer
from gateway.adapters.smime import SmimeEngine
from gateway.adapters.trust_material import TrustMaterial
from gateway.adapters.x509_certificates import describe_x509, one_certificate
from gateway.adapters.x509_making import (
    CLOCKS_DIFFER,
    certificate_builder,
    common_name,
    key_usage,
)
from gateway.domain.mail import SignatureState

_LIFETIME = timedelta(days=365)  # longer than the first reminder before its end
_BITS = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A private key and its certificate, PEM."""

    key: bytes
    certificate: bytes

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the certificate, upper-case hex."""
        return describe_x509(self.certificate).fingerprint

    def portable(self, name: str) -> bytes:
        """Both as PKCS #12 without a password, which mail programs import."""
        key = load_pem_private_key(self.key, None)
        assert isinstance(key, rsa.RSAPrivateKey)
        found = one_certificate(self.certificate)
        return pkcs12.serialize_key_and_certificates(
            name.encode(), key, found, None, NoEncryption()
        )


class Authority:
    """Issues certificates for mail, and a list on which none of them stands."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        name = common_name("Demonstration S/MIME authority")
        self._certificate = (
            certificate_builder(name, name, self._key.public_key(), _LIFETIME)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(key_usage("key_cert_sign", "crl_sign"), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    @property
    def root(self) -> bytes:
        """Its own certificate, PEM."""
        return self._certificate.public_bytes(Encoding.PEM)

    def revoked(self) -> bytes:
        """The list of revoked certificates, DER: empty, and good for as long as they are."""
        now = datetime.now(UTC)
        listed = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._certificate.subject)
            .last_update(now - CLOCKS_DIFFER)
            .next_update(now + _LIFETIME)
            .add_extension(self._identifier(), critical=False)
            .add_extension(x509.CRLNumber(1), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return listed.public_bytes(Encoding.DER)

    def issue(self, name: str, address: str) -> Identity:
        """A new RSA key, and a certificate for mail of this one address."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
        certificate = (
            certificate_builder(
                common_name(name), self._certificate.subject, key.public_key(), _LIFETIME
            )
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(key_usage("digital_signature", "key_encipherment"), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
            )
            .add_extension(x509.SubjectAlternativeName([x509.RFC822Name(address)]), critical=False)
            .add_extension(self._identifier(), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return Identity(
            key=key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
            certificate=certificate.public_bytes(Encoding.PEM),
        )

    def _identifier(self) -> x509.AuthorityKeyIdentifier:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())


def sealed_without_a_program(inner: bytes, by: Identity, to: bytes) -> bytes:
    """Signed, then encrypted to certificate `to` (PEM): a MIME entity by cryptography."""
    key = load_pem_private_key(by.key, None)
    assert isinstance(key, rsa.RSAPrivateKey)
    options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
    signed = (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(inner)
        .add_signer(one_certificate(by.certificate), key, hashes.SHA256())
        .sign(Encoding.SMIME, options)
    )
    return (
        pkcs7.PKCS7EnvelopeBuilder()
        .set_data(signed)
        .set_content_encryption_algorithm(algorithms.AES256)
        .add_recipient(one_certificate(to))
        .encrypt(Encoding.SMIME, [pkcs7.PKCS7Options.Binary])
    )


def opened_without_a_program(
    mail: bytes, by: Identity, signer: bytes, root: bytes, listed: bytes
) -> tuple[bytes, tuple[str, ...]]:
    """The inner entity, and whose valid signature stands under it; ValueError for another's mail.

    By the gateway's own reading: what a mail program shows is for it to say.
    """
    engine = SmimeEngine([by.key + by.certificate], by.certificate)
    engine.set_keyring([describe_x509(signer).kept])
    engine.set_trust(TrustMaterial(roots=(root,), crls=(listed,)))
    found = engine.decrypt(read_outer(mail).ciphertext, datetime.now(UTC))
    valid = (each for each in found.signatures if each.state is SignatureState.VALID)
    return found.content, tuple(each.fingerprint for each in valid)
