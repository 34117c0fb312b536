"""Batches that are claimed one after another take their next step in the same order."""

from __future__ import annotations

import asyncio


class InOrder:
    """What is claimed under `claiming` gets a `Place` behind all that were claimed before."""

    def __init__(self) -> None:
        self.claiming = asyncio.Lock()
        self._last = Place(None)
        self._last.leave()

    def place(self) -> Place:
        """The next one; whoever takes it leaves it, whatever happens."""
        self._last = Place(self._last)
        return self._last


class Place:
    """One batch's place in the row."""

    def __init__(self, before: Place | None) -> None:
        self._before = before
        self._left = asyncio.Event()

    async def reached(self) -> None:
        """When everybody before has left."""
        if self._before is not None:
            await self._before._left.wait()
            self._before = None

    def leave(self) -> None:
        """Let the next one go on; a second time does nothing."""
        self._left.set()
