"""Checkpoints as they go to a witness, and as they come back signed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.adapters.log_outside import cosign, with_cosignatures
from gateway.adapters.looking import actor_of, refusals_recorded
from gateway.adapters.origin import account
from gateway.domain.audit import Action, Deed, DeedResult
from gateway.ledger.notes import Note, NoteError
from gateway.wiring.deeds import covering, deed_log
from gateway.wiring.errors import NotReadyError
from gateway.wiring.logbook import logbook

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from gateway.config import Config


async def cosigned(config: Config, file: Path, *, by: str) -> tuple[int, Sequence[str]]:
    """Keep what witnesses of ours signed: over how many entries, and who of them newly.

    Raises `NotReadyError` for a file without, `RegisterError` for who is no operator.
    """
    note, now, origin = _note(file), _now(), account()
    async with logbook(config) as book:
        if not book.outsiders.witnesses:
            raise NotReadyError("log.witness: no witness is configured")
        deeds = await deed_log(config, book.database, book.vault)

        def keep(connection: Connection) -> tuple[int, Sequence[str]]:
            actor = actor_of(connection, by, origin)
            checkpoint, names = cosign(connection, note, book.outsiders.witnesses, now)
            deed = Deed(
                at=now,
                actor=actor,
                action=Action.LOG_COSIGNED,
                about=f"checkpoint/{checkpoint.size}",
                result=DeedResult.DONE,
                origin=origin,
            )
            deeds.write(connection, [deed] if names else [])
            return checkpoint.size, names

        try:
            async with (
                covering(config, book.database),
                refusals_recorded(book.database, deeds, by, origin, _now),
            ):
                return await book.database.write(keep)
        except NoteError as error:
            problem = str(error)
        raise NotReadyError(f"{file}: {problem}")


def _note(file: Path) -> Note:
    try:
        return Note.parse(file.read_bytes())
    except NoteError as error:
        problem = str(error)
    except OSError as error:
        problem = error.strerror or type(error).__name__
    raise NotReadyError(f"{file}: {problem}")


async def checkpoint_note(config: Config, size: int | None) -> bytes:
    """The newest checkpoint, or that over `size` entries, with all known cosignatures.

    The newest covers everything that is committed.  Raises `NotReadyError` where there is none.
    """
    async with logbook(config) as book:
        if size is None:
            await book.cover()
        found = await book.database.look(lambda each: with_cosignatures(each, size))
    if found is None:
        where = "yet" if size is None else f"over {size} entries"
        raise NotReadyError(f"log: there is no checkpoint {where}")
    return bytes(found)


def _now() -> datetime:
    return datetime.now(UTC)
