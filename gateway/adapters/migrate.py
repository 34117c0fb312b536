"""Brings the tables to the version that this gateway needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from gateway.adapters.database import lock_for_transaction
from gateway.adapters.schema_version import MIGRATIONS, SchemaError, needed, version

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.adapters.database import Database

_LOCK = 0x7461_616C  # "taal": one gateway at a time migrates


async def migrate(database: Database) -> str:
    """Make the tables, or bring older ones up to date, in one transaction; says what was done.

    Raises `SchemaError` for tables that a newer gateway made or that are not
    ours, `Retry(UNREACHABLE)` when the database cannot be used now.
    """
    async with database.transaction() as connection:
        await lock_for_transaction(connection, _LOCK)
        return await connection.run_sync(_migrate)


def _migrate(connection: Connection) -> str:
    before, newest = version(connection), needed()
    if before == newest:
        return f"kept, version {newest}"
    if before is None and inspect(connection).get_table_names():
        raise SchemaError("there are tables of something else in this database")
    if before is not None and before not in _known():
        raise SchemaError(f"the tables are of version {before}, which this gateway does not know")
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return f"brought from {before} to {newest}" if before else f"made, version {newest}"


def _known() -> set[str]:
    return {each.revision for each in ScriptDirectory.from_config(_config()).walk_revisions()}


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
