"""Hypothesis strategies with the structure of what arrives: MIME, OpenPGP packets, JSON, frames.

Bytes at random are refused at the door.  These have true headers, lengths and
boundaries nearly everywhere, so that the faults lie deeper.
"""

from __future__ import annotations

import bz2
import zlib
from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    Bytes = st.SearchStrategy[bytes]

# --- MIME --------------------------------------------------------------------------------

LINE_ENDS = (b"\r\n", b"\n", b"\r", b"\n\r", b"\0")
TYPES = (
    b"text/plain",
    b"application/json; name=b.json",
    b"application/octet-stream; name*0*=utf-8''%41; name*1=b",
    b"application/ms-tnef",
    b"message/rfc822",
    b"application/pgp-encrypted",
    b'TEXT/Plain; charset="utf-8"; hp=cipher',
    b"text/plain; charset=us-ascii (Plain)",
    b"x",
    b"",
)
ENCODINGS = (b"7bit", b"8bit", b"base64", b"quoted-printable", b"x-uuencode", b"BASE64 ", b"")
BOUNDARIES = (b"a", b"ab", b"a b", b"-", b"--", b"=-=", b"x" * 70, b"x" * 71, b"a'", b"")
BODIES = (
    b"",
    b"{}",
    b"e30=",
    b"=7B=7D",
    b"=\r\n",
    b"--a",
    b"--a--",
    b"-----BEGIN PGP MESSAGE-----",
)
NAMES = (
    b"From",
    b"Subject",
    b"Date",
    b"X-A",
    b"Content-Type",
    b"content-disposition",
    b"Auto-Submitted",
)
VALUES = (
    b"Noor <noor@x.example>",
    b'attachment; filename="../b.json"',
    b"=?utf-8?B?w6k=?= =?punycode?q?zz?=",
    b"Mon, 23 Nov 2026 12:00:00 +0000",
    b"a\r\n b",
    b"(((",
    b"",
)


def line_ends() -> Bytes:
    """The right one mostly."""
    return st.sampled_from((b"\r\n",) * 8 + LINE_ENDS)


def short() -> Bytes:
    """A few bytes of any kind."""
    return st.binary(max_size=12)


@st.composite
def fields(draw: st.DrawFn) -> bytes:
    """A header field, mostly a true one."""
    name: bytes = draw(st.sampled_from(NAMES) | short())
    value = draw(st.sampled_from(VALUES) | short())
    return name + draw(st.sampled_from((b": ", b":", b" :", b""))) + value + draw(line_ends())


@st.composite
def leaf(draw: st.DrawFn) -> bytes:
    """A part that holds content."""
    head = b"Content-Type: " + draw(st.sampled_from(TYPES)) + draw(line_ends())
    if draw(st.booleans()):
        head += b"Content-Transfer-Encoding: " + draw(st.sampled_from(ENCODINGS)) + b"\r\n"
    more = b"".join(draw(st.lists(fields(), max_size=2)))
    return head + more + draw(line_ends()) + draw(st.sampled_from(BODIES) | short())


def entities() -> Bytes:
    """Parts in parts, their boundaries chosen so that they get in each other's way."""
    return st.recursive(leaf(), multiparts, max_leaves=6)


@st.composite
def multiparts(draw: st.DrawFn, children: Bytes) -> bytes:
    """A multipart of these, not always whole."""
    boundary = draw(st.sampled_from(BOUNDARIES))
    kind = draw(st.sampled_from((b"mixed", b"signed", b"encrypted", b"alternative", b"report")))
    protocol = draw(st.sampled_from((b"", b'; protocol="application/pgp-signature"')))
    head = b"Content-Type: multipart/" + kind + b'; boundary="' + boundary + b'"' + protocol
    body = b"".join(
        b"--" + boundary + draw(line_ends()) + each + draw(line_ends())
        for each in draw(st.lists(children, max_size=3))
    )
    end: bytes = draw(
        st.sampled_from((b"--" + boundary + b"--\r\n",) * 4 + (b"--" + boundary, b""))
    )
    more = b"".join(draw(st.lists(fields(), max_size=2)))
    return head + b"\r\n" + more + b"\r\n" + draw(short()) + body + end


