"""The loops that look after the log: pruning, and timestamps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.stops import Reason, Retry
from gateway.ledger.verdict import BrokenLogError
from tests.memory_town import memory_town, until

if TYPE_CHECKING:
    from datetime import datetime


async def test_what_was_pruned_is_told_and_nothing_where_nothing_was() -> None:
    counts = [512, 0, 0]
    asked: list[datetime] = []

    async def prune(now: datetime) -> int:
        asked.append(now)
        return counts[min(len(asked), len(counts)) - 1]

    town = await memory_town(prune=prune, prune_seconds=0.01)
    async with town.running():
        await until(lambda: len(asked) > 2)
    assert town.told("log.pruned") == [{"count": 512}]


async def test_it_is_done_once_a_day_unless_told_otherwise() -> None:
    asked: list[datetime] = []

    async def prune(now: datetime) -> int:
        asked.append(now)
        return 0

    town = await memory_town(prune=prune)
    town.arrives(1)
    async with town.running():
        await until(lambda: town.at_rest(1))
    assert len(asked) == 1
    assert town.parts.prune_seconds == 24 * 60 * 60


async def test_a_database_that_is_away_is_tried_again() -> None:
    asked: list[datetime] = []

    async def prune(now: datetime) -> int:
        asked.append(now)
        if len(asked) == 1:
            raise Retry(Reason.UNREACHABLE)
        return 256

    town = await memory_town(prune=prune, prune_seconds=0.01)
    async with town.running():
        await until(lambda: bool(town.told("log.pruned")))
    assert town.told("bug") == []


async def test_a_log_that_is_not_what_was_sealed_stops_the_gateway() -> None:
    async def prune(_now: datetime) -> int:
        raise BrokenLogError("what was to be pruned is not what was sealed")

    town = await memory_town(prune=prune)
    async with town.running() as runner:
        await until(lambda: runner.broken is not None)
    assert town.told("log.broken") == [{}]


async def test_an_authority_that_is_away_keeps_nothing_waiting() -> None:
    answers = [None, True, False]
    asked: list[datetime] = []

    async def stamp(now: datetime) -> bool | None:
        asked.append(now)
        return answers[min(len(asked), len(answers)) - 1]

    town = await memory_town(stamp=stamp, stamp_seconds=0.01)
    town.arrives(1)
    async with town.running():
        await until(lambda: town.at_rest(1) and len(asked) > 2)
    assert town.told("log.timestamp_missing") == [{"seconds": 0.01}]
    assert town.told("log.timestamped") == [{}]
