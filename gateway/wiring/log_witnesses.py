"""Checkpoints as they go to a witness, and as they come back signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.ledger.notes import Note, NoteError
from gateway.wiring.deeds import covering
from gateway.wiring.errors import NotReadyError
from gateway.wiring.log_keeping import log_changes
from gateway.wiring.logbook import logbook

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gateway.config import Config


async def cosigned(config: Config, file: Path, *, by: str) -> tuple[int, Sequence[str]]:
    """Keep what witnesses of ours signed: over how many entries, and who of them newly.

    Raises `NotReadyError` for a file without, `RegisterError` for who is no operator.
    """
    note = _note(file)
    async with logbook(config) as book:
        witnesses = book.outsiders.witnesses
        if not witnesses:
            raise NotReadyError("log.witness: no witness is configured")
        changes = await log_changes(config, book)
        try:
            async with covering(config, book.database):
                return await changes.cosign(note, witnesses, by=by)
        except NoteError as error:
            problem = str(error)
        raise NotReadyError(f"{file}: {problem}")


async def checkpoint_note(config: Config, size: int | None) -> bytes:
    """The newest checkpoint, or that over `size` entries, with all known cosignatures.

    The newest covers everything that is committed.  Raises `NotReadyError` where there is none.
    """
    async with logbook(config) as book:
        if size is None:
            await book.cover()
        found = await (await log_changes(config, book)).checkpoint(size)
    if found is None:
        where = "yet" if size is None else f"over {size} entries"
        raise NotReadyError(f"log: there is no checkpoint {where}")
    return bytes(found)


def _note(file: Path) -> Note:
    try:
        return Note.parse(file.read_bytes())
    except NoteError as error:
        problem = str(error)
    except OSError as error:
        problem = error.strerror or type(error).__name__
    raise NotReadyError(f"{file}: {problem}")
