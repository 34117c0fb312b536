"""Opening the encryption container of an OpenPGP message (RFC 9580, sections 5.1, 5.13, 11).

Only the container: session key and integrity-protected data, with the
primitives of `cryptography`.  What comes out is a signed message, which
Sequoia verifies.  `docs/adr/0003-openpgp-engines.md` says why this is ours.

Every failure after the session keys were found to be for us raises the same
`Damaged`, so that nobody outside learns which step failed.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, x25519
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESOCB3
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

from gateway.adapters import pgp_post_quantum
from gateway.adapters.pgp_fields import Reader
from gateway.adapters.pgp_packets import Damaged, Sealed, recipient
from gateway.adapters.pgp_post_quantum import PostQuantumKey

if TYPE_CHECKING:
    from collections.abc import Iterable

RSA, ECDH, X25519 = (1, 2), 18, 25
AES_KEY_LENGTHS = {7: 16, 8: 24, 9: 32}  # bytes, by cipher id (section 9.3)
KDF_HASHES = {8: "sha256", 9: "sha384", 10: "sha512"}
CURVES: dict[bytes, ec.EllipticCurve] = {
    bytes.fromhex("2a8648ce3d030107"): ec.SECP256R1(),
    bytes.fromhex("2b81040022"): ec.SECP384R1(),
    bytes.fromhex("2b81040023"): ec.SECP521R1(),
}
CURVE25519_LEGACY = bytes.fromhex("2b060104019755010501")
MDC_LENGTH = 22  # bytes: tag, length and SHA-1
LARGEST_CHUNK = 16  # exponent of section 5.13.2: 4 MiB


class UnsupportedKeyError(ValueError):
    """A secret key that this gateway cannot use: protected, or of another algorithm."""


class NotForUs(Exception):  # noqa: N818 - becomes a Reject(NOT_FOR_US) one floor up
    """No session key names one of our keys; `names` are those that are named, upper-case hex."""

    def __init__(self, names: Iterable[bytes] = ()) -> None:
        super().__init__()
        self.names = frozenset(each.hex().upper() for each in names)


@dataclass(frozen=True, slots=True, repr=False)
class SessionKey:
    cipher: int | None  # None: the container says (version 2)
    key: bytes


class Unwrapping(Protocol):
    """One secret key's way from the fields of a PKESK to ``[cipher] key [checksum]``."""

    def __call__(self, fields: bytes, *, version: int) -> SessionKey: ...


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class SecretSubkey:
    """A decryption key: `fingerprint` is its own, and its body is the packet's, unprotected."""

    fingerprint: bytes
    algorithm: int
    unwrap: Unwrapping

    @property
    def key_id(self) -> bytes:
        return self.fingerprint[-8:] if len(self.fingerprint) == 20 else self.fingerprint[:8]


def secret_subkey(body: bytes, fingerprint: bytes) -> SecretSubkey:
    """Read a secret key packet's body (section 5.5.3).  Raises `UnsupportedKeyError`."""
    reader = Reader(body)
    try:
        version, _, algorithm = reader.octet(), reader.take(4), reader.octet()
        if version == 6:
            reader.take(4)
        unwrap = _unwrapping(reader, algorithm, fingerprint)
    except UnsupportedKeyError:
        raise
    except (Damaged, ValueError):
        raise UnsupportedKeyError("secret key packet cannot be read") from None
    return SecretSubkey(fingerprint, algorithm, unwrap)


def _unwrapping(reader: Reader, algorithm: int, fingerprint: bytes) -> Unwrapping:
    if algorithm in RSA:
        n, e = reader.number(), reader.number()
        _unprotected(reader)
        return _Rsa(_rsa_key(n, e, reader))
    if algorithm == ECDH:
        curve, point = reader.take(reader.octet()), reader.mpi()
        kdf = reader.take(reader.octet())
        _unprotected(reader)
        secret = reader.mpi()
        return _Ecdh(curve, point, kdf, secret, fingerprint)
    if algorithm == X25519:
        public = reader.take(32)
        _unprotected(reader)
        return _X25519(x25519.X25519PrivateKey.from_private_bytes(reader.take(32)), public)
    if algorithm == pgp_post_quantum.ALGORITHM:
        return _post_quantum(reader)
    raise UnsupportedKeyError("decryption key is neither RSA, ECDH, X25519 nor ML-KEM with X25519")


def _post_quantum(reader: Reader) -> Unwrapping:
    public = reader.take(pgp_post_quantum.PUBLIC)
    _unprotected(reader)
    key = PostQuantumKey.read(reader.take(pgp_post_quantum.POINT + pgp_post_quantum.SEED))
    if key.public() != public:
        raise UnsupportedKeyError(
            "secret and public half of a decryption key do not belong together"
        )
    return lambda fields, *, version: SessionKey(*key.unwrapped(fields, version=version))


