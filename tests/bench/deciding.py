"""What the reasoning alone takes: one decision on one report, and consent from a long history."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.domain.consent import ConsentCategory, ConsentEvent, ConsentKind, effective
from gateway.domain.policy import Policy
from gateway.pipeline.permitting import permit
from gateway.resources import policy_text
from tests import corridor, generators
from tests.bench.figures import Timing
from tests.generators import INSTANT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

EVENTS = 1000
_ROUNDS = 20
_ROWS = tuple(ConsentCategory)


def deciding() -> Sequence[Timing]:
    """A decision as the gateway takes it, the same on a table just loaded, and consent."""
    known = corridor.known(generators.full_bericht(1), generators.facts(1))
    bericht = known.checked.bericht
    policy, text = Policy(policy_text()), policy_text()
    fresh = [Policy(text) for _ in range(_ROUNDS * 10)]
    categories = len(permit(known, policy).categories)
    if categories < 5 or bericht.voortgang is None:
        raise RuntimeError("the report of the bench does not carry every category")
    return (
        Timing(
            key="decision",
            name=f"one decision, {categories} categories",
            microseconds=_best(lambda: permit(known, policy), 500),
        ),
        Timing(
            key="first-decision",
            name="the same, the first on a table just loaded",
            microseconds=_best(lambda: permit(known, fresh.pop()), 10),
        ),
        *(_consent(name, events) for name, events in _histories().items()),
    )


def _consent(name: str, events: Sequence[ConsentEvent]) -> Timing:
    return Timing(
        key=f"consent-{name}",
        name=f"consent from {EVENTS} events, {name}",
        microseconds=_best(lambda: effective(events, valid_at=INSTANT, known_at=INSTANT), 10),
    )


def _histories() -> dict[str, Sequence[ConsentEvent]]:
    return {
        "of every kind": _history(tuple(ConsentKind)),
        "given once, then narrowed": _history((ConsentKind.WITHDRAWN,), ConsentKind.GIVEN),
    }


def _history(kinds: Sequence[ConsentKind], first: ConsentKind | None = None) -> list[ConsentEvent]:
    found = [
        ConsentEvent(
            kind=first if first is not None and number == 0 else kinds[number % len(kinds)],
            valid_from=INSTANT - timedelta(hours=EVENTS - number),
            recorded_at=INSTANT - timedelta(hours=EVENTS - number),
            form_version="1",
            categories=frozenset(_ROWS if number == 0 else _ROWS[3:]),
        )
        for number in range(EVENTS)
    ]
    return found[::-1]  # as little in order as they can be


def _best(work: Callable[[], object], times: int) -> float:
    """Microseconds each: the quickest of several rounds, for the machine does other things too."""
    found = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        for _ in range(times):
            work()
        found.append((time.perf_counter() - began) / times)
    return min(found) * 1_000_000
