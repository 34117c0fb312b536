"""Small reads: the same answer on both databases, no writing, and back after trouble."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from gateway.adapters.database import Database
from gateway.adapters.quick_reading import Query
from gateway.domain.stops import Reason, Retry
from tests.databases import KINDS, fresh
from tests.servers.postgres import Postgres

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.adapters.quick_reading import Values

REVISION = Query("SELECT revision FROM register_state")


@pytest.fixture(params=KINDS)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    async with fresh(request.param, tmp_path, request) as opened:
        yield opened


def test_names_become_numbers_in_the_order_of_their_first_use() -> None:
    query = Query("SELECT :b, CAST(:a AS TEXT), x::int FROM t WHERE y = :b")
    assert query.names == ("b", "a")
    assert query.numbered == "SELECT $1, CAST($2 AS TEXT), x::int FROM t WHERE y = $1"


async def test_values_arrive_as_they_were_given(database: Database) -> None:
    """Nothing in a value is ever read as part of the statement."""
    query = Query(
        "SELECT CAST(:word AS VARCHAR(100)), CAST(:number AS BIGINT), :bytes = :bytes "
        "FROM register_state WHERE revision < :number"
    )
    word = "'; DROP TABLE party; -- :number é"
    values: Values = {"word": word, "number": 2**60, "bytes": b"\x00\xff"}
    if database.dialect == "postgresql":
        query = Query(query.text.replace(":bytes = :bytes", "CAST(:bytes AS BYTEA) = :bytes"))
    rows = await database.fetch(query, values)
    assert [tuple(row) for row in rows] == [(word, 2**60, 1)]


@pytest.mark.parametrize(
    "statement", ["DELETE FROM party", "UPDATE register_state SET revision = 9 RETURNING revision"]
)
async def test_a_reader_cannot_write(database: Database, statement: str) -> None:
    with pytest.raises(Retry):
        await database.fetch(Query(statement), {})
    assert (await database.fetch(REVISION, {}))[0][0] == 0


async def test_what_is_committed_is_read_and_nothing_else(database: Database) -> None:
    changing = text("UPDATE register_state SET revision = revision + 1")
    async with database.transaction() as connection:
        await connection.execute(changing)
        assert (await database.fetch(REVISION, {}))[0][0] == 0
    assert (await database.fetch(REVISION, {}))[0][0] == 1


async def test_many_at_once(database: Database) -> None:
    found = await asyncio.gather(*(database.fetch(REVISION, {}) for _ in range(50)))
    assert {rows[0][0] for rows in found} == {0}


async def test_who_stops_waiting_harms_nobody(database: Database) -> None:
    """A cancelled walk leaves a reader that the next one can use."""
    waiting = [asyncio.create_task(database.fetch(REVISION, {})) for _ in range(10)]
    await asyncio.sleep(0)
    for task in waiting[::2]:
        task.cancel()
    done = await asyncio.gather(*waiting, return_exceptions=True)
    assert [isinstance(each, asyncio.CancelledError) for each in done[::2]] == [True] * 5
    assert (await database.fetch(REVISION, {}))[0][0] == 0


async def test_closing_twice_and_reading_again(database: Database) -> None:
    await database.fetch(REVISION, {})
    await database.close()
    await database.close()
    assert (await database.fetch(REVISION, {}))[0][0] == 0


async def test_a_server_that_was_away_is_used_again() -> None:
    """Unreachable while it is gone, and no restart of the gateway is needed afterwards."""
    with Postgres() as server:
        database = Database(server.create_database())
        one = Query("SELECT 1 AS one")
        try:
            assert (await database.fetch(one, {}))[0][0] == 1
            server.stop()
            for _ in range(2):
                with pytest.raises(Retry) as stop:
                    await database.fetch(one, {})
                assert stop.value.reasons == (Reason.UNREACHABLE,)
            server.start()
            assert await _eventually(database, one) == 1
            async with database.transaction() as connection:
                assert await connection.scalar(text("SELECT 1")) == 1
        finally:
            await database.close()


async def _eventually(database: Database, query: Query) -> int:
    # The first one after it came back may still hold a connection that was cut off.
    try:
        rows = await database.fetch(query, {})
    except Retry:
        rows = await database.fetch(query, {})
    return int(rows[0][0])
