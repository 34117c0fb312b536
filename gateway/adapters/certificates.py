"""OpenPGP certificates: what they say, what of them is taken in, and making the gateway's own."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import unicodedata
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pysequoia import Cert
from pysequoia.packet import PacketPile, SignatureType, Tag

from gateway.adapters.mime_headers import ADDR_SPEC
from gateway.adapters.pgp_packets import Damaged
from gateway.adapters.pgp_signature import has_back_signature
from gateway.domain.mail import Protection
from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pysequoia.packet import Packet

T = TypeVar("T")

SHORTEST_RSA = 2048  # bits; below it nobody can be told apart from somebody else
USER_ID_LIMIT = 256  # characters
KEY_TAGS = (Tag.PublicKey, Tag.PublicSubkey, Tag.SecretKey, Tag.SecretSubkey)
SECRET_TAGS = (Tag.SecretKey, Tag.SecretSubkey)
OUTDATED = frozenset({"DSA", "ElGamalEncrypt", "ElGamalEncryptSign"})
POST_QUANTUM = frozenset({"MLKEM768_X25519"})  # RFC 9980
# names no AEAD mode, so that GnuPG 2.4 advertises none: GnuPG 2.2 could not write it
PREFERENCES = "AES256 AES192 AES SHA512 SHA384 SHA256 ZLIB ZIP Uncompressed"


class CertificateRefusedError(ValueError):
    """A file that is not taken in as somebody's certificate; `kind` says why."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Component:
    """The primary key or a subkey; fingerprints and key ids in upper-case hex."""

    fingerprint: str
    key_id: str
    primary: bool
    algorithm: str
    bits: int
    expires: datetime | None
    revoked: bool
    signs: bool
    encrypts: bool

    def usable(self, at: datetime) -> bool:
        """Neither revoked nor expired at that moment."""
        return not self.revoked and (self.expires is None or self.expires > at)

    @property
    def post_quantum(self) -> bool:
        """Whether what is encrypted to it stays closed to a quantum computer."""
        return self.algorithm in POST_QUANTUM

    def named(self, name: str) -> bool:
        """Whether `name` is its fingerprint or key id."""
        return name in {self.fingerprint, self.key_id}


@dataclass(frozen=True, slots=True, repr=False)
class CertificateFacts(Silent):
    """What a certificate says of itself; `fingerprint` is the primary key's, upper-case hex.

    `user_ids` and `emails` come from user ids that are neither revoked nor
    contain a control character.  `can_encrypt` and `can_sign` are as of now;
    `post_quantum` whether such a key is there to encrypt to.  `kept` is the file itself.
    """

    kept: bytes
    fingerprint: str
    user_ids: tuple[str, ...]
    emails: tuple[str, ...]
    created: datetime
    expires: datetime | None
    revoked: bool
    can_encrypt: bool
    can_sign: bool
    algorithm: str
    bits: int
    protection: Protection = Protection.OPENPGP
    post_quantum: bool = False


def _or_refused(read: Callable[[bytes], T]) -> Callable[[bytes], T]:
    """What a library raises half-way, at a part that it reads late, is a refusal as well."""

    @wraps(read)
    def reading(data: bytes) -> T:
        try:
            return read(data)
        except CertificateRefusedError:
            raise
        except (RuntimeError, ValueError):
            raise CertificateRefusedError("unreadable") from None

    return reading


@_or_refused
def describe_certificate(data: bytes) -> CertificateFacts:
    """Read one certificate, binary or armored.

    Raises `CertificateRefusedError`: ``unreadable``, ``secret-key`` (never hand
    that to anybody), ``several-certificates``, ``no-user-id``, ``weak-key``
    (RSA below 2048 bits, DSA, ElGamal).
    """
    packets = _packets(data)
    cert = _cert(data)
    found = components(data)
    if any(weak(each) for each in found):
        raise CertificateRefusedError("weak-key")
    now = datetime.now(UTC)
    alive = found[0].usable(now)
    user_ids = tuple(str(each) for each in cert.user_ids if _clean(str(each)))
    if not user_ids:
        raise CertificateRefusedError("no-user-id")
    emails = {each.user_id: each.user_id_email for each in packets if each.tag == Tag.UserID}
    addresses = [emails.get(each) or "" for each in user_ids]
    return CertificateFacts(
        kept=data,
        fingerprint=cert.fingerprint.upper(),
        user_ids=user_ids,
        emails=tuple(dict.fromkeys(each for each in addresses if ADDR_SPEC.fullmatch(each))),
        created=packets[0].key_created or datetime.fromtimestamp(0, UTC),
        expires=cert.expiration,
        revoked=cert.is_revoked,
        can_encrypt=alive and any(each.encrypts and each.usable(now) for each in found),
        can_sign=alive and any(each.signs and each.usable(now) for each in found),
        algorithm=found[0].algorithm,
        bits=found[0].bits,
        post_quantum=any(
            each.encrypts and each.post_quantum and each.usable(now) for each in found
        ),
    )


