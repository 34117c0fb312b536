"""Nothing that a decision rests on changes by itself before `until`: any register, any instant."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.adapters.memory_registry import MemoryRegister, MemoryRegistry
from gateway.domain.bijsluiter import Doelgroep, Regime
from gateway.domain.consent import PERMITTING, ConsentCategory, ConsentKind
from gateway.domain.histories import Circumstance
from gateway.domain.parties import Interval, Role, Side, Standing
from gateway.domain.register import RegisterError
from tests import generators, world
from tests.world import CARLA, CASPER, SAAR, SAM, SCHOOL_1, SCHOOL_2, SOFIE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from gateway.adapters.register_change import Change

INSTANT = generators.INSTANT
DAYS = st.integers(min_value=-5, max_value=20)


def day(number: float) -> datetime:
    return INSTANT + timedelta(days=number)


@st.composite
def deeds(draw: st.DrawFn) -> Callable[[Change], Awaitable[Any]]:
    """Some change, some day in the past or the future."""
    start = day(draw(DAYS))
    period = Interval(start=start, end=start + timedelta(days=draw(st.integers(1, 9))))
    contact = draw(st.sampled_from([SAAR, SAM, SOFIE, CASPER, CARLA]))
    party = draw(st.sampled_from([SCHOOL_1, SCHOOL_2]))
    rows = draw(st.sets(st.sampled_from(ConsentCategory), min_size=1))
    circumstance = Circumstance(regime=Regime.WI2013, doelgroep=Doelgroep.ASIEL, duty=period)
    kind = draw(st.sampled_from(ConsentKind))
    side = draw(st.sampled_from(Side))
    standing = draw(st.sampled_from(Standing))
    key = world.marker(f"key {draw(st.integers(0, 3))}")
    chosen: list[Callable[[Change], Awaitable[Any]]] = [
        lambda c: c.parties.set_standing(party, standing, valid_from=start),
        lambda c: c.parties.set_term(party, period, valid_from=start),
        lambda c: c.contacts.end(contact, valid_from=start),
        lambda c: c.contacts.change(contact, address=f"a{start.day}@x.example", valid_from=start),
        lambda c: c.contacts.change(contact, role=Role.RELATIEBEHEERDER, valid_from=start),
        lambda c: c.contacts.declare(contact, period, valid_from=start),
        lambda c: c.contacts.propose_key(contact, key),
        lambda c: c.contacts.revoke(contact, at=start),
        lambda c: c.contacts.unpin(contact, valid_from=start),
        lambda c: c.dossiers.change("dossier-1", circumstance=circumstance, valid_from=start),
        lambda c: c.dossiers.identify("dossier-1", world.identity(99), valid_from=start),
        lambda c: c.designations.designate("dossier-1", contact, valid_from=start),
        lambda c: c.designations.vacate("dossier-1", side, valid_from=start),
        lambda c: c.designations.substitute("dossier-1", contact, period),
        lambda c: _consent(c, party, kind, start, rows),
    ]
    deed: Callable[[Change], Awaitable[Any]] = draw(st.sampled_from(chosen))
    return deed


async def _consent(
    change: Change, party: str, kind: ConsentKind, start: datetime, rows: set[ConsentCategory]
) -> None:
    # A grant that is to come is refused today; a register may hold one from before.
    if kind in PERMITTING:
        ticked = " ".join(sorted(rows))
        await world.coming_grant(change, "dossier-1", start, ticked, provider_id=party, kind=kind)
    else:
        await change.consents.record("dossier-1", party, kind, valid_from=start, categories=rows)


@settings(max_examples=150, deadline=None)
@given(changes=st.lists(deeds(), min_size=1, max_size=4), at=DAYS)
async def test_the_digest_stays_the_same_until_until(
    changes: list[Callable[[Change], Awaitable[Any]]], at: int
) -> None:
    """So that the outbox may send without asking as long as neither revision nor time says so."""
    clock = world.Clock(INSTANT - timedelta(days=30))
    register = MemoryRegister(world.vault(), clock, world.describe_marker, forms=world.forms)
    await world.build_in_memory(register, named="a month before")
    for deed in changes:
        await _try(register, deed)
    registry = MemoryRegistry(register)
    instant = day(at)
    facts = await registry.facts_for(SAAR, "dossier-1", instant)
    assert facts.until is None or facts.until > instant
    hours = 0
    while hours < 40 * 24:
        hours += 6
        later = instant + timedelta(hours=hours)
        if facts.until is not None and later >= facts.until:
            break
        again = await registry.facts_for(SAAR, "dossier-1", later)
        assert again.digest() == facts.digest()
    if facts.until is not None:
        just_before = facts.until - timedelta(microseconds=1)
        again = await registry.facts_for(SAAR, "dossier-1", just_before)
        assert again.digest() == facts.digest()


async def _try(register: MemoryRegister, deed: Callable[[Change], Awaitable[Any]]) -> None:
    # Some of these are refused, and then change nothing.
    try:
        async with register.change(by="test") as change:
            await deed(change)
        await world.confirm_keys(register)
    except RegisterError:
        pass
