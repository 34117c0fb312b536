"""Detecting: what a person should look at, looked for every so often."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from gateway.runner.work import Work


class Detection:
    """Rounds of all detectors; of several gateways on one database, one proposes."""

    def __init__(self, work: Work, detect: Callable[[datetime], Awaitable[int]]) -> None:
        self._work = work
        self._detect = detect

    async def turn(self) -> None:
        """One round, and a rest."""
        parts = self._work.parts
        count = await self._detect(parts.clock())
        if count:
            parts.events("incident.proposed", count=count)
            self._work.post.set()
        await self._work.rest(parts.detect_seconds)
