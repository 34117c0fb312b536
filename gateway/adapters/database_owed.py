"""What letters of duty are owed about, from the database, and the letters themselves.

Reading a right value or a dossierkenmerk for a letter is on record with the letter that was
posted; it is put nowhere else.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import and_, select

from gateway.adapters.duty_people import asked_about
from gateway.adapters.register_helping import question, read_help
from gateway.adapters.register_notifying import (
    read_corrections,
    read_recipients,
    read_restricted,
    right_value,
)
from gateway.adapters.register_rows import read_dossier
from gateway.adapters.register_sql import SqlRows
from gateway.adapters.register_writing import open_identity
from gateway.adapters.tables_flow import REPORT_OF_OUTCOME, outcomes, outgoing
from gateway.adapters.tables_rights import correction as corrections
from gateway.domain.notifying import as_they_stand

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gateway.adapters.database import Database
    from gateway.adapters.letter_rights import RightsPages
    from gateway.adapters.letters import LetterWriter
    from gateway.adapters.page import Page
    from gateway.adapters.vault import Vault
    from gateway.domain.helping import HelpRequest
    from gateway.domain.mail import Letter
    from gateway.domain.notifying import Correction, Recipient
    from gateway.domain.parties import Contact

    Write = Callable[[Contact, str, datetime], Letter]

_CORRECTED = (
    select(
        corrections.c.correction_id,
        outcomes.c.recipient_contact_id,
        outgoing.c.sent_at,
        outgoing.c.trace,
    )
    .join(
        outcomes,
        and_(
            outcomes.c.replaces == corrections.c.bericht_id,
            outcomes.c.sender_party_id == corrections.c.party_id,
            outcomes.c.outcome == "forward",
            outcomes.c.withdrawn_at.is_(None),
            # What was passed on before the fault was known corrects something else.
            outcomes.c.recorded_at >= corrections.c.recorded_at,
        ),
    )
    .join(outgoing, and_(REPORT_OF_OUTCOME, outgoing.c.state == "sent"))
)


class DatabaseOwed:
    """Implements `duties.notifying.Owed`, and `OwedLetters` with what writes them."""

    def __init__(
        self, database: Database, vault: Vault, writer: LetterWriter, pages: RightsPages
    ) -> None:
        self._database = database
        self._vault = vault
        self._writer = writer
        self._pages = pages

    async def recipients(self) -> Sequence[Recipient]:
        """See the port."""
        async with self._database.reading() as connection:
            rows = SqlRows(connection)
            restricted, lifted = await read_restricted(rows)
            found = await read_recipients(rows)
        return as_they_stand(found, restricted=restricted, lifted=lifted)

    async def corrections(self) -> Sequence[Correction]:
        """See the port."""
        async with self._database.reading() as connection:
            return await read_corrections(SqlRows(connection))

    async def corrected(self) -> Mapping[str, Sequence[tuple[str, datetime, str]]]:
        """See the port."""
        found: defaultdict[str, list[tuple[str, datetime, str]]] = defaultdict(list)
        async with self._database.reading() as connection:
            for row in await connection.execute(_CORRECTED):
                found[row.correction_id].append((row.recipient_contact_id, row.sent_at, row.trace))
        return found

    async def help(self) -> Sequence[HelpRequest]:
        """See the port."""
        async with self._database.reading() as connection:
            return await read_help(SqlRows(connection))

    # --- letters -------------------------------------------------------------

    async def notification(
        self, recipient: Recipient, correction: Correction | None, *, reminder: bool
    ) -> Write | None:
        """See the port."""
        return self._writes(self._pages.notification(recipient, correction, reminder=reminder))

    async def correction(self, correction: Correction, *, reminder: bool) -> Write | None:
        """See the port; None once the person was erased."""
        async with self._database.reading() as connection:
            rows = SqlRows(connection)
            value = await right_value(rows, self._vault, correction.correction_id)
            kenmerk = await _kenmerk(rows, self._vault, correction.dossier_id)
        if not value or not kenmerk:
            return None
        return self._writes(self._pages.correction(correction, kenmerk, value, reminder=reminder))

    async def helping(self, asked: HelpRequest, *, reminder: bool) -> Write | None:
        """See the port."""
        async with self._database.reading() as connection:
            rows = SqlRows(connection)
            said = await question(rows, self._vault, asked.help_id)
            whom = [
                await _kenmerk(rows, self._vault, each) for each in await asked_about(rows, asked)
            ]
        page = self._pages.help(asked, said, [each for each in whom if each], reminder=reminder)
        return self._writes(page)

    def officer(self, undone: Sequence[tuple[str, str, str]]) -> Write:
        """See the port."""
        return self._writes(self._pages.officer(undone))

    def _writes(self, page: Page) -> Write:
        def write(to: Contact, reference: str, now: datetime) -> Letter:
            return self._writer.duty(page, to, reference, now)

        return write


async def _kenmerk(rows: SqlRows, vault: Vault, dossier_id: str) -> str:
    history = await read_dossier(rows, dossier_id)
    identity = open_identity(vault, history, datetime.now(UTC)) if history else None
    return identity.dossierkenmerk if identity else ""
