"""Letters of duty, as commands and a coming console use them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.adapters.database_duties import DatabaseDuties
from gateway.adapters.database_owed import DatabaseOwed
from gateway.adapters.database_registry import DatabaseRegistry
from gateway.adapters.letter_rights import RightsPages
from gateway.adapters.log_writing import LogWriter
from gateway.adapters.origin import account
from gateway.duties.lettering import Lettering, Wanted, post
from gateway.duties.notifying import Notifying
from gateway.wiring import parts
from gateway.wiring.deeds import covering, deed_log
from gateway.wiring.log import known_log
from gateway.wiring.processing import scribe
from gateway.wiring.serving import opened

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from gateway.adapters.database import Database
    from gateway.adapters.letters import LetterWriter
    from gateway.adapters.page import Page
    from gateway.adapters.vault import Vault
    from gateway.config import Config
    from gateway.domain.duty_letters import DutyMatter
    from gateway.domain.mail import Attachment, Letter
    from gateway.domain.parties import Contact
    from gateway.duties.lettering import Posted, Write


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What posts letters of duty, and what writes them."""

    lettering: Lettering
    writer: LetterWriter
    notifying: Notifying

    def wanted(
        self,
        page: Page,
        *,
        matter: DutyMatter,
        about: str,
        meant_for: str,
        item: str = "",
        attempt: int = 0,
        dossier_id: str = "",
        attachments: tuple[Attachment, ...] = (),
    ) -> Wanted:
        """A letter that says this page, for `post`; the fields are those of `Wanted`."""
        return Wanted(
            matter=matter,
            about=about,
            meant_for=meant_for,
            write=writing(self.writer, page, attachments),
            item=item,
            attempt=attempt,
            dossier_id=dossier_id,
        )

    async def post(self, wanted: Sequence[Wanted], *, by: str) -> Posted:
        """As `duties.lettering.post`, now."""
        return await post(self.lettering, wanted, datetime.now(UTC), by=by)


def writing(writer: LetterWriter, page: Page, attachments: tuple[Attachment, ...] = ()) -> Write:
    """What writes this page to whoever it goes to."""

    def write(to: Contact, reference: str, now: datetime) -> Letter:
        return writer.duty(page, to, reference, now, attachments)

    return write


@asynccontextmanager
async def duty_desk(config: Config) -> AsyncIterator[Desk]:
    """Letters of duty by a command: with a worker that seals; raises `NotReadyError`."""
    async with opened(config, workers=1) as (database, vault, gate), covering(config, database):
        registry = DatabaseRegistry(database, vault)
        writer = parts.letters(config, await known_log(config, database), vault)
        owed = DatabaseOwed(database, vault, writer, RightsPages(parts.letter_settings(config)))
        lettering = Lettering(
            view=registry,
            duties=await duties(config, database, vault, registry),
            sealer=gate.sealer,
        )
        yield Desk(
            lettering=lettering,
            writer=writer,
            notifying=Notifying(lettering=lettering, owed=owed, letters=owed),
        )


async def duties(
    config: Config, database: Database, vault: Vault, registry: DatabaseRegistry
) -> DatabaseDuties:
    """The record of letters of duty on a database that is open; raises `NotReadyError`."""
    return DatabaseDuties(
        database,
        vault,
        await scribe(config, database),
        LogWriter(vault),
        registry,
        deeds=await deed_log(config, database, vault),
        clock=lambda: datetime.now(UTC),
        origin=account(),
    )
