"""Deeds that are a transaction of their own: looks, exports, starts, and what commands did."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.adapters.erasing_files import name_late
from gateway.adapters.looking import actor_of, refusals_recorded
from gateway.domain.audit import MACHINE, Action, Deed, DeedResult

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.adapters.audit_writing import DeedLog
    from gateway.adapters.database import Database


class DatabaseDeeds:
    """Puts them on record; `origin` is the account that they come from.

    Every method raises `BrokenLogError`, and `Retry(UNREACHABLE)` when the database
    cannot be used now: what was to be put on record first is then not to be done.
    """

    def __init__(
        self, database: Database, deeds: DeedLog, origin: str, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._deeds = deeds
        self._origin = origin
        self._clock = clock

    async def record(
        self,
        action: Action,
        about: str = "",
        *,
        by: str = "",
        subject: str = "",
        trace: str = "",
        detail: str = "",
        result: DeedResult = DeedResult.DONE,
    ) -> None:
        """Done by the operator of this name; without one by whose account this is.

        `subject` is a dossier's own id.  Raises `RegisterError` for a name that is no
        operator's, which then is on record as well.
        """

        def write(connection: Connection) -> None:
            actor = actor_of(connection, by, self._origin)
            self._deeds.write(connection, [replace(deed, actor=actor)])

        deed = self._deed(action, about, detail=detail, trace=trace, subject=subject, result=result)
        async with refusals_recorded(self._database, self._deeds, by, self._origin, self._clock):
            await self._database.write(write)

    async def record_about(
        self, action: Action, about: str, people: Sequence[str], *, by: str, trace: str = ""
    ) -> None:
        """As `record` of the thing itself, and of each dossier that it is about; in one go.

        What leaves a file about somebody who was erased before is named to their erasure.
        """
        itself = self._deed(action, about, detail="", trace=trace)
        # Of the one moment that it says: the clock is not read again for each person.
        deeds = [itself, *(replace(itself, about="", subject=each) for each in people)]

        def write(connection: Connection) -> None:
            actor = actor_of(connection, by, self._origin)
            made = [replace(deed, actor=actor) for deed in deeds]
            self._deeds.write(connection, made)
            name_late(connection, made)

        async with refusals_recorded(self._database, self._deeds, by, self._origin, self._clock):
            await self._database.write(write)

    async def by_machine(
        self, action: Action, about: str, *, result: DeedResult = DeedResult.DONE, detail: str = ""
    ) -> None:
        """Done by the gateway itself."""
        deed = self._deed(action, about, detail=detail, result=result)
        await self._database.write(lambda connection: self._deeds.write(connection, [deed]))

    def _deed(
        self,
        action: Action,
        about: str,
        *,
        detail: str,
        trace: str = "",
        subject: str = "",
        result: DeedResult = DeedResult.DONE,
    ) -> Deed:
        return Deed(
            at=self._clock(),
            actor=MACHINE,
            action=action,
            about=about,
            result=result,
            origin=self._origin,
            trace=trace,
            detail=detail,
            subject=subject,
        )
