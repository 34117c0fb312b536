"""What people took out of the log opened, read before anything is written.

Only the deed itself says that it took entries out, so all that may be one has to be opened:
minutes of work for a log of years.  Nobody waits for it: the log is read page by page outside
of every transaction that writes, up to where it ended then, and what came since inside.  The log
is only appended to, so the two together are what one reading would have found.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from gateway.adapters.audit_writing import KIND
from gateway.adapters.erasing_files import done_deeds
from gateway.adapters.log_reading import ENTRIES, LogOpener
from gateway.adapters.log_writing import size
from gateway.adapters.tables_log import log_entries, log_index
from gateway.domain.audit import Action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from gateway.adapters.database import Database
    from gateway.adapters.tables_flow import AnyRow
    from gateway.adapters.vault import Vault
    from gateway.domain.audit import Deed

# So many are read and opened at a time.
PAGE: Final = 1000
# What of the log is taken out sealed, opens no more once the person's key is destroyed.
_SEALED: Final = frozenset({"bundle", "proof-sealed"})
_ENTRY: Final = "entry/"
# A deed that is found under somebody is another one: the log is taken whole, or by an entry.
_NAMELESS = ENTRIES.where(log_entries.c.kind == KIND, log_index.c.subject.is_(None)).order_by(
    log_entries.c.seq
)


class Exports:
    """One reading of them; raises `BrokenLogError` for a deed that does not open."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._upto, self._after = 0, -1
        self._found: list[Deed] = []

    async def read(self, database: Database) -> None:
        """Everything up to now, page by page, each a reading of its own."""
        self._upto = await database.look(size)
        while self._after < self._upto:
            rows = await database.look(self._page)
            # By a thread: mail goes on meanwhile, also where the database is not SQLite.
            self._found += await asyncio.to_thread(self._taken, rows)
            self._after = rows[-1].seq if rows else self._upto

    def made_of_everyone(self, connection: Connection) -> list[Deed]:
        """The deeds that took entries out opened, whoever they may be about; oldest first.

        What was not read yet is read here.  But not one entry that is about somebody who is
        still there.
        """
        since = connection.execute(_NAMELESS.where(log_entries.c.seq >= self._upto)).all()
        made = [*self._found, *self._taken(since)]
        return [each for each in made if not _of_somebody(connection, each.about)]

    def _page(self, connection: Connection) -> Sequence[AnyRow]:
        here = (log_entries.c.seq > self._after, log_entries.c.seq < self._upto)
        return connection.execute(_NAMELESS.where(*here).limit(PAGE)).all()

    def _taken(self, rows: Sequence[AnyRow]) -> list[Deed]:
        return [
            each
            for each in done_deeds(LogOpener(self._vault), rows)
            if each.action is Action.LOG_EXPORTED and each.detail not in _SEALED
        ]


def _of_somebody(connection: Connection, taken: str) -> bool:
    number = taken.removeprefix(_ENTRY)
    if number == taken or not number.isdecimal():
        return False
    whose = select(log_index.c.subject).where(log_index.c.seq == int(number))
    return connection.scalar(whose) is not None
