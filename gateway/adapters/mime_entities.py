"""Entities of a mail as slices of its original bytes, within limits (RFC 2045, 2046)."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.adapters.mime_headers import Broken, Fields, Typed
from gateway.adapters.mime_lines import delimiter_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER_LIMIT = 64 * 1024  # bytes, one entity
ALL_HEADERS_LIMIT = 256 * 1024  # bytes, the whole mail
DEPTH_LIMIT = 20
PARTS_LIMIT = 100
BLANK_LINE = re.compile(rb"^\r?$\n?", re.MULTILINE)
BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
BARE_EQUALS = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*\r?\n|[ \t]*\Z)")
PLAIN_TEXT = Typed("text/plain", {})


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

    @property
    def name(self) -> str:
        """The file name that it gives itself, as written; empty without one."""
        disposition = self.fields.typed("content-disposition")
        told = disposition.parameters if disposition else {}
        named = {**self.content_type.parameters, **told}
        return named.get("filename") or named.get("name") or ""

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
    return [entity(whole.source, start, end, budget) for start, end in spans(whole)]


def spans(whole: Entity) -> Iterator[tuple[int, int]]:
    """Where the parts of a multipart lie in its source, before any of them is read."""
    boundary = whole.content_type.parameters.get("boundary", "")
    encoding = whole.fields.text("content-transfer-encoding").lower()
    if not BOUNDARY.fullmatch(boundary) or encoding not in {"", "7bit", "8bit", "binary"}:
        raise Broken
    begin = -1
    length = len(boundary) + 2
    for match in delimiter_lines(whole.source, whole.body, whole.end, b"--" + boundary.encode()):
        if begin >= 0:
            yield begin, _end(whole.source, begin, match.start() - length)
        elif match[1]:
            raise Broken
        if match[1]:
            return
        begin = match.end()
    raise Broken


def _end(source: bytes, begin: int, delimiter: int) -> int:
    """The line break before a delimiter belongs to the delimiter."""
    end = delimiter - 1
    if end > begin and source[end - 1] == 0x0D:
        end -= 1
    return max(begin, end)


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
