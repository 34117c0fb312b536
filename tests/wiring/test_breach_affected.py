"""What a proposal brings into a breach: all that left, or may be leaving at this moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from gateway.domain.bijsluiter import Category
from gateway.domain.incidents import Uncovered
from gateway.wiring import breach_affected
from gateway.wiring.breach_affected import of_incident
from tests.domain.test_scope import START

if TYPE_CHECKING:
    from datetime import datetime

    import pytest


def uncovered(span: str, sent_at: datetime | None) -> Uncovered:
    return Uncovered(
        dossier_id="dossier-1",
        provider_id="school",
        trace="t",
        number=0,
        span_id=span,
        reference="r",
        sent_at=sent_at,
        sender_id="saar",
        recipient_id="casper",
        categories=frozenset({Category.P2}),
    )


async def test_what_is_being_handed_over_is_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is accepted once: what leaves a moment later would be in no breach, and tell nobody."""
    left = [
        (uncovered("sent", START), "sent"),
        (uncovered("leaving", None), "claimed"),
        (uncovered("taken-back", None), "withdrawn"),
        (uncovered("to-walk-again", None), "waiting"),
    ]

    async def proposal(*_given: object) -> tuple[object, object]:
        return None, left

    async def nothing(*_given: object) -> dict[str, object]:
        return {}

    monkeypatch.setattr(breach_affected, "incident", proposal)
    monkeypatch.setattr(breach_affected, "_known", nothing)
    _, found = await of_incident(*cast("tuple[Any, Any, Any]", (None, None, None)), "i")
    assert [(each.span_id, each.sent_at) for each in found] == [("sent", START), ("leaving", None)]
