"""Killed before and after any commit, again and again: nothing is lost, nothing doubled."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import secrets
import signal
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from gateway.adapters.database_inbox import DatabaseInbox
from gateway.adapters.database_outbox import DatabaseOutbox
from gateway.adapters.tables_flow import inbound, outgoing
from gateway.adapters.vault import Vault
from gateway.domain.stops import Outcome
from tests.contracts.flow import (
    HELD_TEXT,
    LATER,
    NO_CONSENT,
    NOW,
    DatabaseWorld,
    another_gateway,
    database_url,
    database_world,
    fetched,
    handled,
    sealed,
    stopped,
)

if TYPE_CHECKING:
    from gateway.domain.outcomes import Handled
    from gateway.ports import Claimed

MAILS = 24
LIVES = 30
# Forked from a clean process that has everything loaded, so that a life begins at once.
SPAWN = multiprocessing.get_context("forkserver")
SPAWN.set_forkserver_preload(["tests.contracts.test_crash"])


def walk(claimed: Claimed) -> Handled:
    """Every sixth mail is held, every sixth refused, the others go; told by their content."""
    number = int(claimed.raw.content.split()[1])
    outcome = {
        0: stopped(HELD_TEXT, report=number),
        1: stopped(NO_CONSENT, report=number),
    }.get(number % 6, sealed(claimed.raw, report=number))
    return handled(claimed, outcome)


async def live(world: DatabaseWorld, accepted: Path) -> None:
    """A gateway's life: take back, walk, send, until there is nothing left to do."""
    assert isinstance(world.inbox, DatabaseInbox)
    assert isinstance(world.outbox, DatabaseOutbox)
    await world.inbox.recover()
    await world.outbox.recover()
    while True:
        claimed = await world.inbox.claim(3, LATER)
        if claimed:
            await world.ledger.release([(each, walk(each)) for each in claimed], LATER)
        released = await world.outbox.claim(4, LATER)
        if released:
            with accepted.open("a", encoding="ascii") as server:
                server.writelines(f"{each.message_id}\n" for each in released)
            await world.outbox.sent(released, LATER)
        if not claimed and not released:
            return


def life(url: str, master: bytes, accepted: str, commits: int, after: bool) -> None:
    """One process; dies by SIGKILL before or after its commit number `commits`."""
    asyncio.run(_life(url, master, Path(accepted), commits, after))


async def _life(url: str, master: bytes, accepted: Path, commits: int, after: bool) -> None:
    world = another_gateway(url, Vault(master))
    write, count = world.database.write, 0

    async def mortal(body: Any) -> Any:
        nonlocal count
        count += 1
        if count == commits and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = await write(body)
        if count == commits:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    world.database.write = mortal  # type: ignore[method-assign]  # the point at which it dies
    await live(world, accepted)
    await world.close()


@pytest.fixture(params=("sqlite", "postgresql"))
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return database_url(request, tmp_path)


async def test_whenever_it_is_killed_all_is_recorded_once_and_sent_under_one_id(
    url: str, tmp_path: Path
) -> None:
    master, accepted = secrets.token_bytes(32), tmp_path / "accepted"
    world = await database_world(url, master)
    await world.inbox.store([fetched(b"mail %d" % number) for number in range(MAILS)], NOW)

    died = 0
    for number in range(LIVES):
        # Past the two commits of taking back, at every point of a turn, before it and after.
        died += run(url, master, accepted, 3 + number % 7, after=number % 2 == 1)
        assert await world.audit() == []
    assert died > LIVES // 2
    assert not run(url, master, accepted, 10_000, after=False)

    await assert_all_is_well(world, accepted)
    await world.close()


def run(url: str, master: bytes, accepted: Path, commits: int, *, after: bool) -> bool:
    """One life; whether it was killed (and did not end by a fault of its own)."""
    process = SPAWN.Process(target=life, args=(url, master, str(accepted), commits, after))
    process.start()
    process.join(300)
    assert process.exitcode in {0, -signal.SIGKILL}
    return process.exitcode != 0


async def assert_all_is_well(world: DatabaseWorld, accepted: Path) -> None:
    assert await world.audit() == []
    async with world.database.reading() as connection:
        mails = (await connection.execute(select(inbound))).all()
        posted = (await connection.execute(select(outgoing))).all()
    outcomes = Counter([(await world.standing(mail.trace)).get(0) for mail in mails])
    assert outcomes == {Outcome.HOLD: 4, Outcome.REJECT: 4, Outcome.FORWARD: 16}
    assert Counter(mail.state for mail in mails) == {"held": 4, "done": 20}
    assert {row.state for row in posted} == {"sent"}
    assert Counter(row.kind for row in posted) == {"report": 16, "receipt": 24, "notice": 4}
    # A mail may reach the next server twice, but never as two different mails.
    reached = _lines(accepted)
    assert set(reached) == {row.message_id for row in posted}
    assert len(set(reached)) == len(posted)


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="ascii").split()
