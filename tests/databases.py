"""Databases for tests: a SQLite file or a database on the private PostgreSQL, with every table."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from gateway.adapters import tables_flow, tables_register
from gateway.adapters.database import Database, metadata

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import pytest

KINDS = ("sqlite", "postgresql")
TABLES = (tables_register, tables_flow)  # imported, so that `metadata` is whole


@asynccontextmanager
async def fresh(kind: str, folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """An empty database of this kind with all tables; closed afterwards.

    For a fixture of one's own::

        @pytest.fixture(params=KINDS)
        async def database(request, tmp_path):
            async with fresh(request.param, tmp_path, request) as opened:
                yield opened
    """
    url = (
        f"sqlite:///{folder / 'taalpoort.db'}"
        if kind == "sqlite"
        else request.getfixturevalue("postgres_url")
    )
    database = Database(url)
    try:
        await create_tables(database)
        yield database
    finally:
        await database.close()


async def create_tables(database: Database) -> None:
    """All tables with their triggers, in a new database."""
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
