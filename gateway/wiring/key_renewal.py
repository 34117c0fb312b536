"""A running gateway keeps up with its own keys: rotated by a command, or closed by time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gateway.adapters.own_key_book import recorded_keys
from gateway.adapters.workers import WorkerPool
from gateway.config import ConfigError
from gateway.wiring import keys
from gateway.wiring.errors import NotReadyError
from gateway.wiring.key_life import entered

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.adapters.database import Database
    from gateway.adapters.gateway_secrets import GatewaySecrets
    from gateway.adapters.vault import Vault
    from gateway.config import Config
    from gateway.domain.own_keys import OwnKeys
    from gateway.pipeline.gate import Gate


async def key_renewal(config: Config, database: Database, vault: Vault, gate: Gate) -> KeyRenewal:
    """What a gateway that starts looks by; the key in use is on record from then on."""
    await entered(config, database, vault)
    assert isinstance(gate.sealer, WorkerPool)
    return KeyRenewal(config, database, gate.sealer)


class KeyRenewal:
    """Gives the openers other keys when the record of them changes, or a key closes."""

    def __init__(self, config: Config, database: Database, sealer: WorkerPool) -> None:
        self._config = config
        self._database = database
        self._sealer = sealer
        self._revision = -1
        self._until: datetime | None = None
        self._lacks = False

    async def renew(self, now: datetime) -> bool | None:
        """Whether there was something new; None where the key in use is not on this machine.

        Then this gateway signs with the one it has, leaves mail to the other to who has
        it, and looks again the next time.  Raises `Retry`.
        """
        recorded = await recorded_keys(self._database)
        due = self._until is not None and self._until <= now
        if recorded.revision == self._revision and not due:
            return False
        whole = await asyncio.to_thread(self._found, recorded, now, strict=True)
        found = whole or await asyncio.to_thread(self._found, recorded, now, strict=False)
        if whole is not None:
            self._revision, self._until = recorded.revision, recorded.next_change(now)
        # Its file may come between the two readings: then the openers have it already.
        came, self._lacks = self._lacks, whole is None
        if found is None:
            return None
        changed = found != self._sealer.secrets
        if changed:
            self._sealer.renew(found)
        return None if self._lacks else came or changed

    def _found(self, recorded: OwnKeys, now: datetime, *, strict: bool) -> GatewaySecrets | None:
        try:
            return keys.own_secrets(self._config, recorded, now, strict=strict)
        except (ConfigError, NotReadyError):
            return None
