"""What a signature packet says of itself (RFC 9580, section 5.2), before anybody believes it.

Both engines verify; what kind of signature it is, how long it counts and whom it was
meant for is read here, so that it is judged alike whichever engine is used.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gateway.adapters.pgp_packets import Damaged, packets

if TYPE_CHECKING:
    from collections.abc import Iterator

BINARY, TEXT = 0x00, 0x01
LINE_END = re.compile(rb"\r\n?|\n")
OLDEST_VERSION = 4  # version 3 protects neither recipient nor expiry
CREATED, EXPIRES, NOTATION, EMBEDDED, RECIPIENT = 2, 3, 20, 32, 35
# Section 5.2.3.7, those that mean something for a signature over a document or do no harm there.
UNDERSTOOD = frozenset({2, 3, 16, 20, 22, 24, 26, 28, 33, 35})


@dataclass(frozen=True, slots=True, repr=False)
class Claims:
    """What stands in the hashed area; nothing of it counts before the signature is verified.

    `kind` is the signature type.  `recipients` are the fingerprints of the keys that its
    maker encrypted to, upper-case hex; empty where none is named.
    `hashed` is all that the signature covers besides the content.
    `not_understood` when a critical subpacket says something that we cannot heed.
    """

    version: int
    kind: int
    created: datetime | None
    ends: datetime | None
    recipients: tuple[str, ...]
    hashed: bytes
    not_understood: bool

    @property
    def over_a_document(self) -> bool:
        """Whether it is one over a mail, and everything that it says is understood."""
        return self.kind in {BINARY, TEXT} and self.created is not None and not self.not_understood

    def has_ended(self, at: datetime) -> bool:
        """Whether it says that it counts no more at that moment."""
        return self.ends is not None and self.ends <= at

    def digest(self, content: bytes) -> str:
        """Of this act of signing: the same whatever is put around it, SHA-256 in hex.

        A signature over text fits with line ends of any kind (section 5.2.4).
        """
        if self.kind == TEXT:
            content = LINE_END.sub(b"\r\n", content)
        return hashlib.sha256(hashlib.sha256(content).digest() + self.hashed).hexdigest()


def claims(packet: bytes) -> Claims:
    """Read one whole signature packet.  Raises `Damaged`."""
    body = b"".join(bytes(each.body) for each in packets(packet))
    if len(body) < 8:
        raise Damaged
    if body[0] not in {4, 6}:
        return Claims(body[0], -1, None, None, (), b"", not_understood=False)
    start = 6 if body[0] == 4 else 8
    length = int.from_bytes(body[4:start], "big")
    end = start + length
    if end > len(body):
        raise Damaged
    return _claims(body[0], body[1], body[:end], list(_subpackets(body[start:end])))


def has_back_signature(body: bytes) -> bool:
    """Whether a subkey's binding holds a signature by the subkey itself (section 5.2.3.34).

    `body` is the binding's.  Raises `Damaged`.
    """
    size = 2 if body[0] == 4 else 4
    position = 4
    for _ in ("hashed", "unhashed"):
        start = position + size
        position = start + int.from_bytes(body[position:start], "big")
        if any(tag == EMBEDDED for tag, _, _ in _subpackets(body[start:position])):
            return True
    return False


def _claims(version: int, kind: int, hashed: bytes, found: list[tuple[int, bool, bytes]]) -> Claims:
    created, periods = _numbers(found, CREATED), _numbers(found, EXPIRES)
    made = datetime.fromtimestamp(created[0], UTC) if len(created) == 1 else None
    period = min((each for each in periods if each), default=0)
    return Claims(
        version=version,
        kind=kind,
        created=made,
        ends=made + timedelta(seconds=period) if made and period else None,
        recipients=tuple(value[1:].hex().upper() for tag, _, value in found if tag == RECIPIENT),
        hashed=hashed,
        # No notation is defined that we would have to heed, so a critical one is not understood.
        not_understood=any(
            critical and (tag not in UNDERSTOOD or tag == NOTATION) for tag, critical, _ in found
        ),
    )


def _numbers(found: list[tuple[int, bool, bytes]], wanted: int) -> list[int]:
    """Of four octets each, as times and periods are (sections 5.2.3.11 and 5.2.3.18)."""
    values = [value for tag, _, value in found if tag == wanted]
    if any(len(value) != 4 for value in values):
        raise Damaged
    return [int.from_bytes(value, "big") for value in values]


def _subpackets(area: bytes) -> Iterator[tuple[int, bool, bytes]]:
    """Type, whether it is critical, content (section 5.2.3.7)."""
    position = 0
    while position < len(area):
        first, size = area[position], 1
        length = first
        if first >= 255:
            size, length = 5, int.from_bytes(area[position + 1 : position + 5], "big")
        elif first >= 192:
            size = 2
            length = ((first - 192) << 8) + int.from_bytes(area[position + 1 : position + 2]) + 192
        body = area[position + size : position + size + length]
        if not length or len(body) != length:
            raise Damaged
        yield body[0] & 0x7F, bool(body[0] & 0x80), body[1:]
        position += size + length
