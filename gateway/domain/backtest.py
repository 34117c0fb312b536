"""A new decision table tried on what was decided before: what would differ, and how.

A decision is replayed twice: under the table of that time, which has to say what
was recorded, and under the new one.  What does not come out as recorded proves
nothing about the new table, and is told apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.domain.judgement import decide

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.bijsluiter import Category
    from gateway.domain.judgement import Circumstances, Judgement
    from gateway.domain.policy import Policy, Verdict


class Change(StrEnum):
    """How a decision under the new table stands to the recorded one.

    Wider as soon as one category would be shared that was not; otherwise when the
    same categories go on, or none, by other rows, for other reasons or on another
    ground.
    """

    SAME = "same"
    WIDER = "wider"
    NARROWER = "narrower"
    OTHERWISE = "otherwise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One recorded decision of the table about report `number` of a mail (counted from 0).

    `judgement` is None where what is kept cannot be read, or is not what the log's entry
    vouches for; `stands` is false once
    another outcome took the place of this one.
    """

    trace: str
    number: int
    round: int
    recorded_at: datetime
    stands: bool
    policy_digest: str
    judgement: Judgement | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A recorded decision, and what the new table says in its place."""

    kept: Kept
    before: Judgement
    after: Judgement

    @property
    def gained(self) -> frozenset[Category]:
        """What would be shared and was not."""
        return self.after.shared - self.before.shared

    @property
    def lost(self) -> frozenset[Category]:
        """What was shared and would not be."""
        return self.before.shared - self.after.shared

    @property
    def change(self) -> Change:
        """How it would differ."""
        if self.gained:
            return Change.WIDER
        if self.lost:
            return Change.NARROWER
        return Change.SAME if self.before.agrees(self.after) else Change.OTHERWISE

    @property
    def verdicts(self) -> tuple[tuple[str, Verdict | None, Verdict | None], ...]:
        """The gate and each category of which the verdict differs, before and after."""
        before, after = _by_name(self.before), _by_name(self.after)
        return tuple(
            (name, before.get(name), after.get(name))
            for name in {**before, **after}
            if before.get(name) != after.get(name)
        )


def _by_name(judgement: Judgement) -> dict[str, Verdict | None]:
    found: dict[str, Verdict | None] = {"gate": judgement.gate}
    found.update({name.value: verdict for name, verdict in judgement.categories})
    return found


@dataclass(slots=True, kw_only=True)
class Backtest:
    """What came of replaying decisions under `table`; give it one after another.

    `without_facts` are decisions of which nothing is kept to replay.
    """

    table: Policy
    counts: dict[Change, int] = field(default_factory=lambda: dict.fromkeys(Change, 0))
    differences: list[Difference] = field(default_factory=list)
    unfaithful: list[Kept] = field(default_factory=list)
    without_facts: int = 0
    _known: dict[tuple[str, Circumstances], Judgement] = field(default_factory=dict)

    @property
    def is_faithful(self) -> bool:
        """Whether every decision came out as recorded under the table of its time."""
        return not self.unfaithful

    @property
    def replayed(self) -> int:
        """How many decisions came out as recorded, and were tried on the new table."""
        return sum(self.counts.values())

    def replay(self, kept: Kept, then: Policy | None) -> None:
        """One decision; `then` is the table of that time, None where it is not there."""
        before = kept.judgement
        if before is None or then is None or not self._faithful(before, then):
            self.unfaithful.append(kept)
            return
        after = self._decided(before.circumstances, self.table)
        difference = Difference(kept=kept, before=before, after=after)
        self.counts[difference.change] += 1
        if difference.change is not Change.SAME:
            self.differences.append(difference)

    def _faithful(self, before: Judgement, then: Policy) -> bool:
        same_table = before.policy_digest == then.digest
        return same_table and before.agrees(self._decided(before.circumstances, then))

    def _decided(self, circumstances: Circumstances, policy: Policy) -> Judgement:
        key = (policy.digest, circumstances)
        if key not in self._known:
            self._known[key] = decide(circumstances, policy)
        return self._known[key]
