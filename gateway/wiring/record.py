"""What is on record and what waits for a person, as the command line uses them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.adapters.database_held import DatabaseHeld
from gateway.adapters.log_writing import LogWriter
from gateway.adapters.origin import account
from gateway.domain.held import WalkedSinceError
from gateway.domain.outcomes import Later
from gateway.domain.stops import WHOLE_MAIL, Reason
from gateway.pipeline.telling import told
from gateway.wiring import parts
from gateway.wiring.deeds import covering, deed_log
from gateway.wiring.processing import scribe
from gateway.wiring.readiness import ready_database
from gateway.wiring.serving import opened

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.adapters.database import Database
    from gateway.adapters.vault import Vault
    from gateway.config import Config
    from gateway.domain.held import Decision


@asynccontextmanager
async def held_mail(config: Config) -> AsyncIterator[DatabaseHeld]:
    """What waits for a person; raises `NotReadyError` naming a part."""
    vault = parts.vault(config)
    async with ready_database(config, vault) as database, covering(config, database):
        yield await held_desk(config, database, vault)


async def refuse(config: Config, trace: str, by: str, *, seen: int) -> Decision:
    """Refuse what was seen in this round, and tell its sender; as `DatabaseHeld.refuse`."""
    now = datetime.now(UTC)
    async with opened(config, workers=1) as (database, vault, gate):
        held = await held_desk(config, database, vault)
        stands = await held.show(trace)
        if stands.rounds != seen:
            raise WalkedSinceError(stands.rounds)
        reports = stands.to_decide
        later = Later(
            trace=trace,
            reason=Reason.REFUSED_BY_OFFICER,
            numbers=tuple(each.number for each in reports if each.number != WHOLE_MAIL),
            instant=now,
        )
        senders = {each.sender_contact_id for each in reports if each.sender_contact_id}
        contacts = [await gate.registry.contact(sender, now) for sender in sorted(senders)]
        answers = await told(later, [contact for contact in contacts if contact], gate)
        async with covering(config, database):
            return await held.refuse(trace, by, now, answers, seen=seen)


async def held_desk(config: Config, database: Database, vault: Vault) -> DatabaseHeld:
    """As `held_mail`, on a database that is open; raises `NotReadyError`."""
    writes, deeds = await scribe(config, database), await deed_log(config, database, vault)
    return DatabaseHeld(database, vault, writes, LogWriter(vault), deeds=deeds, origin=account())
