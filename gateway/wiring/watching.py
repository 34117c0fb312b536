"""What a running gateway posts by itself and looks after: reminders, letters of duty, held mail."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.adapters.database_desk import DatabaseDesk
from gateway.adapters.database_duties import DatabaseDuties
from gateway.adapters.database_outbox import DatabaseOutbox
from gateway.adapters.database_owed import DatabaseOwed
from gateway.adapters.database_parting import DatabaseParting
from gateway.adapters.database_registry import DatabaseRegistry
from gateway.adapters.database_reminders import DatabaseReminders
from gateway.adapters.letter_rights import RightsPages
from gateway.adapters.log_writing import LogWriter
from gateway.domain.helping import What
from gateway.duties.lettering import Lettering
from gateway.duties.notifying import Notifying
from gateway.duties.reminding import Reminding
from gateway.wiring import parts
from gateway.wiring.running import Watch

if TYPE_CHECKING:
    from gateway.adapters.audit_writing import DeedLog
    from gateway.adapters.database import Database
    from gateway.adapters.evidence import Scribe
    from gateway.adapters.letters import LetterWriter
    from gateway.adapters.vault import Vault
    from gateway.config import Config
    from gateway.pipeline.gate import Gate


class Office:
    """The parts that share one reading of the register."""

    def __init__(
        self,
        config: Config,
        database: Database,
        vault: Vault,
        gate: Gate,
        *,
        writes: Scribe,
        deeds: DeedLog,
    ) -> None:
        self._config = config
        self._database = database
        self._vault = vault
        self._gate = gate
        self._writes = writes
        self._deeds = deeds
        self._log = LogWriter(vault)
        self._registry = DatabaseRegistry(database, vault)
        self._reminders = DatabaseReminders(database, vault, writes, self._log, self._registry)
        self._lettered = DatabaseDuties(
            database,
            vault,
            writes,
            self._log,
            self._registry,
            deeds=deeds,
            clock=lambda: datetime.now(UTC),
        )

    def outbox(self) -> DatabaseOutbox:
        """What leaves, each letter while it still stands."""
        return DatabaseOutbox(
            self._database,
            self._vault,
            self._writes,
            self._log,
            instance=self._config.gateway.instance,
            return_path=self._config.gateway.address,
            revision=self._registry.revision,
            facts_for=self._registry.facts_for,
            reminded=self._reminders.digest,
            lettered=self._lettered.digest,
        )

    def lettering(self) -> Lettering:
        """What posts letters of duty."""
        return Lettering(view=self._registry, duties=self._lettered, sealer=self._gate.sealer)

    def watch(self, letters: LetterWriter) -> Watch:
        """What looks after held mail, dates and duties."""
        pages = RightsPages(parts.letter_settings(self._config))
        owed = DatabaseOwed(self._database, self._vault, letters, pages)
        sealer = self._gate.sealer
        return Watch(
            view=self._registry,
            desk=DatabaseDesk(self._database, self._writes, self._log),
            reminding=Reminding(
                view=self._registry, reminders=self._reminders, letters=letters, sealer=sealer
            ),
            notifying=Notifying(
                lettering=self.lettering(),
                owed=owed,
                letters=owed,
                parting=self._parting(),
            ),
            walk_again_seconds=self._config.run.walk_again_seconds,
            remind_seconds=self._config.run.remind_seconds,
        )

    def _parting(self) -> DatabaseParting | None:
        run = self._config.run
        if run.when_provider_ends == "nothing":
            return None
        return DatabaseParting(
            self._database,
            self._deeds,
            What(run.when_provider_ends),
            working_days=run.help_working_days,
        )
