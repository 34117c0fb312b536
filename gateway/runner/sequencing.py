"""Checkpoints: whatever was put on record is covered by one within a second."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.ports import Sequencing
    from gateway.runner.work import Work


class Sequencer:
    """One loop; of several gateways on one database, one at a time does the work."""

    def __init__(self, work: Work, sequencing: Sequencing) -> None:
        self._work = work
        self._sequencing = sequencing

    async def turn(self) -> None:
        """Cover what no checkpoint covers yet, then rest for less than a second."""
        parts = self._work.parts
        await self._sequencing.cover(parts.clock())
        await self._work.rest(parts.sequence_seconds)
