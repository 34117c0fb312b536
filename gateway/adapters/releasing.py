"""Who released which free text, and whether two releases are of the same thing.

A release is of a report as it stood: for these reasons, on these facts, the
recipient among them.  Two of them add up only when both saw the same, whatever
the number of walks in between.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import and_, func, select

from gateway.adapters.among import among
from gateway.adapters.tables_deciding import operator, operator_state
from gateway.adapters.tables_flow import approvals, outcomes
from gateway.domain.held import EYES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from gateway.adapters.tables_flow import AnyRow

_Report: TypeAlias = tuple[str, str]
_Seen: TypeAlias = tuple[frozenset[str], str]

_STATE = operator_state.alias("any_state")
_LATEST = (
    select(func.max(_STATE.c.id))
    .where(_STATE.c.operator_id == operator.c.operator_id)
    .scalar_subquery()
)
# Names that were typed freely, before there were operators, are nobody's.
_BY_OPERATORS = (
    select(approvals)
    .join(operator, operator.c.operator_id == approvals.c.name_key)
    .join(
        operator_state,
        and_(
            operator_state.c.operator_id == operator.c.operator_id,
            operator_state.c.id == _LATEST,
        ),
    )
    .where(
        approvals.c.deed == "release",
        approvals.c.bericht_id != "",
        operator_state.c.active.is_(True),
    )
    .order_by(approvals.c.at, approvals.c.name_key)
)


class Releases:
    """The releases of free text that count: by people who are operators today."""

    def __init__(self) -> None:
        self._found: dict[_Report, dict[_Seen, dict[str, str]]] = {}
        self._stands: dict[_Report, _Seen] = {}

    def add(self, rows: Sequence[AnyRow], stood: Mapping[_Report, Sequence[AnyRow]]) -> None:
        """These approvals, with the outcomes of their reports, oldest round first."""
        for report, history in stood.items():
            self._stands[report] = _seen(history[-1])
        for row in rows:
            report = (row.trace, row.bericht_id)
            before = [each for each in stood.get(report, ()) if each.round < row.round]
            if before:
                by_seen = self._found.setdefault(report, {})
                by_seen.setdefault(_seen(before[-1]), {})[row.name_key] = row.name

    def now(self, trace: str, bericht_id: str) -> Mapping[str, str]:
        """Who released this report as it stands: operator id and name."""
        report = (trace, bericht_id)
        if report not in self._found:
            return {}
        return self._found[report].get(self._stands[report], {})

    def by_two(self) -> Sequence[_Report]:
        """The reports, by mail and own id, whose free text two people released, now or before."""
        return [
            report
            for report, by_seen in self._found.items()
            if any(len(people) >= EYES for people in by_seen.values())
        ]


def releases(connection: Connection, traces: Sequence[str]) -> Releases:
    """Those of these mails."""
    found = Releases()
    if not traces:
        return found
    rows = connection.execute(_BY_OPERATORS.where(among(approvals.c.trace, traces))).all()
    if rows:
        found.add(rows, _histories(connection, {row.trace for row in rows}))
    return found


def _histories(connection: Connection, traces: set[str]) -> Mapping[_Report, list[AnyRow]]:
    rows = connection.execute(
        select(
            outcomes.c.trace,
            outcomes.c.bericht_id,
            outcomes.c.round,
            outcomes.c.reasons,
            outcomes.c.facts_digest,
        )
        .where(among(outcomes.c.trace, traces), outcomes.c.bericht_id.is_not(None))
        .order_by(outcomes.c.round)
    )
    found: dict[_Report, list[AnyRow]] = defaultdict(list)
    for row in rows:
        found[row.trace, row.bericht_id].append(row)
    return found


def _seen(outcome: AnyRow) -> _Seen:
    return frozenset(outcome.reasons), outcome.facts_digest or ""
