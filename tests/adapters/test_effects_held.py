"""A table in force and a pinned key rest on what two people agreed on: in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from gateway.adapters import tables_deciding as tables
from gateway.adapters.tables_register import contact_key
from gateway.domain.policy import switched
from gateway.domain.proposals import Channel, Verdict
from gateway.resources import policy_text
from tests import world
from tests.adapters.test_two_accounts import at
from tests.databases import KINDS, with_world_if_asked
from tests.world import BY, BY_ANOTHER, CARLA, CASPER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sqlalchemy import Table

    from gateway.adapters.database import Database
    from gateway.adapters.database_register import Register

RECORDED = {"valid_from": 5, "revision": 99, "recorded_at": 1, "recorded_by": BY}


@pytest.fixture(params=KINDS)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """Empty, but for tests that ask for the `register` too."""
    async with with_world_if_asked(request, tmp_path, kept, named="from tess") as opened:
        yield opened


def kept(database: Database) -> Register:
    return at(database, "tess")


@pytest.fixture
async def register(database: Database) -> Register:
    return kept(database)


async def table_proposed(register: Register) -> tuple[str, str]:
    """The proposal, and the digest of its table."""
    async with register.change(by=BY) as change:
        text = switched(policy_text(), "non_formal_hours_under_consent", on=True)
        proposal = await change.policies.propose(text)
    (found,) = [each for each in await register.proposals() if each.proposal_id == proposal]
    return proposal, found.subject


async def ended(register: Register, proposal: str, verdict: Verdict) -> None:
    async with register.change(by=BY_ANOTHER) as change:
        await change.proposals.decide(await change.proposals.find(proposal), verdict)


async def refused(database: Database, table: Table, **row: object) -> None:
    with pytest.raises(IntegrityError):
        async with database.engine.begin() as connection:
            await connection.execute(insert(table).values(**RECORDED, **row))


# --- tables -----------------------------------------------------------------------


async def test_no_table_counts_without_its_own_approved_proposal(
    register: Register, database: Database
) -> None:
    proposal, digest = await table_proposed(register)
    before = (await register.policies())[-1]["digest"]
    mine = {"digest": digest, "replaces": before}
    await refused(database, tables.policy_activation, **mine, proposal_id=proposal)
    await ended(register, proposal, Verdict.REFUSED)
    await refused(database, tables.policy_activation, **mine, proposal_id=proposal)
    approved = mine | {"proposal_id": proposal, "verdict": "refused"}
    await refused(database, tables.policy_activation, **approved)
    # Another digest than the one that was approved, and the approval of something else.
    again, _ = await table_proposed(register)
    await ended(register, again, Verdict.APPROVED)
    await refused(
        database, tables.policy_activation, digest=before, replaces=digest, proposal_id=again
    )
    key = next(each for each in await register.proposals() if each.kind.value == "key")
    await refused(database, tables.policy_activation, **mine, proposal_id=key.proposal_id)
    as_key = mine | {"proposal_id": key.proposal_id, "proposal_kind": "key"}
    await refused(database, tables.policy_activation, **as_key)
    assert len(await register.policies()) == 1


async def test_there_is_one_first_table(register: Register, database: Database) -> None:
    before = (await register.policies())[-1]["digest"]
    await refused(database, tables.policy_activation, digest=before)


# --- keys -------------------------------------------------------------------------


def key(name: str, contact_id: str, **more: object) -> dict[str, object]:
    marker = world.marker(name)
    fingerprint = world.describe_marker(marker).fingerprint
    found: dict[str, object] = {
        "contact_id": contact_id,
        "fingerprint": fingerprint,
        "certificate": marker,
        "protection": "openpgp",
    }
    return {**found, **more}


async def test_no_key_is_pinned_without_its_own_approved_proposal(
    register: Register, database: Database
) -> None:
    async with register.change(by=BY) as change:
        proposal = await change.contacts.propose_key(CASPER, world.marker("new"))
    for row in (
        key("new", CASPER),
        key("new", CASPER, earlier=True),
        key("new", CASPER, revoked_at=6),
        key("new", CASPER, proposal_id=proposal),
    ):
        await refused(database, contact_key, **row)
    # Approved, and not yet pinned, as a slip of the program would leave it.
    await ended(register, proposal, Verdict.APPROVED)
    await refused(database, contact_key, **key("new", CARLA, proposal_id=proposal))
    await refused(database, contact_key, **key("other", CASPER, proposal_id=proposal))
    await refused(database, contact_key, contact_id=CASPER, proposal_id=proposal)
    async with database.engine.begin() as connection:
        row = key("new", CASPER, proposal_id=proposal)
        await connection.execute(insert(contact_key).values(**RECORDED, **row))
    await refused(database, contact_key, **key("new", CASPER, proposal_id=proposal))


async def test_what_is_pinned_names_its_proposal_and_what_takes_away_needs_none(
    register: Register, database: Database
) -> None:
    proposed = await world.pin(register, CASPER, world.marker("new"))
    async with register.change(by=BY) as change:
        await change.contacts.revoke(CASPER)
        await change.contacts.unpin(CASPER)
    async with database.reading() as connection:
        mine = select(contact_key).where(contact_key.c.contact_id == CASPER)
        rows = (await connection.execute(mine.order_by(contact_key.c.id))).all()
    last = (await register.proposals())[-1].proposal_id
    assert [row.proposal_id for row in rows[1:]] == [last, None, None]
    assert [row.fingerprint for row in rows[1:]] == [proposed, proposed, None]
    assert not any(row.earlier for row in rows)
    assert Channel.TELEPHONE.value in (await register.proposals())[-1].remark
