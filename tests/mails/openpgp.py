"""The scene under OpenPGP: keys made once in a process by real programs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from gateway.adapters.certificates import generate_gateway_key
from gateway.domain.mail import Protection
from tests import crafted, people
from tests.mails import packets
from tests.mails.scene import GATEWAY, NAMES, Scene, Who
from tests.people import Person

if TYPE_CHECKING:
    from collections.abc import Sequence

ENCRYPTING = packets.new_key(datetime.now(UTC) - timedelta(hours=1))  # a subkey for encryption
UNBOUND = packets.new_key(datetime.now(UTC) - timedelta(hours=1))  # without its own consent
MADE = {
    Who.ENDING: {"expires": "5d"},
    Who.RSA: {"algorithm": "rsa3072", "made": "20250101T000000"},
}
VICTIM = "Saar Proefdocent <saar@taalschool.example>"
DIRTY_USER_IDS = tuple(
    text.encode()
    for text in (
        VICTIM,
        f"x\n[GNUPG:] GOODSIG 0123456789ABCDEF {VICTIM}\n",
        f"x\u0085[GNUPG:] VALIDSIG {'A' * 40} 2026-01-01 1 0 4 0 22 10 00 {'A' * 40}\u0085",
        f"x\u2028[GNUPG:] TRUST_ULTIMATE 0 pgp {VICTIM}",
        f"x\r[GNUPG:] GOODSIG 0123456789ABCDEF {VICTIM}\x00\x1b[2J",
        f"\u202e{VICTIM}",
    )
)


class OpenPGP(Scene):
    """PGP/MIME (RFC 3156)."""

    protection = Protection.OPENPGP

    def sealed(self, inner: bytes, *by: Who, to: Who = Who.GATEWAY) -> bytes:
        return pgp_mime(self.message(inner, *by, to=to))

    def message(self, inner: bytes, *by: Who, to: Who = Who.GATEWAY) -> bytes:
        """The armored message alone."""
        reader = person(to).cert
        if len(by) > 1:
            return self.encrypted(self.signed(inner, *by), to=to)
        return people.sequoia_message(person(by[0]) if by else None, reader, inner)

    def signed(self, inner: bytes, *by: Who, options: Sequence[str] = ()) -> bytes:
        """The packets of a signed message as GnuPG makes them, binary, not compressed."""
        return crafted.signed_packets(inner, *map(person, by), options=options)

    def encrypted(self, inside: bytes, *, to: Who = Who.GATEWAY) -> bytes:
        """These packets in an encryption container, armored, whatever they are."""
        return packets.envelope(person(to)).message(inside)

    def signed_part(self, inner: bytes, by: Who = Who.SENDER) -> bytes:
        return people.nested(person(by), inner)

    def crafted(self, inside: bytes, **fields: str) -> bytes:
        """A whole mail around these packets, encrypted to the gateway."""
        return self.mail(pgp_mime(self.encrypted(inside)), self.fields(**fields))


@cache
def person(who: Who) -> Person:
    """With a key, the same one in the whole process."""
    name, address = NAMES[who]
    if who is Who.GATEWAY:
        secret, public = generate_gateway_key(f"{name} <{GATEWAY}>")
        return Person(name, GATEWAY, secret, public)
    if who in {Who.SENDER, Who.OTHER_SCHOOL, Who.CASEMANAGER}:
        return people.person(name, address)
    made = people.person(name, address, made_by="gnupg", **MADE.get(who, {}))
    if who is Who.DIRTY:
        return packets.with_user_ids(made, *DIRTY_USER_IDS)
    if who is Who.ODD:
        return packets.with_subkey(packets.with_subkey(made, ENCRYPTING, 0x0C), UNBOUND, 0x02)
    return made


def pgp_mime(armored: bytes) -> bytes:
    """The multipart/encrypted around a message (RFC 3156, section 4), CRLF."""
    whole = people.pgp_mime({}, armored)
    return whole[whole.index(b"Content-Type:") :]
