"""CMS messages that no honest program writes, built field by field with asn1crypto.

Nothing here uses the gateway's own code: what it makes is what a mail program or
an attacker would have to make.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import new as digest_of
from typing import TYPE_CHECKING, Any

from asn1crypto import algos, cms, core
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.pki import Leaf

HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),
    "sha256": hashes.SHA256(),
    "sha512": hashes.SHA512(),
}


@dataclass(frozen=True, kw_only=True)
class Signing:
    """How one signer signs; what is left alone is what honest programs do.

    `attributes` are those that stand there, in this order; None makes the usual
    three; `extra` come behind the usual ones.
    """

    by: Leaf
    digest: str = "sha256"
    at: datetime | None = None
    attributes: Sequence[cms.CMSAttribute] | None = None
    extra: Sequence[cms.CMSAttribute] = ()
    over: bytes | None = None  # another content than the one that is there
    named_by_key: bool = False
    named: Leaf | None = None  # who is said to have signed
    ordered: bool = True
    unsigned: Sequence[cms.CMSAttribute] = ()


def attribute(kind: str, *values: object) -> cms.CMSAttribute:
    """A CMS attribute with these values."""
    return cms.CMSAttribute({"type": kind, "values": list(values)})


def usual(content: bytes, digest: str, at: datetime | None) -> list[cms.CMSAttribute]:
    """Content type, digest and time (RFC 5652, section 11)."""
    return [
        attribute("content_type", "data"),
        attribute(
            "signing_time", cms.Time({"utc_time": at or datetime.now(UTC).replace(microsecond=0)})
        ),
        attribute("message_digest", digest_of(digest, content).digest()),
    ]


def issuer_and_serial(leaf: Leaf) -> cms.IssuerAndSerialNumber:
    found = asn1_x509.Certificate.load(leaf.certificate)
    return cms.IssuerAndSerialNumber({"issuer": found.issuer, "serial_number": found.serial_number})


def key_identifier(leaf: Leaf) -> bytes:
    found: bytes = asn1_x509.Certificate.load(leaf.certificate).key_identifier
    return found


def signer_info(content: bytes, how: Signing) -> cms.SignerInfo:
    covered = how.over if how.over is not None else content
    attributes = how.attributes
    if attributes is None:
        attributes = usual(covered, how.digest, how.at)
    attributes = [*attributes, *how.extra]
    if how.ordered:
        attributes = sorted(attributes, key=lambda each: each.dump())
    encoded = b"".join(each.dump() for each in attributes)
    algorithm, signature = _signature(how.by, how.digest, _set(encoded) if encoded else covered)
    named = how.named or how.by
    name = (
        cms.SignerIdentifier("subject_key_identifier", key_identifier(named))
        if how.named_by_key
        else cms.SignerIdentifier("issuer_and_serial_number", issuer_and_serial(named))
    )
    fields: dict[str, Any] = {
        "version": "v3" if how.named_by_key else "v1",
        "sid": name,
        "digest_algorithm": algos.DigestAlgorithm({"algorithm": how.digest}),
        "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": algorithm}),
        "signature": signature,
    }
    if attributes:
        # loaded, so that the order stays as it is given
        fields["signed_attrs"] = cms.CMSAttributes.load(_set(encoded))
    if how.unsigned:
        fields["unsigned_attrs"] = list(how.unsigned)
    return cms.SignerInfo(fields)


def _set(encoded: bytes) -> bytes:
    length = len(encoded)
    size = b"" if length < 128 else length.to_bytes((length.bit_length() + 7) // 8, "big")
    return b"\x31" + (bytes((0x80 | len(size),)) + size if size else bytes((length,))) + encoded


def _signature(by: Leaf, digest: str, to_sign: bytes) -> tuple[str, bytes]:
    key = by.private
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519", key.sign(to_sign)
    if isinstance(key, rsa.RSAPrivateKey):
        return f"{digest}_rsa", key.sign(to_sign, rsa_padding.PKCS1v15(), HASHES[digest])
    return f"{digest}_ecdsa", key.sign(to_sign, ec.ECDSA(HASHES[digest]))


@dataclass(frozen=True, kw_only=True)
class SignedMessage:
    """A SignedData over `content`; `carries` is what it holds itself, None for nothing."""

    content: bytes
    signings: Sequence[Signing] = ()
    carries: bytes | None = None
    content_type: str = "data"
    certificates: Sequence[Leaf] = field(default_factory=tuple)

    def der(self) -> bytes:
        carried: dict[str, Any] = {"content_type": self.content_type}
        if self.carries is not None:
            carried["content"] = core.ParsableOctetString(self.carries)
        digests = {each.digest for each in self.signings}
        data = cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [{"algorithm": each} for each in sorted(digests)],
                "encap_content_info": cms.EncapsulatedContentInfo(carried),
                "certificates": [
                    cms.CertificateChoices(
                        "certificate", asn1_x509.Certificate.load(each.certificate)
                    )
                    for each in self.certificates
                ],
                "signer_infos": [signer_info(self.content, each) for each in self.signings],
            }
        )
        made: bytes = cms.ContentInfo({"content_type": "signed_data", "content": data}).dump()
        return made


def apart(content: bytes, *signings: Signing, certificates: Sequence[Leaf] = ()) -> bytes:
    """A detached signature."""
    return SignedMessage(content=content, signings=signings, certificates=certificates).der()


def opaque(content: bytes, *signings: Signing, certificates: Sequence[Leaf] = ()) -> bytes:
    """Content and signature in one."""
    return SignedMessage(
        content=content, signings=signings, carries=content, certificates=certificates
    ).der()


def certificates_only(*leaves: Leaf) -> bytes:
    """What a program sends to hand out certificates (RFC 8551, section 3.8)."""
    return SignedMessage(content=b"", certificates=leaves).der()


def enveloped(
    content: bytes,
    recipient: Leaf,
    *,
    content_type: str = "data",
    key: bytes | None = None,
    encrypted_key: bytes | None = None,
    more_recipients: int = 0,
    cipher: str = "aes256_cbc",
) -> bytes:
    """An EnvelopedData to an RSA key, AES-256-CBC; its content may be anything."""
    secret, iv = key or os.urandom(32), os.urandom(16)
    public = recipient.x509.public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    transported = encrypted_key or public.encrypt(secret, rsa_padding.PKCS1v15())
    entry = {
        "version": "v0",
        "rid": cms.RecipientIdentifier("issuer_and_serial_number", issuer_and_serial(recipient)),
        "key_encryption_algorithm": {"algorithm": "rsaes_pkcs1v15"},
        "encrypted_key": transported,
    }
    other = dict(entry)
    other["rid"] = cms.RecipientIdentifier("subject_key_identifier", os.urandom(20))
    infos = [cms.RecipientInfo("ktri", other) for _ in range(more_recipients)]
    infos.append(cms.RecipientInfo("ktri", entry))
    return _envelope(infos, content_type, cipher, iv, cbc(secret, iv, content))


def cbc(key: bytes, iv: bytes, content: bytes) -> bytes:
    padder, encryptor = padding.PKCS7(128).padder(), Cipher(AES(key), CBC(iv)).encryptor()
    return encryptor.update(padder.update(content) + padder.finalize()) + encryptor.finalize()


def _envelope(infos: list[Any], content_type: str, cipher: str, iv: bytes, sealed: bytes) -> bytes:
    data = cms.EnvelopedData(
        {
            "version": "v0" if infos[-1].name == "ktri" else "v2",
            "recipient_infos": infos,
            "encrypted_content_info": {
                "content_type": content_type,
                "content_encryption_algorithm": {"algorithm": cipher, "parameters": iv},
                "encrypted_content": sealed,
            },
        }
    )
    made: bytes = cms.ContentInfo({"content_type": "enveloped_data", "content": data}).dump()
    return made


def to_x25519(
    content: bytes, recipient: Leaf, public: x25519.X25519PublicKey, ukm: bytes | None = None
) -> bytes:
    """An EnvelopedData by key agreement over X25519 (RFC 8418), which openssl 3.0 cannot write."""
    secret, iv = os.urandom(32), os.urandom(16)
    ephemeral = x25519.X25519PrivateKey.generate()
    raw = serialization.Encoding.Raw, serialization.PublicFormat.Raw
    wrap = core.Sequence.load(b"\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2d")
    user = b"" if ukm is None else _explicit(0, core.OctetString(ukm).dump())
    info = wrap.dump() + user + _explicit(2, core.OctetString((256).to_bytes(4, "big")).dump())
    shared = ephemeral.exchange(public)
    kek = HKDF(hashes.SHA256(), 32, None, b"\x30" + bytes((len(info),)) + info).derive(shared)
    fields: dict[str, Any] = {
        "version": "v3",
        "originator": cms.OriginatorIdentifierOrKey(
            "originator_key",
            {
                "algorithm": {"algorithm": "1.3.101.110"},
                "public_key": ephemeral.public_key().public_bytes(*raw),
            },
        ),
        "key_encryption_algorithm": {
            "algorithm": "1.2.840.113549.1.9.16.3.19",
            "parameters": wrap,
        },
        "recipient_encrypted_keys": [
            {
                "rid": cms.KeyAgreementRecipientIdentifier(
                    "issuer_and_serial_number", issuer_and_serial(recipient)
                ),
                "encrypted_key": aes_key_wrap(kek, secret),
            }
        ],
    }
    if ukm is not None:
        fields["ukm"] = ukm
    infos = [cms.RecipientInfo("kari", fields)]
    return _envelope(infos, "data", "aes256_cbc", iv, cbc(secret, iv, content))


def _explicit(number: int, value: bytes) -> bytes:
    return bytes((0xA0 | number, len(value))) + value


def compressed(content: bytes) -> bytes:
    """A CompressedData (RFC 3274)."""
    import zlib

    data = cms.CompressedData(
        {
            "version": "v0",
            "compression_algorithm": {"algorithm": "zlib"},
            "encap_content_info": {
                "content_type": "data",
                "content": core.ParsableOctetString(zlib.compress(content)),
            },
        }
    )
    made: bytes = cms.ContentInfo({"content_type": "compressed_data", "content": data}).dump()
    return made
