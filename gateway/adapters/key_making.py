"""The gateway's own OpenPGP keys, made and changed: GnuPG does it, in a home for once.

What GnuPG does not know, a post-quantum subkey, is taken off before and put back after.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from pysequoia import Cert, Tsk
from pysequoia.packet import PacketPile, SignatureType, Tag

from gateway.adapters.certificates import (
    CertificateRefusedError,
    describe_certificate,
    generate_gateway_key,
    gnupg,
    gnupg_for_once,
)
from gateway.adapters.pgp_packets import framed, packets
from gateway.adapters.pgp_subkeys import bound_again, split_post_quantum, with_post_quantum
from gateway.domain.own_keys import WhyRevoked
from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from pathlib import Path

# What gpg's menu of reasons asks for; 0 says none.
_REASONS: Final = {
    None: "0",
    WhyRevoked.COMPROMISED: "1",
    WhyRevoked.SUPERSEDED: "2",
    WhyRevoked.RETIRED: "3",
}
_SOON: Final = timedelta(minutes=5)
_BLOCK: Final = re.compile(
    rb"-----BEGIN PGP PUBLIC KEY BLOCK-----.*?-----END PGP PUBLIC KEY BLOCK-----", re.DOTALL
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class MadeKey(Silent):
    """A new key: `secret` binary, and what revokes it, armored, to be kept apart."""

    secret: bytes
    revocation: bytes

    @property
    def certificate(self) -> bytes:
        """The public half, binary."""
        return public_half(self.secret)


def made_key(user_id: str, *, until: datetime, post_quantum: bool) -> MadeKey:
    """A new key with its revocation; raises as `generate_gateway_key`."""
    now = datetime.now(UTC)
    secret, _ = generate_gateway_key(user_id, expires=_end(now, until))
    revocation = revocation_of(secret)
    if post_quantum:
        secret = with_post_quantum(secret, datetime.now(UTC), until)
    return MadeKey(secret=secret, revocation=revocation)


def public_half(secret: bytes) -> bytes:
    """The certificate of a secret key, binary."""
    return bytes(Tsk.from_bytes(secret).extract_certificate())


def extended(secret: bytes, until: datetime) -> bytes:
    """The same key, primary and subkeys, until another moment; it may have expired before.

    Raises `UnsupportedKeyError`, `CertificateRefusedError` for what GnuPG does not take.
    """
    classical, others = split_post_quantum(secret)
    at = _moment(until)
    with gnupg_for_once() as home:
        name = _imported(home, classical)
        _done(home, "--quick-set-expire", name, at)
        _done(home, "--quick-set-expire", name, at, "*")
        classical = _done(home, "--export-secret-keys", name)
    return bound_again(classical, others, datetime.now(UTC), until)


def revocation_of(secret: bytes, why: WhyRevoked | None = None) -> bytes:
    """What revokes this key, armored as GnuPG writes it (RFC 9580, section 5.2.1.11).

    Raises as `extended`.
    """
    classical, _ = split_post_quantum(secret)
    answers = f"y\n{_REASONS[why]}\n\ny\n".encode("ascii")
    with gnupg_for_once() as home:
        name = _imported(home, classical)
        return _done(home, "--armor", "--gen-revoke", name, given=answers, asks=True)


def revoked(certificate: bytes, revocation: bytes) -> bytes:
    """The certificate with this revocation in it; `revocation` as it was kept, text and all.

    Raises `CertificateRefusedError`: ``no-revocation``, or ``other-key`` for one that
    does not fit this certificate.
    """
    signature = _revocation_packet(revocation)
    first, *others = packets(certificate)
    parts = [framed(first.tag, first.body), signature]
    parts += [framed(each.tag, each.body) for each in others]
    made = b"".join(parts)
    if not describe_certificate(made).revoked:
        raise CertificateRefusedError("other-key")
    return made


def _revocation_packet(revocation: bytes) -> bytes:
    """GnuPG puts a colon before the first line of what it keeps, against importing by accident."""
    found = _BLOCK.search(revocation)
    try:
        read = list(PacketPile.from_bytes(found[0] if found else revocation))
    except (RuntimeError, ValueError):
        read = []
    if [each.signature_type for each in read] != [SignatureType.KeyRevocation]:
        raise CertificateRefusedError("no-revocation")
    return bytes(read[0])


def minimal(certificate: bytes, address: str) -> bytes:
    """What a directory hands out: keys, and only the user ids that are this address.

    Binary.  Raises `CertificateRefusedError` where there is none (``no-user-id``).
    """
    wanted = address.casefold()
    kept: list[bytes] = []
    keeping = named = False
    for packet in PacketPile.from_bytes(bytes(Cert.from_bytes(certificate))):
        if packet.tag != Tag.Signature:
            mine = packet.tag == Tag.UserID and (packet.user_id_email or "").casefold() == wanted
            named = named or mine
            keeping = packet.tag in (Tag.PublicKey, Tag.PublicSubkey) or mine
        if keeping:
            kept.append(bytes(packet))
    if not named:
        raise CertificateRefusedError("no-user-id")
    return b"".join(kept)


def _imported(home: Path, secret: bytes) -> str:
    _done(home, "--import", given=secret)
    listing = _done(home, "--with-colons", "--list-secret-keys").split(b"\n")
    return next(line.split(b":")[9] for line in listing if line[:4] == b"fpr:").decode("ascii")


def _done(home: Path, *arguments: str, given: bytes = b"", asks: bool = False) -> bytes:
    try:
        return gnupg(home, *arguments, given=given, asks=asks)
    except subprocess.CalledProcessError:
        raise CertificateRefusedError("refused-by-gnupg") from None


def _end(now: datetime, until: datetime) -> str:
    """A moment, and no period: that would begin when GnuPG gets to it."""
    if until - now < _SOON:  # which may be past by then, and is refused
        return f"seconds={max(1, int((until - now).total_seconds()))}"
    return _moment(until)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%S")
