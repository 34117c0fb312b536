"""Deeds as wiring puts them on record, and covers them where no gateway may be running."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.adapters.audit_writing import DeedLog
from gateway.adapters.database_deeds import DatabaseDeeds
from gateway.adapters.log_sequencing import Sequencer
from gateway.adapters.log_writing import LogWriter
from gateway.adapters.origin import account
from gateway.config import ConfigError
from gateway.domain.stops import Retry
from gateway.ledger.verdict import BrokenLogError
from gateway.wiring import parts
from gateway.wiring.errors import NotReadyError
from gateway.wiring.log import log_key, remembered_log
from gateway.wiring.processing import activity_of
from gateway.wiring.readiness import ready_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.adapters.database import Database
    from gateway.adapters.vault import Vault
    from gateway.config import Config
    from gateway.domain.audit import Deed


async def deed_log(config: Config, database: Database, vault: Vault) -> DeedLog:
    """What writes deeds; raises `NotReadyError` for activities that are not on record."""
    return DeedLog(await activity_of(config, database), LogWriter(vault))


async def deeds(config: Config, database: Database, vault: Vault) -> DatabaseDeeds:
    """Deeds that are a transaction of their own, from this account; as `deed_log`."""
    log = await deed_log(config, database, vault)
    return DatabaseDeeds(database, log, account(), lambda: datetime.now(UTC))


async def record_deed(config: Config, database: Database, vault: Vault, deed: Deed) -> None:
    """One deed, in a transaction of its own; on record when this returns.

    Raises `Retry` when the database cannot be used, `BrokenLogError`, and
    `NotReadyError` where the register of processing activities is not on record.
    """
    log = await deed_log(config, database, vault)
    await database.write(lambda connection: log.write(connection, [deed]))


@asynccontextmanager
async def recording(config: Config) -> AsyncIterator[DatabaseDeeds]:
    """As `deeds`, on a database of its own, covered at the end; raises `NotReadyError`."""
    vault = parts.vault(config)
    async with ready_database(config, vault) as database, covering(config, database):
        yield await deeds(config, database, vault)


@asynccontextmanager
async def covering(config: Config, database: Database) -> AsyncIterator[None]:
    """What is put on record inside is covered at the end, also where something was refused."""
    try:
        yield
    finally:
        await covered(config, database)


async def covered(config: Config, database: Database) -> None:
    """A checkpoint over what a command put on record, where this account can read the log's key.

    And what a gateway last knew of the log, from which it has to follow.  Where it cannot,
    or the database is busy, the next gateway or command that can does it.  Raises
    `NotReadyError` for a log that is not whole: what was asked is done.
    """
    try:
        key, vault = log_key(config), parts.vault(config)
    except (ConfigError, NotReadyError):
        return
    log = remembered_log(database, vault, key, config.gateway.state_dir)
    try:
        with suppress(Retry, PermissionError):
            if await Sequencer(database, key).waiting():
                await log.cover_once(datetime.now(UTC))
    except BrokenLogError as error:
        raise NotReadyError(
            f"log: {error.where}; see gateway log verify. What was asked is on record"
        ) from None
