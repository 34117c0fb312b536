"""A whole gateway on the in-memory twins: every part bends by one line, nothing is a mock.

The walk, the register, the letters and the runner are the gateway's own; only
mailbox, relay, database and cryptography are their twins in memory.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from gateway.adapters.certificates import describe_certificate
from gateway.adapters.letters import LetterSettings, LetterWriter
from gateway.adapters.memory_earlier import MemoryEarlier
from gateway.adapters.memory_flow import MemoryFlow, MemoryInbox, MemoryKeptMail
from gateway.adapters.memory_ledger import MemoryLedger
from gateway.adapters.memory_mail import MemoryMailbox, MemoryRelay
from gateway.adapters.memory_outbox import MemoryOutbox
from gateway.adapters.memory_registry import MemoryRegister, MemoryRegistry
from gateway.adapters.memory_resending import MemoryFirsts
from gateway.adapters.memory_returning import MemorySentMail
from gateway.adapters.memory_sealer import MemorySealer, transparent_message
from gateway.adapters.memory_watching import MemoryDesk, MemoryReminders
from gateway.domain.texts import Texts
from gateway.duties.reminding import Reminding
from gateway.pipeline.gate import Gate
from gateway.resources import texts_text
from gateway.runner import Runner
from gateway.wiring.running import Parts, Watch
from tests import generators, people, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    from gateway.adapters.memory_flow import Outgoing, StoredMail
    from gateway.domain.wire import Json

GATEWAY = "poort@gemeente.example"


class Bent:
    """`part`, but `method` first does what `bend` says; everything else as it is."""

    def __init__(self, part: object, method: str, bend: Callable[..., Awaitable[None]]) -> None:
        self._part, self._method, self._bend = part, method, bend

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._part, name)
        if name != self._method:
            return real

        async def bent(*arguments: Any, **named: Any) -> Any:
            await self._bend(*arguments, **named)
            return await real(*arguments, **named)

        return bent


@dataclass
class MemoryTown:
    """The parts, their state, and what the gateway told."""

    parts: Parts
    mailbox: MemoryMailbox
    relay: MemoryRelay
    flow: MemoryFlow
    register: MemoryRegister
    clock: world.Clock
    persons: Mapping[str, people.Person]
    gateway: people.Person
    events: list[tuple[str, Mapping[str, object]]] = field(default_factory=list)

    def bend(self, part: str, method: str, bend: Callable[..., Awaitable[None]]) -> None:
        """One part does something else first, from the next start on."""
        bent = Bent(getattr(self.parts, part), method, bend)
        self.parts = replace(self.parts, **{part: bent})  # type: ignore[arg-type]  # has what the part has

    def bend_gate(self, part: str, method: str, bend: Callable[..., Awaitable[None]]) -> None:
        """As `bend`, for a part of the gate: sealer, registry or letters."""
        bent = Bent(getattr(self.parts.gate, part), method, bend)
        gate = replace(self.parts.gate, **{part: bent})  # type: ignore[arg-type]  # has what the part has
        self.parts = replace(self.parts, gate=gate)

    def arrives(self, *numbers: int) -> bytes:
        """A mail of Saar's about these inburgeraars comes in."""
        berichten: list[dict[str, Json]] = [
            generators.bericht(number, berichtId=str(uuid4())) for number in numbers
        ]
        inner = people.entity(
            (("bijsluiter.json", "application/json", generators.document_json(*berichten)),)
        )
        saar = self.persons[world.SAAR]
        message = transparent_message(
            inner, reader=self.gateway.cert, signers=[saar.cert], made=self.clock.now
        )
        headers = {
            "From": saar.user_id,
            "To": GATEWAY,
            "Date": format_datetime(self.clock.now),
            "Message-ID": people.new_message_id(),
            "Subject": "Voortgang",
        }
        mail = people.pgp_mime(headers, message)
        self.mailbox.deliver(mail, received_at=self.clock.now)
        return mail

    def told(self, event: str) -> list[Mapping[str, object]]:
        """The fields of every event of this kind."""
        return [fields for name, fields in self.events if name == event]

    def has_told(self, event: str, count: int) -> bool:
        """Whether there were so many events of this kind."""
        return len(self.told(event)) == count

    def mails(self) -> list[StoredMail]:
        """All that are stored."""
        return list(self.flow.mails.values())

    def posted(self, kind: str) -> list[Outgoing]:
        """All outgoing mail of this kind."""
        return [each for each in self.flow.outgoing.values() if each.kind == kind]

    def accepted(self) -> list[str]:
        """Who got something, in order."""
        return [each.recipient for each in self.relay.accepted]

    def at_rest(self, mails: int) -> bool:
        """Whether so many mails are handled and everything is sent."""
        work = [*self.mails(), *self.flow.outgoing.values()]
        return len(self.flow.mails) >= mails and all(each.due_at is None for each in work)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Runner]:
        """The gateway at work, ended in the ordinary way."""
        runner = Runner(self.parts)
        task = asyncio.create_task(runner.run())
        try:
            yield runner
        finally:
            runner.stop()
            await asyncio.wait_for(task, 300)


