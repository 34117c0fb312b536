"""The registers that one contract suite runs against: two databases and the twin in memory."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol
from uuid import UUID, uuid4

from sqlalchemy import insert, update

from gateway.adapters import tables_flow as flow
from gateway.adapters import tables_register as tables
from gateway.adapters.database_register import Register
from gateway.adapters.database_registry import DatabaseRegistry
from gateway.adapters.memory_registry import MemoryRegister, MemoryRegistry
from gateway.domain.bijsluiter import Bericht, Envelop
from gateway.domain.mail import Protection
from gateway.domain.stages import Checked, Opened, RawMail
from tests import generators, world
from tests.databases import fresh

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    import pytest

    from gateway.adapters.database import Database
    from gateway.domain.facts import Facts
    from gateway.domain.parties import Contact
    from gateway.domain.policy import Policy
    from gateway.domain.stages import Known
    from gateway.ports import Keyring
    from tests.world import AnyRegister

INSTANT = generators.INSTANT
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OFFICES = ("sqlite", "postgresql", "memory")


class AnyRegistry(Protocol):
    """The port, and what the outbox asks besides."""

    async def keyring(self) -> Keyring: ...
    async def holders(self, fingerprint: str, instant: datetime) -> Sequence[Contact]: ...
    async def addressee(self, raw: RawMail) -> Contact | None: ...
    async def officers(self, instant: datetime) -> Sequence[Contact]: ...
    async def look_up(self, checked: Checked) -> Known: ...
    async def facts_for(self, sender_id: str, dossier_id: str, instant: datetime) -> Facts: ...
    async def revision(self) -> int: ...
    async def policy(self, known: Known) -> Policy: ...


@dataclass
class Office:
    """One register with its administration, its reading side, and a clock."""

    register: AnyRegister
    registry: AnyRegistry
    clock: world.Clock
    database: Database | None
    disclosed: set[tuple[UUID, str, str]]

    async def sender(self, contact_id: str, instant: datetime = INSTANT) -> Contact:
        """As opening finds who signed: by the pinned key."""
        marker = world.describe_marker(world.marker(contact_id))
        (found,) = await self.registry.holders(marker.fingerprint, instant)
        return found

    async def facts(
        self,
        number: int = 1,
        *,
        sender: str = world.SAAR,
        instant: datetime = INSTANT,
        kenmerk: str | None = None,
        trace: str = "1" * 32,
    ) -> Facts:
        """What a walk of a report about this inburgeraar learns."""
        contact = await self.sender(sender, instant)
        report = checked(contact, number, instant=instant, kenmerk=kenmerk, trace=trace)
        known = await self.registry.look_up(report)
        assert known.checked is report
        return known.facts

    async def disclose(self, number: int, party_id: str, trace: str, at: datetime) -> None:
        """Put on record that another mail disclosed this report."""
        bericht_id = generators.bericht_id(number)
        self.disclosed.add((bericht_id, party_id, trace))
        if self.database is not None:
            async with self.database.transaction() as connection:
                await connection.execute(insert(flow.inbound).values(**_inbound(trace, at)))
                row = {"bericht_id": str(bericht_id), "sender_party_id": party_id}
                await connection.execute(insert(flow.outcomes).values(**row, **_outcome(trace, at)))

    async def withdraw(self, trace: str, at: datetime) -> None:
        """Put on record that what this mail disclosed never left."""
        self.disclosed = {each for each in self.disclosed if each[2] != trace}
        if self.database is not None:
            async with self.database.transaction() as connection:
                mine = flow.outcomes.c.trace == trace
                await connection.execute(update(flow.outcomes).where(mine).values(withdrawn_at=at))

    async def erase(self, dossier_id: str) -> None:
        """Destroy the person's key."""
        if isinstance(self.register, MemoryRegister):
            rows = self.register.rows.tables["dossier_secret"]
            rows[:] = [
                {**row, "wrapped_key": None} if row["dossier_id"] == dossier_id else row
                for row in rows
            ]
        elif self.database is not None:
            secret = tables.dossier_secret
            gone = {"wrapped_key": None, "destroyed_at": 1, "destroyed_by": "test"}
            async with self.database.transaction() as connection:
                mine = secret.c.dossier_id == dossier_id
                await connection.execute(update(secret).where(mine).values(**gone))


@asynccontextmanager
async def office(kind: str, folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[Office]:
    """A register of this kind with the small world in it."""
    clock, vault = world.Clock(), world.vault()
    disclosed: set[tuple[UUID, str, str]] = set()
    if kind == "memory":
        register = MemoryRegister(vault, clock, world.describe_marker, forms=world.forms)
        opened = Office(register, MemoryRegistry(register), clock, None, disclosed)
        opened.registry = MemoryRegistry(
            register,
            lambda bericht, party, trace: any(
                each[:2] == (bericht, party) and each[2] != trace for each in opened.disclosed
            ),
        )
        await world.build_in_memory(register, named="small world", clock=clock)
        yield opened
        return
    async with fresh(kind, folder, request, _small_world, named="small world") as database:
        registry = DatabaseRegistry(database, vault)
        yield Office(_register(database, clock), registry, clock, database, disclosed)


def _register(database: Database, clock: world.Clock) -> Register:
    vault = world.vault()
    deeds = world.deeds(vault)
    return Register(database, vault, clock, world.describe_marker, forms=world.forms, deeds=deeds)


async def _small_world(database: Database) -> None:
    clock = world.Clock()
    await world.build(_register(database, clock), clock=clock)


def raw_mail(
    sender: str = "saar@taalschool.example",
    *,
    instant: datetime = INSTANT,
    trace: str = "1" * 32,
    extra: str = "",
) -> RawMail:
    """A stored mail that says it is from `sender`."""
    content = f"From: <{sender}>\r\n{extra}To: poort@gemeente.example\r\n\r\nx\r\n".encode()
    return RawMail(
        trace=trace,
        content=content,
        size=len(content),
        received_at=instant,
        instant=instant,
        mailbox="INBOX",
    )


def checked(
    sender: Contact,
    number: int = 1,
    *,
    instant: datetime = INSTANT,
    kenmerk: str | None = None,
    trace: str = "1" * 32,
) -> Checked:
    """A well-formed report about inburgeraar `number`."""
    wire = generators.bericht(number)
    person = dict(generators.betrokkene(number))
    wire["betrokkene"] = {**person, "dossierkenmerk": kenmerk or person["dossierkenmerk"]}
    envelope = {k: v for k, v in generators.document().items() if k != "berichten"}
    return Checked(
        opened=Opened(
            raw=raw_mail(sender.address, instant=instant, trace=trace),
            sender=sender,
            protection=Protection.OPENPGP,
            signed_at=instant,
            message_id=f"<{uuid4()}@taalschool.example>",
            attachments=(),
        ),
        envelop=Envelop.model_validate_json(json.dumps(envelope)),
        bericht=Bericht.model_validate_json(json.dumps(wire)),
        sent=wire,
        number=0,
        remarks=(),
    )


def _inbound(trace: str, at: datetime) -> dict[str, object]:
    return {
        "trace": trace,
        "digest": trace * 2,
        "size": 1,
        "oversize": False,
        "mailbox": "INBOX",
        "received_at": at,
        "stored_at": at,
        "state": "done",
        "attempts": 1,
        "rounds": 1,
    }


def _outcome(trace: str, at: datetime) -> dict[str, object]:
    return {
        "trace": trace,
        "round": 1,
        "number": 0,
        "outcome": "forward",
        "reasons": [],
        "span_id": "2" * 16,
        "recorded_at": at,
    }
