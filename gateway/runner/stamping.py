"""Timestamps of the log's newest checkpoint, as often as configured."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from gateway.runner.work import Work


class Stamping:
    """A loop of its own, so that an authority that is away keeps nothing waiting."""

    def __init__(self, work: Work, stamp: Callable[[datetime], Awaitable[bool | None]]) -> None:
        """`stamp` says whether one was kept, or None where none could be had."""
        self._work = work
        self._stamp = stamp

    async def turn(self) -> None:
        """Ask where one is due, and rest."""
        parts = self._work.parts
        kept = await self._stamp(parts.clock())
        if kept:
            parts.events("log.timestamped")
        elif kept is None:
            parts.events("log.timestamp_missing", seconds=parts.stamp_seconds)
        await self._work.rest(parts.stamp_seconds)
