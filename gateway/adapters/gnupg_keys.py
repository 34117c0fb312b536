"""The gateway's secret keys as gpg uses them; here those that are imported for one opener.

`gnupg_agent_keys` has those that stay where they are.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from gateway.adapters.gnupg_agent import socket_of
from gateway.adapters.gnupg_process import GPG_SECONDS, environment, run
from gateway.adapters.pgp_container import UnsupportedKeyError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from gateway.adapters.gnupg_status import Report

SUPERVISED_DESCRIPTOR = 3  # systemd's first, as sd_listen_fds(3) has it
PR_SET_PDEATHSIG = 1
# Each minute an agent connects to its own socket to see whether another agent took it over; the
# supervised agent of GnuPG 2.2 dies of that (SIGPIPE) within two minutes.  Nobody else has the
# folder that the socket is in.
NO_OWN_CHECK = "--disable-check-own-socket"
NO_PINENTRY = ["--pinentry-mode", "error"]


class KeysUnavailableError(Exception):
    """A secret key cannot be used now; says why, for the gateway's administrator."""


@dataclass(frozen=True, slots=True)
class Access:
    """How gpg gets at the secret keys, this once."""

    options: tuple[str, ...] = tuple(NO_PINENTRY)
    descriptors: tuple[int, ...] = ()
    seconds: float = GPG_SECONDS


class OwnKeys(Protocol):
    """The gateway's secret keys; `fingerprints` newest first, `public` their certificates."""

    fingerprints: tuple[str, ...]
    public: tuple[bytes, ...]

    def opening(self) -> AbstractContextManager[Access]:
        """To decrypt.  Raises `KeysUnavailableError`."""

    def signing(self) -> AbstractContextManager[Access]:
        """To sign, once.  Raises `KeysUnavailableError`."""

    def are_to_blame(self, report: Report) -> bool:
        """Whether gpg says that it could not use a key; it does not always."""

    def close(self) -> None:
        """Leave nothing behind."""


class ImportedKeys:
    """Secret keys in a home of their own, with an agent that dies with this process.

    Raises `UnsupportedKeyError` when one is protected or GnuPG does not take it.
    """

    def __init__(self, secrets: Sequence[bytes], home: Path) -> None:
        self._agent = _started_agent(home)
        self.fingerprints = tuple(_imported(home, each) for each in secrets)
        self.public = tuple(run(home, "--export", each) for each in self.fingerprints)

    @contextmanager
    def opening(self) -> Iterator[Access]:
        """As `OwnKeys.opening`; ends the process with its agent."""
        yield Access()
        if self._agent.poll() is not None:
            sys.exit(1)  # without its agent every mail would look damaged

    signing = opening

    def are_to_blame(self, report: Report) -> bool:
        """As `OwnKeys.are_to_blame`."""
        return False

    def close(self) -> None:
        """End the agent, which holds the secret keys."""
        self._agent.kill()
        self._agent.wait()


def _imported(home: Path, secret: bytes) -> str:
    before = set(_secret_keys(home))
    run(home, *NO_PINENTRY, "--import", given=secret, check=False)
    new = [each for each in _secret_keys(home) if each not in before]
    if len(new) != 1:
        raise UnsupportedKeyError("GnuPG does not take this secret key")
    return new[0]


def _secret_keys(home: Path) -> list[str]:
    """Primary fingerprints; the first `fpr` line after each `sec` line is its own."""
    found, wanted = [], False
    for line in run(home, "--with-colons", "--list-secret-keys", check=False).split(b"\n"):
        fields = line.split(b":")
        wanted = wanted or fields[0] == b"sec"
        if wanted and fields[0] == b"fpr":
            found.append(fields[9].decode("ascii"))
            wanted = False
    return found


def _started_agent(home: Path) -> subprocess.Popen[bytes]:
    """An agent that is our child and dies with us, instead of one that gpg leaves behind.

    Supervised means: it does not fork, and serves the socket that it is given.
    """
    address = socket_of(home)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(address))
        address.chmod(0o600)
        listener.listen(32)

        def prepare() -> None:
            os.dup2(listener.fileno(), SUPERVISED_DESCRIPTOR)
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)

        return subprocess.Popen(  # noqa: S603 - fixed words, no shell
            ["gpg-agent", "--homedir", str(home), "--supervised", NO_OWN_CHECK],  # noqa: S607 - found on PATH by design
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**environment(), "LISTEN_FDS": "1", "LISTEN_FDNAMES": "std"},
            pass_fds=(SUPERVISED_DESCRIPTOR,),
            preexec_fn=prepare,  # noqa: PLW1509 - the opener has one thread
        )
