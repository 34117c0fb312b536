"""One reading of a whole log, in order, to find what was done to it, and where.

Three things vouch for each other: the entries, the leaf hashes in the tiles of level 0, and the
signed checkpoints.  Blocks of 256 entries are compared with their tile at once; only where they
differ is anything looked at entry by entry.  Where entries and tiles differ, the next checkpoint
says which of the two was changed.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from gateway.ledger.alignment import Alignment
from gateway.ledger.findings import Finding, Kind, told_apart
from gateway.ledger.merkle import HASH_BYTES, Edge, leaf_hashes, perfect_root
from gateway.ledger.tiles import HEIGHT, TILE_BYTES, WIDTH, grow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gateway.ledger.checkpoints import Checkpoint
    from gateway.ledger.tiles import Tiles

MOST_FINDINGS = 1000
_TOP = 7  # no level above: 2^64 entries


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """A checkpoint as found: its size and root, and whether the log's key signed it.

    `outside` is one that somebody else kept, whose signature was verified.
    """

    size: int
    root: bytes
    signed: bool = True
    outside: bool = False

    @classmethod
    def witness(cls, checkpoint: Checkpoint) -> Seal:
        """Somebody's own copy of a checkpoint, once its signature was verified."""
        return cls(size=checkpoint.size, root=checkpoint.root, outside=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found, by place.

    `size` entries were sealed in the tree, `covered` of them under the newest checkpoint that is
    signed; `beyond` came after it.  Of these, `unsealed` are not in the tree either, and nothing
    at all vouches for them.  `omitted` findings are more than `MOST_FINDINGS`.
    """

    findings: tuple[Finding, ...]
    size: int
    root: bytes
    covered: int
    beyond: int
    unsealed: int
    omitted: int = 0

    @property
    def whole(self) -> bool:
        """Nothing is wrong; entries that no checkpoint covers yet are no fault."""
        return all(found.kind is Kind.BEYOND for found in self.findings)


class Verification:
    """Takes the log block by block with `see`, and tells the findings at its `end`.

    `seals` are the stored checkpoints and those from outside, in any order.  Contents of the
    `pruned` entries may be absent: there the tile alone is taken, and the checkpoints vouch for it.
    """

    def __init__(self, seals: Iterable[Seal], pruned: Sequence[range] = ()) -> None:
        self._alignment = Alignment()
        self._pruned = [each for each in pruned if each]
        self._findings: list[Finding] = []
        self._first = 0  # of the next block
        self._edge = Edge()  # of the stored tree
        self._block_roots: list[bytes] = []  # of its full tiles: what stands on level 1
        self._read: Edge | None = None  # of the entries, since they differ from it
        self._tiles_at_fault: list[range] = []
        self._agreed = {False: 0, True: 0}  # the size of the last checkpoint, by outside
        self._split: dict[bool, bool] = {False: False, True: False}
        ordered = sorted(seals, key=lambda seal: (seal.size, seal.outside))
        self._check_signatures(ordered)
        self._due = deque(seal for seal in ordered if seal.signed)
        own = [seal.size for seal in self._due if not seal.outside]
        self._covered = max(own, default=0)
        self._pass_seals(0)

    def see(self, tile: bytes, entries: Sequence[tuple[int, bytes]]) -> None:
        """The next tile of level 0, and the entries numbered within it, as stored."""
        seqs, contents = zip(*entries, strict=True) if entries else ((), ())
        hashes = leaf_hashes(contents)
        first, self._first = self._first, self._first + WIDTH
        row = b"".join(hashes)
        in_order = seqs == tuple(range(first, first + len(seqs)))
        if in_order and row == tile and self._alignment.idle and self._edge.size == first:
            self._alignment.skip_to(first + len(seqs))
            self._grow(tile, tile)
        else:
            self._look_closely(first, tile, seqs, hashes)

    def end(self, upper: Tiles | None = None) -> Report:
        """Everything that was found, by place.

        `upper` are the stored tiles above level 0; None leaves them out.
        """
        self._alignment.end()
        if upper is not None:
            self._compare_upper(upper)
        size = self._edge.size
        found = [
            *self._findings,
            *told_apart(self._alignment.gaps, self._tiles_at_fault, max(size, self._covered)),
            *self._rolled_back(size),
        ]
        if self._alignment.beyond_memory is not None:
            first, after = self._alignment.beyond_memory
            detail = "differs from what was sealed; too much to tell apart"
            found.append(Finding(first=first, after=after, kind=Kind.ALTERED, detail=detail))
        found = sorted(dict.fromkeys(found), key=lambda each: (each.first, each.after))
        kept = found[:MOST_FINDINGS]
        end = max(size, self._last_stored())
        if end > self._covered:
            detail = "not yet covered by a checkpoint"
            beyond = Finding(first=self._covered, after=end, kind=Kind.BEYOND, detail=detail)
            kept.append(beyond)
        return Report(
            findings=tuple(kept),
            size=size,
            root=self._edge.root,
            covered=self._covered,
            beyond=max(0, end - self._covered),
            unsealed=end - size,
            omitted=len(found) - min(len(found), MOST_FINDINGS),
        )

    def _look_closely(
        self, first: int, tile: bytes, seqs: Sequence[int], hashes: Sequence[bytes]
    ) -> None:
        """A block that differs, or that follows on one, or of which contents are pruned."""
        by_seq = dict(zip(seqs, hashes, strict=True))
        sealed = self._sealed(first, tile, by_seq)
        pruned = self._pruned_hashes(first, sealed)
        absent = [pair for pair in pruned.items() if pair[0] not in by_seq]
        if absent:
            pairs = sorted([*zip(seqs, hashes, strict=True), *absent], key=lambda pair: pair[0])
            seqs, hashes = [seq for seq, _ in pairs], [each for _, each in pairs]
        known = {**pruned, **by_seq}
        read = b"".join(known.get(seq, b"") for seq in range(first, first + len(sealed)))
        if self._alignment.idle:
            self._alignment.skip_to(first)
        self._alignment.push(seqs, hashes, sealed)
        self._grow(b"".join(sealed), read)

    def _sealed(self, first: int, tile: bytes, by_seq: Mapping[int, bytes]) -> list[bytes]:
        """The leaf hashes of a tile; those that are missing are taken from the entries."""
        usable = tile[: min(len(tile), TILE_BYTES) // HASH_BYTES * HASH_BYTES]
        if usable != tile:
            self._tile(first, first + WIDTH, "not made of up to 256 hashes")
        if usable and self._edge.size < first:
            self._tile(self._edge.size, first, "the stored tree has a hole")
            self._fill(first)
        sealed = [usable[at : at + HASH_BYTES] for at in range(0, len(usable), HASH_BYTES)]
        if self._edge.size < first:
            return []
        missing = len(sealed)
        while first + len(sealed) < min(first + WIDTH, self._covered):
            content = by_seq.get(first + len(sealed))
            if content is None:
                break
            sealed.append(content)
        if len(sealed) > missing:
            self._tile(first + missing, first + len(sealed), "not in the stored tree")
        return sealed

    def _fill(self, size: int) -> None:
        """Where neither tile nor entry is left, a hash that no entry has: every root differs."""
        nothing = bytes(HASH_BYTES) * (size - self._edge.size)
        pieces = [nothing[at : at + HASH_BYTES] for at in range(0, len(nothing), HASH_BYTES)]
        self._alignment.push([], [], pieces)
        self._grow(nothing, b"")

    def _pruned_hashes(self, first: int, sealed: Sequence[bytes]) -> dict[int, bytes]:
        near = [each for each in self._pruned if each.start < first + WIDTH and first < each.stop]
        return {
            seq: each
            for seq, each in enumerate(sealed, first)
            if any(seq in pruned for pruned in near)
        }

    def _grow(self, row: bytes, read: bytes) -> None:
        """The stored tree past these leaf hashes, by way of every checkpoint on them."""
        end = self._edge.size + len(row) // HASH_BYTES
        root = perfect_root(row) if len(row) == TILE_BYTES else b""
        if root and self._edge.size % WIDTH == 0:
            self._block_roots.append(root)
        if root and row == read and self._read is None and not self._due_within(end):
            self._edge = self._edge.append_row(root, HEIGHT)
            return
        while self._due_within(end):
            step = (self._due[0].size - self._edge.size) * HASH_BYTES
            self._append(row[:step], read[:step])
            row, read = row[step:], read[step:]
            self._pass_seals(self._edge.size)
        self._append(row, read)

    def _due_within(self, end: int) -> bool:
        return bool(self._due) and self._due[0].size <= end

    def _append(self, row: bytes, read: bytes) -> None:
        if self._read is None and read != row:
            self._read = self._edge
        if self._read is not None and self._read.size == self._edge.size and len(read) == len(row):
            self._read = self._read.append_row(read)
        self._edge = self._edge.append_row(row)

    def _compare_upper(self, upper: Tiles) -> None:
        """The higher levels are those of level 0; nothing, if that is at fault."""
        if self._tiles_at_fault or any(each.kind is Kind.TILE for each in self._findings):
            return
        rebuilt = grow(0, {}, self._block_roots)[1] if self._block_roots else {}
        expected = {(below + 1, index): tile for (below, index), tile in rebuilt.items()}
        for at in sorted(expected.keys() | upper.keys()):
            if upper.get(at, b"") != expected.get(at, b""):
                level, index = at
                reach = WIDTH << (HEIGHT * min(level, _TOP))
                first = min(index * reach, self._edge.size)
                detail = f"tile {level}/{index} is not that of the tiles below it"
                self._tile(first, min(first + reach, self._edge.size), detail)

    def _pass_seals(self, size: int) -> None:
        while self._due and self._due[0].size == size:
            self._compare(self._due.popleft())

    def _compare(self, seal: Seal) -> None:
        read = self._read
        agreed = self._agreed[seal.outside]
        if self._edge.root != seal.root:
            if read is None or read.size != seal.size or read.root != seal.root:
                self._differs(seal, agreed)
                return
            self._tiles_at_fault.append(range(agreed, seal.size))
            self._edge = read
        self._read = None
        self._agreed[seal.outside] = seal.size
        self._split[seal.outside] = False

    def _differs(self, seal: Seal, agreed: int) -> None:
        """Only the first of several on end: behind it nothing can agree."""
        if not self._split[seal.outside]:
            whose = "somebody's copy of the checkpoint" if seal.outside else "the checkpoint"
            detail = f"the root is not that of {whose} over {seal.size} entries"
            found = Finding(first=agreed, after=seal.size, kind=Kind.SPLIT, detail=detail)
            self._findings.append(found)
        self._split[seal.outside] = True

    def _rolled_back(self, size: int) -> Iterable[Finding]:
        own = [seal for seal in self._due if not seal.outside]
        for seal in own[-1:] + [seal for seal in self._due if seal.outside]:
            whose = "somebody's copy of a checkpoint" if seal.outside else "its newest checkpoint"
            detail = f"the log ends at {size}, and {whose} has {seal.size} entries"
            yield Finding(first=size, after=seal.size, kind=Kind.TRUNCATED, detail=detail)

    def _check_signatures(self, seals: Sequence[Seal]) -> None:
        before = 0
        for seal in seals:
            if not seal.signed:
                detail = f"the checkpoint over {seal.size} entries is not signed by the log's key"
                first = min(before, seal.size)
                found = Finding(first=first, after=seal.size, kind=Kind.SIGNATURE, detail=detail)
                self._findings.append(found)
            before = seal.size

    def _tile(self, first: int, after: int, detail: str) -> None:
        self._findings.append(Finding(first=first, after=after, kind=Kind.TILE, detail=detail))

    def _last_stored(self) -> int:
        """After the last entry behind the stored tree, numbered as if nothing had been shifted."""
        last = self._alignment.gaps[-1] if self._alignment.gaps else None
        if last is None or last.shift_after is not None:
            return 0
        return max((number - last.shift + 1 for number, _ in last.stored), default=0)


def verify(
    entries: Iterable[tuple[int, bytes]],
    tiles: Iterable[bytes],
    seals: Iterable[Seal],
    pruned: Sequence[range] = (),
    upper: Tiles | None = None,
) -> Report:
    """The whole log at once: entries by their numbers, and the tiles of level 0 in theirs.

    Raises `ValueError` for entries in another order.
    """
    reading = Verification(seals, pruned)
    waiting = iter(tiles)
    number = -1
    for block, inside in groupby(entries, key=lambda entry: entry[0] // WIDTH):
        if block <= number:
            raise ValueError("entries are read in the order of their numbers")
        while number < block - 1:
            number += 1
            reading.see(next(waiting, b""), [])
        number += 1
        reading.see(next(waiting, b""), list(inside))
    for tile in waiting:
        reading.see(tile, [])
    return reading.end(upper)
