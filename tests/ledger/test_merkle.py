"""The tree is that of RFC 6962, and a proof holds for one entry, one place and one tree only."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.ledger.merkle import (
    EMPTY_ROOT,
    Edge,
    ProofError,
    leaf_hash,
    leaf_hashes,
    node_hash,
    perfect_root,
    verify_consistency,
    verify_inclusion,
)
from tests.ledger.trees import mth, path, some_leaves, subproof

# The reference vectors of certificate-transparency (C++ and Go): eight entries and every root.
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    bytes.fromhex(text)
    for text in (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )
]
NODES = {
    name: bytes.fromhex(text)
    for name, text in {
        "0": "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "1": "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "4": "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "6": "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
        "0-1": "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "2-3": "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "4-5": "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "6-7": "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "0-3": "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4-7": "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    }.items()
}
INCLUSIONS = [  # index, size, proof
    (0, 1, []),
    (0, 8, ["1", "2-3", "4-7"]),
    (5, 8, ["4", "6-7", "0-3"]),
    (2, 3, ["0-1"]),
    (1, 5, ["0", "2-3", "4"]),
]
CONSISTENCIES = [  # earlier size, later size, proof
    (1, 1, []),
    (1, 8, ["1", "2-3", "4-7"]),
    (6, 8, ["4-5", "6-7", "0-3"]),
    (2, 5, ["2-3", "4"]),
    (6, 7, ["4-5", "6", "0-3"]),
]

sizes = st.integers(min_value=0, max_value=1100)


def test_the_roots_are_those_of_the_reference_vectors() -> None:
    assert ROOTS[0] == EMPTY_ROOT
    for size, root in enumerate(ROOTS):
        assert Edge().append(leaf_hashes(INPUTS[:size])).root == root


@pytest.mark.parametrize(("index", "size", "names"), INCLUSIONS)
def test_the_reference_inclusion_proofs_hold(index: int, size: int, names: list[str]) -> None:
    verify_inclusion(
        leaf_hash(INPUTS[index]), index, size, [NODES[name] for name in names], ROOTS[size]
    )


@pytest.mark.parametrize(("size1", "size2", "names"), CONSISTENCIES)
def test_the_reference_consistency_proofs_hold(size1: int, size2: int, names: list[str]) -> None:
    proof = [NODES[name] for name in names]
    verify_consistency(size1, size2, proof, ROOTS[size1], ROOTS[size2])


def test_a_leaf_is_hashed_alone_as_among_many() -> None:
    """What is in a log already need not be hashed anew."""
    assert leaf_hash(b"an entry") == leaf_hashes([b"an entry"])[0]


@settings(max_examples=60, deadline=None)
@given(sizes, st.lists(sizes, max_size=4))
def test_growing_in_any_batches_gives_the_root_of_the_definition(
    size: int, cuts: list[int]
) -> None:
    leaves = some_leaves(size)
    edge, before = Edge(), 0
    for cut in [*sorted(min(cut, size) for cut in cuts), size]:
        edge = edge.append(leaves[before:cut])
        before = cut
        assert edge.root == mth(leaves[:cut])
    assert edge.size == size


def test_every_size_up_to_three_hundred_has_the_root_of_the_definition() -> None:
    leaves, edge = some_leaves(300), Edge()
    for size in range(300):
        assert edge == Edge().append(leaves[:size])
        assert edge.root == mth(leaves[:size])
        edge = edge.append([leaves[size]])


@pytest.mark.parametrize(
    ("size", "roots"), [(1, ()), (2, (b"\0" * 32,) * 2), (-1, ()), (1, (b"short",))]
)
def test_an_edge_that_cannot_be_is_refused(size: int, roots: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match=r"subtree|32 bytes"):
        Edge(size=size, roots=roots)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_an_inclusion_proof_holds_for_nothing_but_what_it_proves(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 1100))
    index = data.draw(st.integers(0, size - 1))
    leaves = some_leaves(size)
    proof, root = path(index, leaves), mth(leaves)
    verify_inclusion(leaves[index], index, size, proof, root)
    refuse_inclusion(leaves[index - 1], index, size, proof, root) if size > 1 else None
    other = data.draw(st.integers(-2, size + 2).filter(lambda each: each != index))
    refuse_inclusion(leaves[index], other, size, proof, root)
    refuse_inclusion(leaves[index], index, size, [*proof, root], root)
    refuse_inclusion(leaves[index], index, size, proof, leaf_hash(root))
    refuse_inclusion(leaves[index], index, size, proof, root[:31])
    for at in range(len(proof)):
        refuse_inclusion(leaves[index], index, size, flipped(data, proof, at), root)
        refuse_inclusion(leaves[index], index, size, [*proof[:at], *proof[at + 1 :]], root)


def refuse_inclusion(leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes) -> None:
    with pytest.raises(ProofError):
        verify_inclusion(leaf, index, size, proof, root)


def flipped(data: st.DataObject, proof: list[bytes], at: int) -> list[bytes]:
    byte, bit = data.draw(st.integers(0, 31)), data.draw(st.integers(0, 7))
    changed = bytearray(proof[at])
    changed[byte] ^= 1 << bit
    return [*proof[:at], bytes(changed), *proof[at + 1 :]]


def test_a_proof_of_another_shape_does_not_pass_for_another_size() -> None:
    """Some sizes share one path; where the shape differs the size is refused."""
    leaves = some_leaves(100)
    proof, root = path(3, leaves), mth(leaves)
    for size in (*range(4, 65), *range(129, 300)):
        refuse_inclusion(leaves[3], 3, size, proof, root)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_consistency_proof_holds_for_nothing_but_what_it_proves(data: st.DataObject) -> None:
    size2 = data.draw(st.integers(2, 1100))
    size1 = data.draw(st.integers(1, size2 - 1))
    leaves = some_leaves(size2)
    proof, root1, root2 = subproof(size1, leaves), mth(leaves[:size1]), mth(leaves)
    verify_consistency(size1, size2, proof, root1, root2)
    refuse_consistency(size1, size2, proof, root2, root1)
    refuse_consistency(size1, size2, proof, leaf_hash(root1), root2)
    refuse_consistency(size1, size2, proof, root1, leaf_hash(root2))
    refuse_consistency(size1, size2, [*proof, root1], root1, root2)
    refuse_consistency(size2, size1, proof, root1, root2)
    refuse_consistency(size2, size2, proof, root1, root2)
    refuse_consistency(0, size2, proof, EMPTY_ROOT, root2)
    for at in range(len(proof)):
        refuse_consistency(size1, size2, flipped(data, proof, at), root1, root2)
        refuse_consistency(size1, size2, [*proof[:at], *proof[at + 1 :]], root1, root2)


def refuse_consistency(
    size1: int, size2: int, proof: list[bytes], root1: bytes, root2: bytes
) -> None:
    with pytest.raises(ProofError):
        verify_consistency(size1, size2, proof, root1, root2)


def test_every_tree_begins_with_the_empty_one_and_with_itself() -> None:
    for size, root in enumerate(ROOTS):
        verify_consistency(0, size, [], EMPTY_ROOT, root)
        verify_consistency(size, size, [], root, root)
    refuse_consistency(0, 3, [], ROOTS[1], ROOTS[3])
    refuse_consistency(0, 0, [], ROOTS[1], ROOTS[1])
    refuse_consistency(3, 3, [], ROOTS[3], ROOTS[4])
    refuse_consistency(1, 2, [], ROOTS[1], ROOTS[2])
    refuse_consistency(3, 4, [], ROOTS[3], ROOTS[4])


def test_perfect_subtrees_are_appended_whole_and_only_where_they_begin() -> None:
    leaves = some_leaves(32)
    rows = [b"".join(leaves[at : at + 8]) for at in range(0, 32, 8)]
    edge = Edge().append(leaves[:8])
    assert edge.append_row(b"".join(map(perfect_root, rows[1:])), 3) == Edge().append(leaves)
    with pytest.raises(ValueError, match="multiple"):
        Edge().append(leaves[:4]).append_row(perfect_root(rows[1]), 3)


def test_the_root_of_a_perfect_row_is_that_of_the_definition() -> None:
    leaves = some_leaves(256)
    assert perfect_root(b"".join(leaves)) == mth(leaves)
    assert perfect_root(leaves[0] + leaves[1]) == node_hash(leaves[0], leaves[1])
