"""Exclusion: which dossiers are left without a provider, and whom the municipality tells."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from gateway.adapters.memory_registry import MemoryRegister, MemoryRegistry
from gateway.domain.parties import Interval, Side, Standing
from gateway.duties.exclusion import addressees, needing_another, notices, since
from tests import world
from tests.world import SCHOOL_1, SCHOOL_2, SOFIE, YEAR

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gateway.adapters.register_change import Change

NOW = world.Clock().now


async def office(
    *steps: Callable[[Change], Awaitable[object]],
) -> tuple[MemoryRegister, MemoryRegistry]:
    register = MemoryRegister(
        world.vault(), world.Clock(NOW), world.describe_marker, forms=world.forms
    )
    await world.build(register, at=NOW)
    async with register.change(by=world.BY) as change:
        for step in steps:
            await step(change)
    return register, MemoryRegistry(register)


async def left(registry: MemoryRegistry, party: str = SCHOOL_1) -> set[str]:
    return set(needing_another(await registry.dossiers_of(party), party, NOW))


async def test_those_that_are_with_the_provider_now_and_whose_duty_runs() -> None:
    _, registry = await office()
    without = {9, 10}  # with the other school; duty ended
    assert await left(registry) == {f"dossier-{n}" for n in world.DOSSIERS if n not in without}
    assert await left(registry, SCHOOL_2) == {"dossier-9"}
    assert await left(registry, world.MUNICIPALITY) == set()


async def test_who_was_taken_over_needs_nobody() -> None:
    _, registry = await office(lambda change: change.designations.designate("dossier-1", SOFIE))
    assert "dossier-1" not in await left(registry)
    assert "dossier-1" in await left(registry, SCHOOL_2)


async def test_a_place_left_vacant_is_with_its_provider_still() -> None:
    _, registry = await office(
        lambda change: change.designations.vacate("dossier-1", Side.PROVIDER)
    )
    assert "dossier-1" in await left(registry)


async def test_told_are_the_other_partners_and_both_inspections() -> None:
    _, registry = await office(
        lambda change: change.parties.set_standing(SCHOOL_1, Standing.EXCLUDED)
    )
    roster = await registry.roster()
    found = notices(roster, roster.parties[SCHOOL_1], NOW)
    assert [each.name for each in found] == [SCHOOL_2, "blik-op-werk", "inspectie-szw"]
    assert [addressees(roster, each, NOW) for each in found] == [("Sofie Testlerares",), (), ()]
    assert since(roster.parties[SCHOOL_1], NOW) == NOW
    assert since(roster.parties[SCHOOL_2], NOW) is None


@pytest.mark.parametrize("standing", Standing)
async def test_who_takes_no_part_is_no_partner(standing: Standing) -> None:
    _, registry = await office(
        lambda change: change.parties.set_standing(SCHOOL_2, standing),
    )
    roster = await registry.roster()
    partners = [each for each in notices(roster, roster.parties[SCHOOL_1], NOW) if each.partner]
    taking_part = standing in {Standing.ASPIRANT, Standing.ACTIVE, Standing.SUSPENDED}
    assert bool(partners) is taking_part


async def test_a_partner_whose_term_has_ended_is_none() -> None:
    ended = Interval(start=NOW - YEAR, end=NOW - timedelta(days=1))
    _, registry = await office(lambda change: change.parties.set_term(SCHOOL_2, ended))
    roster = await registry.roster()
    assert not [each for each in notices(roster, roster.parties[SCHOOL_1], NOW) if each.partner]
