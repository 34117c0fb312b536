"""What came in and was not passed on, counted in one pass over the record of mail.

`gateway.domain.received.received_counted` gives the same of a list.  Measured: to group and
to tell apart in the database took longer, since all that is counted here is text.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, and_, case, exists, func, select, type_coerce

from gateway.adapters.among import among
from gateway.adapters.received_terms import POSSIBLE, came_in
from gateway.adapters.scope_counting import unindexed
from gateway.adapters.scope_terms import terms_of
from gateway.adapters.tables_decisions import decision_facts
from gateway.adapters.tables_scope import disclosed, disclosed_person
from gateway.adapters.timestamps import instant_at
from gateway.domain.received import ReceivedCounts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from sqlalchemy import Connection, Select, Subquery

    from gateway.domain.scope import Criterion

_ANY_ROUND = decision_facts.alias("any_round")
# Decisions repeat themselves: a gateway sees a few hundred different ones.
_REMEMBERED = 4096


@dataclass(slots=True)
class _Seen:
    """What was met so far: how often what of it came together, whom about and in which mails."""

    groups: Counter[tuple[int, str, str, str | None]] = field(default_factory=Counter)
    held: Counter[str | None] = field(default_factory=Counter)
    people: set[str] = field(default_factory=set)
    mails: set[str] = field(default_factory=set)
    moments: list[int] = field(default_factory=list)
    nobody: int = 0


def received_counts(
    connection: Connection, criterion: Criterion
) -> tuple[ReceivedCounts, Collection[str]]:
    """All counts of what meets it, and by its state what only may; and whom it is about."""
    seen = _seen(connection, came_in(connection, criterion))
    groups = [(*key, many) for key, many in seen.groups.items()]
    met = [each for each in groups if each[0] != POSSIBLE]
    counts = ReceivedCounts(
        reports=len(seen.moments),
        people=len(seen.people),
        nobody=seen.nobody,
        messages=len(seen.mails),
        unread=seen.held[None],
        states=_summed((state, many) for _, state, _, _, many in met),
        reasons=_summed(
            (reason, many) for _, _, said, _, many in met for reason in json.loads(said)
        ),
        senders=_summed((sender or "", many) for *_, sender, many in met),
        categories=_summed(
            (name, many) for said, many in seen.held.items() if said for name in held_in(said)
        ),
        possible=_summed((state, many) for how, state, *_, many in groups if how == POSSIBLE),
        first=instant_at(min(seen.moments)) if seen.moments else None,
        last=instant_at(max(seen.moments)) if seen.moments else None,
    )
    return counts, seen.people


def _seen(connection: Connection, came: Subquery) -> _Seen:
    seen = _Seen()
    for how, state, reasons, sender, person, trace, at, held in connection.execute(_wanted(came)):
        seen.groups[how, state, reasons, sender] += 1
        if how == POSSIBLE:
            continue
        seen.moments.append(at)
        seen.mails.add(trace)
        seen.held[held] += 1
        if person is None:
            seen.nobody += 1
        else:
            seen.people.add(person)
    return seen


def _wanted(came: Subquery) -> Select[Any]:
    of, facts = came.c, decision_facts.c
    newest = (
        select(func.max(_ANY_ROUND.c.round))
        .where(_ANY_ROUND.c.trace == of.trace, _ANY_ROUND.c.number == of.number)
        .correlate(came)
        .scalar_subquery()
    )
    # Of what was judged once there is one only.
    which = case((of.round == 0, 0), else_=newest)
    its = and_(facts.trace == of.trace, facts.number == of.number, facts.round == which)
    return select(
        of.how,
        of.state,
        of.reasons,
        of.sender_id,
        of.dossier_id,
        of.trace,
        type_coerce(of.received_at, BigInteger),  # to make moments of it takes as long again
        facts.circumstances,
    ).join_from(came, decision_facts, its, isouter=True)


def disclosed_of(connection: Connection, criterion: Criterion, people: Collection[str]) -> int:
    """How many of these people are in something that was passed on and meets it too."""
    terms = terms_of(connection, criterion, unindexed(connection))
    # Found by the person's own index, whatever else would do.
    passed_on = exists().where(disclosed.c.person == disclosed_person.c.id, terms.met)
    found = select(func.count()).select_from(disclosed_person)
    its = among(disclosed_person.c.dossier_id, sorted(people))
    return connection.scalar(found.where(its, passed_on)) or 0


@lru_cache(maxsize=_REMEMBERED)
def held_in(circumstances: str) -> tuple[str, ...]:
    """Every category that a report held anything of, by what a table was asked of it."""
    return tuple(str(name) for name, _ in json.loads(circumstances)["texts"])


def _summed(pairs: Iterable[tuple[str, int]]) -> Mapping[str, int]:
    found: Counter[str] = Counter()
    for name, many in pairs:
        found[name] += many
    return {name: many for name, many in sorted(found.items()) if many}