def _unprotected(reader: Reader) -> None:
    if reader.octet() != 0:
        raise UnsupportedKeyError("secret key is protected with a passphrase")


def _rsa_key(n: int, e: int, reader: Reader) -> rsa.RSAPrivateKey:
    d, p, q = reader.number(), reader.number(), reader.number()
    numbers = rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=d,
        dmp1=rsa.rsa_crt_dmp1(d, p),
        dmq1=rsa.rsa_crt_dmq1(d, q),
        iqmp=rsa.rsa_crt_iqmp(p, q),
        public_numbers=rsa.RSAPublicNumbers(e, n),
    )
    return numbers.private_key()


class _Rsa:
    __slots__ = ("_key",)

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        self._key = key

    def __call__(self, fields: bytes, *, version: int) -> SessionKey:
        size = self._key.key_size // 8
        encrypted = Reader(fields).mpi().rjust(size, b"\0")
        # OpenSSL answers bad padding with a random text, so that it does not show here
        return _checked(self._key.decrypt(encrypted, padding.PKCS1v15()), version)


class _Ecdh:
    """Section 11.5: ephemeral point, KDF over the shared secret, AES key wrap."""

    __slots__ = ("_curve", "_hash", "_key", "_length", "_parameters")

    def __init__(
        self, curve: bytes, point: bytes, kdf: bytes, secret: bytes, fingerprint: bytes
    ) -> None:
        if len(kdf) != 3 or kdf[1] not in KDF_HASHES or kdf[2] not in AES_KEY_LENGTHS:
            raise UnsupportedKeyError("unknown key derivation parameters")
        self._curve = CURVES.get(curve)
        self._key = _ecdh_key(self._curve, curve, point, secret)
        self._hash = KDF_HASHES[kdf[1]]
        self._length = AES_KEY_LENGTHS[kdf[2]]
        head = bytes((len(curve),)) + curve + b"\x12\x03" + kdf
        self._parameters = head + b"Anonymous Sender    " + fingerprint

    def __call__(self, fields: bytes, *, version: int) -> SessionKey:
        reader = Reader(fields)
        ephemeral = reader.mpi()
        wrapped = reader.take(reader.octet())
        material = b"\0\0\0\x01" + self._shared(ephemeral) + self._parameters
        key = hashlib.new(self._hash, material).digest()[: self._length]
        return _checked(_without_padding(aes_key_unwrap(key, wrapped)), version)

    def _shared(self, ephemeral: bytes) -> bytes:
        if isinstance(self._key, x25519.X25519PrivateKey):
            if len(ephemeral) != 33 or ephemeral[0] != 0x40:
                raise Damaged
            return self._key.exchange(x25519.X25519PublicKey.from_public_bytes(ephemeral[1:]))
        point = ec.EllipticCurvePublicKey.from_encoded_point(self._key.curve, ephemeral)
        return self._key.exchange(ec.ECDH(), point)


def _ecdh_key(
    curve: ec.EllipticCurve | None, oid: bytes, point: bytes, secret: bytes
) -> x25519.X25519PrivateKey | ec.EllipticCurvePrivateKey:
    if oid == CURVE25519_LEGACY:  # the scalar is stored back to front (section 5.5.5.6.1.1)
        scalar = secret.rjust(32, b"\0")[::-1]
        return x25519.X25519PrivateKey.from_private_bytes(scalar)
    if curve is None:
        raise UnsupportedKeyError("decryption key is on a curve other than 25519 or NIST's")
    public = ec.EllipticCurvePublicKey.from_encoded_point(curve, point).public_numbers()
    return ec.EllipticCurvePrivateNumbers(int.from_bytes(secret, "big"), public).private_key()


class _X25519:
    """Section 5.1.6."""

    __slots__ = ("_key", "_public")

    def __init__(self, key: x25519.X25519PrivateKey, public: bytes) -> None:
        self._key = key
        self._public = public

    def __call__(self, fields: bytes, *, version: int) -> SessionKey:
        reader = Reader(fields)
        ephemeral = reader.take(32)
        field = Reader(reader.take(reader.octet()))
        cipher = field.octet() if version == 3 else None
        shared = self._key.exchange(x25519.X25519PublicKey.from_public_bytes(ephemeral))
        material = ephemeral + self._public + shared
        derive = HKDF(algorithm=hashes.SHA256(), length=16, salt=None, info=b"OpenPGP X25519")
        return SessionKey(cipher, aes_key_unwrap(derive.derive(material), field.rest()))


