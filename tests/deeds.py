"""The deeds that stand in a log, as tests ask for them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gateway.adapters.audit_reading import AuditLog, Sought
from gateway.domain.actions import NATURES, DeedClass
from gateway.domain.audit import AT_PEOPLE, Deed
from gateway.wiring import parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.adapters.database import Database
    from gateway.adapters.vault import Vault
    from gateway.config import Config

ALL = Sought()
MANY = 100_000


async def deeds_on_record(
    database: Database, vault: Vault, sought: Sought = ALL, last: int = MANY
) -> Sequence[Deed]:
    """Those that are sought, oldest first."""
    return [deed for _, deed in await AuditLog(database, vault).deeds(sought, last)]


def deeds_of(config: Config, sought: Sought = ALL) -> Sequence[Deed]:
    """The same of an installation, by a test that is not asynchronous."""

    async def read() -> Sequence[Deed]:
        database = parts.database(config)
        try:
            return await deeds_on_record(database, parts.vault(config), sought)
        finally:
            await database.close()

    return asyncio.run(read())


def looks(deeds: Iterable[Deed]) -> list[tuple[str, str, str]]:
    """Who looked, how, and at whom or what: the looks at people and their decisions."""
    return [
        (each.actor, each.action.value, each.subject or each.about)
        for each in deeds
        if each.action in AT_PEOPLE or NATURES[each.action].kind is DeedClass.CONSULT
    ]
