"""A private GnuPG home for one opener, and what a killed predecessor left of one."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from gateway.adapters.gnupg_agent import socket_of

PREFIX = "taalpoort-gpg-"
OWNER = "owner.lock"  # locked as long as the gateway that made the home lives


class GnuPGHome:
    """A new folder of mode 0700 in the temporary directory; `close` removes it.

    It may hold the gateway's secret key, so it wants a temporary directory in
    memory.  The path is short, because GnuPG's agent keeps its socket there.
    """

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._lock = (self.path / OWNER).open("wb")
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def close(self) -> None:
        """The agent is the opener's child and has died with it."""
        self._lock.close()
        _remove(self.path)


def sweep() -> int:
    """Remove homes whose gateway is gone, with their agents; returns how many."""
    swept = 0
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            if _is_orphan(path):
                _forget_redirect(path)
                _gpgconf(path, "--kill", "all")
                _remove(path)
                swept += 1
    return swept


def _is_orphan(path: Path) -> bool:
    with (path / OWNER).open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _forget_redirect(path: Path) -> None:
    """Where a file leads to somebody's agent, that agent is not ours to end."""
    address = socket_of(path)
    if address.is_file():
        address.unlink()


def _remove(path: Path) -> None:
    """The folder, and the one that GnuPG may have made for its sockets below /run/user."""
    if Path(f"/run/user/{os.getuid()}").exists():
        _gpgconf(path, "--remove-socketdir")
    shutil.rmtree(path, ignore_errors=True)


def _gpgconf(path: Path, *arguments: str) -> None:
    command = ["gpgconf", "--homedir", str(path), *arguments]
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(command, check=False, capture_output=True, timeout=10)  # noqa: S603 - fixed words
