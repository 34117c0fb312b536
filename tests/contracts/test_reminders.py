"""What was told in time: once, by however many gateways, and anew when a letter was withdrawn."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from gateway.adapters.database import Database
from gateway.adapters.database_outbox import DatabaseOutbox
from gateway.adapters.database_register import Register
from gateway.adapters.database_registry import DatabaseRegistry
from gateway.adapters.database_reminders import DatabaseReminders
from gateway.adapters.evidence import Scribe
from gateway.adapters.flow_audit import audit_outcomes
from gateway.adapters.log_writing import LogWriter
from gateway.adapters.memory_flow import MemoryFlow
from gateway.adapters.memory_outbox import MemoryOutbox
from gateway.adapters.memory_registry import MemoryRegister, MemoryRegistry
from gateway.adapters.memory_watching import MemoryReminders
from gateway.adapters.tables_watching import reminder as reminders_table
from gateway.domain.breach_terms import Cause, Nature
from gateway.domain.breaches import Timeline
from gateway.domain.cases import Received, RequestKind
from gateway.domain.outcomes import Mailed
from gateway.domain.parties import Standing as PartyStanding
from gateway.domain.reminding import Matter, Reminder, Told, digest, due, holds_until
from gateway.domain.restricting import RestrictionReason
from gateway.domain.stages import Post, Standing
from gateway.ledger.records import Activity
from gateway.ports import ReminderLetter
from tests import world
from tests.contracts.flow import ACTIVITY, LOG_KEY, RETURN_PATH, STORES, log_faults
from tests.contracts.test_breaches import affected
from tests.databases import KINDS, with_world
from tests.generators import INSTANT
from tests.world import CASPER, OFFICER, SCHOOL_1

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

NOW = INSTANT
SECOND = timedelta(seconds=1)
PERSON = "dossier-1"


@dataclass
class Office:
    """A register, its reminders and its outbox on one store."""

    register: Register | MemoryRegister
    registry: DatabaseRegistry | MemoryRegistry
    reminders: DatabaseReminders | MemoryReminders
    outbox: DatabaseOutbox | MemoryOutbox
    database: Database | None = None

    async def exclude(self) -> Reminder:
        """A school is excluded; what there is to be told of it."""
        async with self.register.change(by=world.BY) as change:
            await change.parties.set_standing(SCHOOL_1, PartyStanding.EXCLUDED, valid_from=NOW)
        (found,) = due(await self.registry.roster(), NOW)
        assert found.matter is Matter.EXCLUSION
        return found

    async def letter(self, reminder: Reminder, to: str = OFFICER) -> ReminderLetter:
        """A sealed letter to this contact, as it stands now."""
        roster, told = await self.registry.roster(), Told(reminder=reminder, contact_id=to)
        return ReminderLetter(
            told=told,
            mailed=Mailed(
                message_id=f"<{to}@gemeente.example>",
                recipient=f"{to}@gemeente.example",
                mail=b"sealed reminder",
                after_reports=False,
            ),
            standing=Standing(
                revision=roster.revision,
                digest=digest(roster, told, NOW),
                until=holds_until(roster, told, NOW),
            ),
        )


@pytest.fixture(params=STORES)
async def office(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Office]:
    if request.param == "memory":
        yield await memory_office(world.Clock(NOW))
        return
    async with on_database(request, tmp_path) as made:
        yield made


@pytest.fixture(params=KINDS)
async def stored(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Office]:
    """The same where there are other gateways and triggers: on a database."""
    async with on_database(request, tmp_path) as made:
        yield made


@asynccontextmanager
async def on_database(request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[Office]:
    """Consistent at the end."""
    clock = world.Clock(NOW)

    def register(database: Database) -> Register:
        made = database_office(database, clock).register
        assert isinstance(made, Register)
        return made

    async with with_world(
        request.param, folder, request, register, named="reminders", at=NOW, clock=clock
    ) as database:
        yield database_office(database, clock)
        async with database.reading() as connection:
            assert await audit_outcomes(connection) == []
        assert await log_faults(database, world.vault(), LOG_KEY) == []


async def memory_office(clock: world.Clock) -> Office:
    register, flow = (
        MemoryRegister(world.vault(), clock, world.describe_marker, forms=world.forms),
        MemoryFlow(),
    )
    await world.build_in_memory(register, named="reminders", at=NOW, clock=clock)
    registry = MemoryRegistry(register)
    reminders = MemoryReminders(flow, registry)
    outbox = MemoryOutbox(
        flow,
        return_path=RETURN_PATH,
        revision=registry.revision,
        facts_for=registry.facts_for,
        reminded=reminders.digest,
    )
    return Office(register, registry, reminders, outbox)


def database_office(database: Database, clock: world.Clock, instance: str = "poort-1") -> Office:
    vault, scribe = world.vault(), Scribe(lambda _kind, _letter: Activity(activity_id=ACTIVITY))
    registry = DatabaseRegistry(database, vault)
    reminders = DatabaseReminders(database, vault, scribe, LogWriter(vault), registry)
    outbox = DatabaseOutbox(
        database,
        vault,
        scribe,
        LogWriter(vault),
        instance=instance,
        return_path=RETURN_PATH,
        revision=registry.revision,
        facts_for=registry.facts_for,
        reminded=reminders.digest,
    )
    register = Register(
        database, vault, clock, world.describe_marker, forms=world.forms, deeds=world.deeds(vault)
    )
    return Office(register, registry, reminders, outbox, database)


async def test_told_once_and_in_the_outbox(office: Office) -> None:
    reminder = await office.exclude()
    assert await office.reminders.open(reminder) is None
    letter = await office.letter(reminder)
    assert await office.reminders.tell([letter], NOW)
    assert await office.reminders.open(reminder) == frozenset()
    assert not await office.reminders.tell([letter], NOW)
    (posted,) = await office.outbox.claim(10, NOW)
    assert (posted.post, posted.mail, posted.envelope_from) == (
        Post.REMINDER,
        b"sealed reminder",
        "",
    )
    assert (posted.recipient, posted.number) == (letter.mailed.recipient, None)
    assert await office.reminders.told(posted.trace) == letter.told
    await office.outbox.sent([posted], NOW)
    assert await office.outbox.claim(10, NOW) == []
    assert await office.reminders.open(reminder) == frozenset()


async def test_nothing_is_told_to_nobody(office: Office) -> None:
    reminder = await office.exclude()
    assert not await office.reminders.tell([], NOW)
    assert await office.reminders.open(reminder) is None


async def test_all_letters_together_or_none(office: Office) -> None:
    reminder = await office.exclude()
    officer, other = await office.letter(reminder), await office.letter(reminder, CASPER)
    assert await office.reminders.tell([officer], NOW)
    assert not await office.reminders.tell([other, officer], NOW)
    assert len(await office.outbox.claim(10, NOW)) == 1


async def test_another_date_or_threshold_is_another_reminder(office: Office) -> None:
    reminder = await office.exclude()
    assert await office.reminders.tell([await office.letter(reminder)], NOW)
    for other in (
        replace(reminder, deadline=reminder.deadline + SECOND),
        replace(reminder, threshold=1),
        replace(reminder, subject="school-2"),
        replace(reminder, matter=Matter.TERM),
    ):
        assert await office.reminders.open(other) is None


async def test_it_stands_while_there_is_something_to_be_told(office: Office) -> None:
    reminder = await office.exclude()
    await office.reminders.tell([await office.letter(reminder)], NOW)
    posted = await office.outbox.claim(10, NOW)
    assert list(await office.outbox.still_stands(posted, NOW)) == [True]
    async with office.register.change(by=world.BY) as change:
        await change.parties.rename("school-2", "Een andere naam")
    assert list(await office.outbox.still_stands(posted, NOW)) == [True]
    async with office.register.change(by=world.BY) as change:
        await change.parties.set_standing(SCHOOL_1, PartyStanding.ACTIVE, valid_from=NOW)
    assert list(await office.outbox.still_stands(posted, NOW)) == [False]


async def test_a_request_is_told_until_it_is_answered(office: Office) -> None:
    """By its number only, to the officers; the letter in the outbox falls with the answer."""
    received = NOW - timedelta(days=20)
    async with office.register.change(by=world.BY) as change:
        case_id = await change.cases.open(
            RequestKind.RESTRICTION,
            reference="Z-2026-7",
            channel=Received.POST,
            received_at=received,
        )
    (reminder,) = due(await office.registry.roster(), NOW)
    assert (reminder.matter, reminder.subject, reminder.threshold) == (Matter.REQUEST, case_id, 14)
    assert await office.reminders.tell([await office.letter(reminder)], NOW)
    posted = await office.outbox.claim(10, NOW)
    assert list(await office.outbox.still_stands(posted, NOW)) == [True]
    await world.taken_back(office.register, case_id)
    assert due(await office.registry.roster(), NOW) == ()
    assert list(await office.outbox.still_stands(posted, NOW)) == [False]


@pytest.mark.parametrize("asked", [True, False])
async def test_a_restriction_is_told_each_half_year_until_it_is_lifted(
    office: Office, *, asked: bool
) -> None:
    """AVG 18, 21: also once its request was answered; by a number, and about nobody."""
    case_id = await of_request(office) if asked else "breach-1a2b"
    async with office.register.change(by=world.BY) as change:
        number = await change.restrictions.restrict(PERSON, RestrictionReason.ACCURACY, case_id)
    (term,) = (await office.registry.roster()).running
    at = term.deadline
    assert (term.kind, term.reference) == (("restriction", "Z-2026-8") if asked else ("", case_id))
    assert due(await office.registry.roster(), at - SECOND) == ()
    (reminder,) = due(await office.registry.roster(), at)
    assert (reminder.matter, reminder.subject) == (Matter.RESTRICTION, case_id)
    assert await office.reminders.tell([await office.letter(reminder)], NOW)
    async with office.register.change(by=world.BY) as change:
        await change.restrictions.announce(PERSON, number)
    async with office.register.change(by=world.BY_ANOTHER) as change:
        await change.restrictions.lift(PERSON, number)
    assert due(await office.registry.roster(), at) == ()


async def of_request(office: Office) -> str:
    """A request that nobody waits for any more."""
    async with office.register.change(by=world.BY) as change:
        case_id = await change.cases.open(
            RequestKind.RESTRICTION, reference="Z-2026-8", channel=Received.POST
        )
    await world.taken_back(office.register, case_id)
    return case_id


async def test_a_breach_is_told_until_it_is_reported(office: Office) -> None:
    """The letter in the outbox falls with the report; it holds nothing of what happened."""
    aware = NOW - timedelta(hours=61)
    timeline = Timeline(occurred_from=None, occurred_until=None, detected_at=aware, aware_at=aware)
    async with office.register.change(by=world.BY) as change:
        opened = await change.breaches.open(
            timeline, Cause.LOST_KEY, (Nature.CONFIDENTIALITY,), "een laptop is gestolen"
        )
    (reminder,) = due(await office.registry.roster(), NOW)
    assert (reminder.matter, reminder.subject, reminder.threshold) == (Matter.BREACH, opened, 12)
    assert await office.reminders.tell([await office.letter(reminder)], NOW)
    posted = await office.outbox.claim(10, NOW)
    assert list(await office.outbox.still_stands(posted, NOW)) == [True]
    said = {"version": "initial", "reference": "AP-1", "digest": "0" * 64}
    async with office.register.change(by=world.BY) as change:
        await change.breaches.report(opened, said, "{}", at=NOW, reason="")
    assert due(await office.registry.roster(), NOW) == ()
    assert list(await office.outbox.still_stands(posted, NOW)) == [False]


async def test_what_an_extension_left_is_told_each_day_until_it_is_done(office: Office) -> None:
    """Reported before: nobody would hear of it by the 72 hours; a supplement ends it."""
    timeline = Timeline(occurred_from=None, occurred_until=None, detected_at=NOW, aware_at=NOW)
    said = {"reference": "AP-1", "digest": "0" * 64}
    async with office.register.change(by=world.BY) as change:
        opened = await change.breaches.open(
            timeline, Cause.LOST_KEY, (Nature.CONFIDENTIALITY,), "een laptop is gestolen"
        )
        first = {"version": "initial", **said}
        await change.breaches.report(opened, first, "{}", at=NOW, reason="")
    async with office.register.change(by=world.BY) as change:
        await change.breaches.extend(opened, "en een tweede", [affected(1)])
    for days in (0, 1):
        at = NOW + timedelta(days=days)
        (reminder,) = due(await office.registry.roster(), at)
        assert (reminder.matter, reminder.subject) == (Matter.EXTENSION, opened)
        assert await office.reminders.tell([await office.letter(reminder)], at)
        assert not await office.reminders.tell([await office.letter(reminder)], at)
    async with office.register.change(by=world.BY) as change:
        more = {"version": "supplement", **said}
        await change.breaches.report(opened, more, "{}", at=NOW, reason="")
    assert due(await office.registry.roster(), NOW + timedelta(days=9)) == ()


async def test_it_does_not_go_to_a_key_that_was_revoked(office: Office) -> None:
    reminder = await office.exclude()
    await office.reminders.tell([await office.letter(reminder)], NOW)
    posted = await office.outbox.claim(10, NOW)
    async with office.register.change(by=world.BY) as change:
        await change.contacts.revoke(OFFICER, at=NOW)
    assert list(await office.outbox.still_stands(posted, NOW)) == [False]


async def test_who_did_not_get_it_after_all_is_told_anew(office: Office) -> None:
    reminder = await office.exclude()
    letters = [await office.letter(reminder), await office.letter(reminder, CASPER)]
    await office.reminders.tell(letters, NOW)
    posted = await office.outbox.claim(10, NOW)
    (to_officer,) = [each for each in posted if each.recipient.startswith(OFFICER)]
    await office.outbox.walk_again([to_officer], NOW)
    assert await office.reminders.open(reminder) == frozenset({OFFICER})
    assert await office.reminders.tell(letters[:1], NOW)
    assert await office.reminders.open(reminder) == frozenset()
    (again,) = await office.outbox.claim(10, NOW)
    assert again.trace != to_officer.trace


async def test_one_that_is_refused_for_good_has_been_told(office: Office) -> None:
    """The other officers, and the holder, have letters of their own."""
    reminder = await office.exclude()
    await office.reminders.tell([await office.letter(reminder)], NOW)
    (posted,) = await office.outbox.claim(10, NOW)
    await office.outbox.undeliverable(posted, (), NOW)
    assert await office.outbox.claim(10, NOW) == []
    assert await office.reminders.open(reminder) == frozenset()


async def test_a_letter_of_something_else_is_no_reminder(office: Office) -> None:
    assert await office.reminders.told("00" * 16) is None
    assert await office.reminders.digest("00" * 16, NOW) == ""


async def test_two_gateways_tell_once(stored: Office) -> None:
    office = stored
    assert office.database is not None
    reminder = await office.exclude()
    url = office.database.engine.url.render_as_string(hide_password=False)
    second = Database(url.replace("+aiosqlite", "").replace("+asyncpg", ""))
    other = database_office(second, world.Clock(NOW), "poort-2")
    try:
        letter = await office.letter(reminder)
        both = [office.reminders, other.reminders] * 3
        told = await asyncio.gather(*(each.tell([letter], NOW) for each in both))
    finally:
        await second.close()
    assert sorted(told) == [False] * 5 + [True]
    assert len(await office.outbox.claim(10, NOW)) == 1


async def test_the_record_of_what_was_told_cannot_be_changed(stored: Office) -> None:
    office = stored
    assert office.database is not None
    await office.reminders.tell([await office.letter(await office.exclude())], NOW)
    for statement in (update(reminders_table).values(attempt=7), delete(reminders_table)):
        with pytest.raises(DBAPIError, match="only appended to"):
            async with office.database.engine.begin() as connection:
                await connection.execute(statement)
