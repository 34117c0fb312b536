"""Recorded decisions as they are read to replay them: page by page, without a person in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, func, or_, select, tuple_

from gateway.adapters.decision_rows import digest_of, read
from gateway.adapters.log_reading import LogOpener, content_of
from gateway.adapters.policy_texts import PolicyTexts
from gateway.adapters.tables_deciding import policy_text
from gateway.adapters.tables_decisions import decision_facts
from gateway.adapters.tables_flow import outcomes
from gateway.adapters.tables_log import log_entries, log_index, log_pruned
from gateway.adapters.tables_register import dossier_secret
from gateway.domain.backtest import Kept
from gateway.ledger.envelope import UnopenedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime

    from sqlalchemy import Column, ColumnElement

    from gateway.adapters.database import Database
    from gateway.adapters.tables_flow import AnyRow
    from gateway.adapters.vault import Vault
    from gateway.domain.policy import Policy

_PAGE = 1000
_ORDER = (
    decision_facts.c.recorded_at,
    decision_facts.c.trace,
    decision_facts.c.round,
    decision_facts.c.number,
)
_KEYS = ("trace", "round", "number")
_KEPT = (
    select(
        decision_facts,
        outcomes.c.withdrawn_at,
        log_entries.c.entry,
        log_index.c.subject,
        dossier_secret.c.wrapped_key,
    )
    .join(outcomes, and_(*(decision_facts.c[key] == outcomes.c[key] for key in _KEYS)))
    .outerjoin(
        log_entries,
        and_(
            log_entries.c.trace_id == outcomes.c.trace,
            log_entries.c.span_id == outcomes.c.span_id,
            log_entries.c.kind == "report",
        ),
    )
    .outerjoin(log_index, log_index.c.seq == log_entries.c.seq)
    .outerjoin(dossier_secret, dossier_secret.c.dossier_id == log_index.c.subject)
    # Those whose entry was pruned nothing vouches for any more: as if they were not there.
    .where(
        or_(
            log_entries.c.seq.is_not(None),
            ~select(log_pruned.c.first)
            .where(log_pruned.c.newest_at >= decision_facts.c.recorded_at)
            .exists(),
        )
    )
)


class DatabaseDecisions:
    """Reads decisions; writes nothing."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._tables = PolicyTexts(self._text)

    async def kept(self, since: datetime | None, until: datetime | None) -> AsyncIterator[Kept]:
        """See the port; decisions that are recorded meanwhile are not looked for."""
        page = await self._page(since, until, None)
        while page:
            opener = LogOpener(self._vault)
            for row in page:
                yield _kept(row, vouched=_vouched(opener, row))
            page = await self._page(since, until, page[-1]) if len(page) == _PAGE else ()

    async def without_facts(self, since: datetime | None, until: datetime | None) -> int:
        """See the port."""
        judged = select(log_entries.c.seq).where(
            log_entries.c.trace_id == outcomes.c.trace,
            log_entries.c.span_id == outcomes.c.span_id,
            log_entries.c.kind == "report",
        )
        facts = select(decision_facts.c.trace).where(
            *(decision_facts.c[key] == outcomes.c[key] for key in _KEYS)
        )
        count = (
            select(func.count())
            .select_from(outcomes)
            .where(
                outcomes.c.policy_digest.is_not(None),
                judged.exists(),
                ~facts.exists(),
                *_between(outcomes.c.recorded_at, since, until),
            )
        )
        async with self._database.reading() as connection:
            return int(await connection.scalar(count) or 0)

    async def table(self, digest: str) -> Policy:
        """See the port."""
        return await self._tables.table(digest)

    async def _text(self, digest: str) -> str | None:
        async with self._database.reading() as connection:
            found = await connection.scalar(
                select(policy_text.c.text).where(policy_text.c.digest == digest)
            )
        return None if found is None else str(found)

    async def _page(
        self, since: datetime | None, until: datetime | None, after: AnyRow | None
    ) -> Sequence[AnyRow]:
        wanted = _KEPT.where(*_between(decision_facts.c.recorded_at, since, until))
        if after is not None:
            wanted = wanted.where(_after(after))
        async with self._database.reading() as connection:
            found = await connection.execute(wanted.order_by(*_ORDER).limit(_PAGE))
            return found.all()


def _after(row: AnyRow) -> ColumnElement[bool]:
    # The first column alone as well, because only that comparison is found by the index.
    first, *rest = _ORDER
    later = or_(
        first > row.recorded_at,
        and_(first == row.recorded_at, tuple_(*rest) > tuple_(row.trace, row.round, row.number)),
    )
    return and_(first >= row.recorded_at, later)


def _between(
    column: Column[datetime], since: datetime | None, until: datetime | None
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if since is not None:
        found.append(column >= since)
    if until is not None:
        found.append(column < until)
    return found


def _vouched(opener: LogOpener, row: AnyRow) -> bool:
    """Whether the outcome's entry in the log names exactly these facts, and this decision."""
    if row.entry is None:
        return False
    try:
        evidence = content_of(opener, row).get("evidence", {})
        named = [evidence.get(name) for name in ("judgement", "policy", "round", "number")]
    except (UnopenedError, AttributeError):
        return False
    facts = digest_of(row.circumstances, row.judgement)
    return named == [facts, row.policy_digest, row.round, row.number]


def _kept(row: AnyRow, *, vouched: bool) -> Kept:
    said = read(row.circumstances, row.judgement, row.policy_digest) if vouched else None
    return Kept(
        trace=row.trace,
        number=row.number,
        round=row.round,
        recorded_at=row.recorded_at,
        stands=row.withdrawn_at is None,
        policy_digest=row.policy_digest,
        judgement=said,
    )
