"""The loop that keeps revocation fresh: what it tells, and when it rests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gateway.adapters.revocation_fetch import Problem
from gateway.events import CATALOGUE, kinds
from gateway.runner.refreshing import Refreshing
from gateway.wiring.running import TrustNews

if TYPE_CHECKING:
    from collections.abc import Sequence


class Turns:
    """What refreshing found, one turn after another; `rests` and `told` are what came of it."""

    refresh_seconds = 60.0

    def __init__(self, found: Sequence[TrustNews]) -> None:
        self._found = list(found)
        self.rests: list[float] = []
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.parts = self

    def clock(self) -> datetime:
        return datetime(2026, 11, 23, tzinfo=UTC)

    async def refresh(self, at: datetime) -> TrustNews:
        assert at == self.clock()
        return self._found.pop(0)

    async def rest(self, seconds: float) -> None:
        self.rests.append(seconds)

    def events(self, event: str, **fields: Any) -> None:
        assert CATALOGUE[event].fields.keys() == fields.keys()
        self.told.append((event, fields))


async def after(*found: TrustNews) -> Turns:
    turns = Turns(found)
    loop = Refreshing(turns, turns.refresh)  # type: ignore[arg-type]  # all that it asks of a running gateway
    for _ in found:
        await loop.turn()
    return turns


async def test_what_went_and_what_did_not() -> None:
    turns = await after(TrustNews(fetched=2, failed={Problem.OLDER: 1, Problem.REFUSED: 3}))
    assert turns.told == [
        ("revocation.fetched", {"count": 2}),
        ("revocation.not_fetched", {"fetching": "older", "count": 1}),
        ("revocation.not_fetched", {"fetching": "refused", "count": 3}),
    ]
    assert turns.rests == [60]


async def test_no_rest_while_more_is_to_be_fetched() -> None:
    assert (await after(TrustNews(fetched=8, more=True), TrustNews())).rests == [60]


async def test_who_waits_is_told_once_until_it_changes() -> None:
    one, two = TrustNews(unknown=1), TrustNews(unknown=2, untrusted=1, unreadable=1)
    turns = await after(one, one, two, two, TrustNews(), one)
    assert turns.told == [
        ("revocation.unknown", {"count": 1}),
        ("revocation.unknown", {"count": 2}),
        ("revocation.untrusted", {"count": 1}),
        ("revocation.file_unreadable", {"count": 1}),
        ("revocation.unknown", {"count": 1}),
    ]


async def test_roots_that_cannot_be_read_say_nothing_of_the_rest() -> None:
    gone = TrustNews(roots_unreadable=True)
    turns = await after(TrustNews(unknown=1), gone, gone, TrustNews(unknown=1))
    assert turns.told == [
        ("revocation.unknown", {"count": 1}),
        ("revocation.roots_unreadable", {"count": 1}),
    ]


def test_every_problem_can_be_told() -> None:
    assert [kinds.FETCHING.clean(each) for each in Problem] == [each.value for each in Problem]
