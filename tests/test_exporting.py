"""The loop that hands records on: ever longer rests while it does not work, none while it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.ledger.reading import Passed
from gateway.runner.exporting import Exporting

if TYPE_CHECKING:
    from collections.abc import Sequence


class Turns:
    """What the collector said, one turn after another; `rests` and `told` are what came of it."""

    poll_seconds = 1.0

    def __init__(self, said: Sequence[Passed]) -> None:
        self._said = list(said)
        self.rests: list[float] = []
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.parts = self

    async def pass_on(self) -> Passed:
        return self._said.pop(0)

    async def rest(self, seconds: float) -> None:
        self.rests.append(seconds)

    def events(self, event: str, **fields: Any) -> None:
        self.told.append((event, fields))


async def after(*said: Passed) -> Turns:
    turns = Turns(said)
    loop = Exporting(turns, turns)  # type: ignore[arg-type]  # all that it asks of a running gateway
    for _ in said:
        await loop.turn()
    return turns


async def test_the_rests_double_to_five_minutes_and_begin_anew() -> None:
    refused = [Passed(trouble="refused")] * 11
    turns = await after(*refused, Passed(count=1), Passed(trouble="unreachable"))
    assert turns.rests == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 1.0, 1]
    assert turns.told[0] == ("otlp.unreachable", {"trouble": "refused", "seconds": 1})
    assert turns.told[-2:] == [
        ("otlp.delivered", {"count": 1}),
        ("otlp.unreachable", {"trouble": "unreachable", "seconds": 1}),
    ]


async def test_no_rest_while_more_is_waiting_and_no_word_where_nothing_went() -> None:
    turns = await after(Passed(count=5, more=True), Passed(count=0, more=True), Passed())
    assert turns.rests == [1.0]
    assert turns.told == [("otlp.delivered", {"count": 5})]
