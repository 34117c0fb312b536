"""Passing on what people did, and what concerns security, to the municipality's SIEM."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.runner.work import Work
    from gateway.wiring.running import PassOn


class Telling:
    """A loop of its own, so that a receiver that is away keeps no mail waiting."""

    def __init__(self, work: Work, pass_on: PassOn) -> None:
        self._work = work
        self._pass_on = pass_on

    async def turn(self) -> None:
        """Pass on what comes next; rest where there is nothing more to do now."""
        parts = self._work.parts
        count = await self._pass_on(parts.clock())
        if count:
            parts.events("siem.delivered", count=count)
        if count is None:
            await self._work.rest(parts.siem_seconds)
