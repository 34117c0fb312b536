"""Held mail as the gateway looks at it by itself, on each store."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from gateway.adapters.database_desk import DatabaseDesk
from gateway.adapters.evidence import Scribe
from gateway.adapters.log_writing import LogWriter
from gateway.adapters.memory_watching import MemoryDesk
from gateway.adapters.tables_watching import walk_again
from gateway.domain.stages import Standing
from gateway.domain.stops import Hold, Outcome, Reason
from gateway.domain.walking_again import MOST_WALKS, Looked
from gateway.ledger.records import Activity
from tests.contracts.flow import (
    ACTIVITY,
    HELD_TEXT,
    LATER,
    NO_CONSENT,
    NOW,
    STORES,
    DatabaseWorld,
    World,
    another_gateway,
    handled,
    opened,
    received,
    sealed,
    stopped,
)
from tests.databases import KINDS
from tests.generators import SENDER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.domain.outcomes import Ended
    from gateway.domain.walking_again import Resting
    from gateway.ports import HeldDesk

NO_KEY = Hold(Reason.RECIPIENT_NO_KEY)
DIGEST = "d" * 64
HOUR = timedelta(hours=1)
REFUSED = stopped(NO_CONSENT, 9, report=9)


@pytest.fixture(params=STORES)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(request, tmp_path) as found:
        yield found


@pytest.fixture(params=KINDS)
async def stored(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[DatabaseWorld]:
    """The same where there are officers, other gateways and triggers: on a database."""
    async with opened(request, tmp_path) as found:
        assert isinstance(found, DatabaseWorld)
        yield found


@pytest.fixture
def desk(world: World) -> HeldDesk:
    return desk_of(world)


def desk_of(world: World) -> HeldDesk:
    if isinstance(world, DatabaseWorld):
        return DatabaseDesk(
            world.database,
            Scribe(lambda _kind, _letter: Activity(activity_id=ACTIVITY)),
            LogWriter(world.vault),
        )
    assert world.memory is not None
    return MemoryDesk(world.memory)


def held_on(
    stop: Hold, number: int = 0, *, revision: int = 1, until: timedelta | None = None
) -> Ended:
    """Report `number` held, on facts of this revision."""
    standing = Standing(
        revision=revision, digest=DIGEST, until=NOW + until if until is not None else None
    )
    return replace(stopped(stop, number, report=number + 1), standing=standing)


async def held(world: World, *ended: Ended) -> str:
    """A mail with these held reports and one that was refused; its trace."""
    (mail,) = await received(world)
    await world.ledger.release([(mail, handled(mail, *ended, REFUSED))], LATER)
    return mail.raw.trace


async def doubtful(desk: HeldDesk, revision: int = 2, limit: int = 10) -> list[Resting]:
    return list(await desk.doubtful(revision, LATER, limit))


async def test_every_held_report_is_doubtful_once_the_register_changed(
    world: World, desk: HeldDesk
) -> None:
    trace = await held(world, held_on(NO_KEY), held_on(HELD_TEXT, 1))
    assert await doubtful(desk, revision=1) == []
    first, second = await doubtful(desk)
    assert (first.trace, first.round, first.number) == (trace, 1, 0)
    assert (first.sender_id, first.dossier_id) == (SENDER.contact_id, "dossier-1")
    assert (first.reasons, first.digest) == ((Reason.RECIPIENT_NO_KEY,), DIGEST)
    assert (second.number, second.reasons) == (1, (Reason.FREE_TEXT,))
    assert await doubtful(desk, limit=1) == [first]


async def test_or_once_its_facts_changed_by_themselves(world: World, desk: HeldDesk) -> None:
    await held(world, held_on(NO_KEY, until=HOUR))
    assert await desk.doubtful(1, NOW + HOUR - timedelta(seconds=1), 10) == []
    assert len(await desk.doubtful(1, NOW + HOUR, 10)) == 1


async def test_without_kept_facts_it_is_doubtful(world: World, desk: HeldDesk) -> None:
    await held(world, stopped(NO_KEY))
    (only,) = await doubtful(desk, revision=1)
    assert only.digest is None


async def test_a_whole_mail_waits_for_a_person(world: World, desk: HeldDesk) -> None:
    (mail,) = await received(world)
    ended = stopped(Hold(Reason.TOO_LARGE), None)
    await world.ledger.release([(mail, handled(mail, ended))], LATER)
    assert await doubtful(desk) == []


async def test_what_was_looked_at_rests_until_the_next_change(world: World, desk: HeldDesk) -> None:
    await held(world, held_on(NO_KEY))
    (only,) = await doubtful(desk)
    await desk.looked([Looked(resting=only, revision=2, until=NOW + HOUR)])
    assert await doubtful(desk) == []
    assert await desk.doubtful(2, NOW + HOUR, 10) == [only]
    assert await doubtful(desk, revision=3) == [only]


async def test_a_mail_walks_once_and_is_on_record(world: World, desk: HeldDesk) -> None:
    trace = await held(world, held_on(NO_KEY), held_on(HELD_TEXT, 1))
    found = await doubtful(desk)
    assert await desk.walk_again(found, LATER) == [trace]
    assert await desk.walk_again(found, LATER) == []
    assert await desk.walk_again([], LATER) == []
    assert await world.state(trace) == "waiting"
    assert (await world.logged(trace)).count("walk-again") == 1
    (again,) = await world.inbox.claim(10, LATER)
    assert (again.raw.trace, again.attempts) == (trace, 0)
    assert await doubtful(desk) == []


async def test_it_says_which_reports_still_wait_for_a_person(world: World, desk: HeldDesk) -> None:
    both = Hold(Reason.RECIPIENT_NO_KEY, Reason.RECIPIENT_NOT_BOUND)
    trace = await held(world, held_on(NO_KEY), held_on(HELD_TEXT, 1), held_on(both, 2))
    await desk.walk_again(await doubtful(desk), LATER)
    (again,) = await world.inbox.claim(10, LATER)
    assert again.raw.undecided == {1: (Reason.FREE_TEXT,), 2: both.reasons}
    await world.inbox.hand_back([again])
    (again,) = await world.inbox.claim(10, LATER)
    assert set(again.raw.undecided) == {1, 2}
    outcomes = (sealed(again.raw), held_on(HELD_TEXT, 1), held_on(both, 2))
    await world.ledger.release([(again, handled(again, *outcomes, REFUSED))], LATER)
    standing = await world.standing(trace)
    assert {standing[number] for number in (1, 2)} == {Outcome.HOLD}
    assert standing[0] is Outcome.FORWARD


async def test_who_releases_it_decides_about_all_of_it(stored: DatabaseWorld) -> None:
    world, desk = stored, desk_of(stored)
    mixed = Hold(Reason.RECIPIENT_NOT_BOUND)
    trace = await held(world, held_on(NO_KEY), held_on(mixed, 1))
    await desk.walk_again(await doubtful(desk), LATER)
    (again,) = await world.inbox.claim(10, LATER)
    outcomes = (held_on(NO_KEY), held_on(mixed, 1))
    await world.ledger.release([(again, handled(again, *outcomes, REFUSED))], LATER)
    await world.held.release(trace, "Fien", LATER)
    (third,) = await world.inbox.claim(10, LATER)
    assert third.raw.undecided == {}


async def test_an_answer_not_delivered_is_forgotten_by_a_new_walk(stored: DatabaseWorld) -> None:
    world, desk = stored, desk_of(stored)
    (mail,) = await received(world)
    await world.ledger.release([(mail, handled(mail, sealed(mail.raw)))], LATER)
    (report,) = await world.outbox.claim(10, LATER)
    await world.outbox.undeliverable(report, (), LATER)
    (resting,) = await doubtful(desk)
    assert resting.reasons == (Reason.UNDELIVERABLE,)
    assert await desk.walk_again([resting], LATER) == [mail.raw.trace]
    assert ("report", "withdrawn") in await world.posted(mail.raw.trace)


async def test_the_officer_was_first(stored: DatabaseWorld) -> None:
    world, desk = stored, desk_of(stored)
    trace = await held(world, held_on(NO_KEY))
    found = await doubtful(desk)
    await world.held.refuse(trace, "Fien", LATER)
    assert await desk.walk_again(found, LATER) == []
    assert await world.state(trace) == "done"


async def test_another_round_is_another_matter(world: World, desk: HeldDesk) -> None:
    await held(world, held_on(NO_KEY))
    before = await doubtful(desk)
    await desk.walk_again(before, LATER)
    (again,) = await world.inbox.claim(10, LATER)
    await world.ledger.release([(again, handled(again, held_on(NO_KEY), REFUSED))], LATER)
    assert await desk.walk_again(before, LATER) == []
    assert len(await doubtful(desk)) == 1


async def test_not_for_ever(world: World, desk: HeldDesk) -> None:
    await held(world, held_on(NO_KEY))
    for _ in range(MOST_WALKS):
        assert await desk.walk_again(await doubtful(desk), LATER) != []
        (again,) = await world.inbox.claim(10, LATER)
        await world.ledger.release([(again, handled(again, held_on(NO_KEY), REFUSED))], LATER)
    assert await desk.walk_again(await doubtful(desk), LATER) == []


async def test_two_gateways_let_it_walk_once(stored: DatabaseWorld) -> None:
    world, desk = stored, desk_of(stored)
    traces = {await held(world, held_on(NO_KEY, number)) for number in range(3)}
    url = world.database.engine.url.render_as_string(hide_password=False)
    second = another_gateway(url.replace("+aiosqlite", "").replace("+asyncpg", ""), world.vault)
    try:
        found = await doubtful(desk)
        went = await asyncio.gather(
            *(each.walk_again(found, LATER) for each in (desk, desk_of(second)) for _ in range(3))
        )
    finally:
        await second.close()
    assert sorted(trace for each in went for trace in each) == sorted(traces)


async def test_the_record_of_a_walk_cannot_be_changed(stored: DatabaseWorld) -> None:
    world, desk = stored, desk_of(stored)
    await held(world, held_on(NO_KEY))
    await desk.walk_again(await doubtful(desk), LATER)
    for statement in (update(walk_again).values(round=7), delete(walk_again)):
        with pytest.raises(DBAPIError, match="only appended to"):
            async with world.database.engine.begin() as connection:
                await connection.execute(statement)


async def test_what_fell_in_the_outbox_takes_nothing_along_that_waits_for_a_person(
    world: World,
) -> None:
    (mail,) = await received(world)
    outcomes = (sealed(mail.raw), held_on(HELD_TEXT, 1), held_on(NO_KEY, 2))
    await world.ledger.release([(mail, handled(mail, *outcomes))], LATER)
    released = await world.outbox.claim(10, LATER)
    await world.outbox.walk_again([each for each in released if each.standing], LATER)
    (again,) = await world.inbox.claim(10, LATER)
    assert again.raw.undecided == {1: (Reason.FREE_TEXT,)}
