"""What a scope amounts to, counted by the database: each count in one pass over one index.

Measured over a million disclosures; `gateway.domain.scope.counted` gives the same, one by one.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from gateway.adapters.among import among
from gateway.adapters.scope_terms import terms_of
from gateway.adapters.tables_flow import outgoing
from gateway.adapters.tables_scope import disclosed, disclosed_kind, field_set
from gateway.domain.scope import Counts, Left
from gateway.domain.sureness import Sureness

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Select

    from gateway.adapters.scope_terms import Condition, Terms
    from gateway.adapters.tables_flow import AnyRow
    from gateway.domain.scope import Criterion

# From this part of all that there is on, one pass over an index in its own order is quicker
# than going from one kind to the next and sorting what that gives; SQLite has to be told.
_MUCH = 3
# A claim on it may have handed it over before it could put that on record.
_MAY_HAVE_LEFT = and_(
    outgoing.c.due_at.is_not(None),
    outgoing.c.kind == "report",
    or_(outgoing.c.state == "claimed", outgoing.c.attempts > 0),
)
_STATE, _RECIPIENT, _SENDER, _KEY = range(4)
_OF_KINDS = {
    _RECIPIENT: disclosed_kind.c.recipient_id,
    _SENDER: disclosed_kind.c.sender_id,
    _KEY: disclosed_kind.c.sealed_to,
}
_LEFT = disclosed.c.state.in_(("sent", "returned"))


def handed_over(connection: Connection) -> frozenset[str]:
    """The spans of those that wait and may have left all the same."""
    return frozenset(connection.scalars(select(outgoing.c.span_id).where(_MAY_HAVE_LEFT)))


def scope_counts(connection: Connection, criterion: Criterion) -> Counts:
    """All counts of what meets it."""
    terms = terms_of(connection, criterion)
    parts = _parts(connection, terms)
    total = sum(row.many for row in parts[_STATE])
    if not total:
        return Counts()
    met = terms.met
    if total * _MUCH >= (connection.scalar(select(func.max(disclosed.c.id))) or 0):
        met = terms_of(connection, criterion, unindexed(connection)).met
    sets = _by_set(connection, met)
    people, erased = _people(connection, met)
    uncertain = _uncertain(connection, terms)
    return Counts(
        disclosures=total,
        people=people,
        erased=erased,
        messages=_distinct(connection, disclosed.c.mail, met),
        recipients=_named(parts[_RECIPIENT]),
        senders=_named(parts[_SENDER]),
        keys=_named(parts[_KEY]),
        categories=_sum((name, many) for row, many in sets for name in row.categories.split()),
        paths=_sum((path, many) for row, many in sets for path in row.paths.split("\n") if path),
        in_part=sum(many for row, many in sets if row.withheld),
        part_unknown=sum(many for row, many in sets if row.withheld is None),
        withheld=_sum(
            (path, many) for row, many in sets if row.withheld for path in row.withheld.split("\n")
        ),
        states=_states(parts[_STATE], uncertain),
        sureness=_sureness(parts[_STATE], uncertain),
        first=min((row.first for row in parts[_STATE] if row.first), default=None),
        last=max((row.last for row in parts[_STATE] if row.last), default=None),
    )


def _parts(connection: Connection, terms: Terms) -> Mapping[int, Sequence[AnyRow]]:
    """By state, and by what the kind says: added up by the database, from one pass over it."""
    groups = _groups(terms).cte("by_kind").prefix_with("MATERIALIZED")
    many, moment = _added(groups.c.many), disclosed.c.moment.type
    states = select(
        literal(_STATE).label("part"),
        groups.c.state,
        literal("").label("name"),
        many.label("many"),
        _added(groups.c.direct).label("direct"),
        func.min(groups.c.first, type_=moment).label("first"),
        func.max(groups.c.last, type_=moment).label("last"),
    ).group_by(groups.c.state)
    of_kinds = (
        select(literal(part), null(), column, many, literal(0, BigInteger), null(), null())
        .join_from(groups, disclosed_kind, disclosed_kind.c.id == groups.c.kind)
        .group_by(column)
        for part, column in _OF_KINDS.items()
    )
    found: dict[int, list[AnyRow]] = {part: [] for part in (_STATE, *_OF_KINDS)}
    for row in connection.execute(union_all(states, *of_kinds)):
        found[row.part].append(row)
    return found


def _added(column: ColumnElement[int]) -> ColumnElement[int]:
    # PostgreSQL adds up large integers to a decimal number.
    return cast(func.sum(column), BigInteger)


def _groups(terms: Terms) -> Select[Any]:
    moment, many = case((_LEFT, disclosed.c.moment)), func.count()
    return (
        select(
            disclosed.c.kind,
            disclosed.c.state,
            many.label("many"),
            (func.sum(case((terms.direct, 1), else_=0)) if terms.derives else many).label("direct"),
            func.min(moment, type_=disclosed.c.moment.type).label("first"),
            func.max(moment, type_=disclosed.c.moment.type).label("last"),
        )
        .where(terms.met)
        .group_by(disclosed.c.kind, disclosed.c.state)
    )


def unindexed(connection: Connection) -> ColumnElement[int]:
    """The column so written that no index is looked into by it (sqlite.org/optoverview, 2.1)."""
    if connection.dialect.name != "sqlite":
        return disclosed.c.kind
    return literal_column("+disclosed.kind", disclosed.c.kind.type)


def _by_set(connection: Connection, met: Condition) -> Sequence[tuple[AnyRow, int]]:
    many = func.count()
    counted = connection.execute(
        select(disclosed.c.fields, many).where(met).group_by(disclosed.c.fields)
    ).all()
    sets = {row.id: row for row in connection.execute(select(field_set))}
    return [(sets[number], int(count)) for number, count in counted]


def _people(connection: Connection, met: Condition) -> tuple[int, int]:
    nobody = and_(met, disclosed.c.person.is_(None))
    erased = connection.scalar(select(func.count()).select_from(disclosed).where(nobody))
    return _distinct(connection, disclosed.c.person, met), int(erased or 0)


def _distinct(connection: Connection, column: ColumnElement[int], met: Condition) -> int:
    """How many different ones, NULL not counted."""
    return int(connection.scalar(select(func.count(column.distinct())).where(met)) or 0)


def _uncertain(connection: Connection, terms: Terms) -> tuple[int, int]:
    """How many of those that wait may have left, and how many of these by derivation only."""
    spans = handed_over(connection)
    if not spans:
        return 0, 0
    found = connection.execute(
        select(case((terms.direct, 0), else_=1).label("derived")).where(
            terms.met, disclosed.c.state == Left.WAITING.value, among(disclosed.c.span_id, spans)
        )
    ).all()
    return len(found), sum(row.derived for row in found)


def _states(groups: Sequence[AnyRow], uncertain: tuple[int, int]) -> Mapping[str, int]:
    found = Counter({row.state: row.many for row in groups})
    found[Left.WAITING.value] -= uncertain[0]
    found[Left.HANDED_OVER.value] += uncertain[0]
    return _some(found)


def _sureness(groups: Sequence[AnyRow], uncertain: tuple[int, int]) -> Mapping[str, int]:
    total, direct = sum(row.many for row in groups), sum(row.direct for row in groups)
    moved = uncertain[0] - uncertain[1]
    found = Counter(
        {
            Sureness.RECORDED.value: direct - moved,
            Sureness.OUTBOX.value: moved,
            Sureness.DERIVED.value: total - direct,
        }
    )
    return _some(found)


def _named(rows: Sequence[AnyRow]) -> Mapping[str, int]:
    return _some({row.name: row.many for row in rows})


def _sum(pairs: Iterable[tuple[str, int]]) -> Mapping[str, int]:
    found: Counter[str] = Counter()
    for name, many in pairs:
        found[name] += many
    return _some(found)


def _some(found: Mapping[str, int]) -> Mapping[str, int]:
    return {name: int(many) for name, many in sorted(found.items()) if many}
