"""The register as its administration uses it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING

from gateway.adapters.database_register import Register
from gateway.adapters.origin import account
from gateway.domain.register import Refusal, RegisterError
from gateway.wiring import parts
from gateway.wiring.deeds import covering, deed_log
from gateway.wiring.readiness import ready_database
from gateway.wiring.retention import terms_of_files
from gateway.wiring.smime import describing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.adapters.database import Database
    from gateway.adapters.vault import Vault
    from gateway.config import Config
    from gateway.domain.histories import DossierHistory


@asynccontextmanager
async def register(config: Config) -> AsyncIterator[Register]:
    """The register over the configured database; raises `NotReadyError` naming a part.

    What was put on record is under a checkpoint in the end, as `covered` says.
    """
    vault = parts.vault(config)
    async with ready_database(config, vault) as database, covering(config, database):
        yield await administration(config, database, vault)


async def administration(config: Config, database: Database, vault: Vault) -> Register:
    """The register on a database that is open; raises `NotReadyError`."""
    return Register(
        database,
        vault,
        lambda: datetime.now(UTC),
        describing(config),
        account(),
        deeds=await deed_log(config, database, vault),
        # Asked for when a form is recorded: a damaged catalogue stops no withdrawal.
        forms=cache(lambda: parts.forms(config)),
        terms=partial(terms_of_files, config),
    )


async def named_dossier(administration: Register, kenmerk: str) -> DossierHistory:
    """The dossier with this dossierkenmerk or id of our own; raises `RegisterError`."""
    record = await administration.dossier(kenmerk)
    if record is None:
        raise RegisterError(Refusal.UNKNOWN_DOSSIER)
    return record.history


async def subject_of(administration: Register, person: str) -> str:
    """The id of the dossier that is meant, empty where nobody is; raises `RegisterError`."""
    return (await named_dossier(administration, person)).dossier_id if person else ""
