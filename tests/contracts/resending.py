"""A gateway's whole way of a mail, on each store, without servers: to send one thing many times.

The walk, the register, the letters, inbox and ledger are the gateway's own; the mailbox is a
call, and the cryptography its transparent twin.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.utils import format_datetime
from itertools import count
from typing import TYPE_CHECKING

from gateway.adapters.certificates import describe_certificate
from gateway.adapters.database_inbox import DatabaseInbox
from gateway.adapters.database_ledger import DatabaseLedger
from gateway.adapters.database_register import Register
from gateway.adapters.database_registry import DatabaseRegistry
from gateway.adapters.evidence import Scribe
from gateway.adapters.log_writing import LogWriter
from gateway.adapters.memory_sealer import transparent_message
from gateway.domain.outcomes import Ended
from gateway.ledger.records import Activity
from gateway.pipeline.forward import handle
from gateway.ports import Fetched, Place
from tests import generators, people, world
from tests.databases import with_world
from tests.memory_town import GATEWAY, memory_town

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path
    from uuid import UUID

    import pytest

    from gateway.adapters.database import Database
    from gateway.adapters.memory_flow import MemoryFlow
    from gateway.domain.outcomes import Handled
    from gateway.domain.resending import First
    from gateway.domain.stops import Outcome, Reason
    from gateway.domain.wire import Json
    from gateway.pipeline.gate import Gate
    from gateway.ports import Claimed, Inbox, Ledger

STORES = ("memory", "sqlite", "postgresql")
AFTER_A_LEASE = timedelta(seconds=61)
_uids = count(1)


@dataclass(frozen=True)
class Became:
    """One report of a mail: outcome, reasons, and what it was told of the first time."""

    outcome: Outcome | None  # None: it goes on
    reasons: tuple[Reason, ...]
    bericht_id: UUID | None
    first: First | None


@dataclass
class House:
    """One gateway on one store."""

    gate: Gate
    inbox: Inbox
    ledger: Ledger
    clock: world.Clock
    persons: Mapping[str, people.Person]
    reader: bytes
    flow: MemoryFlow | None = None
    database: Database | None = None
    handled: dict[str, Handled] = field(default_factory=dict)  # the last of each mail

    def mail(self, who: str, document: bytes) -> bytes:
        """A new act of signing around this document."""
        inner = people.entity((("bijsluiter.json", "application/json", document),))
        writer = self.persons[who]
        message = transparent_message(
            inner, reader=self.reader, signers=[writer.cert], made=self.clock.now
        )
        headers = {
            "From": writer.user_id,
            "To": GATEWAY,
            "Date": format_datetime(self.clock.now),
            "Message-ID": people.new_message_id(),
            "Subject": "Voortgang",
        }
        return people.pgp_mime(headers, message)

    async def arrives(
        self, who: str, *berichten: Mapping[str, Json], document: bytes = b""
    ) -> None:
        """A mail with these reports is stored."""
        # No two acts of signing in one second.
        self.clock.now += timedelta(seconds=1)
        content = generators.document_json(*[dict(each) for each in berichten])
        mail = self.mail(who, content)
        place = Place(mailbox="INBOX", uidvalidity=1, uid=str(next(_uids)))
        fetched = Fetched(place=place, content=mail, size=len(mail), received_at=self.clock.now)
        await self.inbox.store([fetched], self.clock.now)

    async def claims(self, limit: int = 10) -> Sequence[Claimed]:
        """What waits, for this gateway."""
        return await self.inbox.claim(limit, self.clock.now)

    async def walks(self, claimed: Sequence[Claimed]) -> list[tuple[Claimed, Handled]]:
        """These to their ends, with nothing on record yet."""
        return [(each, await handle(each.raw, self.gate)) for each in claimed]

    async def records(self, walked: Sequence[tuple[Claimed, Handled]]) -> None:
        """These on record, each alone or together."""
        await self.ledger.release(walked, self.clock.now)
        for claimed, each in walked:
            self.handled[claimed.raw.trace] = each

    async def to_the_end(self) -> None:
        """Until nothing waits any more."""
        for _ in range(30):
            claimed = await self.claims()
            if not claimed:
                return
            await self.records(await self.walks(claimed))
        raise AssertionError("it goes round in circles")

    async def sends(self, who: str, *berichten: Mapping[str, Json]) -> list[Became]:
        """One mail to its end, and what became of each of its reports."""
        await self.arrives(who, *berichten)
        await self.to_the_end()
        return became(list(self.handled.values())[-1])


def became(handled: Handled) -> list[Became]:
    """What became of each report of a mail."""
    return [
        Became(each.stop.outcome, each.stop.reasons, each.bericht_id, each.first)
        if isinstance(each, Ended)
        else Became(None, (), each.addressed.disclosure.content.bericht_id, None)
        for each in handled.outcomes
    ]


async def memory_house() -> House:
    """A gateway in memory."""
    town = await memory_town()
    parts = town.parts
    return House(
        parts.gate, parts.inbox, parts.ledger, town.clock, town.persons, town.gateway.cert,
        flow=town.flow,
    )  # fmt: skip


@asynccontextmanager
async def house_on(kind: str, folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[House]:
    """A gateway on this store."""
    house = await memory_house()
    if kind == "memory":
        yield house
        return
    vault, clock = world.vault(), house.clock
    deeds = world.deeds(vault)
    certificates = {who: person.cert for who, person in house.persons.items()}
    how: world.Built = {"at": clock.now, "certificates": certificates, "clock": clock}

    def register(database: Database) -> Register:
        return Register(
            database, vault, clock, describe_certificate, forms=world.forms, deeds=deeds
        )

    async with with_world(kind, folder, request, register, named="house", **how) as database:
        activity = Activity(activity_id="https://register.gemeente.example/verwerkingen/poort/1")
        scribe = Scribe(lambda _kind, _letter: activity)
        registry = DatabaseRegistry(database, vault)
        house.gate = replace(house.gate, registry=registry, sent=None)
        house.inbox = DatabaseInbox(database, vault, instance="poort-1", deeds=deeds)
        house.ledger = DatabaseLedger(database, vault, scribe, LogWriter(vault), deeds)
        house.flow, house.database = None, database
        yield house
