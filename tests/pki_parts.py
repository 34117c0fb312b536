"""What certificates and revocation lists of ``tests/pki.py`` are made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from asn1crypto import algos, core, crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from gateway.adapters.x509_making import key_usage

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

Kind = Literal[
    "rsa1024", "rsa2048", "rsa3072", "rsa4096", "p256", "p384", "p521", "k256", "ed25519"
]
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

START, END = datetime(2024, 1, 1, tzinfo=UTC), datetime(2044, 1, 1, tzinfo=UTC)
EMAIL = ExtendedKeyUsageOID.EMAIL_PROTECTION
OCSP_SIGNING = ExtendedKeyUsageOID.OCSP_SIGNING
CA_USAGE = ("key_cert_sign", "crl_sign")
_CURVES: dict[str, ec.EllipticCurve] = {
    "p256": ec.SECP256R1(),
    "p384": ec.SECP384R1(),
    "p521": ec.SECP521R1(),
    "k256": ec.SECP256K1(),
}
DER, PEM = serialization.Encoding.DER, serialization.Encoding.PEM


@cache
def private_key(kind: Kind, holder: str) -> PrivateKey:
    """The key of this kind that this holder has, the same one all through the process."""
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if kind in _CURVES:
        return ec.generate_private_key(_CURVES[kind])
    return rsa.generate_private_key(65537, int(kind.removeprefix("rsa")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A certificate (DER) with its secret key (PKCS #8, PEM, no password)."""

    certificate: bytes
    key: bytes

    @property
    def x509(self) -> x509.Certificate:
        """The certificate, parsed."""
        return x509.load_der_x509_certificate(self.certificate)

    @property
    def pem(self) -> bytes:
        """The certificate in PEM."""
        return self.x509.public_bytes(PEM)

    @property
    def private(self) -> PrivateKey:
        """The secret key, parsed."""
        return _private(self.key)

    @property
    def fingerprint(self) -> str:
        """As contacts are pinned: SHA-256 over the DER, in upper-case hex."""
        return sha256(self.certificate).hexdigest().upper()

    @property
    def serial(self) -> int:
        """The certificate's serial number."""
        return self.x509.serial_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """One line of a revocation list that says more than a serial number."""

    serial: int
    reason: x509.ReasonFlags | None = None
    at: datetime = START
    extra: Sequence[tuple[x509.ExtensionType, bool]] = ()


def make_certificate(
    subject: x509.Name,
    secret: PrivateKey,
    issuer: Leaf | None,
    *,
    usage: Collection[str],
    eku: Sequence[x509.ObjectIdentifier] | None,
    ca: bool = False,
    path_length: int | None = None,
    not_before: datetime = START,
    not_after: datetime = END,
    serial: int | None = None,
    crl_urls: Sequence[str] = (),
    ocsp_urls: Sequence[str] = (),
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    extra: Sequence[tuple[x509.ExtensionType, bool]] = (),
    without: Collection[type[x509.ExtensionType]] = (),
    digest: str = "sha256",
    issuer_name: x509.Name | None = None,
) -> bytes:
    signing = issuer.private if issuer is not None else secret
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer_name or (issuer.x509.subject if issuer is not None else subject))
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number() if serial is None else serial)
        .not_valid_before(not_before)
        .not_valid_after(not_after)
    )
    carried: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=ca, path_length=path_length), True),
        (x509.SubjectKeyIdentifier.from_public_key(secret.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), False),
        *extensions,
    ]
    if usage:
        carried.append((key_usage(*usage), True))
    if eku is not None:
        carried.append((x509.ExtendedKeyUsage(eku), False))
    if crl_urls:
        carried.append((_distribution(crl_urls), False))
    if ocsp_urls:
        carried.append((_responders(ocsp_urls), False))
    for extension, critical in (*carried, *extra):
        if not isinstance(extension, tuple(without)):
            builder = builder.add_extension(extension, critical)
    made = builder.sign(signing, digest_for(signing)).public_bytes(DER)
    if digest == "sha256":
        return made
    return signed_anew(asn1_x509.Certificate.load(made), "tbs_certificate", signing, digest)


