"""One school, twelve casemanagers and all their inburgeraars in one form, walked for real.

The register is the twin in memory; openers, cryptography, letters and the walk are the
gateway's own.
"""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING

from gateway.adapters.certificates import describe_certificate, generate_gateway_key
from gateway.adapters.file_mail import from_file
from gateway.adapters.gateway_secrets import GatewaySecrets
from gateway.adapters.letters import LetterSettings, LetterWriter
from gateway.adapters.memory_registry import MemoryRegister, MemoryRegistry
from gateway.adapters.workers import WorkerPool
from gateway.domain.parties import Role
from gateway.domain.texts import Texts
from gateway.pipeline.forward import handle
from gateway.pipeline.gate import Gate
from gateway.resources import texts_text
from tests import generators, people, world
from tests.remembering import Remembering

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from gateway.domain.outcomes import Handled
    from gateway.domain.wire import Json

ADDRESS = "poort@gemeente.example"
MEDIA_TYPE = "application/octet-stream"  # as mail programs send what they do not know
CASEMANAGERS = 12
INBURGERAARS = 300
FIRST = 1001  # of the dossiers


@dataclass
class FormsTown:
    """`seconds` is what the last form took, from its bytes to the sealed mails."""

    gate: Gate
    sealer: Remembering
    certificate: bytes
    sender: people.Person
    seconds: float = 0.0

    async def sends(self, name: str, content: bytes) -> Handled:
        """The school mails a form; what became of each row."""
        inner = people.entity(((name, MEDIA_TYPE, content),))
        headers = {
            "From": self.sender.user_id,
            "To": ADDRESS,
            "Date": format_datetime(datetime.now(UTC)),
            "Message-ID": people.new_message_id(),
            "Subject": "Voortgang",
        }
        message = people.armored("sequoia", self.sender, self.certificate, inner)
        mail = people.pgp_mime(headers, message)
        began = time.monotonic()
        handled = await handle(from_file(mail, datetime.now(UTC)), self.gate)
        self.seconds = time.monotonic() - began
        return handled


def casemanagers() -> list[world.Somebody]:
    """Twelve of them."""
    return [
        world.Somebody(
            contact_id=f"casemanager-{number}",
            party_id=world.MUNICIPALITY,
            name=f"Casemanager {'abcdefghijkl'[number].upper()}.",
            address=f"casemanager.{number}@gemeente.example",
            role=Role.CASEMANAGER,
        )
        for number in range(CASEMANAGERS)
    ]


def reports(count: int = INBURGERAARS) -> list[dict[str, Json]]:
    """One about each inburgeraar."""
    return [generators.bericht(number) for number in range(FIRST, FIRST + count)]


@asynccontextmanager
async def forms_town(count: int = INBURGERAARS) -> AsyncIterator[FormsTown]:
    """A gateway that knows them all."""
    secret, certificate = generate_gateway_key(f"Taalpoort <{ADDRESS}>")
    now = datetime.now(UTC)
    register = MemoryRegister(world.vault(), lambda: now, describe_certificate, forms=world.forms)
    everybody = {each.contact_id: people.person(each.name, each.address) for each in world.PEOPLE}
    await world.build(
        register, at=now, certificates={who: each.cert for who, each in everybody.items()}
    )
    await _add(register, casemanagers(), count, now)
    settings = LetterSettings(
        address=ADDRESS,
        name="Uitwisselpunt",
        municipality="Gemeente Voorbeeldstad",
        contact="Bel 070 000 00 00.",
    )
    letters = LetterWriter(
        settings, texts=Texts(texts_text()), report_name=world.vault().report_name
    )
    async with WorkerPool("sequoia", GatewaySecrets(openpgp=(secret,))) as pool:
        sealer = Remembering(pool)
        gate = Gate(
            sealer=sealer,
            forms=pool,
            registry=MemoryRegistry(register),
            letters=letters,
            addresses=(ADDRESS,),
        )
        yield FormsTown(gate, sealer, certificate, everybody[world.SAAR])


async def _add(
    register: MemoryRegister, staff: Sequence[world.Somebody], count: int, now: datetime
) -> None:
    async with register.change(by=world.BY) as change:
        for each in staff:
            key = people.person(each.name, each.address)
            await world.add_contact(change, each, now, key.cert)
    await world.confirm_keys(register)
    async with register.change(by=world.BY) as change:
        for at, number in enumerate(range(FIRST, FIRST + count)):
            setting = world.Setting(casemanager=staff[at % len(staff)].contact_id)
            await world.add_dossier(change, number, setting, now)
