"""Letters of duty in the database (as `duties.lettering` asks): on record and posted together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import and_, insert, select
from sqlalchemy.exc import IntegrityError

from gateway.adapters.duty_people import people_of
from gateway.adapters.evidence import About, new_span, new_trace
from gateway.adapters.flow_rows import post_letter
from gateway.adapters.log_writing import sequence
from gateway.adapters.looking import actor_of, refusals_recorded
from gateway.adapters.register_sql import SqlRows
from gateway.adapters.tables_duties import duty_confirmation, duty_letter
from gateway.adapters.tables_flow import outgoing
from gateway.domain.audit import MACHINE, Action, Deed, DeedResult
from gateway.domain.duty_letters import (
    Confirmed,
    DutyLetter,
    DutyMatter,
    LetterState,
    SealedDuty,
    digest,
)
from gateway.domain.stages import Post

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Select

    from gateway.adapters.at_rest import Blobs
    from gateway.adapters.audit_writing import DeedLog
    from gateway.adapters.database import Database
    from gateway.adapters.evidence import Scribe
    from gateway.adapters.log_writing import LogWriter
    from gateway.adapters.tables_flow import AnyRow
    from gateway.ledger.records import Entry
    from gateway.ports import RegisterView


class DutyRecord:
    """The letters that were posted, and how each stands; changes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def about(self, about: str) -> Sequence[DutyLetter]:
        """See the port."""
        return await self._read(_LETTERS.where(duty_letter.c.about == about))

    async def every(self) -> Sequence[DutyLetter]:
        """See the port."""
        return await self._read(_LETTERS)

    async def unconfirmed(self) -> Sequence[DutyLetter]:
        """See the port."""
        return await self._read(_LETTERS.where(duty_confirmation.c.letter_id.is_(None)))

    async def named(self, message_id: str) -> DutyLetter | None:
        """See the port."""
        found = await self._read(_LETTERS.where(duty_letter.c.message_id == message_id))
        return found[0] if found else None

    async def answered_by(self, letter_id: str) -> str:
        """The trace of the mail that answered this letter; empty where none did."""
        mine = and_(duty_confirmation.c.letter_id == letter_id, duty_confirmation.c.how == "reply")
        async with self._database.reading() as connection:
            found = await connection.execute(select(duty_confirmation.c.trace).where(mine))
            return found.scalar_one_or_none() or ""

    async def people(self, letter_id: str) -> Sequence[str]:
        """The dossiers that this letter, and what was answered to it, is about."""
        mine = select(duty_letter.c.about).where(duty_letter.c.letter_id == letter_id)
        async with self._database.reading() as connection:
            about = await connection.scalar(mine)
            return await people_of(SqlRows(connection), about) if about else ()

    async def _read(self, statement: Select[*tuple[object, ...]]) -> Sequence[DutyLetter]:
        async with self._database.reading() as connection:
            return [_letter(row) for row in await connection.execute(statement)]