# --- OpenPGP ---------------------------------------------------------------------------------

TAGS = (1, 2, 3, 4, 8, 9, 10, 11, 18, 19, 20, 21, 60)


@st.composite
def packet(draw: st.DrawFn, bodies: Bytes) -> bytes:
    """A packet with one of the ways to say its length, mostly right."""
    tag, body = draw(st.sampled_from(TAGS)), draw(bodies)
    size = max(0, len(body) + draw(st.sampled_from((0,) * 9 + (1, -1, 2**31))))
    if len(body) >= 512 and draw(st.booleans()):
        rest = len(body[512:]).to_bytes(4, "big")
        return bytes((0xC0 | tag, 0xE9)) + body[:512] + b"\xff" + rest + body[512:]
    return draw(st.sampled_from(heads(tag, size))) + body


def heads(tag: int, size: int) -> list[bytes]:
    """Every way to begin a packet of this size (RFC 9580, section 4.2)."""
    found = [bytes((0xC0 | tag, 0xFF)) + size.to_bytes(4, "big")]
    if size < 192:
        found.append(bytes((0xC0 | tag, size)))
    elif size < 8384:
        found.append(bytes((0xC0 | tag, (size - 192 >> 8) + 192, (size - 192) & 0xFF)))
    if tag < 16:
        found.append(bytes((0x80 | tag << 2 | 2,)) + size.to_bytes(4, "big"))
        found.append(bytes((0x80 | tag << 2 | 3,)))
    if tag < 16 and size < 256:
        found.append(bytes((0x80 | tag << 2, size)))
    return found


@st.composite
def compressed(draw: st.DrawFn, contents: Bytes) -> bytes:
    """A compressed packet's body, whole or cut."""
    content, algorithm = draw(contents), draw(st.integers(0, 4))
    raw = zlib.compressobj(1, zlib.DEFLATED, -15)
    made: bytes = content
    if algorithm == 1:
        made = raw.compress(content) + raw.flush()
    elif algorithm in {2, 3}:
        made = zlib.compress(content) if algorithm == 2 else bz2.compress(content)
    cut = draw(st.sampled_from((0, 0, 0, 1, 5)))
    return bytes((algorithm,)) + made[: len(made) - cut] + draw(st.sampled_from((b"", b"", b"x")))


def messages() -> Bytes:
    """Packets after packets, some of them with packets in them."""
    bodies = st.binary(max_size=40) | st.just(b"b\0\0\0\0\0{}") | st.just(bytes(600))
    inner = st.lists(packet(bodies), max_size=4).map(b"".join)
    outer = st.lists(packet(bodies | compressed(inner)), max_size=3).map(b"".join)
    return inner | outer


# --- JSON and frames ----------------------------------------------------------------------------

ATOMS = (b"null", b"true", b"1", b"-0", b"1.5e3", b"1e400", b"9" * 19, b"NaN", b'"\\ud800"', b'"a"')
JSON_NAMES = (b'"a"', b'"b"', b'"\\u0061"', b"a")


def json_texts() -> Bytes:
    """JSON that is one text nearly always, with the same names again and again."""
    texts = st.recursive(st.sampled_from(ATOMS), lists_and_objects, max_leaves=6)
    ends = st.sampled_from((b"", b"", b"", b"\n", b"\0", b"{}"))
    return st.builds(lambda text, end: text + end, texts, ends)


def lists_and_objects(inside: Bytes) -> Bytes:
    """Of these values."""
    members = st.builds(
        lambda name, value: name + b": " + value, st.sampled_from(JSON_NAMES), inside
    )
    lists = st.lists(inside, max_size=3).map(lambda found: b"[" + b",".join(found) + b"]")
    objects = st.lists(members, max_size=3).map(lambda found: b"{" + b",".join(found) + b"}")
    return lists | objects


@st.composite
def frames(draw: st.DrawFn) -> bytes:
    """A frame of an opener, with lengths that are mostly right."""
    header: bytes = draw(json_texts())
    blobs: bytes = draw(st.binary(max_size=20))
    off = draw(st.sampled_from((0, 0, 0, 1, 2**31)))
    return (len(header) + off).to_bytes(4, "big") + len(blobs).to_bytes(4, "big") + header + blobs
