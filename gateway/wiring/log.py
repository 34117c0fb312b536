"""The log's key, its sequencer, and what was last known of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.adapters.log_key import LogKey, LogKeyError, create_log_key
from gateway.adapters.log_proving import DatabaseProofs
from gateway.adapters.log_sequencing import Sequencer, has_begun
from gateway.adapters.log_state import KnownLog, RememberedLog
from gateway.config import is_credential, secret_path
from gateway.ledger.verdict import BrokenLogError
from gateway.wiring import parts
from gateway.wiring.errors import NotReadyError

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.adapters.database import Database
    from gateway.adapters.vault import Vault
    from gateway.config import Config


def origin(config: Config) -> str:
    """The name that partners know this log by."""
    domain = config.gateway.address.rpartition("@")[2]
    return config.log.origin or f"{domain.lower()}/taalpoort"


def log_key_file(config: Config) -> Path:
    """Where the log's key lies."""
    named = parts.needed(config.keys, "keys").log_key_file
    if named is None:
        return config.gateway.state_dir / "log.key"
    return secret_path("keys.log_key_file", named)


def log_key(config: Config) -> LogKey:
    """The key that signs checkpoints; raises `NotReadyError`."""
    named = parts.needed(config.keys, "keys").log_key_file or ""
    path = log_key_file(config)
    try:
        return LogKey.from_file(path, origin(config), credential=is_credential(named))
    except LogKeyError as error:
        raise NotReadyError(f"keys.log_key_file: {error}") from None


async def make_log_key(config: Config, database: Database) -> str:
    """The log's key where there is none; says which.

    Raises `NotReadyError`, also where the log has begun and its key is gone: another
    one could not go on with it.
    """
    path = log_key_file(config)
    if not path.exists():
        if await has_begun(database):
            raise NotReadyError(f"keys.log_key_file: {path} is gone; put it back from your backup")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            create_log_key(path)
        except LogKeyError as error:
            raise NotReadyError(f"keys.log_key_file: {error}") from None
        return f"made, {log_key(config).public}"
    return f"kept, {log_key(config).public}"


async def known_log(config: Config, database: Database) -> KnownLog:
    """The newest checkpoint as it is now; raises `NotReadyError`."""
    known = KnownLog()
    try:
        known.newest = await Sequencer(database, log_key(config)).newest()
    except BrokenLogError as error:
        raise NotReadyError(f"log: {error.where}; see gateway log verify") from None
    return known


async def log_of(
    config: Config, database: Database, vault: Vault, known: KnownLog
) -> RememberedLog:
    """The log, found to follow from what was last known of it; raises `NotReadyError`."""
    log = remembered_log(database, vault, log_key(config), config.gateway.state_dir, known)
    try:
        await log.begin(datetime.now(UTC))
    except BrokenLogError as error:
        raise NotReadyError(f"log: {error.where}; see gateway log verify") from None
    return log


def remembered_log(
    database: Database, vault: Vault, key: LogKey, state: Path, known: KnownLog | None = None
) -> RememberedLog:
    """The log, and in this folder what a gateway last knew of it."""
    proofs = DatabaseProofs(database, vault, key.public)
    return RememberedLog(Sequencer(database, key), proofs, key, state, known or KnownLog())
