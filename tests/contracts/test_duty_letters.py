"""A letter of duty: on record and in the outbox together, and followed until it is confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from gateway.adapters.certificates import describe_certificate
from gateway.adapters.database_duties import DatabaseDuties
from gateway.adapters.database_outbox import DatabaseOutbox
from gateway.adapters.database_register import Register
from gateway.adapters.database_registry import DatabaseRegistry
from gateway.adapters.evidence import Scribe
from gateway.adapters.flow_audit import audit_outcomes
from gateway.adapters.log_writing import LogWriter
from gateway.adapters.memory_sealer import MemorySealer
from gateway.adapters.tables_duties import duty_letter
from gateway.domain.duty_letters import Confirmed, DutyMatter, LetterState
from gateway.domain.mail import Letter
from gateway.domain.parties import KeyState
from gateway.domain.register import Refusal, RegisterError
from gateway.domain.stages import Post
from gateway.duties.lettering import Lettering, Wanted, next_attempt, post
from gateway.ledger.records import Activity
from tests import people, world
from tests.contracts.flow import ACTIVITY, LOG_KEY, RETURN_PATH, log_faults
from tests.databases import KINDS, with_world
from tests.generators import INSTANT
from tests.world import CASPER, OFFICER, SAAR, SAM

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from pathlib import Path

    from gateway.adapters.database import Database
    from gateway.domain.parties import Contact

NOW = INSTANT
CASE = "case/0a1b2c3d"
CERTIFICATES = {
    each.contact_id: people.person(each.name, each.address).cert for each in world.PEOPLE
}


@dataclass
class Office:
    """A register, the record of letters of duty, and the outbox they go through."""

    database: Database
    register: Register
    duties: DatabaseDuties
    outbox: DatabaseOutbox
    lettering: Lettering

    async def state(self) -> list[LetterState]:
        return [each.state for each in await self.duties.about(CASE)]


def wanted(meant_for: str = CASPER, attempt: int = 0, item: str = "r-1") -> Wanted:
    """A letter about a case to somebody of the register."""
    return Wanted(
        matter=DutyMatter.NOTIFICATION,
        about=CASE,
        meant_for=meant_for,
        write=letter,
        item=item,
        attempt=attempt,
        dossier_id="dossier-1",
    )


def letter(to: Contact, reference: str, now: datetime) -> Letter:
    assert to.key is not None
    return Letter(
        message_id=f"<{reference}@gemeente.example>",
        date=now,
        sender=RETURN_PATH,
        sender_name="Poort",
        recipient=to.address,
        certificate=to.key.certificate,
        subject="Een bericht over een verzoek",
        outer_subject="Beveiligd bericht",
        text="Wis wat u kreeg.",
        html="<p>Wis wat u kreeg.</p>",
    )


@pytest.fixture(params=KINDS)
async def office(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Office]:
    """Consistent at the end."""
    clock, vault = world.Clock(NOW), world.vault()
    gateway = people.person("Poort", RETURN_PATH)
    how: world.Built = {"at": NOW, "certificates": CERTIFICATES, "clock": clock}

    def kept(database: Database) -> Register:
        deeds = world.deeds(vault)
        return Register(
            database, vault, clock, describe_certificate, forms=world.forms, deeds=deeds
        )

    async with with_world(
        request.param, tmp_path, request, kept, named="duty letters", **how
    ) as database:
        registry, log = DatabaseRegistry(database, vault), LogWriter(vault)
        scribe = Scribe(lambda _kind, _letter: Activity(activity_id=ACTIVITY))
        duties = DatabaseDuties(
            database, vault, scribe, log, registry, deeds=world.deeds(vault), clock=clock
        )
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
        lettering = Lettering(view=registry, duties=duties, sealer=MemorySealer(gateway.cert))
        yield Office(database, kept(database), duties, outbox, lettering)
        async with database.reading() as connection:
            assert await audit_outcomes(connection) == []
        assert await log_faults(database, vault, LOG_KEY) == []


async def test_it_is_sealed_followed_and_confirmed_once(office: Office) -> None:
    posted = await post(office.lettering, [wanted()], NOW, by=world.BY)
    (one,) = posted.letters
    assert (one.contact_id, one.state, posted.unreachable) == (CASPER, LetterState.WAITING, ())
    (released,) = await office.outbox.claim(10, NOW)
    assert (released.post, released.envelope_from) == (Post.DUTY, RETURN_PATH)
    assert await office.duties.named(one.message_id) == one
    await office.outbox.sent([released], NOW)
    assert await office.state() == [LetterState.SENT]
    assert [each.letter_id for each in await office.duties.unconfirmed()] == [one.letter_id]
    assert await office.duties.confirm(one, by=world.BY)
    assert not await office.duties.confirm(one, by=world.BY)
    (after,) = await office.duties.about(CASE)
    assert (after.state, after.confirmed, after.confirmed_at) == (
        LetterState.CONFIRMED,
        Confirmed.RECORDED,
        NOW,
    )
    assert await office.duties.unconfirmed() == []


async def test_who_is_no_operator_posts_and_confirms_nothing(office: Office) -> None:
    with pytest.raises(RegisterError) as refused:
        await post(office.lettering, [wanted()], NOW, by="somebody")
    assert refused.value.code is Refusal.UNKNOWN_OPERATOR
    assert await office.duties.about(CASE) == []
    (one,) = (await post(office.lettering, [wanted()], NOW, by=world.BY)).letters
    with pytest.raises(RegisterError):
        await office.duties.confirm(one, by="somebody")
    assert await office.state() == [LetterState.WAITING]


async def test_the_same_attempt_is_posted_once_and_then_nothing_of_it(office: Office) -> None:
    await post(office.lettering, [wanted()], NOW)
    again = await post(office.lettering, [wanted(SAAR), wanted()], NOW)
    assert again.letters == ()
    assert await office.state() == [LetterState.WAITING]
    letters = await office.duties.about(CASE)
    assert next_attempt(letters, "r-1", CASPER) == 1
    assert next_attempt(letters, "r-1", SAAR) == 0
    assert (await post(office.lettering, [wanted(attempt=1)], NOW)).letters


async def test_it_does_not_go_to_a_key_that_was_revoked(office: Office) -> None:
    await post(office.lettering, [wanted()], NOW)
    posted = await office.outbox.claim(10, NOW)
    assert list(await office.outbox.still_stands(posted, NOW)) == [True]
    async with office.register.change(by=world.BY) as change:
        await change.contacts.revoke(CASPER, at=NOW)
    assert list(await office.outbox.still_stands(posted, NOW)) == [False]
    await office.outbox.walk_again(posted, NOW)
    assert await office.state() == [LetterState.WITHDRAWN]


async def test_where_a_contact_cannot_be_reached_somebody_of_their_party_is(office: Office) -> None:
    """First whoever looks after privacy there; and nobody of another party."""
    async with office.register.change(by=world.BY) as change:
        await change.contacts.revoke(CASPER, at=NOW)
        await change.contacts.revoke(SAAR, at=NOW)
        await change.contacts.revoke(SAM, at=NOW)
    posted = await post(office.lettering, [wanted(), wanted(SAAR)], NOW)
    roster = await office.lettering.view.roster()
    officer = roster.contact(OFFICER, NOW)
    assert officer is not None
    ready = officer.key_state(NOW) is KeyState.READY and officer.is_bound(NOW)
    assert ready
    assert [(each.meant_for, each.contact_id) for each in posted.letters] == [(CASPER, OFFICER)]
    assert [each.meant_for for each in posted.unreachable] == [SAAR]


async def test_one_that_is_refused_or_comes_back_says_so(office: Office) -> None:
    await post(office.lettering, [wanted()], NOW)
    (released,) = await office.outbox.claim(10, NOW)
    await office.outbox.undeliverable(released, (), NOW + timedelta(minutes=1))
    assert await office.state() == [LetterState.UNDELIVERABLE]
    assert await office.outbox.claim(10, NOW) == []


async def test_the_record_cannot_be_changed(office: Office) -> None:
    await post(office.lettering, [wanted()], NOW)
    for statement in (update(duty_letter).values(attempt=7), delete(duty_letter)):
        with pytest.raises(DBAPIError, match="only appended to"):
            async with office.database.engine.begin() as connection:
                await connection.execute(statement)
