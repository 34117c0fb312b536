"""A whole gateway, checked before it starts; and the part of it that only looks."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gateway import events
from gateway.adapters.database_duties import DutyRecord
from gateway.adapters.database_earlier import DatabaseEarlier
from gateway.adapters.database_inbox import DatabaseInbox
from gateway.adapters.database_ledger import DatabaseLedger
from gateway.adapters.database_registry import DatabaseRegistry
from gateway.adapters.database_sent_mail import DatabaseSentMail
from gateway.adapters.file_mail import from_file
from gateway.adapters.kept_mail import DatabaseKeptMail
from gateway.adapters.log_state import KnownLog
from gateway.adapters.log_writing import LogWriter
from gateway.adapters.own_key_book import recorded_keys
from gateway.adapters.siem_feed import SiemFeed
from gateway.adapters.workers import SealerUnavailableError
from gateway.domain.audit import Action
from gateway.domain.stops import Retry
from gateway.ledger.verdict import BrokenLogError
from gateway.pipeline.gate import Gate
from gateway.resources import installed_version
from gateway.wiring import keys, parts
from gateway.wiring.breach_keeping import keeping
from gateway.wiring.deeds import deed_log, deeds
from gateway.wiring.detecting import detecting
from gateway.wiring.erasing import erased_again, erasing_by_itself
from gateway.wiring.errors import NotReadyError
from gateway.wiring.export import record_export
from gateway.wiring.key_renewal import key_renewal
from gateway.wiring.log import known_log, log_of
from gateway.wiring.outsiders import log_timestamping
from gateway.wiring.processing import entered, scribe
from gateway.wiring.readiness import ready
from gateway.wiring.ruling import ruling
from gateway.wiring.running import Parts
from gateway.wiring.siem import audit_sink
from gateway.wiring.trusting import trust_keeping
from gateway.wiring.watching import Office

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.adapters.database import Database
    from gateway.adapters.vault import Vault
    from gateway.config import Config
    from gateway.domain.stages import RawMail
    from gateway.events import Events
    from gateway.wiring.trusting import TrustKeeping


@asynccontextmanager
async def serving(config: Config, emit: Events | None = None) -> AsyncIterator[Parts]:
    """Everything `gateway serve` runs on; raises `NotReadyError` or `ConfigError` naming a part."""
    emit = emit or events.to_stderr()
    mailboxes, relay = parts.mailboxes(config), parts.relay(config)
    known, trusting = KnownLog(), trust_keeping(config)
    async with AsyncExitStack() as stack:
        opening = opened(config, known=known, trusting=trusting)
        database, vault, gate = await stack.enter_async_context(opening)
        export = stack.enter_context(record_export(config, database, vault))
        await entered(config, database)
        siem = _siem(config, database, vault, emit)
        timestamping = log_timestamping(config, database)
        writes, log = await scribe(config, database), LogWriter(vault)
        deed, instance = await deed_log(config, database, vault), config.gateway.instance
        inbox = DatabaseInbox(database, vault, instance=instance, deeds=deed)
        office = Office(config, database, vault, gate, writes=writes, deeds=deed)
        outbox, letters = office.outbox(), parts.letters(config, known, vault)
        sequencer = await log_of(config, database, vault, known)
        await inbox.recover()
        await outbox.recover()
        await erased_again(config, database, vault)
        erasing = await erasing_by_itself(config, database, vault, sequencer)
        made = Parts(
            gate=gate,
            mailboxes=mailboxes,
            relay=relay,
            inbox=inbox,
            ledger=DatabaseLedger(database, vault, writes, log, deed),
            outbox=outbox,
            events=emit,
            batch=config.run.batch,
            poll_seconds=config.run.poll_seconds,
            max_attempts=config.run.max_attempts,
            stop_seconds=config.run.stop_seconds,
            keep=timedelta(days=config.run.keep_days),
            lanes=config.relay.connections if config.relay else 1,
            sequencer=sequencer,
            watch=office.watch(letters),
            pass_on=siem.pass_on if siem else None,
            export=export,
            stamp=timestamping.stamp if timestamping else None,
            prune=await keeping(config, database, vault, instance),
            erase=erasing.erase,
            clear=erasing.clear,
            refresh=trusting.refresh if trusting else None,
            keys=(await key_renewal(config, database, vault, gate)).renew,
            detect=(await detecting(config, database, vault, office.lettering(), letters)).detect,
        )
        async with _at_work(config, made, (database, vault)):
            yield made


@asynccontextmanager
async def _at_work(
    config: Config, made: Parts, store: tuple[Database, Vault]
) -> AsyncIterator[None]:
    """That the gateway began and ended in order: as an event, and on record."""
    instance, (database, vault) = config.gateway.instance, store
    record = await deeds(config, database, vault)
    policy = (await ruling(database, vault)).digest
    await record.by_machine(Action.STARTED, instance)
    made.events(
        "gateway.started",
        instance=instance,
        version=installed_version(),
        database=database.dialect,
        policy=policy,
    )
    yield
    # A log that is not whole, or out of reach, takes nothing more; what ends, ends.
    with suppress(BrokenLogError, Retry):
        await record.by_machine(Action.STOPPED, instance)
        if made.sequencer is not None:
            await made.sequencer.cover(datetime.now(UTC))
    made.events("gateway.stopped", instance=instance)


def _siem(config: Config, database: Database, vault: Vault, emit: Events) -> SiemFeed | None:
    """What hands deeds to the SIEM, where one is configured; raises `ConfigError`."""
    sink = audit_sink(config, emit)
    return SiemFeed(database, vault, sink, config.gateway.instance) if sink else None


@asynccontextmanager
async def inspecting(config: Config) -> AsyncIterator[Gate]:
    """The gate alone: nothing that could store, log or send."""
    async with opened(config, workers=1) as (_, _, gate):
        yield gate


def mail_from_file(content: bytes, instant: datetime) -> RawMail:
    """A mail that was never stored."""
    return from_file(content, instant)


@asynccontextmanager
async def opened(
    config: Config,
    workers: int | None = None,
    known: KnownLog | None = None,
    trusting: TrustKeeping | None = None,
) -> AsyncIterator[tuple[Database, Vault, Gate]]:
    """Database, vault and gate, checked and started; `workers` None as configured.

    `known` is what letters say of the log; by default its newest checkpoint now.
    `trusting` goes on with what certificates are judged by; by default that stays as it is.
    """
    vault = parts.vault(config)
    async with AsyncExitStack() as stack:
        database = parts.database(config)
        stack.push_async_callback(database.close)
        await ready(database, vault)
        await ruling(database, vault)
        if known is None:
            known = await known_log(config, database)
        keys.certificate(config)  # partners are to have a good one before anything runs
        recorded = await recorded_keys(database)
        secrets = keys.own_secrets(config, recorded, datetime.now(UTC))
        sealer = parts.sealer(config, secrets, workers)
        stack.push_async_callback(sealer.close)
        try:
            await sealer.start()
        except SealerUnavailableError as error:
            setting = "keys.gnupg_home" if secrets.agent else "keys.secret_key_file"
            raise NotReadyError(f"{setting}: {error}") from None
        registry = DatabaseRegistry(database, vault)
        trusting = trusting or trust_keeping(config)
        if trusting is not None:
            await trusting.begin(registry, sealer)
        gate = Gate(
            sealer=sealer,
            forms=sealer,
            registry=registry,
            letters=parts.letters(config, known, vault),
            addresses=(config.gateway.address, *config.gateway.aliases),
            sent=DatabaseSentMail(database, roster=registry.roster, address=config.gateway.address),
            kept=DatabaseKeptMail(database, vault),
            earlier=DatabaseEarlier(database),
            duties=DutyRecord(database),
        )
        yield database, vault, gate
