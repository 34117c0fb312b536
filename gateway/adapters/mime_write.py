"""Writing a sealed mail (RFC 2045, 2047, 2231, 3156 section 6.2, 9788).

The same letter gives the same inner bytes.  Everything is 7-bit with CRLF and
lines of at most 78 characters, so that no relay has a reason to touch it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from datetime import UTC
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from gateway.adapters.letter_witness import witness_header
from gateway.adapters.mime_headers import ADDR_SPEC, MONTHS

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.mail import Attachment, Letter

DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
PLAIN = re.compile(r"[ -~]{0,900}")
ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
MEDIA_TYPE = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+")
MESSAGE_ID = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")
BODY = re.compile(r"(?is)(?:.*?<body[^>]*>\n?)?")
LEGACY_DISPLAY = "header-protection-legacy-display"  # RFC 9788, section 5.2.3
BUCKET = 8192  # bytes: more than any answer about a whole mail needs
WORD_BYTES = 45  # of UTF-8 in one encoded word, which becomes 72 characters (RFC 2047, 2)


class UnwritableError(ValueError):
    """The letter holds something that no header can carry."""


def inner_entity(letter: Letter) -> bytes:
    """What is signed and encrypted: the real headers, the text twice, the attachments.

    The headers are protected after RFC 9788 (``hp="cipher"``, with ``HP-Outer``
    telling what the outside shows) and for older readers after protected-headers v1.
    Only the subject is hidden (section 3.2: a confidentiality policy as hcp_baseline, with
    a subject of our own in the place of "[...]"); a reader that knows neither way finds it
    above the text (sections 5.2.2 and 5.2.3), where others leave it out.
    Raises `UnwritableError`.
    """
    key = hashlib.sha256(letter.message_id.encode()).hexdigest()[:24]
    shown = [f"HP-Outer: {name}: {value}" for name, value in outer_headers(letter)]
    # "=_" stands in no base64 and in no quoted-printable text (RFC 2045, 6.7)
    mixed, alternative = f"=_m{key}", f"=_a{key}"
    head = [f"{name}: {value}" for name, value in protected_headers(letter)]
    if letter.checkpoint:
        head.append(witness_header(letter.checkpoint))
    head += [*shown, f'Content-Type: multipart/mixed; boundary="{mixed}";']
    head += [' hp="cipher"; protected-headers="v1"']
    pieces = [_bodies(letter, alternative), *map(_attached, letter.attachments)]
    return _padded(_lines(head) + b"\r\n" + _multipart(mixed, pieces))


def _padded(entity: bytes) -> bytes:
    """Up to a multiple of `BUCKET`, with an epilogue, which no reader shows (RFC 2046, 5.1.1).

    Whoever sees an answer pass sees how long it is: not which reason stands in it.
    """
    lines, rest = divmod(-len(entity) % BUCKET, 78)
    end = b" " * (rest - 2) + b"\r\n" if rest >= 2 else b" " * rest
    return entity + (b" " * 76 + b"\r\n") * lines + end


def outer_mail(letter: Letter, armored: bytes) -> bytes:
    """The whole mail around the ciphertext (RFC 3156, section 4).  Raises `UnwritableError`."""
    boundary = "=_o" + hashlib.sha256(armored[-200:]).hexdigest()[:24]
    head = [f"{name}: {value}" for name, value in outer_headers(letter)]
    head += ["MIME-Version: 1.0", f'Content-Type: multipart/encrypted; boundary="{boundary}";']
    head += [' protocol="application/pgp-encrypted"']
    version = b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1"
    body = armored.replace(b"\r\n", b"\n").strip(b"\n").replace(b"\n", b"\r\n")
    message = b'Content-Type: application/octet-stream; name="encrypted.asc"\r\n'
    message += b'Content-Disposition: inline; filename="encrypted.asc"\r\n\r\n' + body
    return _lines(head) + b"\r\n" + _multipart(boundary, [version, message])


def outer_headers(letter: Letter) -> list[tuple[str, str]]:
    """What all the world sees."""
    return _headers(letter, letter.outer_subject)


def protected_headers(letter: Letter) -> list[tuple[str, str]]:
    """What the recipient sees."""
    return _headers(letter, letter.subject)


def _headers(letter: Letter, subject: str) -> list[tuple[str, str]]:
    found = [
        ("From", _mailbox(letter.sender, letter.sender_name)),
        ("To", _mailbox(letter.recipient, "")),
        ("Date", written_date(letter.date)),
        ("Message-ID", _message_id(letter.message_id)),
        ("Subject", _text(subject)),
    ]
    if letter.automatic:
        found.append(("Auto-Submitted", "auto-generated"))
    if letter.in_reply_to:
        found.append(("In-Reply-To", _message_id(letter.in_reply_to)))
        found.append(("References", _message_id(letter.in_reply_to)))
    return found


def _bodies(letter: Letter, boundary: str) -> bytes:
    hidden = f"Subject: {letter.subject}" if letter.subject != letter.outer_subject else ""
    plain = _body("plain", f"{hidden}\n\n{letter.text}" if hidden else letter.text, hidden)
    if not letter.html:
        return plain
    head = f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'.encode()
    return head + _multipart(boundary, [plain, _page(letter.html, hidden)])


def _page(html: str, hidden: str) -> bytes:
    """Shown within the body where the page has one (RFC 9788, section 5.2.3)."""
    shown = f'<div class="{LEGACY_DISPLAY}">\n<pre>{escape(hidden)}</pre>\n</div>\n'
    start = BODY.match(html)
    at = start.end() if start else 0
    return _body("html", html[:at] + shown + html[at:] if hidden else html, hidden)


def _body(kind: str, text: str, hidden: str) -> bytes:
    legacy = '; hp-legacy-display="1"' if hidden else ""
    head = [f"Content-Type: text/{kind}; charset=utf-8{legacy}"]
    head += ["Content-Transfer-Encoding: quoted-printable", "Content-Disposition: inline"]
    lines = "\r\n".join([*text.splitlines(), ""]).encode()
    return _lines(head) + b"\r\n" + binascii.b2a_qp(lines, istext=True)


def _attached(attachment: Attachment) -> bytes:
    if not MEDIA_TYPE.fullmatch(attachment.media_type):
        raise UnwritableError("media type")
    head = [f"Content-Type: {attachment.media_type}"]
    head += ["Content-Transfer-Encoding: base64", "Content-Disposition: attachment;"]
    head += [f" {_parameter('filename', attachment.name)}"]
    encoded = base64.encodebytes(attachment.content).replace(b"\n", b"\r\n")
    return _lines(head) + b"\r\n" + encoded


def _parameter(name: str, value: str) -> str:
    if len(value) > 200 or not value.isprintable():
        raise UnwritableError(name)
    if re.fullmatch(r"[A-Za-z0-9 ._-]+", value):
        return f'{name}="{value}"'
    return f"{name}*=utf-8''{quote(value, safe='')}"


def _multipart(boundary: str, pieces: list[bytes]) -> bytes:
    line = b"--" + boundary.encode()
    joined = b"".join(line + b"\r\n" + piece + b"\r\n" for piece in pieces)
    return joined + line + b"--\r\n"


def _lines(lines: list[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def _text(text: str) -> str:
    """Unstructured text: as it is, or as encoded words folded onto lines of their own."""
    if not text.isprintable() or len(text) > 900:
        raise UnwritableError("header text")
    if PLAIN.fullmatch(text) and "=?" not in text:
        return text
    return "\r\n ".join(_encoded_word(piece) for piece in _pieces(text))


def _pieces(text: str) -> list[str]:
    """Cut so that no piece has more than `WORD_BYTES` bytes and no character is cut."""
    pieces = [""]
    for char in text:
        if len((pieces[-1] + char).encode()) > WORD_BYTES:
            pieces.append("")
        pieces[-1] += char
    return pieces


def _encoded_word(piece: str) -> str:
    return f"=?utf-8?B?{base64.b64encode(piece.encode()).decode('ascii')}?="


def _mailbox(address: str, name: str) -> str:
    if not address.isascii() or not ADDR_SPEC.fullmatch(address):
        raise UnwritableError("address")
    if not name:
        return address
    if ATOMS.fullmatch(name) and "=?" not in name:
        return f"{name} <{address}>"
    return f"{_text(name)} <{address}>" if not name.isascii() else f"{_quoted(name)} <{address}>"


def _quoted(name: str) -> str:
    if not PLAIN.fullmatch(name):
        raise UnwritableError("name")
    return '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'


def _message_id(value: str) -> str:
    framed = value if value.startswith("<") else f"<{value}>"
    if not is_message_id(framed):
        raise UnwritableError("message id")
    return framed


def is_message_id(value: str) -> bool:
    """Whether a stranger's Message-ID can be repeated in a header as it is."""
    return len(value) <= 900 and MESSAGE_ID.fullmatch(value) is not None


def written_date(moment: datetime) -> str:
    """RFC 5322, section 3.3, in UTC; independent of the process's language."""
    at = moment.astimezone(UTC)
    day = f"{DAYS[at.weekday()]}, {at.day:02} {MONTHS[at.month - 1]} {at.year:04}"
    return f"{day} {at.hour:02}:{at.minute:02}:{at.second:02} +0000"
