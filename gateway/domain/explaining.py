"""Why a table decides as it does: every row, whether it matched, and what differs where not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.policy import Effect
from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from gateway.domain.bijsluiter import Category
    from gateway.domain.parties import Contact, Side
    from gateway.domain.policy import GroundText, Policy, Row, Verdict
    from gateway.domain.situation import CategorySituation, GateSituation, Ground, Text
    from gateway.domain.stages import Withheld
    from gateway.domain.stops import Fault, Outcome, Reason

# The value of `ground` where no row admits: it is none that a table can name.
NO_GROUND = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One attribute that keeps a row from matching: what it is, and what the row asks."""

    attribute: str
    found: str
    wanted: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowAccount:
    """One row in one situation; it matched when nothing differs."""

    row: Row
    differs: tuple[Difference, ...]

    @property
    def matched(self) -> bool:
        """Whether the row spoke."""
        return not self.differs


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One situation: its attributes, what the table says of it, and every row about it."""

    attributes: Mapping[str, str]
    verdict: Verdict
    rows: tuple[RowAccount, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryAccount:
    """One category of annex 3, with free text as in `text`.

    `present` is False for what a report at hand does not carry.  What the
    account says counts only where the gate admits.
    """

    category: Category
    text: Text
    present: bool
    account: Account


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of the report, and which categories are shared.

    `text` says which free text was supposed; None for a report at hand.
    """

    text: Text | None
    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    faults: tuple[Fault, ...] = ()
    shared: tuple[Category, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TableAccount:
    """What a table says of one report: the gate, and every category.

    `ground` is the one that the report is shared on, or would be if the gate
    admitted; None where no admitting row is about this act and group.
    """

    version: str
    digest: str
    ground: Ground | None
    ground_text: GroundText | None
    gate: Account
    categories: tuple[CategoryAccount, ...]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Explanation(Silent):
    """Everything that decides about one report, at hand or supposed.

    `side` is the sender's; ids are None where there is nobody.  `judged` is None for
    a report that ended before the table was asked.
    """

    as_of: datetime
    dossierkenmerk: str
    number: int | None
    side: Side | None
    sender_id: str | None
    recipient_id: str | None
    judged: TableAccount | None
    decisions: tuple[Decision, ...]
    disclosed: tuple[str, ...] = ()
    withheld: tuple[Withheld, ...] = ()

    @property
    def admitted(self) -> bool:
        """Whether the gate lets such a report pass."""
        return self.judged is not None and self.judged.gate.verdict.effect is Effect.ADMIT


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Direction(Silent):
    """What could go from one side to the other; nothing where nobody is designated to send."""

    sending: Side
    explanation: Explanation | None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Reception(Silent):
    """What one contact could receive about one inburgeraar; nothing unless `designated` (12.5)."""

    as_of: datetime
    contact: Contact
    designated: bool
    direction: Direction


def explain_gate(policy: Policy, situation: GateSituation) -> Account:
    """Every admitting and stopping row, in the order of the table."""
    attributes = situation.attributes()
    return Account(
        attributes=attributes,
        verdict=policy.evaluate_gate(attributes),
        rows=_accounts((*policy.table.admit, *policy.table.gate), attributes),
    )


def explain_category(
    policy: Policy, situation: CategorySituation, *, grounded: bool = True
) -> Account:
    """Every row about this category; not `grounded`, as it is where no ground applies."""
    attributes = dict(policy.category_attributes(situation))
    if not grounded:
        attributes["ground"] = NO_GROUND
    about = [row for row in policy.table.category if situation.category in row.when["category"]]
    return Account(
        attributes=attributes,
        verdict=policy.evaluate_category(attributes),
        rows=_accounts(about, attributes),
    )


def ground_for(policy: Policy, situation: GateSituation) -> Ground | None:
    """The one ground on which the table admits anybody of this act and group."""
    grounds = {row.ground for row in policy.table.admit if situation.scope in row.when["scope"]}
    return grounds.pop() if len(grounds) == 1 else None


def _accounts(rows: Iterable[Row], attributes: Mapping[str, str]) -> tuple[RowAccount, ...]:
    return tuple(RowAccount(row=row, differs=_differences(row, attributes)) for row in rows)


def _differences(row: Row, attributes: Mapping[str, str]) -> tuple[Difference, ...]:
    return tuple(
        Difference(attribute=name, found=str(attributes[name]), wanted=values)
        for name, values in row.when.items()
        if attributes[name] not in values
    )
