"""Handing the records of the processing log to a collector: each at least once, in order.

How far it came stands in the database and moves only when the collector took
what lies behind it.  So a collector, a connection or a gateway that ends
meanwhile loses nothing; what was under way comes twice, under the same ids.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select, update

from gateway.adapters.log_reading import ENTRIES, LogOpener
from gateway.adapters.otlp_trouble import Trouble
from gateway.adapters.tables_log import log_cursors, log_entries
from gateway.ledger.envelope import UnopenedError
from gateway.ledger.reading import Passed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from gateway.adapters.database import Database
    from gateway.adapters.otlp import OtlpCollector
    from gateway.adapters.tables_flow import AnyRow
    from gateway.adapters.vault import Vault

READER: Final = "otlp"
AUDIT: Final = "audit"
_LOCK: Final = 0x7461616C6F746C
_CURSOR = select(log_cursors.c.next_seq).where(log_cursors.c.reader == READER)


class LogExport:
    """One of several gateways on a database at a time; `batch` is how many entries at once."""

    def __init__(
        self, database: Database, vault: Vault, collector: OtlpCollector, *, batch: int
    ) -> None:
        self._database = database
        self._vault = vault
        self._collector = collector
        self._batch = batch

    async def pass_on(self) -> Passed:
        """Hand over the next records; nothing where another gateway is at it.  Raises `Retry`."""
        async with self._database.alone(_LOCK) as mine:
            return await self._pass_on() if mine else Passed()

    async def _pass_on(self) -> Passed:
        known, rows = await self._next()
        records, after = self._records(rows)
        if rows and after is None:
            return Passed(trouble=Trouble.UNREADABLE)
        if records and (trouble := await self._collector.send(records)) is not None:
            return Passed(trouble=trouble)
        if after is not None:
            await self._database.write(partial(_advance, known, after))
        return Passed(count=len(records), more=len(rows) == self._batch)

    async def _next(self) -> tuple[int | None, Sequence[AnyRow]]:
        """How far it came, None where it never began, and the entries from there."""
        async with self._database.reading() as connection:
            known = await connection.scalar(_CURSOR)
            behind = ENTRIES.where(log_entries.c.seq >= (known or 0))
            found = await connection.execute(behind.order_by(log_entries.c.seq).limit(self._batch))
            return known, found.all()

    def _records(self, rows: Sequence[AnyRow]) -> tuple[Sequence[dict[str, Any]], int | None]:
        """The records of these entries, and the number behind the last of them that was read.

        An entry that should open and does not ends it: nothing goes past it.  What was
        erased has nothing left to hand over, and what people did is no LDV record.
        """
        opener, records, after = LogOpener(self._vault), [], None
        for row in rows:
            try:
                entry = opener.open(row)
            except UnopenedError:
                break
            after = row.seq + 1
            if entry.content is not None and entry.head.kind != AUDIT:
                records.append(entry.content["record"])
        return records, after


def _advance(known: int | None, after: int, connection: Connection) -> None:
    """Unless somebody else moved it meanwhile: then what was handed over comes twice."""
    if known is None:
        connection.execute(insert(log_cursors).values(reader=READER, next_seq=after))
        return
    connection.execute(
        update(log_cursors)
        .where(log_cursors.c.reader == READER, log_cursors.c.next_seq == known)
        .values(next_seq=after)
    )
