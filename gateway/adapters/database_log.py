"""The log as it is read: shown and exported.  Nothing here writes or deletes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.log_queries import asked
from gateway.adapters.log_reading import LogOpener
from gateway.adapters.tables_log import log_entries
from gateway.ledger.reading import EVERYTHING, Query, Shown

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from gateway.adapters.database import Database
    from gateway.adapters.tables_flow import AnyRow
    from gateway.adapters.vault import Vault

_PAGE = 1000


class DatabaseLog:
    """Reads the log; every method raises `UnopenedError` for an altered entry."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def show(self, query: Query = EVERYTHING, last: int | None = 20) -> Sequence[Shown]:
        """The `last` entries that a query asks for, in order; None for all of them."""
        newest = asked(query).order_by(log_entries.c.seq.desc()).limit(last)
        rows = await self._database.look(lambda connection: connection.execute(newest).all())
        opener = LogOpener(self._vault)
        return [_shown(opener, row) for row in reversed(rows)]

    async def read(self, query: Query = EVERYTHING) -> AsyncIterator[Shown]:
        """All that a query asks for, in order; the log as of one instant."""
        opener = LogOpener(self._vault)
        async with self._database.reading() as connection:
            after = query.after
            while True:
                page = asked(query).where(log_entries.c.seq > after)
                found = await connection.execute(page.order_by(log_entries.c.seq).limit(_PAGE))
                rows = found.all()
                for row in rows:
                    yield _shown(opener, row)
                if len(rows) < _PAGE:
                    return
                after = rows[-1].seq


def _shown(opener: LogOpener, row: AnyRow) -> Shown:
    entry = opener.open(row)
    return Shown(seq=row.seq, head=entry.head, content=entry.content)
