"""The sealed originals as a walk looks back at them (implements `gate.KeptMail`)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.adapters.at_rest import INBOUND, VaultError
from gateway.adapters.earlier_walks import earlier_of
from gateway.adapters.tables_flow import inbound, inbound_raw
from gateway.domain.stages import RawMail

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.adapters.at_rest import Blobs
    from gateway.adapters.database import Database

_ORIGINAL = select(inbound, inbound_raw.c.sealed).join(
    inbound_raw, inbound_raw.c.trace == inbound.c.trace
)


class DatabaseKeptMail:
    """Reads, and takes nothing."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    async def original(self, trace: str, instant: datetime) -> RawMail | None:
        """As the protocol says; None too for what does not open at rest."""
        return await self._database.look(partial(self._look, trace, instant))

    def _look(self, trace: str, instant: datetime, connection: Connection) -> RawMail | None:
        row = connection.execute(_ORIGINAL.where(inbound.c.trace == trace)).one_or_none()
        if row is None or row.oversize:
            return None
        try:
            content = self._blobs.open_blob(INBOUND, trace, row.sealed)
        except VaultError:
            return None
        return RawMail(
            trace=trace,
            content=content,
            size=row.size,
            received_at=row.received_at,
            instant=instant,
            mailbox=row.mailbox,
            approved=earlier_of(connection, [trace])[trace].approved,
        )
