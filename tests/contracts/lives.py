"""Gateways on a database in which much has happened already: once, and then copied."""

from __future__ import annotations

from contextlib import asynccontextmanager
from hashlib import sha256
from typing import TYPE_CHECKING

from gateway.adapters.vault import Vault
from tests.contracts.flow import another_gateway, database_world
from tests.databases import fresh

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    import pytest

    from gateway.adapters.database import Database
    from tests.contracts.flow import DatabaseWorld

MASTER = sha256(b"master key of all lives").digest()  # what is copied has to be opened again


@asynccontextmanager
async def lived(
    kind: str,
    folder: Path,
    request: pytest.FixtureRequest,
    life: Callable[[DatabaseWorld], Awaitable[None]],
    *,
    named: str,
) -> AsyncIterator[DatabaseWorld]:
    """A gateway that starts on a database of its own after this `life`, known by this name."""

    async def filling(database: Database) -> None:
        world = await database_world(_url(database), MASTER)
        try:
            await life(world)
        finally:
            await world.close()

    async with fresh(kind, folder, request, filling, named=named) as database:
        world = another_gateway(_url(database), Vault(MASTER))
        try:
            yield world
        finally:
            await world.close()


def _url(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)
