"""(b) The walk in memory: no mailbox, no database, no relay; the real sealer in its processes."""

from __future__ import annotations

import asyncio
import os
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.adapters.certificates import describe_certificate
from gateway.adapters.file_mail import from_file
from gateway.adapters.gateway_secrets import GatewaySecrets
from gateway.adapters.log_state import KnownLog
from gateway.adapters.memory_registry import MemoryRegister, MemoryRegistry
from gateway.domain.stops import Outcome
from gateway.pipeline.forward import handle
from gateway.pipeline.gate import Gate
from gateway.wiring import parts
from tests import world
from tests.bench.figures import Part, per_message
from tests.bench.material import configured
from tests.bench.metering import cpu_seconds
from tests.remembering import Remembering

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gateway.domain.mail import Letter
    from gateway.domain.stages import RawMail
    from tests.bench.material import Material

AT_ONCE = 16


async def walking(
    material: Material, config: Path, mails: Sequence[bytes]
) -> tuple[Part, Sequence[Letter]]:
    """All mails walked to their sealed answers; and the letters of the first one."""
    settings = configured(config)
    async with parts.sealer(settings, GatewaySecrets(openpgp=(material.secret_key,))) as sealer:
        remembering = Remembering(sealer)
        gate = Gate(
            sealer=remembering,
            forms=sealer,
            registry=await _registry(material),
            letters=parts.letters(settings, KnownLog(), world.vault()),
            addresses=(settings.gateway.address,),
        )
        await _walk(mails[:1], gate)
        letters = tuple(remembering.letters)
        return await _measured(mails, gate), letters


async def _registry(material: Material) -> MemoryRegistry:
    now = datetime.now(UTC)
    register = MemoryRegister(world.vault(), lambda: now, describe_certificate, forms=world.forms)
    await material.filled(register, now)
    return MemoryRegistry(register)


async def _measured(mails: Sequence[bytes], gate: Gate) -> Part:
    own = os.getpid()
    before, began = cpu_seconds(own), time.monotonic()
    await _walk(mails, gate)
    seconds, after = time.monotonic() - began, cpu_seconds(own)
    return Part(
        key="walk",
        name="b  the walk in memory",
        messages=len(mails),
        seconds=seconds,
        cpu=per_message(after, before, len(mails)),
    )


async def _walk(mails: Sequence[bytes], gate: Gate) -> None:
    for first in range(0, len(mails), AT_ONCE):
        some = mails[first : first + AT_ONCE]
        await asyncio.gather(*(_one(from_file(each, datetime.now(UTC)), gate) for each in some))


async def _one(raw: RawMail, gate: Gate) -> None:
    handled = await handle(raw, gate)
    if handled.outcome is not Outcome.FORWARD or len(handled.mailed) != 1:
        raise RuntimeError(f"a mail of the bench ended as {handled.outcome.value}")
