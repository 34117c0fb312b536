"""Breaches that were kept long enough go, by a command or by a gateway that runs (BIO2 5.28.01)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gateway.adapters.breach_evidence import take_out
from gateway.adapters.register_breaches import read_breaches
from gateway.adapters.register_sql import SqlRows
from gateway.domain.breach_rules import removable_at
from gateway.wiring.deeds import deed_log
from gateway.wiring.log_keeping import pruning

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from gateway.adapters.database import Database
    from gateway.adapters.vault import Vault
    from gateway.config import Config


async def taken_out(
    config: Config,
    database: Database,
    vault: Vault,
    now: datetime,
    *,
    by: str | None,
    origin: str,
) -> Sequence[str]:
    """Every breach closed longer ago than `breaches.keep`, taken out with its holds; their ids.

    `by` is an operator's name, None for the gateway itself.  The database refuses what was
    closed less than three years ago.  Raises `RegisterError`, and `NotReadyError`.
    """
    async with database.reading() as connection:
        closed = [
            each for each in await read_breaches(SqlRows(connection)) if each.closed_at is not None
        ]
    due = [each for each in closed if removable_at(each, config.breaches.keep) <= now]
    deeds = (await deed_log(config, database, vault)).write if due else None
    gone: list[str] = []
    for each in due:
        if deeds is not None:
            take = partial(take_out, breach=each, by=by, now=now, origin=origin, deeds=deeds)
            gone += [each.breach_id] if await database.write(take) else []
    return gone


async def keeping(
    config: Config, database: Database, vault: Vault, instance: str
) -> Callable[[datetime], Awaitable[int]]:
    """What a gateway takes away once a day: first breaches, whose entries are free then, then
    what the log has kept long enough; how many entries of the log.  Raises `NotReadyError`.
    """
    log = await pruning(config, database, vault, instance)

    async def take(now: datetime) -> int:
        await taken_out(config, database, vault, now, by=None, origin=instance)
        return await log.prune(now)

    return take
