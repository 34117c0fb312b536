"""Scopes over what was disclosed and received: counted by the database, or listed one by one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, select

from gateway.adapters.received_counting import disclosed_of, received_counts
from gateway.adapters.received_listing import received
from gateway.adapters.scope_counting import handed_over, scope_counts
from gateway.adapters.scope_terms import terms_of
from gateway.adapters.scope_verifying import verified
from gateway.adapters.tables_scope import (
    disclosed,
    disclosed_index,
    disclosed_kind,
    disclosed_mail,
    disclosed_person,
    field_set,
)
from gateway.domain.bijsluiter import Category
from gateway.domain.mail import Protection
from gateway.domain.received import ReceivedCounts
from gateway.domain.scope import DISCLOSED, Disclosed, Left, scope_of
from gateway.domain.sureness import Sureness
from gateway.domain.together import Together

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Select

    from gateway.adapters.database import Database
    from gateway.adapters.scope_terms import Terms
    from gateway.adapters.tables_flow import AnyRow
    from gateway.adapters.vault import Vault
    from gateway.domain.scope import Counts, Criterion, Scope

# For this one reading: compiling the statements took longer than what it saved, and with
# less memory than this PostgreSQL sorts and counts in files.
# The indexes that hold all that is counted are in memory, and are read in their order.
_COUNTING = ("jit = off", "work_mem = '64MB'", "random_page_cost = 1.1")


class NotIndexedError(Exception):
    """What was released before scopes were counted is not among what they count."""


class DatabaseScopes:
    """Reads only; each answer is one consistent reading.  Raises `NotIndexedError`."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def counts(self, criterion: Criterion) -> Counts:
        """What meets it amounts to, without a list of it."""
        return await self._database.look(partial(_counts, criterion))

    async def together(self, criterion: Criterion) -> Together:
        """The same, with what came in besides and was not passed on."""
        return await self._database.look(partial(_together, criterion))

    async def scope(self, criterion: Criterion, at: datetime, *, verify: bool = False) -> Scope:
        """All disclosures that meet it, oldest first; with `verify` each held against the log."""
        return await self._database.look(partial(self._scope, criterion, at, verify=verify))

    async def whole(self, criterion: Criterion, at: datetime, *, verify: bool = False) -> Scope:
        """The same, with what came in besides and was not passed on."""
        body = partial(self._scope, criterion, at, verify=verify, whole=True)
        return await self._database.look(body)

    async def people(self, criterion: Criterion) -> frozenset[str]:
        """Whom it concerns, by dossier; nobody who was erased since."""
        return await self._database.look(partial(_people, criterion))

    def _scope(
        self,
        criterion: Criterion,
        at: datetime,
        connection: Connection,
        *,
        verify: bool,
        whole: bool = False,
    ) -> Scope:
        _whole(connection)
        terms = terms_of(connection, criterion)
        rows = connection.execute(_listing(terms)).all()
        uncertain = handed_over(connection)
        found = [_disclosed(row, uncertain) for row in rows]
        if verify:
            found = verified(connection, self._vault, found)
        if not whole or criterion.only == DISCLOSED:
            return scope_of(criterion, at, found)
        came = received(connection, self._vault, criterion, verify=verify)
        return scope_of(criterion, at, found, came)


def _together(criterion: Criterion, connection: Connection) -> Together:
    counts = _counts(criterion, connection)
    if criterion.only == DISCLOSED:
        return Together(
            counts=counts, received=ReceivedCounts(), people=counts.people, only_received=0
        )
    came, people = received_counts(connection, criterion)
    both = disclosed_of(connection, criterion, people) if people and counts.people else 0
    more = len(people) - both
    return Together(counts=counts, received=came, people=counts.people + more, only_received=more)


def _counts(criterion: Criterion, connection: Connection) -> Counts:
    _whole(connection)
    if connection.dialect.name == "postgresql":
        for setting in _COUNTING:
            connection.exec_driver_sql(f"SET LOCAL {setting}")
    return scope_counts(connection, criterion)


def _whole(connection: Connection) -> None:
    if not connection.scalar(select(disclosed_index.c.whole)):
        raise NotIndexedError


def _people(criterion: Criterion, connection: Connection) -> frozenset[str]:
    _whole(connection)
    terms = terms_of(connection, criterion)
    theirs = select(disclosed.c.person).where(terms.met).distinct()
    wanted = select(disclosed_person.c.dossier_id).where(disclosed_person.c.id.in_(theirs))
    return frozenset(connection.scalars(wanted))


def _listing(terms: Terms) -> Select[Any]:
    return (
        select(
            disclosed,
            *(each for each in disclosed_kind.c if each.name not in {"id", "digest"}),
            field_set.c.categories,
            field_set.c.paths,
            field_set.c.withheld,
            disclosed_person.c.dossier_id,
            disclosed_mail.c.trace,
            case((terms.direct, 1), else_=0).label("direct"),
        )
        .join(disclosed_kind, disclosed_kind.c.id == disclosed.c.kind)
        .join(field_set, field_set.c.id == disclosed.c.fields)
        .join(disclosed_mail, disclosed_mail.c.id == disclosed.c.mail)
        .outerjoin(disclosed_person, disclosed_person.c.id == disclosed.c.person)
        .where(terms.met)
        .order_by(
            disclosed.c.recorded_at, disclosed_mail.c.trace, disclosed.c.number, disclosed.c.id
        )
    )


def _disclosed(row: AnyRow, uncertain: frozenset[str]) -> Disclosed:
    state = Left(row.state)
    if state is Left.WAITING and row.span_id in uncertain:
        state = Left.HANDED_OVER
    return Disclosed(
        dossier_id=row.dossier_id or "",
        trace=row.trace,
        number=row.number,
        span_id=row.span_id,
        reference=row.reference,
        recorded_at=row.recorded_at,
        sent_at=row.sent_at,
        sender_id=row.sender_id,
        sender_party=row.sender_party,
        recipient_id=row.recipient_id,
        recipient_party=row.recipient_party,
        categories=frozenset(Category(each) for each in row.categories.split()),
        fields=tuple(row.paths.split("\n")) if row.paths else (),
        policy=row.policy,
        ground=row.ground,
        sealed_to=row.sealed_to,
        sealed_by=row.sealed_by,
        opened_by=row.opened_by,
        protection=Protection(row.protection) if row.protection else None,
        state=state,
        sureness=_sureness(state, direct=bool(row.direct)),
        withheld=_withheld(row.withheld),
    )


def _withheld(paths: str | None) -> tuple[str, ...] | None:
    if paths is None:
        return None
    return tuple(paths.split("\n")) if paths else ()


def _sureness(state: Left, *, direct: bool) -> Sureness:
    if not direct:
        return Sureness.DERIVED
    return Sureness.OUTBOX if state is Left.HANDED_OVER else Sureness.RECORDED
