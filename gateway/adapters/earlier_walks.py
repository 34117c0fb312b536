"""What earlier walks, and people, left of mails that walk once more."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from sqlalchemy import and_, select

from gateway.adapters.among import among, among_given
from gateway.adapters.tables_flow import approvals, inbound, outcomes
from gateway.adapters.tables_watching import walk_again
from gateway.domain.held import EYES
from gateway.domain.stops import Outcome, Reason
from gateway.domain.walking_again import waits_for_a_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection


class Earlier(NamedTuple):
    """What earlier walks and people left of a mail."""

    approved: frozenset[UUID] = frozenset()
    delivered: frozenset[int] = frozenset()
    undecided: Mapping[int, tuple[Reason, ...]] = {}


_HELD = (
    select(outcomes.c.trace, outcomes.c.number, outcomes.c.reasons)
    .join(inbound, inbound.c.trace == outcomes.c.trace)
    .join(
        walk_again,
        and_(walk_again.c.trace == inbound.c.trace, walk_again.c.round == inbound.c.rounds),
    )
    .where(
        among_given(outcomes.c.trace, "again"),
        outcomes.c.withdrawn_at.is_(None),
        outcomes.c.outcome == Outcome.HOLD.value,
    )
)


def earlier_of(connection: Connection, traces: Sequence[str]) -> defaultdict[str, Earlier]:
    """What earlier walks left of these mails; nothing for every other mail."""
    approved, delivered = _approved(connection, traces), _delivered(connection, traces)
    undecided = _undecided(connection, traces)
    found: defaultdict[str, Earlier] = defaultdict(Earlier)
    for trace in traces:
        found[trace] = Earlier(
            approved.get(trace, frozenset()),
            delivered.get(trace, frozenset()),
            undecided.get(trace, {}),
        )
    return found


def _undecided(
    connection: Connection, traces: Sequence[str]
) -> Mapping[str, Mapping[int, tuple[Reason, ...]]]:
    """Which reports wait for a person, of those mails that walk without one having said so."""
    if not traces:
        return {}
    found: dict[str, dict[int, tuple[Reason, ...]]] = defaultdict(dict)
    for row in connection.execute(_HELD, {"again": list(traces)}):
        reasons = tuple(Reason(code) for code in row.reasons)
        if not waits_for_a_key(reasons):
            found[row.trace][row.number] = reasons
    return found


def _approved(connection: Connection, traces: Sequence[str]) -> Mapping[str, frozenset[UUID]]:
    if not traces:
        return {}
    names: dict[tuple[str, str], set[str]] = defaultdict(set)
    rows = connection.execute(
        select(approvals.c.trace, approvals.c.bericht_id, approvals.c.name_key).where(
            among(approvals.c.trace, traces),
            approvals.c.deed == "release",
            approvals.c.bericht_id != "",
        )
    )
    for row in rows:
        names[row.trace, row.bericht_id].add(row.name_key)
    found: dict[str, set[UUID]] = defaultdict(set)
    for (trace, bericht_id), who in names.items():
        if len(who) >= EYES:
            found[trace].add(UUID(bericht_id))
    return {trace: frozenset(ids) for trace, ids in found.items()}


def _delivered(connection: Connection, traces: Sequence[str]) -> Mapping[str, frozenset[int]]:
    """Which reports of these mails went, or are going, by an earlier walk."""
    if not traces:
        return {}
    found: dict[str, set[int]] = defaultdict(set)
    rows = connection.execute(
        select(outcomes.c.trace, outcomes.c.number).where(
            among(outcomes.c.trace, traces),
            outcomes.c.outcome == Outcome.FORWARD.value,
            outcomes.c.withdrawn_at.is_(None),
        )
    )
    for row in rows:
        found[row.trace].add(row.number)
    return {trace: frozenset(numbers) for trace, numbers in found.items()}
