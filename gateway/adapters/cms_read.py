"""BER as mail programs write CMS, read in place and within bounds (X.690; RFC 5652).

Only the frame is read here: tags and lengths, definite or indefinite, over the
bytes as they came, so that large contents are never copied nor built as objects.
What is small and typed goes on to `asn1crypto`, after `small` has bounded it.
Anything else than exactly one well-formed element raises `Damaged`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.adapters.pgp_packets import Damaged

if TYPE_CHECKING:
    from collections.abc import Iterator

DEPTH_LIMIT = 32  # a certificate in a signature is some twelve deep
# Written in pieces of one kilobyte, 25 MB are 25,000 elements, each read up to three times.
ELEMENTS_LIMIT = 250_000
SMALL_LIMIT = 64 * 1024  # bytes of anything but the content

INTEGER, BITS, OCTETS, OID, SEQUENCE, SET = 0x02, 0x03, 0x04, 0x06, 0x30, 0x31
CONSTRUCTED = 0x20


def context(number: int, *, constructed: bool = True) -> int:
    """The first octet of a context-specific tag (X.690, 8.1.2)."""
    return 0x80 | number | (CONSTRUCTED if constructed else 0)


@dataclass(frozen=True, slots=True, repr=False)
class Element:
    """One tag, length and value; positions are those in `source`."""

    source: memoryview
    tag: int  # the first octet: class, whether constructed, number
    start: int
    body: int
    stop: int  # of the value, before end-of-contents octets
    end: int
    depth: int

    @property
    def value(self) -> memoryview:
        return self.source[self.body : self.stop]

    @property
    def raw(self) -> bytes:
        """Tag, length and value, byte for byte."""
        return bytes(self.source[self.start : self.end])

    @property
    def is_indefinite(self) -> bool:
        return self.end != self.stop


class Ber:
    """Reads the elements of one structure, and counts them."""

    __slots__ = ("_left", "_source", "_stops")

    def __init__(self, data: bytes | memoryview) -> None:
        self._source = memoryview(data)
        self._left = ELEMENTS_LIMIT
        self._stops: dict[int, int] = {}  # where indefinite lengths end, found once

    def whole(self) -> Element:
        """The one element that is all of it."""
        element = self._element(0, len(self._source), 1)
        if element.end != len(self._source):
            raise Damaged
        return element

    def children(self, parent: Element) -> Iterator[Element]:
        """What a constructed element consists of, in order."""
        if not parent.tag & CONSTRUCTED:
            raise Damaged
        position = parent.body
        while position < parent.stop:
            child = self._element(position, parent.stop, parent.depth + 1)
            yield child
            position = child.end

    def fields(self, parent: Element, tag: int = SEQUENCE) -> Fields:
        """The fields of a SEQUENCE, or of another tag, to be taken one by one."""
        if parent.tag != tag:
            raise Damaged
        return Fields(list(self.children(parent)))

    def only(self, parent: Element) -> Element:
        """The single child, as of an explicit tag."""
        found = list(self.children(parent))
        if len(found) != 1:
            raise Damaged
        return found[0]

    def bounded(self, element: Element) -> bytes:
        """The element byte for byte, when it is of a size for anything but a content."""
        if element.end - element.start > SMALL_LIMIT:
            raise Damaged
        return element.raw

    def small(self, element: Element) -> bytes:
        """The same for a parser that trusts its depth."""
        found = self.bounded(element)
        waiting = [element]
        while waiting:
            each = waiting.pop()
            if each.tag & CONSTRUCTED:
                waiting.extend(self.children(each))
        return found

    def chunks(self, element: Element, tag: int = OCTETS) -> list[memoryview]:
        """An OCTET STRING's value, whole or in pieces (X.690, 8.7), under this primitive tag."""
        if element.tag == tag:
            return [element.value]
        if element.tag != tag | CONSTRUCTED:
            raise Damaged
        pieces = list(self.children(element))
        if any(each.tag != OCTETS for each in pieces):
            raise Damaged
        return [each.value for each in pieces]

    def octets(self, element: Element, tag: int = OCTETS) -> bytes:
        """The same in one piece."""
        return b"".join(self.chunks(element, tag))

    def _element(self, start: int, limit: int, depth: int) -> Element:
        self._left -= 1
        if self._left < 0 or depth > DEPTH_LIMIT:
            raise Damaged
        tag, body, length = self._head(start, limit)
        if length is None:
            stop = self._stops.get(body)
            if stop is None:
                stop = self._stops[body] = self._stop(body, limit, depth)
            return Element(self._source, tag, start, body, stop, stop + 2, depth)
        return Element(self._source, tag, start, body, body + length, body + length, depth)

    def _head(self, start: int, limit: int) -> tuple[int, int, int | None]:
        """Tag, position of the value, and its length: None where it is indefinite."""
        if start + 2 > limit:
            raise Damaged
        tag, first = self._source[start], self._source[start + 1]
        if tag & 0x1F == 0x1F or (tag == 0 and first == 0):
            raise Damaged  # no such tags in CMS; and an end without a beginning
        body = start + 2
        if first == 0x80:
            if not tag & CONSTRUCTED:
                raise Damaged
            return tag, body, None
        length = first
        if first & 0x80:
            size = first & 0x7F
            body += size
            if size > 4 or body > limit:
                raise Damaged
            length = int.from_bytes(self._source[start + 2 : body], "big")
        if body + length > limit:
            raise Damaged
        return tag, body, length

    def _stop(self, position: int, limit: int, depth: int) -> int:
        """Where the end-of-contents octets of an indefinite length stand (X.690, 8.1.5)."""
        while position + 2 <= limit:
            if self._source[position] == 0 and self._source[position + 1] == 0:
                return position
            position = self._element(position, limit, depth + 1).end
        raise Damaged


