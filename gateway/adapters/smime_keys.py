"""The gateway's own S/MIME keys, as they are read from PEM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, x25519

from gateway.adapters.cms_keys import OwnKey
from gateway.adapters.cms_names import names
from gateway.adapters.cms_write import SCHEMES
from gateway.adapters.pgp_container import UnsupportedKeyError
from gateway.adapters.x509_certificates import fingerprint_of, is_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.adapters.cms_keys import PrivateKey

SHORTEST_RSA = 2048  # bits
DER = serialization.Encoding.DER
SigningKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class OwnKeys:
    """Which key signs, with which certificates, and which keys open.

    A key goes by every certificate that is given for it, so that a renewed
    certificate and the one before it both name it.  The first certificate of
    `certificate` is the one to sign with.  Raises `UnsupportedKeyError`.
    """

    def __init__(self, secrets: Sequence[bytes], certificate: bytes) -> None:
        ours = _certificates(certificate)
        every = [*ours, *(each for data in secrets for each in _certificates(data))]
        keys = [_private_key(data) for data in secrets]
        self.opening = tuple(_own_key(key, every) for key in keys)
        if not ours or not all(each.names for each in self.opening):
            raise UnsupportedKeyError("no certificate for it")
        self.signing = (_signing_key(keys, ours[0]), ours[0], tuple(ours[1:]))


def _certificates(data: bytes) -> list[x509.Certificate]:
    if b"-----BEGIN CERTIFICATE-----" not in data:
        return []
    try:
        return x509.load_pem_x509_certificates(data)
    except ValueError:
        raise UnsupportedKeyError("certificate cannot be read") from None


def _private_key(data: bytes) -> PrivateKey:
    try:
        key = serialization.load_pem_private_key(data, None)
    except TypeError:
        raise UnsupportedKeyError("secret key is protected with a passphrase") from None
    except (ValueError, UnsupportedAlgorithm):
        raise UnsupportedKeyError("secret key cannot be read") from None
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= SHORTEST_RSA:
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.key_size in SCHEMES:
        return key
    if isinstance(key, x25519.X25519PrivateKey):
        return key
    raise UnsupportedKeyError("secret key is neither RSA of 2048 bits, P-256/384/521 nor X25519")


def _own_key(key: PrivateKey, certificates: Iterable[x509.Certificate]) -> OwnKey:
    mine = [each for each in certificates if is_for(each, key)]
    known = frozenset[tuple[bytes, bytes]]().union(
        *(names(each.public_bytes(DER)) for each in mine)
    )
    return OwnKey(key, known, fingerprint_of(mine[0]) if mine else "")


def _signing_key(keys: Iterable[PrivateKey], certificate: x509.Certificate) -> SigningKey:
    for key in keys:
        if isinstance(key, SigningKey) and is_for(certificate, key):
            return key
    raise UnsupportedKeyError("no secret key for the certificate to sign with")