def signed_anew(
    signed: asn1_x509.Certificate | crl.CertificateList,
    part: str,
    secret: PrivateKey,
    digest: str,
) -> bytes:
    """With a digest that no builder uses any more."""
    signed[part]["signature"] = _algorithm(secret, digest)
    signed["signature_algorithm"] = signed[part]["signature"]
    signature = _signature(secret, signed[part].dump(force=True), digest)
    signed["signature_value" if part == "tbs_certificate" else "signature"] = signature
    made: bytes = signed.dump(force=True)
    return made


def answer_anew(answer: bytes, secret: PrivateKey, digest: str, named: Leaf | None) -> bytes:
    """An OCSP answer that says that `named` made it, or with a digest that no builder uses."""
    response = asn1_ocsp.OCSPResponse.load(answer)
    basic = response["response_bytes"]["response"].parsed
    if named is not None:
        identifier = x509.SubjectKeyIdentifier.from_public_key(named.private.public_key())
        basic["tbs_response_data"]["responder_id"] = asn1_ocsp.ResponderId(
            "by_key", core.OctetString(identifier.digest)
        )
    basic["signature_algorithm"] = _algorithm(secret, digest)
    basic["signature"] = _signature(secret, basic["tbs_response_data"].dump(force=True), digest)
    body = {"response_type": "basic_ocsp_response", "response": basic}
    made: bytes = asn1_ocsp.OCSPResponse(
        {"response_status": "successful", "response_bytes": body}
    ).dump()
    return made


def _algorithm(secret: PrivateKey, digest: str) -> algos.SignedDigestAlgorithm:
    family = "rsa" if isinstance(secret, rsa.RSAPrivateKey) else "ecdsa"
    return algos.SignedDigestAlgorithm({"algorithm": f"{digest}_{family}"})


def _signature(secret: PrivateKey, content: bytes, digest: str) -> bytes:
    algorithm = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256()}[digest]
    if isinstance(secret, rsa.RSAPrivateKey):
        return secret.sign(content, padding.PKCS1v15(), algorithm)
    assert isinstance(secret, ec.EllipticCurvePrivateKey)
    return secret.sign(content, ec.ECDSA(algorithm))


def _distribution(urls: Sequence[str]) -> x509.CRLDistributionPoints:
    return x509.CRLDistributionPoints(
        [
            x509.DistributionPoint(
                full_name=[x509.UniformResourceIdentifier(url)],
                relative_name=None,
                reasons=None,
                crl_issuer=None,
            )
            for url in urls
        ]
    )


def _responders(urls: Sequence[str]) -> x509.AuthorityInformationAccess:
    return x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(
                AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(url)
            )
            for url in urls
        ]
    )


def list_line(each: Leaf | int | Revoked) -> x509.RevokedCertificate:
    if isinstance(each, Leaf):
        each = each.serial
    line = each if isinstance(each, Revoked) else Revoked(serial=each)
    builder = x509.RevokedCertificateBuilder().serial_number(line.serial).revocation_date(line.at)
    if line.reason is not None:
        builder = builder.add_extension(x509.CRLReason(line.reason), critical=False)
    for extension, critical in line.extra:
        builder = builder.add_extension(extension, critical)
    return builder.build()


def fitting_usage(kind: Kind) -> tuple[str, ...]:
    """The usages that RFC 8550 and the S/MIME requirements let such a key have."""
    if kind == "ed25519":
        return ("digital_signature",)
    return ("digital_signature", "key_encipherment" if kind.startswith("rsa") else "key_agreement")


def digest_for(secret: PrivateKey) -> hashes.SHA256 | None:
    return None if isinstance(secret, ed25519.Ed25519PrivateKey) else hashes.SHA256()


def pkcs8(secret: PrivateKey) -> bytes:
    return secret.private_bytes(
        PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@cache
def _private(pem: bytes) -> PrivateKey:
    secret = serialization.load_pem_private_key(pem, None)
    assert isinstance(secret, PrivateKey)
    return secret


def public_key(
    certificate: x509.Certificate,
) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey:
    public = certificate.public_key()
    assert isinstance(
        public, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
    )
    return public
