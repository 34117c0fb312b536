"""How many letters one contact gets."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from gateway.domain.sparing import LIMITS, REMEMBERED, Occasion, may_answer
from tests.generators import INSTANT

MINUTE = timedelta(minutes=1)


def answered(occasion: Occasion, every: timedelta, during: timedelta) -> int:
    """How many letters go when a mail comes in so often for so long."""
    before: list[tuple[datetime, str]] = []
    for count in range(during // every):
        now = INSTANT + count * every
        if may_answer(occasion, before, str(count), now):
            before.append((now, str(count)))
    return len(before)


@pytest.mark.parametrize("occasion", Occasion)
def test_a_flood_gets_as_many_answers_as_the_limit_of_each_period(occasion: Occasion) -> None:
    for most, period in LIMITS[occasion]:
        every = period / (most * 4)
        assert answered(occasion, every, period) <= most
    (hourly, hour), (daily, _) = LIMITS[occasion]
    assert answered(occasion, hour / (hourly * 2), hour) == hourly
    assert answered(occasion, hour / hourly, REMEMBERED) == daily


def test_what_comes_now_and_then_is_always_answered() -> None:
    assert answered(Occasion.REFUSED, 2 * MINUTE, timedelta(hours=9)) == 270


def test_a_mail_that_walks_again_is_answered_again() -> None:
    most, _ = LIMITS[Occasion.UNPROVEN][0]
    before = [(INSTANT, str(count)) for count in range(most)]
    assert may_answer(Occasion.UNPROVEN, before, "0", INSTANT)
    assert not may_answer(Occasion.UNPROVEN, before, "new", INSTANT)
