"""Brings the tables to the version that this gateway needs, and checks that they are there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from gateway.adapters.database import lock_for_transaction

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.adapters.database import Database

_SCRIPTS = Path(__file__).with_name("migrations")
_LOCK = 0x7461_616C  # "taal": one gateway at a time migrates


class SchemaError(Exception):
    """The tables are not those that this gateway needs; says which they are."""


async def migrate(database: Database) -> str:
    """Make the tables, or bring older ones up to date, in one transaction; says what was done.

    Raises `SchemaError` for tables that a newer gateway made or that are not
    ours, `Retry(UNREACHABLE)` when the database cannot be used now.
    """
    async with database.transaction() as connection:
        await lock_for_transaction(connection, _LOCK)
        return await connection.run_sync(_migrate)


async def check_schema(database: Database) -> None:
    """Whether the tables are those of this version; raises `SchemaError` or `Retry`."""
    if not database.is_there:
        raise SchemaError("there are no tables yet")
    async with database.reading() as connection:
        found = await connection.run_sync(_version)
    needed = _head()
    if found is None:
        raise SchemaError("there are no tables yet")
    if found != needed:
        raise SchemaError(f"the tables are of version {found}, this gateway needs {needed}")


def _migrate(connection: Connection) -> str:
    before, needed = _version(connection), _head()
    if before == needed:
        return f"kept, version {needed}"
    if before is None and inspect(connection).get_table_names():
        raise SchemaError("there are tables of something else in this database")
    if before is not None and before not in _known():
        raise SchemaError(f"the tables are of version {before}, which this gateway does not know")
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return f"brought from {before} to {needed}" if before else f"made, version {needed}"


def _version(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _head() -> str:
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def _known() -> set[str]:
    return {each.revision for each in ScriptDirectory.from_config(_config()).walk_revisions()}


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
