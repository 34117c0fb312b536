"""Databases for tests: a SQLite file or a database on the private PostgreSQL, with every table."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Unpack

from gateway.adapters import (
    tables_breaches,
    tables_cases,
    tables_consent,
    tables_deciding,
    tables_decisions,
    tables_duties,
    tables_erasing,
    tables_flow,
    tables_incidents,
    tables_log_kept,
    tables_own_keys,
    tables_processing,
    tables_register,
    tables_rights,
    tables_scope,
    tables_watching,
)
from gateway.adapters.database import Database, metadata
from gateway.adapters.migrate import migrate
from tests import world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import pytest

    from gateway.adapters.database_register import Register
    from tests.servers.postgres import Postgres

# Made once for each process of the tests and then copied: a SQLite file, a database's name.
_made: dict[str, bytes] = {}
KINDS = ("sqlite", "postgresql")
TABLES = (
    tables_register,
    tables_breaches,
    tables_rights,
    tables_cases,
    tables_consent,
    tables_deciding,
    tables_decisions,
    tables_duties,
    tables_erasing,
    tables_flow,
    tables_incidents,
    tables_log_kept,
    tables_own_keys,
    tables_processing,
    tables_scope,
    tables_watching,
)  # imported, so that `metadata` is whole


class Filling(Protocol):
    """What is in a database before the test begins: the same each time it is asked for."""

    async def __call__(self, database: Database) -> None: ...


@asynccontextmanager
async def fresh(
    kind: str,
    folder: Path,
    request: pytest.FixtureRequest,
    filling: Filling | None = None,
    *,
    named: str = "",
) -> AsyncIterator[Database]:
    """A database of this kind with all tables, as ``gateway init`` makes it; closed afterwards.

    With `filling`, which is done once and then copied under the name `named`.
    For a fixture of one's own::

        @pytest.fixture(params=KINDS)
        async def database(request, tmp_path):
            async with fresh(request.param, tmp_path, request) as opened:
                yield opened
    """
    server = None if kind == "sqlite" else request.getfixturevalue("postgres")
    if filling is not None and f"{kind} {named}" not in _made:
        await _keep(kind, folder, server, filling, named)
    url = await migrated(folder / "taalpoort.db" if server is None else server, named)
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()
        if server is not None:
            server.drop(url)


@asynccontextmanager
async def with_world(
    kind: str,
    folder: Path,
    request: pytest.FixtureRequest,
    register: Callable[[Database], Register],
    *,
    named: str,
    **how: Unpack[world.Built],
) -> AsyncIterator[Database]:
    """`fresh`, with the world of ``tests/world.py`` put into it by this register.

    It is built once and then copied under the name `named`: one for each manner of building it.
    """

    async def building(database: Database) -> None:
        await world.build(register(database), **how)

    async with fresh(kind, folder, request, building, named=named) as database:
        yield database


@asynccontextmanager
async def with_world_if_asked(
    request: pytest.FixtureRequest,
    folder: Path,
    register: Callable[[Database], Register],
    *,
    named: str,
    **how: Unpack[world.Built],
) -> AsyncIterator[Database]:
    """`with_world` for tests that ask for the fixture `register` too, and `fresh` for others.

    Of the kind that is the parameter of the asking fixture.
    """
    if "register" in request.fixturenames:
        filled = with_world(request.param, folder, request, register, named=named, **how)
    else:
        filled = fresh(request.param, folder, request)
    async with filled as database:
        yield database


async def migrated(place: Path | Postgres, named: str = "") -> str:
    """The URL of a new database with all tables: this SQLite file, or one on this server.

    `named` is a filling that was kept before.
    """
    if isinstance(place, Path):
        url = f"sqlite:///{place}"
        if f"sqlite {named}" not in _made:
            await _migrate(url)
        _copied(place, f"sqlite {named}")
        return url
    return await _postgresql(place, named)


def ready(place: Path | Postgres) -> str:
    """`migrated` for those who do not wait for anything, within a running loop or without one."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, migrated(place)).result()


async def _keep(
    kind: str, folder: Path, server: Postgres | None, filling: Filling, named: str
) -> None:
    file = folder / "kept.db"
    url = await migrated(file if server is None else server)
    database = Database(url)
    try:
        await filling(database)
    finally:
        await database.close()  # which also puts what is in SQLite's write-ahead log in its place
    if server is None:
        _copied(file, f"{kind} {named}")
    else:
        _made[f"{kind} {named}"] = url.rpartition("/")[2].encode()


def _copied(file: Path, name: str) -> None:
    """The first that is made is the one to copy."""
    if name in _made:
        file.write_bytes(_made[name])
    else:
        _made[name] = file.read_bytes()


async def _postgresql(server: Postgres, named: str) -> str:
    if f"postgresql {named}" not in _made:
        url = server.create_database()
        await _migrate(url)
        _made["postgresql "] = url.rpartition("/")[2].encode()
    return server.create_database(_made[f"postgresql {named}"].decode())


async def _migrate(url: str) -> None:
    database = Database(url)
    try:
        await migrate(database)
    finally:
        await database.close()


async def create_tables(database: Database) -> None:
    """All tables with their triggers, straight from their definition, in a new database."""
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
