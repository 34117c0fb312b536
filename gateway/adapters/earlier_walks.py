"""What earlier walks, and people, left of mails that walk once more."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from sqlalchemy import and_, select

from gateway.adapters.among import among, among_given
from gateway.adapters.releasing import releases
from gateway.adapters.tables_flow import FINAL, inbound, outcomes
from gateway.adapters.tables_watching import walk_again
from gateway.domain.stops import Outcome, Reason
from gateway.domain.walking_again import waits_for_a_fact

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection


class Earlier(NamedTuple):
    """What earlier walks and people left of a mail."""

    approved: frozenset[UUID] = frozenset()
    delivered: frozenset[int] = frozenset()
    undecided: Mapping[int, tuple[Reason, ...]] = {}
    refused: Mapping[int, tuple[Reason, ...]] = {}


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
    approved, final = _approved(connection, traces), _final(connection, traces)
    undecided = _undecided(connection, traces)
    found: defaultdict[str, Earlier] = defaultdict(Earlier)
    for trace in traces:
        found[trace] = Earlier(
            approved.get(trace, frozenset()),
            frozenset(n for n, refused in final.get(trace, {}).items() if not refused),
            undecided.get(trace, {}),
            {n: refused for n, refused in final.get(trace, {}).items() if refused},
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
        if not waits_for_a_fact(reasons):
            found[row.trace][row.number] = reasons
    return found


def _approved(connection: Connection, traces: Sequence[str]) -> Mapping[str, frozenset[UUID]]:
    found: dict[str, set[UUID]] = defaultdict(set)
    for trace, bericht_id in releases(connection, traces).by_two():
        found[trace].add(UUID(bericht_id))
    return {trace: frozenset(ids) for trace, ids in found.items()}


def _final(
    connection: Connection, traces: Sequence[str]
) -> Mapping[str, Mapping[int, tuple[Reason, ...]]]:
    """Which reports of these mails stand refused, with why; without, if they went or are going."""
    if not traces:
        return {}
    found: dict[str, dict[int, tuple[Reason, ...]]] = defaultdict(dict)
    rows = connection.execute(
        select(outcomes.c.trace, outcomes.c.number, outcomes.c.outcome, outcomes.c.reasons).where(
            among(outcomes.c.trace, traces),
            outcomes.c.outcome.in_(FINAL),
            outcomes.c.withdrawn_at.is_(None),
        )
    )
    for row in rows:
        refused = row.outcome == Outcome.REJECT.value
        reasons = tuple(Reason(code) for code in row.reasons) if refused else ()
        found[row.trace][row.number] = reasons
    return found
