"""A gateway that mail arrives at: real walk and real engines, register and flow in memory."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

from gateway.adapters.correspondents import describe
from gateway.adapters.letters import LetterSettings, LetterWriter
from gateway.adapters.memory_flow import MemoryFlow, MemoryInbox
from gateway.adapters.memory_ledger import MemoryLedger
from gateway.adapters.memory_registry import MemoryRegister, MemoryRegistry
from gateway.adapters.memory_resending import MemoryFirsts
from gateway.adapters.memory_returning import MemorySentMail
from gateway.adapters.workers import EngineName, WorkerPool
from gateway.domain.mail import Protection
from gateway.domain.texts import Texts
from gateway.pipeline.forward import handle
from gateway.pipeline.gate import Gate
from gateway.ports import Fetched, Place
from gateway.resources import texts_text
from tests import world
from tests.mails import keys, smime
from tests.mails.scene import GATEWAY, MORE, Who

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from gateway.adapters.database_register import Register
    from gateway.adapters.memory_flow import Outgoing, Recorded
    from gateway.domain.outcomes import Handled

_uids = count(1)


@dataclass(frozen=True)
class Arrived:
    """What became of the last mail that came in, and of those before it."""

    handled: Sequence[Handled]
    outcomes: Sequence[Recorded]  # of the last mail
    outgoing: Sequence[Outgoing]  # that the last mail caused


class Gatehouse:
    """Each `arrives` is a gateway with an empty history; openers and register are shared."""

    def __init__(self, sealer: WorkerPool, register: MemoryRegister) -> None:
        self._sealer, self._register = sealer, register

    async def arrives(self, mails: Sequence[bytes], at: datetime) -> Arrived:
        """These mails, one after another, the last of them at this moment."""
        flow = MemoryFlow()

        firsts = MemoryFirsts(flow)
        registry = MemoryRegistry(
            self._register, firsts.disclosed, flow.opened_before, firsts.first
        )
        gate = Gate(
            sealer=self._sealer,
            forms=self._sealer,
            registry=registry,
            letters=letters(),
            addresses=(GATEWAY,),
            sent=MemorySentMail(flow, roster=registry.roster, address=GATEWAY),
        )
        inbox, ledger = MemoryInbox(flow), MemoryLedger(flow)
        handled: list[Handled] = []
        before: set[str] = set()
        for mail in mails:
            before = set(flow.outgoing)
            await inbox.store([fetched(mail, at)], at)
            for claimed in await inbox.claim(10, at):
                handled.append(await handle(claimed.raw, gate))
                await ledger.release([(claimed, handled[-1])], at)
        new = [each for name, each in flow.outgoing.items() if name not in before]
        return Arrived(handled, flow.standing(handled[-1].raw.trace), new)


@asynccontextmanager
async def gatehouse(
    engine: EngineName, protection: Protection = Protection.OPENPGP
) -> AsyncIterator[Gatehouse]:
    """One whose openers are of this engine, and whose contacts have this protection."""
    clock = world.Clock(datetime.now(UTC) - timedelta(days=1))
    register = MemoryRegister(world.vault(), clock, describe, forms=world.forms)
    known = certificates(protection)
    await world.build(register, at=clock.now, certificates=known, clock=clock)
    await add_more(register, clock.now, protection)
    async with WorkerPool(engine, keys.secrets(), workers=1) as sealer:
        sealer.set_trust(smime.trust())
        yield Gatehouse(sealer, register)


async def add_more(
    register: MemoryRegister | Register,
    at: datetime,
    protection: Protection = Protection.OPENPGP,
) -> None:
    """The contacts of the scene that the ordinary world lacks."""
    async with register.change(by=world.BY) as change:
        for each in MORE:
            pinned = keys.certificate(Who(each.contact_id), protection)
            await world.add_contact(change, each, at, pinned)
    await world.confirm_keys(register)
    async with register.change(by=world.BY) as change:
        await change.contacts.revoke(Who.REVOKED)


def certificates(protection: Protection = Protection.OPENPGP) -> dict[str, bytes]:
    """Of everybody of the world, by contact id."""
    return {
        each.contact_id: keys.certificate(Who(each.contact_id), protection) for each in world.PEOPLE
    }


def fetched(content: bytes, at: datetime) -> Fetched:
    """The mail as a mailbox has it."""
    place = Place(mailbox="INBOX", uidvalidity=1, uid=str(next(_uids)))
    return Fetched(place=place, content=content, size=len(content), received_at=at)


def letters() -> LetterWriter:
    """The gateway's own."""
    settings = LetterSettings(
        address=GATEWAY,
        name="Uitwisselpunt inburgering",
        municipality="Gemeente Voorbeeldstad",
        contact="functioneel-beheer@gemeente.example",
    )
    return LetterWriter(settings, texts=Texts(texts_text()), report_name=world.vault().report_name)
