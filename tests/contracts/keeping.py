"""An old log: years of entries about two people and about nobody, with all that keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from gateway.adapters.audit_writing import DeedLog
from gateway.adapters.erasures import Erasure, Forgotten
from gateway.adapters.evidence import milliseconds, new_span, new_trace
from gateway.adapters.log_forgetting import Forgetting
from gateway.adapters.log_holding import LogHolds
from gateway.adapters.log_pruning import LogPruning
from gateway.adapters.log_segments import Segments
from gateway.adapters.log_verifying import DatabaseVerifier
from gateway.adapters.log_writing import LogWriter, sequence
from gateway.adapters.tables_log import log_entries
from gateway.adapters.tables_register import dossier, dossier_index, dossier_secret
from gateway.domain.log_terms import LogTerms
from gateway.ledger.records import Activity, Entry, Found, Record, Status, entry
from tests.contracts.flow import ACTIVITY, LOG_KEY, NOW, DatabaseWorld, database_world

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.domain.holds import Held
    from gateway.ledger.notes import VerifierKey
    from gateway.ledger.verdict import Verdict

BEGUN = NOW - timedelta(days=6 * 365)
LONG = f"{ACTIVITY}0"  # kept ten years
TERMS = LogTerms({ACTIVITY: "P5Y", LONG: "P10Y"})
ANNA, BADR = "dossier-1", "dossier-2"
SECOND = timedelta(seconds=1)
AT_ONCE = 64


def activity_of(_kind: str, _about: str) -> Activity:
    return Activity(activity_id=ACTIVITY)


def record(
    at: datetime, subject: str | None, *, activity: str = ACTIVITY, trace: str = ""
) -> Entry:
    """An entry of `at`, about this person or nobody."""
    made = Record(
        trace_id=trace or new_trace(),
        span_id=new_span(),
        name="verzenden",
        status=Status.OK,
        start_time=milliseconds(at),
        end_time=milliseconds(at),
    )
    evidence = {"message_id": "<old@gemeente.example>"}
    return entry("sent", made, Activity(activity_id=activity), evidence, Found(subject=subject))


@dataclass
class OldLog:
    """A database whose log began six years ago."""

    world: DatabaseWorld
    readers: Collection[str] = ()
    key: VerifierKey = LOG_KEY.public

    @property
    def writer(self) -> LogWriter:
        return LogWriter(self.world.vault)

    @property
    def deeds(self) -> DeedLog:
        return DeedLog(activity_of, self.writer)

    @property
    def pruning(self) -> LogPruning:
        return LogPruning(
            self.world.database,
            self.world.vault,
            self.writer,
            segments=Segments(log=self.key, terms=TERMS, readers=self.readers),
            activity_of=activity_of,
            deeds=self.deeds.write,
            origin="poort-1",
        )

    @property
    def holds(self) -> LogHolds:
        return LogHolds(self.deeds.write, "fien")

    async def add(self, count: int, *, since: datetime = BEGUN, cover: bool = True) -> None:
        """So many entries, 64 every second; by turns about Anna, Badr and nobody."""
        people = (ANNA, BADR, None)
        for second, first in enumerate(range(0, count, AT_ONCE)):
            at = since + second * SECOND
            places = range(first, min(first + AT_ONCE, count))
            await self.append([record(at, people[each % 3]) for each in places], at, cover=False)
        if cover:
            await self.cover(since + timedelta(days=1))

    async def append(self, made: list[Entry], now: datetime, *, cover: bool = True) -> None:
        def write(connection: Connection) -> None:
            sequence(connection)
            self.writer.append(connection, made, now)

        await self.world.database.write(write)
        if cover:
            await self.cover(now)

    async def cover(self, now: datetime = NOW) -> None:
        await self.world.sequencer.integrate(now)

    async def verdict(self, *, tree_only: bool = False) -> Verdict:
        """Of the whole log, every entry of which is covered."""
        await self.cover()
        vault = None if tree_only else self.world.vault
        return await DatabaseVerifier(self.world.database, self.world.key.public, vault).verify()

    async def findings(self) -> list[str]:
        return [str(each) for each in (await self.verdict()).findings]

    async def forget(self, person: str = ANNA, now: datetime = NOW) -> Forgotten:
        forgetting = Forgetting(self.writer, activity_of, self.deeds.write)
        erasure = Erasure(dossier_id=person, reason="avg-17", by="fien", origin="fien", at=now)
        found = await self.world.database.write(
            lambda connection: forgetting.forget(connection, erasure)
        )
        await self.world.database.empty_journal()
        return found

    async def count(self) -> int:
        """How many entries there are."""
        return await self.world.database.look(
            lambda each: each.scalar(select(func.count()).select_from(log_entries)) or 0
        )

    async def seqs(self) -> list[int]:
        found = await self.world.database.look(
            lambda connection: connection.execute(
                select(log_entries.c.seq).order_by(log_entries.c.seq)
            ).all()
        )
        return [row.seq for row in found]

    async def said(self, kind: str) -> list[dict[str, Any]]:
        """The evidence of every entry of this kind."""
        shown = await self.world.log.show(last=None)
        return [e.content["evidence"] for e in shown if e.head.kind == kind and e.content]


async def old_log(url: str) -> OldLog:
    """An empty one, with Anna and Badr in its register."""
    world = await database_world(url)
    await two_people(world)
    return OldLog(world)


async def two_people(world: DatabaseWorld) -> None:
    """Anna and Badr are in its register."""
    async with world.database.transaction() as connection:
        person = {"dossier_id": BADR, "revision": 1, "recorded_at": 0, "recorded_by": "x"}
        await connection.execute(insert(dossier).values(person))
        await connection.execute(
            insert(dossier_secret).values(dossier_id=BADR, wrapped_key=world.vault.new_person(BADR))
        )
        for number, each in enumerate((ANNA, BADR)):
            await connection.execute(
                insert(dossier_index).values(kenmerk_index=bytes([number]) * 32, dossier_id=each)
            )


async def place(log: OldLog, held: Held) -> str:
    placed = await log.world.database.write(
        lambda each: log.holds.place(each, held, "zaak 2026-17", by="fien", now=NOW)
    )
    return placed.hold_id


async def lift(log: OldLog, hold_id: str) -> None:
    await log.world.database.write(lambda each: log.holds.lift(each, hold_id, by="fien", now=NOW))
