"""What came in and was not passed on, counted by the database.

`gateway.domain.received.received_counted` gives the same, one by one.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, func, select

from gateway.adapters.received_terms import POSSIBLE, came_in
from gateway.adapters.scope_counting import unindexed
from gateway.adapters.scope_terms import terms_of
from gateway.adapters.tables_decisions import decision_facts
from gateway.adapters.tables_scope import disclosed, disclosed_person
from gateway.domain.received import ReceivedCounts
from gateway.domain.stops import WHOLE_MAIL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import CTE, Connection

    from gateway.adapters.tables_flow import AnyRow
    from gateway.domain.scope import Criterion

_LATER = decision_facts.alias("judged_since")


def received_counts(connection: Connection, criterion: Criterion) -> ReceivedCounts:
    """All counts of what meets it; what only may meet it by its state."""
    came = came_in(connection, criterion)
    groups = _groups(connection, came)
    met = [row for row in groups if row.how != POSSIBLE]
    if not groups:
        return ReceivedCounts()
    people, messages = _distinct(connection, came)
    categories, judged = _categories(connection, came)
    total = sum(row.many for row in met)
    return ReceivedCounts(
        reports=total,
        people=people,
        nobody=sum(row.many - row.named for row in met),
        messages=messages,
        unread=total - judged,
        states=_summed((row.state, row.many) for row in met),
        reasons=_summed((reason, row.many) for row in met for reason in json.loads(row.reasons)),
        senders=_summed((row.sender_id or "", row.many) for row in met),
        categories=categories,
        possible=_summed((row.state, row.many) for row in groups if row.how == POSSIBLE),
        first=min((row.first for row in met), default=None),
        last=max((row.last for row in met), default=None),
    )


def only_received(connection: Connection, criterion: Criterion) -> int:
    """How many people are in what was not passed on, and in nothing that was."""
    came = came_in(connection, criterion)
    of = came.c
    named = select(of.dossier_id).where(of.how != POSSIBLE, of.dossier_id.is_not(None)).distinct()
    people = named.cte("people").prefix_with("MATERIALIZED")
    # Found by the person's own index, whatever else would do.
    terms = terms_of(connection, criterion, unindexed(connection))
    passed_on = exists().where(
        disclosed_person.c.dossier_id == people.c.dossier_id,
        disclosed.c.person == disclosed_person.c.id,
        terms.met,
    )
    return connection.scalar(select(func.count()).select_from(people).where(~passed_on)) or 0


def _groups(connection: Connection, came: CTE) -> Sequence[AnyRow]:
    of, by = came.c, (came.c.how, came.c.state, came.c.reasons, came.c.sender_id)
    moment = of.received_at.type
    return connection.execute(
        select(
            *by,
            func.count().label("many"),
            func.count(of.dossier_id).label("named"),
            func.min(of.received_at, type_=moment).label("first"),
            func.max(of.received_at, type_=moment).label("last"),
        ).group_by(*by)
    ).all()


def _distinct(connection: Connection, came: CTE) -> tuple[int, int]:
    of = came.c
    found = select(func.count(of.dossier_id.distinct()), func.count(of.trace.distinct()))
    people, messages = connection.execute(found.where(of.how != POSSIBLE)).one()
    return people, messages


def _categories(connection: Connection, came: CTE) -> tuple[Mapping[str, int], int]:
    """How many held which, and of how many that is on record: those that a table was asked of."""
    of, facts = came.c, decision_facts.c
    later = exists().where(
        _LATER.c.trace == facts.trace, _LATER.c.number == facts.number, _LATER.c.round > facts.round
    )
    its = and_(facts.trace == of.trace, facts.number == of.number)
    rows = connection.execute(
        select(facts.circumstances, func.count().label("many"))
        .join_from(came, decision_facts, its)
        .where(of.how != POSSIBLE, of.number != WHOLE_MAIL, ~later)
        .group_by(facts.circumstances)
    ).all()
    held = _summed((name, row.many) for row in rows for name in held_in(row.circumstances))
    return held, sum(row.many for row in rows)


def held_in(circumstances: str) -> tuple[str, ...]:
    """Every category that a report held anything of, by what a table was asked of it."""
    return tuple(str(name) for name, _ in json.loads(circumstances)["texts"])


def _summed(pairs: Iterable[tuple[str, int]]) -> Mapping[str, int]:
    found: Counter[str] = Counter()
    for name, many in pairs:
        found[name] += many
    return {name: many for name, many in sorted(found.items()) if many}
