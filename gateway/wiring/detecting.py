"""The detectors of a running gateway: look, propose once, and tell the officers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gateway.adapters.database_detecting import DatabaseDetectors
from gateway.adapters.letter_detected import DetectedLetter
from gateway.adapters.log_verifying import DatabaseVerifier
from gateway.domain.detecting import log_inconsistent
from gateway.domain.duty_letters import DutyMatter
from gateway.domain.texts import Language
from gateway.duties.lettering import Lettering, Wanted, post
from gateway.ledger.findings import Kind
from gateway.wiring.deeds import deed_log
from gateway.wiring.log import log_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.adapters.database import Database
    from gateway.adapters.letters import LetterWriter
    from gateway.adapters.vault import Vault
    from gateway.config import Config
    from gateway.domain.detecting import Finding
    from gateway.domain.histories import Roster
    from gateway.domain.incidents import IncidentKind
    from gateway.domain.mail import Letter
    from gateway.domain.parties import Contact
    from gateway.duties.lettering import Write

# Reading the whole log takes a while, so not with every round.
_VERIFY_EVERY = timedelta(days=1)


@dataclass(slots=True, kw_only=True)
class Detecting:
    """One round after another."""

    detectors: DatabaseDetectors
    verifier: DatabaseVerifier
    lettering: Lettering
    writer: LetterWriter
    letter: DetectedLetter = field(default_factory=lambda: DetectedLetter(Language.NL))
    verified_at: datetime | None = None

    async def detect(self, now: datetime) -> int:
        """Propose what was not proposed before, and tell the officers; how many proposals.

        Raises `Retry` when the database cannot be used now.
        """
        roster = await self.lettering.view.roster()
        found = [*await self.detectors.findings(roster, now), *await self._log(now)]
        opened = await self.detectors.propose(found, roster, now)
        await self._tell(roster, await self._untold(), now)
        return len(opened)

    async def _untold(self) -> Sequence[tuple[str, IncidentKind]]:
        """Also what a gateway that ended right after proposing told nobody."""
        return [
            (incident_id, kind)
            for incident_id, kind in await self.detectors.undecided()
            if not await self.lettering.duties.about(f"breach/{incident_id}")
        ]

    async def _log(self, now: datetime) -> Sequence[Finding]:
        if self.verified_at is not None and now < self.verified_at + _VERIFY_EVERY:
            return ()
        verdict = await self.verifier.verify()
        self.verified_at = now
        faults = {
            f"{each.kind.value}/{each.first}": each.detail
            for each in verdict.findings
            if each.kind is not Kind.BEYOND
        }
        return tuple(log_inconsistent(now, faults))

    async def _tell(
        self, roster: Roster, opened: Sequence[tuple[str, IncidentKind]], now: datetime
    ) -> None:
        wanted = [
            Wanted(
                matter=DutyMatter.OFFICER,
                about=f"breach/{incident_id}",
                meant_for=officer.contact_id,
                write=self._writing(incident_id, kind),
                item="detected",
                strict=True,
            )
            for incident_id, kind in opened
            for officer in roster.officers(now)
        ]
        if wanted:
            await post(self.lettering, wanted, now)

    def _writing(self, incident_id: str, kind: IncidentKind) -> Write:
        page = self.letter.page(incident_id, kind)

        def write(to: Contact, reference: str, now: datetime) -> Letter:
            return self.writer.duty(page, to, reference, now, ())

        return write


async def detecting(
    config: Config, database: Database, vault: Vault, lettering: Lettering, writer: LetterWriter
) -> Detecting:
    """What a running gateway detects with; raises `NotReadyError`."""
    return Detecting(
        detectors=DatabaseDetectors(database, vault, await deed_log(config, database, vault)),
        verifier=DatabaseVerifier(database, log_key(config).public, vault),
        lettering=lettering,
        writer=writer,
    )
