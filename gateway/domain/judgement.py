"""From the circumstances of a report to what the decision table says of it: all codes, no values.

The same function decides at the gate and replays later what was decided there,
so that a table can be tried on the past before it counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from gateway.domain.bijsluiter import Category
from gateway.domain.distinct import distinct
from gateway.domain.policy import Effect
from gateway.domain.situation import CategorySituation, YesNo, yes_no
from gateway.domain.stops import Outcome, Reason

if TYPE_CHECKING:
    from gateway.domain.policy import Policy, Verdict
    from gateway.domain.situation import GateSituation, Ground, Text


class Circumstances(NamedTuple):
    """Everything about a report that a decision table can decide on, and nothing else.

    `t1` to `t4` and `extra` are what given consent covers; `texts` names every
    category that the report carries anything of.  They say nothing of the ground,
    so that another table may admit on another one.  `disclosed_before` and
    `own_document` (the document names the provider it comes from) stop a report
    whatever the table says.
    """

    gate: GateSituation
    disclosed_before: YesNo
    own_document: YesNo
    t1: YesNo
    t2: YesNo
    t3: YesNo
    t4: YesNo
    extra: tuple[Category, ...]
    texts: tuple[tuple[Category, Text], ...]

    def category(self, category: Category, text: Text, ground: Ground) -> CategorySituation:
        """One category of a report that was admitted on this ground."""
        return CategorySituation(
            category,
            ground,
            self.t1,
            self.t2,
            self.t3,
            self.t4,
            yes_no(category in self.extra),
            text,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What one table says of one report, with all that it was decided on.

    `outcome` is forward, reject or hold; `gate` is None where the table was not
    asked, and `categories` are empty where the gate did not admit.
    """

    circumstances: Circumstances
    policy_digest: str
    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    gate: Verdict | None = None
    categories: tuple[tuple[Category, Verdict], ...] = ()

    @property
    def shared(self) -> frozenset[Category]:
        """The categories that go on; none unless the report does."""
        if self.outcome is not Outcome.FORWARD:
            return frozenset()
        return frozenset(
            name for name, verdict in self.categories if verdict.effect is Effect.SHARE
        )

    def agrees(self, other: Judgement) -> bool:
        """Whether both say the same by the same rows, whatever table each comes from."""
        return (self.outcome, self.reasons, self.gate, self.categories) == (
            other.outcome,
            other.reasons,
            other.gate,
            other.categories,
        )


def decide(circumstances: Circumstances, policy: Policy) -> Judgement:
    """What this table says (2.3, 3.2, 5.1, 12.1-12.5, 12.8, 15): every category, every reason."""
    gate = policy.gate(circumstances.gate)
    if gate.effect is not Effect.ADMIT or gate.ground is None:
        outcome = Outcome.HOLD if gate.effect is Effect.HOLD else Outcome.REJECT
        return _stopped(circumstances, policy, outcome, *gate.reasons, gate=gate)
    # Whether a colleague sent it is told to nobody who could not have sent it themselves.
    if circumstances.disclosed_before is YesNo.YES:
        return _stopped(circumstances, policy, Outcome.REJECT, Reason.DUPLICATE_REPORT, gate=gate)
    if circumstances.own_document is YesNo.NO:
        return _stopped(circumstances, policy, Outcome.REJECT, Reason.OTHER_PROVIDER, gate=gate)
    categories = tuple(
        (category, policy.category(circumstances.category(category, text, gate.ground)))
        for category, text in circumstances.texts
    )
    outcome, reasons = _enough(categories)
    return Judgement(
        circumstances=circumstances,
        policy_digest=policy.digest,
        outcome=outcome,
        reasons=reasons,
        gate=gate,
        categories=categories,
    )


def _stopped(
    circumstances: Circumstances,
    policy: Policy,
    outcome: Outcome,
    *reasons: Reason,
    gate: Verdict | None = None,
) -> Judgement:
    return Judgement(
        circumstances=circumstances,
        policy_digest=policy.digest,
        outcome=outcome,
        reasons=reasons,
        gate=gate,
    )


def _enough(
    categories: tuple[tuple[Category, Verdict], ...],
) -> tuple[Outcome, tuple[Reason, ...]]:
    held = [verdict for _, verdict in categories if verdict.effect is Effect.HOLD]
    if held:
        return Outcome.HOLD, distinct(reason for each in held for reason in each.reasons)
    shared = {name for name, verdict in categories if verdict.effect is Effect.SHARE}
    if Category.IDENTITEIT in shared and shared - {Category.IDENTITEIT}:
        return Outcome.FORWARD, ()
    withheld = (reason for _, verdict in categories for reason in verdict.reasons)
    return Outcome.REJECT, distinct((Reason.NOTHING_LEFT, *withheld))
