"""What all loops of a running gateway share: parts, signals, and what failed turns left."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from gateway.domain.stops import Retry
from gateway.events import place_of
from gateway.runner.in_order import InOrder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from datetime import datetime

    from gateway.wiring.running import Parts


class Work:
    """The shared state of one running gateway."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.stopping = asyncio.Event()
        self.mail = asyncio.Event()
        self.post = asyncio.Event()
        self.walks, self.sends = InOrder(), InOrder()
        self.late: set[asyncio.Task[None]] = set()  # walks that go on beside the batches
        self.unsettled: list[Callable[[], Awaitable[None]]] = []

    def stop(self) -> None:
        """Wake everybody, for the last time."""
        self.stopping.set()
        self.mail.set()
        self.post.set()

    def bug(self, where: str, error: Exception, trace: str = "") -> None:
        """Tell that something went wrong that nobody foresaw, and with which mail if known."""
        # Kind and place alone: what an exception says may come out of a mail.
        known = {"trace": trace, "at": place_of(error)}
        told = {name: value for name, value in known.items() if value}
        self.parts.events("bug", where=where, kind=type(error).__name__, **told)

    async def settle(self) -> None:
        """What failed turns left in hand; raises `Retry` when that cannot be settled now either."""
        while self.unsettled:
            owed = self.unsettled.pop()
            try:
                await owed()
            except (Retry, asyncio.CancelledError):
                self.unsettled.append(owed)
                raise
            except Exception as error:  # noqa: BLE001 - it comes back when its claim runs out
                self.bug("settle", error)

    @asynccontextmanager
    async def keeping(self, renew: Callable[[datetime], Awaitable[None]]) -> AsyncIterator[None]:
        """Claims are renewed for as long as the work on them lasts."""

        async def keep() -> None:
            while True:
                await asyncio.sleep(self.parts.renew_seconds)
                with suppress(Retry):
                    await renew(self.parts.clock())

        keeping = asyncio.create_task(keep())
        try:
            yield
        finally:
            keeping.cancel()

    async def rest(self, seconds: float) -> None:
        """So long, or until the gateway stops."""
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return

    async def woken(self, event: asyncio.Event) -> None:
        """Until there may be work; other gateways do not wake us, so not for ever."""
        try:
            await asyncio.wait_for(event.wait(), self.parts.poll_seconds)
        except TimeoutError:
            return
