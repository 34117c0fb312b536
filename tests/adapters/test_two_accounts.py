"""One person is not two: by account, by another spelling of their name, or alone after an end."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError

from gateway.adapters import tables_deciding as tables
from gateway.adapters.database_register import Register
from gateway.adapters.looking import operator_of
from gateway.domain.operators import own_name, same_words
from gateway.domain.parties import KeyState
from gateway.domain.policy import switched
from gateway.domain.proposals import Channel, Verdict
from gateway.domain.register import Refusal, RegisterError
from gateway.resources import policy_text
from tests import world
from tests.databases import KINDS, fresh, with_world
from tests.generators import INSTANT
from tests.world import BY, BY_ANOTHER, CASPER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from gateway.adapters.database import Database
    from gateway.adapters.register_change import Change

SWITCH = "non_formal_hours_under_consent"


@pytest.fixture(params=KINDS)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """Two operators and a table in force: Alice from an account of her own, Bob without one."""
    async with fresh(request.param, tmp_path, request, _founded, named="two accounts") as opened:
        yield opened


async def _founded(database: Database) -> None:
    async with at(database, "alice").founding(by="Alice Jansen") as change:
        await change.policies.found(policy_text())
        await change.operators.add("alice", "Alice Jansen", login="alice")
        await change.operators.add("bob", "Bob Bakker")


@pytest.fixture(params=KINDS)
async def built(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Register]:
    """The small world, kept by two operators who registered no account."""

    def register(opened: Database) -> Register:
        return at(opened, "tess")

    async with with_world(request.param, tmp_path, request, register, named="from tess") as opened:
        yield register(opened)


def at(database: Database, account: str) -> Register:
    """The register as somebody uses it from this account."""
    clock = world.Clock()
    return Register(
        database,
        world.vault(),
        clock,
        world.describe_marker,
        account,
        forms=world.forms,
        deeds=world.deeds(),
    )


async def refused(
    register: Register, by: str, deed: Callable[[Change], Awaitable[object]]
) -> Refusal:
    with pytest.raises(RegisterError) as error:
        async with register.change(by=by) as change:
            await deed(change)
    return error.value.code


async def table_proposed(register: Register, by: str) -> str:
    async with register.change(by=by) as change:
        return await change.policies.propose(switched(policy_text(), SWITCH, on=True))


async def approved(register: Register, by: str, proposal: str | None) -> None:
    async with register.change(by=by) as change:
        await change.approve(str(proposal))


@asynccontextmanager
async def third(register: Register) -> AsyncIterator[str]:
    async with register.change(by=BY) as change:
        proposal = await change.operators.add("cato", "Cato de Bedachte")
    await approved(register, BY_ANOTHER, proposal)
    yield "cato"


# --- accounts ---------------------------------------------------------------------


async def test_nobody_acts_for_another_from_an_account_that_is_somebodys_own(
    database: Database,
) -> None:
    """Bob registered no account; Alice's is hers all the same, also for held mail."""
    proposal = await table_proposed(at(database, "alice"), "alice")
    code = await refused(at(database, "alice"), "bob", lambda c: c.approve(proposal))
    assert code is Refusal.OTHER_ACCOUNT

    async with database.reading() as connection:
        with pytest.raises(RegisterError) as error:
            await connection.run_sync(operator_of, "bob", "alice")
        found = await connection.run_sync(operator_of, "Bob Bakker", "bob")
    assert (error.value.code, found.operator_id) == (Refusal.OTHER_ACCOUNT, "bob")
    await approved(at(database, "bob"), "bob", proposal)


async def test_the_database_refuses_two_from_one_account_when_one_of_them_has_their_own(
    database: Database,
) -> None:
    proposal = await table_proposed(at(database, "alice"), "alice")
    row = {
        "proposal_id": proposal,
        "proposed_by": "alice",
        "verdict": "approved",
        "decided_by": "bob",
        "origin": "alice",
        "remark": "",
        "revision": 9,
        "recorded_at": 0,
        "recorded_by": "bob",
    }
    with pytest.raises(DBAPIError, match="one account is not two people"):
        async with database.engine.begin() as connection:
            await connection.execute(insert(tables.proposal_decision).values(row))
    async with database.engine.begin() as connection:
        await connection.execute(insert(tables.proposal_decision).values(row | {"origin": "bob"}))


async def test_who_proposed_without_an_account_is_not_approved_from_there_by_one_who_has_it(
    database: Database,
) -> None:
    """Ended meanwhile, Alice's account is nobody's own; what was proposed there stays hers."""
    async with at(database, "alice").change(by="alice") as change:
        proposal = await change.operators.add("cato", "Cato de Bedachte")
    await approved(at(database, "bob"), "bob", proposal)
    waiting = await table_proposed(at(database, "alice"), "alice")
    async with at(database, "alice").change(by="alice") as change:
        assert await change.operators.end("alice") is None
    code = await refused(at(database, "alice"), "cato", lambda c: c.approve(waiting))
    assert code is Refusal.SAME_ACCOUNT


async def test_two_without_accounts_are_believed_from_one(built: Register) -> None:
    """Nothing can be proven there; `gateway doctor` names who has no account."""
    await approved(built, BY_ANOTHER, await table_proposed(built, BY))
    assert (await built.proposals())[-1].verdict is Verdict.APPROVED


