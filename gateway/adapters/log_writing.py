"""Adding to the log, inside the transaction of what is being logged.

Everything that reads or writes what the log speaks of first passes the log's
lock, so outcomes, outbox and log are changed by one transaction at a time over
all gateways, and each sees all that was committed before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, text

from gateway.adapters.among import among_given
from gateway.adapters.log_reading import LogOpener
from gateway.adapters.log_sealing import sealed
from gateway.adapters.tables_log import log_checkpoints, log_entries
from gateway.adapters.tables_register import dossier_secret
from gateway.adapters.timestamps import microseconds
from gateway.ledger.verdict import BrokenLogError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.adapters.vault import PersonKey, Vault
    from gateway.ledger.records import Entry

_ENDS = select(
    select(func.max(log_entries.c.seq)).scalar_subquery().label("last"),
    select(func.max(log_checkpoints.c.size)).scalar_subquery().label("covered"),
)
_KEYS = select(dossier_secret.c.dossier_id, dossier_secret.c.wrapped_key).where(
    among_given(dossier_secret.c.dossier_id, "people"), dossier_secret.c.wrapped_key.is_not(None)
)
# Past the types of columns: every message pays for these two.
_ADD = text(
    "INSERT INTO log_entries (seq, trace_id, span_id, kind, entry, recorded_at) "
    "VALUES (:seq, :trace_id, :span_id, :kind, :entry, :recorded_at)"
)
_PLACE = text(
    "INSERT INTO log_index (seq, subject, sender, recipient, outcome) "
    "VALUES (:seq, :subject, :sender, :recipient, :outcome)"
)
_LOCK = 0x7461616C6C6F67


def sequence(connection: Connection) -> None:
    """Wait until no other transaction is adding to the log; held until this one ends."""
    lock(connection, _LOCK)


def lock(connection: Connection, key: int) -> None:
    """Let one transaction at a time pass this point, over all gateways on this database.

    PostgreSQL takes an advisory lock until the transaction ends; on SQLite
    ``BEGIN IMMEDIATE`` has already made this the only writer.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(key)))


class LogWriter:
    """Seals entries and adds them."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def opener(self) -> LogOpener:
        """What opens entries, for this transaction alone."""
        return LogOpener(self._vault)

    def append(self, connection: Connection, entries: Sequence[Entry], now: datetime) -> None:
        """Add these, in this order; the caller has passed `sequence` in this transaction.

        What is about somebody whose key is destroyed is about nobody from then on.
        Raises `BrokenLogError`, and `ValueError` for an entry of another moment than `now`:
        hashed and kept it would look like one that was tampered with, for ever.
        """
        if not entries:
            return
        first, at = size(connection), microseconds(now)
        if any(entry.at != at // 1000 for entry in entries):
            raise ValueError("an entry says another moment than it is recorded at")
        people = self.people(connection, {entry.found.subject for entry in entries} - {None})
        rows = []
        places = []
        for seq, entry in enumerate(entries, first):
            found = entry.found
            person = people.get(found.subject or "")
            rows.append(
                {
                    "seq": seq,
                    "trace_id": entry.trace_id,
                    "span_id": entry.span_id,
                    "kind": entry.kind,
                    "entry": sealed(entry, self._vault, person),
                    "recorded_at": at,
                }
            )
            places.append(
                {
                    "seq": seq,
                    "subject": found.subject if person is not None else None,
                    "sender": found.sender,
                    "recipient": found.recipient,
                    "outcome": found.outcome,
                }
            )
        connection.execute(_ADD, rows)
        connection.execute(_PLACE, places)

    def people(
        self, connection: Connection, subjects: Collection[str | None]
    ) -> Mapping[str, PersonKey]:
        """The keys of those dossiers that still have one, read in the caller's transaction."""
        if not subjects:
            return {}
        rows = connection.execute(_KEYS, {"people": list(subjects)})
        return {dossier_id: self._vault.person(dossier_id, wrapped) for dossier_id, wrapped in rows}


def size(connection: Connection) -> int:
    """How many entries there are; raises `BrokenLogError` where some are gone from its end."""
    row = connection.execute(_ENDS).one()
    found = 0 if row.last is None else int(row.last) + 1
    if row.covered is not None and found < row.covered:
        raise BrokenLogError("entries are gone from the end of the log")
    return found
