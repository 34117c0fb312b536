"""What this gateway last knew of the log, in a file beside the database.

A database that is put back to an earlier state agrees with itself: its entries,
tree and checkpoints fit.  The file does not go back with it, so the next start
finds that the log is shorter than, or other than, what was signed before.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gateway.adapters.log_key import is_signed
from gateway.ledger.checkpoints import open_checkpoint
from gateway.ledger.notes import NoteError
from gateway.ledger.tiles import TileError
from gateway.ledger.verdict import BrokenLogError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from gateway.adapters.log_key import LogKey
    from gateway.adapters.log_proving import DatabaseProofs
    from gateway.adapters.log_sequencing import Sequencer
    from gateway.ledger.checkpoints import Opened

NAME = "log.checkpoint"


class KnownLog:
    """The newest checkpoint as far as this process has seen."""

    def __init__(self) -> None:
        self.newest: Opened | None = None


class RememberedLog:
    """The sequencer of one gateway, and its file; implements `ports.Sequencing`."""

    def __init__(
        self,
        sequencer: Sequencer,
        proofs: DatabaseProofs,
        key: LogKey,
        folder: Path,
        known: KnownLog,
    ) -> None:
        self._sequencer = sequencer
        self._proofs = proofs
        self._key = key
        self._file = folder / NAME
        self._known = known

    async def begin(self, now: datetime) -> None:
        """Whether the log follows from what was last known of it, and cover what it holds.

        Raises `BrokenLogError`.
        """
        await self.cover_once(now)
        await self._remember()

    async def cover_once(self, now: datetime) -> None:
        """For a command: as `begin`, and the file stays as it is.

        It is the gateway's own, and what is signed here follows from what it says.
        """
        self._known.newest = self._remembered()
        await self._goes_on()
        await self._sequencer.integrate(now)

    async def cover(self, now: datetime) -> None:
        """See the port.

        The database may be put back under a gateway that runs: nothing is signed
        that does not follow from what was signed before.
        """
        if await self._sequencer.waiting():
            await self._goes_on()
            await self._sequencer.integrate(now)
        await self._remember()

    async def _goes_on(self) -> None:
        before, newest = self._known.newest, await self._sequencer.newest()
        if before is not None and newest != before:
            await self._follows(before, newest.checkpoint.size if newest else 0)

    async def _follows(self, before: Opened, size: int) -> None:
        known = before.checkpoint
        if known.size > size:
            raise BrokenLogError(f"{self._file} knows a longer log: was an old backup put back?")
        try:
            root = await self._proofs.root_at(known.size)
        except TileError:
            raise BrokenLogError("a part of the tree is gone") from None
        if root != known.root:
            raise BrokenLogError(f"{self._file} knows another log")

    def _remembered(self) -> Opened | None:
        try:
            content = self._file.read_bytes()
        except FileNotFoundError:
            return None
        try:
            return open_checkpoint(content, self._key.public, is_signed)
        except NoteError:
            raise BrokenLogError(f"{self._file} is not signed by the log's key") from None

    async def _remember(self) -> None:
        """The newest checkpoint of whichever gateway; written whole or not at all."""
        before, newest = self._known.newest, await self._sequencer.newest()
        if newest == before:
            return
        await self._goes_on()
        if newest is None:
            return
        beside = self._file.with_suffix(f".{os.getpid()}")
        with beside.open("wb") as file:
            file.write(bytes(newest.note))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._file)
        self._known.newest = newest
