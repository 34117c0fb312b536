"""12.4, AVG 19: what had left when consent turns out to have ended earlier, on both databases.

Mails go through the real ledger and outbox, so that what is found is what they
put on record; consent is changed through the register.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy.exc import DBAPIError

from gateway.adapters import tables_incidents
from gateway.adapters.database_register import Register
from gateway.adapters.sent_reports import SqlSentReports
from gateway.domain.bijsluiter import Category
from gateway.domain.consent import ConsentCategory, ConsentKind
from gateway.domain.histories import Circumstance
from gateway.domain.incidents import IncidentKind, IncidentState
from gateway.domain.parties import Interval
from gateway.domain.register import Refusal, RegisterError
from gateway.domain.situation import Ground
from tests import world
from tests.contracts.flow import another_gateway, handled, received, sealed
from tests.databases import KINDS, with_world
from tests.generators import CASEMANAGER, INSTANT, SENDER, policy_digest
from tests.world import BY, CASPER, SAAR, SCHOOL_1, SCHOOL_2

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.adapters.database import Database
    from gateway.domain.incidents import Incident
    from gateway.domain.stages import Released
    from tests.contracts.flow import DatabaseWorld

DAY = timedelta(days=1)
P2, FORMEEL, TAAL = Category.P2, Category.P3_FORMEEL, Category.P3_TAALNIVEAU
WHO = Category.IDENTITEIT


@dataclass
class Office:
    """A register and a gateway's outbox on one database, and a clock for both."""

    register: Register
    flow: DatabaseWorld
    clock: world.Clock
    database: Database

    async def release(
        self,
        *categories: Category,
        day: float = 1,
        dossier: str = "dossier-1",
        ground: Ground = Ground.CONSENT,
        backwards: bool = False,
        policy: str = "",
        disclosed: tuple[str, ...] = (),
        keys: tuple[str, str] = ("", ""),
    ) -> tuple[str, list[Released]]:
        """A report put on record and claimed on that day; its trace."""
        now = INSTANT + day * DAY
        (claimed,) = await received(self.flow, now=now)
        plain = sealed(claimed.raw)
        sender, recipient = (CASEMANAGER, SENDER) if backwards else (SENDER, CASEMANAGER)
        before = plain.addressed.disclosure
        disclosure = replace(
            before,
            content=before.content.model_copy(update={"bericht_id": uuid4()}),
            categories=(WHO, *categories),
            disclosed=disclosed,
            dossier_id=dossier,
            ground=ground,
            sender=sender,
            recipient=recipient,
            policy_digest=policy or policy_digest(),
        )
        addressed = replace(plain.addressed, disclosure=disclosure, recipient=recipient)
        by, to = keys
        ready = replace(plain, addressed=addressed, sealed_by=by, sealed_to=to)
        walked = replace(handled(claimed, ready, answers=False), sender=sender)
        await self.flow.ledger.release([(claimed, walked)], now)
        return claimed.raw.trace, list(await self.flow.outbox.claim(9, now))

    async def deliver(self, *categories: Category, day: float = 1, **how: object) -> str:
        """A report that left on that day; its trace."""
        trace, taken = await self.release(*categories, day=day, **how)  # type: ignore[arg-type]  # passed through by name
        await self.flow.outbox.sent(taken, INSTANT + day * DAY)
        return trace

    async def record(
        self, kind: ConsentKind, day: float, *rows: ConsentCategory, dossier: str = "dossier-1",
        provider: str = SCHOOL_1, form_version: str = "bijlage-2",
    ) -> Incident | None:  # fmt: skip
        """Recorded now, valid from that day; the incident that it opened."""
        async with self.register.change(by=BY) as change:
            await change.consents.record(
                dossier,
                provider,
                kind,
                valid_from=INSTANT + day * DAY,
                categories=rows,
                form_version=form_version,
            )
        return change.opened


@pytest.fixture(params=KINDS)
async def office(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Office]:
    """The small world, ten days after it was built."""
    clock = world.Clock()

    def register(database: Database) -> Register:
        return Register(
            database,
            world.vault(),
            clock,
            world.describe_marker,
            "tess",
            forms=world.more_forms,
            deeds=world.deeds(),
        )

    async with with_world(
        request.param, tmp_path, request, register, named="more forms"
    ) as database:
        clock.now = INSTANT + 10 * DAY
        url = database.engine.url.render_as_string(hide_password=False)
        flow = another_gateway(url, world.vault())
        try:
            yield Office(register(database), flow, clock, database)
            assert await flow.audit() == []
        finally:
            await flow.close()


def named(incident: Incident | None) -> dict[str, set[Category]]:
    """What an incident names: the categories of each report, by trace."""
    return {each.trace: set(each.categories) for each in incident.disclosures} if incident else {}


