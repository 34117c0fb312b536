"""OpenPGP messages as packets: framing, strict order, bounded inflation (RFC 9580).

Nothing is decrypted or believed here.  A message that is not exactly of the
expected shape raises `Damaged`; there is no lenient reading, since every
leniency is a second reading of the same mail.
"""

from __future__ import annotations

import binascii
import bz2
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PKESK, SIGNATURE, SKESK, ONE_PASS, COMPRESSED, MARKER, LITERAL = 1, 2, 3, 4, 8, 10, 11
SED, SEIPD, PADDING = 9, 18, 21
# Only these may come in pieces, or without a length (section 4.2.1.4).
DATA = frozenset({COMPRESSED, SED, LITERAL, SEIPD})
LEAST_PIECE = 512  # bytes; asked of the first piece, by us of each: one byte a piece costs seconds
PACKETS_LIMIT = 1000
RECIPIENTS_LIMIT = 200
HIDDEN_LIMIT = 10  # recipients without a name: each is tried, with each of our keys
# More than one is refused whatever they are worth (12.5), and each that is judged
# costs a hash over the whole content: a small mail could hold five hundred.
SIGNATURES_JUDGED = 4
PLAINTEXT_LIMIT = 40 * 1024 * 1024  # bytes: more than any 25 MB mail holds honestly
# What is small may inflate to this much, and beyond it by this factor: reports inflate
# tenfold, and a bomb is known for one before it has cost a fifth of a second.
FREELY_INFLATED = 8 * 1024 * 1024  # bytes
INFLATED_TIMES = 200

ARMOR = re.compile(
    rb"\A\s*-----BEGIN PGP (MESSAGE|SIGNATURE)-----[ \t]*\r?\n"
    rb"(?:[A-Za-z]+: [^\r\n]*\r?\n)*[ \t]*\r?\n",
)
ARMOR_END = re.compile(
    rb"(?:\r?\n=[A-Za-z0-9+/]{4})?[ \t]*\r?\n-----END PGP (MESSAGE|SIGNATURE)-----\s*\Z"
)


class Damaged(Exception):  # noqa: N818 - becomes a Reject(DAMAGED) one floor up
    """Not a well-formed OpenPGP message."""


class Oversize(Exception):  # noqa: N818 - becomes a Hold(OPENER_LIMIT) one floor up
    """Would become larger than `PLAINTEXT_LIMIT`, or out of all proportion to what it is."""


@dataclass(frozen=True, slots=True, repr=False)
class Packet:
    tag: int
    body: bytes | memoryview


@dataclass(frozen=True, slots=True, repr=False)
class Sealed:
    """An encrypted message: session keys for recipients, then one container."""

    session_keys: tuple[bytes, ...]
    container: bytes | memoryview

    def packed(self) -> bytes:
        """The same message, and nothing in it that was not read: no passphrase opens it."""
        head = bytes((0xC0 | SEIPD, 0xFF)) + len(self.container).to_bytes(4, "big")
        keys = (framed(PKESK, each) for each in self.session_keys)
        return b"".join((*keys, head, self.container))


@dataclass(frozen=True, slots=True, repr=False)
class Signed:
    """A literal and the first signature packets over it, whole packets ready to be parsed."""

    content: bytes
    signatures: tuple[bytes, ...]


def dearmored(armored: bytes) -> bytes:
    """The binary inside exactly one armor block (RFC 9580, section 6.2).

    The optional checksum is not looked at: the encryption's own integrity counts.
    """
    head = ARMOR.match(armored)
    tail_from = max(0, len(armored) - 200)
    tail = ARMOR_END.search(armored, max(tail_from, head.end() - 2) if head else tail_from)
    if head is None or tail is None or head[1] != tail[1]:
        raise Damaged
    body = armored[head.end() : tail.start()].translate(None, b"\r\n \t")
    try:
        return binascii.a2b_base64(body, strict_mode=True)
    except binascii.Error:
        raise Damaged from None


def packets(data: bytes | memoryview) -> Iterator[Packet]:
    """Top-level packets in order (RFC 9580, section 4.2)."""
    view = memoryview(data)
    position = 0
    for _ in range(PACKETS_LIMIT):
        if position >= len(view):
            return
        packet, position = _packet(view, position)
        yield packet
    raise Damaged


def _packet(view: memoryview, position: int) -> tuple[Packet, int]:
    try:
        first = view[position]
        if first & 0xC0 == 0xC0:
            tag = first & 0x3F
            body, end = _new_format(view, position + 1, in_pieces=tag in DATA)
            return Packet(tag, body), end
        if first & 0x80:
            tag = (first >> 2) & 0xF
            start, length = _old_length(view, position + 1, first & 3, endless=tag in DATA)
            return Packet(tag, _cut(view, start, length)), start + length
    except IndexError:
        raise Damaged from None
    raise Damaged


def _old_length(view: memoryview, position: int, kind: int, *, endless: bool) -> tuple[int, int]:
    if kind == 3:  # until the end of the data; GnuPG compresses into these
        if not endless:
            raise Damaged
        return position, len(view) - position
    size = 1 << kind
    return position + size, int.from_bytes(_cut(view, position, size), "big")


def _new_format(
    view: memoryview, position: int, *, in_pieces: bool
) -> tuple[bytes | memoryview, int]:
    chunks: list[memoryview] = []
    while True:
        start, length, partial = _new_length(view, position)
        if partial and (not in_pieces or length < LEAST_PIECE):
            raise Damaged
        chunks.append(_cut(view, start, length))
        position = start + length
        if not partial:
            return (chunks[0] if len(chunks) == 1 else b"".join(chunks)), position


