"""An installation on disk: a configuration file, keys, tables and a mailbox folder.

Made once by `wiring.prepare` and copied, because making keys takes a while; a
test spoils its own copy by one line.
"""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from gateway import config as configuration
from gateway import wiring
from gateway.adapters.database_register import Register
from gateway.cli.main import app
from tests import people, world

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

    from gateway.config import Config
    from tests.servers.postfix import Postfix

ADDRESS = "poort@gemeente.example"
# The commands go by the real clock.
LONG_AFTER = datetime(2090, 1, 1, tzinfo=UTC)

TEMPLATE = """
[gateway]
address = "{address}"
municipality = "Gemeente Voorbeeldstad"
contact = "functioneel-beheer@gemeente.example"
instance = "poort-1"
state_dir = "{folder}/state"
[database]
url = "sqlite:///{folder}/state/gateway.db"
[keys]
secret_key_file = "{folder}/state/gateway.sec"
public_key_file = "{folder}/state/gateway.asc"
master_key_file = "{folder}/state/master.key"
workers = 1
[[mailbox]]
kind = "maildir"
path = "{folder}/box"
[relay]
host = "127.0.0.1"
port = {port}
ca_file = "{ca}"
user = "{user}"
password_file = "{folder}/password"
timeout_seconds = 30
[[sender]]
id = "contact-1"
address = "saar@taalschool.example"
name = "Saar Proefdocent"
secret_key_file = "{folder}/saar.sec"
"""


@dataclass(frozen=True)
class Installation:
    """A folder with ``gateway.toml`` and what it names."""

    folder: Path

    @property
    def file(self) -> Path:
        """The configuration file."""
        return self.folder / "gateway.toml"

    @property
    def state(self) -> Path:
        """Keys and database."""
        return self.folder / "state"

    def config(self) -> Config:
        """As read and checked."""
        return configuration.load(self.file)

    def change(self, old: str, new: str) -> None:
        """Write something else in the configuration."""
        text = self.file.read_text()
        assert old in text, old
        self.file.write_text(text.replace(old, new))

    def run(self, *arguments: str | Path) -> Result:
        """The command ``gateway`` on this configuration; `exit_code`, `stdout`, `stderr`."""
        environment = {"TAALPOORT_CONFIG": str(self.file)}
        result = CliRunner().invoke(app, list(map(str, arguments)), env=environment)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result


def written(folder: Path, postfix: Postfix) -> Installation:
    """The configuration with its passwords and Saar's key; nothing is prepared yet."""
    account = postfix.new_account()
    made = Installation(folder)
    made.file.write_text(
        TEMPLATE.format(
            folder=folder,
            address=ADDRESS,
            port=postfix.submissions,
            ca=postfix.certificates.ca,
            user=account.address,
        )
    )
    secret(folder / "password", account.password.encode())
    secret(folder / "saar.sec", people_of_the_world()[world.SAAR].tsk)
    for box in ("new", "cur", "tmp"):
        (folder / "box" / box).mkdir(parents=True)
    return made


def prepared(folder: Path, postfix: Postfix) -> Installation:
    """With keys, tables, and the world of ``tests/world.py`` on record."""
    made = written(folder, postfix)
    asyncio.run(_prepare(made.config()))
    return made


def copied(original: Installation, folder: Path) -> Installation:
    """The same in another folder."""
    shutil.copytree(original.folder, folder, dirs_exist_ok=True)
    made = Installation(folder)
    made.file.write_text(made.file.read_text().replace(str(original.folder), str(folder)))
    return made


def secret(path: Path, content: bytes) -> None:
    """A file that only its owner can read."""
    path.touch(mode=0o600)
    path.write_bytes(content)


def people_of_the_world() -> dict[str, people.Person]:
    """Everybody with a key, the same within a test session."""
    return {each.contact_id: people.person(each.name, each.address) for each in world.PEOPLE}


async def _prepare(config: Config) -> None:
    await wiring.prepare(config)
    async with wiring.register(config) as register:
        assert isinstance(register, Register)
        certificates = {who: each.cert for who, each in people_of_the_world().items()}
        await world.build(register, until=LONG_AFTER, certificates=certificates)