async def test_a_late_withdrawal_finds_what_left_in_between_and_nothing_else(
    office: Office,
) -> None:
    """Not what left before, nor what was about somebody else, nor what rested on the act."""
    await office.deliver(TAAL, day=2)
    await office.deliver(TAAL, day=4, dossier="dossier-2")
    await office.deliver(TAAL, day=5, ground=Ground.STATUTE)
    found = await office.deliver(TAAL, FORMEEL, day=6)
    incident = await office.record(ConsentKind.WITHDRAWN, 3)
    assert named(incident) == {found: {WHO, TAAL, FORMEEL}}
    assert incident is not None
    (kept,) = await office.register.incidents()
    assert (kept.kind, kept.state) == (IncidentKind.LATE_WITHDRAWAL, IncidentState.OPEN)
    assert kept.occurred_at == INSTANT + 6 * DAY
    assert kept.detected_at == office.clock.now
    (disclosed,) = kept.disclosures
    assert (disclosed.sender_id, disclosed.recipient_id) == (SAAR, CASPER)
    assert (disclosed.provider_id, disclosed.number) == (SCHOOL_1, 0)


@pytest.mark.parametrize(
    "kind", [ConsentKind.REFUSED, ConsentKind.EXPIRED, ConsentKind.INVALIDATED]
)
async def test_every_ending_recorded_late_counts(office: Office, kind: ConsentKind) -> None:
    found = await office.deliver(TAAL, day=6)
    assert set(named(await office.record(kind, 3))) == {found}


async def test_an_ending_from_now_on_finds_nothing(office: Office) -> None:
    await office.deliver(TAAL, day=6)
    assert await office.record(ConsentKind.WITHDRAWN, 10) is None
    assert await office.register.incidents() == []


async def test_of_a_partial_withdrawal_only_what_needed_that_row(office: Office) -> None:
    """Formal hours stand under T3 or T4, so either row is enough."""
    both = await office.deliver(TAAL, FORMEEL, P2, day=6)
    without = await office.deliver(TAAL, day=6)
    assert named(await office.record(ConsentKind.WITHDRAWN, 3, ConsentCategory.T3)) == {both: {P2}}
    after = named(await office.record(ConsentKind.WITHDRAWN, 3, ConsentCategory.T4))
    # With nothing but a name left, there would have been no report at all.
    assert after == {both: {WHO, TAAL, FORMEEL}, without: {WHO, TAAL}}


async def test_without_the_row_of_identity_nothing_is_covered(office: Office) -> None:
    found = await office.deliver(TAAL, day=6)
    incident = await office.record(ConsentKind.WITHDRAWN, 3, ConsentCategory.T1)
    assert named(incident) == {found: {WHO, TAAL}}


async def test_from_the_municipality_to_the_provider_too(office: Office) -> None:
    found = await office.deliver(TAAL, day=6, backwards=True)
    assert await office.record(ConsentKind.WITHDRAWN, 3, provider=SCHOOL_2) is None
    incident = await office.record(ConsentKind.WITHDRAWN, 3)
    assert set(named(incident)) == {found}


async def test_under_a_table_that_is_gone_everything_is_uncovered(office: Office) -> None:
    """Nobody can tell any more what a row covered then."""
    found = await office.deliver(TAAL, P2, day=6, policy="ab" * 32)
    incident = await office.record(ConsentKind.WITHDRAWN, 3, ConsentCategory.T2)
    assert named(incident) == {found: {WHO, TAAL, P2}}


async def test_a_duty_that_turns_out_to_have_ended(office: Office) -> None:
    """Consent ends by itself with the duty (annex 2)."""
    found = await office.deliver(TAAL, day=6)
    (before,) = [e for e in await office.register.dossiers() if e.history.dossier_id == "dossier-1"]
    known = before.history.circumstances.as_of(INSTANT)
    assert known is not None
    ended = Circumstance(
        regime=known.regime, doelgroep=known.doelgroep, duty=Interval(end=INSTANT + 4 * DAY)
    )
    async with office.register.change(by=BY) as change:
        await change.dossiers.change("dossier-1", circumstance=ended, valid_from=INSTANT)
    assert set(named(change.opened)) == {found}


async def test_what_waits_is_no_disclosure_and_what_is_being_handed_over_may_be(
    office: Office,
) -> None:
    """It is named, and whether it left is looked up when somebody asks."""
    _, waiting = await office.release(TAAL, day=5)
    for each in waiting:
        await office.flow.outbox.postpone(each, INSTANT + 30 * DAY)
    under_way, taken = await office.release(TAAL, day=6)
    incident = await office.record(ConsentKind.WITHDRAWN, 3)
    assert set(named(incident)) == {under_way}
    assert incident is not None
    assert await standing(office, incident) == [(None, "claimed")]
    await office.flow.outbox.sent(taken, INSTANT + 11 * DAY)
    assert await standing(office, incident) == [(INSTANT + 11 * DAY, "sent")]


async def standing(office: Office, incident: Incident) -> list[tuple[datetime | None, str]]:
    async with office.register.looking() as looking:
        return [(each.sent_at, state) for each, state in await looking.left(incident)]


