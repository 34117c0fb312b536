"""The processing log as the command line uses it: read, verified, proven, taken away."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.adapters.checkpoint_files import kept_checkpoint
from gateway.adapters.database_log import DatabaseLog
from gateway.adapters.log_key import is_signed
from gateway.adapters.log_proving import DatabaseProofs
from gateway.adapters.log_state import NAME
from gateway.adapters.log_verifying import DatabaseVerifier
from gateway.ledger.notes import NoteError
from gateway.wiring import parts
from gateway.wiring.errors import NotReadyError
from gateway.wiring.log import log_key, remembered_log
from gateway.wiring.outsiders import outsiders
from gateway.wiring.readiness import ready_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from gateway.adapters.database import Database
    from gateway.adapters.log_key import LogKey
    from gateway.adapters.log_outside import Outsiders
    from gateway.adapters.vault import Vault
    from gateway.config import Config
    from gateway.ledger.checkpoints import Opened
    from gateway.ledger.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Logbook:
    """Everything that can be asked of the log over one open database."""

    database: Database
    vault: Vault
    key: LogKey
    state: Path
    outsiders: Outsiders

    @property
    def reader(self) -> DatabaseLog:
        """What it says."""
        return DatabaseLog(self.database, self.vault)

    @property
    def proofs(self) -> DatabaseProofs:
        """What it proves."""
        return DatabaseProofs(self.database, self.vault, self.key.public)

    async def cover(self) -> None:
        """A checkpoint over everything that is committed, where none covers it yet.

        For commands that put something on record while no gateway may be running.
        Raises `BrokenLogError`, also where it does not follow from what a gateway last knew.
        """
        log = remembered_log(self.database, self.vault, self.key, self.state)
        with suppress(PermissionError):  # then a gateway does it, which can read what it knew
            await log.cover_once(datetime.now(UTC))

    async def verify(
        self,
        kept: Sequence[Path] = (),
        *,
        tree_only: bool = False,
        told: Callable[[int, int], None] = lambda done, of: None,
    ) -> Verdict:
        """The whole log, held against these files too; raises `NotReadyError` naming one.

        What this gateway last knew of the log is always one of the witnesses.
        """
        witnesses = [self._kept(file) for file in kept]
        remembered = self.state / NAME
        if remembered.exists():
            witnesses.append(self._kept(remembered))
        vault = None if tree_only else self.vault
        verifier = DatabaseVerifier(self.database, self.key.public, vault, self.outsiders)
        return await verifier.verify(witnesses, told)

    def _kept(self, file: Path) -> Opened:
        problem = ""
        try:
            return kept_checkpoint(file.read_bytes(), self.key.public, is_signed)
        except NoteError as error:
            problem = f"no checkpoint of this log, nor an opened mail that bears one: {error}"
        except OSError as error:
            problem = error.strerror or type(error).__name__
        raise NotReadyError(f"{file}: {problem}")


@asynccontextmanager
async def logbook(config: Config) -> AsyncIterator[Logbook]:
    """The log of this configuration; raises `NotReadyError` naming a part."""
    key, vault, whose = log_key(config), parts.vault(config), outsiders(config)
    async with ready_database(config, vault) as database:
        yield Logbook(database, vault, key, config.gateway.state_dir, whose)
