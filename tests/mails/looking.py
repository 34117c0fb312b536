"""An installation on disk in which ``gateway inspect`` looks at mails."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from gateway import config as configuration
from gateway import wiring
from gateway.cli.inspect import described
from gateway.domain.mail import Protection
from gateway.pipeline.forward import handle, walk
from tests import world
from tests.installations import secret
from tests.mails import smime
from tests.mails.gatehouse import add_more, certificates, fetched
from tests.mails.openpgp import person
from tests.mails.scene import GATEWAY, Who

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from gateway.pipeline.gate import Gate
    from gateway.wiring.running import Parts

TEMPLATE = """
[gateway]
address = "{address}"
municipality = "Gemeente Voorbeeldstad"
contact = "functioneel-beheer@gemeente.example"
instance = "poort-1"
state_dir = "{folder}/state"
[database]
url = "sqlite:///{folder}/state/gateway.db"
[keys]
secret_key_file = "{folder}/state/gateway.sec"
public_key_file = "{folder}/state/gateway.asc"
master_key_file = "{folder}/state/master.key"
workers = 1
[[mailbox]]
kind = "maildir"
path = "{folder}/box"
[relay]
host = "127.0.0.1"
[smime]
secret_key_file = "{folder}/state/smime.key"
certificate_file = "{folder}/state/smime.pem"
roots_file = "{folder}/state/roots.pem"
intermediates_file = "{folder}/state/intermediates.pem"
crl_files = ["{folder}/state/0.crl", "{folder}/state/1.crl"]
fetch = false
"""


@dataclass(frozen=True)
class Desk:
    """What ``gateway inspect --json`` runs on, opened once for many mails."""

    gate: Gate
    parts: Parts

    async def says(self, mails: Sequence[bytes], at: datetime) -> dict[str, Any]:
        """Of the last of these mails, when those before it came in and were handled."""
        for mail in mails[:-1]:
            await self._comes_in(mail, at)
        raw = wiring.mail_from_file(mails[-1], at)
        return described(*await walk(raw, self.gate))

    async def _comes_in(self, mail: bytes, at: datetime) -> None:
        await self.parts.inbox.store([fetched(mail, at)], at)
        claimed = await self.parts.inbox.claim(10, at)
        handled = [(each, await handle(each.raw, self.parts.gate)) for each in claimed]
        await self.parts.ledger.release(handled, at)


@asynccontextmanager
async def desk(folder: Path, protection: Protection = Protection.OPENPGP) -> AsyncIterator[Desk]:
    """An installation with the gateway's keys and the people of the scene."""
    config = configuration.load(await installation(folder, protection))
    async with (
        wiring.serving(config, lambda *_, **__: None) as parts,
        wiring.inspecting(config) as gate,
    ):
        yield Desk(gate, parts)


async def installation(folder: Path, protection: Protection = Protection.OPENPGP) -> Path:
    """Made in this folder; its configuration file.  It receives and sends nothing."""
    file, state = folder / "gateway.toml", folder / "state"
    file.write_text(TEMPLATE.format(folder=folder, address=GATEWAY))
    for box in ("state", "box/new", "box/cur", "box/tmp"):
        (folder / box).mkdir(parents=True, mode=0o700)
    own = person(Who.GATEWAY)
    secret(state / "gateway.sec", own.tsk)
    (state / "gateway.asc").write_bytes(own.cert)
    secret(state / "smime.key", smime.leaf(Who.GATEWAY).key)
    (state / "smime.pem").write_bytes(smime.secrets().certificate)
    (state / "roots.pem").write_bytes(smime.ROOT.pem)
    (state / "intermediates.pem").write_bytes(smime.ISSUING.pem)
    for number, each in enumerate(smime.lists()):
        (state / f"{number}.crl").write_bytes(each)
    config = configuration.load(file)
    await wiring.prepare(config)
    async with wiring.register(config) as register:
        begun = datetime.now(UTC) - timedelta(days=1)
        register._clock = lambda: begun  # so that keys counted before anything was signed
        await world.build(register, at=begun, certificates=certificates(protection))
        await add_more(register, begun, protection)
    return file
