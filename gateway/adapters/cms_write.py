"""Writing CMS that OpenSSL, Thunderbird, Outlook and GnuPG read (RFC 5652, 5753, 8551).

Signatures are made by `cryptography`.  Its encryption knows RSA only, so the
envelope around AES-256-CBC is written here, for RSA and elliptic curves alike.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from asn1crypto.core import Integer, ObjectIdentifier
from asn1crypto.x509 import Certificate as Asn1Certificate
from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder

from gateway.adapters.cms_envelope import DATA, ENVELOPED
from gateway.adapters.cms_keys import RSA_PKCS1, wrapped
from gateway.adapters.cms_read import BITS, OCTETS, SEQUENCE, SET, context, der

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.x509 import Certificate

AES_256_CBC, AES_256_WRAP = "2.16.840.1.101.3.4.1.42", "2.16.840.1.101.3.4.1.45"
EC_PUBLIC_KEY = "1.2.840.10045.2.1"
NULL = b"\x05\x00"
SCHEMES = {  # dhSinglePass-stdDH with the hash of the curve's strength (RFC 5753, section 7.1.4)
    256: "1.3.132.1.11.1",
    384: "1.3.132.1.11.2",
    521: "1.3.132.1.11.3",
}


class UnusableKeyError(ValueError):
    """Nothing can be encrypted to a certificate with this kind of key."""


def detached_signature(
    content: bytes,
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    certificate: Certificate,
    chain: Sequence[Certificate],
) -> bytes:
    """A SignedData over `content`, dated now, with the certificates that lead to the signer's."""
    builder = PKCS7SignatureBuilder().set_data(content)
    builder = builder.add_signer(certificate, key, hashes.SHA256())
    for each in chain:
        builder = builder.add_certificate(each)
    options = [PKCS7Options.DetachedSignature, PKCS7Options.Binary]
    return builder.sign(serialization.Encoding.DER, options)


def enveloped(content: bytes, recipient: Certificate) -> bytes:
    """An EnvelopedData for this recipient alone.  Raises `UnusableKeyError`."""
    key, iv = os.urandom(32), os.urandom(16)
    version, info = _recipient(key, recipient)
    algorithm = der(SEQUENCE, _oid(AES_256_CBC), der(OCTETS, iv))
    sealed = der(context(0, constructed=False), _encrypted(key, iv, content))
    body = der(SEQUENCE, _oid(DATA), algorithm, sealed)
    data = der(SEQUENCE, Integer(version).dump(), der(SET, info), body)
    return der(SEQUENCE, _oid(ENVELOPED), der(context(0), data))


def _encrypted(key: bytes, iv: bytes, content: bytes) -> bytes:
    encryptor, padder = Cipher(AES(key), CBC(iv)).encryptor(), padding.PKCS7(128).padder()
    sealed = encryptor.update(padder.update(content))
    return sealed + encryptor.update(padder.finalize()) + encryptor.finalize()


def _recipient(key: bytes, certificate: Certificate) -> tuple[int, bytes]:
    """The version that the whole then has (RFC 5652, section 6.1), and the RecipientInfo."""
    public = certificate.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        return 0, _transport(key, certificate, public)
    if isinstance(public, ec.EllipticCurvePublicKey) and public.key_size in SCHEMES:
        return 2, _agreement(key, certificate, public)
    raise UnusableKeyError


def _transport(key: bytes, certificate: Certificate, public: rsa.RSAPublicKey) -> bytes:
    """PKCS #1 v1.5: what every mail program of today reads, unlike OAEP."""
    algorithm = der(SEQUENCE, _oid(RSA_PKCS1), NULL)
    encrypted = der(OCTETS, public.encrypt(key, rsa_padding.PKCS1v15()))
    return der(SEQUENCE, Integer(0).dump(), _name(certificate), algorithm, encrypted)


def _agreement(key: bytes, certificate: Certificate, public: ec.EllipticCurvePublicKey) -> bytes:
    """With a key made for this mail, and thrown away (RFC 5753, section 3.1.1)."""
    ephemeral = ec.generate_private_key(public.curve)
    point = ephemeral.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    scheme, wrap = SCHEMES[public.key_size], der(SEQUENCE, _oid(AES_256_WRAP))
    encrypted = wrapped(scheme, ephemeral.exchange(ec.ECDH(), public), wrap, key)
    originator = der(context(1), der(SEQUENCE, _oid(EC_PUBLIC_KEY)), der(BITS, b"\0", point))
    recipient = der(SEQUENCE, _name(certificate), der(OCTETS, encrypted))
    return der(
        context(1),
        Integer(3).dump(),
        der(context(0), originator),
        der(SEQUENCE, _oid(scheme), wrap),
        der(SEQUENCE, recipient),
    )


def _name(certificate: Certificate) -> bytes:
    """IssuerAndSerialNumber, the issuer as it stands in the certificate."""
    data = certificate.public_bytes(serialization.Encoding.DER)
    fields = Asn1Certificate.load(data)["tbs_certificate"]
    return der(SEQUENCE, fields["issuer"].dump(), fields["serial_number"].dump())


def _oid(dotted: str) -> bytes:
    found: bytes = ObjectIdentifier(dotted).dump()
    return found
