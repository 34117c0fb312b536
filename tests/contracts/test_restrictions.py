"""AVG 18 and 21: what the register takes in of a restriction, and what a walk then reads."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError

from gateway.adapters.tables_rights import dossier_restriction
from gateway.domain.cases import Received, RequestKind
from gateway.domain.register import Refusal, RegisterError
from gateway.domain.restricting import RestrictionReason
from tests import world
from tests.contracts.registers import INSTANT, OFFICES, Office
from tests.contracts.registers import office as opened_office
from tests.databases import KINDS

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
    async with office.register.change(by=world.BY_ANOTHER) as change:
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
    async with office.register.change(by=world.BY_ANOTHER) as change:
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


async def test_what_a_breach_restricted_another_lifts_and_what_a_request_did_anybody(
    office: Office,
) -> None:
    """A reference that is no request's: one person alone does not let it go."""
    held = await restricted(office)
    async with office.register.change(by=world.BY) as change:
        await change.restrictions.announce(PERSON, held)
    with pytest.raises(RegisterError) as refused:
        async with office.register.change(by=world.BY) as change:
            await change.restrictions.lift(PERSON, held)
    assert refused.value.code is Refusal.SAME_PERSON
    assert (await office.facts()).restrictions
    async with office.register.change(by=world.BY) as change:
        case_id = await change.cases.open(
            RequestKind.RESTRICTION, reference="Z-1", channel=Received.DESK, dossier_id=PERSON
        )
        own = await change.restrictions.restrict(PERSON, RestrictionReason.CLAIM, case_id)
    async with office.register.change(by=world.BY) as change:
        await change.restrictions.announce(PERSON, own)
        await change.restrictions.lift(PERSON, own)


@pytest.mark.parametrize("kind", KINDS)
async def test_the_database_itself_lets_nobody_lift_what_they_placed(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Nor under the number of somebody's request, nor what never began."""
    async with opened_office(kind, tmp_path, request) as office:
        held = await restricted(office)
        assert office.database is not None
        async with office.register.change(by=world.BY) as change:
            case_id = await change.cases.open(
                RequestKind.RESTRICTION, reference="Z-1", channel=Received.DESK, dossier_id=PERSON
            )
        async with office.database.reading() as connection:
            found = await connection.execute(select(dossier_restriction))
            began = dict(found.mappings().one())
        del began["id"]
        lifted = began | {"event": "lifted"}
        for wrong in (
            lifted,
            lifted | {"case_id": case_id},
            lifted | {"restriction_id": "ffffffff", "recorded_by": world.BY_ANOTHER},
        ):
            with pytest.raises(DBAPIError, match="two people"):
                async with office.database.transaction() as connection:
                    await connection.execute(insert(dossier_restriction).values(**wrong))
        async with office.database.transaction() as connection:
            another = lifted | {"recorded_by": world.BY_ANOTHER}
            await connection.execute(insert(dossier_restriction).values(**another))
        assert held == began["restriction_id"]
