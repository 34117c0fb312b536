"""New folders and files for what people take out of the gateway: their maker's alone."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gateway.wiring.errors import NotReadyError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def new_folder(folder: Path) -> None:
    """Make it; raises `NotReadyError` where it is there already or cannot be made."""
    problem = ""
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        problem = f"{folder}: {error.strerror}"
    if problem:
        raise NotReadyError(problem)


def remove_empty(folder: Path) -> None:
    """Nothing was put in it after all."""
    folder.rmdir()


def written(folder: Path, contents: Mapping[str, bytes]) -> Sequence[Path]:
    """New files in a folder of one's own, readable by their owner only; raises `NotReadyError`."""
    files, problem = [], ""
    try:
        for name, content in contents.items():
            files.append(private_file(folder / name, content))
    except OSError as error:
        problem = f"{folder}: {error.strerror}"
    if problem:
        raise NotReadyError(problem)
    return files


def private_file(file: Path, content: bytes) -> Path:
    """A new file with this content."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as opened:
        opened.write(content)
    return file
