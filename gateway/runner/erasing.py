"""Erasing who is past the term or came back, certifying it, and clearing the mailbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from gateway.runner.work import Work


class Erasing:
    """One loop; what a crash left half done is finished by its first turn."""

    def __init__(self, work: Work, erase: Callable[[datetime], Awaitable[int]]) -> None:
        self._work = work
        self._erase = erase

    async def turn(self) -> None:
        """Erase and certify, and rest."""
        parts = self._work.parts
        count = await self._erase(parts.clock())
        if count:
            parts.events("people.erased", count=count)
        await self._work.rest(parts.erase_seconds)


class Clearing:
    """The originals of erased people's mail, out of the mailbox; every minute until they are."""

    def __init__(self, work: Work, clear: Callable[[datetime], Awaitable[int]]) -> None:
        self._work = work
        self._clear = clear

    async def turn(self) -> None:
        """Remove what is due, and rest; raises `Retry` while the mailbox is away."""
        parts = self._work.parts
        count = await self._clear(parts.clock())
        if count:
            parts.events("originals.removed", count=count)
        await self._work.rest(parts.clear_seconds)