def _new_length(view: memoryview, position: int) -> tuple[int, int, bool]:
    """Where the body starts, its length, and whether more follows (section 4.2.1)."""
    first = view[position]
    if first < 192:
        return position + 1, first, False
    if first < 224:
        return position + 2, ((first - 192) << 8) + view[position + 1] + 192, False
    if first < 255:
        return position + 1, 1 << (first & 0x1F), True
    return position + 5, int.from_bytes(_cut(view, position + 1, 4), "big"), False


def _cut(view: memoryview, start: int, length: int) -> memoryview:
    if start + length > len(view):
        raise Damaged
    return view[start : start + length]


def framed(tag: int, body: bytes | memoryview) -> bytes:
    """One packet in the new format."""
    return bytes((0xC0 | tag, 0xFF)) + len(body).to_bytes(4, "big") + bytes(body)


def sealed(message: bytes) -> Sealed:
    """Session keys and one integrity-protected container, and nothing after it.

    The old container without integrity protection (tag 9) is `Damaged`.
    """
    found = [each for each in packets(message) if each.tag not in {MARKER, PADDING}]
    if not found or found[-1].tag != SEIPD:
        raise Damaged
    if any(each.tag not in {PKESK, SKESK} for each in found[:-1]):
        raise Damaged
    keys = tuple(bytes(each.body) for each in found[:-1] if each.tag == PKESK)
    hidden = sum(recipient(each) == b"" for each in keys)
    if len(keys) > RECIPIENTS_LIMIT or hidden > HIDDEN_LIMIT:
        raise Damaged
    return Sealed(keys, found[-1].body)


def recipient(session_key: bytes) -> bytes:
    """Key id (version 3) or fingerprint (version 6) that a PKESK names; empty when hidden."""
    try:
        if session_key[0] == 3:
            return b"" if session_key[1:9] == bytes(8) else session_key[1:9]
        if session_key[0] == 6:
            length = session_key[1]
            return session_key[3 : 2 + length] if length else b""
    except IndexError:
        pass
    raise Damaged


def algorithm(session_key: bytes) -> int:
    """Of the public key that a PKESK is for (sections 5.1.1 and 5.1.2)."""
    try:
        return session_key[9] if session_key[0] == 3 else session_key[2 + session_key[1]]
    except IndexError:
        raise Damaged from None


def signed(plaintext: bytes | memoryview, *, compressible: bool = True) -> Signed:
    """One literal with its signatures before (old style) or around it (one-pass).

    Compressed once at most (section 10.3).  Raises `Oversize` for a bomb.
    """
    found = [each for each in packets(plaintext) if each.tag not in {MARKER, PADDING}]
    tags = [each.tag for each in found]
    if tags == [COMPRESSED] and compressible:
        return signed(inflated(found[0].body), compressible=False)
    if tags.count(LITERAL) != 1:
        raise Damaged
    at = tags.index(LITERAL)
    before, after = tags[:at], tags[at + 1 :]
    one_pass = before == [ONE_PASS] * len(after) and after == [SIGNATURE] * len(before)
    old_style = before == [SIGNATURE] * len(before) and not after
    if not one_pass and not old_style:
        raise Damaged
    return Signed(_literal(found[at].body), _signatures(found))


def _literal(body: bytes | memoryview) -> bytes:
    """The content after format, file name and date (section 5.9).

    Neither file name nor date is signed; neither is read.
    """
    if len(body) < 6 or len(body) < 6 + body[1] or body[0] not in b"btu":
        raise Damaged
    return bytes(body[6 + body[1] :])


def inflated(body: bytes | memoryview) -> bytes:
    """A compressed packet's content (section 5.6).  Raises `Oversize` for a bomb."""
    if len(body) < 1:
        raise Damaged
    algorithm, rest = body[0], body[1:]
    try:
        if algorithm == 0:
            return bytes(rest)
        if algorithm == 3:
            return _bunzipped(rest)
        if algorithm in {1, 2}:
            return _inflated(rest, -15 if algorithm == 1 else 15)
    except (zlib.error, OSError, EOFError, ValueError):
        raise Damaged from None
    raise Damaged


def _inflated(data: bytes | memoryview, window: int) -> bytes:
    inflater, limit = zlib.decompressobj(window), _most(data)
    content = inflater.decompress(data, limit + 1)
    if len(content) > limit:
        raise Oversize
    return _whole(content, finished=inflater.eof, trailing=inflater.unused_data)


def _bunzipped(data: bytes | memoryview) -> bytes:
    inflater, limit = bz2.BZ2Decompressor(), _most(data)
    content = inflater.decompress(data, limit + 1)
    if len(content) > limit:
        raise Oversize
    return _whole(content, finished=inflater.eof, trailing=inflater.unused_data)


def _most(data: bytes | memoryview) -> int:
    return min(PLAINTEXT_LIMIT, FREELY_INFLATED + INFLATED_TIMES * len(data))


def _whole(content: bytes, *, finished: bool, trailing: bytes) -> bytes:
    if not finished or trailing:
        raise Damaged
    return content


def signature_packets(armored: bytes) -> tuple[bytes, ...]:
    """The packets of a detached signature; anything else among them is `Damaged`."""
    found = list(packets(dearmored(armored)))
    if not found or any(each.tag != SIGNATURE for each in found):
        raise Damaged
    return _signatures(found)


def _signatures(found: list[Packet]) -> tuple[bytes, ...]:
    bodies = [each.body for each in found if each.tag == SIGNATURE]
    return tuple(framed(SIGNATURE, body) for body in bodies[:SIGNATURES_JUDGED])
