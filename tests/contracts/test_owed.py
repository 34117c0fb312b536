"""AVG 16, 19, convenant 12.7: what is owed is on record, and one round after another posts it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from gateway.adapters.certificates import describe_certificate
from gateway.adapters.database_duties import DatabaseDuties
from gateway.adapters.database_outbox import DatabaseOutbox
from gateway.adapters.database_owed import DatabaseOwed
from gateway.adapters.database_parting import DatabaseParting
from gateway.adapters.database_register import Register
from gateway.adapters.database_registry import DatabaseRegistry
from gateway.adapters.evidence import Scribe
from gateway.adapters.flow_audit import audit_outcomes
from gateway.adapters.letter_rights import RightsPages
from gateway.adapters.letters import LetterSettings, LetterWriter
from gateway.adapters.log_writing import LogWriter
from gateway.adapters.memory_sealer import MemorySealer
from gateway.adapters.register_helping import question, read_help
from gateway.adapters.register_notifying import read_recipients
from gateway.adapters.register_sql import SqlRows
from gateway.adapters.tables_rights import duty_recipient, provider_end
from gateway.domain.bijsluiter import Category
from gateway.domain.case_rules import Established
from gateway.domain.cases import Received, RequestKind, Step
from gateway.domain.duty_letters import DutyMatter, LetterState
from gateway.domain.helping import Answer, Direction, What
from gateway.domain.incidents import SentReport
from gateway.domain.notifying import Happened
from gateway.domain.parties import Side
from gateway.domain.parties import Standing as PartyStanding
from gateway.domain.register import Refusal, RegisterError
from gateway.domain.restricting import RestrictionReason
from gateway.domain.texts import Texts
from gateway.duties.lettering import Lettering
from gateway.duties.notifying import Notifying, notify, owed_now
from gateway.ledger.records import Activity
from gateway.resources import texts_text
from tests import world
from tests.contracts.flow import ACTIVITY, LOG_KEY, RETURN_PATH, log_faults
from tests.contracts.test_duty_letters import CERTIFICATES
from tests.databases import KINDS, with_world
from tests.generators import INSTANT
from tests.people import person
from tests.world import CARLA, CASPER, OFFICER, SAAR

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.adapters.database import Database
    from gateway.domain.duty_letters import DutyLetter

DAY = timedelta(days=1)
PERSON = "dossier-1"
SETTINGS = LetterSettings(
    address=RETURN_PATH,
    name="Uitwisselpunt",
    municipality="Gemeente Voorbeeldstad",
    contact="beheer@gemeente.example",
    printing=False,
)


@dataclass
class Office:
    """Everything that a round of letters takes, on one database."""

    database: Database
    register: Register
    duties: DatabaseDuties
    outbox: DatabaseOutbox
    notifying: Notifying
    clock: world.Clock

    async def case(self, kind: RequestKind = RequestKind.ERASURE) -> str:
        async with self.register.change(by=world.BY) as change:
            case = await change.cases.open(
                kind, reference="Z-2026-1", channel=Received.DESK, dossier_id=PERSON
            )
            await change.cases.step(case, Step.IDENTIFIED, detail={"how": Established.DIGID.value})
            return case

    async def note(self, case: str, *contacts: str) -> None:
        """These contacts got a report about the person."""
        async with self.register.change(by=world.BY) as change:
            await change.notifications.note(
                case, Happened.ERASED, "", [went(each) for each in contacts], PERSON
            )

    async def round(self, *, sent: bool = True) -> list[DutyLetter]:
        """What one round posts; with `sent` it also leaves."""
        posted = await notify(self.notifying, self.clock())
        if sent:
            claimed = await self.outbox.claim(50, self.clock())
            await self.outbox.sent(claimed, self.clock())
        return list(posted.letters)


def went(to: str, reference: str = "abcdef0123456789") -> SentReport:
    return SentReport(
        dossier_id=PERSON,
        provider_id=world.SCHOOL_1,
        trace="1" * 32,
        number=0,
        span_id="2" * 16,
        reference=reference,
        sent_at=INSTANT - DAY,
        sender_id=SAAR,
        recipient_id=to,
        categories=frozenset({Category.IDENTITEIT}),
        free_text=frozenset(),
        policy_digest="",
    )


@pytest.fixture(params=KINDS)
async def office(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Office]:
    clock, vault = world.Clock(), world.vault()
    deeds = world.deeds(vault)

    def kept(database: Database) -> Register:
        return Register(
            database, vault, clock, describe_certificate, forms=world.forms, deeds=deeds
        )

    async with with_world(
        request.param, tmp_path, request, kept, named="owed", certificates=CERTIFICATES, clock=clock
    ) as database:
        registry, log = DatabaseRegistry(database, vault), LogWriter(vault)
        scribe = Scribe(lambda _kind, _letter: Activity(activity_id=ACTIVITY))
        duties = DatabaseDuties(database, vault, scribe, log, registry, deeds=deeds, clock=clock)
        outbox = DatabaseOutbox(
            database,
            vault,
            scribe,
            log,
            instance="poort-1",
            return_path=RETURN_PATH,
            revision=registry.revision,
            facts_for=registry.facts_for,
            lettered=duties.digest,
        )
        writer = LetterWriter(SETTINGS, texts=Texts(texts_text()), report_name=vault.report_name)
        owed = DatabaseOwed(database, vault, writer, RightsPages(SETTINGS))
        sealer = MemorySealer(person("Poort", RETURN_PATH).cert)
        lettering = Lettering(view=registry, duties=duties, sealer=sealer)
        notifying = Notifying(lettering=lettering, owed=owed, letters=owed)
        yield Office(database, kept(database), duties, outbox, notifying, clock)
        async with database.reading() as connection:
            assert await audit_outcomes(connection) == []
        assert await log_faults(database, vault, LOG_KEY) == []


async def test_each_recipient_once_then_reminders_and_the_officer_until_they_answer(
    office: Office,
) -> None:
    case = await office.case()
    await office.note(case, CASPER, CARLA)
    await office.note(case, CASPER, CARLA)
    first = await office.round()
    assert sorted(each.meant_for for each in first) == [CASPER, CARLA]
    assert await office.round() == []
    office.clock.now += 13 * DAY
    assert await office.round() == []
    (casper,) = [each for each in first if each.meant_for == CASPER]
    assert await office.duties.confirm(casper, by=world.BY)
    office.clock.now += DAY
    second = await office.round()
    assert sorted((each.matter, each.meant_for) for each in second) == [
        (DutyMatter.NOTIFICATION, CARLA),
        (DutyMatter.OFFICER, OFFICER),
    ]
    reminders = [len(await office.round()) for _ in range(3)]
    assert reminders == [0, 0, 0]


async def test_after_so_many_reminders_the_officer_alone_hears_of_it(office: Office) -> None:
    case = await office.case()
    await office.note(case, CARLA)
    written: list[DutyLetter] = []
    for _ in range(70):
        written += await office.round()
        office.clock.now += DAY
    to_carla = [each for each in written if each.matter is DutyMatter.NOTIFICATION]
    assert len(to_carla) == 5
    to_officer = [each for each in written if each.matter is DutyMatter.OFFICER]
    assert [(each.posted_at - INSTANT).days for each in to_officer] == [*range(14, 70, 7)]


async def test_who_cannot_be_reached_is_told_to_the_officer_at_once(office: Office) -> None:
    case = await office.case()
    await office.note(case, SAAR)
    async with office.register.change(by=world.BY) as change:
        for each in (SAAR, world.SAM):
            await change.contacts.revoke(each, at=office.clock.now)
    (only,) = await office.round()
    assert (only.matter, only.meant_for) == (DutyMatter.OFFICER, OFFICER)


async def test_a_letter_that_was_withdrawn_is_written_anew_to_the_new_key(office: Office) -> None:
    case = await office.case()
    await office.note(case, CARLA)
    (first,) = await office.round(sent=False)
    async with office.register.change(by=world.BY) as change:
        await change.contacts.revoke(CARLA, at=office.clock.now)
    claimed = await office.outbox.claim(10, office.clock())
    assert list(await office.outbox.still_stands(claimed, office.clock())) == [False]
    await office.outbox.walk_again(claimed, office.clock())
    again = [each for each in await office.round() if each.matter is DutyMatter.NOTIFICATION]
    # To somebody else of her party: she has no key any more.
    assert [(each.meant_for, each.attempt) for each in again] == [(CARLA, first.attempt + 1)]
    assert again[0].contact_id != CARLA


async def test_who_was_asked_to_wait_hears_once_that_it_ended_and_nobody_else(
    office: Office,
) -> None:
    """Casper heard of the restriction; to Carla there was no letter yet when it was lifted."""
    case = await office.case(RequestKind.RESTRICTION)
    async with office.register.change(by=world.BY) as change:
        number = await change.restrictions.restrict(PERSON, RestrictionReason.ACCURACY, case)
        await change.notifications.note(case, Happened.RESTRICTED, "", [went(CASPER)], PERSON)
    (asked,) = await office.round()
    async with office.register.change(by=world.BY) as change:
        await change.notifications.note(case, Happened.RESTRICTED, "", [went(CARLA)], PERSON)
        await change.restrictions.announce(PERSON, number)
    async with office.register.change(by=world.BY) as change:
        await change.restrictions.lift(PERSON, number)
    (told,) = await office.round()
    assert (told.meant_for, told.item, asked.item) == (CASPER, "lifted/to", "restricted/to")
    things = await owed_now(office.notifying)
    assert [(each.happened, each.meant_for) for each in things] == [
        ("restricted", CASPER),
        ("lifted", CASPER),
    ]
    recipient = things[1].recipient
    assert recipient is not None
    write = await office.notifying.letters.notification(recipient, None, reminder=False)
    casper = (await office.register.roster()).contact(CASPER, office.clock.now)
    assert write is not None
    assert casper is not None
    letter = write(casper, "0" * 16, office.clock.now)
    assert "U mag gegevens weer gebruiken" in letter.subject
    assert "abcdef01" in letter.text
    assert "Laat weten" not in letter.text
    office.clock.now += 60 * DAY
    assert await office.round() == []


async def test_a_second_restriction_in_one_case_sends_its_letter_anew(office: Office) -> None:
    """After the first was lifted; and that one's end is not told while the second holds."""
    case = await office.case(RequestKind.RESTRICTION)
    for again in (False, True):
        async with office.register.change(by=world.BY) as change:
            number = await change.restrictions.restrict(PERSON, RestrictionReason.ACCURACY, case)
            await change.notifications.note(
                case, Happened.RESTRICTED, number, [went(CASPER)], PERSON
            )
        (asked,) = await office.round()
        assert (asked.item, asked.attempt) == (f"restricted-{number}/to", 0)
        async with office.register.change(by=world.BY) as change:
            await change.restrictions.announce(PERSON, number)
        async with office.register.change(by=world.BY) as change:
            await change.restrictions.lift(PERSON, number)
        if again:
            found = {each.item for each in await office.round()}
            assert f"lifted-{number}/to" in found


