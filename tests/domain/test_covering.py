"""12.4: what a change of consent shows to be uncovered is what counting by hand shows.

Days pass in a register in memory: consent is recorded, for that day, the past or
the future, and reports leave that are covered as far as is known on that day.
The model in this file knows the covenant's rows by heart (annexes 2 and 3) and
judges every report after every day; the register only looks when something is
put on record.
"""

from __future__ import annotations

import asyncio
import dataclasses
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.adapters.memory_registry import MemoryRegister
from gateway.adapters.register_late import read_incidents
from gateway.domain import covering
from gateway.domain.bijsluiter import Category
from gateway.domain.consent import (
    PERMITTING,
    Consent,
    ConsentCategory,
    ConsentEvent,
    ConsentKind,
    ConsentState,
)
from gateway.domain.incidents import SentReport
from gateway.domain.parties import Standing
from gateway.domain.policy import Policy
from gateway.domain.register import RegisterError
from gateway.pipeline import permitting
from gateway.resources import policy_text
from tests import corridor, generators, world
from tests.generators import INSTANT, policy_digest
from tests.strategies import consent_events
from tests.world import BY, SCHOOL_1

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.adapters.register_change import Change

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
T1, T2, T3, T4 = ConsentCategory
ASPIRANT = generators.provider(standing=Standing.ASPIRANT)
DOSSIER = "dossier-7"  # of which nothing is recorded yet
ROWS = {
    Category.IDENTITEIT: {T1},
    Category.P1: {T2},
    Category.P2: {T3},
    Category.P3_TAALNIVEAU: {T4},
    Category.P3_VERZUIM: {T4},
    Category.P3_FORMEEL: {T3, T4},
}
Named = set[tuple[str, Category]]


@settings(deadline=None, max_examples=60)
@given(
    events=st.lists(consent_events(), min_size=2, max_size=9),
    carried=st.lists(st.frozensets(st.sampled_from(Category), min_size=1), min_size=7, max_size=7),
)
def test_what_is_found_late_is_what_the_model_counts(
    events: list[ConsentEvent], carried: list[frozenset[Category]]
) -> None:
    found, expected = asyncio.run(pass_days(events, carried))
    assert found == expected


async def pass_days(
    events: list[ConsentEvent], carried: list[frozenset[Category]]
) -> tuple[Named, Named]:
    """What the register names in the end, and what the model would have named."""
    clock = world.Clock()
    register = MemoryRegister(world.vault(), clock, world.describe_marker, forms=world.more_forms)
    await world.build(register)
    known: list[ConsentEvent] = []
    expected: Named = set()
    for day, cargo in zip(range(-4, 3), carried, strict=True):
        clock.now = INSTANT + day * DAY
        today = [each for each in events if each.recorded_at == clock.now]
        for each in today:
            with suppress(RegisterError):  # a grant without rows, another version than in force
                async with register.change(by=BY) as change:
                    await record(change, each)
                known.append(each)
                expected |= uncovered(register.sent.reports, known, clock.now)
        at = clock.now + HOUR
        if shared := covered(cargo | {Category.IDENTITEIT}, known, at):
            register.sent.reports.append(report(day, at, shared))
    found = {
        (each.span_id, category)
        for incident in await read_incidents(register.rows)
        for each in incident.disclosures
        for category in each.categories
    }
    return found, expected


async def record(change: Change, event: ConsentEvent) -> None:
    await change.consents.record(
        DOSSIER,
        SCHOOL_1,
        event.kind,
        valid_from=event.valid_from,
        categories=event.categories,
        extra=event.extra,
        form_version=event.form_version,
    )


def report(day: int, at: datetime, categories: frozenset[Category]) -> SentReport:
    return SentReport(
        dossier_id=DOSSIER,
        provider_id=SCHOOL_1,
        trace=f"trace-{day}",
        number=0,
        span_id=f"span-{day}",
        reference="",
        sent_at=at,
        sender_id=world.SAAR,
        recipient_id=world.CASPER,
        categories=categories,
        free_text=frozenset(),
        policy_digest=policy_digest(),
    )


# --- the model ------------------------------------------------------------------


def uncovered(reports: list[SentReport], known: list[ConsentEvent], now: datetime) -> Named:
    return {
        (each.span_id, category)
        for each in reports
        if each.sent_at is not None and each.sent_at <= now
        for category in each.categories - covered(each.categories, known, each.sent_at)
    }


def covered(
    categories: frozenset[Category], known: list[ConsentEvent], at: datetime
) -> frozenset[Category]:
    """The categories that may be shared at this moment."""
    rows, extra = granted(known, at)
    if T1 not in rows:
        return frozenset()
    shared = {c for c in categories if ROWS.get(c, set()) & rows}
    shared |= {Category.P4} & categories & extra
    return frozenset(shared) if shared - {Category.IDENTITEIT} else frozenset()


def granted(known: list[ConsentEvent], at: datetime) -> tuple[set[ConsentCategory], set[Category]]:
    """Row by row: in every grant of the latest instant, and not ended since."""
    begun = [e for e in known if e.valid_from <= at]
    last = max((e.valid_from for e in begun if e.kind in PERMITTING), default=None)
    if last is None:
        return set(), set()
    grants = [e for e in begun if e.kind in PERMITTING and e.valid_from == last]
    rows = {r for r in ConsentCategory if all(r in e.categories for e in grants)}
    extra = {c for c in Category if all(c in e.extra for e in grants)}
    versions = {e.form_version for e in grants}
    for each in begun:
        if each.valid_from < last or each.kind in {*PERMITTING, ConsentKind.REQUESTED}:
            continue
        if each.kind is ConsentKind.INVALIDATED and each.form_version not in versions:
            continue
        partly = each.kind is ConsentKind.WITHDRAWN and (each.categories or each.extra)
        rows -= each.categories if partly else set(ConsentCategory)
        extra -= each.extra if partly else set(Category)
    return rows, extra if rows else set()


def test_a_report_is_judged_in_the_situation_that_it_passed_in() -> None:
    """Under a table that asks more of others than of an aspirant, who it was still counts."""
    gate = 'standing = ["aspirant", "active"]'
    stricter = Policy(policy_text().replace(gate, 'standing = ["aspirant"]'))
    given = Consent(state=ConsentState.GIVEN, categories=frozenset(ConsentCategory))
    passed = permitting.situation(
        corridor.checked(generators.bericht(1)).bericht,
        generators.facts(1, sender=dataclasses.replace(generators.SENDER, party=ASPIRANT)),
    )
    sent = report(1, INSTANT, frozenset({Category.IDENTITEIT, Category.P3_TAALNIVEAU}))
    assert covering.covered(dataclasses.replace(sent, gate=passed), given, stricter)
    assert not covering.covered(sent, given, stricter)
