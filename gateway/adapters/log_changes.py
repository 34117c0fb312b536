"""Holds and cosignatures as commands record them: each with its deed, in one transaction."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gateway.adapters.log_holding import LogHolds, holds
from gateway.adapters.log_outside import cosign, with_cosignatures
from gateway.adapters.looking import actor_of, refusals_recorded
from gateway.domain.audit import Action, Deed, DeedResult

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.adapters.audit_writing import DeedLog
    from gateway.adapters.database import Database
    from gateway.domain.holds import Held, Hold
    from gateway.ledger.notes import Note, VerifierKey


class LogChanges:
    """What people change beside the log; `origin` is the account that it comes from.

    Every method raises `BrokenLogError`, and `RegisterError` for who is no operator, which
    then is on record as well.
    """

    def __init__(
        self, database: Database, deeds: DeedLog, origin: str, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._deeds = deeds
        self._origin = origin
        self._clock = clock

    async def place(self, held: Held, reference: str, *, by: str) -> Hold:
        """A hold from now on; raises `HoldError`."""
        kept = LogHolds(self._deeds.write, self._origin)
        change = partial(kept.place, held=held, reference=reference, by=by, now=self._clock())
        async with refusals_recorded(self._database, self._deeds, by, self._origin, self._clock):
            return await self._database.write(change)

    async def lift(self, hold_id: str, *, by: str) -> Hold:
        """The end of a hold; raises `HoldError`."""
        kept = LogHolds(self._deeds.write, self._origin)
        change = partial(kept.lift, hold_id=hold_id, by=by, now=self._clock())
        async with refusals_recorded(self._database, self._deeds, by, self._origin, self._clock):
            return await self._database.write(change)

    async def holds(self) -> Sequence[Hold]:
        """Every hold that ever was, in the order of placing."""
        return await self._database.look(holds)

    async def cosign(
        self, note: Note, witnesses: Collection[VerifierKey], *, by: str
    ) -> tuple[int, Sequence[str]]:
        """Keep what witnesses signed: over how many entries, and who newly; `NoteError`."""
        change = partial(self._cosign, note, witnesses, by)
        async with refusals_recorded(self._database, self._deeds, by, self._origin, self._clock):
            return await self._database.write(change)

    async def checkpoint(self, size: int | None) -> Note | None:
        """The newest, or that over `size` entries, with all known cosignatures."""
        return await self._database.look(partial(with_cosignatures, size=size))

    def _cosign(
        self,
        note: Note,
        witnesses: Collection[VerifierKey],
        by: str,
        connection: Connection,
    ) -> tuple[int, Sequence[str]]:
        now, actor = self._clock(), actor_of(connection, by, self._origin)
        checkpoint, names = cosign(connection, note, witnesses, now)
        deed = Deed(
            at=now,
            actor=actor,
            action=Action.LOG_COSIGNED,
            about=f"checkpoint/{checkpoint.size}",
            result=DeedResult.DONE,
            origin=self._origin,
        )
        self._deeds.write(connection, [deed] if names else [])
        return checkpoint.size, names
