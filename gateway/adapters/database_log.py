"""The log as it is read: shown, verified, exported.  Nothing here writes or deletes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select

from gateway.adapters.decision_rows import digest_of
from gateway.adapters.log_writing import BrokenLogError, head
from gateway.adapters.tables_decisions import decision_facts
from gateway.adapters.tables_flow import log_entries, outcomes, outgoing
from gateway.ledger.chain import EMPTY, Finding, Flaw, Link, Verification

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from gateway.adapters.database import Database
    from gateway.adapters.tables_flow import AnyRow
    from gateway.ledger.chain import Head

_PAGE = 500
_WITH_FACTS = select(
    log_entries, decision_facts.c.circumstances, decision_facts.c.judgement
).outerjoin(
    decision_facts,
    and_(
        decision_facts.c.trace == log_entries.c.trace_id,
        decision_facts.c.span_id == log_entries.c.span_id,
    ),
)


class DatabaseLog:
    """Reads the log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def head(self) -> Head:
        """Where the log ends now; written down elsewhere, it is a witness for `verify`."""
        async with self._database.reading() as connection:
            return await _head(connection)

    async def show(self, mail: str = "", last: int = 20) -> Sequence[dict[str, Any]]:
        """The entries of one mail, or the `last` ones of all, in order.

        `mail` is its trace, or the reference that a report of it bears.
        """
        newest = select(log_entries).order_by(log_entries.c.seq.desc()).limit(last)
        referred = select(outgoing.c.trace).where(
            outgoing.c.message_id.startswith(f"<{mail}", autoescape=True)
        )
        of_mail = select(log_entries).where(
            or_(log_entries.c.trace_id == mail, log_entries.c.trace_id.in_(referred))
        )
        async with self._database.reading() as connection:
            found = await connection.execute(of_mail if mail else newest)
            rows = sorted(found.all(), key=lambda row: int(row.seq))
        return [{"seq": row.seq, **json.loads(row.entry)} for row in rows]

    async def export(self) -> AsyncIterator[bytes]:
        """One line of JSON an entry, with its hashes; the log as of one instant."""
        async with self._database.reading() as connection:
            async for row in _all(connection):
                yield (
                    b'{"seq":%d,"leaf_hash":"%s","chain_hash":"%s","entry":%s}\n'
                    % (
                        row.seq,
                        row.leaf_hash.hex().encode(),
                        row.chain_hash.hex().encode(),
                        row.entry,
                    )
                )

    async def verify(self, witness: Head | None = None) -> tuple[Finding, ...]:
        """Everything that is wrong with the log, named by entry; nothing means it is whole.

        An earlier head, kept elsewhere, as `witness` also finds what somebody
        rewrote with all its hashes.
        """
        async with self._database.reading() as connection:
            reading = Verification(witness)
            columns: list[Finding] = []
            async for row in _all(connection):
                reading.see(_link(row), row.entry)
                if not _columns_agree(row) or not _facts_agree(row):
                    columns.append(Finding(seq=row.seq, flaw=Flaw.ALTERED))
            end = await _head(connection)
            found = (*reading.end(end), *columns)
            unlogged = await _outcomes_without_entry(connection)
        if unlogged and not found:
            found = (Finding(seq=end.size, flaw=Flaw.TRUNCATED),)
        return tuple(dict.fromkeys(found))


async def _head(connection: AsyncConnection) -> Head:
    try:
        return await connection.run_sync(head)
    except BrokenLogError:
        return EMPTY


async def _all(connection: AsyncConnection) -> AsyncIterator[AnyRow]:
    after = -1
    while True:
        found = await connection.execute(
            _WITH_FACTS.where(log_entries.c.seq > after).order_by(log_entries.c.seq).limit(_PAGE)
        )
        rows = found.all()
        for row in rows:
            yield row
        if len(rows) < _PAGE:
            return
        after = rows[-1].seq


def _link(row: AnyRow) -> Link:
    return Link(seq=row.seq, leaf_hash=row.leaf_hash, chain_hash=row.chain_hash)


def _columns_agree(row: AnyRow) -> bool:
    """Whether the columns by which an entry is found say what the hashed entry says."""
    try:
        entry = json.loads(row.entry)
        record = entry["record"]
        hashed = (entry["kind"], record["trace_id"], record["span_id"])
    except (ValueError, KeyError, TypeError):
        return False
    return hashed == (row.kind, row.trace_id, row.span_id)


def _facts_agree(row: AnyRow) -> bool:
    """Whether the facts of a decision are there, and those that the hashed entry vouches for."""
    try:
        vouched = json.loads(row.entry)["evidence"].get("judgement")
    except (ValueError, KeyError, TypeError, AttributeError):
        return True  # the entry itself is found to be altered
    if row.circumstances is None:
        return vouched is None
    return bool(vouched == digest_of(row.circumstances, row.judgement))


async def _outcomes_without_entry(connection: AsyncConnection) -> bool:
    """Whether something was recorded of which the log knows nothing."""
    logged = (
        select(log_entries.c.seq)
        .where(
            log_entries.c.trace_id == outcomes.c.trace,
            log_entries.c.span_id == outcomes.c.span_id,
        )
        .exists()
    )
    found = await connection.execute(select(outcomes.c.trace).where(~logged).limit(1))
    return found.first() is not None
