"""The history of the gateway's own keys: each event with its deed, in one transaction.

That transaction is where a change of keys happens: files are made before it and
tidied after it, and whatever is broken off in between leaves a key that works.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select, text

from gateway.adapters.looking import operator_of, refusals_recorded
from gateway.adapters.tables_own_keys import own_key_events
from gateway.domain.audit import MACHINE, Action, Deed, DeedResult
from gateway.domain.own_keys import KeyEvent, KeyEventKind, OwnKeys, own_keys

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.adapters.audit_writing import DeedLog
    from gateway.adapters.database import Database


async def recorded_keys(database: Database) -> OwnKeys:
    """The keys as they are on record; raises `Retry`."""
    return await database.look(_keys)


class OwnKeyBook:
    """Writes the history; `origin` is the account or gateway that it comes from."""

    def __init__(
        self, database: Database, deeds: DeedLog, origin: str, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._deeds = deeds
        self._origin = origin
        self._clock = clock

    async def adopt(self, fingerprint: str, certificate: bytes) -> OwnKeys:
        """Enter the key that is in use where none is on record yet; the keys as they are then."""

        def write(connection: Connection) -> OwnKeys:
            keys = _locked(connection)
            if keys.keys:
                return keys
            now = self._clock()
            made = keys.make(fingerprint, certificate, now)
            self._insert(connection, keys.revision, made, MACHINE)
            with_it = own_keys([made])
            turned = with_it.turn_to(with_it.keys[0], now, now)
            self._insert(connection, with_it.revision, turned, MACHINE)
            self._tell(connection, Action.OWN_KEY_ENTERED, turned, MACHINE, "")
            return own_keys([made, turned])

        return await self._database.write(write)

    async def check_operator(self, by: str) -> None:
        """Whether this is an operator, before any file is touched; raises as `change`."""
        async with refusals_recorded(self._database, self._deeds, by, self._origin, self._clock):
            await self._database.look(lambda connection: operator_of(connection, by, self._origin))

    async def change(
        self,
        decide: Callable[[OwnKeys, datetime], KeyEvent],
        action: Action,
        *,
        by: str,
        detail: str = "",
    ) -> KeyEvent:
        """Enter what `decide` says of the keys as they are now; done by this operator.

        Raises `OwnKeyError`, `RegisterError` for who is no operator (on record as
        well), `NoNameError`, `BrokenLogError`, `Retry`.
        """

        def write(connection: Connection) -> KeyEvent:
            actor = operator_of(connection, by, self._origin).operator_id
            keys = _locked(connection)
            event = decide(keys, self._clock())
            self._insert(connection, keys.revision, event, actor)
            self._tell(connection, action, event, actor, detail)
            return event

        async with refusals_recorded(self._database, self._deeds, by, self._origin, self._clock):
            return await self._database.write(write)

    def _insert(self, connection: Connection, revision: int, event: KeyEvent, actor: str) -> None:
        connection.execute(
            insert(own_key_events).values(
                number=revision + 1,
                fingerprint=event.fingerprint,
                kind=event.kind.value,
                until=event.until,
                certificate=event.certificate or None,
                remark=event.remark,
                recorded_at=event.at,
                recorded_by=actor,
                origin=self._origin,
            )
        )

    def _tell(
        self, connection: Connection, action: Action, event: KeyEvent, actor: str, detail: str
    ) -> None:
        deed = Deed(
            at=event.at,
            actor=actor,
            action=action,
            about=event.fingerprint.lower(),
            result=DeedResult.DONE,
            origin=self._origin,
            detail=detail,
        )
        self._deeds.write(connection, [deed])


def _locked(connection: Connection) -> OwnKeys:
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE own_key_events IN EXCLUSIVE MODE"))
    return _keys(connection)


def _keys(connection: Connection) -> OwnKeys:
    rows = connection.execute(select(own_key_events).order_by(own_key_events.c.number)).all()
    return own_keys(
        KeyEvent(
            fingerprint=row.fingerprint,
            kind=KeyEventKind(row.kind),
            at=row.recorded_at,
            until=row.until,
            certificate=row.certificate or b"",
            remark=row.remark,
        )
        for row in rows
    )
