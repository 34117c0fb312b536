"""The inbox: what is stored is never lost, never doubled, and in one gateway's hands at a time."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from gateway.adapters.database_inbox import DatabaseInbox
from gateway.adapters.tables_flow import inbound_raw, places
from gateway.domain.stops import Hold, Reason, Retry
from gateway.ports import Fetched
from tests.contracts.flow import (
    LATER,
    NOW,
    STORES,
    DatabaseWorld,
    World,
    another_gateway,
    database_url,
    database_world,
    fetched,
    handled,
    opened,
    received,
    sealed,
    stopped,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

LONG_AFTER = NOW + timedelta(hours=1)


@pytest.fixture(params=STORES)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(request, tmp_path) as found:
        yield found


async def claimed_contents(world: World, limit: int = 100) -> list[bytes]:
    return [each.raw.content for each in await world.inbox.claim(limit, LATER)]


async def test_a_mail_comes_out_as_it_went_in(world: World) -> None:
    content = bytes(range(256)) * 100
    await world.inbox.store([fetched(content, mailbox="INBOX")], NOW)
    (claimed,) = await world.inbox.claim(10, LATER)
    assert claimed.raw.content == content
    assert claimed.raw.size == len(content)
    assert (claimed.raw.received_at, claimed.raw.instant) == (NOW, LATER)
    assert (claimed.raw.mailbox, claimed.raw.oversize) == ("INBOX", False)
    assert claimed.raw.approved == frozenset()
    assert claimed.attempts == 0
    assert len(bytes.fromhex(claimed.raw.trace)) == 16


async def test_a_second_fetch_of_the_same_place_changes_nothing(world: World) -> None:
    await world.inbox.store([fetched(b"one", uid="1")], NOW)
    await world.inbox.store([fetched(b"one", uid="1"), fetched(b"two", uid="2")], LATER)
    assert await claimed_contents(world) == [b"one", b"two"]


async def test_the_same_bytes_in_another_place_are_the_same_mail(world: World) -> None:
    first = fetched(b"twice", mailbox="INBOX")
    second = fetched(b"twice", mailbox="Archief")
    await world.inbox.store([first, second], NOW)
    await world.inbox.store([second], LATER)
    assert await claimed_contents(world) == [b"twice"]


async def test_the_same_place_twice_in_one_batch_is_one_mail(world: World) -> None:
    await world.inbox.store([fetched(b"one", uid="5"), fetched(b"one", uid="5")], NOW)
    assert await claimed_contents(world) == [b"one"]


async def test_another_uidvalidity_is_another_place(world: World) -> None:
    mail = fetched(b"old", uid="1")
    again = fetched(b"new", uid="1")
    place = type(mail.place)(mailbox=mail.place.mailbox, uidvalidity=8, uid="1")
    renumbered = Fetched(
        place=place, content=again.content, size=again.size, received_at=again.received_at
    )
    await world.inbox.store([mail], NOW)
    await world.inbox.store([renumbered], NOW)
    assert sorted(await claimed_contents(world)) == [b"new", b"old"]


async def test_of_an_oversize_mail_the_header_is_kept_and_the_size_told(world: World) -> None:
    header = b"Subject: te groot\r\n\r\n"
    big = Fetched(
        place=fetched().place, content=header, size=60_000_000, received_at=NOW, oversize=True
    )
    await world.inbox.store([big, fetched(b"small")], NOW)
    claimed = await world.inbox.claim(10, LATER)
    assert [(c.raw.oversize, c.raw.size) for c in claimed if c.raw.content == header] == [
        (True, 60_000_000)
    ]


async def test_claims_are_oldest_first_and_limited(world: World) -> None:
    for number in range(5):
        await world.inbox.store([fetched(b"%d" % number)], NOW + timedelta(seconds=number))
    at = NOW + timedelta(minutes=1)
    first = await world.inbox.claim(2, at)
    second = await world.inbox.claim(10, at)
    contents = [each.raw.content for each in (*first, *second)]
    assert contents == [b"0", b"1", b"2", b"3", b"4"]
    assert len(await world.inbox.claim(10, at)) == 0


async def test_a_claim_is_bounded_in_bytes_but_never_empty(world: World) -> None:
    big = [fetched(b"%d" % n + bytes(5_000_000)) for n in range(2)]
    await world.inbox.store(big, NOW)
    assert [len(c.raw.content) for c in await world.inbox.claim(10, LATER)] == [5_000_001]
    await world.inbox.store([fetched(b"x" + bytes(9_000_000))], LONG_AFTER)
    assert len(await world.inbox.claim(10, LATER)) == 1
    assert len(await world.inbox.claim(10, LONG_AFTER)) == 1


async def test_what_is_put_back_waits_and_counts(world: World) -> None:
    claimed = await received(world, 2)
    await world.inbox.put_back(claimed[:1], LATER)
    await world.inbox.hand_back(claimed[1:])
    again = await world.inbox.claim(10, NOW)
    assert [(c.raw.trace, c.attempts) for c in again] == [(claimed[1].raw.trace, 0)]
    (put_back,) = await world.inbox.claim(10, LATER)
    assert (put_back.raw.trace, put_back.attempts) == (claimed[0].raw.trace, 1)


async def test_a_dead_gateways_mail_comes_back_after_its_lease(world: World) -> None:
    """Killed between claim and release: it walks again, and the dead one's claim is void."""
    (dead,) = await received(world)
    assert len(await world.inbox.claim(10, NOW + timedelta(seconds=59))) == 0
    (again,) = await world.inbox.claim(10, NOW + timedelta(seconds=61))
    assert (again.raw.trace, again.attempts) == (dead.raw.trace, 1)
    assert again.token != dead.token

    await world.ledger.release([(dead, handled(dead, sealed(dead.raw)))], LONG_AFTER)
    await world.inbox.put_back([dead], LONG_AFTER)
    await world.inbox.hand_back([dead])
    assert await world.standing(dead.raw.trace) == {}
    assert await world.state(dead.raw.trace) == "claimed"

    await world.ledger.release([(again, handled(again, sealed(again.raw)))], LONG_AFTER)
    assert await world.state(dead.raw.trace) == "done"
    assert len(await world.posted(dead.raw.trace)) == 2


