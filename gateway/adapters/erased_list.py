"""Who was erased, in a file beside the database: a restored older one is found out by it.

One line of JSON an erasure, with a mark that only the master key makes.  The file does
not go back with the database; of a loss of both, the certificates tell the same.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gateway.adapters.vault import Vault

NAME = "erased.jsonl"


def mark_of(vault: Vault, dossier_id: str) -> str:
    """What somebody who was erased is known again by, in hex."""
    return vault.mark(f"erased {dossier_id}".encode())


class ErasedList:
    """The file in this folder; a line that was not written whole counts for nothing."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / NAME

    def marks(self) -> Mapping[str, str]:
        """By the mark, under which number they were erased."""
        found: dict[str, str] = {}
        with suppress(FileNotFoundError):
            for line in self._file.read_text(encoding="ascii", errors="replace").splitlines():
                with suppress(ValueError, KeyError, TypeError):
                    said = json.loads(line)
                    found[str(said["mark"])] = str(said["erasure"])
        return found

    def add(self, new: Mapping[str, str]) -> None:
        """Those of these that are not there yet; on disk when this returns."""
        known = self.marks()
        lines = [
            json.dumps({"erasure": erasure, "mark": mark})
            for mark, erasure in new.items()
            if mark not in known
        ]
        if not lines:
            return
        handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "a", encoding="ascii") as file:
            # Begun on a line of its own, whatever a crash left of the last one.
            file.write("".join(f"\n{line}\n" for line in lines))
            file.flush()
            os.fsync(file.fileno())
