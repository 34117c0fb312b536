"""The gateway's own keys, looked at anew now and then: somebody may have rotated them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from gateway.runner.work import Work


class Renewing:
    """A loop of its own; what is in hand is finished with the keys it began with."""

    def __init__(self, work: Work, renew: Callable[[datetime], Awaitable[bool | None]]) -> None:
        """`renew` says whether other keys came, or None where the one in use is not here."""
        self._work = work
        self._renew = renew
        self._missing = False

    async def turn(self) -> None:
        """Look, tell what is new, and rest."""
        parts = self._work.parts
        renewed = await self._renew(parts.clock())
        if renewed:
            parts.events("keys.renewed")
        if renewed is None and not self._missing:
            parts.events("keys.missing")
        self._missing = renewed is None
        await self._work.rest(parts.keys_seconds)
