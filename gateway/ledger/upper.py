"""Whether the tiles above the leaf hashes are those of the tree, at next to no cost.

From the top down: what a level holds was vouched for by the one above it, so each
tile of it must have the root that stands there.  A thousand hashes for a tile of
65,536 entries; the leaf hashes themselves are compared where entries are read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.ledger.merkle import HASH_BYTES, perfect_root
from gateway.ledger.tiles import HEIGHT, TILE_BYTES, WIDTH, width

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.ledger.tiles import Tiles


def upper_faults(size: int, tiles: Tiles) -> Iterator[range]:
    """The entries under each tile that is missing, too short or other than it should be.

    `tiles` are those of level 1 and above in a tree of `size` entries.
    """
    level = 1
    while size >> (HEIGHT * level):
        for index in range(-(-(size >> (HEIGHT * level)) // WIDTH)):
            if not _fits((level, index), size, tiles):
                span = 1 << (HEIGHT * (level + 1))
                yield range(index * span, min(size, (index + 1) * span))
        level += 1


def _fits(at: tuple[int, int], size: int, tiles: Tiles) -> bool:
    level, index = at
    tile, expected = tiles.get(at, b""), width(at, size)
    if len(tile) < expected * HASH_BYTES:
        return False
    if expected < WIDTH:
        return True  # the right edge: the root over it is compared with the checkpoint
    above, place = divmod(index, WIDTH)
    parent = tiles.get((level + 1, above), b"")
    known = parent[place * HASH_BYTES : (place + 1) * HASH_BYTES]
    return perfect_root(tile[:TILE_BYTES]) == known
