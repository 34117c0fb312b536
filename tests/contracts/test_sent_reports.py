"""What left about somebody on the ground of consent (12.4): the twin in memory as the database."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from gateway.adapters.database_register import Register
from gateway.adapters.memory_registry import MemorySentReports
from gateway.adapters.sent_reports import SqlSentReports
from gateway.domain.incidents import SentReport
from tests import world
from tests.adapters.test_late import DAY, TAAL, WHO, Office
from tests.contracts.flow import STORES, another_gateway
from tests.databases import with_world
from tests.generators import INSTANT, policy_digest
from tests.world import CASPER, SAAR, SCHOOL_1

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from gateway.adapters.database import Database


@dataclass
class InMemory:
    """What left, told to the twin."""

    sent: MemorySentReports = field(default_factory=MemorySentReports)

    async def left(self, day: float, dossier: str = "dossier-1") -> str:
        return self._told(day, dossier)

    async def under_way(self, dossier: str = "dossier-1") -> str:
        return self._told(None, dossier)

    async def about(self, dossiers: Sequence[str], day: float) -> Sequence[SentReport]:
        return await self.sent.about(dossiers, INSTANT + day * DAY)

    def _told(self, day: float | None, dossier: str) -> str:
        trace = f"{len(self.sent.reports):032x}"
        self.sent.reports.append(
            SentReport(
                dossier_id=dossier,
                provider_id=SCHOOL_1,
                trace=trace,
                number=0,
                span_id=trace[:16],
                reference=trace[:8],
                sent_at=None if day is None else INSTANT + day * DAY,
                sender_id=SAAR,
                recipient_id=CASPER,
                categories=frozenset({WHO, TAAL}),
                free_text=frozenset(),
                policy_digest=policy_digest(),
            )
        )
        return trace


@dataclass
class InDatabase:
    """What left, through a real ledger and outbox."""

    office: Office

    async def left(self, day: float, dossier: str = "dossier-1") -> str:
        return await self.office.deliver(TAAL, day=day, dossier=dossier)

    async def under_way(self, dossier: str = "dossier-1") -> str:
        trace, _ = await self.office.release(TAAL, day=1, dossier=dossier)
        return trace

    async def about(self, dossiers: Sequence[str], day: float) -> Sequence[SentReport]:
        async with self.office.database.reading() as connection:
            return await SqlSentReports(connection, self.office.flow.vault).about(
                dossiers, INSTANT + day * DAY
            )


@asynccontextmanager
async def _stored(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[InDatabase]:
    clock = world.Clock()

    def register(database: Database) -> Register:
        return Register(
            database,
            world.vault(),
            clock,
            world.describe_marker,
            forms=world.forms,
            deeds=world.deeds(),
        )

    named = "never moved"
    async with with_world(kind, tmp_path, request, register, named=named) as database:
        url = database.engine.url.render_as_string(hide_password=False)
        flow = another_gateway(url, world.vault())
        try:
            yield InDatabase(Office(register(database), flow, clock, database))
        finally:
            await flow.close()


@pytest.fixture(params=STORES)
async def mail(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[InMemory | InDatabase]:
    if request.param == "memory":
        yield InMemory()
        return
    async with _stored(request.param, tmp_path, request) as stored:
        yield stored


async def test_what_left_since_then_in_the_order_in_which_it_was_put_on_record(
    mail: InMemory | InDatabase,
) -> None:
    """At that very instant counts; before it does not."""
    await mail.left(1)
    at, after = await mail.left(2), await mail.left(3)
    assert [each.trace for each in await mail.about(["dossier-1"], 2)] == [at, after]
    assert await mail.about(["dossier-1"], 3.5) == []


async def test_only_about_these_people(mail: InMemory | InDatabase) -> None:
    first, other = await mail.left(1), await mail.left(1, "dossier-2")
    await mail.left(1, "dossier-11")
    assert [each.trace for each in await mail.about(["dossier-1"], 0)] == [first]
    both = await mail.about(["dossier-1", "dossier-2"], 0)
    assert {each.trace for each in both} == {first, other}
    assert list(await mail.about([], 0)) == []
    assert list(await mail.about(["dossier-9"], 0)) == []


async def test_what_is_being_handed_over_now_counts_whatever_the_moment(
    mail: InMemory | InDatabase,
) -> None:
    """Nobody knows yet whether it left."""
    trace = await mail.under_way()
    (found,) = await mail.about(["dossier-1"], 9)
    assert (found.trace, found.sent_at) == (trace, None)


async def test_each_says_about_whom_when_and_what(mail: InMemory | InDatabase) -> None:
    """Enough to judge it anew, and no value."""
    trace = await mail.left(2)
    (found,) = await mail.about(["dossier-1"], 0)
    assert (found.dossier_id, found.provider_id, found.trace) == ("dossier-1", SCHOOL_1, trace)
    assert (found.sender_id, found.recipient_id) == (SAAR, CASPER)
    assert found.sent_at == INSTANT + 2 * DAY
    assert found.categories == {WHO, TAAL}
    assert found.free_text == frozenset()
    assert found.policy_digest == policy_digest()
