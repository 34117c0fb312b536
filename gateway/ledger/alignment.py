"""Two rows of hashes laid side by side: what is stored, and what was sealed.

Like a comparison of two texts line by line, in one pass and with bounded memory.  Where the rows
part, the nearest place is looked for from which both go on alike; what lies before it is a gap.
Gaps are told apart once all of them are known: the content of one may be missing in another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_KEPT = 100_000  # hashes, in the rows that wait and in the gaps
_FIRST_PATIENCE = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Stored entries and sealed ones that do not fit, each with its number and hash.

    Without either, the entries from the stored number `at` on were only renumbered.
    `shift` is how much the stored numbers ran ahead of the sealed ones before the gap, and
    `shift_after` behind it, None at the end of the log.
    """

    stored: tuple[tuple[int, bytes], ...]
    sealed: tuple[tuple[int, bytes], ...]
    at: int
    shift: int
    shift_after: int | None


class Alignment:
    """Takes both rows piece by piece, in order; the gaps are complete after `end`."""

    def __init__(self) -> None:
        self.gaps: list[Gap] = []
        self.beyond_memory: tuple[int, int] | None = None
        self._seqs: list[int] = []
        self._stored: list[bytes] = []
        self._sealed: list[bytes] = []
        self._first_sealed = 0
        self._shift = 0
        self._kept = 0
        self._patience = _FIRST_PATIENCE

    @property
    def idle(self) -> bool:
        """Everything so far is laid side by side, so that equal pieces need not be shown."""
        return not (self._stored or self._sealed)

    def skip_to(self, first: int) -> None:
        """While idle: all before this number fits, and is numbered as it was sealed."""
        self._first_sealed = first
        self._shift = 0

    def push(self, seqs: Sequence[int], stored: Sequence[bytes], sealed: Sequence[bytes]) -> None:
        """The next stored entries with their numbers, and the next sealed hashes."""
        self._seqs.extend(seqs)
        self._stored.extend(stored)
        self._sealed.extend(sealed)
        self._advance(final=False)

    def end(self) -> None:
        """Both rows are over."""
        self._advance(final=True)

    def _advance(self, *, final: bool) -> None:
        at, to = 0, 0
        while True:
            at, to = self._agree(at, to)
            left, right = len(self._stored) - at, len(self._sealed) - to
            if not (left or right) or (not final and not (left and right)):
                break
            step = self._resume(at, to, final=final)
            if step is None and not final and max(left, right) < MOST_KEPT:
                break
            if step is None:
                step = (left, right) if final else (min(left, right),) * 2
            self._gap(at, to, *step, final=final)
            at, to = at + step[0], to + step[1]
            self._patience = _FIRST_PATIENCE
        del self._seqs[:at], self._stored[:at], self._sealed[:to]
        self._first_sealed += to

    def _agree(self, at: int, to: int) -> tuple[int, int]:
        """Past everything that is the same in both."""
        stored, sealed = self._stored, self._sealed
        while at < len(stored) and to < len(sealed) and stored[at] == sealed[to]:
            if self._seqs[at] - (self._first_sealed + to) != self._shift:
                self._gap(at, to, 0, 0, final=False)  # renumbered, and nothing else
            at, to = at + 1, to + 1
        return at, to

    def _resume(self, at: int, to: int, *, final: bool) -> tuple[int, int] | None:
        """How many stored and how many sealed to leave out, as few as possible, or None."""
        for near in ((1, 1), (1, 0), (0, 1)):
            if self._fits(at + near[0], to + near[1], final=final):
                return near
        shorter = min(len(self._stored) - at, len(self._sealed) - to)
        if not final and shorter < self._patience:
            return None
        self._patience = 2 * shorter
        where = {each: number for number, each in enumerate(self._sealed[to:])}
        best: tuple[int, int] | None = None
        for out, each in enumerate(self._stored[at:]):
            if best is not None and out >= sum(best):
                break
            other = where.get(each)
            nearer = other is not None and (best is None or out + other < sum(best))
            if other is not None and nearer and self._fits(at + out, to + other, final=final):
                best = out, other
        return best

    def _fits(self, at: int, to: int, *, final: bool) -> bool:
        """Both rows go on alike from here.

        One entry in its own place suffices; elsewhere it may just have been moved there, and the
        one behind it has to fit too.
        """
        stored, sealed = self._stored, self._sealed
        if at >= len(stored) or to >= len(sealed) or stored[at] != sealed[to]:
            return False
        if self._seqs[at] - (self._first_sealed + to) == self._shift:
            return True
        if at + 1 < len(stored) and to + 1 < len(sealed):
            return stored[at + 1] == sealed[to + 1]
        return final and at + 1 == len(stored) and to + 1 == len(sealed)

    def _gap(self, at: int, to: int, out: int, gone: int, *, final: bool) -> None:
        first = self._first_sealed + to
        behind = None if final else self._shift
        if at + out < len(self._stored) and to + gone < len(self._sealed):
            behind = self._seqs[at + out] - (first + gone)
        here = self._seqs[at] if at < len(self._seqs) else first + self._shift
        numbers = [*self._seqs[at : at + out], *range(first, first + gone)] or [here]
        if self._kept + len(numbers) <= MOST_KEPT:
            self._kept += len(numbers)
            seqs, stored = self._seqs[at : at + out], self._stored[at : at + out]
            sealed = self._sealed[to : to + gone]
            gap = Gap(
                stored=tuple(zip(seqs, stored, strict=True)),
                sealed=tuple(enumerate(sealed, first)),
                at=here,
                shift=self._shift,
                shift_after=behind,
            )
            self.gaps.append(gap)
        else:
            low, high = self.beyond_memory or (min(numbers), 0)
            self.beyond_memory = min(low, *numbers), max(high, max(numbers) + 1)
        if behind is not None:
            self._shift = behind
