"""What the read interface runs on: the log, behind a record of who asked for what."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.adapters.origin import account
from gateway.adapters.processing_activities import ProcessingActivities
from gateway.adapters.processing_reads import ProcessingReads
from gateway.config import ConfigError, read_secret, secret_path
from gateway.domain.audit import Action, Deed, DeedResult
from gateway.wiring import parts
from gateway.wiring.deeds import record_deed
from gateway.wiring.readiness import ready_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.adapters.database import Database
    from gateway.adapters.vault import Vault
    from gateway.config import Config
    from gateway.config.outward import ApiSection
    from gateway.ledger.reading import Page, Sought

# So many look for a person at once; each makes the pseudonym of everybody.
_AT_ONCE = 2


class ProcessingReader:
    """Answers questions to the log; every one is on record before it is answered."""

    def __init__(self, config: Config, database: Database, vault: Vault) -> None:
        self._config = config
        self._database = database
        self._vault = vault
        self._reads = ProcessingReads(database, vault)
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def find(self, sought: Sought, by: str) -> Page:
        """What `by` is looking for, by the name of a token.

        Raises `Retry` when the database cannot be used, `BrokenLogError`, `UnopenedError`
        for an altered entry, `NotReadyError`.
        """
        # As much work for one who is not known as for one who is, before anything is told.
        subject = None
        if sought.person:
            async with self._turn:
                subject = await self._reads.subject_of(sought.person)
        await self._record(
            by, await self._about(sought), DeedResult.DONE, _asked(sought), subject=subject or ""
        )
        return await self._reads.page(sought, subject)

    async def refused(self, by: str, why: str) -> None:
        """On record that `by` asked for what they may not have, or in words without sense."""
        await self._record(by, "processing-activities", DeedResult.REFUSED, why)

    async def _record(
        self, by: str, about: str, result: DeedResult, detail: str, *, subject: str = ""
    ) -> None:
        deed = Deed(
            at=datetime.now(UTC),
            actor=f"api {by}",
            action=Action.LOG_LOOKED,
            about=about,
            result=result,
            origin=account(),
            detail=detail,
            subject=subject,
        )
        await record_deed(self._config, self._database, self._vault, deed)

    async def _about(self, sought: Sought) -> str:
        """A trace or a known activity; nothing else that a caller wrote.

        Whom of the inburgeraars it is about is on record as in every deed: their
        pseudonym in records would outlive them in this one.
        """
        if sought.person:
            return "unknown-person"
        if sought.trace:
            return sought.trace
        known = await ProcessingActivities(self._database).recorded()
        if sought.activity not in {each.activity_id for each in known}:
            return "unknown-activity"
        return sought.activity.removeprefix(f"{self._config.log.register_}/")


@asynccontextmanager
async def processing_reader(config: Config) -> AsyncIterator[ProcessingReader]:
    """The reader over the configured database; raises `NotReadyError` naming a part."""
    vault = parts.vault(config)
    async with ready_database(config, vault) as database:
        yield ProcessingReader(config, database, vault)


def server_context(section: ApiSection) -> ssl.SSLContext | None:
    """TLS 1.2 or later with the configured certificate; None where it listens to loopback alone.

    Raises `ConfigError` naming the files.
    """
    if section.certificate_file is None or section.key_file is None:
        return None
    read_secret("api.key_file", section.key_file)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    key = secret_path("api.key_file", section.key_file)
    try:
        # A key under a passphrase is refused, instead of asking for it on the terminal.
        context.load_cert_chain(section.certificate_file, key, lambda: "")
    except OSError:
        pass
    else:
        return context
    raise ConfigError("api.certificate_file or api.key_file: not a certificate and its key")


async def api_checked(config: Config) -> str:
    """Where the read interface would listen, and for how many; raises `ConfigError`."""
    section = config.api
    if section is None:
        return "none is configured"
    how = "over TLS" if server_context(section) is not None else "on this machine only"
    return f"{section.listen}, {how}, {len(section.token)} tokens"


def _asked(sought: Sought) -> str:
    """By what it was asked, as one word."""
    named = {"trace": sought.trace, "person": sought.person, "activity": sought.activity}
    return "-".join(name for name, value in named.items() if value)
