"""Records of the processing log by trace, activity or pseudonym, a page at a time.

No table says whose a pseudonym is: it would outlive the person's key.  So each
question makes every pseudonym anew, from the first to the last, whether or not
one fits; how long that takes tells nothing of whether there is such a person.
"""

from __future__ import annotations

import asyncio
import hmac
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from gateway.adapters.log_reading import ENTRIES, LogOpener
from gateway.adapters.tables_log import log_entries, log_index
from gateway.adapters.tables_register import dossier_secret
from gateway.ledger.reading import Page, Shown
from gateway.ledger.records import PURPOSE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Select

    from gateway.adapters.database import Database
    from gateway.adapters.tables_flow import AnyRow
    from gateway.adapters.vault import Vault
    from gateway.ledger.reading import Sought

_AUDIT: Final = "audit"
_CHUNK: Final = 1000
# How many entries are read for one page at most: an activity stands inside the entries.
_MOST_READ: Final = 5000
_PEOPLE = select(dossier_secret.c.dossier_id, dossier_secret.c.wrapped_key).where(
    dossier_secret.c.wrapped_key.is_not(None)
)


class ProcessingReads:
    """Reads only; raises `Retry` when the database cannot be used."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def subject_of(self, pseudonym: str) -> str | None:
        """The register's own id of whom a record calls this; None for nobody known any more."""
        async with self._database.reading() as connection:
            people = (await connection.execute(_PEOPLE)).all()
        return await asyncio.to_thread(self._fitting, people, pseudonym)

    async def page(self, sought: Sought, subject: str | None) -> Page:
        """What was asked for; `subject` as `subject_of` found it.

        What was erased is among it by its head alone.  Raises `UnopenedError` for an
        altered entry.
        """
        opener, found, last = LogOpener(self._vault), list[Shown](), sought.after
        asked = _asked(sought, subject)
        async with self._database.reading() as connection:
            for count in _chunks(sought):
                behind = asked.where(log_entries.c.seq > last).limit(count)
                rows = (await connection.execute(behind)).all()
                for row in rows:
                    if len(found) == sought.limit:
                        return Page(entries=tuple(found), after=last)
                    last = row.seq
                    found += _fits(opener, row, sought.activity)
                if len(rows) < count:
                    return Page(entries=tuple(found))
        return Page(entries=tuple(found), after=last)

    def _fitting(self, people: Sequence[AnyRow], pseudonym: str) -> str | None:
        found = None
        for dossier_id, wrapped in people:
            theirs = self._vault.person(dossier_id, wrapped).pseudonym(PURPOSE)
            if hmac.compare_digest(theirs, pseudonym):
                found = dossier_id
        return found


def _asked(sought: Sought, subject: str | None) -> Select[object]:
    asked = ENTRIES.where(log_entries.c.kind != _AUDIT).order_by(log_entries.c.seq)
    if sought.trace:
        asked = asked.where(log_entries.c.trace_id == sought.trace)
    if sought.person:
        # For nobody known the same statement is asked, and finds nothing.
        asked = asked.where(log_index.c.subject == (subject or ""))
    return asked


def _chunks(sought: Sought) -> Iterator[int]:
    """How many rows to read, time after time; one more than asked for shows whether there are."""
    if not sought.activity:
        yield sought.limit + 1
        return
    for _ in range(_MOST_READ // _CHUNK):
        yield _CHUNK


def _fits(opener: LogOpener, row: AnyRow, activity: str) -> Iterator[Shown]:
    entry = opener.open(row)
    # The head is hashed, the columns are not.
    if entry.head.kind != _AUDIT and activity in {"", entry.head.activity_id}:
        yield Shown(seq=row.seq, head=entry.head, content=entry.content)
