"""The log in a database: whoever changes its rows is found, and what is shown was hashed."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest
from gateway.ledger.chain import Finding, Flaw, Head, Link, extend, leaf_hash, verify
from sqlalchemy import delete, select, update

from gateway.adapters.log_writing import BrokenLogError
from gateway.adapters.tables_flow import log_entries, log_head
from tests.contracts.flow import (
    LATER,
    NO_CONSENT,
    DatabaseWorld,
    database_url,
    database_world,
    handled,
    received,
    sealed,
    stopped,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture(params=("sqlite", "postgresql"))
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[DatabaseWorld]:
    """Ten entries: five mails with a report each."""
    made = await database_world(database_url(request, tmp_path))
    for number in range(5):
        (mail,) = await received(made)
        await made.ledger.release([(mail, handled(mail, sealed(mail.raw, report=number)))], LATER)
    assert await made.audit() == []
    yield made
    await made.close()


def at(seq: int, flaw: Flaw) -> Finding:
    return Finding(seq=seq, flaw=flaw)


async def change(world: DatabaseWorld, place: int, **values: object) -> None:
    async with world.database.transaction() as connection:
        await connection.execute(
            update(log_entries).where(log_entries.c.seq == place).values(**values)
        )


async def test_an_altered_entry_is_named(world: DatabaseWorld) -> None:
    await change(world, 3, entry=b'{"kind":"report"}')
    assert await world.log.verify() == (at(3, Flaw.ALTERED),)


async def test_an_entry_altered_together_with_its_hash_is_named(world: DatabaseWorld) -> None:
    async with world.database.reading() as connection:
        row = (await connection.execute(select(log_entries).where(log_entries.c.seq == 3))).one()
    entry = row.entry.replace(b"consent", b"nothing")
    assert entry != row.entry
    await change(world, 3, entry=entry, leaf_hash=leaf_hash(entry))
    assert await world.log.verify() == (at(3, Flaw.OUT_OF_ORDER),)


async def test_an_entry_that_was_hung_on_another_trace_is_named(world: DatabaseWorld) -> None:
    """The columns by which an entry is found are checked against what was hashed."""
    await change(world, 3, trace_id="00" * 16)
    assert at(3, Flaw.ALTERED) in await world.log.verify()


async def test_a_deleted_entry_is_named(world: DatabaseWorld) -> None:
    async with world.database.transaction() as connection:
        await connection.execute(delete(log_entries).where(log_entries.c.seq == 4))
    assert await world.log.verify() == (at(4, Flaw.MISSING),)


async def test_two_swapped_entries_are_named(world: DatabaseWorld) -> None:
    await change(world, 4, seq=100)
    await change(world, 5, seq=4)
    await change(world, 100, seq=5)
    found = await world.log.verify()
    assert {finding.seq for finding in found} >= {4, 5}
    assert {finding.flaw for finding in found} == {Flaw.OUT_OF_ORDER}


async def test_a_log_cut_off_at_its_end_is_named(world: DatabaseWorld) -> None:
    async with world.database.transaction() as connection:
        await connection.execute(delete(log_entries).where(log_entries.c.seq >= 8))
    assert await world.log.verify() == (at(8, Flaw.TRUNCATED),)


async def test_a_log_cut_off_together_with_its_head_is_missed_by_the_outcomes(
    world: DatabaseWorld,
) -> None:
    witness = await world.log.head()
    async with world.database.transaction() as connection:
        await connection.execute(delete(log_entries).where(log_entries.c.seq >= 8))
        last = await connection.execute(
            select(log_entries.c.chain_hash).where(log_entries.c.seq == 7)
        )
        await connection.execute(update(log_head).values(size=8, chain_hash=last.scalar_one()))
    assert await world.log.verify() == (at(8, Flaw.TRUNCATED),)
    assert await world.log.verify(witness) == (at(8, Flaw.TRUNCATED),)


async def test_a_log_rewritten_with_all_its_hashes_is_found_by_a_witness(
    world: DatabaseWorld,
) -> None:
    witness = await world.log.head()
    async with world.database.transaction() as connection:
        rows = (await connection.execute(select(log_entries).order_by(log_entries.c.seq))).all()
        contents = [row.entry.replace(b'"consent"', b'"nothing"') for row in rows]
        links, head = extend(Head(size=0, chain_hash=bytes(32)), contents)
        for link, content in zip(links, contents, strict=True):
            await connection.execute(
                update(log_entries)
                .where(log_entries.c.seq == link.seq)
                .values(entry=content, leaf_hash=link.leaf_hash, chain_hash=link.chain_hash)
            )
        await connection.execute(update(log_head).values(chain_hash=head.chain_hash))
    assert await world.log.verify() == ()
    assert await world.log.verify(witness) == (at(9, Flaw.UNWITNESSED),)


async def test_a_log_whose_head_is_gone_is_not_added_to(world: DatabaseWorld) -> None:
    async with world.database.transaction() as connection:
        await connection.execute(delete(log_head))
    assert await world.log.verify() != ()
    (mail,) = await received(world)
    with pytest.raises(BrokenLogError):
        await world.ledger.release([(mail, handled(mail, stopped(NO_CONSENT)))], LATER)
    assert await world.state(mail.raw.trace) == "claimed"
    assert await world.standing(mail.raw.trace) == {}


async def test_an_export_can_be_verified_by_anybody(world: DatabaseWorld) -> None:
    """With SHA-256 and the two prefixes alone: the entry's bytes are in the line as hashed."""
    lines = [line async for line in world.log.export()]
    assert len(lines) == 10
    entries: list[tuple[Link, bytes]] = []
    for line in lines:
        whole = json.loads(line)
        content = line.split(b'"entry":', 1)[1].rstrip()[:-1]
        assert json.loads(content) == whole["entry"]
        assert hashlib.sha256(b"\x00" + content).hexdigest() == whole["leaf_hash"]
        link = Link(
            seq=whole["seq"],
            leaf_hash=bytes.fromhex(whole["leaf_hash"]),
            chain_hash=bytes.fromhex(whole["chain_hash"]),
        )
        entries.append((link, content))
    assert verify(entries, await world.log.head()) == ()


async def test_shown_are_the_entries_of_one_trace_or_the_last_ones(world: DatabaseWorld) -> None:
    last = await world.log.show(last=3)
    assert [entry["seq"] for entry in last] == [7, 8, 9]
    trace = last[-1]["record"]["trace_id"]
    of_trace = await world.log.show(trace)
    assert [entry["kind"] for entry in of_trace] == ["mail", "report"]
    assert await world.log.show("ff" * 16) == []
