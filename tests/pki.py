"""A certification authority of our own, for tests of everything that concerns S/MIME.

    root = Authority.make("Root")
    issuing = root.intermediate("Issuing")
    noor = issuing.issue("noor@taalschool.example")
    crls = [root.crl(), issuing.crl(revoked=[noor])]

What an honest authority does is the default; a test says in one more argument
what is wrong.  Everything is valid from `START` until `END` unless told
otherwise.  A key is made once per process for each kind and holder; a holder is
the address or name unless told otherwise.  Nothing is ever written down here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from asn1crypto import crl
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from tests.pki_parts import (
    CA_USAGE,
    DER,
    EMAIL,
    END,
    OCSP_SIGNING,
    START,
    Kind,
    Leaf,
    PrivateKey,
    Revoked,
    answer_anew,
    digest_for,
    fitting_usage,
    list_line,
    make_certificate,
    pkcs8,
    private_key,
    public_key,
    signed_anew,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

__all__ = [
    "EMAIL",
    "END",
    "START",
    "Authority",
    "Kind",
    "Leaf",
    "PrivateKey",
    "Revoked",
    "private_key",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority(Leaf):
    """Somebody who issues certificates and says which of them are revoked."""

    @classmethod
    def make(cls, name: str, *, key: Kind = "p256", **options: object) -> Authority:
        """A root.  Options as of `Authority.intermediate`."""
        return _authority(None, name, key, options)

    def intermediate(self, name: str, *, key: Kind = "p256", **options: object) -> Authority:
        """An authority under this one.

        Options: `path_length`, and everything of `Authority.issue` (`usage`, `eku`,
        `not_before`, `not_after`, `serial`, `crl_urls`, `ocsp_urls`, `extra`,
        `without`, `digest`, `holder`, `issuer_name`).  `extra` with name constraints
        makes it a constrained one; `holder` gives a second authority of one name
        another key, or the same one.
        """
        return _authority(self, name, key, options)

    def issue(
        self,
        address: str | None,
        *,
        key: Kind = "rsa3072",
        name: str | None = None,
        holder: str | None = None,
        subject_email: str | None = None,
        usage: Collection[str] | None = None,
        eku: Sequence[x509.ObjectIdentifier] | None = (EMAIL,),
        san: Sequence[x509.GeneralName] | None = None,
        **options: object,
    ) -> Leaf:
        """A certificate for this address, with rfc822Name as its alternative name.

        `usage` are the names of key usages (None: what fits the kind of key; empty:
        no extension); `eku=None` leaves extended key usage out; `san=()` leaves the
        alternative names out; `subject_email` puts an address into the subject.
        Options: `ca` and `path_length` (an end entity otherwise), `not_before`,
        `not_after`, `serial`, `crl_urls`, `ocsp_urls`, `extra` (extensions with
        whether they are critical), `without` (types of extensions left out),
        `digest` ("sha1" is possible), `issuer_name`.
        """
        attributes = [x509.NameAttribute(NameOID.COMMON_NAME, name or address or "Nobody")]
        if subject_email is not None:
            attributes.append(x509.NameAttribute(NameOID.EMAIL_ADDRESS, subject_email))
        if san is None:
            san = [x509.RFC822Name(address)] if address is not None else []
        secret = private_key(key, holder or address or name or "Nobody")
        extensions: list[tuple[x509.ExtensionType, bool]] = []
        if san:
            extensions.append((x509.SubjectAlternativeName(san), False))
        certificate = make_certificate(
            x509.Name(attributes),
            secret,
            self,
            usage=fitting_usage(key) if usage is None else usage,
            eku=eku,
            extensions=extensions,
            **options,  # type: ignore[arg-type] # described above, checked by the callee
        )
        return Leaf(certificate=certificate, key=pkcs8(secret))

    def delegate(self, name: str = "OCSP responder", **options: object) -> Leaf:
        """A responder that may answer for this authority (RFC 6960 4.2.2.2)."""
        given: dict[str, object] = {
            "key": "p256",
            "usage": ("digital_signature",),
            "eku": (OCSP_SIGNING,),
            "extra": ((x509.OCSPNoCheck(), False),),
        }
        return self.issue(None, name=name, **(given | options))  # type: ignore[arg-type] # as issue

    def crl(
        self,
        revoked: Iterable[Leaf | int | Revoked] = (),
        *,
        this_update: datetime = START,
        next_update: datetime = END,
        number: int | None = 1,
        extra: Sequence[tuple[x509.ExtensionType, bool]] = (),
        digest: str = "sha256",
        signer: Leaf | None = None,
        issuer_name: x509.Name | None = None,
    ) -> bytes:
        """A revocation list (DER), signed by this authority or by another `signer`."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(issuer_name or self.x509.subject)
            .last_update(this_update)
            .next_update(next_update)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(
                    public_key((signer or self).x509)
                ),
                critical=False,
            )
        )
        if number is not None:
            builder = builder.add_extension(x509.CRLNumber(number), critical=False)
        for extension, critical in extra:
            builder = builder.add_extension(extension, critical)
        for each in revoked:
            builder = builder.add_revoked_certificate(list_line(each))
        secret = (signer or self).private
        made = builder.sign(secret, digest_for(secret)).public_bytes(DER)
        if digest == "sha256":
            return made
        listed = crl.CertificateList.load(made)
        return signed_anew(listed, "tbs_cert_list", secret, digest)

    def ocsp(
        self,
        leaf: Leaf,
        status: Literal["good", "revoked", "unknown"] = "good",
        *,
        this_update: datetime = START,
        next_update: datetime | None = END,
        responder: Leaf | None = None,
        named_by: Literal["key", "name"] = "key",
        named: Leaf | None = None,
        certid: hashes.HashAlgorithm | None = None,
        digest: Literal["sha256", "sha1"] = "sha256",
        certificates: Sequence[Leaf] | None = None,
        issuer: Leaf | None = None,
        reason: x509.ReasonFlags | None = None,
        extra: Sequence[tuple[x509.ExtensionType, bool]] = (),
    ) -> bytes:
        """An answer (DER) about a certificate that this authority issued.

        Signed by the authority or by `responder`, whose certificate goes along
        unless `certificates` says otherwise; `named` is who the answer says has
        signed it; `issuer` whom the certificate is said to be issued by.
        """
        signer = responder or self
        encoding = {"key": ocsp.OCSPResponderEncoding.HASH, "name": ocsp.OCSPResponderEncoding.NAME}
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=leaf.x509,
            issuer=(issuer or self).x509,
            algorithm=certid or hashes.SHA256(),
            cert_status=ocsp.OCSPCertStatus[status.upper()],
            this_update=this_update,
            next_update=next_update,
            revocation_time=START if status == "revoked" else None,
            revocation_reason=reason if status == "revoked" else None,
        )
        builder = builder.responder_id(encoding[named_by], signer.x509)
        if certificates is None and responder is not None:
            certificates = [responder]
        if certificates:
            builder = builder.certificates([each.x509 for each in certificates])
        for extension, critical in extra:
            builder = builder.add_extension(extension, critical)
        made = builder.sign(signer.private, digest_for(signer.private)).public_bytes(DER)
        if digest == "sha256" and named is None:
            return made
        return answer_anew(made, signer.private, digest, named)


def _authority(
    issuer: Authority | None, name: str, kind: Kind, options: dict[str, object]
) -> Authority:
    secret = private_key(kind, str(options.pop("holder", name)))
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    given: dict[str, object] = {"ca": True, "path_length": None, "usage": CA_USAGE, "eku": None}
    certificate = make_certificate(subject, secret, issuer, **(given | options))  # type: ignore[arg-type] # as issue
    return Authority(certificate=certificate, key=pkcs8(secret))
