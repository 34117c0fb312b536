"""Opening every entry: whether what it is found by, and what it vouches for, is what it says."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select, text

from gateway.adapters.among import among_given
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
from gateway.ledger.envelope import EnvelopeError, UnopenedError, commitment, parse
from gateway.ledger.findings import Finding, Kind
from gateway.ledger.verifying import MOST_FINDINGS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from gateway.adapters.database import Database
    from gateway.adapters.tables_flow import AnyRow
    from gateway.adapters.vault import PersonKey, Vault
    from gateway.ledger.envelope import Head

_PAGE = 1000
# The kinds that are found by whatever they say; of other kinds by less.
_FOUND_BY_ALL = frozenset({"mail", "report"})
_FINDERS = ("sender", "recipient", "outcome")
_FOUND_BY = ("recipient",)
_WITH_FACTS = ENTRIES.add_columns(
    log_index.c.seq.label("place"), decision_facts.c.circumstances, decision_facts.c.judgement
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
# Entries under the trace and span of an earlier one, and so under the key of that one too.
_TWICE = (
    select(log_entries.c.trace_id, log_entries.c.span_id, func.min(log_entries.c.seq).label("seq"))
    .where(among_given(log_entries.c.trace_id, "traces"))
    .group_by(log_entries.c.trace_id, log_entries.c.span_id)
    .having(func.count() > 1)
)
# An outcome about somebody whose key is there, whose entry is not found under them.
_HIDDEN = (
    select(log_entries.c.seq, log_index.c.subject)
    .join(outcomes, _ITS_ENTRY)
    .outerjoin(log_index, log_index.c.seq == log_entries.c.seq)
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


_PEOPLE = select(dossier_secret.c.dossier_id, dossier_secret.c.wrapped_key).where(
    dossier_secret.c.wrapped_key.is_not(None)
)
_DESTROYED = (
    select(func.count()).select_from(dossier_secret).where(dossier_secret.c.wrapped_key.is_(None))
)
# SQLite keeps anything in any column, and what is of another kind cannot even be read.
_MISTYPED = text(
    "SELECT seq FROM log_entries WHERE typeof(entry) <> 'blob' OR typeof(recorded_at) <> 'integer' "
    "OR typeof(kind) <> 'text' OR typeof(trace_id) <> 'text' OR typeof(span_id) <> 'text' "
    "LIMIT :most"
)
# Keys held against entries that nobody's key is known for; beyond so many they count as erased.
_MOST_TRIALS = 5_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What is wrong with what entries say; `erased` of them nobody can read any more."""

    findings: tuple[Finding, ...]
    erased: int


async def contents(database: Database, vault: Vault, size: int) -> Contents:
    """What is wrong with what entries say, with what they are found by, or with what is gone.

    `size` is where the log ends, for what should be in it and is not.
    """
    async with database.reading() as connection:
        found: list[Finding] = []
        if database.dialect == "sqlite":
            mistyped = await connection.execute(_MISTYPED, {"most": MOST_FINDINGS})
            detail = "its columns hold what no gateway writes there"
            found = [_at(seq, Kind.COLUMNS, detail) for (seq,) in mistyped]
            if found:
                return Contents(findings=tuple(found), erased=0)
        opening = await _Opening.over(connection, vault)
        async for rows in _pages(connection):
            found += await _repeated(connection, rows)
            for row in rows:
                found += opening.faults(row)
                if len(found) >= MOST_FINDINGS:
                    return Contents(findings=tuple(found), erased=opening.gone.unreadable)
        hidden = (await connection.execute(_HIDDEN)).all()
        found += [_at(row.seq, Kind.INDEX, "not found under whom it is about") for row in hidden]
        if (await connection.execute(_UNLOGGED.limit(1))).first() is not None:
            found.append(_at(size, Kind.UNLOGGED, "an outcome that the log knows nothing of"))
        pruned = await connection.execute(select(log_pruned).order_by(log_pruned.c.first))
        opening.named.update(row.seq for row in hidden if row.subject is None)
        gone = opening.gone
        gone.explained = len(opening.named)
        found += gone.faults(pruned.all(), size)
    return Contents(findings=tuple(dict.fromkeys(found)), erased=gone.unreadable)


async def _pages(connection: AsyncConnection) -> AsyncIterator[Sequence[AnyRow]]:
    after = -1
    while True:
        page = _WITH_FACTS.where(log_entries.c.seq > after).order_by(log_entries.c.seq)
        rows = (await connection.execute(page.limit(_PAGE))).all()
        yield rows
        if len(rows) < _PAGE:
            return
        after = rows[-1].seq


async def _repeated(connection: AsyncConnection, rows: Sequence[AnyRow]) -> list[Finding]:
    """Entries made from others: copied, or sealed by whoever was given the key of one.

    Every entry has a span of its own, and by trace and span its key; so who has the
    database and a proof with its key can say anything under these two, and nowhere else.
    """
    traces = list({row.trace_id for row in rows})
    found = await connection.execute(_TWICE, {"traces": traces})
    first = {(each.trace_id, each.span_id): each.seq for each in found}
    return [
        _at(row.seq, Kind.INSERTED, f"under the trace and span of entry {before}")
        for row in rows
        if (before := first.get((row.trace_id, row.span_id), row.seq)) != row.seq
    ]


