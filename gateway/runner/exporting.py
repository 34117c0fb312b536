"""Exporting: what is on record goes to the municipality's collector, in its own time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gateway.runner.work import Work
    from gateway.wiring.running import RecordExport

_MOST_SECONDS: Final = 300.0


class Exporting:
    """One loop; mail never waits for it, and what it could not hand over stays to be done."""

    def __init__(self, work: Work, export: RecordExport) -> None:
        self._work = work
        self._export = export
        self._failures = 0

    async def turn(self) -> None:
        """Hand over the next records, and rest where there are no more or it did not work."""
        passed = await self._export.pass_on()
        if passed.trouble:
            seconds = min(2.0**self._failures, _MOST_SECONDS)
            self._failures = min(self._failures + 1, 9)
            self._work.parts.events("otlp.unreachable", trouble=passed.trouble, seconds=seconds)
            await self._work.rest(seconds)
            return
        self._failures = 0
        if passed.count:
            self._work.parts.events("otlp.delivered", count=passed.count)
        if not passed.more:
            await self._work.rest(self._work.parts.poll_seconds)
