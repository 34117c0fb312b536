"""A Hypothesis strategy over DER: structures with elements moved, doubled, dropped, changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Sequence

Tree: TypeAlias = "tuple[int, bytes | list[Tree]]"
CONSTRUCTED = 0x20
TAGS = (0x02, 0x03, 0x04, 0x05, 0x06, 0x0C, 0x17, 0x18, 0x24, 0x30, 0x31, 0x80, 0xA0, 0xA1)


def tree(data: bytes) -> list[Tree]:
    """The elements of well-formed DER with tags of one byte."""
    found: list[Tree] = []
    while data:
        tag, length, start = data[0], data[1], 2
        if length & 0x80:
            start = 2 + (length & 0x7F)
            length = int.from_bytes(data[2:start], "big")
        body = data[start : start + length]
        found.append((tag, tree(body) if tag & CONSTRUCTED else body))
        data = data[start + length :]
    return found


def written(elements: Sequence[Tree], *, endless: frozenset[int] = frozenset()) -> bytes:
    """As DER; constructed elements with a tag in `endless` without a length (X.690, 8.1.3.6)."""
    made = b""
    for tag, inside in elements:
        body = inside if isinstance(inside, bytes) else written(inside, endless=endless)
        if tag in endless and tag & CONSTRUCTED:
            made += bytes((tag, 0x80)) + body + b"\0\0"
        elif len(body) < 128:
            made += bytes((tag, len(body))) + body
        else:
            size = (len(body).bit_length() + 7) // 8
            made += bytes((tag, 0x80 | size)) + len(body).to_bytes(size, "big") + body
    return made


def places(elements: list[Tree]) -> list[list[Tree]]:
    """Every list of elements in it."""
    found = [elements] if elements else []
    for _, inside in elements:
        if isinstance(inside, list):
            found += places(inside)
    return found


@st.composite
def altered(draw: st.DrawFn, messages: Sequence[bytes]) -> bytes:
    """One of these with a few elements altered, and every length right again."""
    elements = tree(draw(st.sampled_from(list(messages))))
    for _ in range(draw(st.integers(0, 3))):
        siblings = draw(st.sampled_from(places(elements)))
        at = draw(st.integers(0, len(siblings) - 1))
        tag, inside = siblings[at]
        match draw(st.integers(0, 6)):
            case 0:
                siblings.insert(at, siblings[at])
            case 1 if len(siblings) > 1:
                del siblings[at]
            case 2:
                siblings[at] = (draw(st.sampled_from(TAGS)) & ~CONSTRUCTED, written([siblings[at]]))
            case 3:
                siblings[at] = (0x30, [siblings[at]])
            case 4 if isinstance(inside, bytes):
                siblings[at] = (tag, draw(st.binary(max_size=20)))
            case 5 if isinstance(inside, bytes) and inside:
                place = draw(st.integers(0, len(inside) - 1))
                siblings[at] = (
                    tag,
                    inside[:place] + bytes((inside[place] ^ 1,)) + inside[place + 1 :],
                )
            case _:
                siblings.reverse()
    endless = draw(st.sampled_from([frozenset(), frozenset({0x30}), frozenset({0xA0, 0x24})]))
    return written(elements, endless=endless)