def _without_padding(text: bytes) -> bytes:
    count = text[-1] if text else 0
    if not 1 <= count <= len(text) or text[-count:] != bytes((count,)) * count:
        raise Damaged
    return text[:-count]


def _checked(text: bytes, version: int) -> SessionKey:
    """Section 5.1.3: cipher octet (version 3 only), key, two octets of checksum."""
    cipher = text[0] if version == 3 and text else None
    key, checksum = text[1 if version == 3 else 0 : -2], text[-2:]
    if sum(key) % 65536 != int.from_bytes(checksum, "big") or len(checksum) != 2:
        raise Damaged
    return SessionKey(cipher, key)


def opened(message: Sealed, keys: Iterable[SecretSubkey]) -> bytes | memoryview:
    """The plaintext packets.  Raises as `opened_with`."""
    return opened_with(message, keys)[0]


def opened_with(
    message: Sealed, keys: Iterable[SecretSubkey]
) -> tuple[bytes | memoryview, SecretSubkey]:
    """The plaintext packets, and the key that opened them.

    Raises `NotForUs`, or `Damaged` for every other failure.
    """
    pairs = [
        (session_key, key)
        for session_key in message.session_keys
        for key in keys
        if recipient(session_key) in {b"", key.key_id, key.fingerprint}
    ]
    if not pairs:
        raise NotForUs(map(recipient, message.session_keys))
    for session_key, key in pairs:
        try:
            return _contents(message.container, _session_key(session_key, key)), key
        except (Damaged, InvalidTag, InvalidUnwrap, ValueError):
            continue
    hidden = all(recipient(session_key) == b"" for session_key, _ in pairs)
    raise NotForUs if hidden else Damaged


def _session_key(packet: bytes, key: SecretSubkey) -> SessionKey:
    version = packet[0]
    start = 9 if version == 3 else 2 + packet[1]
    if packet[start : start + 1] != bytes((key.algorithm,)):
        raise Damaged
    return key.unwrap(packet[start + 1 :], version=version)


def _contents(container: bytes | memoryview, session_key: SessionKey) -> bytes | memoryview:
    if len(container) < 1:
        raise Damaged
    if container[0] == 1 and session_key.cipher is not None:
        return _version_1(container[1:], session_key.cipher, session_key.key)
    if container[0] == 2 and session_key.cipher is None:
        return _version_2(memoryview(container), session_key.key)
    raise Damaged


def _version_1(encrypted: bytes | memoryview, cipher: int, key: bytes) -> memoryview:
    """Section 5.13.1: CFB without resynchronisation; SHA-1 over all, compared in constant time.

    The repeated prefix octets are not compared: that check has been an oracle.
    """
    if AES_KEY_LENGTHS.get(cipher) != len(key) or len(encrypted) < 18 + MDC_LENGTH:
        raise Damaged
    decryptor = Cipher(AES(key), CFB(bytes(16))).decryptor()
    plain = memoryview(decryptor.update(encrypted))
    digest = hashlib.sha1(plain[:-20], usedforsecurity=False).digest()
    if not hmac.compare_digest(plain[-MDC_LENGTH:], b"\xd3\x14" + digest):
        raise Damaged
    return plain[18:-MDC_LENGTH]


def _version_2(body: memoryview, session_key: bytes) -> bytes:
    """Section 5.13.2: chunks of AEAD, each numbered, closed by a tag over the total length."""
    if len(body) < 36 + 32:
        raise Damaged
    cipher, mode, exponent, salt = body[1], body[2], body[3], bytes(body[4:36])
    length = AES_KEY_LENGTHS.get(cipher)
    if length is None or length != len(session_key) or exponent > LARGEST_CHUNK:
        raise Damaged
    head = b"\xd2" + bytes(body[:4])
    nonce_length = {2: 15, 3: 12}.get(mode)
    if nonce_length is None:
        raise Damaged
    size = length + nonce_length - 8
    derived = HKDF(hashes.SHA256(), size, salt, head).derive(session_key)
    aead = (AESOCB3 if mode == 2 else AESGCM)(derived[:length])
    return _chunks(body[36:], aead, derived[length:], head, 1 << (exponent + 6))


def _chunks(data: memoryview, aead: AESOCB3 | AESGCM, iv: bytes, head: bytes, chunk: int) -> bytes:
    found: list[bytes] = []
    end = len(data) - 16
    for position in range(0, end, chunk + 16):
        piece = data[position : min(position + chunk + 16, end)]
        nonce = iv + len(found).to_bytes(8, "big")
        found.append(aead.decrypt(nonce, piece, head))
    content = b"".join(found)
    nonce = iv + len(found).to_bytes(8, "big")
    aead.decrypt(nonce, data[end:], head + len(content).to_bytes(8, "big"))
    return content
