"""The register of breaches on either database: what stands, what two decide, what goes at last."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError

from gateway.adapters import tables_breaches as tables
from gateway.adapters.breach_evidence import remove, scope_digest, take_out
from gateway.adapters.database_register import Register
from gateway.adapters.log_holding import standing
from gateway.domain.affected import Affected
from gateway.domain.bijsluiter import Category
from gateway.domain.breach_terms import Cause, Nature, Risk, State, Step
from gateway.domain.breaches import Timeline
from gateway.domain.proposals import Verdict
from gateway.domain.register import RegisterError
from tests import world
from tests.databases import KINDS, with_world
from tests.generators import INSTANT
from tests.world import BY, BY_ANOTHER, CASPER, SAAR

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from gateway.adapters.database import Database
    from gateway.adapters.register_change import Change

HOUR = timedelta(hours=1)
NAMED = "Saar Proefdocent stuurde het naar mevrouw Verzonnen"
TIMELINE = Timeline(
    occurred_from=INSTANT - 9 * HOUR,
    occurred_until=INSTANT - 8 * HOUR,
    detected_at=INSTANT - 3 * HOUR,
    aware_at=INSTANT - 2 * HOUR,
)


def affected(number: int) -> Affected:
    return Affected(
        dossier_id=f"dossier-{number}",
        trace=f"{number // 3:032x}",
        number=number % 3,
        span_id=f"{number:016x}",
        reference=f"{number:032x}",
        sent_at=INSTANT - 9 * HOUR,
        sender_id=SAAR,
        recipient_id=CASPER,
        categories=frozenset({Category.IDENTITEIT, Category.P2}),
        fields=("betrokkene.geslachtsnaam", "inburgeringstraject.inburgeringsuren.uren"),
        sealed_to="AB" * 20,
        state="sent",
        sure="recorded",
    )


@dataclass
class Desk:
    """A register with a clock, on a database."""

    register: Register
    database: Database
    clock: world.Clock

    async def open(self, *people: int) -> str:
        async with self.register.change(by=BY) as change:
            return await change.breaches.open(
                TIMELINE,
                Cause.NO_GROUND,
                (Nature.CONFIDENTIALITY,),
                NAMED,
                affected=[affected(each) for each in people],
            )

    async def step(self, breach: str, step: Step, words: str = "", **detail: str) -> None:
        self.clock.now += HOUR
        async with self.register.change(by=BY) as change:
            await change.breaches.step(breach, step, detail=detail, words=words)

    async def silence(self, breach: str) -> str:
        """Assessed as no risk, and proposed not to report."""
        await self.step(breach, Step.ASSESSED, "alles was versleuteld", risk=Risk.UNLIKELY)
        async with self.register.change(by=BY) as change:
            return await change.breaches.propose_silence(breach, "versleuteld; sleutel veilig")

    async def refused(self, by: str, deed: Callable[[Change], Awaitable[object]]) -> str:
        with pytest.raises(RegisterError) as error:
            async with self.register.change(by=by) as change:
                await deed(change)
        return str(error.value.code)


@pytest.fixture(params=KINDS)
async def desk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Desk]:
    clock = world.Clock()

    def register(database: Database) -> Register:
        return Register(
            database,
            world.vault(),
            clock,
            world.describe_marker,
            "tess",
            forms=world.forms,
            deeds=world.deeds(),
        )

    async with with_world(request.param, tmp_path, request, register, named="from tess") as opened:
        yield Desk(register(opened), opened, clock)


async def test_what_was_opened_is_read_back_and_its_words_are_sealed(desk: Desk) -> None:
    """Its entries are held; the words are nowhere in the rows."""
    opened = await desk.open(1, 2, 3)
    found = await desk.register.breach(opened)
    assert (found.timeline, found.cause) == (TIMELINE, Cause.NO_GROUND)
    assert (found.state, found.is_clock_running) == (State.OPEN, True)
    assert await desk.register.breach_affected(opened) == [affected(n) for n in (1, 2, 3)]
    assert await desk.register.breach_words(opened) == {found.opened.number: NAMED}
    for table in tables.REMOVABLE:
        assert "Verzonnen" not in str(await desk.register.recorded(table))
    (frozen,) = await desk.register.breach_evidence(opened)
    assert (frozen.occasion, frozen.holds) == (Step.OPENED, 2)
    async with desk.database.reading() as connection:
        held = await connection.run_sync(standing)
        assert await connection.run_sync(scope_digest, opened) == frozen.scope_digest
    assert {(each.held.mail, each.reference) for each in held} == {
        (f"{n:032x}", f"breach/{opened}") for n in (0, 1)
    }


async def test_nobody_decides_alone_not_to_report(desk: Desk) -> None:
    opened = await desk.open(1)
    proposal = await desk.silence(opened)
    assert (await desk.register.breach(opened)).is_clock_running
    (proposed,) = [p for p in await desk.register.proposals() if p.proposal_id == proposal]
    assert proposed.payload == {"breach": opened, "steps": "3"}
    assert await desk.refused(BY, lambda c: c.approve(proposal)) == "same-person"
    async with desk.register.change(by=BY_ANOTHER) as change:
        await change.approve(proposal)
    found = await desk.register.breach(opened)
    assert (found.state, found.is_clock_running) == (State.NOT_REPORTED, False)
    assert found.not_reporting is not None
    assert found.not_reporting.by == BY_ANOTHER
    await desk.step(opened, Step.ASSESSED, "de sleutel was toch gelekt", risk=Risk.HIGH)
    assert (await desk.register.breach(opened)).is_clock_running


async def test_what_became_known_since_makes_a_proposal_stale(desk: Desk) -> None:
    opened = await desk.open(1)
    proposal = await desk.silence(opened)
    await desk.step(opened, Step.FACT, "er was nog een ontvanger")
    assert await desk.refused(BY_ANOTHER, lambda c: c.approve(proposal)) == "proposal-stale"


async def test_the_database_itself_wants_two_people(desk: Desk) -> None:
    """Neither a step nor a row that names a proposal nobody approved, or of another breach."""
    opened, other = await desk.open(1), await desk.open(2)
    proposal = await desk.silence(opened)
    recorded = {"revision": 99, "recorded_at": 1, "recorded_by": BY}
    step = {"breach_id": opened, "step": "not-reported", "at": 1, "detail": "{}", **recorded}
    silence = {"breach_id": opened, "proposal_id": proposal, **recorded}
    await _refuse(desk, insert(tables.breach_step).values(step))
    await _refuse(desk, insert(tables.breach_unreported).values(silence))
    async with desk.register.change(by=BY_ANOTHER) as change:
        found = await change.proposals.find(proposal)
        await change.proposals.decide(found, Verdict.APPROVED)
    await _refuse(desk, insert(tables.breach_unreported).values(silence | {"breach_id": other}))


async def _refuse(desk: Desk, statement: object) -> None:
    with pytest.raises(DBAPIError):
        async with desk.database.engine.begin() as connection:
            await connection.execute(statement)  # type: ignore[call-overload]  # any of them


async def closed(desk: Desk) -> str:
    """A breach from opening to closing."""
    opened = await desk.open(1, 4)
    await desk.step(opened, Step.ASSESSED, "gewone gegevens", risk=Risk.RISK)
    await desk.step(opened, Step.EFFECT, "iemand weet het niveau", kind="loss-of-control")
    await desk.step(opened, Step.MEASURE, "gewist, zegt de ontvanger", kind="erased-by-recipient")
    said = {"version": "initial", "reference": "AP-1", "digest": "0" * 64}
    await desk.step(opened, Step.REPORTED, **said)
    await desk.step(opened, Step.NOT_TO_TELL, "geen hoog risico", exception="none")
    await desk.step(opened, Step.CLOSED)
    return opened


async def test_a_closed_breach_takes_nothing_more_and_froze_the_log_twice(desk: Desk) -> None:
    opened = await closed(desk)
    refused = await desk.refused(BY, lambda c: c.breaches.step(opened, Step.FACT, words="x"))
    assert refused == "breach-closed"
    evidence = await desk.register.breach_evidence(opened)
    assert [each.occasion for each in evidence] == [Step.OPENED, Step.CLOSED]
    assert len({each.scope_digest for each in evidence}) == 1
    await desk.step(opened, Step.REOPENED, "nieuwe melding van de ontvanger")
    assert (await desk.register.breach(opened)).state is State.REPORTED


async def test_only_appended_to_until_kept_long_enough(desk: Desk) -> None:
    """No row changes or goes before; then all of them go, and that there was one stays."""
    opened = await closed(desk)
    for table in tables.REMOVABLE:
        column = table.primary_key.columns[0]
        for statement in (table.update().values({column: column}), table.delete()):
            if await desk.register.recorded(table):
                await _refuse(desk, statement)
    at = (await desk.register.breach(opened)).closed_at
    assert at is not None
    for days, stays in ((3 * 365 - 1, True), (3 * 365 + 1, False)):
        now = at + timedelta(days=days)
        gone = partial(remove, breach_id=opened, closed_at=at, by=BY, now=now, origin="tess")
        try:
            async with desk.database.transaction() as connection:
                await connection.run_sync(gone)
        except DBAPIError:
            assert stays
        assert bool(await desk.register.recorded(tables.breach_step)) is stays
    assert await desk.register.breaches() == []
    async with desk.database.reading() as connection:
        assert await connection.run_sync(standing) == []
        (left,) = (await connection.execute(select(tables.breach_removed))).all()
    assert left.breach_id == opened
    await _refuse(desk, tables.breach_removed.delete())


async def test_what_cannot_be_is_refused_and_nothing_stands(desk: Desk) -> None:
    later = replace(TIMELINE, aware_at=INSTANT + HOUR)

    async def open_(change: Change, timeline: Timeline, words: str) -> None:
        natures = (Nature.CONFIDENTIALITY,)
        await change.breaches.open(timeline, Cause.OTHER, natures, words)

    assert await desk.refused(BY, lambda c: open_(c, later, "x")) == "moment-to-come"
    assert await desk.refused(BY, lambda c: open_(c, TIMELINE, " ")) == "words-needed"
    assert await desk.refused(BY, lambda c: c.breaches.found("b-0")) == "unknown-breach"
    assert await desk.register.breaches() == []


async def test_a_gateway_takes_out_what_was_kept_long_enough_once(desk: Desk) -> None:
    """As its own deed; a second gateway that read the same finds it gone."""
    opened = await closed(desk)
    found = await desk.register.breach(opened)
    assert found.closed_at is not None
    now = found.closed_at + timedelta(days=4 * 365)
    deeds = world.deeds()
    for _ in range(2):
        take = partial(
            take_out, breach=found, by=None, now=now, origin="poort-2", deeds=deeds.write
        )
        await desk.database.write(take)
    assert await desk.register.breaches() == []
    async with desk.database.reading() as connection:
        rows = (await connection.execute(select(tables.breach_removed))).all()
    assert [(row.breach_id, row.removed_by) for row in rows] == [(opened, "gateway")]