# --- names ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["\u0410lice Jansen", "Alice J\u03b1nsen", "Al\u0456ce Jansen"])
def test_a_name_is_written_in_one_script(name: str) -> None:
    """Cyrillic and Greek letters that look Latin would make one person two."""
    with pytest.raises(RegisterError) as error:
        own_name(name)
    assert error.value.code is Refusal.NOT_ONE_PERSON


def test_a_name_in_another_script_is_a_name() -> None:
    for name in (
        "\u0410\u043d\u043d\u0430 \u0418\u0432\u0430\u043d\u043e\u0432\u0430",
        "Zo\u00eb D\u00edaz",
        "Jo\u0308rg de Vri\u0308es",
    ):
        assert own_name(name)


@pytest.mark.parametrize(
    "name", ["Jansen Alice", "ALICE  jansen", "Alice Jans\u00e9n", "\uff21lice Jansen"]
)
async def test_the_same_words_are_the_same_person(database: Database, name: str) -> None:
    assert same_words(own_name(name), "Alice Jansen")
    code = await refused(at(database, "alice"), "alice", lambda c: c.operators.add("twee", name))
    assert code is Refusal.OPERATOR_TAKEN


# --- who is ended -----------------------------------------------------------------


async def test_what_an_ended_operator_proposed_is_not_approved_any_more(built: Register) -> None:
    async with third(built) as cato:
        proposal = await table_proposed(built, cato)
        async with built.change(by=cato) as change:
            assert await change.operators.end(cato) is None
    assert await refused(built, BY, lambda c: c.approve(proposal)) is Refusal.PROPOSAL_STALE
    async with built.change(by=BY) as change:
        await change.proposals.decide(await change.proposals.find(proposal), Verdict.REFUSED)


async def test_nobody_ends_another_operator_alone(built: Register) -> None:
    """Or whoever would refuse is removed first."""
    async with third(built) as cato, built.change(by=BY) as change:
        proposal = await change.operators.end(cato)
    assert cato in active(await built.operators())
    assert await refused(built, BY, lambda c: c.approve(str(proposal))) is Refusal.SAME_PERSON
    await approved(built, BY_ANOTHER, proposal)
    assert active(await built.operators()) == {BY, BY_ANOTHER}


async def test_two_remain_also_when_two_ends_were_proposed(built: Register) -> None:
    async with third(built) as cato:
        async with built.change(by=BY) as change:
            first = await change.operators.end(cato)
            second = await change.operators.end(BY_ANOTHER)
        await approved(built, BY_ANOTHER, first)
    assert await refused(built, BY_ANOTHER, lambda c: c.approve(str(second))) is (
        Refusal.TOO_FEW_OPERATORS
    )


def active(operators: object) -> set[str]:
    assert isinstance(operators, list)
    return {each.operator_id for each in operators if each.active}


# --- keys -------------------------------------------------------------------------


async def test_a_key_that_was_revoked_since_does_not_come_back_by_an_old_proposal(
    built: Register,
) -> None:
    fingerprint = world.describe_marker(world.marker(CASPER)).fingerprint
    async with built.change(by=BY) as change:
        proposal = await change.contacts.propose_key(CASPER, world.marker(CASPER))
    async with built.change(by=BY) as change:
        await change.contacts.revoke(CASPER)
    code = await refused(
        built, BY_ANOTHER, lambda c: c.approve_key(proposal, fingerprint, Channel.TELEPHONE)
    )
    assert code is Refusal.PROPOSAL_STALE
    contact = (await built.roster()).contact(CASPER, INSTANT)
    assert contact is not None
    assert contact.key_state(INSTANT) is KeyState.REVOKED


async def test_of_two_proposals_for_one_contact_one_counts(built: Register) -> None:
    keys = [world.marker(f"key {number} of Casper") for number in range(2)]
    async with built.change(by=BY) as change:
        first, second = [await change.contacts.propose_key(CASPER, key) for key in keys]
    heard = [world.describe_marker(key).fingerprint for key in keys]
    async with built.change(by=BY_ANOTHER) as change:
        await change.approve_key(first, heard[0], Channel.TELEPHONE)
    code = await refused(
        built, BY_ANOTHER, lambda c: c.approve_key(second, heard[1], Channel.TELEPHONE)
    )
    assert code is Refusal.PROPOSAL_STALE


# --- one reading of what is in force ----------------------------------------------


async def test_what_a_proposed_table_replaces_is_what_the_gate_decides_by(
    built: Register,
) -> None:
    """Also after the clock was set back: the latest entry is not always the one in force."""
    clock = world.Clock()
    later = Register(
        built._database,
        world.vault(),
        clock,
        world.describe_marker,
        "tess",
        forms=world.forms,
        deeds=world.deeds(),
    )
    clock.now = INSTANT.replace(year=INSTANT.year + 1)
    await approved(later, BY_ANOTHER, await table_proposed(later, BY))
    roster = await built.roster()
    proposal = await table_proposed(built, BY)
    (found,) = [each for each in await built.proposals() if each.proposal_id == proposal]
    assert found.payload["replaces"] == roster.policy(INSTANT)