async def test_the_list_outlives_the_person(office: Office) -> None:
    """References and codes alone: nothing in it is of the person, and nothing needs their key."""
    case = await office.case()
    await office.note(case, CASPER)
    found = await office.register.read(read_recipients, case)
    ((only,),) = [each.passed for each in found]
    assert (only.reference, only.sent_at, only.categories) == (
        "abcdef0123456789",
        INSTANT - DAY,
        ("identiteit",),
    )


async def test_help_has_a_clock_words_under_the_persons_key_and_one_answer(
    office: Office,
) -> None:
    case = await office.case(RequestKind.ACCESS)
    async with office.register.change(by=world.BY) as change:
        help_id = await change.helping.ask(
            SAAR,
            direction=Direction.TO,
            what=What.HELP,
            articles=[15],
            reference="Z-2026-15",
            working_days=5,
            case_id=case,
            words="Wat stuurde u ons?",
        )
    (asked,) = await office.register.read(read_help, help_id)
    assert (asked.party_id, asked.people, asked.articles) == (world.SCHOOL_1, 1, (15,))
    assert office.clock.now + 5 * DAY < asked.due_at < office.clock.now + 9 * DAY
    async with office.database.reading() as connection:
        said = await question(SqlRows(connection), world.vault(), help_id)
    assert said == "Wat stuurde u ons?"
    (letter,) = await office.round()
    assert (letter.matter, letter.state) == (DutyMatter.HELP, LetterState.WAITING)
    office.clock.now = asked.due_at
    late = await office.round()
    assert {each.matter for each in late} == {DutyMatter.HELP, DutyMatter.OFFICER}
    async with office.register.change(by=world.BY) as change:
        await change.helping.answer(help_id, Answer.DONE, reference="Z-2026-16")
    with pytest.raises(RegisterError) as twice:
        async with office.register.change(by=world.BY) as change:
            await change.helping.answer(help_id, Answer.DECLINED, reference="Z-2026-16")
    assert twice.value.code is Refusal.NOT_NOW
    (done,) = await office.register.read(read_help, help_id)
    assert (done.answer, done.late(office.clock.now)) == (Answer.DONE, False)
    office.clock.now += 60 * DAY
    assert await office.round() == []