@_or_refused
def sanitised_certificate(data: bytes) -> bytes:
    """The certificate without pictures, other people's certifications and dirty user ids.

    What remains is what GnuPG may be shown: a user id with a control character
    has been used to forge its status lines.  Binary.  Raises as
    `describe_certificate`, but not for a weak key.
    """
    fingerprint = _cert(data).fingerprint.upper()
    kept: list[bytes] = []
    named = keeping = False
    for packet in _packets(data):
        if packet.tag == Tag.Signature:
            if keeping and _issued_by(packet, fingerprint):
                kept.append(bytes(packet))
            continue
        clean_id = packet.tag == Tag.UserID and _clean(packet.user_id or "")
        named = named or clean_id
        keeping = packet.tag in KEY_TAGS or clean_id
        if keeping:
            kept.append(bytes(packet))
    if not named:
        raise CertificateRefusedError("no-user-id")
    return b"".join(kept)


def armored(certificate: bytes) -> str:
    """The certificate as ASCII armor, whichever form it comes in."""
    return str(_cert(certificate))


@_or_refused
def components(data: bytes) -> tuple[Component, ...]:
    """Primary key and subkeys, primary first.  Raises `CertificateRefusedError`."""
    cert, packets = _cert(data), _packets(data)
    starts = [at for at, packet in enumerate(packets) if packet.tag in KEY_TAGS]
    ends = [*starts[1:], len(packets)]
    primary = _component(
        packets[0], packets[1 : ends[0]], _expiration(cert), revoked=cert.is_revoked
    )
    subkeys = zip(starts[1:], ends[1:], strict=True)
    return (primary, *(_subkey(packets[at], packets[at + 1 : end]) for at, end in subkeys))


def without_subkeys(data: bytes, names: set[str]) -> bytes:
    """The certificate, binary, without the subkeys of these fingerprints."""
    kept: list[bytes] = []
    keeping = True
    for packet in _packets(data):
        if packet.tag in KEY_TAGS:
            keeping = (packet.fingerprint or "").upper() not in names
        if keeping:
            kept.append(bytes(packet))
    return b"".join(kept)


def weak(component: Component) -> bool:
    """Whether it is too short or of a kind too old to prove or protect anything."""
    short = component.algorithm.startswith("RSA") and component.bits < SHORTEST_RSA
    return short or component.algorithm in OUTDATED


def _expiration(cert: Cert) -> datetime | None:
    """Sequoia does not say it of keys that its policy refuses; those are weak anyway."""
    try:
        return cert.expiration
    except RuntimeError:
        return None


def _cert(data: bytes) -> Cert:
    try:
        return Cert.from_bytes(data)
    except (RuntimeError, ValueError):
        raise CertificateRefusedError("unreadable") from None


def _packets(data: bytes) -> list[Packet]:
    if data.count(b"-----BEGIN PGP") > 1:
        raise CertificateRefusedError("several-certificates")
    try:
        packets: list[Packet] = list(PacketPile.from_bytes(data))
    except (RuntimeError, ValueError):
        raise CertificateRefusedError("unreadable") from None
    tags = [each.tag for each in packets]
    if any(tag in SECRET_TAGS for tag in tags):
        raise CertificateRefusedError("secret-key")
    if not tags or tags[0] != Tag.PublicKey:
        raise CertificateRefusedError("unreadable")
    if tags.count(Tag.PublicKey) > 1:
        raise CertificateRefusedError("several-certificates")
    return packets


def _subkey(packet: Packet, signatures: list[Packet]) -> Component:
    types = [each.signature_type for each in signatures]
    bindings = [each for each in signatures if each.signature_type == SignatureType.SubkeyBinding]
    expires = None
    if bindings and packet.key_created:
        period = max(bindings, key=_made).key_validity_period
        expires = packet.key_created + period if period else None
    revoked = SignatureType.SubkeyRevocation in types
    return _component(packet, bindings, expires, revoked=revoked)


