"""A first installation: keys and tables where there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.migrate import SchemaError, migrate
from gateway.adapters.vault import create_master_key
from gateway.config import secret_path
from gateway.domain.stops import Retry
from gateway.wiring import keys, parts
from gateway.wiring.errors import NotReadyError
from gateway.wiring.serving import checked_policy, ready

if TYPE_CHECKING:
    from gateway.config import Config


async def prepare(config: Config) -> dict[str, str]:
    """Make what is missing, keep what is there, and say which; raises `NotReadyError`."""
    policy = checked_policy(config)
    config.gateway.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = {
        "master key": _master_key(config),
        "gateway key": keys.make_key(config),
        "policy": f"{len(policy.rows)} rows, sha256 {policy.digest}",
    }
    vault = parts.vault(config)
    database = parts.database(config)
    try:
        made["database"] = await migrate(database)
        await ready(database, vault)
    except SchemaError as error:
        raise NotReadyError(f"database: {error}") from None
    except Retry:
        raise NotReadyError("database.url: the database cannot be reached") from None
    finally:
        await database.close()
    return made


def _master_key(config: Config) -> str:
    named = parts.needed(config.keys, "keys").master_key_file
    path = secret_path("keys.master_key_file", named)
    if path.exists():
        return "kept"
    path.parent.mkdir(parents=True, exist_ok=True)
    create_master_key(path)
    return f"made; keep a copy of {path} where no backup of the database is"
