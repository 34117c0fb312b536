"""Putting on record what somebody did, in the same log, under the kind ``audit``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.deed_writing import write_deed
from gateway.adapters.processing_activities import ProcessingActivities
from gateway.domain.processing import Key
from gateway.wiring.errors import NotReadyError

if TYPE_CHECKING:
    from gateway.adapters.database import Database
    from gateway.adapters.vault import Vault
    from gateway.domain.audit import Deed


async def record_deed(database: Database, vault: Vault, deed: Deed) -> None:
    """One deed, in a transaction of its own; on record when this returns.

    Raises `Retry` when the database cannot be used, `BrokenLogError`, and
    `NotReadyError` where the register of processing activities is not on record.
    """
    await write_deed(database, vault, deed, await _consultation(database))


async def _consultation(database: Database) -> str:
    """The id of the activity under which the log is looked at."""
    for each in await ProcessingActivities(database).recorded():
        if each.key == Key.CONSULTATION and each.until is None:
            return each.activity_id
    raise NotReadyError("log.activities: not on record yet; run gateway init")
