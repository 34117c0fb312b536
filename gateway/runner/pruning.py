"""Taking away what the log has kept long enough, once a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from gateway.runner.work import Work


class Pruning:
    """One loop; of several gateways on one database, each segment is taken by one."""

    def __init__(self, work: Work, prune: Callable[[datetime], Awaitable[int]]) -> None:
        self._work = work
        self._prune = prune

    async def turn(self) -> None:
        """Take away what is past its term, and rest."""
        parts = self._work.parts
        count = await self._prune(parts.clock())
        if count:
            parts.events("log.pruned", count=count)
        await self._work.rest(parts.prune_seconds)
