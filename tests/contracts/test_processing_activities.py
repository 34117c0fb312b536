"""Processing activities on record: an id keeps its meaning, a new one gets its date."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from gateway import resources
from gateway.adapters.processing_activities import ProcessingActivities
from gateway.adapters.tables_processing import processing_activity
from gateway.domain.articles import Articles
from gateway.domain.processing import Activities, Key
from gateway.domain.processing_record import ChangedActivityError
from tests.databases import KINDS, fresh
from tests.tampering import unguard

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.adapters.database import Database

NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
NAME = "Beslissen over vastgehouden mail"


@pytest.fixture(params=KINDS)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    async with fresh(request.param, tmp_path, request) as opened:
        yield opened


def read(*, name: str = NAME, version: int = 1) -> Activities:
    """The file as shipped, but for the name and the version of one activity."""
    text = resources.activities_text()
    old = f'key = "held"\nversion = 1\nname = "{NAME}"'
    assert old in text
    return Activities(
        text.replace(old, f'key = "held"\nversion = {version}\nname = "{name}"'),
        articles=Articles(resources.articles_text()),
        base="https://register.gemeente.example/verwerkingen",
        keep_days=14,
    )


async def test_all_come_in_once_with_their_content_and_date(database: Database) -> None:
    found, kept = read(), ProcessingActivities(database)
    assert await kept.recorded() == ()
    assert len(await kept.enter(found, NOW)) == len(Key)
    assert await kept.enter(found, LATER) == ()
    recorded = await kept.recorded()
    assert {(r.activity_id, r.digest, r.content, r.key) for r in recorded} == {
        (each.activity_id, each.digest, each.content, each.key.value) for each in found
    }
    assert {(each.since, each.until) for each in recorded} == {(NOW, None)}


async def test_a_changed_activity_is_refused_and_nothing_is_kept(database: Database) -> None:
    kept = ProcessingActivities(database)
    await kept.enter(read(), NOW)
    before = await kept.recorded()
    with pytest.raises(ChangedActivityError, match=r"held/1 .*\(name\).* new id"):
        await kept.enter(read(name="Iets anders"), LATER)
    assert await kept.recorded() == before


async def test_a_term_that_was_changed_in_the_database_is_refused(database: Database) -> None:
    """Its digest was left as it was, and entries would be pruned before their time."""
    kept = ProcessingActivities(database)
    await kept.enter(read(), NOW)
    async with database.transaction() as connection:
        await unguard(connection, "processing_activity")
        of = processing_activity.c.activity_id.like("%/held/1")
        row = (await connection.execute(select(processing_activity).where(of))).one()
        shorter = re.sub(r'"duration":"P\d+Y"', '"duration":"P1D"', row.content)
        assert shorter != row.content
        await connection.execute(update(processing_activity).where(of).values(content=shorter))
    with pytest.raises(ChangedActivityError, match="held/1: what is on record of it is not"):
        await kept.enter(read(), LATER)


async def test_one_change_keeps_what_is_new_out_too(database: Database) -> None:
    """Another base gives every activity a new id; one of them is taken by something else."""
    kept = ProcessingActivities(database)
    await kept.enter(read(name="Iets anders", version=2), NOW)
    before = await kept.recorded()
    with pytest.raises(ChangedActivityError):
        await kept.enter(read(version=2), LATER)
    assert await kept.recorded() == before


async def test_a_new_id_is_dated_and_ends_the_former(database: Database) -> None:
    kept = ProcessingActivities(database)
    await kept.enter(read(), NOW)
    (new,) = await kept.enter(read(name="Iets anders", version=2), LATER)
    assert new.activity_id.endswith("/held/2")
    held = [each for each in await kept.recorded() if each.key == "held"]
    assert [(each.since, each.until) for each in held] == [(NOW, LATER), (LATER, None)]
    with pytest.raises(ChangedActivityError, match="held/1 was replaced"):
        await kept.enter(read(), LATER)


async def test_a_clock_that_was_put_back_does_not_turn_their_order(database: Database) -> None:
    kept = ProcessingActivities(database)
    await kept.enter(read(), LATER)
    await kept.enter(read(name="Iets anders", version=2), NOW)
    first, second = [each for each in await kept.recorded() if each.key == "held"]
    assert first.until == second.since == LATER + timedelta(microseconds=1)


async def test_two_gateways_that_start_together_record_once(database: Database) -> None:
    kept = ProcessingActivities(database)
    new = await asyncio.gather(kept.enter(read(), NOW), kept.enter(read(), NOW))
    assert sorted(map(len, new)) == [0, len(Key)]
    assert len(await kept.recorded()) == len(Key)
