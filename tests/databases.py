"""Databases for tests: a SQLite file or a database on the private PostgreSQL, with every table."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from gateway.adapters import tables_flow, tables_register
from gateway.adapters.database import Database, metadata
from gateway.adapters.migrate import migrate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import pytest

_made: list[bytes] = []  # a SQLite file with all tables, kept for the next test
KINDS = ("sqlite", "postgresql")
TABLES = (tables_register, tables_flow)  # imported, so that `metadata` is whole


@asynccontextmanager
async def fresh(kind: str, folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """A database of this kind with all tables, as ``gateway init`` makes it; closed afterwards.

    For a fixture of one's own::

        @pytest.fixture(params=KINDS)
        async def database(request, tmp_path):
            async with fresh(request.param, tmp_path, request) as opened:
                yield opened
    """
    file = folder / "taalpoort.db"
    url = f"sqlite:///{file}" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    if kind == "sqlite" and _made:
        file.write_bytes(_made[0])
    database = Database(url)
    try:
        await migrate(database)
        if kind == "sqlite" and not _made:
            await database.close()
            _made.append(file.read_bytes())
            database = Database(url)
        yield database
    finally:
        await database.close()


async def create_tables(database: Database) -> None:
    """All tables with their triggers, straight from their definition, in a new database."""
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
