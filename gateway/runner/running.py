"""The loops together: begun, kept going through every failure, and ended in order."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from gateway.domain.stops import Retry
from gateway.ledger.verdict import BrokenLogError
from gateway.runner.detecting import Detection
from gateway.runner.dispatching import Dispatching
from gateway.runner.erasing import Clearing, Erasing
from gateway.runner.exporting import Exporting
from gateway.runner.pruning import Pruning
from gateway.runner.receiving import NotStoredError, Receiving
from gateway.runner.refreshing import Refreshing
from gateway.runner.reminding import Remindings
from gateway.runner.renewing import Renewing
from gateway.runner.sequencing import Sequencer
from gateway.runner.stamping import Stamping
from gateway.runner.telling import Telling
from gateway.runner.walking import Walking
from gateway.runner.walking_again import WalkingAgain
from gateway.runner.work import Work

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from gateway.wiring.running import Parts

FORGET_EVERY = 60 * 60.0  # seconds


class Runner:
    """One running gateway."""

    def __init__(self, parts: Parts) -> None:
        self._work = Work(parts)
        self.broken: BrokenLogError | None = None

    def stop(self) -> None:
        """Finish what is in hand and end; safe to call from a signal handler's callback."""
        self._work.stop()

    async def run(self) -> None:
        """Until `stop`; then what is in hand is finished, or put back when that takes too long."""
        parts = self._work.parts
        receiving = [
            asyncio.create_task(
                self._forever("mailbox", Receiving(self._work, mailbox, number).turn)
            )
            for number, mailbox in enumerate(parts.mailboxes, start=1)
        ]
        if parts.clear is not None:
            clearing = Clearing(self._work, parts.clear).turn
            receiving.append(asyncio.create_task(self._forever("mailbox", clearing)))
        working = [asyncio.create_task(self._forever("database", turn)) for turn in self._turns()]
        await self._work.stopping.wait()
        for task in receiving:
            task.cancel()
        until = time.monotonic() + parts.stop_seconds
        await _ended([*working, *receiving], until)
        await _ended(self._work.late, until)
        for mailbox in parts.mailboxes:
            await mailbox.close()
        await parts.relay.close()

    def _turns(self) -> list[Callable[[], Awaitable[None]]]:
        """Everything that goes on beside the mailboxes."""
        parts = self._work.parts
        lanes = asyncio.Semaphore(parts.lanes)
        turns: list[Callable[[], Awaitable[None]]] = [self._forget]
        for _ in range(parts.loops):
            turns += [Walking(self._work).turn, Dispatching(self._work, lanes).turn]
        if parts.watch is not None:
            turns += [WalkingAgain(self._work, parts.watch).turn]
            turns += [Remindings(self._work, parts.watch).turn]
        return [*turns, *self._now_and_then()]

    def _now_and_then(self) -> list[Callable[[], Awaitable[None]]]:
        """What looks after the log, the register and keys."""
        parts = self._work.parts
        turns: list[Callable[[], Awaitable[None]]] = []
        if parts.sequencer is not None:
            turns.append(Sequencer(self._work, parts.sequencer).turn)
        if parts.pass_on is not None:
            turns.append(Telling(self._work, parts.pass_on).turn)
        if parts.export is not None:
            turns.append(Exporting(self._work, parts.export).turn)
        if parts.prune is not None:
            turns.append(Pruning(self._work, parts.prune).turn)
        if parts.erase is not None:
            turns.append(Erasing(self._work, parts.erase).turn)
        if parts.stamp is not None:
            turns.append(Stamping(self._work, parts.stamp).turn)
        if parts.refresh is not None:
            turns.append(Refreshing(self._work, parts.refresh).turn)
        if parts.keys is not None:
            turns.append(Renewing(self._work, parts.keys).turn)
        return [*turns, *self._detection()]

    def _detection(self) -> list[Callable[[], Awaitable[None]]]:
        detect = self._work.parts.detect
        return [] if detect is None else [Detection(self._work, detect).turn]

    async def _forever(self, where: str, turn: Callable[[], Awaitable[None]]) -> None:
        failures = 0
        while not self._work.stopping.is_set():
            try:
                await turn()
                failures = 0
            except (Retry, NotStoredError) as error:
                failures += 1
                seconds = min(2.0 ** (failures - 1), 30.0)
                what = "database" if isinstance(error, NotStoredError) else where
                self._work.parts.events(f"{what}.unreachable", seconds=seconds)
                await self._work.rest(seconds)
            except BrokenLogError as error:
                self._broken(error)
            except Exception as error:  # noqa: BLE001 - a loop outlives every bug; the mail is still stored
                failures += 1
                self._work.bug(where, error)
                await self._work.rest(min(2.0**failures, 30.0))

    def _broken(self, error: BrokenLogError) -> None:
        """Nothing more goes on record where the record is not whole, so nothing is sent."""
        self._work.parts.events("log.broken")
        self.broken = error
        self._work.stop()

    async def _forget(self) -> None:
        now = self._work.parts.clock()
        count = await self._work.parts.inbox.forget(now - self._work.parts.keep, now)
        if count:
            self._work.parts.events("mail.forgotten", count=count)
        await self._work.rest(FORGET_EVERY)


async def _ended(tasks: Collection[asyncio.Task[None]], until: float) -> None:
    """Each by itself until this moment (monotonic seconds), or cancelled."""
    if not tasks:
        return
    _, late = await asyncio.wait(tasks, timeout=max(0.0, until - time.monotonic()))
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