# --- what only a database has ---------------------------------------------------------------


@pytest.fixture(params=("sqlite", "postgresql"))
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return database_url(request, tmp_path)


@pytest.fixture
async def base(url: str) -> AsyncIterator[DatabaseWorld]:
    world = await database_world(url)
    yield world
    assert await world.audit() == []
    await world.close()


async def test_mail_is_sealed_at_rest(base: DatabaseWorld) -> None:
    await base.inbox.store([fetched(b"From: iemand@school.example")], NOW)
    async with base.database.reading() as connection:
        (sealed_,) = (await connection.execute(select(inbound_raw.c.sealed))).scalars()
    assert b"school" not in sealed_
    assert b"From" not in sealed_


async def test_a_second_place_is_remembered(base: DatabaseWorld) -> None:
    await base.inbox.store([fetched(b"same", uid="1"), fetched(b"same", uid="2")], NOW)
    async with base.database.reading() as connection:
        assert (await connection.execute(select(func.count()).select_from(places))).scalar() == 2


async def test_at_start_a_gateway_takes_back_its_own_claims_only(
    base: DatabaseWorld, url: str
) -> None:
    other = another_gateway(url, base.vault, instance="poort-2")
    await base.inbox.store([fetched(), fetched()], NOW)
    (mine,) = await base.inbox.claim(1, NOW)
    (theirs,) = await other.inbox.claim(1, NOW)
    reborn = another_gateway(url, base.vault)
    assert isinstance(reborn.inbox, DatabaseInbox)
    assert await reborn.inbox.recover() == 1
    assert await reborn.inbox.recover() == 0
    (again,) = await reborn.inbox.claim(10, NOW)
    assert (again.raw.trace, again.attempts) == (mine.raw.trace, 1)
    assert theirs.raw.trace != mine.raw.trace
    await reborn.close()
    await other.close()