async def test_removal_names_every_dossier_of_the_party_in_the_letter_alone(
    office: Office,
) -> None:
    async with office.register.change(by=world.BY) as change:
        await change.helping.ask(
            world.SOFIE,
            direction=Direction.TO,
            what=What.REMOVAL,
            articles=[17],
            reference="Z-2026-17",
            working_days=20,
            people=1,
        )
    (asked,) = await office.notifying.owed.help()
    write = await office.notifying.letters.helping(asked, reminder=False)
    assert write is not None
    roster = await office.register.roster()
    sofie = roster.contact(world.SOFIE, office.clock.now)
    assert sofie is not None
    letter = write(sofie, "0" * 16, office.clock.now)
    assert world.identity(9).dossierkenmerk in letter.text
    assert world.identity(1).dossierkenmerk not in letter.text
    assert "Verwijder gegevens" in letter.subject


def leaving(office: Office, what: What = What.RETURN) -> Office:
    """The same, whose gateway asks by itself."""
    deeds = world.deeds(world.vault())
    parting = DatabaseParting(office.database, deeds, what, working_days=5)
    return replace(office, notifying=replace(office.notifying, parting=parting))


async def stands(office: Office, standing: PartyStanding, party: str = world.SCHOOL_2) -> None:
    async with office.register.change(by=world.BY) as change:
        await change.parties.set_standing(party, standing)


