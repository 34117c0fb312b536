"""The structure of a mail, found over its original bytes (RFC 2045, 2046, 3156, 9788).

Every entity is a slice; nothing is ever parsed and written again, because a
signature counts over the bytes as they came.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.adapters.mime_headers import Broken, Fields, Typed, file_name, headers
from gateway.adapters.mime_lines import delimiter_lines
from gateway.domain.mail import Attachment, Headers, Protection, is_winmail
from gateway.domain.stops import Hold, Ignore, Reason, Reject

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER_LIMIT = 64 * 1024  # bytes, one entity
ALL_HEADERS_LIMIT = 256 * 1024  # bytes, the whole mail
DEPTH_LIMIT = 20
PARTS_LIMIT = 100
ATTACHMENT_LIMIT = 20 * 1024 * 1024  # bytes, decoded: what a compressed 25 MB mail can hold

BLANK_LINE = re.compile(rb"^\r?$\n?", re.MULTILINE)
BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
BARE_EQUALS = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*\r?\n|[ \t]*\Z)")
LONE_LF = re.compile(rb"(?<!\r)\n")
ARMOR = b"-----BEGIN PGP MESSAGE-----"
FAILED = re.compile(rb"^Action:[ \t]*failed\b", re.MULTILINE | re.IGNORECASE)
# As reports are named (letter_report.message_key); no other letter of ours can come back.
REPORT_ID = re.compile(rb"^Message-ID:\s*<[0-9a-f]{32}@", re.MULTILINE | re.IGNORECASE)
CLEARSIGNED = b"-----BEGIN PGP SIGNED MESSAGE-----"
PLAIN_TEXT = Typed("text/plain", {})
SMIME = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
SIGNATURES = {
    Protection.OPENPGP: frozenset({"application/pgp-signature"}),
    Protection.SMIME: frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature"}),
}
ENCRYPTED = SMIME | {"multipart/encrypted", "application/pgp-encrypted"}


@dataclass(frozen=True, slots=True)
class Entity:
    """One entity: its headers, and where its body lies in `source`."""

    source: bytes
    start: int  # of the headers
    body: int
    end: int
    fields: Fields
    content_type: Typed

    @property
    def media_type(self) -> str:
        return self.content_type.value

    @property
    def is_multipart(self) -> bool:
        return self.media_type.startswith("multipart/")

    def raw(self) -> bytes:
        """Headers and body, byte for byte."""
        return self.source[self.start : self.end]

    def raw_body(self) -> bytes:
        return self.source[self.body : self.end]


class Budget:
    """What one mail may cost: `Broken` when it asks for more."""

    __slots__ = ("headers", "parts")

    def __init__(self) -> None:
        self.headers = ALL_HEADERS_LIMIT
        self.parts = PARTS_LIMIT

    def spend(self, header_bytes: int) -> None:
        self.headers -= header_bytes
        self.parts -= 1
        if self.headers < 0 or self.parts < 0 or header_bytes > HEADER_LIMIT:
            raise Broken


def entity(source: bytes, start: int, end: int, budget: Budget) -> Entity:
    """The entity that is ``source[start:end]``."""
    blank = BLANK_LINE.search(source, start, min(end, start + HEADER_LIMIT + 2))
    if blank is None and end - start > HEADER_LIMIT:
        raise Broken
    header_end, body = (blank.start(), blank.end()) if blank else (end, end)
    budget.spend(header_end - start)
    fields = Fields(source[start:header_end])
    content_type = fields.typed("content-type") or PLAIN_TEXT
    return Entity(source, start, body, end, fields, content_type)


def parts(whole: Entity, budget: Budget) -> list[Entity]:
    """The parts of a multipart (RFC 2046, section 5.1.1); `Broken` without its closing line."""
    boundary = whole.content_type.parameters.get("boundary", "")
    encoding = whole.fields.text("content-transfer-encoding").lower()
    if not BOUNDARY.fullmatch(boundary) or encoding not in {"", "7bit", "8bit", "binary"}:
        raise Broken
    found: list[Entity] = []
    begin = -1
    length = len(boundary) + 2
    for match in delimiter_lines(whole.source, whole.body, whole.end, b"--" + boundary.encode()):
        if begin >= 0:
            found.append(_between(whole.source, begin, match.start() - length, budget))
        if match[1]:
            if not found:
                raise Broken
            return found
        begin = match.end()
    raise Broken


def _between(source: bytes, begin: int, delimiter: int, budget: Budget) -> Entity:
    """The line break before a delimiter belongs to the delimiter."""
    end = delimiter - 1
    if end > begin and source[end - 1] == 0x0D:
        end -= 1
    return entity(source, begin, max(begin, end), budget)


def walk(root: Entity, budget: Budget, depth: int = 1) -> Iterator[Entity]:
    """`root` and all below it, in order."""
    if depth > DEPTH_LIMIT:
        raise Broken
    yield root
    if root.is_multipart:
        for part in parts(root, budget):
            yield from walk(part, budget, depth + 1)


def leaves(root: Entity, budget: Budget) -> Iterator[Entity]:
    return (each for each in walk(root, budget) if not each.is_multipart)


def decoded(leaf: Entity) -> bytes:
    """The content of a leaf with its transfer encoding undone, strictly."""
    encoding = leaf.fields.text("content-transfer-encoding").lower()
    raw = leaf.raw_body()
    if encoding in {"", "7bit", "8bit", "binary"}:
        return raw
    if encoding == "quoted-printable":
        if BARE_EQUALS.search(raw):
            raise Broken
        return binascii.a2b_qp(raw)
    if encoding == "base64":
        try:
            return binascii.a2b_base64(raw.translate(None, b"\r\n \t"), strict_mode=True)
        except binascii.Error:
            raise Broken from None
    raise Broken


@dataclass(frozen=True, slots=True)
class Outer:
    """An encrypted mail before it is opened; `ciphertext` is armored as it came, or DER."""

    headers: Headers
    ciphertext: bytes
    protection: Protection


def read_outer(content: bytes) -> Outer:
    """Find the ciphertext of a PGP/MIME (RFC 3156, section 4) or S/MIME mail (RFC 8551, 3.3).

    Raises `Reject` with the reason why there is none, `Ignore(AUTOMATIC)` for an
    automatic mail that is not encrypted, or `Hold(CAME_BACK)` for one that says
    that a report of ours did not arrive.
    """
    if not content.strip():
        raise Reject(Reason.EMPTY)
    try:
        budget = Budget()
        root = entity(content, 0, len(content), budget)
        if root.media_type == "multipart/encrypted":
            return Outer(headers(root.fields), _ciphertext(root, budget), Protection.OPENPGP)
        if root.media_type in SMIME:
            return Outer(headers(root.fields), decoded(root), Protection.SMIME)
        if (repaired := _repaired(root)) is not None:
            return Outer(headers(root.fields), repaired, Protection.OPENPGP)
        raise _why_not_encrypted(root, budget)
    except Broken:
        raise Reject(Reason.MALFORMED) from None


def _ciphertext(root: Entity, budget: Budget) -> bytes:
    if root.content_type.parameters.get("protocol", "").lower() != "application/pgp-encrypted":
        raise Broken
    children = parts(root, budget)
    types = [child.media_type for child in children]
    if types != ["application/pgp-encrypted", "application/octet-stream"]:
        raise Broken
    return _behind_version(*children)


def _behind_version(version: Entity, ciphertext: Entity) -> bytes:
    if decoded(version).split() != [b"Version:", b"1"]:
        raise Broken
    return decoded(ciphertext)


MANGLED = ["application/pgp-encrypted", "application/octet-stream"]


def _repaired(root: Entity) -> bytes | None:
    """The ciphertext of a mail that Exchange rewrote, if it is exactly what that leaves of one.

    Two parts of a multipart/encrypted come as a multipart/mixed behind an empty text;
    nothing else can have been in such a mail, so there is one reading.
    """
    if root.media_type != "multipart/mixed":
        return None
    children = parts(root, Budget())
    if [each.media_type for each in children] != ["text/plain", *MANGLED]:
        return None
    text, version, ciphertext = children
    if decoded(text).strip() or text.fields.all("content-disposition"):
        return None
    return _behind_version(version, ciphertext)


def _why_not_encrypted(root: Entity, budget: Budget) -> Reject | Ignore | Hold:
    if root.media_type == "multipart/report":
        came_back = _tells_of_a_report_that_failed(root, budget)
        return Hold(Reason.CAME_BACK) if came_back else Ignore(Reason.AUTOMATIC)
    if headers(root.fields).automatic:
        return Ignore(Reason.AUTOMATIC)
    empty = True
    reason = Reason.NOT_ENCRYPTED
    for each in walk(root, budget):
        if each.media_type in ENCRYPTED:
            torn = root.media_type == "multipart/mixed" and each.media_type == MANGLED[0]
            return Reject(Reason.MANGLED if torn and empty else Reason.PARTLY_ENCRYPTED)
        if each.is_multipart:
            continue
        if is_winmail(each.media_type, _name(each)):
            return Reject(Reason.WINMAIL, *(() if empty else (Reason.NOT_ENCRYPTED,)))
        content = decoded(each)
        empty = empty and not content.strip()
        if ARMOR in content or CLEARSIGNED in content:
            text = each.media_type.startswith("text/")
            reason = Reason.INLINE_PGP if text else Reason.PARTLY_ENCRYPTED
    return Reject(Reason.EMPTY if empty else reason)


def _tells_of_a_report_that_failed(root: Entity, budget: Budget) -> bool:
    """A server further on gave up on a report that our own had accepted (RFC 3464, 2.3.3)."""
    found = [each.raw_body() for each in leaves(root, budget)]
    return any(map(FAILED.search, found)) and any(map(REPORT_ID.search, found))


@dataclass(frozen=True, slots=True)
class Inner:
    """What was under the encryption.

    `payload` is what a detached signature covers, or all of it where there is
    none; `signature` is that signature, armored or DER, when the inner root is a
    multipart/signed (RFC 3156, section 5; RFC 8551, section 3.5.3).
    """

    payload: Entity
    signature: bytes | None
    budget: Budget

    def signed_bytes(self) -> bytes:
        """The signed part with CRLF line ends, as RFC 3156 (5) and 8551 (3.1.1) have it hashed."""
        raw = self.payload.raw()
        if raw.count(b"\n") == raw.count(b"\r\n"):
            return raw
        return LONE_LF.sub(b"\r\n", raw)


def read_inner(inner: bytes, protection: Protection = Protection.OPENPGP) -> Inner:
    """Find payload and detached signature of this protection.  Raises `Reject(MALFORMED)`."""
    signing = SIGNATURES[protection]
    try:
        budget = Budget()
        root = entity(inner, 0, len(inner), budget)
        protocol = root.content_type.parameters.get("protocol", "").lower()
        if root.media_type != "multipart/signed" or protocol not in signing:
            return Inner(root, None, budget)
        children = parts(root, budget)
        if len(children) != 2 or children[1].media_type not in signing:
            raise Broken
        return Inner(children[0], decoded(children[1]), budget)
    except Broken:
        raise Reject(Reason.MALFORMED) from None


def protected_headers(inner: Inner) -> Headers | None:
    """The payload's own headers where it declares them protected.

    RFC 9788, section 2.1.1 (``hp``), or the older ``protected-headers="v1"``.
    """
    parameters = inner.payload.content_type.parameters
    protects = parameters.get("hp", "").lower() in {"clear", "cipher"}
    older = parameters.get("protected-headers", "").lower() == "v1"
    return headers(inner.payload.fields) if protects or older else None


def attachments(inner: Inner) -> tuple[Attachment, ...]:
    """Every leaf that is not a mere text body, decoded.

    Raises `Reject(MALFORMED)`, or `Reject(TOO_LARGE)` for one above `ATTACHMENT_LIMIT`.
    """
    try:
        found = (_attachment(leaf) for leaf in leaves(inner.payload, inner.budget))
        return tuple(each for each in found if each is not None)
    except Broken:
        raise Reject(Reason.MALFORMED) from None


def _attachment(leaf: Entity) -> Attachment | None:
    disposition = leaf.fields.typed("content-disposition")
    name = _name(leaf)
    attached = disposition is not None and disposition.value == "attachment"
    if leaf.media_type in {"text/plain", "text/html"} and not name and not attached:
        return None
    content = decoded(leaf)
    if len(content) > ATTACHMENT_LIMIT:
        raise Reject(Reason.TOO_LARGE)
    return Attachment(name=file_name(name), media_type=leaf.media_type, content=content)


def _name(leaf: Entity) -> str:
    disposition = leaf.fields.typed("content-disposition")
    named = {**leaf.content_type.parameters, **(disposition.parameters if disposition else {})}
    return named.get("filename") or named.get("name") or ""
