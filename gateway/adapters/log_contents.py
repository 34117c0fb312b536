"""Opening every entry: whether what it is found by, and what it vouches for, is what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select

from gateway.adapters.audit_writing import KIND as DEED
from gateway.adapters.audit_writing import PURPOSE
from gateway.adapters.decision_rows import digest_of
from gateway.adapters.log_gone import Gone
from gateway.adapters.log_reading import ENTRIES, LogOpener
from gateway.adapters.log_sealing import PLAIN
from gateway.adapters.tables_decisions import decision_facts
from gateway.adapters.tables_flow import outcomes
from gateway.adapters.tables_log import log_entries, log_index, log_pruned
from gateway.adapters.tables_register import dossier_secret
from gateway.adapters.timestamps import microseconds
from gateway.ledger.envelope import UnopenedError
from gateway.ledger.findings import Finding, Kind
from gateway.ledger.verifying import MOST_FINDINGS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from sqlalchemy.ext.asyncio import AsyncConnection

    from gateway.adapters.database import Database
    from gateway.adapters.tables_flow import AnyRow
    from gateway.adapters.vault import Vault

_PAGE = 1000
# The kinds that are found by whatever they say; of other kinds by less.
_FOUND_BY_ALL = frozenset({"mail", "report"})
_FINDERS = ("sender", "recipient", "outcome")
_WITH_FACTS = ENTRIES.add_columns(
    decision_facts.c.circumstances, decision_facts.c.judgement
).outerjoin(
    decision_facts,
    and_(
        decision_facts.c.trace == log_entries.c.trace_id,
        decision_facts.c.span_id == log_entries.c.span_id,
    ),
)
_ITS_ENTRY = and_(
    log_entries.c.trace_id == outcomes.c.trace, log_entries.c.span_id == outcomes.c.span_id
)
# An outcome about somebody whose key is there, whose entry is not found under them.
_HIDDEN = (
    select(log_entries.c.seq, log_index.c.subject)
    .join(outcomes, _ITS_ENTRY)
    .join(log_index, log_index.c.seq == log_entries.c.seq)
    .join(dossier_secret, dossier_secret.c.dossier_id == outcomes.c.dossier_id)
    .where(
        log_entries.c.kind == "report",
        dossier_secret.c.wrapped_key.is_not(None),
        log_index.c.subject.is_distinct_from(outcomes.c.dossier_id),
    )
    .limit(MOST_FINDINGS)
)
_OLDER = select(log_pruned.c.first).where(log_pruned.c.newest_at >= outcomes.c.recorded_at)
_UNLOGGED = select(outcomes.c.trace).where(
    ~select(log_entries.c.seq).where(_ITS_ENTRY).exists(), ~_OLDER.exists()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What is wrong with what entries say; `erased` of them nobody can read any more."""

    findings: tuple[Finding, ...]
    erased: int


async def contents(database: Database, vault: Vault, size: int) -> Contents:
    """What is wrong with what entries say, with what they are found by, or with what is gone.

    `size` is where the log ends, for what should be in it and is not.
    """
    found: list[Finding] = []
    gone = Gone()
    async with database.reading() as connection:
        opener = LogOpener(vault)
        async for row in _all(connection):
            found += _faults(opener, row, gone)
            if len(found) >= MOST_FINDINGS:
                return Contents(findings=tuple(found), erased=gone.unreadable)
        hidden = (await connection.execute(_HIDDEN)).all()
        found += [_at(row.seq, Kind.INDEX, "not found under whom it is about") for row in hidden]
        if (await connection.execute(_UNLOGGED.limit(1))).first() is not None:
            found.append(_at(size, Kind.UNLOGGED, "an outcome that the log knows nothing of"))
        pruned = await connection.execute(select(log_pruned).order_by(log_pruned.c.first))
        gone.explained += sum(row.subject is None for row in hidden)
        found += gone.faults(pruned.all(), size)
    return Contents(findings=tuple(found), erased=gone.unreadable)


async def _all(connection: AsyncConnection) -> AsyncIterator[AnyRow]:
    after = -1
    while True:
        page = _WITH_FACTS.where(log_entries.c.seq > after).order_by(log_entries.c.seq)
        rows = (await connection.execute(page.limit(_PAGE))).all()
        for row in rows:
            yield row
        if len(rows) < _PAGE:
            return
        after = rows[-1].seq


def _faults(opener: LogOpener, row: AnyRow, gone: Gone) -> Iterator[Finding]:
    try:
        entry = opener.open(row)
    except UnopenedError:
        yield _at(row.seq, Kind.INDEX, "does not open under the key of whom it is found under")
        return
    head, content = entry.head, entry.content
    gone.heard(head.kind, content, sealed=not row.entry.startswith(PLAIN))
    if _columns(row) != (head.kind, head.trace_id, head.span_id, head.at):
        yield _at(row.seq, Kind.COLUMNS, "its columns say something else than what was hashed")
    if content is None:
        return
    if row.kind == DEED:
        if not _under_whom_it_says(opener, row, content):
            yield _at(row.seq, Kind.INDEX, "not about whom it is found under")
        return
    evidence: dict[str, Any] = content.get("evidence", {})
    if row.kind in _FOUND_BY_ALL and not row.entry.startswith(PLAIN) and _differs(row, evidence):
        yield _at(row.seq, Kind.INDEX, "what it is found by is not what it says")
    if not _facts_agree(evidence.get("judgement"), row):
        yield _at(row.seq, Kind.FACTS, "the facts kept beside it are not those it vouches for")


def _columns(row: AnyRow) -> tuple[str, str, str, int]:
    return row.kind, row.trace_id, row.span_id, microseconds(row.recorded_at) // 1000


def _differs(row: AnyRow, evidence: dict[str, Any]) -> bool:
    return any(evidence.get(name) != getattr(row, name) for name in _FINDERS)


def _under_whom_it_says(opener: LogOpener, row: AnyRow, content: dict[str, Any]) -> bool:
    """A deed is not sealed for whom it is about, so what it says is held to that person."""
    person = opener.person(row.subject, row.wrapped_key)
    return person is None or content["deed"]["about"] == person.pseudonym(PURPOSE)


def _facts_agree(vouched: object, row: AnyRow) -> bool:
    if row.circumstances is None:
        return vouched is None
    return vouched == digest_of(row.circumstances, row.judgement)


def _at(seq: int, kind: Kind, detail: str) -> Finding:
    return Finding(first=seq, after=seq + 1, kind=kind, detail=detail)
