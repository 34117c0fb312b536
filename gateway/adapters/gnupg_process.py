"""Running gpg: fixed options, an environment of its own, and files in memory for what it reads."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

COMMON = ["--batch", "--no-tty", "--no-options", "--quiet", "--no-auto-check-trustdb"]
COMMON += ["--trust-model", "always", "--disable-dirmngr", "--no-auto-key-retrieve"]
COMMON += ["--no-auto-key-locate", "--no-autostart"]
GPG_SECONDS = 60


def environment() -> dict[str, str]:
    """Nothing of ours: neither GNUPGHOME nor a language."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}


def run(home: Path, *arguments: str, given: bytes = b"", check: bool = True) -> bytes:
    """What gpg writes.  Raises `subprocess.CalledProcessError` where `check` asks for it."""
    command = ["gpg", "--homedir", str(home), *COMMON, *arguments]
    done = subprocess.run(  # noqa: S603 - fixed words, no shell
        command,
        input=given,
        capture_output=True,
        check=check,
        timeout=GPG_SECONDS,
        env=environment(),
    )
    return done.stdout


def memory_file(content: bytes = b"") -> BinaryIO:
    """A file that is on no disk, for gpg to read or write."""
    file = os.fdopen(os.memfd_create("mail"), "w+b")
    file.write(content)
    file.seek(0)
    return file