class DatabaseDuties(DutyRecord):
    """`view` is asked whether a letter in the outbox still stands, `origin` is the account."""

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        scribe: Scribe,
        log: LogWriter,
        view: RegisterView,
        *,
        deeds: DeedLog,
        clock: Callable[[], datetime],
        origin: str = "",
    ) -> None:
        super().__init__(database)
        self._blobs = blobs
        self._scribe = scribe
        self._log = log
        self._view = view
        self._deeds = deeds
        self._clock = clock
        self._origin = origin

    # --- posting -------------------------------------------------------------

    async def post(self, letters: Sequence[SealedDuty], *, by: str = "") -> bool:
        """See the port."""
        try:
            async with refusals_recorded(
                self._database, self._deeds, by, self._origin, self._clock
            ):
                return await self._database.write(partial(self._post, letters, by))
        except IntegrityError:
            return False

    def _post(self, letters: Sequence[SealedDuty], by: str, connection: Connection) -> bool:
        who = self._by(connection, by)
        sequence(connection)
        entries = [self._one(connection, each, who) for each in letters]
        self._log.append(connection, entries, who.at)
        posted = [_deed(Action.DUTY_POSTED, each.letter, who) for each in letters]
        self._deeds.write(connection, posted)
        return bool(letters)

    def _one(self, connection: Connection, each: SealedDuty, by: By) -> Entry:
        now, letter = by.at, each.letter
        about = About(trace=new_trace(), span=new_span())
        connection.execute(
            insert(duty_letter).values(
                letter_id=letter.letter_id,
                matter=letter.matter.value,
                about=letter.about,
                item=letter.item,
                meant_for=letter.meant_for,
                contact_id=letter.contact_id,
                attempt=letter.attempt,
                trace=about.trace,
                message_id=letter.message_id,
                posted_at=now,
                posted_by=by.actor,
            )
        )
        post_letter(
            connection,
            self._blobs,
            about,
            each.mailed,
            now,
            kind=Post.DUTY.value,
            facts_revision=each.standing.revision,
            facts_digest=each.standing.digest,
            facts_until=each.standing.until,
        )
        whom = About(trace=about.trace, span=about.span, subject=each.dossier_id or None)
        return self._scribe.settled(
            "duty",
            whom,
            now,
            mail=Post.DUTY.value,
            matter=letter.matter.value,
            duty=letter.about,
            attempt=letter.attempt,
            recipient=letter.contact_id,
            message_id=letter.message_id,
        )

    async def confirm(self, letter: DutyLetter, *, by: str, trace: str = "") -> bool:
        """See the port."""
        how = Confirmed.CORRECTIE if trace else Confirmed.RECORDED
        try:
            async with refusals_recorded(
                self._database, self._deeds, by, self._origin, self._clock
            ):
                await self._database.write(partial(self._confirm, letter, how, by, trace))
        except IntegrityError:
            return False
        return True

    def _confirm(
        self, letter: DutyLetter, how: Confirmed, by: str, trace: str, connection: Connection
    ) -> None:
        confirm(connection, self._deeds, letter, how, self._by(connection, by, trace))

    def _by(self, connection: Connection, by: str, trace: str = "") -> By:
        actor = actor_of(connection, by, self._origin) if by else MACHINE
        return By(actor=actor, at=self._clock(), origin=self._origin, trace=trace)

    async def digest(self, trace: str, instant: datetime) -> str:
        """What the letter with this trace rests on now; empty when it cannot be read any more."""
        async with self._database.reading() as connection:
            found = await connection.execute(
                select(duty_letter.c.contact_id).where(duty_letter.c.trace == trace)
            )
            contact_id = found.scalar_one_or_none()
        return digest(await self._view.roster(), contact_id, instant) if contact_id else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who did it, when, from which account; `trace` is the mail that told of it."""

    actor: str
    at: datetime
    origin: str
    trace: str = ""


def confirm(
    connection: Connection, deeds: DeedLog, letter: DutyLetter, how: Confirmed, by: By
) -> None:
    """On record, in the caller's transaction, that what this letter asks was done.

    Raises `IntegrityError` where that was on record already.
    """
    connection.execute(
        insert(duty_confirmation).values(
            letter_id=letter.letter_id,
            how=how.value,
            trace=by.trace,
            confirmed_at=by.at,
            confirmed_by=by.actor,
        )
    )
    deeds.write(connection, [_deed(Action.DUTY_CONFIRMED, letter, by, f"/{how.value}")])


def _deed(action: Action, letter: DutyLetter, by: By, how: str = "") -> Deed:
    return Deed(
        at=by.at,
        actor=by.actor,
        action=action,
        about=letter.about,
        result=DeedResult.DONE,
        origin=by.origin,
        detail=f"{letter.matter.value}/{letter.letter_id}{how}",
    )


_LETTERS: Select[*tuple[object, ...]] = (
    select(
        duty_letter,
        outgoing.c.state,
        outgoing.c.sent_at,
        duty_confirmation.c.how,
        duty_confirmation.c.confirmed_at,
    )
    .join(outgoing, outgoing.c.trace == duty_letter.c.trace)
    .outerjoin(duty_confirmation, duty_confirmation.c.letter_id == duty_letter.c.letter_id)
    .order_by(duty_letter.c.posted_at, duty_letter.c.letter_id)
)


def _letter(row: AnyRow) -> DutyLetter:
    state = "waiting" if row.state == "claimed" else row.state
    return DutyLetter(
        letter_id=row.letter_id,
        matter=DutyMatter(row.matter),
        about=row.about,
        item=row.item,
        meant_for=row.meant_for,
        contact_id=row.contact_id,
        attempt=row.attempt,
        message_id=row.message_id,
        posted_at=row.posted_at,
        state=LetterState.CONFIRMED if row.how else LetterState(state),
        sent_at=row.sent_at,
        confirmed_at=row.confirmed_at,
        confirmed=Confirmed(row.how) if row.how else None,
    )
