"""Tiles hold the very tree of RFC 6962, whatever its size and however it grew."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.ledger import tiles
from gateway.ledger.merkle import EMPTY_ROOT, Edge, verify_consistency, verify_inclusion
from gateway.ledger.tiles import TileError
from tests.ledger.trees import mth, path, some_leaves, subproof, tiles_of

EDGES = (1, 2, 255, 256, 257, 511, 512, 513)
LARGE = (65535, 65536, 65537, 65793)
MANY = some_leaves(65793)
MANY_TILES = tiles_of(MANY)


def only(
    whole: dict[tuple[int, int], bytes], wanted: set[tuple[int, int]]
) -> dict[tuple[int, int], bytes]:
    return {at: whole[at] for at in wanted}


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 1100), st.lists(st.integers(0, 1100), max_size=4))
def test_growing_from_the_edge_alone_gives_the_same_tiles(size: int, cuts: list[int]) -> None:
    leaves = some_leaves(size)
    kept: dict[tuple[int, int], bytes] = {}
    before = 0
    for cut in [*sorted(min(cut, size) for cut in cuts), size]:
        edge = only(kept, tiles.edge_coordinates(before))
        grown, changed = tiles.grow(before, edge, leaves[before:cut])
        assert grown == cut
        for at, tile in changed.items():
            assert tile.startswith(kept.get(at, b""))
            assert tile != kept.get(at)
        kept.update(changed)
        before = cut
    assert kept == tiles_of(leaves)
    assert tiles.root(size, only(kept, tiles.edge_coordinates(size))) == mth(leaves)
    for at, tile in kept.items():
        assert tiles.width(at, size) * 32 == len(tile)


def test_a_tile_is_laid_out_as_tlog_tiles_says() -> None:
    leaves = MANY[:513]
    kept = tiles_of(leaves)
    assert set(kept) == {(0, 0), (0, 1), (0, 2), (1, 0)}
    assert kept[0, 2] == leaves[512]
    assert kept[1, 0] == mth(leaves[:256]) + mth(leaves[256:512])
    assert tiles.edge_coordinates(513) == {(0, 2), (1, 0)}
    assert tiles.edge_coordinates(65536) == {(2, 0)}
    assert tiles.edge_coordinates(0) == set()
    assert tiles.root(0, {}) == EMPTY_ROOT


@pytest.mark.parametrize("size", [*EDGES, *LARGE])
def test_the_root_of_any_earlier_size_comes_from_the_later_tiles(size: int) -> None:
    wanted = only(MANY_TILES, tiles.edge_coordinates(size))
    assert tiles.root(size, wanted) == Edge().append(MANY[:size]).root


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_inclusion_proofs_are_those_of_the_definition(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 1100))
    index = data.draw(st.integers(0, size - 1))
    wanted = only(MANY_TILES, tiles.inclusion_coordinates(index, size))
    assert list(tiles.inclusion(index, size, wanted)) == path(index, MANY[:size])


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_consistency_proofs_are_those_of_the_definition(data: st.DataObject) -> None:
    size2 = data.draw(st.integers(1, 1100))
    size1 = data.draw(st.integers(1, size2))
    wanted = only(MANY_TILES, tiles.consistency_coordinates(size1, size2))
    assert list(tiles.consistency(size1, size2, wanted)) == subproof(size1, MANY[:size2])


@pytest.mark.parametrize("size", LARGE)
def test_proofs_across_three_levels_hold(size: int) -> None:
    root = Edge().append(MANY[:size]).root
    for index in (0, 1, 255, 256, 32767, 65279, 65280, size - 2, size - 1):
        wanted = only(MANY_TILES, tiles.inclusion_coordinates(index, size))
        proof = tiles.inclusion(index, size, wanted)
        verify_inclusion(MANY[index], index, size, proof, root)
        wanted = only(MANY_TILES, tiles.consistency_coordinates(index, size))
        grown = tiles.consistency(index, size, wanted)
        verify_consistency(index, size, grown, Edge().append(MANY[:index]).root, root)


def test_a_tile_that_is_missing_or_cut_is_named() -> None:
    with pytest.raises(TileError, match=r"^tile 0/2 is missing$"):
        tiles.root(513, {(1, 0): MANY_TILES[1, 0]})
    short = {(1, 0): MANY_TILES[1, 0][:32], (0, 2): MANY_TILES[0, 2]}
    with pytest.raises(TileError, match=r"^tile 1/0 holds 1 hashes, and 2 are needed$"):
        tiles.root(513, short)
    with pytest.raises(TileError, match=r"^tile 1/0 is not made of"):
        tiles.root(513, {**short, (1, 0): MANY_TILES[1, 0][:33]})
    with pytest.raises(TileError, match=r"^tile 0/2 is missing$"):
        tiles.grow(513, {(1, 0): MANY_TILES[1, 0]}, MANY[513:514])
    with pytest.raises(TileError, match=r"^tile 0/1 is missing$"):
        tiles.inclusion(300, 513, {(0, 0): MANY_TILES[0, 0]})
    with pytest.raises(TileError, match=r"^tile 0/2 is missing$"):
        tiles.consistency(513, 520, {})


def test_what_is_not_in_the_tree_cannot_be_asked_for() -> None:
    for index, size in ((5, 5), (-1, 5), (0, 0)):
        with pytest.raises(ValueError, match="has none"):
            tiles.inclusion_coordinates(index, size)
    with pytest.raises(ValueError, match="beginning"):
        tiles.consistency_coordinates(6, 5)
    with pytest.raises(ValueError, match="32 bytes"):
        tiles.grow(0, {}, [b"short"])
