"""A private PostgreSQL cluster with the configuration of ``docker/postgres``.

Debian's binaries; needs root or the user ``postgres``, because the server
refuses to run as root.
"""

from __future__ import annotations

import itertools
import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tests.servers.process import DOCKER, NotStarted, Server, free_port, run_as

if TYPE_CHECKING:
    from collections.abc import Sequence

_numbers = itertools.count(1)


def _binaries() -> Path:
    """The newest installed version's programs."""
    versions = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda found: found.parent.name
    )
    if not versions:
        raise NotStarted("no PostgreSQL server is installed")
    return versions[-1]


class Postgres(Server):
    """Port: `port`.  `create_database` gives each test one of its own."""

    name = "postgres"
    # A fast shutdown: clients are cut off, what was committed is kept.
    stop_signal = signal.SIGINT

    def __init__(self) -> None:
        super().__init__()
        self.port = free_port()
        self.password = secrets.token_hex(16)
        self._dropped: list[str] = []
        self._programs = _binaries()
        self._data = self.folder / "data"
        self._etc = self.folder / "etc"
        # Through the log, as is usual since 15, a copy takes half as much again.
        self._how = " STRATEGY FILE_COPY" if int(self._programs.parent.name) >= 15 else ""
        self._copy_configuration()
        self._make_cluster()

    def user(self) -> str | None:
        """The user of Debian's package, unless the tests run as an ordinary user."""
        return "postgres" if os.geteuid() == 0 else None

    def _copy_configuration(self) -> None:
        # The checkout may lie where the user postgres cannot go.
        shutil.copytree(DOCKER / "postgres", self._etc)
        self._own(self._etc, *self._etc.iterdir())

    def _own(self, *paths: Path) -> None:
        if (user := self.user()) is not None:
            for path in paths:
                shutil.chown(path, user, user)

    def _make_cluster(self) -> None:
        secret = self.folder / "secret"
        secret.touch(mode=0o600)
        secret.write_text(self.password)
        self._data.mkdir(mode=0o700)
        self._own(secret, self._data)
        self.folder.chmod(0o711)
        self._run(
            "initdb",
            *("--pgdata", str(self._data), "--pwfile", str(secret), "--username", "postgres"),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--no-locale", "--no-sync"),
        )
        secret.unlink()

    def _run(self, program: str, *arguments: str) -> None:
        self._output(program, *arguments)

    def _output(self, program: str, *arguments: str) -> bytes:
        done = subprocess.run(
            (str(self._programs / program), *arguments),
            check=False,
            capture_output=True,
            timeout=300,
            cwd=self.folder,
            **run_as(self.user()),
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PGPASSWORD": self.password},
        )
        if done.returncode:
            raise NotStarted(f"{program}: {done.stderr.decode(errors='replace')}")
        return done.stdout

    def command(self) -> Sequence[str]:
        """The shipped configuration; only where things lie is given here."""
        settings = {
            "config_file": self._etc / "postgresql.conf",
            "hba_file": self._etc / "pg_hba.conf",
            "ident_file": self._data / "pg_ident.conf",
            "data_directory": self._data,
            "unix_socket_directories": self._data,
            "listen_addresses": "127.0.0.1",
            "port": self.port,
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        return (str(self._programs / "postgres"), *options)

    def _is_up(self) -> bool:
        # It listens before it has recovered, and refuses until then.
        return super()._is_up() and self._is_ready()

    def _is_ready(self) -> bool:
        ask = (str(self._programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port))
        return subprocess.run(ask, check=False, timeout=300).returncode == 0

    def ports(self) -> Sequence[int]:
        """The one."""
        return (self.port,)

    def url(self, database: str) -> str:
        """For SQLAlchemy with asyncpg."""
        return f"postgresql+asyncpg://postgres:{self.password}@127.0.0.1:{self.port}/{database}"

    def create_database(self, template: str = "template1") -> str:
        """A new database, empty or a copy of the one of this name; its `url`."""
        name = f"proef{next(_numbers)}"
        dropped, self._dropped = self._dropped, []
        self.sql(*dropped, f"CREATE DATABASE {name} TEMPLATE {template}{self._how}")
        return self.url(name)

    def files(self, database: str) -> Sequence[Path]:
        """All that the cluster keeps on disk, but for what belongs to other databases."""
        oid = self._output("psql", "--tuples-only", "--no-align", "--command",
            f"SELECT oid FROM pg_database WHERE datname = '{database}'",
            *self._as_administrator()).strip().decode()  # fmt: skip
        others = self._data / "base"
        return [
            each
            for each in self._data.rglob("*")
            if each.is_file() and (others not in each.parents or (others / oid) in each.parents)
        ]

    def dump(self, database: str) -> bytes:
        """A backup in SQL, as ``pg_dump`` makes it."""
        return self._output("pg_dump", *self._as_administrator(), "--dbname", database)

    def _as_administrator(self) -> Sequence[str]:
        return ("--host", "127.0.0.1", "--port", str(self.port), "--username", "postgres")

    def drop(self, url: str) -> None:
        """Nobody wants this database any more; it goes when the next one is created."""
        self._dropped.append(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def sql(self, *statements: str, database: str = "postgres") -> None:
        """Run statements as the administrator, one after another."""
        self._run(
            "psql",
            *("--host", "127.0.0.1", "--port", str(self.port), "--username", "postgres"),
            *("--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--dbname", database),
            *(f"--command={each}" for each in statements),
        )
