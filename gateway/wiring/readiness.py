"""Whether a database can be worked with: its tables, and the key they were sealed with."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from gateway.adapters.database_register import check_master_key
from gateway.adapters.schema_version import SchemaError, check_schema
from gateway.adapters.vault import MasterKeyError
from gateway.domain.stops import Retry
from gateway.wiring import parts
from gateway.wiring.errors import NotReadyError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.adapters.database import Database
    from gateway.adapters.vault import Vault
    from gateway.config import Config


@asynccontextmanager
async def ready_database(config: Config, vault: Vault | None = None) -> AsyncIterator[Database]:
    """The configured database once `ready` finds nothing wrong with it; closed at the end."""
    database = parts.database(config)
    try:
        await ready(database, vault)
        yield database
    finally:
        await database.close()


async def ready(database: Database, vault: Vault | None = None) -> None:
    """Whether the tables are those of this version, and sealed with this master key.

    Raises `NotReadyError`.
    """
    try:
        await check_schema(database)
        if vault is not None:
            await check_master_key(database, vault)
    except MasterKeyError as error:
        raise NotReadyError(f"keys.master_key_file: {error}") from None
    except SchemaError as error:
        raise NotReadyError(f"database: {error}; run gateway init") from None
    except Retry:
        raise NotReadyError("database.url: the database cannot be reached") from None