class Fields:
    """The fields of a SEQUENCE in order; what is not there, or too much, is `Damaged`."""

    __slots__ = ("_elements", "_next")

    def __init__(self, elements: list[Element]) -> None:
        self._elements = elements
        self._next = 0

    def any(self) -> Element:
        if self._next >= len(self._elements):
            raise Damaged
        self._next += 1
        return self._elements[self._next - 1]

    def take(self, *tags: int) -> Element:
        """The next field, which has one of these tags."""
        found = self.any()
        if found.tag not in tags:
            raise Damaged
        return found

    def maybe(self, *tags: int) -> Element | None:
        """The next field where it has one of these tags."""
        if self._next < len(self._elements) and self._elements[self._next].tag in tags:
            return self.any()
        return None

    def end(self) -> None:
        if self._next != len(self._elements):
            raise Damaged


def dotted(element: Element) -> str:
    """An OBJECT IDENTIFIER in numbers and points (X.690, 8.19)."""
    data = bytes(element.value)
    if element.tag != OID or not 1 <= len(data) <= 32 or data[-1] & 0x80:
        raise Damaged
    numbers: list[int] = []
    value = 0
    for octet in data:
        if value == 0 and octet == 0x80:
            raise Damaged  # padded: a second spelling
        value = value << 7 | octet & 0x7F
        if not octet & 0x80:
            numbers.append(value)
            value = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, [first, numbers[0] - 40 * first, *numbers[1:]]))


def is_der(ber: Ber, element: Element) -> bool:
    """Whether every length in it is definite and as short as can be (X.690, 10.1)."""
    waiting = [element]
    while waiting:
        each = waiting.pop()
        if each.is_indefinite or each.body - each.start != 2 + _length_octets(each):
            return False
        if each.tag & CONSTRUCTED:
            waiting.extend(ber.children(each))
    return True


def _length_octets(element: Element) -> int:
    """How many octets follow the first length octet, at the shortest."""
    length = element.stop - element.body
    return 0 if length < 0x80 else (length.bit_length() + 7) // 8


def der(tag: int, *values: bytes) -> bytes:
    """One element with a definite length, as short as can be."""
    length = sum(map(len, values))
    if length < 0x80:
        return b"".join((bytes((tag, length)), *values))
    size = (length.bit_length() + 7) // 8
    return b"".join((bytes((tag, 0x80 | size)), length.to_bytes(size, "big"), *values))
