"""The processing activities on record, in the database of the gateways that share them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from gateway.adapters.database import lock_for_transaction
from gateway.adapters.tables_processing import processing_activity
from gateway.domain.processing_record import Recorded, ended, newcomers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from gateway.adapters.database import Database
    from gateway.domain.processing import Activities, ProcessingActivity

_LOCK = 0x7665_7277  # "verw": one gateway at a time records activities


class ProcessingActivities:
    """What is on record; what came in stays, and ends when the next of its key comes in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def recorded(self) -> Sequence[Recorded]:
        """Everything that ever was, in the order in which it came in; raises `Retry`."""
        async with self._database.reading() as connection:
            return ended(await _read(connection))

    async def enter(self, activities: Activities, now: datetime) -> Sequence[ProcessingActivity]:
        """Put on record what is new, from `now` on, and give it back.

        All or nothing: raises `ChangedActivityError` and keeps nothing where an id is used
        for something else; `Retry` when the database cannot be used now.
        """
        async with self._database.transaction() as connection:
            await lock_for_transaction(connection, _LOCK)
            before = await _read(connection)
            new = newcomers(before, activities)
            # A clock that was put back does not let one begin before the former began.
            latest = max((each.since for each in before), default=None)
            since = max(now, latest + timedelta(microseconds=1)) if latest else now
            if new:
                await connection.execute(
                    insert(processing_activity), [_row(each, since) for each in new]
                )
            return new


def _row(activity: ProcessingActivity, since: datetime) -> dict[str, object]:
    return {
        "activity_id": activity.activity_id,
        "activity_key": activity.key.value,
        "digest": activity.digest,
        "content": activity.content,
        "first_seen": since,
    }


async def _read(connection: AsyncConnection) -> Sequence[Recorded]:
    rows = await connection.execute(select(processing_activity).order_by(processing_activity.c.id))
    return [
        Recorded(
            activity_id=row.activity_id,
            key=row.activity_key,
            digest=row.digest,
            content=row.content,
            since=row.first_seen,
        )
        for row in rows
    ]
