"""The tree kept in tiles of 256 hashes, C2SP tlog-tiles: what grows, and what a proof is made of.

A tile is found by `(level, index)`.  On level 0 it holds leaf hashes, above it the roots of the
full tiles below, so that a tree of a million entries has three levels.  Only the tiles at the
right edge are ever written again, and those only get longer.  Nothing here reads or writes:
for each question, one function says which tiles it takes, and one answers from them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from gateway.ledger.merkle import HASH_BYTES, fold, perfect_root

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

HEIGHT = 8
WIDTH = 1 << HEIGHT
TILE_BYTES = WIDTH * HASH_BYTES

Coordinates: TypeAlias = "tuple[int, int]"
Tiles: TypeAlias = "Mapping[Coordinates, bytes]"
_Span: TypeAlias = "tuple[int, int]"  # entries, from the first to after the last


class TileError(ValueError):
    """A tile that is needed is missing or too short; the text names it as LEVEL/INDEX."""


def width(tile: Coordinates, size: int) -> int:
    """How many hashes this tile holds in a tree of `size` entries, 0 to 256."""
    level, index = tile
    return max(0, min(WIDTH, (size >> (HEIGHT * level)) - index * WIDTH))


def edge_coordinates(size: int) -> set[Coordinates]:
    """The partial tiles of a tree of `size` entries: what it takes to grow it, and for its root."""
    found = set()
    level = 0
    while size:
        if size % WIDTH:
            found.add((level, size // WIDTH))
        size >>= HEIGHT
        level += 1
    return found


def grow(
    size: int, edge_tiles: Tiles, leaf_hashes: Sequence[bytes]
) -> tuple[int, dict[Coordinates, bytes]]:
    """The size behind these leaf hashes, and every tile that is new or longer than before.

    `edge_tiles` are those of `edge_coordinates(size)`.  Raises `TileError`.
    """
    row = b"".join(leaf_hashes)
    if len(row) != len(leaf_hashes) * HASH_BYTES:
        raise ValueError("a hash has 32 bytes")
    changed: dict[Coordinates, bytes] = {}
    level, before = 0, size
    while row:
        index, kept = divmod(before, WIDTH)
        if kept:
            row = _hashes(edge_tiles, (level, index), 0, kept) + row
        pieces = [row[at : at + TILE_BYTES] for at in range(0, len(row), TILE_BYTES)]
        changed.update(((level, index + at), piece) for at, piece in enumerate(pieces))
        row = b"".join([perfect_root(piece) for piece in pieces if len(piece) == TILE_BYTES])
        level, before = level + 1, before >> HEIGHT
    return size + len(leaf_hashes), changed


def root(size: int, tiles: Tiles) -> bytes:
    """The root of the first `size` entries, now or earlier, from `edge_coordinates(size)`.

    A tile may hold more than that size needs.  Raises `TileError`.
    """
    return _root((0, size), tiles)


def inclusion_coordinates(index: int, size: int) -> set[Coordinates]:
    """The tiles that it takes to prove the entry at `index` in the tree of `size`."""
    return _coordinates(_inclusion(index, size))


def inclusion(index: int, size: int, tiles: Tiles) -> tuple[bytes, ...]:
    """PATH of RFC 6962, 2.1.1, from the leaf up.  Raises `TileError`."""
    return tuple(_root(span, tiles) for span in _inclusion(index, size))


def consistency_coordinates(size1: int, size2: int) -> set[Coordinates]:
    """The tiles that it takes to prove the tree of `size1` a beginning of that of `size2`."""
    return _coordinates(_consistency(size1, size2))


def consistency(size1: int, size2: int, tiles: Tiles) -> tuple[bytes, ...]:
    """PROOF of RFC 6962, 2.1.2; empty from the empty tree.  Raises `TileError`."""
    return tuple(_root(span, tiles) for span in _consistency(size1, size2))


def _inclusion(index: int, size: int) -> list[_Span]:
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} entries has none at {index}")
    low, high = 0, size
    found: list[_Span] = []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            found.append((middle, high))
            high = middle
        else:
            found.append((low, middle))
            low = middle
    return found[::-1]


def _consistency(size1: int, size2: int) -> list[_Span]:
    if not 0 <= size1 <= size2:
        raise ValueError(f"a tree of {size1} entries is not the beginning of one of {size2}")
    if size1 == 0:
        return []
    low, high = 0, size2
    found: list[_Span] = []
    while high != size1:
        middle = low + _split(high - low)
        if size1 <= middle:
            found.append((middle, high))
            high = middle
        else:
            found.append((low, middle))
            low = middle
    if low:  # else the verifier holds that very root already
        found.append((low, high))
    return found[::-1]


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)


def _perfect(span: _Span) -> Iterator[tuple[int, int]]:
    """The perfect subtrees of a span, left to right: height, and which one of that height."""
    low, high = span
    while low < high:
        height = (high - low).bit_length() - 1
        yield height, low >> height
        low += 1 << height


def _place(height: int, number: int) -> tuple[Coordinates, int, int]:
    """The tile under a perfect subtree, and from which to which of its hashes."""
    level, inside = divmod(height, HEIGHT)
    index, start = divmod(number << inside, WIDTH)
    return (level, index), start, start + (1 << inside)


def _coordinates(spans: Iterable[_Span]) -> set[Coordinates]:
    return {_place(*subtree)[0] for span in spans for subtree in _perfect(span)}


def _root(span: _Span, tiles: Tiles) -> bytes:
    return fold([perfect_root(_hashes(tiles, *_place(*subtree))) for subtree in _perfect(span)])


def _hashes(tiles: Tiles, at: Coordinates, start: int, end: int) -> bytes:
    name = f"tile {at[0]}/{at[1]}"
    if at not in tiles:
        raise TileError(f"{name} is missing")
    tile = tiles[at]
    if len(tile) % HASH_BYTES or len(tile) > TILE_BYTES:
        raise TileError(f"{name} is not made of up to {WIDTH} hashes")
    if len(tile) < end * HASH_BYTES:
        raise TileError(f"{name} holds {len(tile) // HASH_BYTES} hashes, and {end} are needed")
    return tile[start * HASH_BYTES : end * HASH_BYTES]
