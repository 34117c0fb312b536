"""What S/MIME certificates are judged by: put together, kept fresh, and given to the openers."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.adapters.database_registry import DatabaseRegistry
from gateway.adapters.revocation import Revocation
from gateway.adapters.revocation_fetch import Fetcher
from gateway.adapters.revocation_files import KeptFiles, TrustFileError, TrustFiles
from gateway.wiring import parts
from gateway.wiring.errors import NotReadyError
from gateway.wiring.readiness import ready_database
from gateway.wiring.running import TrustNews

if TYPE_CHECKING:
    from gateway.adapters.revocation import Refreshed
    from gateway.adapters.trust_material import TrustMaterial
    from gateway.adapters.workers import WorkerPool
    from gateway.config import Config
    from gateway.config.smime import SmimeSection
    from gateway.ports import Registry


class TrustKeeping:
    """The openers of one gateway judge by what is known now; `begin` comes first."""

    def __init__(self, revocation: Revocation) -> None:
        self._revocation = revocation
        self._given: TrustMaterial | None = None

    async def begin(self, registry: Registry, sealer: WorkerPool) -> None:
        """Give the openers what is on this machine; raises `NotReadyError`."""
        self._registry, self._sealer = registry, sealer
        keyring = await registry.keyring()
        problem = ""
        try:
            self._give(
                await asyncio.to_thread(self._revocation.known, keyring.x509, datetime.now(UTC))
            )
        except TrustFileError as error:
            problem = str(error)
        if problem:
            raise NotReadyError(f"smime: {problem}")

    async def refresh(self, at: datetime) -> TrustNews:
        """Fetch what is due and give it to the openers; raises `Retry` without the register.

        Where the roots cannot be read, what was known goes on, until it ends by itself.
        """
        keyring = await self._registry.keyring()
        try:
            found = await asyncio.to_thread(self._revocation.refresh, keyring.x509, at)
        except TrustFileError:
            return TrustNews(roots_unreadable=True)
        self._give(found)
        return TrustNews(
            fetched=found.fetched,
            failed=dict(Counter(found.failed)),
            unreadable=len(found.unreadable),
            unknown=found.unknown,
            untrusted=found.untrusted,
            more=found.more,
        )

    def _give(self, found: Refreshed) -> None:
        if found.material != self._given:
            self._given = found.material
            self._sealer.set_trust(found.material)


def trust_keeping(config: Config) -> TrustKeeping | None:
    """None where S/MIME is not configured."""
    section = config.smime
    return None if section is None else TrustKeeping(_revocation(config, section))


async def revocation_state(config: Config) -> str:
    """For `doctor`: what is known of the register's certificates, without fetching anything.

    Raises `NotReadyError` where mail would wait for it.
    """
    section = config.smime
    if section is None:
        return "not configured"
    vault = parts.vault(config)
    async with ready_database(config, vault) as database:
        keyring = await DatabaseRegistry(database, vault).keyring()
    try:
        found = _revocation(config, section).known(keyring.x509, datetime.now(UTC))
    except TrustFileError as error:
        problem = str(error)
    else:
        text, problem = _told(found), _trouble(found)
        if not problem:
            return text
    raise NotReadyError(f"smime: {problem}")


async def proxy_reached(config: Config) -> str:
    """For `doctor`: whether the proxy for lists and answers listens; raises `NotReadyError`."""
    section = config.smime
    if section is None or not section.fetch or section.proxy is None:
        return "none configured"
    if await asyncio.to_thread(_fetcher(section).reach_proxy):
        return "reached"
    raise NotReadyError("smime.proxy: cannot be reached")


def _told(found: Refreshed) -> str:
    lists, answers = len(found.material.crls), len(found.material.ocsp)
    until = f", all of it until {found.until:%Y-%m-%d %H:%M} UTC" if found.until else ""
    return f"{found.registered} certificates, {lists} lists, {answers} answers{until}"


def _trouble(found: Refreshed) -> str:
    troubles = [f"{each} cannot be read" for each in found.unreadable]
    if found.untrusted:
        troubles.append(f"{found.untrusted} certificates lead to no configured root")
    if found.unknown:
        troubles.append(f"of {found.unknown} certificates nobody says that they are not revoked")
    return "; ".join(troubles)


def _revocation(config: Config, section: SmimeSection) -> Revocation:
    files = TrustFiles(
        roots=section.roots_file,
        intermediates=section.intermediates_file,
        crls=section.crl_files,
        ocsp=section.ocsp_files,
    )
    kept = KeptFiles(config.gateway.state_dir / "revocation")
    return Revocation(files, kept, _fetcher(section) if section.fetch else None)


def _fetcher(section: SmimeSection) -> Fetcher:
    return Fetcher(
        proxy=section.proxy,
        timeout_seconds=section.fetch_timeout_seconds,
        private=section.fetch_private,
    )
