"""The audit trail as it is read from the log: who did what, newest first, filtered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.adapters.audit_writing import KIND, deed_of
from gateway.adapters.log_queries import asked
from gateway.adapters.log_reading import LogOpener
from gateway.adapters.tables_log import log_entries
from gateway.ledger.reading import Query

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from gateway.adapters.database import Database
    from gateway.adapters.tables_flow import AnyRow
    from gateway.adapters.vault import Vault
    from gateway.domain.audit import Deed

_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which deeds; what is left empty asks nothing, and all that is given must hold.

    `actors` are operators' ids, or accounts as they are recorded; `actions` by name, or
    by how they begin; `subject` the register's own id of a dossier; `since` up to but not
    at `until`.
    """

    actors: frozenset[str] = frozenset()
    actions: tuple[str, ...] = ()
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def fits(self, deed: Deed) -> bool:
        """Whether a deed is by one of these people, and one of these actions."""
        by = not self.actors or deed.actor in self.actors
        return by and (not self.actions or deed.action.startswith(self.actions))


class AuditLog:
    """Reads deeds; raises `UnopenedError` for an altered entry."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def deeds(self, sought: Sought, last: int) -> Sequence[tuple[int, Deed]]:
        """The latest `last` that are sought, each with its number in the log, oldest first."""
        query = Query(
            kinds=frozenset({KIND}),
            subject=sought.subject,
            since=sought.since,
            until=sought.until,
        )
        statement = asked(query).order_by(log_entries.c.seq.desc()).limit(_PAGE)
        found: list[tuple[int, Deed]] = []
        opener = LogOpener(self._vault)
        async with self._database.reading() as connection:
            before = await _end(connection)
            while len(found) < last:
                page = statement.where(log_entries.c.seq < before)
                rows = (await connection.execute(page)).all()
                found += [each for row in rows if sought.fits((each := _deed(opener, row))[1])]
                if len(rows) < _PAGE:
                    break
                before = rows[-1].seq
        return found[:last][::-1]


async def _end(connection: AsyncConnection) -> int:
    newest = select(log_entries.c.seq).order_by(log_entries.c.seq.desc()).limit(1)
    found: int | None = await connection.scalar(newest)
    return 0 if found is None else found + 1


def _deed(opener: LogOpener, row: AnyRow) -> tuple[int, Deed]:
    entry = opener.open(row)
    # Under the log's own key: it does not end with anybody's.
    return row.seq, deed_of(entry.head, entry.content or {}, row.subject)