async def test_a_renewed_claim_lasts_longer(base: DatabaseWorld) -> None:
    assert isinstance(base.inbox, DatabaseInbox)
    claimed = await received(base)
    await base.inbox.renew(claimed, NOW + timedelta(seconds=50))
    assert len(await base.inbox.claim(10, NOW + timedelta(seconds=100))) == 0
    assert len(await base.inbox.claim(10, NOW + timedelta(seconds=111))) == 1


async def test_claimers_at_the_same_time_never_get_the_same_mail(
    base: DatabaseWorld, url: str
) -> None:
    await base.inbox.store([fetched() for _ in range(120)], NOW)
    gateways = [another_gateway(url, base.vault, instance=f"poort-{n}") for n in range(4)]

    async def work(gateway: DatabaseWorld) -> list[str]:
        mine: list[str] = []
        while claimed := await gateway.inbox.claim(7, NOW):
            mine += [each.raw.trace for each in claimed]
        return mine

    shares = await asyncio.gather(*(work(each) for each in gateways for _ in range(2)))
    traces = [trace for share in shares for trace in share]
    # SKIP LOCKED may leave a row to a neighbour that then finds nothing more.
    traces += [each.raw.trace for each in await base.inbox.claim(100, NOW)]
    assert len(traces) == len(set(traces)) == 120
    for gateway in gateways:
        await gateway.close()


async def test_the_same_mailbox_read_by_two_gateways_is_stored_once(
    base: DatabaseWorld, url: str
) -> None:
    other = another_gateway(url, base.vault, instance="poort-2")
    mails = [fetched() for _ in range(30)]
    await asyncio.gather(*(w.inbox.store(mails, NOW) for w in (base, other, base, other)))
    assert len(await base.inbox.claim(100, NOW)) == 30
    await other.close()


async def test_what_does_not_open_at_rest_goes_straight_to_the_officer(
    base: DatabaseWorld,
) -> None:
    await base.inbox.store([fetched(b"damaged"), fetched(b"whole")], NOW)
    async with base.database.transaction() as connection:
        rows = (await connection.execute(select(inbound_raw))).all()
        spoilt = rows[0].trace
        await connection.execute(
            inbound_raw.update()
            .where(inbound_raw.c.trace == spoilt)
            .values(sealed=b"\x01" + bytes(40))
        )
    claimed = {each.raw.trace: each for each in await base.inbox.claim(10, NOW)}
    assert len(claimed) == 2
    assert claimed[spoilt].raw.content == b""
    assert claimed[spoilt].attempts > 1_000_000


async def test_a_database_that_is_away_is_a_retry(base: DatabaseWorld, tmp_path: Path) -> None:
    away = another_gateway(
        "postgresql://nobody:x@127.0.0.1:9/none"
        if base.database.dialect == "postgresql"
        else f"sqlite:///{tmp_path / 'no' / 'such.db'}",
        base.vault,
    )
    with pytest.raises(Retry):
        await away.inbox.store([fetched()], NOW)
    await away.close()


async def test_what_is_done_with_is_forgotten_and_what_is_still_needed_is_not(
    world: World,
) -> None:
    held, queued, gone = await received(world, 3)
    await world.ledger.release([(held, handled(held, stopped(Hold(Reason.PERSON_UNKNOWN))))], NOW)
    await world.ledger.release([(queued, handled(queued, sealed(queued.raw, report=1)))], NOW)
    await world.ledger.release([(gone, handled(gone, sealed(gone.raw, report=2)))], NOW)
    while posts := [
        each for each in await world.outbox.claim(10, NOW) if each.trace != queued.raw.trace
    ]:
        await world.outbox.sent(posts, NOW)
    assert await world.inbox.forget(NOW, NOW) == 0
    assert await world.inbox.forget(LATER, LATER) == 1
    assert await world.inbox.forget(LATER, LATER) == 0
