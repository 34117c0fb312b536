"""The command ``gateway``, loaded once by each test process and forked for every start.

What a command imports takes longer than what it does, and the tests start hundreds.  Each start is
still a process of its own with its own arguments, environment and files; only loading the code is
shared.  The first line of the user's way, the installed script itself, is what
`tests/journeys/test_the_command.py`, `test_first_installation.py` and `tests/demo` start.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
from functools import cache
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, Never

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from _typeshed import FileDescriptorLike

GATEWAY = "gateway"
LARGEST = 1 << 17  # bytes; a request names arguments and environment


class Started:
    """What `subprocess.Popen` offers of a process, for one that somebody else is the parent of."""

    def __init__(self, ended: socket.socket) -> None:
        self._ended = ended
        self.pid = int.from_bytes(ended.recv(4), "big")
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None as long as it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, at most `timeout` seconds (`subprocess.TimeoutExpired`)."""
        if self.returncode is None:
            if not select.select([self._ended], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired([GATEWAY], timeout or 0)
            code = self._ended.recv(4)
            assert code, "what was loaded has ended before what it started"
            self.returncode = int.from_bytes(code, "big", signed=True)
            self._ended.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Nothing once it has ended: its number may be another's."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


def start(
    arguments: Sequence[str],
    *,
    stdout: FileDescriptorLike,
    stderr: FileDescriptorLike,
    environment: Mapping[str, str] | None = None,
) -> Started:
    """Begin ``gateway ...``, or ``python -m MODULE ...`` for arguments that begin with ``-m``."""
    request = {
        "arguments": list(arguments),
        "environment": dict(os.environ if environment is None else environment),
        "folder": os.getcwd(),
    }
    ours, theirs = socket.socketpair()
    with theirs, open(os.devnull, "rb") as nothing:
        files = [_number(each) for each in (nothing, stdout, stderr, theirs)]
        with _turn:
            socket.send_fds(_loaded(), [json.dumps(request).encode()], files)
        return Started(ours)


def run(
    *arguments: str, timeout: float = 60, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """``gateway ...`` to its end, within `timeout` seconds, with what it printed."""
    with TemporaryFile() as out, TemporaryFile() as err:
        started = start(arguments, stdout=out, stderr=err, environment=environment)
        try:
            code = started.wait(timeout)
        except subprocess.TimeoutExpired:
            started.kill()
            raise
        said = []
        for each in (out, err):
            each.seek(0)
            said.append(each.read().decode())
    return subprocess.CompletedProcess([GATEWAY, *arguments], code, *said)


_turn = threading.Lock()


@cache
def _loaded() -> socket.socket:
    """The process that has everything loaded; it ends when this one does."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        subprocess.Popen(
            [sys.executable, "-m", __name__, str(theirs.fileno())], pass_fds=(theirs.fileno(),)
        )
    return ours


def _number(file: FileDescriptorLike) -> int:
    return file if isinstance(file, int) else file.fileno()


# --- in the process that has everything loaded -----------------------------------


def _serve(control: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Fork for each request; comes back in the forked process only, with what it is to do."""
    running: dict[int, int] = {}
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.set_wakeup_fd(tell)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        ready = select.select([control.fileno(), told], [], [])[0]
        if told in ready:
            os.read(told, 512)
            _bury(running)
        if control.fileno() in ready:
            message, files, _, _ = socket.recv_fds(control, LARGEST, 4)
            if not message:
                os._exit(0)
            pid = os.fork()
            if pid == 0:
                for each in (told, tell, control.detach(), *running.values()):
                    os.close(each)
                return json.loads(message), files
            *inherited, ended = files
            for each in inherited:
                os.close(each)
            running[pid] = ended
            os.write(ended, pid.to_bytes(4, "big"))


def _bury(running: dict[int, int]) -> None:
    """Tell of each that has ended how it did."""
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            pid, status = ended
            with contextlib.suppress(OSError):  # nobody asks any more
                os.write(
                    running[pid], os.waitstatus_to_exitcode(status).to_bytes(4, "big", signed=True)
                )
            os.close(running.pop(pid))


def _become(request: dict[str, Any], files: list[int]) -> Never:
    """What a fresh interpreter would be at this point."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, each in enumerate(files[:3]):
        os.dup2(each, number)
    for each in files:
        os.close(each)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    try:
        _do(request["arguments"])
    except SystemExit as asked:
        _end(asked.code)
    _end(None)


def _do(arguments: list[str]) -> None:
    if arguments[:1] == ["-m"]:
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = [GATEWAY, *arguments]
        app()


def _end(code: object) -> Never:
    """As an interpreter ends, short of taking all apart that was loaded: most of a start's cost."""
    threading._shutdown()  # type: ignore[attr-defined] # what an interpreter does first
    atexit._run_exitfuncs()
    if isinstance(code, str):
        sys.stderr.write(f"{code}\n")
    for each in (sys.stdout, sys.stderr):
        each.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    import typer.main

    from gateway.adapters.page import templates
    from gateway.cli.main import app

    templates()
    # The tree of all commands is half of what a start still costs: built here, once.
    typer.main.get_command = cache(typer.main.get_command)
    typer.main.get_command(app)
    gc.collect()
    gc.freeze()
    _become(*_serve(socket.socket(fileno=int(sys.argv[1]))))
