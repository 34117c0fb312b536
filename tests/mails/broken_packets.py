"""OpenPGP packets that cost more than they weigh, or are none."""

from __future__ import annotations

import bz2
import zlib
from functools import cache
from typing import TYPE_CHECKING

import pysequoia

from gateway.adapters.pgp_packets import dearmored, framed, packets
from gateway.domain.mail import Protection
from gateway.domain.stops import Outcome, Reason
from tests.mails.faults import fault
from tests.mails.openpgp import pgp_mime
from tests.mails.scene import Who

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.mails.openpgp import OpenPGP

MEGABYTE = 1_000_000
BOUND = "opener: bounded output, and memory and time of its own"
STRICT = "opener: packets are read strictly, by ours, whichever engine verifies"
MARKER = framed(10, b"PGP")


def compressed(message: bytes, algorithm: int = 1) -> bytes:
    """A compressed packet (RFC 9580, section 5.6) with this in it."""
    if algorithm == 3:
        return framed(8, b"\3" + bz2.compress(message))
    window = -15 if algorithm == 1 else 15
    deflate = zlib.compressobj(9, zlib.DEFLATED, window)
    return framed(8, bytes((algorithm,)) + deflate.compress(message) + deflate.flush())


def apart(message: bytes) -> list[tuple[int, bytes]]:
    """Tags and bodies of these packets."""
    return [(each.tag, bytes(each.body)) for each in packets(message)]


@cache
def zeros(megabytes: int) -> bytes:
    """A literal of nothing but zeros."""
    return framed(11, b"b\0\0\0\0\0" + bytes(megabytes * MEGABYTE))


def bomb(name: str, what: str, make: Callable[[], bytes]) -> None:
    """A mail that would become more than an opener may put out."""

    @fault(
        name,
        what,
        Reason.OPENER_LIMIT,
        outcome=Outcome.HOLD,
        only=Protection.OPENPGP,
        stopped=BOUND,
    )
    def mail(scene: OpenPGP) -> bytes:
        return scene.mail(pgp_mime(scene.encrypted(make())))


def damaged(name: str, what: str) -> Callable[..., Callable[[OpenPGP], bytes]]:
    """Packets, made by the function, that are not one signed message."""

    def register(make: Callable[[OpenPGP], bytes]) -> Callable[[OpenPGP], bytes]:
        @fault(name, what, Reason.DAMAGED, only=Protection.OPENPGP, stopped=STRICT)
        def mail(scene: OpenPGP) -> bytes:
            return scene.mail(pgp_mime(scene.encrypted(make(scene))))

        return mail

    return register


bomb("bomb-deflate", "60 MB of zeros in 60 kB, ZIP", lambda: compressed(zeros(60)))
bomb("bomb-zlib", "60 MB of zeros in 60 kB, ZLIB", lambda: compressed(zeros(60), 2))
bomb("bomb-bzip2", "60 MB of zeros in less than a kilobyte", lambda: compressed(zeros(60), 3))
bomb("bomb-plain", "60 MB that GnuPG compressed by itself", lambda: zeros(60))


@damaged("bomb-nested", "a bomb inside a bomb, 1 : 100,000")
def bomb_nested(_: OpenPGP) -> bytes:
    return compressed(compressed(zeros(60)))


@damaged("bomb-nested-mixed", "a bomb by bzip2 inside one by ZLIB")
def bomb_mixed(_: OpenPGP) -> bytes:
    return compressed(compressed(zeros(60), 3), 2)


@damaged("compressed-1000-deep", "a thousand layers of compression")
def compressed_deep(scene: OpenPGP) -> bytes:
    message = scene.signed(scene.inner(), Who.SENDER)
    for _ in range(1000):
        message = compressed(message)
    return message


@damaged("compressed-cut", "compressed data that ends before its end")
def compressed_cut(scene: OpenPGP) -> bytes:
    whole = compressed(scene.signed(scene.inner(), Who.SENDER))
    return framed(8, apart(whole)[0][1][:-20])


@damaged("compressed-more", "something behind the compressed data, inside its packet")
def compressed_more(scene: OpenPGP) -> bytes:
    whole = compressed(scene.signed(scene.inner(), Who.SENDER))
    return framed(8, apart(whole)[0][1] + b"meer")


@damaged("packets-thousands", "three thousand marker packets before a good message")
def thousands(scene: OpenPGP) -> bytes:
    return MARKER * 3000 + scene.signed(scene.inner(), Who.SENDER)


@damaged("packets-one-byte-pieces", "a literal in pieces of one byte each")
def one_byte_pieces(scene: OpenPGP) -> bytes:
    found = apart(scene.signed(scene.inner(), Who.SENDER))
    return b"".join(in_pieces(body) if tag == 11 else framed(tag, body) for tag, body in found)


def in_pieces(body: bytes) -> bytes:
    return b"\xcb" + b"".join(bytes((0xE0, each)) for each in body) + b"\0"


@damaged("packet-longer-than-mail", "a literal that says it is 4 GB long")
def too_long(_: OpenPGP) -> bytes:
    return b"\xcb\xff\xff\xff\xff\xffb\0\0\0\0\0x"


@damaged("packet-signature-in-pieces", "a signature packet in pieces, which only data may have")
def signature_in_pieces(scene: OpenPGP) -> bytes:
    found = apart(scene.signed(scene.inner(), Who.SENDER))
    tag, body = found[-1]
    whole = body + bytes(512 - len(body) % 512)
    head = b"".join(framed(*each) for each in found[:-1])
    return head + bytes((0xC0 | tag, 0xE9)) + whole[:512] + bytes((len(whole) - 512,)) + whole[512:]


@damaged("packets-noise", "no packets at all")
def noise(_: OpenPGP) -> bytes:
    return bytes(range(256)) * 4


@damaged("packets-none", "nothing")
def nothing(_: OpenPGP) -> bytes:
    return b""


def with_session_keys(scene: OpenPGP, more: bytes) -> bytes:
    """A good mail with these packets before its own session key."""
    whole = dearmored(scene.message(scene.inner(), Who.SENDER))
    armored = pysequoia.armor(more + whole, pysequoia.ArmorKind.Message)
    return scene.mail(pgp_mime(armored.encode()))


@fault(
    "recipients-thousands",
    "three thousand session keys for other people",
    Reason.DAMAGED,
    only=Protection.OPENPGP,
    stopped=STRICT,
)
def many_recipients(scene: OpenPGP) -> bytes:
    others = (b"\3" + number.to_bytes(8, "big") + b"\x12" + bytes(60) for number in range(1, 3001))
    return with_session_keys(scene, b"".join(framed(1, each) for each in others))


@fault(
    "recipients-hidden",
    "a hundred session keys that do not say for whom, to be tried one by one",
    Reason.DAMAGED,
    only=Protection.OPENPGP,
    stopped=STRICT,
)
def hidden_recipients(scene: OpenPGP) -> bytes:
    return with_session_keys(scene, framed(1, b"\3" + bytes(8) + b"\x12" + bytes(60)) * 100)
