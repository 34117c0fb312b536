"""One proposes, another approves: what counts only then, and what the database itself refuses."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError

from gateway.adapters import tables_deciding as tables
from gateway.adapters.database_register import Register
from gateway.adapters.database_registry import DatabaseRegistry
from gateway.domain.parties import KeyState
from gateway.domain.policy import switched
from gateway.domain.proposals import Channel, ProposalKind, Verdict
from gateway.domain.register import Refusal, RegisterError
from gateway.resources import policy_text
from tests import world
from tests.databases import KINDS, with_world_if_asked
from tests.generators import INSTANT
from tests.world import BY, BY_ANOTHER, SAAR

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from gateway.adapters.database import Database
    from gateway.adapters.register_change import Change

SWITCH = "non_formal_hours_under_consent"


@pytest.fixture(params=KINDS)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """Empty, but for tests that ask for the `register` too."""
    async with with_world_if_asked(request, tmp_path, kept, named="from tess") as opened:
        yield opened


def kept(database: Database) -> Register:
    return Register(
        database,
        world.vault(),
        world.Clock(),
        world.describe_marker,
        "tess",
        forms=world.forms,
        deeds=world.deeds(),
    )


@pytest.fixture
async def register(database: Database) -> Register:
    """The small world, kept by two operators."""
    return kept(database)


async def proposed_table(register: Register) -> str:
    """The covenant's table with its one switch turned, proposed by the first operator."""
    async with register.change(by=BY) as change:
        return await change.policies.propose(switched(policy_text(), SWITCH, on=True))


async def refused(
    register: Register, by: str, deed: Callable[[Change], Awaitable[object]]
) -> Refusal:
    with pytest.raises(RegisterError) as error:
        async with register.change(by=by) as change:
            await deed(change)
    return error.value.code


async def test_another_table_counts_once_another_operator_approved(
    register: Register, database: Database
) -> None:
    """And then at once, without anybody starting anything anew; both hashes are on record."""
    registry = DatabaseRegistry(database, world.vault())
    before = (await registry.policy_in_force(INSTANT)).digest
    facts = await registry.facts_for(SAAR, "dossier-1", INSTANT)
    proposal = await proposed_table(register)
    assert (await registry.policy_in_force(INSTANT)).digest == before
    assert await refused(register, BY, lambda c: c.approve(proposal)) is Refusal.SAME_PERSON
    async with register.change(by=BY_ANOTHER) as change:
        await change.approve(proposal)
    after = await registry.policy_in_force(INSTANT)
    assert after.table.switches.non_formal_hours_under_consent
    # What was released under the former table does not stand any more.
    assert (await registry.facts_for(SAAR, "dossier-1", INSTANT)).digest() != facts.digest()
    first, second = await register.policies()
    assert (first["digest"], first["replaces"]) == (before, None)
    assert (second["digest"], second["replaces"]) == (after.digest, before)
    assert await register.policy_text(before) == policy_text()
    (decided,) = [p for p in await register.proposals() if p.kind is ProposalKind.POLICY]
    assert (decided.proposed_by, decided.decided_by, decided.origin) == (BY, BY_ANOTHER, "tess")


async def test_a_table_proposed_against_one_that_was_replaced_is_stale(register: Register) -> None:
    first, second = await proposed_table(register), await proposed_table(register)
    async with register.change(by=BY_ANOTHER) as change:
        await change.approve(first)
    assert await refused(register, BY_ANOTHER, lambda c: c.approve(second)) is (
        Refusal.PROPOSAL_STALE
    )
    assert await refused(register, BY_ANOTHER, lambda c: c.approve(first)) is (
        Refusal.ALREADY_DECIDED
    )


async def test_a_table_that_is_not_well_formed_is_not_proposed(register: Register) -> None:
    spoiled = policy_text().replace('effect = "withhold"', 'effect = "withold"', 1)
    for text in (spoiled, "nonsense ="):
        code = await refused(register, BY, partial(_propose, text))
        assert code is Refusal.POLICY_MALFORMED
    same = policy_text()
    assert await refused(register, BY, lambda c: c.policies.propose(same)) is (
        Refusal.POLICY_IN_FORCE
    )


async def _propose(text: str, change: Change) -> None:
    await change.policies.propose(text)


async def test_the_database_itself_refuses_the_same_person(
    register: Register, database: Database
) -> None:
    """Whatever a program does: one operator is not two, and nobody decides for another proposal."""
    proposal = await proposed_table(register)
    row = {
        "proposal_id": proposal,
        "proposed_by": BY,
        "verdict": "approved",
        "decided_by": BY,
        "origin": "",
        "remark": "",
        "revision": 9,
        "recorded_at": 0,
        "recorded_by": BY,
    }
    forged = (row, row | {"proposed_by": BY_ANOTHER}, row | {"decided_by": "nobody"})
    for each in forged:
        with pytest.raises(DBAPIError):
            async with database.engine.begin() as connection:
                await connection.execute(insert(tables.proposal_decision).values(each))
    assert next(iter(reversed(await register.proposals()))).is_open


