"""Who did what, when, to what and from where: read together from all that is on record (BIO2)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from gateway.adapters.audit_trail import AuditTrail
from sqlalchemy import delete, insert, update
from sqlalchemy.exc import DBAPIError

from gateway.adapters.database_register import Register
from gateway.adapters.tables_flow import approvals
from gateway.domain.audit import Action
from gateway.domain.parties import Standing
from gateway.domain.policy import switched
from gateway.resources import policy_text
from tests import world
from tests.contracts.flow import NOW, another_gateway, fetched
from tests.databases import KINDS, fresh
from tests.world import BY, BY_ANOTHER, OFFICER, SAAR, SCHOOL_1

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from gateway.adapters.database import Database
    from gateway.domain.audit import AuditLine

DAY = timedelta(days=1)


@pytest.fixture(params=KINDS)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    async with fresh(request.param, tmp_path, request) as opened:
        yield opened


@pytest.fixture
async def register(database: Database) -> Register:
    """The small world, kept by two operators."""
    made = Register(
        database,
        world.vault(),
        world.Clock(),
        world.describe_marker,
        "tess",
        forms=world.forms,
        deeds=world.deeds(),
    )
    await world.build(made)
    return made


async def lines(database: Database, last: int = 1000) -> Sequence[AuditLine]:
    now = world.Clock().now
    return await AuditTrail(database).lines(since=now - DAY, until=now + DAY, last=last)


async def test_both_people_of_a_decision_are_in_it(register: Register, database: Database) -> None:
    """Who proposed and who approved, each under their own name and from where."""
    async with register.change(by=BY) as change:
        text = switched(policy_text(), "non_formal_hours_under_consent", on=True)
        proposal = await change.policies.propose(text)
    async with register.change(by=BY_ANOTHER) as change:
        await change.approve(proposal)
    found = [(each.actor, each.action, each.result, each.origin) for each in await lines(database)]
    assert (BY, "propose policy", proposal, "tess") in found
    assert (BY_ANOTHER, "decide on proposal", "approved", "tess") in found
    assert (BY_ANOTHER, "record policy activation", "", "tess") in found


async def test_every_change_of_the_register_is_in_it(
    register: Register, database: Database
) -> None:
    async with register.change(by=BY_ANOTHER) as change:
        await change.contacts.revoke(SAAR)
        await change.parties.set_standing(SCHOOL_1, Standing.SUSPENDED)
    found = await lines(database)
    assert {each.origin for each in found} == {"tess"}
    deeds = [(each.actor, each.action, each.about, each.result) for each in found]
    assert (BY_ANOTHER, "record contact key", SAAR, "") in deeds
    assert (BY_ANOTHER, "record party standing", SCHOOL_1, "suspended") in deeds
    assert (BY, "record dossier identity", "dossier-1", "") in deeds


async def test_looking_is_in_it(register: Register, database: Database) -> None:
    await register.consulted(by=BY, action=Action.DOSSIER_LOOKED, ids=["dossier-4"])
    last = (await lines(database))[-1]
    assert (last.actor, last.action, last.about) == (BY, "look: dossier show", "dossier-4")
    assert last.origin == "tess"


async def test_of_many_the_latest_are_told_oldest_first(
    register: Register, database: Database
) -> None:
    for number in range(5):
        await register.consulted(by=BY, action=Action.DOSSIER_LOOKED, ids=[f"dossier-{number}"])
    assert [each.about for each in await lines(database, 3)][-1] == "dossier-4"
    assert len(await lines(database, 3)) == 3
    assert (
        await AuditTrail(database).lines(since=NOW + 900 * DAY, until=NOW + 901 * DAY, last=9) == []
    )


async def test_it_names_no_inburgeraar(register: Register, database: Database) -> None:
    whole = str(await lines(database))
    person = world.identity(1)
    for hidden in (person.geslachtsnaam, person.geboortedatum, person.dossierkenmerk):
        assert hidden not in whole


async def test_a_release_is_in_it_and_the_database_keeps_it(
    register: Register, database: Database
) -> None:
    """Neither rewritten nor taken out, and one person never counts as two."""
    there = another_gateway(
        database.engine.url.render_as_string(hide_password=False), world.vault()
    )
    await there.inbox.store([fetched(b"a mail")], NOW)
    (mail,) = await there.inbox.claim(1, NOW)
    await there.close()
    signed = {
        "trace": mail.raw.trace,
        "round": 0,
        "bericht_id": "",
        "deed": "release",
        "name_key": OFFICER,
        "name": "Fien Functionaris",
        "at": world.Clock().now,
        "origin": "fien@desk",
    }
    async with database.transaction() as connection:
        await connection.execute(insert(approvals), signed)
    assert (OFFICER, "held release", mail.raw.trace, "fien@desk") in [
        (each.actor, each.action, each.about, each.origin) for each in await lines(database)
    ]
    for statement in (
        update(approvals).values(name_key="somebody"),
        delete(approvals),
        insert(approvals).values(**signed),
    ):
        with pytest.raises(DBAPIError):
            async with database.transaction() as connection:
                await connection.execute(statement)
