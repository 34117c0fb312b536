"""Files that hold a key: new ones and those that are read are their owner's alone."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class KeyFileError(ValueError):
    """The file cannot be used or made; says why, without naming it."""


def create_alone(path: Path, content: bytes) -> None:
    """Write a new file, on disk when this returns; raises `KeyFileError`.

    An existing one is never overwritten.
    """
    problem = ""
    try:
        write_new(path, content)
    except FileExistsError:
        problem = "exists already and is never overwritten"
    except OSError as error:
        problem = error.strerror or type(error).__name__
    if problem:
        raise KeyFileError(problem)


def write_new(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """A file that was not there before, on disk when this returns; raises OSError."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def read_alone(path: Path, most: int, *, credential: bool) -> bytes:
    """Up to `most` bytes of a file that nobody else can read; `KeyFileError`, `OSError`.

    A `credential` of systemd may show a right of the group, see systemd.exec(5).
    """
    allowed = stat.S_IRGRP if credential else 0
    with path.open("rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise KeyFileError("is not a file")
        if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO) & ~allowed:
            raise KeyFileError("can be read or written by others; chmod 600 it")
        return file.read(most)
