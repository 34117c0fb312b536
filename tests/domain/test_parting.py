"""Convenant 3.2, 12.11 and 15: when a provider takes part no longer, and when it is asked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from gateway.adapters.memory_registry import MemoryRegister, MemoryRegistry
from gateway.domain.case_rules import check_reference
from gateway.domain.helping import Answer, Direction, HelpRequest, What
from gateway.domain.parties import Interval, Standing
from gateway.domain.parting import Parted, Why, asked_already, parted
from tests import world
from tests.world import SCHOOL_1, SCHOOL_2, YEAR

if TYPE_CHECKING:
    from datetime import datetime

NOW = world.Clock().now
DAY = timedelta(days=1)


async def ended(
    *, standing: Standing | None = None, term: Interval | None = None, at: datetime = NOW
) -> dict[str, Why]:
    """Why the first school takes part no longer, where it does not."""
    register = MemoryRegister(
        world.vault(), world.Clock(NOW), world.describe_marker, forms=world.forms
    )
    await world.build(register, at=NOW)
    async with register.change(by=world.BY) as change:
        if standing is not None:
            await change.parties.set_standing(SCHOOL_1, standing)
        if term is not None:
            await change.parties.set_term(SCHOOL_1, term)
    return {each.party_id: each.why for each in parted(await MemoryRegistry(register).roster(), at)}


@pytest.mark.parametrize(
    ("standing", "why"),
    [
        (Standing.EXCLUDED, Why.EXCLUDED),
        (Standing.LEFT, Why.LEFT),
        (Standing.SUSPENDED, None),
        (Standing.ACTIVE, None),
    ],
)
async def test_who_is_excluded_or_left_and_not_who_may_come_back(
    standing: Standing, why: Why | None
) -> None:
    assert await ended(standing=standing, at=NOW + DAY) == ({SCHOOL_1: why} if why else {})
    assert await ended(standing=standing, at=NOW + DAY - timedelta(seconds=1)) == {}


async def test_by_law_a_day_after_the_term_ends() -> None:
    term = Interval(start=NOW - YEAR, end=NOW)
    assert await ended(term=term, at=NOW + DAY - timedelta(seconds=1)) == {}
    assert await ended(term=term, at=NOW + DAY) == {SCHOOL_1: Why.TERM}
    # Suspended meanwhile: its term ends all the same.
    assert await ended(term=term, standing=Standing.SUSPENDED, at=NOW + DAY) == {SCHOOL_1: Why.TERM}


def test_its_reference_is_one_that_the_register_takes() -> None:
    for why in Why:
        of = Parted(party_id=SCHOOL_1, why=why, began=NOW)
        assert check_reference(of.reference) == of.reference


def request(
    party: str = SCHOOL_1,
    what: What = What.RETURN,
    direction: Direction = Direction.TO,
    days: int = 1,
    answer: Answer | None = None,
) -> HelpRequest:
    return HelpRequest(
        help_id="h",
        direction=direction,
        what=what,
        party_id=party,
        contact_id="saar",
        articles=(17,),
        case_id="",
        reference="Z-1",
        asked_at=NOW + days * DAY,
        due_at=NOW + 9 * DAY,
        people=1,
        answer=answer,
    )


def test_what_an_officer_asked_since_counts_and_what_is_open_from_before() -> None:
    of = Parted(party_id=SCHOOL_1, why=Why.EXCLUDED, began=NOW)
    for counts in (
        request(),
        request(answer=Answer.DONE),
        request(what=What.REMOVAL),
        request(days=-9),
    ):
        assert asked_already([counts], of) is counts
    for other in (
        request(days=-9, answer=Answer.DONE),
        request(SCHOOL_2),
        request(what=What.HELP),
        request(direction=Direction.FROM),
    ):
        assert asked_already([other], of) is None
