"""Dispatching: only what is on record and still stands leaves."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING

from gateway.domain.stops import Hold, Reason, Retry
from gateway.domain.waiting import given_up, wait_after
from gateway.pipeline.telling import undelivered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.stages import Released
    from gateway.runner.in_order import Place
    from gateway.runner.work import Work


class Dispatching:
    """Mail of the outbox, batch after batch, over so many lanes at once."""

    def __init__(self, work: Work, lanes: asyncio.Semaphore) -> None:
        self._work = work
        self._lanes = lanes

    async def turn(self) -> None:
        """One batch, or a wait for something to send."""
        self._work.post.clear()
        await self._work.settle()
        async with self._work.sends.claiming:
            released = await self._work.parts.outbox.claim(
                self._work.parts.batch * 2, self._work.parts.clock()
            )
            place = self._work.sends.place() if released else None
        if place is None:
            await self._work.woken(self._work.post)
            return
        gone: list[Released] = []
        try:
            async with self._work.keeping(partial(self._work.parts.outbox.renew, released)):
                await self._dispatch(released, gone, place)
        except BaseException as error:
            self._work.unsettled.append(partial(self._note, released, gone))
            if isinstance(error, asyncio.CancelledError):
                await asyncio.shield(self._work.settle())
            raise
        finally:
            place.leave()

    async def _note(self, released: Sequence[Released], gone: Sequence[Released]) -> None:
        # First what left, so that it does not leave again.
        await self._work.parts.outbox.sent(gone, self._work.parts.clock())
        await self._work.parts.outbox.hand_back(released)

    async def _dispatch(
        self, released: Sequence[Released], gone: list[Released], place: Place
    ) -> None:
        parts = self._work.parts
        standing = await self._standing(released)
        checked = time.monotonic()
        await place.reached()
        # Lanes are given in the order in which they are asked for.
        sends = [asyncio.create_task(self._send(each, gone, checked)) for each in standing]
        place.leave()
        results = await asyncio.gather(*sends)
        if gone:
            await parts.outbox.sent(gone, parts.clock())
            self._work.post.set()
        for each in gone:
            parts.events("report.sent", trace=each.trace, outgoing=each.outgoing_id)
        for each, stop in zip(standing, results, strict=True):
            if stop is not None:
                await self._unsent(each, stop)

    async def _standing(self, released: Sequence[Released]) -> Sequence[Released]:
        """Those whose decision still stands; the others walk again, with all of their mail."""
        parts = self._work.parts
        stands = await parts.outbox.still_stands(released, parts.clock())
        fallen = [each for each, good in zip(released, stands, strict=True) if not good]
        if not fallen:
            return released
        traces = {each.trace for each in fallen}
        again = [each for each in released if each.trace in traces]
        await parts.outbox.walk_again(again, parts.clock())
        for each in fallen:
            parts.events("report.walks_again", trace=each.trace, outgoing=each.outgoing_id)
        self._work.mail.set()
        return [each for each in released if each.trace not in traces]

    async def _send(
        self, released: Released, gone: list[Released], checked: float
    ) -> Retry | Hold | None:
        """None when it went, or when it will walk again."""
        async with self._lanes:
            # A batch may take long behind a slow server, and consent may end meanwhile.
            if time.monotonic() - checked > self._work.parts.recheck_seconds:
                try:
                    if not await self._standing([released]):
                        return None
                except Retry as stop:
                    return stop
            return await self._hand_over(released, gone)

    async def _hand_over(self, released: Released, gone: list[Released]) -> Retry | Hold | None:
        try:
            if not await self._work.parts.outbox.may_leave(released):
                await self._held_back(released)
                return None
            await self._work.parts.relay.send(
                released.mail,
                envelope_from=released.envelope_from,
                recipient=released.recipient,
            )
        except (Retry, Hold) as stop:
            return stop
        except Exception as error:  # noqa: BLE001 - one mail's bug must not stop the batch
            self._work.bug("send", error, released.trace)
            return Retry(Reason.UNEXPECTED)
        gone.append(released)
        return None

    async def _held_back(self, released: Released) -> None:
        """It waits until the hold is lifted, and does not count as an attempt."""
        await self._work.parts.outbox.hand_back([released])
        self._work.parts.events(
            "report.held_back", trace=released.trace, outgoing=released.outgoing_id
        )

    async def _unsent(self, released: Released, stop: Retry | Hold) -> None:
        parts = self._work.parts
        now = parts.clock()
        if isinstance(stop, Retry) and not given_up(released.attempts):
            await parts.outbox.postpone(released, now + wait_after(released.attempts))
            parts.events(
                "report.postponed",
                trace=released.trace,
                outgoing=released.outgoing_id,
                attempts=released.attempts + 1,
            )
            return
        answers = await undelivered(released, now, parts.gate)
        await parts.outbox.undeliverable(released, answers, now)
        parts.events("report.undeliverable", trace=released.trace, outgoing=released.outgoing_id)
