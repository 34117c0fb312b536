"""Databases for tests: a SQLite file or a database on the private PostgreSQL, with every table."""

from __future__ import annotations

import itertools
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from gateway.adapters import (
    tables_consent,
    tables_deciding,
    tables_decisions,
    tables_flow,
    tables_incidents,
    tables_log_kept,
    tables_own_keys,
    tables_processing,
    tables_register,
    tables_watching,
)
from gateway.adapters.database import Database, metadata
from gateway.adapters.migrate import migrate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import pytest

    from tests.servers.postgres import Postgres

# Made once for each process of the tests and then copied: a SQLite file, a database's name.
_made: dict[str, bytes] = {}
_numbers = itertools.count(1)
KINDS = ("sqlite", "postgresql")
TABLES = (
    tables_register,
    tables_consent,
    tables_deciding,
    tables_decisions,
    tables_flow,
    tables_incidents,
    tables_log_kept,
    tables_own_keys,
    tables_processing,
    tables_watching,
)  # imported, so that `metadata` is whole


@asynccontextmanager
async def fresh(kind: str, folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """A database of this kind with all tables, as ``gateway init`` makes it; closed afterwards.

    For a fixture of one's own::

        @pytest.fixture(params=KINDS)
        async def database(request, tmp_path):
            async with fresh(request.param, tmp_path, request) as opened:
                yield opened
    """
    url = await (_sqlite(folder) if kind == "sqlite" else _postgresql(request))
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


async def _sqlite(folder: Path) -> str:
    file = folder / "taalpoort.db"
    url = f"sqlite:///{file}"
    if "sqlite" not in _made:
        await _migrated(url)
        _made["sqlite"] = file.read_bytes()
    file.write_bytes(_made["sqlite"])
    return url


async def _postgresql(request: pytest.FixtureRequest) -> str:
    server: Postgres = request.getfixturevalue("postgres")
    if "postgresql" not in _made:
        url = server.create_database()
        await _migrated(url)
        _made["postgresql"] = url.rpartition("/")[2].encode()
    name = f"kopie{next(_numbers)}"
    server.sql(f"CREATE DATABASE {name} TEMPLATE {_made['postgresql'].decode()}")
    return server.url(name)


async def _migrated(url: str) -> None:
    database = Database(url)
    try:
        await migrate(database)
    finally:
        await database.close()


async def create_tables(database: Database) -> None:
    """All tables with their triggers, straight from their definition, in a new database."""
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
