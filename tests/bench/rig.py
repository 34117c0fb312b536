"""Real servers for the bench, and a gateway process on them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.material import ADDRESS
from tests.bench.metering import waited
from tests.servers.dovecot import PASSWORD, Account, Dovecot
from tests.servers.postfix import Postfix
from tests.servers.postgres import Postgres
from tests.servers.process import server_folder
from tests.servers.smtp_sink import SmtpSink
from tests.servers.tls import Certificates, issue

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.bench.material import Material

FAULTS = (
    b'"event": "bug"',
    b'.unreachable"',
    b'"outcome": "reject"',
    b'"outcome": "hold"',
    b"Traceback",
)
ROOT = Path(__file__).resolve().parents[2]
_GATEWAY = """
import sys
from pathlib import Path
from gateway.cli.serve import serve
serve(Path(sys.argv[1]))
"""


class CountingSink(SmtpSink):
    """Says how many mails it took."""

    def command(self) -> Sequence[str]:
        """With smtp-sink's running counters."""
        return ("/usr/sbin/smtp-sink", "-c", f"127.0.0.1:{self.port}", "100")

    def count(self) -> int:
        """Mails accepted since it started."""
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - 200))
            last = log.read().rpartition(b"mesg=")[2]
        return int(last.split()[0]) if last.split() else 0


@dataclass
class Servers:
    """The servers of every part; `front` ends TLS before the sink, `postfix` delivers."""

    certificates: Certificates
    dovecot: Dovecot
    sink: CountingSink
    front: Postfix
    postfix: Postfix
    postgres: Postgres

    @property
    def account(self) -> Account:
        """The gateway's mailbox."""
        return Account(address=ADDRESS, password=PASSWORD)

    def empty(self, account: Account) -> None:
        """As if the mailbox were new; nobody may be logged in."""
        shutil.rmtree(self.dovecot.maildir(account))
        self.dovecot._make_maildir(account)

    def told(self) -> str:
        """The ends of the servers' logs, for a failure message."""
        return "\n".join(
            f"{each.name}: {each.tail(600)}" for each in (self.dovecot, self.front, self.postfix)
        )

    def preload(self, mails: Iterator[bytes]) -> None:
        """Put these into the gateway's mailbox."""
        self.dovecot.deliver(self.account, *mails)


@contextmanager
def servers(*addresses: str) -> Iterator[Servers]:
    """All servers, with the gateway's mailbox and these."""
    with ExitStack() as stack:
        folder = server_folder("bench-tls")
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        certificates = issue(folder)
        dovecot = Dovecot(certificates)
        for address in {ADDRESS, *addresses}:
            dovecot.add_account(address)
        stack.enter_context(dovecot)
        sink = stack.enter_context(CountingSink())
        front = Postfix(certificates, dovecot, extra=sink.behind_postfix)
        postfix = Postfix(certificates, dovecot)
        yield Servers(
            certificates=certificates,
            dovecot=dovecot,
            sink=sink,
            front=stack.enter_context(front),
            postfix=stack.enter_context(postfix),
            postgres=stack.enter_context(Postgres()),
        )


def configuration(
    where: Path,
    material: Material,
    there: Servers,
    *,
    database: str,
    relay: Postfix,
    engine: str = "sequoia",
) -> Path:
    """A configuration file for one run, in a folder of its own."""
    where.mkdir()
    password = where / "password"
    password.touch(mode=0o600)
    password.write_text(PASSWORD)
    file = where / "gateway.toml"
    file.write_text(
        f"""
[gateway]
address = "{ADDRESS}"
municipality = "Voorbeeldstad"
contact = "Bel 14 0518"
instance = "bench"
state_dir = "{where}"

[database]
url = "{database}"

[keys]
engine = "{engine}"
secret_key_file = "{material.folder}/gateway.private"
public_key_file = "{material.folder}/gateway.pgp"
master_key_file = "{material.folder}/master.private"

[[mailbox]]
kind = "imap"
host = "127.0.0.1"
port = {there.dovecot.imaps}
user = "{ADDRESS}"
password_file = "{password}"
ca_file = "{there.certificates.ca}"

[relay]
host = "127.0.0.1"
port = {relay.submissions}
user = "{ADDRESS}"
password_file = "{password}"
ca_file = "{there.certificates.ca}"
"""
    )
    return file


class Process:
    """A measured process; its standard error goes to a file beside its configuration."""

    def __init__(self, log: Path, arguments: Sequence[str]) -> None:
        self._log = log
        self._heard = 0
        self.faulty = False
        self.ready = 0.0  # monotonic seconds, once it said so
        with log.open("ab") as stream:
            self._process = subprocess.Popen(
                [sys.executable, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )

    @property
    def pid(self) -> int:
        """Of the first process."""
        return self._process.pid

    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def said(self, words: str) -> bool:
        """Whether its log holds these words."""
        return words in self.log()

    def goes_well(self) -> bool:
        """Whether nothing it has logged by now speaks of a fault; cheap to ask often."""
        with self._log.open("rb") as log:
            log.seek(self._heard)
            lines = log.read()
        whole = lines.rpartition(b"\n")[0]
        self._heard += len(whole)
        self.faulty = self.faulty or any(word in whole for word in FAULTS)
        return self.alive() and not self.faulty

    def log(self) -> str:
        """All it said."""
        return self._log.read_text(errors="replace")

    def stop(self) -> None:
        """SIGTERM, and a while later SIGKILL."""
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)


@contextmanager
def running(log: Path, *arguments: str, ready: str) -> Iterator[Process]:
    """A process of this interpreter, once it has said `ready`; stopped at the end."""
    process = Process(log, arguments)
    try:
        process.ready = waited(lambda: process.said(ready), 60, process.alive)
        yield process
    except TimeoutError as error:
        raise TimeoutError(f"{error}: {process.log()[-2000:]}") from None
    finally:
        process.stop()


@contextmanager
def gateway(config: Path) -> Iterator[Process]:
    """``gateway serve``, started."""
    with running(
        config.with_suffix(".log"), "-c", _GATEWAY, str(config), ready="gateway.started"
    ) as process:
        yield process
