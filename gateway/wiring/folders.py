"""Folders and files for what names people: new ones, their owner's alone."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gateway.wiring.errors import NotReadyError

if TYPE_CHECKING:
    from pathlib import Path


def make_folder(folder: Path) -> None:
    """A new folder; raises `NotReadyError` where it is there already or cannot be made."""
    problem = ""
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        problem = f"{folder}: {error.strerror}"
    if problem:
        raise NotReadyError(problem)


def private_file(file: Path, content: bytes) -> Path:
    """A new file with this content."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as opened:
        opened.write(content)
    return file
