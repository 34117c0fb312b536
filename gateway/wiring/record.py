"""What is on record and what waits for a person, as the command line uses them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from gateway.adapters.at_rest import PersonalPseudonyms
from gateway.adapters.database_held import DatabaseHeld
from gateway.adapters.database_log import DatabaseLog
from gateway.wiring import parts
from gateway.wiring.serving import ready, scribe

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.config import Config


@asynccontextmanager
async def held_mail(config: Config) -> AsyncIterator[DatabaseHeld]:
    """What waits for a person; raises `NotReadyError` naming a part."""
    vault = parts.vault(config)
    database = parts.database(config)
    try:
        await ready(database)
        yield DatabaseHeld(database, scribe(config), PersonalPseudonyms(vault))
    finally:
        await database.close()


@asynccontextmanager
async def processing_log(config: Config) -> AsyncIterator[DatabaseLog]:
    """The log, to be read only; raises `NotReadyError` naming a part."""
    database = parts.database(config)
    try:
        await ready(database)
        yield DatabaseLog(database)
    finally:
        await database.close()
