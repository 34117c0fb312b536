"""What was sent before, on each store: to the same person only, and only what did arrive."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from gateway.adapters.database_earlier import DatabaseEarlier
from gateway.adapters.memory_earlier import MemoryEarlier
from gateway.domain.earlier import EarlierReport, SentBefore
from gateway.domain.whom import Whom
from gateway.ledger.reading import Query
from tests.contracts.flow import HELD_TEXT as HELD
from tests.contracts.flow import (
    LATER,
    STORES,
    DatabaseWorld,
    World,
    handled,
    opened,
    received,
    sealed,
    stopped,
)
from tests.generators import CASEMANAGER, SENDER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from pathlib import Path

    from gateway.domain.stages import RawMail
    from gateway.pipeline.gate import EarlierMail

WHOM = Whom("dossier-1", SENDER.contact_id, CASEMANAGER.contact_id)
SOON = LATER + timedelta(minutes=1)


def port(world: World) -> EarlierMail:
    """The port on this world's store."""
    if isinstance(world, DatabaseWorld):
        return DatabaseEarlier(world.database)
    assert world.memory is not None
    return MemoryEarlier(world.memory)


@pytest.fixture(params=STORES)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(request, tmp_path) as found:
        yield found


async def sent(
    world: World, now: datetime = LATER, *, report: int = 1, reach: bool = True
) -> RawMail:
    """A mail whose second report left, if it does reach anybody, and whose first is held."""
    (mail,) = await received(world)
    outcomes = (stopped(HELD, 0, report=report + 50), sealed(mail.raw, 1, report=report))
    await world.ledger.release([(mail, handled(mail, *outcomes, answers=False))], now)
    if reach:
        await world.outbox.sent(await world.outbox.claim(10, now), now)
    return mail.raw


async def asked(world: World, *whom: Whom, trace: str = "") -> list[SentBefore]:
    return list(await port(world).before(frozenset(whom or (WHOM,)), trace))


async def test_they_come_oldest_first_with_the_places_of_what_was_sent(world: World) -> None:
    first = await sent(world)
    second = await sent(world, SOON, report=2)
    sent_was = frozenset({1})
    assert await asked(world) == [
        SentBefore(first.trace, sent_was),
        SentBefore(second.trace, sent_was),
    ]


@pytest.mark.parametrize("field", Whom._fields)
async def test_nobody_elses_come(world: World, field: str) -> None:
    await sent(world)
    assert await asked(world, WHOM._replace(**{field: "somebody"})) == []
    assert len(await asked(world, WHOM._replace(**{field: "somebody"}), WHOM)) == 1


async def test_what_did_not_leave_does_not_come(world: World) -> None:
    waiting = await sent(world, reach=False)
    assert await asked(world) == []
    (released,) = await world.outbox.claim(10, LATER)
    assert await asked(world) == []
    await world.outbox.undeliverable(released, (), LATER)
    assert await asked(world) == []
    assert waiting.trace == released.trace


async def test_neither_the_mail_itself_nor_what_was_deleted_comes(world: World) -> None:
    (mail,) = await received(world)
    await world.ledger.release([(mail, handled(mail, sealed(mail.raw), answers=False))], LATER)
    await world.outbox.sent(await world.outbox.claim(10, LATER), LATER)
    assert await asked(world, trace=mail.raw.trace) == []
    assert len(await asked(world)) == 1
    assert await world.inbox.forget(SOON, SOON) == 1
    assert await asked(world) == []


async def test_the_record_says_which_reports_were_repeated(world: World) -> None:
    """Of those that were: trace and place, never a value."""
    before = await sent(world)
    (mail,) = await received(world)
    report = sealed(mail.raw, report=2)
    voortgang = report.addressed.disclosure.content.voortgang
    assert voortgang is not None
    earlier = EarlierReport(
        whom=WHOM,
        trace=before.trace,
        number=1,
        bericht_id=report.addressed.disclosure.content.bericht_id,
        replaces=None,
        voortgang=voortgang,
    )
    report = replace(report, addressed=replace(report.addressed, earlier=(earlier,)))
    await world.ledger.release([(mail, handled(mail, report, answers=False))], LATER)
    if isinstance(world, DatabaseWorld):
        shown = await world.log.show(Query(mail=mail.raw.trace), None)
        (entry,) = [each.plain() for each in shown if each.plain()["kind"] == "report"]
        assert entry["evidence"]["repeated"] == [{"trace": before.trace, "number": 1}]
