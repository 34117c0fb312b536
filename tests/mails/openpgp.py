"""The scene under OpenPGP: keys made once in a process by real programs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from gateway.adapters.certificates import generate_gateway_key
from gateway.domain.mail import Protection
from tests import crafted, people
from tests.mails.scene import GATEWAY, NAMES, Scene, Who
from tests.people import Person

if TYPE_CHECKING:
    from collections.abc import Sequence

BOUNDARY = "=-=outer=-="


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

    def encrypted(self, packets: bytes, *, to: Who = Who.GATEWAY) -> bytes:
        """These packets in an encryption container, armored, whatever they are."""
        return crafted.encrypted_packets(person(to).cert, packets)


@cache
def person(who: Who) -> Person:
    """With a key, the same one in the whole process."""
    name, address = NAMES[who]
    if who is Who.GATEWAY:
        secret, public = generate_gateway_key(f"{name} <{GATEWAY}>")
        return Person(name, GATEWAY, secret, public)
    made_by: people.Maker = "gnupg" if who is Who.COLLEAGUE else "sequoia"
    return people.person(name, address, made_by=made_by)


def pgp_mime(armored: bytes) -> bytes:
    """The multipart/encrypted around a message (RFC 3156, section 4), CRLF."""
    whole = people.pgp_mime({}, armored)
    return whole[whole.index(b"Content-Type:") :]
