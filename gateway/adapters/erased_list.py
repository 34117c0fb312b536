"""Who was erased, in a file beside the database: a restored older one is found out by it.

One line of JSON an erasure, with a mark that only the master key makes.  Of whom a part was
erased is still there: their mark is another one, and what is to go again is sealed with it, so
that who can write here without that key makes nothing of theirs go.  The file does not go back
with the database; of a loss of both, the certificates tell the same.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gateway.ledger.certificates import Erased, Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from gateway.adapters.vault import Vault

NAME = "erased.jsonl"


def mark_of(vault: Vault, dossier_id: str) -> str:
    """What somebody who was erased is known again by, in hex."""
    return vault.mark(f"erased {dossier_id}".encode())


def part_mark_of(vault: Vault, dossier_id: str) -> str:
    """What somebody of whom a part was erased is known again by; no mark of who was erased."""
    return vault.mark(f"erased in part {dossier_id}".encode())


def sealed(vault: Vault, part: Part) -> Part:
    """The part as it is listed: nothing of it can be changed without the master key."""
    return replace(part, seal=_seal(vault, part))


def is_ours(vault: Vault, part: Part) -> bool:
    """Whether what is listed was put there by this gateway; a certificate is signed instead."""
    return part.seal in {None, _seal(vault, part)}


class ErasedList:
    """The file in this folder; a line that was not written whole counts for nothing."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / NAME

    def marks(self) -> Mapping[str, str]:
        """By the mark, under which number they were erased whole."""
        found: dict[str, str] = {}
        for said in self._lines():
            with suppress(KeyError):
                found[str(said["mark"])] = str(said["erasure"])
        return found

    def parts(self) -> Mapping[str, Part]:
        """What was erased in part, by the number of the erasure."""
        found: dict[str, Part] = {}
        for said in self._lines():
            with suppress(ValueError, KeyError, TypeError, OverflowError):
                part = _part(said["part"])
                found.setdefault(part.erasure, part)
        return found

    def erased(self) -> Erased:
        """Both."""
        return Erased(marks=frozenset(self.marks()), parts=tuple(self.parts().values()))

    def add(self, new: Mapping[str, str], parts: Iterable[Part] = ()) -> None:
        """Those of these that are not there yet; on disk when this returns."""
        known, named = self.marks(), self.parts()
        lines = [
            json.dumps({"erasure": erasure, "mark": mark})
            for mark, erasure in new.items()
            if mark not in known
        ]
        lines += [json.dumps(_said(each)) for each in parts if each.erasure not in named]
        if not lines:
            return
        handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "a", encoding="ascii") as file:
            # Begun on a line of its own, whatever a crash left of the last one.
            file.write("".join(f"\n{line}\n" for line in lines))
            file.flush()
            os.fsync(file.fileno())

    def _lines(self) -> Iterator[Mapping[str, Any]]:
        with suppress(FileNotFoundError):
            for line in self._file.read_text(encoding="ascii", errors="replace").splitlines():
                with suppress(ValueError):
                    said = json.loads(line)
                    if isinstance(said, dict):
                        yield said


def _said(part: Part) -> Mapping[str, object]:
    # Under a name of its own: a gateway of before there were parts takes every line that has a
    # mark for somebody who was erased whole.
    return {"part": {**_told(part), "seal": part.seal}}


def _told(part: Part) -> Mapping[str, object]:
    events = None if part.events is None else sorted(part.events)
    said = {"erasure": part.erasure, "mark": part.mark, "events": events}
    return {**said, "until": part.until.isoformat()}


def _seal(vault: Vault, part: Part) -> str:
    return vault.mark(f"erased in part {json.dumps(_told(part), sort_keys=True)}".encode())


def _part(said: Mapping[str, Any]) -> Part:
    events = said["events"]
    return Part(
        erasure=str(said["erasure"]),
        mark=str(said["mark"]),
        events=None if events is None else frozenset(map(int, events)),
        until=datetime.fromisoformat(said["until"]),
        seal=str(said["seal"]),
    )
