"""At the edges of an erasure: originals found late or out of reach, and taking it back too late."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from gateway.adapters.erasing_confirming import read_remains
from gateway.adapters.erasing_originals import DatabaseOriginals
from gateway.adapters.memory_mail import MemoryMailbox
from gateway.adapters.tables_flow import inbound, places
from gateway.adapters.tables_log import log_entries
from gateway.domain.cases import CaseState, Received
from gateway.domain.deadlines import day_of
from gateway.domain.register import Refusal, RegisterError
from gateway.domain.stops import Hold, Reason
from gateway.ledger.verdict import BrokenLogError
from tests import world
from tests.contracts.erasing import BADR, City, a_city
from tests.contracts.flow import NOW, handled, stopped
from tests.tampering import unguard

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence


@pytest.fixture
async def small(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[City]:
    async with a_city("sqlite", tmp_path, request) as made:
        yield made


async def test_of_what_is_found_to_go_after_the_certificate_another_one_tells(small: City) -> None:
    """The first says that nothing lies in the mailbox any more: that was so as far as was known."""
    await small.arrived(0)
    await small.erase()
    (late,) = await small.arrived(1)
    await small.end.run(NOW)
    found = stopped(Hold(Reason.FREE_TEXT))
    await small.flow.ledger.release([(late, handled(late, found, answers=False))], NOW)
    await small.end.run(NOW)
    await small.end.run(NOW)
    await small.clear()
    await small.end.run(NOW)

    counted = [each.originals for each in await small.certificates()]
    assert counted == [0, 1, 0]


async def test_what_nobody_can_reach_does_not_keep_the_rest_waiting(
    small: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One at a time, of which one came into a mailbox that is not there any more."""
    monkeypatch.setattr("gateway.adapters.erasing_originals.MOST", 1)
    await small.plant()
    await small.erase()
    away = MemoryMailbox(small.mailbox.name)
    away.reachable = False
    await small.clear(NOW, away)
    await small.clear(NOW, away)
    assert await states(small) == ["", "unreachable", "unreachable"]  # untried ones go first
    async with small.database.transaction() as connection:
        its = places.c.trace == small.own
        await connection.execute(update(places).where(its).values(mailbox="imap:elsewhere"))
        found = select(inbound.c.digest).where(inbound.c.trace == small.own)
        digest = await connection.scalar(found)
    taken_out(small, digest)

    for minutes in range(60):
        await small.clear(NOW + timedelta(minutes=minutes))

    assert await states(small) == ["", "elsewhere"]


async def test_what_a_person_has_to_see_to_is_not_read_again_every_minute(small: City) -> None:
    await small.plant()
    await small.erase()
    assert await pressing(small) == 2
    await small.clear(NOW, MemoryMailbox("memory:another"))
    assert await states(small) == ["", "elsewhere", "elsewhere"]
    assert await pressing(small) == 0
    assert (await small.clear()).gone == 2


async def pressing(city: City) -> int:
    deeds = world.deeds(city.flow.vault)
    return await DatabaseOriginals(city.database, deeds, backup_days=35, origin="poort-1").pressing(
        NOW
    )


async def states(city: City) -> list[str]:
    left = await city.database.look(lambda each: read_remains(each, 35))
    return sorted(each.state for each in left.originals)


def taken_out(city: City, digest: str | None) -> None:
    """Somebody removes this mail from the mailbox."""
    for file, mail in city.in_mailbox().items():
        if sha256(mail).hexdigest() == digest:
            Path(file).unlink()


async def test_of_an_erasure_that_there_is_none_of_it_is_not_said_that_nothing_is_left(
    small: City,
) -> None:
    with pytest.raises(RegisterError) as refused:
        await small.database.look(lambda each: read_remains(each, 35, "0" * 16))
    assert refused.value.code is Refusal.UNKNOWN_ERASURE


async def test_what_was_erased_is_answered_and_not_taken_back(small: City) -> None:
    """Also where that it was taken back was said before, and is only confirmed after."""
    case_id = await small.asked()
    async with small.register.change(by=world.BY) as change:
        today = day_of((await change.cases.case(case_id)).received_at)
        taken_back = await change.cases.take_back(case_id, Received.POST, today)
    await small.approve(await small.propose(case_id))
    with pytest.raises(RegisterError) as refused:
        await small.approve(taken_back)
    assert refused.value.code is Refusal.PROPOSAL_STALE

    another = await small.erase(BADR, "Z-2026-2")
    with pytest.raises(RegisterError) as refused:
        async with small.register.change(by=world.BY) as change:
            await change.cases.take_back(another, Received.POST, today)
    assert refused.value.code is Refusal.NOT_NOW
    async with small.register.change(by=world.BY) as change:
        states = [(await change.cases.case(each)).state for each in (case_id, another)]
    assert states == [CaseState.EXECUTED] * 2


async def test_what_only_is_said_to_be_a_deed_keeps_nobody_from_being_erased(small: City) -> None:
    """The column beside an entry is not hashed; whoever changes it would stop every erasure."""
    await small.plant()
    await small.erase(BADR)
    await small.end.run(NOW)
    entries = [each for each in await log(small) if each.kind in {"report", "sent"}]
    assert entries
    for each in entries:
        await put(small, each.seq, kind="audit")

    await small.erase()

    # Hers, and his for the mail that held them both.
    assert len(await small.end.run(NOW)) == 2
    for each in entries:
        await put(small, each.seq, kind=each.kind)


async def test_a_deed_that_was_altered_is_a_broken_log(small: City) -> None:
    await small.erase(BADR)
    await small.flow.sequencer.integrate(NOW)
    deed = next(each for each in await log(small) if each.kind == "audit")
    await put(small, deed.seq, entry=bytes([*deed.entry[:-1], deed.entry[-1] ^ 1]))

    with pytest.raises(BrokenLogError):
        await small.end.run(NOW)

    await put(small, deed.seq, entry=deed.entry)


async def log(city: City) -> Sequence[Any]:
    async with city.database.reading() as connection:
        return (await connection.execute(select(log_entries))).all()


async def put(city: City, seq: int, **values: object) -> None:
    async with city.database.transaction() as connection:
        await unguard(connection, "log_entries")
        await connection.execute(
            update(log_entries).where(log_entries.c.seq == seq).values(**values)
        )