def _component(
    packet: Packet, signatures: list[Packet], expires: datetime | None, *, revoked: bool
) -> Component:
    """The newest signature that names a use of the key counts.

    A subkey signs only when it has agreed itself: else anybody could take somebody's
    signing key into a certificate of their own, and with it what it signed.
    """
    naming = [each for each in signatures if each.tag == Tag.Signature and each.key_flags]
    newest = max(naming, key=_made) if naming else None
    flags = newest.key_flags if newest else None
    primary = packet.tag == Tag.PublicKey
    agreed = primary or (newest is not None and _agreed(newest))
    algorithm = str(packet.key_algorithm).partition(".")[2]
    return Component(
        fingerprint=(packet.fingerprint or "").upper(),
        key_id=(packet.key_id or "").upper(),
        primary=primary,
        algorithm=algorithm,
        bits=_bits(packet.body, algorithm),
        expires=expires,
        revoked=revoked,
        signs=flags.signing and agreed if flags else primary,
        encrypts=flags.transport_encryption or flags.storage_encryption if flags else False,
    )


def _agreed(binding: Packet) -> bool:
    try:
        return has_back_signature(binding.body)
    except (Damaged, IndexError):
        return False


def _made(signature: Packet) -> datetime:
    return signature.signature_created or datetime.fromtimestamp(0, UTC)


def _bits(body: bytes, algorithm: str) -> int:
    """RSA: of the modulus.  Curves: nominal, from the length of the public point."""
    at = 10 if body[0] == 6 else 6
    if algorithm.startswith("RSA"):
        return int.from_bytes(body[at : at + 2], "big")
    if algorithm in {"EdDSA", "ECDSA", "ECDH"}:
        point = at + 1 + body[at]
        length = int.from_bytes(body[point : point + 2], "big")
        return {263: 256, 515: 256, 771: 384, 1059: 521}.get(length, length // 2)
    return {"Ed25519": 256, "X25519": 256, "Ed448": 448, "X448": 448}.get(algorithm, 0)


def _issued_by(packet: Packet, fingerprint: str) -> bool:
    issuer = (packet.issuer_fingerprint or packet.issuer_key_id or "").upper()
    return bool(issuer) and (fingerprint.endswith(issuer) or fingerprint.startswith(issuer))


def _clean(user_id: str) -> bool:
    categories = {unicodedata.category(char) for char in user_id}
    return len(user_id) <= USER_ID_LIMIT and not categories & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def generate_gateway_key(user_id: str, *, expires: str = "3y") -> tuple[bytes, bytes]:
    """A new Ed25519 signing key with a Curve25519 encryption subkey: (secret, public), binary.

    Made by GnuPG, because a key made by Sequoia asks senders for a container
    that GnuPG 2.2 can neither write nor read.  `expires` in GnuPG's notation
    (``3y``, ``0`` never).  Raises `CertificateRefusedError` for a user id with
    control characters, FileNotFoundError without GnuPG, CalledProcessError.
    """
    if not user_id or not _clean(user_id):
        raise CertificateRefusedError("no-user-id")
    with gnupg_for_once() as home:
        gnupg(home, "--quick-generate-key", user_id, "ed25519", "sign,cert", expires)
        listing = gnupg(home, "--with-colons", "--list-keys").split(b"\n")
        primary = next(line.split(b":")[9] for line in listing if line.startswith(b"fpr:"))
        fingerprint = primary.decode("ascii")
        gnupg(home, "--quick-add-key", fingerprint, "cv25519", "encrypt", expires)
        secret = gnupg(home, "--export-secret-keys", fingerprint)
        return secret, gnupg(home, "--export", fingerprint)


@contextmanager
def gnupg_for_once() -> Iterator[Path]:
    """A GnuPG home that is gone afterwards, with its agent and whatever was in it."""
    home = Path(tempfile.mkdtemp(prefix="taalpoort-key-"))
    try:
        yield home
    finally:
        _run("gpgconf", "--homedir", str(home), "--kill", "all")
        shutil.rmtree(home, ignore_errors=True)


def gnupg(home: Path, *arguments: str, given: bytes = b"", asks: bool = False) -> bytes:
    """What gpg writes to standard output; with `asks`, `given` answers its questions.

    Raises CalledProcessError, FileNotFoundError.
    """
    command = ["gpg", "--homedir", str(home), "--no-tty", "--quiet", "--no-options"]
    command += ["--command-fd", "0"] if asks else ["--batch"]
    command += ["--pinentry-mode", "loopback", "--passphrase", ""]
    command += ["--default-preference-list", PREFERENCES, *arguments]
    return _run(*command, given=given)


def _run(*command: str, given: bytes = b"") -> bytes:
    done = subprocess.run(command, check=True, capture_output=True, timeout=60, input=given)  # noqa: S603 - fixed words, no shell
    return done.stdout
