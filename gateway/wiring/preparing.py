"""A first installation: keys and tables where there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.schema_version import SchemaError
from gateway.adapters.vault import create_master_key
from gateway.config import secret_path
from gateway.domain.audit import Action
from gateway.domain.stops import Retry
from gateway.wiring import keys, parts
from gateway.wiring.deeds import covered, deeds
from gateway.wiring.errors import NotReadyError
from gateway.wiring.key_life import entered as own_key_entered
from gateway.wiring.log import make_log_key
from gateway.wiring.processing import activities, entered
from gateway.wiring.readiness import ready
from gateway.wiring.register import administration
from gateway.wiring.ruling import first_text, ruling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.adapters.database import Database
    from gateway.adapters.vault import Vault
    from gateway.config import Config


async def prepare(config: Config) -> dict[str, str]:
    """Make what is missing, keep what is there, and say which; raises `NotReadyError`."""
    from gateway.adapters.migrate import migrate  # noqa: PLC0415 - see `schema_version`

    first = first_text(config)
    activities(config)  # a faulty file is named before anything is made
    config.gateway.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = {
        "master key": _master_key(config),
        "gateway key": keys.make_key(config),
    }
    vault = parts.vault(config)
    database = parts.database(config)
    try:
        made["database"] = await migrate(database)
        await ready(database, vault)
        made["log key"] = await make_log_key(config, database)
        made["processing activities"] = await entered(config, database)
        made["policy"] = await _policy(config, database, vault, first)
        await _on_record(config, database, vault, made)
        await own_key_entered(config, database, vault)
        await covered(config, database)
    except SchemaError as error:
        raise NotReadyError(f"database: {error}") from None
    except Retry:
        raise NotReadyError("database.url: the database cannot be reached") from None
    finally:
        await database.close()
    return made


async def _on_record(
    config: Config, database: Database, vault: Vault, made: Mapping[str, str]
) -> None:
    """Who prepared this gateway, and which keys were made."""
    record = await deeds(config, database, vault)
    for key in ("master key", "gateway key", "log key"):
        if made[key].startswith("made"):
            await record.record(Action.KEY_MADE, key.replace(" ", "-"))
    await record.record(Action.PREPARED, config.gateway.instance)


async def _policy(config: Config, database: Database, vault: Vault, first: str) -> str:
    """The table in force; `first` comes into force where there is none yet."""
    register = await administration(config, database, vault)
    done = "kept"
    if not (await register.roster()).policies.ever():
        async with register.founding(by="gateway init") as change:
            await change.policies.found(first)
        done = "in force"
    policy = await ruling(database, vault)
    return f"{done}, version {policy.table.version}, sha256 {policy.digest}"


def _master_key(config: Config) -> str:
    named = parts.needed(config.keys, "keys").master_key_file
    path = secret_path("keys.master_key_file", named)
    if path.exists():
        return "kept"
    path.parent.mkdir(parents=True, exist_ok=True)
    create_master_key(path)
    return f"made; keep a copy of {path} where no backup of the database is"
