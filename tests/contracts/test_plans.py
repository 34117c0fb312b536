"""Every statement of a message's way finds its rows by an index, however much is on record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Engine

from gateway.adapters.among import among
from gateway.adapters.tables_flow import inbound, inbound_raw
from tests.contracts.flow import (
    HELD_TEXT,
    LATER,
    NOW,
    DatabaseWorld,
    database_url,
    database_world,
    fetched,
    handled,
    received,
    sealed,
    stopped,
)
from tests.contracts.test_returning import fate, only, told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sqlalchemy import Connection, Dialect

# One row each, or a list given by the caller.
# The operators are a handful, and each is asked whose account this is.
# Holds on outgoing mail (h) are few as well, and only where there is one are the contacts of a
# party (c) and their keys (k, p) looked through.
HOLDS = ("SCAN h", "SCAN c", "SCAN k", "SCAN p")
SMALL = ("json_each", "log_head", "CONSTANT ROW", "SCAN operator")
PEOPLE = ("Fien", "Floor")


@pytest.fixture(params=("sqlite", "postgresql"))
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[DatabaseWorld]:
    made = await database_world(database_url(request, tmp_path))
    yield made
    assert await made.audit() == []
    await made.close()


async def a_day(world: DatabaseWorld) -> None:
    """Mails that go, fall, are held, released, refused, sent and handed back."""
    mails = await received(world, 4)
    await world.ledger.release(
        [
            (
                mail,
                handled(mail, sealed(mail.raw, 0, report=n), stopped(HELD_TEXT, 1, report=10 + n)),
            )
            for n, mail in enumerate(mails)
        ],
        LATER,
    )
    for name in PEOPLE:
        await world.held.release(mails[0].raw.trace, name, LATER)
    reports = [r for r in await world.outbox.claim(10, LATER) if r.standing is not None]
    await world.outbox.sent(reports[:1], LATER)
    letter = await only(world, reports[0].message_id)
    await told(world, fate(letter), now=LATER)
    await world.outbox.walk_again(reports[1:2], LATER)
    await world.outbox.hand_back(reports[2:])
    again = await world.inbox.claim(10, LATER)
    await world.ledger.release(
        [(mail, handled(mail, stopped(HELD_TEXT, 1))) for mail in again[:1]], LATER
    )
    await world.inbox.hand_back(again[1:])


async def test_no_statement_reads_a_whole_table(tmp_path: Path) -> None:
    world = await database_world(f"sqlite:///{tmp_path / 'taalpoort.db'}")
    seen: dict[str, Any] = {}

    def note(_c: object, _cursor: object, statement: str, values: object, *_rest: object) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            seen.setdefault(statement, values)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        await a_day(world)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len(seen) > 25

    def scans(connection: Connection) -> list[str]:
        return [
            f"{row[3]}: {statement}"
            for statement, values in seen.items()
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            if row[3].startswith("SCAN")
            and not any(small in row[3] for small in SMALL)
            and row[3] not in HOLDS
        ]

    assert await world.database.write(scans) == []
    await world.close()


async def test_one_statement_serves_lists_of_every_length(world: DatabaseWorld) -> None:
    mails = [fetched(b"%d" % number) for number in range(5)]
    await world.inbox.store(mails, NOW)
    traces = [claimed.raw.trace for claimed in await world.inbox.claim(10, NOW)]

    async with world.database.reading() as reader:
        answers = [
            await reader.run_sync(_found, wanted)
            for wanted in ([], traces[:1], [*traces[1:4], "no such trace"], ["'", '"', "\\", "[]"])
        ]
    assert answers == [set(), set(traces[:1]), set(traces[1:4]), set()]


def test_the_length_of_a_list_is_not_in_the_statement() -> None:
    dialects: list[Dialect] = [sqlite.dialect(), postgresql.dialect()]  # type: ignore[no-untyped-call]  # SQLAlchemy leaves their constructors untyped
    for dialect in dialects:
        texts = {
            str(_of([str(n) for n in range(length)]).compile(dialect=dialect))
            for length in (0, 1, 40)
        }
        assert len(texts) == 1


def _found(connection: Connection, wanted: list[str]) -> set[str]:
    return {row.trace for row in connection.execute(_of(wanted))}


def _of(traces: list[str]) -> Any:
    return (
        select(inbound.c.trace)
        .join(inbound_raw, inbound_raw.c.trace == inbound.c.trace)
        .where(among(inbound.c.trace, traces), inbound.c.attempts == 0)
    )
