"""Entries as they are read from the log: taken from their table, and opened where a key is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.adapters.log_sealing import Opened, opened
from gateway.adapters.tables_log import log_entries, log_index
from gateway.adapters.tables_register import dossier_secret

if TYPE_CHECKING:
    from gateway.adapters.tables_flow import AnyRow
    from gateway.adapters.vault import PersonKey, Vault

# Which people's unwrapped keys are remembered within one reading.
_MOST_PEOPLE = 10_000

ENTRIES = (
    select(
        log_entries,
        log_index.c.subject,
        log_index.c.sender,
        log_index.c.recipient,
        log_index.c.outcome,
        dossier_secret.c.wrapped_key,
    )
    .outerjoin(log_index, log_index.c.seq == log_entries.c.seq)
    .outerjoin(dossier_secret, dossier_secret.c.dossier_id == log_index.c.subject)
)


class LogOpener:
    """Opens entries for one reading; forget it afterwards, because keys are destroyed."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._people: dict[str, PersonKey] = {}

    def open(self, row: AnyRow) -> Opened:
        """A row of `ENTRIES`; raises `UnopenedError` for one that should open and does not."""
        return opened(row.entry, self._vault, self.person(row.subject, row.wrapped_key))

    def person(self, subject: str | None, wrapped: bytes | None) -> PersonKey | None:
        """The key of whom an entry is said to be about; None where it is destroyed."""
        if subject is None or wrapped is None:
            return None
        found = self._people.get(subject)
        if found is None:
            if len(self._people) >= _MOST_PEOPLE:
                self._people.clear()
            found = self._people[subject] = self._vault.person(subject, wrapped)
        return found


def content_of(opener: LogOpener, row: AnyRow) -> dict[str, Any]:
    """What an entry says, empty where its key is destroyed; raises `UnopenedError`."""
    return opener.open(row).content or {}
