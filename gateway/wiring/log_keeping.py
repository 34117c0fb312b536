"""How long the log keeps what: pruning and legal holds, as gateway and commands use them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.adapters import log_export, siem_feed
from gateway.adapters.log_changes import LogChanges
from gateway.adapters.log_pruning import LogPruning
from gateway.adapters.log_segments import Segments
from gateway.adapters.log_writing import LogWriter
from gateway.adapters.origin import account
from gateway.adapters.processing_activities import ProcessingActivities
from gateway.domain.holds import Held
from gateway.domain.log_terms import terms_of
from gateway.wiring.deeds import covering, deed_log
from gateway.wiring.log import log_key
from gateway.wiring.logbook import logbook
from gateway.wiring.processing import activity_of
from gateway.wiring.register import administration, subject_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.adapters.database import Database
    from gateway.adapters.log_segments import Plan
    from gateway.adapters.vault import Vault
    from gateway.config import Config
    from gateway.domain.holds import Hold
    from gateway.wiring.logbook import Logbook


async def pruning(config: Config, database: Database, vault: Vault, origin: str) -> LogPruning:
    """What prunes under this configuration; raises `NotReadyError`.

    The terms are those on record, of activities that were replaced as well.
    """
    segments = Segments(
        log=log_key(config).public,
        terms=terms_of(await ProcessingActivities(database).recorded()),
        readers=_readers(config),
    )
    return LogPruning(
        database,
        vault,
        LogWriter(vault),
        segments=segments,
        activity_of=await activity_of(config, database),
        deeds=(await deed_log(config, database, vault)).write,
        origin=origin,
    )


def _readers(config: Config) -> frozenset[str]:
    """Who has to have read an entry before it goes."""
    configured = {siem_feed.READER: config.siem, log_export.READER: config.otlp}
    return frozenset(name for name, section in configured.items() if section is not None)


async def planned(config: Config) -> Plan:
    """What pruning would take now, and why what else is old stays; raises `NotReadyError`."""
    async with logbook(config) as book:
        found = await pruning(config, book.database, book.vault, account())
        return await found.plan(datetime.now(UTC))


async def pruned(config: Config, *, by: str) -> int:
    """Take away all that may go; how many entries.

    Raises `RegisterError` for a name that is no operator's, `NotReadyError` and
    `BrokenLogError`.
    """
    async with logbook(config) as book:
        await book.cover()
        found = await pruning(config, book.database, book.vault, account())
        async with covering(config, book.database):
            return await found.prune(datetime.now(UTC), by=by)


async def hold_placed(
    config: Config,
    *,
    person: str,
    mail: str,
    since: datetime | None,
    until: datetime | None,
    reference: str,
    by: str,
) -> Hold:
    """A hold from now on; `person` a dossierkenmerk or our own id.

    Raises `RegisterError`, `HoldError`, `NotReadyError`.
    """
    async with logbook(config) as book:
        register = await administration(config, book.database, book.vault)
        held = Held(subject=await subject_of(register, person), mail=mail, since=since, until=until)
        changes = await log_changes(config, book)
        async with covering(config, book.database):
            return await changes.place(held, reference, by=by)


async def hold_lifted(config: Config, hold_id: str, *, by: str) -> Hold:
    """The end of a hold; raises as `hold_placed` does."""
    async with logbook(config) as book:
        changes = await log_changes(config, book)
        async with covering(config, book.database):
            return await changes.lift(hold_id, by=by)


async def holds_listed(config: Config) -> Sequence[Hold]:
    """Every hold that ever was; raises `NotReadyError`."""
    async with logbook(config) as book:
        return await (await log_changes(config, book)).holds()


async def log_changes(config: Config, book: Logbook) -> LogChanges:
    """What people change beside the log, from this account; raises `NotReadyError`."""
    deeds = await deed_log(config, book.database, book.vault)
    return LogChanges(book.database, deeds, account(), lambda: datetime.now(UTC))
