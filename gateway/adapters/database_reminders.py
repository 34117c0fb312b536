"""Reminders in the database (`ports.Reminders`): on record and posted in one transaction."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, insert, select
from sqlalchemy.exc import IntegrityError

from gateway.adapters.evidence import About, new_span, new_trace
from gateway.adapters.flow_rows import post_letter
from gateway.adapters.log_writing import sequence
from gateway.adapters.tables_flow import outgoing
from gateway.adapters.tables_watching import reminder as reminders
from gateway.domain.reminding import Matter, Reminder, Told, digest
from gateway.domain.stages import Post

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from gateway.adapters.at_rest import Blobs
    from gateway.adapters.database import Database
    from gateway.adapters.evidence import Scribe
    from gateway.adapters.log_writing import LogWriter
    from gateway.ledger.records import Entry
    from gateway.ports import RegisterView, ReminderLetter


class DatabaseReminders:
    """What was told, and to whom; `view` is asked whether a letter in the outbox still stands."""

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        scribe: Scribe,
        log: LogWriter,
        view: RegisterView,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._scribe = scribe
        self._log = log
        self._view = view

    async def open(self, reminder: Reminder) -> frozenset[str] | None:
        """See the port."""
        statement = (
            select(reminders.c.contact_id, outgoing.c.state)
            .join(outgoing, outgoing.c.trace == reminders.c.trace)
            .where(_is(reminder))
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(statement)).all()
        reached = {row.contact_id for row in rows if row.state != "withdrawn"}
        return frozenset(row.contact_id for row in rows) - reached if rows else None

    async def tell(self, letters: Sequence[ReminderLetter], now: datetime) -> bool:
        """See the port."""
        try:
            return await self._database.write(partial(self._tell, letters, now))
        except IntegrityError:
            return False

    def _tell(
        self, letters: Sequence[ReminderLetter], now: datetime, connection: Connection
    ) -> bool:
        sequence(connection)
        before = [_standing(connection, each.told) for each in letters]
        if not letters or None in before:
            return False
        pairs = zip(letters, before, strict=True)
        entries = [self._post(connection, each, attempt or 0, now) for each, attempt in pairs]
        self._log.append(connection, entries, now)
        return True

    def _post(
        self, connection: Connection, letter: ReminderLetter, attempt: int, now: datetime
    ) -> Entry:
        about = About(trace=new_trace(), span=new_span())
        row = {
            **_columns(letter.told.reminder),
            "contact_id": letter.told.contact_id,
            "attempt": attempt,
            "trace": about.trace,
            "told_at": now,
        }
        connection.execute(insert(reminders).values(row))
        post_letter(
            connection,
            self._blobs,
            about,
            letter.mailed,
            now,
            kind=Post.REMINDER.value,
            facts_revision=letter.standing.revision,
            facts_digest=letter.standing.digest,
            facts_until=letter.standing.until,
        )
        said = letter.told.reminder
        return self._scribe.settled(
            "reminder",
            about,
            now,
            matter=said.matter.value,
            subject=said.subject,
            threshold=said.threshold,
            deadline=said.deadline.isoformat(),
            recipient=letter.told.contact_id,
            message_id=letter.mailed.message_id,
        )

    async def told(self, trace: str) -> Told | None:
        """See the port."""
        async with self._database.reading() as connection:
            found = await connection.execute(select(reminders).where(reminders.c.trace == trace))
            row = found.one_or_none()
        if row is None:
            return None
        said = Reminder(
            matter=Matter(row.matter),
            subject=row.subject,
            threshold=row.threshold,
            deadline=row.deadline,
        )
        return Told(reminder=said, contact_id=row.contact_id)

    async def digest(self, trace: str, instant: datetime) -> str:
        """What the letter with this trace rests on now; empty when it need not be told any more."""
        told = await self.told(trace)
        return digest(await self._view.roster(), told, instant) if told else ""


def _columns(reminder: Reminder) -> dict[str, object]:
    return {
        "matter": reminder.matter.value,
        "subject": reminder.subject,
        "threshold": reminder.threshold,
        "deadline": reminder.deadline,
    }


def _is(reminder: Reminder) -> ColumnElement[bool]:
    return and_(*(reminders.c[name] == value for name, value in _columns(reminder).items()))


def _standing(connection: Connection, told: Told) -> int | None:
    """How many letters of this were withdrawn; None when one went or is going."""
    mine = and_(_is(told.reminder), reminders.c.contact_id == told.contact_id)
    letters = select(func.count()).select_from(reminders).where(mine)
    going = (
        select(func.count())
        .select_from(reminders)
        .join(outgoing, outgoing.c.trace == reminders.c.trace)
        .where(mine, outgoing.c.state != "withdrawn")
    )
    if connection.execute(going).scalar():
        return None
    return connection.execute(letters).scalar() or 0
