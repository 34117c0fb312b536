"""Forgetting a person in the log: their key goes, and with it all that was sealed under it.

Only the key in this database.  A backup made before still holds its wrapped form, and
opens with the master key: erasures are done again after a restore, and backups end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update

from gateway.adapters.log_holding import refuse_if_held
from gateway.adapters.log_own_entries import erased_entry
from gateway.adapters.log_queries import about
from gateway.adapters.log_reading import ENTRIES
from gateway.adapters.log_sealing import is_sealed_by
from gateway.adapters.log_writing import sequence
from gateway.adapters.tables_log import log_entries, log_index
from gateway.adapters.tables_register import (
    dossier_index,
    dossier_secret,
    register_state,
    stamp,
)
from gateway.domain.audit import Action, Deed, DeedResult
from gateway.domain.register import Refusal, RegisterError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.adapters.database import Database
    from gateway.adapters.log_own_entries import ActivityOf
    from gateway.adapters.log_writing import LogWriter
    from gateway.adapters.vault import PersonKey

    # Puts deeds on record in the transaction of the deed; `DeedLog.write` is one.
    Deeds = Callable[[Connection, Sequence[Deed]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """Who is to be forgotten, on which ground (a reason code), and who decided it, from where."""

    dossier_id: str
    reason: str
    by: str
    origin: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """How many entries nobody can read any more, and how many are no longer found by the person.

    The second counts the first, and deeds and entries from before contents were sealed:
    those say a pseudonym that nobody can make again.
    """

    unreadable: int
    unlinked: int


class Forgetting:
    """Destroys a person's key and every link to it; all of it in the caller's transaction."""

    def __init__(self, log: LogWriter, activity_of: ActivityOf, deeds: Deeds) -> None:
        self._log = log
        self._activity_of = activity_of
        self._deeds = deeds

    def forget(self, connection: Connection, erasure: Erasure) -> Forgotten:
        """The key, the blind index of the dossierkenmerk and the log's index go together.

        Who has the right to decide it, and whether the law allows it, the caller has
        settled.  Raises `RegisterError` for nobody, and for who was erased before;
        `HoldError` for a person under legal hold; `BrokenLogError`.
        """
        # First the register, then the log: the order of every change of the register.
        _new_revision(connection)
        sequence(connection)
        refuse_if_held(connection, erasure.dossier_id)
        person = self._person(connection, erasure.dossier_id)
        # While their pseudonym can still be made; its link to them goes with the others.
        self._deeds(connection, [_deed(erasure)])
        unreadable = _sealed_by(connection, person, erasure.dossier_id)
        unlinked = _unlink(connection, erasure.dossier_id)
        _destroy(connection, erasure)
        made = erased_entry(
            self._activity_of, erasure.reason, unreadable=unreadable, now=erasure.at
        )
        self._log.append(connection, [made], erasure.at)
        return Forgotten(unreadable=unreadable, unlinked=unlinked)

    def _person(self, connection: Connection, dossier_id: str) -> PersonKey:
        known = select(dossier_secret.c.dossier_id).where(dossier_secret.c.dossier_id == dossier_id)
        if connection.execute(known).first() is None:
            raise RegisterError(Refusal.UNKNOWN_DOSSIER)
        person = self._log.people(connection, [dossier_id]).get(dossier_id)
        if person is None:
            raise RegisterError(Refusal.PERSON_ERASED)
        return person


async def scrub(database: Database) -> None:
    """Once an erasure is committed: nothing of what it took stays in the journal of SQLite.

    On PostgreSQL old rows go with VACUUM, and from its journal as that is recycled.
    """
    await database.empty_journal()


def _new_revision(connection: Connection) -> None:
    # Whatever waits to be sent was released under the former one, and walks again.
    connection.execute(update(register_state).values(revision=register_state.c.revision + 1))


def _sealed_by(connection: Connection, person: PersonKey, dossier_id: str) -> int:
    theirs = ENTRIES.where(about(dossier_id)).order_by(log_entries.c.seq)
    return sum(is_sealed_by(row.entry, person) for row in connection.execute(theirs))


def _unlink(connection: Connection, dossier_id: str) -> int:
    theirs = about(dossier_id)
    # Counted apart: how many rows such a statement has changed, SQLite does not tell.
    count = select(func.count()).select_from(log_index).where(theirs)
    found = connection.scalar(count) or 0
    connection.execute(update(log_index).where(theirs).values(subject=None))
    return found


def _destroy(connection: Connection, erasure: Erasure) -> None:
    whose = erasure.dossier_id
    connection.execute(
        update(dossier_secret)
        .where(dossier_secret.c.dossier_id == whose)
        .values(wrapped_key=None, destroyed_at=stamp(erasure.at), destroyed_by=erasure.by)
    )
    connection.execute(delete(dossier_index).where(dossier_index.c.dossier_id == whose))


def _deed(erasure: Erasure) -> Deed:
    return Deed(
        at=erasure.at,
        actor=erasure.by,
        action=Action.DOSSIER_ERASED,
        about="",
        result=DeedResult.DONE,
        origin=erasure.origin,
        detail=erasure.reason,
        subject=erasure.dossier_id,
    )