class _Opening:
    """One reading of all entries, in order, each opened and held against what stands beside it."""

    def __init__(self, vault: Vault, people: Sequence[PersonKey], *, destroyed: bool) -> None:
        self._opener = LogOpener(vault)
        self._people = people
        self._destroyed = destroyed
        self._trials = _MOST_TRIALS
        self._sealed = False  # an entry was seen that is
        self.gone = Gone()
        # Entries that do not open, and of which it is said already why that is wrong.
        self.named: set[int] = set()

    @classmethod
    async def over(cls, connection: AsyncConnection, vault: Vault) -> _Opening:
        """With the keys of everybody whose key is there."""
        rows = (await connection.execute(_PEOPLE)).all()
        people = [vault.person(dossier_id, wrapped) for dossier_id, wrapped in rows]
        destroyed = await connection.scalar(_DESTROYED)
        return cls(vault, people, destroyed=bool(destroyed))

    def faults(self, row: AnyRow) -> Iterator[Finding]:
        """What is wrong with one entry."""
        if row.place is None:
            yield _at(row.seq, Kind.INDEX, "not among what entries are found by")
        try:
            entry = self._opener.open(row)
        except UnopenedError:
            yield _unopened(row)
            return
        plain = row.entry.startswith(PLAIN)
        if plain and self._sealed:
            yield _at(row.seq, Kind.INSERTED, "not sealed, behind entries that are")
        self._sealed = self._sealed or not plain
        head, content = entry.head, entry.content
        self.gone.heard(head.kind, content, sealed=not plain)
        if _columns(row) != (head.kind, head.trace_id, head.span_id, head.at):
            yield _at(row.seq, Kind.COLUMNS, "its columns say something else than what was hashed")
        if content is None:
            for wrong in self._erased(row, head):
                self.named.add(row.seq)
                yield wrong
        elif head.kind == DEED:
            yield from self._misattributed(row, content)
        else:
            yield from _content_faults(row, content, plain=plain)

    def _erased(self, row: AnyRow, head: Head) -> Iterator[Finding]:
        """An entry that no key opens that is known for it: only an erasure leaves one so."""
        if row.subject is not None:
            yield _at(row.seq, Kind.INDEX, "found under somebody whose key is not there")
        elif not self._trials:
            return
        elif self._is_somebodys(head):
            yield _at(row.seq, Kind.INDEX, "not found under whom it is about")
        elif not self._destroyed:
            yield _at(row.seq, Kind.INSERTED, "opens under no key, and none was ever destroyed")

    def _misattributed(self, row: AnyRow, content: dict[str, Any]) -> Iterator[Finding]:
        """A deed is not sealed for whom it is about, so what it says is held to that person."""
        about = content["deed"]["about"]
        person = self._opener.person(row.subject, row.wrapped_key)
        if person is not None and about != person.pseudonym(PURPOSE):
            yield _at(row.seq, Kind.INDEX, "not about whom it is found under")
        elif row.subject is None and about in self._looked_at:
            yield _at(row.seq, Kind.INDEX, "not found under whom it is about")

    @cached_property
    def _looked_at(self) -> frozenset[str]:
        """Under which pseudonyms deeds are about those whose key is there."""
        return frozenset(person.pseudonym(PURPOSE) for person in self._people)

    def _is_somebodys(self, head: Head) -> bool:
        self._trials = max(0, self._trials - len(self._people))
        return any(
            commitment(person.entry_key(head.which)) == head.commitment for person in self._people
        )


def _unopened(row: AnyRow) -> Finding:
    try:
        parse(row.entry)
    except EnvelopeError:
        return _at(row.seq, Kind.ALTERED, "not an entry of a log")
    return _at(row.seq, Kind.INDEX, "does not open under the key of whom it is found under")


def _content_faults(row: AnyRow, content: dict[str, Any], *, plain: bool) -> Iterator[Finding]:
    evidence = content.get("evidence", {})
    record = content.get("record", {})
    if not isinstance(evidence, dict) or not isinstance(record, dict):
        yield _at(row.seq, Kind.ALTERED, "not an entry of a log")
        return
    if not plain and record and _misplaced(row, record, evidence):
        yield _at(row.seq, Kind.INDEX, "what it is found by is not what it says")
    if not _facts_agree(evidence.get("judgement"), row):
        yield _at(row.seq, Kind.FACTS, "the facts kept beside it are not those it vouches for")


def _misplaced(row: AnyRow, record: dict[str, Any], evidence: dict[str, Any]) -> bool:
    """Found by something else than it says; by whom it is about its key has vouched for."""
    known = _FINDERS if row.kind in _FOUND_BY_ALL else _FOUND_BY
    about = record.get("attributes", {}).get("dpl.core.data_subject_id")
    return (row.subject is None) != (about is None) or any(
        getattr(row, name) != (evidence.get(name) if name in known else None) for name in _FINDERS
    )


def _columns(row: AnyRow) -> tuple[str, str, str, int]:
    return row.kind, row.trace_id, row.span_id, microseconds(row.recorded_at) // 1000


def _facts_agree(vouched: object, row: AnyRow) -> bool:
    if row.circumstances is None:
        return vouched is None
    return vouched == digest_of(row.circumstances, row.judgement)


def _at(seq: int, kind: Kind, detail: str) -> Finding:
    return Finding(first=seq, after=seq + 1, kind=kind, detail=detail)