async def test_who_is_excluded_is_asked_once_to_give_back_with_a_clock(office: Office) -> None:
    """Convenant 12.11: on record, posted, late if nobody answers; again only when it is anew."""
    office = leaving(office)
    await office.round()
    assert await office.register.read(read_help, "") == ()
    await stands(office, PartyStanding.EXCLUDED)
    assert await office.round() == []
    office.clock.now += DAY
    (letter,) = [e for e in await office.round() if e.matter is DutyMatter.REMOVAL]
    (asked,) = await office.register.read(read_help, "")
    assert (asked.what, asked.direction, asked.party_id) == (
        What.RETURN, Direction.TO, world.SCHOOL_2,
    )  # fmt: skip
    assert (asked.people, asked.articles, letter.meant_for) == (1, (17,), world.SOFIE)
    assert office.clock.now + 5 * DAY < asked.due_at < office.clock.now + 9 * DAY
    assert await office.round() == []
    office.clock.now = asked.due_at
    late = {each.matter for each in await office.round()}
    assert late == {DutyMatter.REMOVAL, DutyMatter.OFFICER}
    async with office.register.change(by=world.BY) as change:
        await change.helping.answer(asked.help_id, Answer.DONE, reference="Z-2026-20")
    office.clock.now += 60 * DAY
    assert await office.round() == []
    await stands(office, PartyStanding.ACTIVE)
    assert await office.round() == []
    office.clock.now += DAY
    await stands(office, PartyStanding.EXCLUDED)
    office.clock.now += DAY
    await office.round()
    assert len(await office.register.read(read_help, "")) == 2


