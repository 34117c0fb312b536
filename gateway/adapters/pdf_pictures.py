"""Pictures without what cameras and programs write beside them: Exif, XMP, comments."""

from __future__ import annotations

_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
# JFIF and Adobe's mark say how colours are to be read; every other application segment and
# the comment (ITU-T T.81, B.2.4) says something else.
_DROPPED = frozenset({*range(0xE1, 0xEE), 0xEF, 0xFE})
_JPX_DROPPED = frozenset({b"xml ", b"uuid", b"uinf"})


class PictureError(ValueError):
    """Not a picture of this kind."""


def jpeg_alone(content: bytes) -> bytes:
    """A JPEG with the segments that draw; raises `PictureError`."""
    if content[:2] != b"\xff\xd8":
        raise PictureError
    kept, at = bytearray(content[:2]), 2
    while True:
        at, marker = _marker(content, at)
        if marker == _END:
            return bytes(kept + b"\xff\xd9")
        if marker in _STANDALONE:
            kept += bytes([0xFF, marker])
            continue
        size = int.from_bytes(content[at : at + 2])
        if size < 2 or at + size > len(content):
            raise PictureError
        if marker not in _DROPPED:
            kept += bytes([0xFF, marker]) + content[at : at + size]
        at += size
        if marker == _SCAN:
            end = _scan_end(content, at)
            kept += content[at:end]
            at = end


def _marker(content: bytes, at: int) -> tuple[int, int]:
    """Behind the marker at this place, and which it is; any number of 0xFF may fill."""
    if at >= len(content) or content[at] != 0xFF:
        raise PictureError
    while at < len(content) and content[at] == 0xFF:
        at += 1
    if at >= len(content):
        raise PictureError
    return at + 1, content[at]


def _scan_end(content: bytes, at: int) -> int:
    """Where the next marker stands that is neither stuffing nor a restart."""
    while True:
        at = content.find(b"\xff", at)
        if at < 0 or at + 1 >= len(content):
            raise PictureError
        if content[at + 1] != 0 and content[at + 1] not in _STANDALONE and content[at + 1] != 0xFF:
            return at
        at += 1 if content[at + 1] == 0xFF else 2


def jpx_alone(content: bytes) -> bytes:
    """A JPEG 2000 file (ISO 15444-1, annex I) without boxes of text; raises `PictureError`."""
    if content[:4] == b"\xff\x4f\xff\x51":
        return content  # a codestream without a file around it
    kept, at = bytearray(), 0
    while at < len(content):
        size, kind = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8]
        if size == 1:
            size = int.from_bytes(content[at + 8 : at + 16])
        end = len(content) if size == 0 else at + size
        if len(kind) != 4 or end < at + 8 or end > len(content):
            raise PictureError
        if kind not in _JPX_DROPPED:
            kept += content[at:end]
        at = end
    return bytes(kept)
