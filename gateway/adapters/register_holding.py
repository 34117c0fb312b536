"""Holds on outgoing mail: what may be put on record, and how."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from gateway.adapters import tables_register as registered
from gateway.adapters.register_deciding import read_operators
from gateway.adapters.tables_own_keys import own_key_events
from gateway.adapters.tables_scope import queue_hold, queue_hold_end
from gateway.adapters.timestamps import instant_at
from gateway.domain.holding import Over, QueueHold, may_lift
from gateway.domain.register import Refusal, RegisterError, check_reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.adapters.register_rows import Row, Rows
    from gateway.adapters.register_writing import Writing


class QueueHolds:
    """Switches over the outbox.  Everything here raises `RegisterError`."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing

    async def place(self, over: Over, subject: str, reason: str) -> str:
        """From now on this does not leave; its id.  Refuses what is not known here."""
        await self._known(over, subject)
        hold_id = secrets.token_hex(4)
        await self._writing.append(
            queue_hold,
            hold_id=hold_id,
            over=over.value,
            subject=subject,
            reason=check_reason(reason),
            placed_by=self._writing.by,
            origin=self._writing.origin,
        )
        return hold_id

    async def lift(self, hold_id: str, reason: str) -> QueueHold:
        """What it held goes again; only by another operator than who placed it."""
        found = [each for each in await read_holds(self._writing.rows) if each.hold_id == hold_id]
        if not found:
            raise RegisterError(Refusal.UNKNOWN_HOLD)
        (hold,) = found
        people = {each.operator_id: each for each in await read_operators(self._writing.rows)}
        by, placer = people[self._writing.by], people[hold.placed_by]
        may_lift(hold, placer, by, self._writing.origin)
        await self._writing.append(
            queue_hold_end,
            hold_id=hold_id,
            placed_by=hold.placed_by,
            reason=check_reason(reason),
            lifted_by=self._writing.by,
            origin=self._writing.origin,
        )
        return hold

    async def _known(self, over: Over, subject: str) -> None:
        rows = self._writing.rows
        if over is Over.ALL and subject:
            raise RegisterError(Refusal.BAD_ID)
        if over is Over.CONTACT:
            await self._writing.contact(subject)
        elif over is Over.PARTY:
            await self._writing.party(subject)
        elif over is Over.KEY:
            theirs = await rows.select(registered.contact_key, fingerprint=subject)
            if not theirs and not await rows.select(own_key_events, fingerprint=subject):
                raise RegisterError(Refusal.NO_KEY)


async def read_holds(rows: Rows) -> Sequence[QueueHold]:
    """Every hold there was, in the order of recording."""
    ended = {row["hold_id"]: row for row in await rows.select(queue_hold_end)}
    placed = sorted(await rows.select(queue_hold), key=lambda row: int(row["revision"]))
    return [_hold(row, ended.get(row["hold_id"])) for row in placed]


def _hold(row: Row, end: Row | None) -> QueueHold:
    return QueueHold(
        hold_id=row["hold_id"],
        over=Over(row["over"]),
        subject=row["subject"],
        reason=row["reason"],
        placed_by=row["placed_by"],
        placed_at=instant_at(row["recorded_at"]),
        origin=row["origin"],
        lifted_by=end["lifted_by"] if end else None,
        lifted_at=instant_at(end["recorded_at"]) if end else None,
    )
