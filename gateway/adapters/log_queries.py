"""Questions to the log as statements, each answered by an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, func, literal, or_, select

from gateway.adapters.among import among
from gateway.adapters.log_reading import ENTRIES
from gateway.adapters.tables_flow import outgoing
from gateway.adapters.tables_log import SEGMENT, log_entries, log_index

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Select

    from gateway.ledger.reading import Query


def asked(query: Query) -> Select[object]:
    """The rows of `ENTRIES` that a query asks for, in no order yet."""
    return ENTRIES.where(*conditions(query))


def conditions(query: Query) -> Iterator[ColumnElement[bool]]:
    """What an entry and what it is found by must be, for a query."""
    entries, places = log_entries.c, log_index.c
    if query.after >= 0:
        yield entries.seq > query.after
    if query.mail:
        yield _of_mail(query.mail)
    if query.subject:
        yield about(query.subject)
    if query.contacts is not None:
        yield or_(among(places.sender, query.contacts), among(places.recipient, query.contacts))
    if query.since is not None:
        yield entries.recorded_at >= query.since
    if query.until is not None:
        yield entries.recorded_at < query.until
    if query.kinds:
        yield among(entries.kind, query.kinds)
    if query.outcomes:
        yield among(places.outcome, query.outcomes)


def about(subject: str) -> ColumnElement[bool]:
    """What is found under this dossier's own id, part by part of the log; see `tables_log`."""
    last = select(func.max(log_index.c.seq)).scalar_subquery() // SEGMENT
    first = select(literal(0).label("number")).cte("segments", recursive=True)
    segments = first.union_all(select(first.c.number + 1).where(first.c.number < last))
    return and_(log_index.c.segment.in_(select(segments.c.number)), log_index.c.subject == subject)


def _of_mail(mail: str) -> ColumnElement[bool]:
    referred = select(outgoing.c.trace).where(
        outgoing.c.message_id.startswith(f"<{mail}", autoescape=True)
    )
    return or_(log_entries.c.trace_id == mail, log_entries.c.trace_id.in_(referred))
