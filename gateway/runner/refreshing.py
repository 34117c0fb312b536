"""Refreshing: what is known of revoked certificates, before it is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from gateway.runner.work import Work
    from gateway.wiring.running import TrustNews

    Refresh = Callable[[datetime], Awaitable[TrustNews]]


class Refreshing:
    """A loop of its own: mail never waits for a request, only for what is not known."""

    def __init__(self, work: Work, refresh: Refresh) -> None:
        self._work = work
        self._refresh = refresh
        self._told: dict[str, int] = {}

    async def turn(self) -> None:
        """Fetch what is due, tell what changed, and rest unless some were left."""
        parts = self._work.parts
        news = await self._refresh(parts.clock())
        if news.fetched:
            parts.events("revocation.fetched", count=news.fetched)
        for trouble, count in news.failed.items():
            parts.events("revocation.not_fetched", fetching=str(trouble), count=count)
        if not news.roots_unreadable:
            self._tell("revocation.unknown", news.unknown)
            self._tell("revocation.untrusted", news.untrusted)
            self._tell("revocation.file_unreadable", news.unreadable)
        self._tell("revocation.roots_unreadable", int(news.roots_unreadable))
        if not news.more:
            await self._work.rest(parts.refresh_seconds)

    def _tell(self, event: str, count: int) -> None:
        """Once, until there are more or fewer."""
        if count and count != self._told.get(event):
            self._work.parts.events(event, count=count)
        self._told[event] = count