async def test_what_left_although_its_claim_was_lost_is_found(office: Office) -> None:
    """The outbox calls it withdrawn; the log says that it left."""
    trace, taken = await office.release(TAAL, day=5)
    await office.flow.outbox.walk_again(taken, INSTANT + 5 * DAY)
    await office.flow.outbox.sent(taken, INSTANT + 6 * DAY)
    assert set(named(await office.record(ConsentKind.WITHDRAWN, 3))) == {trace}


async def test_nothing_that_waits_leaves_while_it_is_looked_up(office: Office) -> None:
    """Or it would be sent under the former facts, after the look and before the commit."""
    _, waiting = await office.release(TAAL, day=5)
    for each in waiting:
        await office.flow.outbox.postpone(each, INSTANT)
    async with office.database.transaction() as connection:
        sent = SqlSentReports(connection, office.flow.vault, hold=True)
        assert await sent.about(["dossier-1"], INSTANT) == []
        claiming = asyncio.create_task(office.flow.outbox.claim(9, office.clock.now))
        await asyncio.wait({claiming}, timeout=0.3)
        meanwhile = claiming.result() if claiming.done() else []
        assert meanwhile == []
    afterwards = [*await claiming, *await office.flow.outbox.claim(9, office.clock.now)]
    assert len(afterwards) == 1


async def test_a_disclosure_is_named_once_unless_it_was_dismissed(office: Office) -> None:
    earlier = await office.deliver(TAAL, day=2)
    found = await office.deliver(TAAL, day=6)
    first = await office.record(ConsentKind.WITHDRAWN, 3)
    assert set(named(first)) == {found}
    second = await office.record(ConsentKind.REFUSED, 1)
    assert set(named(second)) == {earlier}
    assert first is not None
    await decide(office, first, IncidentState.DISMISSED)
    assert set(named(await office.record(ConsentKind.REFUSED, 1))) == {found}


async def decide(office: Office, incident: Incident, state: IncidentState) -> None:
    async with office.register.change(by=BY) as change:
        await change.incidents.decide(incident.incident_id, state, "nagekeken")


async def test_one_verdict_with_a_reason_by_name(office: Office) -> None:
    await office.deliver(TAAL, day=6)
    incident = await office.record(ConsentKind.WITHDRAWN, 3)
    assert incident is not None
    for reason, code in (("", Refusal.BAD_REASON), ("x" * 201, Refusal.BAD_REASON)):
        with pytest.raises(RegisterError) as error:
            async with office.register.change(by=BY) as change:
                await change.incidents.decide(incident.incident_id, IncidentState.DISMISSED, reason)
        assert error.value.code is code
    await decide(office, incident, IncidentState.ACCEPTED)
    await decide(office, incident, IncidentState.ACCEPTED)  # drafting once more is no news
    with pytest.raises(RegisterError) as error:
        await decide(office, incident, IncidentState.DISMISSED)
    assert error.value.code is Refusal.ALREADY_DECIDED
    (kept,) = await office.register.incidents(incident.incident_id)
    assert (kept.state, kept.decided_by, kept.reason) == (IncidentState.ACCEPTED, BY, "nagekeken")


async def test_a_change_that_fails_opens_nothing(office: Office) -> None:
    """The withdrawal and its incident stand together, or neither does."""
    await office.deliver(TAAL, day=6)

    async def both() -> None:
        async with office.register.change(by=BY) as change:
            for dossier in ("dossier-1", "dossier-99"):
                await change.consents.record(
                    dossier, SCHOOL_1, ConsentKind.WITHDRAWN, valid_from=INSTANT
                )

    with pytest.raises(RegisterError):
        await both()
    assert await office.register.incidents() == []


async def test_incidents_are_only_appended_to(office: Office) -> None:
    await office.deliver(TAAL, day=6)
    incident = await office.record(ConsentKind.WITHDRAWN, 3)
    assert incident is not None
    await decide(office, incident, IncidentState.ACCEPTED)
    for table in tables_incidents.INCIDENTS:
        assert await office.register.recorded(table), table.name
        column = table.primary_key.columns[0]
        for statement in (table.update().values({column: column}), table.delete()):
            with pytest.raises(DBAPIError, match="only appended to"):
                async with office.database.engine.begin() as connection:
                    await connection.execute(statement)


async def test_a_text_that_was_passed_on_counts_as_released(office: Office) -> None:
    """The hand-added row covers it, so nothing is uncovered while that row stands (dossier 11)."""
    paths = ("bijzonderheden[0].signaal",)
    found = await office.deliver(Category.P4, TAAL, day=6, dossier="dossier-11", disclosed=paths)
    kept = await office.record(ConsentKind.WITHDRAWN, 3, ConsentCategory.T3, dossier="dossier-11")
    assert kept is None
    async with office.register.change(by=BY) as change:
        await change.consents.record(
            "dossier-11",
            SCHOOL_1,
            ConsentKind.WITHDRAWN,
            valid_from=INSTANT + 3 * DAY,
            extra=[Category.P4],
        )
    assert named(change.opened) == {found: {Category.P4}}
