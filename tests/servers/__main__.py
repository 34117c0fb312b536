"""The servers of the tests as a mail server to try an installation with, on loopback only.

``python -m tests.servers FOLDER ADDRESS ...`` returns when both listen, and
leaves in FOLDER: ``ca.pem``, for the mailbox of ``karin@...`` the files
``karin.password`` and ``karin.netrc`` (for curl), and ``pid``, to end it with.
"""

from __future__ import annotations

import argparse
import os
import pwd
import secrets
import signal
import subprocess
import sys
import threading
from pathlib import Path

from tests.servers.dovecot import Dovecot
from tests.servers.postfix import Postfix
from tests.servers.process import NotStarted, wait_until
from tests.servers.tls import issue

HOST = "localhost"


def main() -> int:
    """Start what serves, and wait until it does."""
    given = _arguments()
    if given.stay:
        return _serve(given)
    given.folder.mkdir(parents=True, exist_ok=True)
    ready = given.folder / "pid"
    if ready.exists():
        sys.stderr.write(f"mail server: runs already, or did; see {ready}\n")
        return 1
    with (given.folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.servers", "--stay", *sys.argv[1:]],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    wait_until(lambda: ready.exists() or process.poll() is not None, seconds=300, pause=0.05)
    if process.poll() is not None:
        sys.stderr.write((given.folder / "log").read_text())
        return 1
    sys.stdout.write(f"smtps://{HOST}:{given.submissions} imaps://{HOST}:{given.imaps}\n")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.servers")
    parser.add_argument("folder", type=lambda text: Path(text).expanduser().absolute())
    parser.add_argument("address", nargs="+")
    parser.add_argument("--imaps", type=int, default=9993)
    parser.add_argument("--submissions", type=int, default=9465)
    parser.add_argument("--hours", type=float, default=24, help="it ends by itself after this")
    parser.add_argument("--stay", action="store_true", help="do not return; used by itself")
    return parser.parse_args()


def _serve(given: argparse.Namespace) -> int:
    """Until SIGTERM, or until its time is over."""
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    try:
        certificates = issue(given.folder)
        dovecot = Dovecot(certificates, imaps=given.imaps)
        _open_mailboxes(given, dovecot)
        with dovecot, Postfix(certificates, dovecot, submissions=given.submissions):
            _write_private(given.folder / "pid", str(os.getpid()))
            over.wait(given.hours * 3600)
    except NotStarted as error:
        sys.stderr.write(f"mail server: {error}\n")
        return 1
    finally:
        (given.folder / "pid").unlink(missing_ok=True)
    return 0


def _open_mailboxes(given: argparse.Namespace, dovecot: Dovecot) -> None:
    _give_to_caller(given.folder)
    for address in given.address:
        password = secrets.token_urlsafe(16)
        dovecot.add_account(address, password)
        name = address.partition("@")[0]
        _write_private(given.folder / f"{name}.password", f"{password}\n")
        _write_private(
            given.folder / f"{name}.netrc",
            f"machine {HOST} login {address} password {password}\n",
        )


def _write_private(file: Path, text: str) -> None:
    """Whole when it is there; readable by whoever called this and by nobody else."""
    draft = file.with_name(f"{file.name}.draft")
    draft.touch(mode=0o600)
    draft.write_text(text)
    _give_to_caller(draft)
    draft.replace(file)


def _give_to_caller(path: Path) -> None:
    """To whoever began this, when it was through sudo."""
    if caller := os.environ.get("SUDO_UID"):
        os.chown(path, int(caller), pwd.getpwuid(int(caller)).pw_gid)


if __name__ == "__main__":
    sys.exit(main())
