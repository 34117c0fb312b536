"""Which version the tables are of, and whether it is the one that this gateway needs.

Asked at the start of every command, and therefore without Alembic, whose import
takes a sixth of that start; only `gateway.adapters.migrate` uses it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import column, inspect, select, table

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.adapters.database import Database

MIGRATIONS = Path(__file__).with_name("migrations")
_VERSIONS = table("alembic_version", column("version_num"))


class SchemaError(Exception):
    """The tables are not those that this gateway needs; says which they are."""


async def check_schema(database: Database) -> None:
    """Whether the tables are those of this version; raises `SchemaError` or `Retry`."""
    if not database.is_there:
        raise SchemaError("there are no tables yet")
    async with database.reading() as connection:
        found = await connection.run_sync(version)
    if found is None:
        raise SchemaError("there are no tables yet")
    if found != needed():
        raise SchemaError(f"the tables are of version {found}, this gateway needs {needed()}")


def version(connection: Connection) -> str | None:
    """As the tables themselves say; None when no version was ever made here."""
    if not inspect(connection).has_table(_VERSIONS.name):
        return None
    found: list[str] = sorted(connection.scalars(select(_VERSIONS.c.version_num)))
    return " and ".join(found) or None


def needed() -> str:
    """The newest version: they are numbered, and each is the name of its file."""
    return max(each.stem for each in (MIGRATIONS / "versions").glob("[0-9]*.py"))
