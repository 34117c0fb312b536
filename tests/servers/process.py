"""Starting, pausing and ending the processes of a server, and only those.

Server users (``dovecot``, ``postfix``, ``postgres``) must be able to walk to a
server's folder, so it lies in a short private folder of its own and not in the
checkout, whose parents may be closed to them.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypedDict

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

DOCKER = Path(__file__).resolve().parents[2] / "docker"
_handed_out: set[int] = set()


class NotStarted(Exception):  # noqa: N818 - says what happened; nobody catches it as an error kind
    """A server did not come up; the message holds the end of its log."""


def free_port() -> int:
    """A loopback port that nobody listens on, and that this process did not hand out before.

    Below the range from which the kernel takes the near end of connections, so
    that no client happens to occupy it; each process of pytest-xdist has a
    range of its own, so that none takes a port whose server is down for a test.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = 10_000 + worker % 8 * 2_500
    for _ in range(1000):
        port = first + secrets.randbelow(2_500)
        if port not in _handed_out and _is_free(port):
            _handed_out.add(port)
            return port
    raise NotStarted("no free port on loopback")


def needs_root(name: str) -> None:
    """Say so at once, instead of failing somewhere in the middle."""
    if os.geteuid() != 0:
        raise NotStarted(f"{name} can only be started by root")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def server_folder(name: str) -> Path:
    """A new folder that every user may walk through and only the owner may list."""
    for parent in (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):
        if all(step.stat().st_mode & 0o001 for step in (parent, *parent.parents)):
            folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=parent))
            folder.chmod(0o711)
            return folder
    raise NotStarted("no temporary folder that the servers' users can reach")


def listens(port: int) -> bool:
    """Whether a connection to this loopback port is accepted now."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def wait_until(
    condition: Callable[[], bool], *, seconds: float = 300, pause: float = 0.01, what: str = ""
) -> None:
    """Look every `pause` seconds; raises TimeoutError, naming `what`, when it stays false.

    Who waits loses nothing by waiting long: `seconds` are for a machine with too much to do.
    """
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(what or "condition did not come true in time")
        time.sleep(pause)


def _watch(process: int, stop_signal: int) -> subprocess.Popen[bytes]:
    """End the server also when the tests are killed: their end of the pipe closes then."""
    script = 'read -r _ || kill -"$1" "$2"'
    return subprocess.Popen(
        ("/bin/sh", "-c", script, "watch", str(int(stop_signal)), str(process)),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def all_ended(processes: Sequence[psutil.Process], *, seconds: float) -> bool:
    """Whether they all end within `seconds`."""
    try:
        wait_until(lambda: not any(map(_runs, processes)), seconds=seconds)
    except TimeoutError:
        return False
    return True


class RunAs(TypedDict, total=False):
    """The arguments of `subprocess.run` that drop root's rights."""

    user: int
    group: int
    extra_groups: list[int]


def run_as(user: str | None) -> RunAs:
    """Be this user, with its first group only; None stays who we are."""
    if user is None:
        return {}
    account = pwd.getpwnam(user)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


class Server:
    """A server process with its children.  Subclasses say what to run and where it listens.

    A context manager; `start` and `stop` may be called again and again on the
    same ports and data, `pause` freezes every process so that the server
    accepts connections but never answers.
    """

    name = "server"

    def __init__(self) -> None:
        self.folder = server_folder(self.name)
        self.log = self.folder / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self._watch: subprocess.Popen[bytes] | None = None

    def command(self) -> Sequence[str]:
        """The program in the foreground, with its arguments."""
        raise NotImplementedError

    def ports(self) -> Sequence[int]:
        """The ports that are open when the server is up."""
        raise NotImplementedError

    def user(self) -> str | None:
        """The user to run as when the tests run as root; None keeps root."""
        return None

    def start(self) -> None:
        """Start, and return when every port answers."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
                **run_as(self.user()),
            )
        self._watch = _watch(self._process.pid, self.stop_signal)
        try:
            wait_until(self._is_up, what=f"{self.name} does not listen")
        except TimeoutError:
            self.stop()
            raise NotStarted(f"{self.name}: {self.tail()}") from None
        except NotStarted:
            self.stop()
            raise

    def _is_up(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            raise NotStarted(f"{self.name} ended: {self.tail()}")
        return all(map(listens, self.ports()))

    def processes(self) -> list[psutil.Process]:
        """The server's processes, the first one first; empty when it does not run."""
        if self._process is None or self._process.poll() is not None:
            return []
        first = psutil.Process(self._process.pid)
        return [first, *first.children(recursive=True)]

    def stop(self) -> None:
        """End it and its children; what has not ended after `patience` is killed by its id."""
        if self._process is None:
            return
        running = self.processes()
        self.resume()
        self._process.send_signal(self.stop_signal)
        if not all_ended(running, seconds=self.patience):
            for process in filter(_runs, running):
                process.kill()
        self._process.wait(timeout=300)
        self._process = None
        if self._watch is not None:
            self._watch.communicate(b"ended in order\n", timeout=300)
            self._watch = None

    stop_signal = signal.SIGTERM
    patience = 5.0

    def kill(self) -> None:
        """As if the machine stopped: every process at once, no goodbye."""
        for process in self.processes():
            process.kill()
        self.stop()

    def pause(self) -> None:
        """Freeze: connections are accepted by the kernel, nothing is answered."""
        for process in self.processes():
            process.suspend()

    def resume(self) -> None:
        """Go on after `pause`."""
        for process in self.processes():
            process.resume()

    def tail(self, characters: int = 3000) -> str:
        """The end of the log, for a failure message."""
        return self.log.read_text(errors="replace")[-characters:] if self.log.exists() else ""

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
