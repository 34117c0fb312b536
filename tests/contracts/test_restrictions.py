"""AVG 18 and 21: what the register takes in of a restriction, and what a walk then reads."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from gateway.domain.register import Refusal, RegisterError
from gateway.domain.restricting import RestrictionReason
from tests import world
from tests.contracts.registers import INSTANT, OFFICES, Office
from tests.contracts.registers import office as opened_office

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

HOUR = timedelta(hours=1)
PERSON, BY_STATUTE = "dossier-1", "dossier-4"
CASE = "0a1b2c3d"


@pytest.fixture(params=OFFICES)
async def office(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Office]:
    async with opened_office(request.param, tmp_path, request) as opened:
        yield opened


async def restricted(
    office: Office, dossier_id: str = PERSON, why: RestrictionReason = RestrictionReason.ACCURACY
) -> str:
    async with office.register.change(by=world.BY) as change:
        return await change.restrictions.restrict(dossier_id, why, CASE)


async def test_from_then_on_until_it_is_lifted(office: Office) -> None:
    """And what a decision rested on before is no longer what it rests on."""
    before = await office.facts()
    held = await restricted(office)
    during = await office.facts()
    assert before.restrictions == frozenset()
    assert during.restrictions == {RestrictionReason.ACCURACY}
    assert before.digest() != during.digest()
    assert (await office.facts(4)).restrictions == frozenset()
    office.clock.now += HOUR
    async with office.register.change(by=world.BY) as change:
        await change.restrictions.announce(PERSON, held, told_at=office.clock.now)
        await change.restrictions.lift(PERSON, held)
    after = await office.facts(instant=office.clock.now)
    assert after.restrictions == frozenset()
    assert (await office.facts(instant=INSTANT)).restrictions == {RestrictionReason.ACCURACY}


async def test_it_is_not_lifted_before_the_person_was_told(office: Office) -> None:
    held = await restricted(office)
    with pytest.raises(RegisterError) as refused:
        async with office.register.change(by=world.BY) as change:
            await change.restrictions.lift(PERSON, held)
    assert refused.value.code is Refusal.NOT_TOLD
    to_come = office.clock.now + HOUR
    with pytest.raises(RegisterError) as refused:
        async with office.register.change(by=world.BY) as change:
            await change.restrictions.announce(PERSON, held, told_at=to_come)
    assert refused.value.code is Refusal.NOT_TOLD
    assert (await office.facts()).restrictions


async def test_two_at_once_are_two_and_each_is_lifted_once(office: Office) -> None:
    first, second = await restricted(office), await restricted(office, why=RestrictionReason.CLAIM)
    async with office.register.change(by=world.BY) as change:
        await change.restrictions.announce(PERSON, first, told_at=office.clock.now)
        await change.restrictions.lift(PERSON, first)
    assert (await office.facts()).restrictions == {RestrictionReason.CLAIM}
    for wrong in (first, "00000000"):
        with pytest.raises(RegisterError) as refused:
            async with office.register.change(by=world.BY) as change:
                await change.restrictions.lift(PERSON, wrong)
        assert refused.value.code is Refusal.NO_RESTRICTION
    async with office.register.change(by=world.BY) as change:
        found = await change.restrictions.of(PERSON)
    assert [each.restriction_id for each in found] == [first, second]
    assert found[0].period.end == office.clock.now
    assert found[1].period.end is None


async def test_an_objection_is_against_the_public_task_only(office: Office) -> None:
    """21(1); where consent is the ground, it is withdrawn instead (7(3))."""
    with pytest.raises(RegisterError) as refused:
        await restricted(office, why=RestrictionReason.OBJECTION)
    assert refused.value.code is Refusal.NOTHING_TO_OBJECT_TO
    await restricted(office, BY_STATUTE, RestrictionReason.OBJECTION)
    assert (await office.facts(4)).restrictions == {RestrictionReason.OBJECTION}


async def test_a_later_beginning_is_a_date_of_the_facts(office: Office) -> None:
    later = office.clock.now + HOUR
    async with office.register.change(by=world.BY) as change:
        await change.restrictions.restrict(PERSON, RestrictionReason.CLAIM, CASE, since=later)
    now = await office.facts()
    assert now.restrictions == frozenset()
    assert now.until is not None
    assert now.until <= later
    assert (await office.facts(instant=later)).restrictions == {RestrictionReason.CLAIM}


async def test_an_unknown_dossier_is_refused(office: Office) -> None:
    with pytest.raises(RegisterError) as refused:
        await restricted(office, "nobody")
    assert refused.value.code is Refusal.UNKNOWN_DOSSIER
