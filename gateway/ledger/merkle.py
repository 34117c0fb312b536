"""The Merkle tree of RFC 6962, section 2.1: its hashes, its right edge, and what a proof must meet.

A proof that does not hold raises; nothing here returns a yes or no that a caller could forget
to look at.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
_LEAF = b"\x00"
_NODE = b"\x01"
_PAIRS = struct.Struct("64s")  # faster than slicing


class ProofError(ValueError):
    """The proof does not show what it should; the text says what does not fit."""


def leaf_hash(content: bytes) -> bytes:
    """SHA-256(0x00 || entry), RFC 6962, 2.1."""
    return hashlib.sha256(_LEAF + content).digest()


def leaf_hashes(contents: Iterable[bytes]) -> list[bytes]:
    """The leaf hash of each entry; one loop, for many at once."""
    begun, found = hashlib.sha256(_LEAF), []
    for content in contents:
        # Copied and added to: cheaper than putting the prefix before a long entry.
        whole = begun.copy()
        whole.update(content)
        found.append(whole.digest())
    return found


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right), RFC 6962, 2.1."""
    return hashlib.sha256(_NODE + left + right).digest()


def parents(row: bytes) -> bytes:
    """One row of a perfect tree up: an even number of hashes in, half as many out."""
    sha256 = hashlib.sha256
    return b"".join([sha256(_NODE + pair).digest() for (pair,) in _PAIRS.iter_unpack(row)])


def perfect_root(row: bytes) -> bytes:
    """The root over a power of two of hashes, one behind the other."""
    while len(row) > HASH_BYTES:
        row = parents(row)
    return row


def fold(roots: Sequence[bytes]) -> bytes:
    """The root over perfect subtrees, largest first; of none, that of the empty tree."""
    if not roots:
        return EMPTY_ROOT
    root = roots[-1]
    for left in reversed(roots[:-1]):
        root = node_hash(left, root)
    return root


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """All of a tree that its growth depends on: the roots of its perfect subtrees, left to right.

    Raises `ValueError` when there are not as many as `size` has bits set.
    """

    size: int = 0
    roots: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.roots) != self.size.bit_count():
            raise ValueError("a tree has one perfect subtree for each bit of its size")
        if any(len(root) != HASH_BYTES for root in self.roots):
            raise ValueError("a hash has 32 bytes")

    @property
    def root(self) -> bytes:
        """The Merkle tree hash of the whole."""
        return fold(self.roots)

    def append(self, leaves: Sequence[bytes]) -> Edge:
        """The edge behind these leaf hashes."""
        return self.append_row(b"".join(leaves))

    def append_row(self, row: bytes, height: int = 0) -> Edge:
        """The edge behind these leaf hashes, one behind the other in one piece.

        With a `height`, behind the roots of perfect subtrees of that height, each of which begins
        at a multiple of its width.
        """
        if self.size % (1 << height):
            raise ValueError("a perfect subtree begins at a multiple of its width")
        size = self.size + (len(row) // HASH_BYTES << height)
        waiting, before = list(self.roots), self.size >> height
        kept: list[bytes] = []
        while before or row:
            if before & 1:
                row = waiting.pop() + row
            if len(row) & HASH_BYTES:
                kept.append(row[-HASH_BYTES:])
                row = row[:-HASH_BYTES]
            row = parents(row)
            before >>= 1
        return Edge(size=size, roots=tuple(reversed(kept)))


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """RFC 9162, 2.1.3.2: the entry with this leaf hash stands at `index` in the tree of `root`.

    Raises `ProofError`.
    """
    if not 0 <= index < size:
        raise ProofError(f"a tree of {size} entries has none at {index}")
    _look_like_hashes(leaf, root, *proof)
    position, last, reached = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofError("the inclusion proof is too long")
        if position & 1 or position == last:
            reached = node_hash(sibling, reached)
            position, last = _next_right(position, last)
        else:
            reached = node_hash(reached, sibling)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise ProofError("the inclusion proof is too short")
    if reached != root:
        raise ProofError("the inclusion proof leads to another root")


def verify_consistency(
    size1: int, size2: int, proof: Sequence[bytes], root1: bytes, root2: bytes
) -> None:
    """RFC 9162, 2.1.4.2: the tree of `root1` is the beginning of that of `root2`.

    The RFC leaves out the empty tree: it is the beginning of every tree, and its root is known.
    Raises `ProofError`.
    """
    if not 0 <= size1 <= size2:
        raise ProofError(f"a tree of {size1} entries is not the beginning of one of {size2}")
    _look_like_hashes(root1, root2, *proof)
    if (size1 == 0 and root1 != EMPTY_ROOT) or (size2 == 0 and root2 != EMPTY_ROOT):
        raise ProofError("the empty tree has another root")
    if size1 == size2 and root1 != root2:
        raise ProofError("two trees of one size have different roots")
    if size1 in {0, size2}:
        if proof:
            raise ProofError("there is nothing to prove, and a proof is given")
        return
    _verify_growth(size1, size2, proof, root1, root2)


def _verify_growth(
    size1: int, size2: int, proof: Sequence[bytes], root1: bytes, root2: bytes
) -> None:
    path = list(proof)
    if size1.bit_count() == 1:
        path.insert(0, root1)
    if not path:
        raise ProofError("the consistency proof is too short")
    position, last = size1 - 1, size2 - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofError("the consistency proof is too long")
        if position & 1 or position == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            position, last = _next_right(position, last)
        else:
            second = node_hash(second, sibling)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise ProofError("the consistency proof is too short")
    if first != root1:
        raise ProofError("the consistency proof leads to another earlier root")
    if second != root2:
        raise ProofError("the consistency proof leads to another later root")


def _next_right(position: int, last: int) -> tuple[int, int]:
    """Up from the right edge to where the node is a right child again, or the root."""
    while not position & 1 and position != 0:
        position, last = position >> 1, last >> 1
    return position, last


def _look_like_hashes(*values: bytes) -> None:
    if any(len(value) != HASH_BYTES for value in values):
        raise ProofError("a hash has 32 bytes")
