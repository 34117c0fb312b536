"""What an erasure leaves outside the database: originals in the mailbox, and files people have."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.adapters.erasing_confirming import Confirming, read_remains
from gateway.adapters.erasing_originals import DatabaseOriginals
from gateway.adapters.origin import account
from gateway.config import ConfigError
from gateway.duties.removing import Removed, remove_originals
from gateway.wiring import parts
from gateway.wiring.deeds import covered, deed_log
from gateway.wiring.errors import NotReadyError
from gateway.wiring.logbook import logbook

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from gateway.adapters.database import Database
    from gateway.adapters.vault import Vault
    from gateway.config import Config
    from gateway.domain.originals import Remains
    from gateway.ports import Mailbox


async def removed(
    config: Config, database: Database, vault: Vault, origin: str, now: datetime
) -> Removed:
    """One round over the mailboxes, over connections of its own; raises `Retry`, `NotReadyError`.

    An account that may not read a mailbox's password leaves it to the gateway.
    """
    record = await _record(config, database, vault, origin)
    if not await record.due(now):
        return Removed()
    boxes = _mailboxes(config)
    try:
        return await remove_originals(record, boxes, now)
    finally:
        for each in boxes:
            await each.close()


async def pressing_originals(
    config: Config, database: Database, vault: Vault, now: datetime
) -> int:
    """How many have to go now that may at the next try; raises `Retry`, `NotReadyError`."""
    return await (await _record(config, database, vault, "")).pressing(now)


async def remains(config: Config, erasure_id: str = "") -> Remains:
    """What is still to go; raises `RegisterError` for an unknown erasure, `NotReadyError`."""
    days = config.erasure.backup_days
    async with logbook(config) as book:
        return await book.database.look(lambda each: read_remains(each, days, erasure_id))


async def confirmed(
    config: Config, erasure_id: str, numbers: Collection[int], *, mail: bool, by: str
) -> int:
    """An operator says that these files are gone, and with `mail` the originals; how many.

    Only what is open, and of originals only those that the gateway tried and could not
    remove.  Raises `RegisterError` for an unknown erasure or number, and for no operator.
    """
    now, origin = datetime.now(UTC), account()
    async with logbook(config) as book:
        deeds = await deed_log(config, book.database, book.vault)
        days = config.erasure.backup_days
        said = Confirming(deeds, erasure_id, backup_days=days, by=by, origin=origin, now=now)
        count = await book.database.write(lambda each: said.write(each, numbers, mail=mail))
        await covered(config, book.database)
        return count


async def _record(
    config: Config, database: Database, vault: Vault, origin: str
) -> DatabaseOriginals:
    deeds, days = await deed_log(config, database, vault), config.erasure.backup_days
    return DatabaseOriginals(database, deeds, backup_days=days, origin=origin)


def _mailboxes(config: Config) -> Sequence[Mailbox]:
    with suppress(ConfigError, NotReadyError):
        return parts.mailboxes(config)
    return ()