async def until(condition: Callable[[], bool], seconds: float = 300) -> None:
    """Let the gateway work until this holds."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - nobody tells a test what it waits for
            await asyncio.sleep(0.005)


async def memory_town(**how: Any) -> MemoryTown:
    """A gateway on the world of ``tests/world.py``; `how` are settings of `Parts`."""
    clock = world.Clock()
    gateway = people.person("Poort", GATEWAY)
    persons = {each.contact_id: people.person(each.name, each.address) for each in world.PEOPLE}
    register = MemoryRegister(world.vault(), clock, describe_certificate, forms=world.forms)
    certificates = {who: person.cert for who, person in persons.items()}
    await world.build_in_memory(
        register, named="town", at=clock.now, certificates=certificates, clock=clock
    )
    flow = MemoryFlow()
    firsts = MemoryFirsts(flow)
    registry = MemoryRegistry(
        register,
        firsts.disclosed,
        flow.opened_before,
        firsts.first,
        on_record=flow.on_record,
    )
    events: list[tuple[str, Mapping[str, object]]] = []

    def told(event: str, **fields: str | int | float) -> None:
        events.append((event, fields))

    mailbox, relay = MemoryMailbox("INBOX"), MemoryRelay()
    sealer, reminders = MemorySealer(gateway.cert), MemoryReminders(flow, registry)
    parts = Parts(
        gate=Gate(
            sealer=sealer,
            forms=sealer,
            registry=registry,
            letters=_letters(),
            addresses=(GATEWAY,),
            sent=MemorySentMail(flow, roster=registry.roster, address=GATEWAY),
            kept=MemoryKeptMail(flow),
            earlier=MemoryEarlier(flow),
        ),
        mailboxes=(mailbox,),
        relay=relay,
        inbox=MemoryInbox(flow),
        ledger=MemoryLedger(flow),
        outbox=MemoryOutbox(
            flow,
            return_path=GATEWAY,
            revision=registry.revision,
            facts_for=registry.facts_for,
            reminded=reminders.digest,
        ),
        watch=Watch(
            view=registry,
            desk=MemoryDesk(flow),
            reminding=Reminding(
                view=registry, reminders=reminders, letters=_letters(), sealer=sealer
            ),
            walk_again_seconds=0.02,
            remind_seconds=0.02,
        ),
        events=told,
        clock=clock,
        **{"poll_seconds": 0.01, "stop_seconds": 5.0, "loops": 1, **how},
    )
    return MemoryTown(parts, mailbox, relay, flow, register, clock, persons, gateway, events)


def _letters() -> LetterWriter:
    settings = LetterSettings(
        address=GATEWAY,
        name="Uitwisselpunt inburgering",
        municipality="Gemeente Voorbeeldstad",
        contact="functioneel-beheer@gemeente.example",
    )
    return LetterWriter(settings, texts=Texts(texts_text()), report_name=world.vault().report_name)


def seconds(count: float) -> timedelta:
    """So many."""
    return timedelta(seconds=count)


def addresses(*who: str) -> Sequence[str]:
    """Of these people of the world."""
    known = {each.contact_id: each.address for each in world.PEOPLE}
    return [known[each] for each in who]