async def test_what_was_decided_together_is_only_appended_to(
    register: Register, database: Database
) -> None:
    proposal = await proposed_table(register)
    async with register.change(by=BY_ANOTHER) as change:
        await change.approve(proposal)
    for table in tables.DECIDING:
        assert await register.recorded(table), table.name
        column = table.primary_key.columns[0]
        for statement in (table.update().values({column: column}), table.delete()):
            with pytest.raises(DBAPIError, match="only appended to"):
                async with database.engine.begin() as connection:
                    await connection.execute(statement)


async def test_a_new_key_is_pending_until_another_operator_heard_its_fingerprint(
    register: Register,
) -> None:
    """Until then the former key counts (article 12.5)."""
    old = world.describe_marker(world.marker(SAAR)).fingerprint
    new = world.marker("a new key of Saar")
    fingerprint = world.describe_marker(new).fingerprint
    async with register.change(by=BY) as change:
        proposal = await change.contacts.propose_key(SAAR, new)
    assert await pinned(register) == old
    phone = Channel.TELEPHONE
    for by, read_out, code in (
        (BY, fingerprint, Refusal.SAME_PERSON),
        (BY_ANOTHER, old, Refusal.FINGERPRINT_DIFFERS),
        (BY_ANOTHER, fingerprint[:39], Refusal.FINGERPRINT_DIFFERS),
        (BY_ANOTHER, "", Refusal.FINGERPRINT_DIFFERS),
    ):
        deed = lambda c, heard=read_out: c.approve_key(proposal, heard, phone)  # noqa: E731 - bound now
        assert await refused(register, by, deed) is code
    assert await refused(register, BY_ANOTHER, lambda c: c.approve(proposal)) is (
        Refusal.FINGERPRINT_DIFFERS
    )
    assert await pinned(register) == old
    async with register.change(by=BY_ANOTHER) as change:
        await change.approve_key(proposal, f" {fingerprint[:20].lower()} {fingerprint[20:]}", phone)
    assert await pinned(register) == fingerprint


async def pinned(register: Register) -> str:
    contact = (await register.roster()).contact(SAAR, INSTANT)
    assert contact is not None
    assert contact.key_state(INSTANT) is KeyState.READY
    assert contact.key is not None
    return contact.key.fingerprint


async def test_a_proposal_is_refused_by_another_and_withdrawn_by_its_proposer(
    register: Register,
) -> None:
    proposal = await proposed_table(register)

    async def end(change: Change, verdict: Verdict) -> None:
        await change.proposals.decide(await change.proposals.find(proposal), verdict)

    withdrawing = await refused(register, BY_ANOTHER, lambda c: end(c, Verdict.WITHDRAWN))
    assert withdrawing is Refusal.NOT_YOURS
    async with register.change(by=BY) as change:
        await end(change, Verdict.WITHDRAWN)
    assert await refused(register, BY_ANOTHER, lambda c: c.approve(proposal)) is (
        Refusal.ALREADY_DECIDED
    )


# --- operators --------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["Functioneel Beheer", "Team Inburgering", "Administratie", "Anna", "Info Balie", "Anna 2",
     "Privacy Officer", "De Beheerders", ""],
)  # fmt: skip
async def test_a_group_is_no_operator(register: Register, name: str) -> None:
    code = await refused(register, BY, lambda c: c.operators.add("groep", name))
    assert code in {Refusal.NOT_ONE_PERSON, Refusal.BAD_OPERATOR}


async def test_a_third_operator_needs_a_second_person(register: Register) -> None:
    """Or one of two could make a second self and approve alone."""
    async with register.change(by=BY) as change:
        proposal = await change.operators.add("cato", "Cato de Bedachte", login="cato")
    assert proposal is not None
    assert await refused(register, "cato", lambda c: c.approve(proposal)) is (
        Refusal.UNKNOWN_OPERATOR
    )
    async with register.change(by=BY_ANOTHER) as change:
        await change.approve(proposal)
    assert {each.operator_id for each in await register.operators()} == {BY, BY_ANOTHER, "cato"}


async def test_one_person_is_not_registered_twice(register: Register) -> None:
    twice = await refused(register, BY, lambda c: c.operators.add("tess2", " TESS  testpersoon "))
    assert twice is Refusal.OPERATOR_TAKEN


async def test_two_operators_remain(register: Register) -> None:
    assert await refused(register, BY, lambda c: c.operators.end(BY_ANOTHER)) is (
        Refusal.TOO_FEW_OPERATORS
    )


async def test_who_registered_an_account_acts_from_no_other(
    register: Register, database: Database
) -> None:
    async with register.change(by=BY) as change:
        proposal = await change.operators.add("cato", "Cato de Bedachte", login="cato")
    async with register.change(by=BY_ANOTHER) as change:
        await change.approve(str(proposal))
    assert await refused(register, "cato", lambda c: c.operators.end(BY)) is Refusal.OTHER_ACCOUNT
    own = Register(
        database,
        world.vault(),
        world.Clock(),
        world.describe_marker,
        "cato",
        forms=world.forms,
        deeds=world.deeds(),
    )
    async with own.change(by="Cato de Bedachte") as change:
        assert await change.operators.end(BY) is not None
        assert await change.operators.end("cato") is None
    assert await refused(own, "cato", lambda c: c.operators.end(BY)) is Refusal.UNKNOWN_OPERATOR
