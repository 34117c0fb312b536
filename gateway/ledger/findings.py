"""What was done to a log, in words: the gaps between what is stored and what was sealed, named."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gateway.ledger.alignment import Gap


class Kind(StrEnum):
    """What is wrong at a place in the log, but for `BEYOND`."""

    ALTERED = "altered"  # other bytes than were sealed
    DELETED = "deleted"  # sealed, and no longer there
    INSERTED = "inserted"  # there, and never sealed
    MOVED = "moved"  # the content of another entry
    TRUNCATED = "truncated"  # the log ends before a checkpoint says
    SPLIT = "split"  # another history than a checkpoint vouches for
    SIGNATURE = "signature"  # a checkpoint that the log's key did not sign
    TILE = "tile"  # the stored tree is not that of the entries
    COLUMNS = "columns"  # what stands beside the entry is not what its head says
    INDEX = "index"  # found under somebody or something that it is not about
    FACTS = "facts"  # the facts of a decision are not those that it vouches for
    UNLOGGED = "unlogged"  # an outcome without an entry
    UNREADABLE = "unreadable"  # more or fewer entries do not open than erasures say
    OUTSIDE = "outside"  # a timestamp or a cosignature does not fit its checkpoint
    BEYOND = "beyond"  # no fault: behind the newest checkpoint, not covered yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A kind, the entries from `first` to before `after`, and what is known of it."""

    first: int
    after: int
    kind: Kind
    detail: str

    def __str__(self) -> str:
        one = f"entry {self.first}"
        many = f"entries {self.first} to {self.after - 1}"
        return f"{one if self.after - self.first <= 1 else many}: {self.kind.value}: {self.detail}"


def told_apart(
    gaps: Sequence[Gap], tiles_at_fault: Sequence[range], sealed_size: int
) -> Iterator[Finding]:
    """What each gap is, in order; adjacent entries with one fate are one finding.

    `tiles_at_fault` are the entries whose contents agree with a checkpoint, where the stored
    tree does not.  What is stored behind `sealed_size` is no finding.
    """
    home = {each: number for gap in gaps for number, each in gap.sealed}
    elsewhere = {each for gap in gaps for _, each in gap.stored if each in home}
    for gap in gaps:
        by_tile = {
            number for number, _ in gap.stored if any(number in each for each in tiles_at_fault)
        }
        if not gap.stored and not gap.sealed:
            yield _renumbered(gap)
        wrong = "the stored tree has another hash than the entry"
        yield from _runs(by_tile, Kind.TILE, wrong)
        moves = _moves(gap, home, by_tile)
        yield from _moved(moves)
        altered, came, gone = _left(gap, by_tile | moves.keys(), elsewhere)
        yield from _runs(altered, Kind.ALTERED, "not the bytes that were sealed")
        if gap.shift_after is None:
            came = {number for number in came if number - gap.shift < sealed_size}
            yield from _runs(gone, Kind.TRUNCATED, "the log ends before its sealed tree does")
        else:
            yield from _runs(gone, Kind.DELETED, _deleted(gap))
        yield from _runs(came, Kind.INSERTED, _inserted(gap))


def _renumbered(gap: Gap) -> Finding:
    origin = gap.at - (gap.shift_after or 0)
    detail = f"holds the content of entry {origin}, and the rest is renumbered likewise"
    return Finding(first=gap.at, after=gap.at + 1, kind=Kind.MOVED, detail=detail)


def _moves(gap: Gap, home: Mapping[bytes, int], by_tile: set[int]) -> dict[int, int]:
    """The stored entries that hold what belongs elsewhere, and where; also those back home."""
    return {
        number: home[each] for number, each in gap.stored if each in home and number not in by_tile
    }


def _moved(moves: Mapping[int, int]) -> Iterator[Finding]:
    run: list[tuple[int, int]] = []
    for number, origin in moves.items():
        if origin == number:
            continue
        if run and (number, origin) != (run[-1][0] + 1, run[-1][1] + 1):
            yield _move(run)
            run = []
        run.append((number, origin))
    if run:
        yield _move(run)


def _move(run: Sequence[tuple[int, int]]) -> Finding:
    (first, origin), (last, end) = run[0], run[-1]
    what = f"entry {origin}" if first == last else f"entries {origin} to {end}"
    return Finding(
        first=first, after=last + 1, kind=Kind.MOVED, detail=f"holds the content of {what}"
    )


def _left(gap: Gap, told: set[int], elsewhere: set[bytes]) -> tuple[set[int], set[int], set[int]]:
    """Of what is not told yet: altered, pair by pair; stored only; sealed only."""
    came = {number for number, _ in gap.stored} - told
    here = {number - gap.shift for number in told}
    gone = {number for number, each in gap.sealed if each not in elsewhere and number not in here}
    altered = {number for number in came if number - gap.shift in gone}
    came -= altered
    gone -= {number - gap.shift for number in altered}
    pairs = min(len(came), len(gone))
    altered |= set(sorted(came)[:pairs])
    return altered, set(sorted(came)[pairs:]), set(sorted(gone)[pairs:])


def _deleted(gap: Gap) -> str:
    renumbered = gap.shift_after is not None and gap.shift_after < gap.shift
    return "taken out" + (", and the rest renumbered" if renumbered else "")


def _inserted(gap: Gap) -> str:
    renumbered = gap.shift_after is not None and gap.shift_after > gap.shift
    return "never sealed" + (", and the rest renumbered" if renumbered else "")


def _runs(numbers: Iterable[int], kind: Kind, detail: str) -> Iterator[Finding]:
    first = last = None
    for number in sorted(numbers):
        if first is not None and last is not None and number != last + 1:
            yield Finding(first=first, after=last + 1, kind=kind, detail=detail)
            first = None
        first = number if first is None else first
        last = number
    if first is not None and last is not None:
        yield Finding(first=first, after=last + 1, kind=kind, detail=detail)