async def test_who_was_asked_by_an_officer_is_not_asked_again(office: Office) -> None:
    office = leaving(office, What.REMOVAL)
    async with office.register.change(by=world.BY) as change:
        by_hand = await change.helping.ask(
            world.SOFIE,
            direction=Direction.TO,
            what=What.RETURN,
            articles=[17],
            reference="Z-2026-21",
            working_days=5,
            people=1,
        )
        await change.parties.set_standing(world.SCHOOL_2, PartyStanding.LEFT)
    office.clock.now += DAY
    await office.round()
    (only,) = await office.register.read(read_help, "")
    assert only.help_id == by_hand
    async with office.database.reading() as connection:
        (row,) = (await connection.execute(select(provider_end))).all()
    assert (row.party_id, row.why, row.help_id) == (world.SCHOOL_2, "left", by_hand)
    for statement in (update(provider_end).values(why="term"), delete(provider_end)):
        with pytest.raises(DBAPIError, match="only appended to"):
            async with office.database.engine.begin() as connection:
                await connection.execute(statement)


async def test_of_two_gateways_one_asks(office: Office) -> None:
    await stands(office, PartyStanding.EXCLUDED)
    office.clock.now += DAY
    parting, roster = leaving(office).notifying.parting, await office.register.roster()
    assert parting is not None
    both = await asyncio.gather(*(parting.ask(roster, office.clock()) for _ in range(2)))
    assert sorted(len(each) for each in both) == [0, 1]


async def test_who_never_had_anybody_and_who_cannot_be_written_to(office: Office) -> None:
    """Of the first nothing is asked; of the second the officer hears at once."""
    office = leaving(office)
    async with office.register.change(by=world.BY) as change:
        await change.parties.add(
            side=Side.PROVIDER,
            name="Taalschool Leeg",
            instellingsnummer="0000099123",
            standing=PartyStanding.EXCLUDED,
        )
        await change.contacts.revoke(world.SOFIE, at=office.clock.now)
        await change.parties.set_standing(world.SCHOOL_2, PartyStanding.EXCLUDED)
    office.clock.now += DAY
    (told,) = await office.round()
    assert (told.matter, told.meant_for) == (DutyMatter.OFFICER, OFFICER)
    (asked,) = await office.register.read(read_help, "")
    assert asked.party_id == world.SCHOOL_2


async def test_what_was_asked_on_whose_behalf_cannot_be_changed(office: Office) -> None:
    case = await office.case()
    await office.note(case, CASPER)
    for statement in (update(duty_recipient).values(revision=7), delete(duty_recipient)):
        with pytest.raises(DBAPIError, match="only appended to"):
            async with office.database.engine.begin() as connection:
                await connection.execute(statement)


@pytest.mark.parametrize("words", ["Nog iets.", ""])
async def test_words_about_nobody_are_not_kept(office: Office, words: str) -> None:
    code = Refusal.WORDS_ABOUT_NOBODY if words else Refusal.BAD_ARTICLE
    with pytest.raises(RegisterError) as refused:
        async with office.register.change(by=world.BY) as change:
            await change.helping.ask(
                SAAR,
                direction=Direction.FROM,
                what=What.HELP,
                articles=[15] if words else [40],
                reference="Z-2026-18",
                working_days=5,
                words=words,
            )
    assert refused.value.code is code
