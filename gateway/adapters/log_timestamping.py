"""Once in so many hours an authority says when it saw the newest checkpoint (RFC 3161)."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from gateway.adapters.log_sequencing import newest
from gateway.adapters.log_writing import lock
from gateway.adapters.tables_log_kept import log_timestamps
from gateway.adapters.timestamp_authority import TimestampError

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from gateway.adapters.database import Database
    from gateway.adapters.timestamp_authority import TimestampAuthority
    from gateway.ledger.notes import VerifierKey

_LOCK = 0x7461616C747361


class LogTimestamping:
    """Asks and keeps; of several gateways on one database each may ask, and one answer is kept."""

    def __init__(
        self,
        database: Database,
        log: VerifierKey,
        authority: TimestampAuthority,
        every: timedelta,
    ) -> None:
        self._database = database
        self._log = log
        self._authority = authority
        self._every = every

    async def stamp(self, now: datetime) -> bool | None:
        """A timestamp of the newest checkpoint where one is due; whether one was kept.

        None where none could be had, or none to believe.  Raises `BrokenLogError` for a
        checkpoint that is not the log's.
        """
        due = await self._database.look(partial(self._due, now))
        if due is None:
            return False
        size, note = due
        try:
            token, _ = await asyncio.to_thread(self._authority.stamp, note)
        except TimestampError:
            return None
        return await self._database.write(partial(self._keep, size, token, now))

    def _due(self, now: datetime, connection: Connection) -> tuple[int, bytes] | None:
        known = newest(self._log, connection)
        if known is None or self._is_recent(connection, known.checkpoint.size, now):
            return None
        return known.checkpoint.size, bytes(known.note)

    def _is_recent(self, connection: Connection, size: int, now: datetime) -> bool:
        """Whether the last one is not old enough, or is over that very checkpoint."""
        last = connection.scalar(select(func.max(log_timestamps.c.at)))
        over = select(log_timestamps.c.size).where(log_timestamps.c.size == size)
        recent = last is not None and now - last < self._every
        return recent or connection.execute(over).first() is not None

    def _keep(self, size: int, token: bytes, now: datetime, connection: Connection) -> bool:
        lock(connection, _LOCK)
        if self._is_recent(connection, size, now):
            return False
        connection.execute(insert(log_timestamps).values(size=size, token=token, at=now))
        return True
