"""Walking: outcome, log and outbox in one transaction, under a claim."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from gateway.domain.outcomes import Ended, Handled
from gateway.domain.stops import Hold, Outcome, Reason, Retry
from gateway.domain.waiting import wait_after
from gateway.pipeline.forward import end, handle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.ports import Claimed
    from gateway.runner.in_order import Place
    from gateway.runner.work import Work


PATIENCE = 2.0  # seconds in which nothing gets done before the quick mails of a batch go on


@dataclass(frozen=True, slots=True)
class Walk:
    """A mail in hand and its walk under way."""

    claimed: Claimed
    task: asyncio.Task[Handled]


class Walking:
    """Mail of the inbox, batch after batch.

    Batches are released in the order in which they were claimed, which is that of arrival.
    What is slow in a batch goes on beside the next ones, so that a mail which takes
    all that it may does not keep the others of its batch, and those behind it, from
    being released.
    """

    def __init__(self, work: Work) -> None:
        self._work = work

    async def turn(self) -> None:
        """One batch, or a wait for mail."""
        self._work.mail.clear()
        await self._work.settle()
        while len(self._work.late) >= self._work.parts.batch:
            await asyncio.wait(self._work.late, return_when=asyncio.FIRST_COMPLETED)
        async with self._work.walks.claiming:
            claimed = await self._work.parts.inbox.claim(
                self._work.parts.batch, self._work.parts.clock()
            )
            place = self._work.walks.place() if claimed else None
        if place is None:
            await self._work.woken(self._work.mail)
            return
        try:
            walks = [Walk(each, asyncio.create_task(self._handle(each))) for each in claimed]
            for late in await self._finish(walks, place):
                self._goes_on(late)
        finally:
            place.leave()

    def _goes_on(self, walk: Walk) -> None:
        task = asyncio.create_task(self._finish_late(walk))
        self._work.late.add(task)
        task.add_done_callback(self._work.late.discard)

    async def _finish_late(self, walk: Walk) -> None:
        try:
            await self._finish([walk], None)
        except Retry:
            return  # the loop notices by itself that the database cannot be reached
        except Exception as error:  # noqa: BLE001 - it is put back and counted
            self._work.bug("handle", error, walk.claimed.raw.trace)

    async def _finish(self, walks: Sequence[Walk], place: Place | None) -> Sequence[Walk]:
        """Release these when their place is reached; the slow ones are returned, still under way.

        Without a place they are slow ones themselves, and waited for.
        """
        claimed = [each.claimed for each in walks]
        try:
            async with self._work.keeping(partial(self._work.parts.inbox.renew, claimed)):
                return await self._walk(walks, place)
        except asyncio.CancelledError:
            _cancel(walks)
            self._work.unsettled.append(partial(self._work.parts.inbox.hand_back, claimed))
            await asyncio.shield(self._work.settle())
            raise
        except Retry:
            _cancel(walks)
            self._work.unsettled.append(partial(self._work.parts.inbox.hand_back, claimed))
            raise
        except Exception:
            _cancel(walks)
            # Counted, so that it ends with the officer and not in a circle.
            rests = self._work.parts.clock() + wait_after(max(each.attempts for each in claimed))
            self._work.unsettled.append(partial(self._work.parts.inbox.put_back, claimed, rests))
            raise

    async def _walk(self, walks: Sequence[Walk], place: Place | None) -> Sequence[Walk]:
        began = time.monotonic()
        await _as_long_as_it_goes_on([each.task for each in walks], PATIENCE if place else None)
        if place is not None:
            await place.reached()
        late = [each for each in walks if not each.task.done()]
        pairs = [(each.claimed, each.task.result()) for each in walks if each not in late]
        done = [(c, h) for c, h in pairs if h.outcome is not Outcome.RETRY]
        if done:
            await self._release(done)
            self._work.post.set()
        for each, result in pairs:
            if result.outcome is Outcome.RETRY:
                await self._put_back(each, result)
            else:
                self._tell(result, (time.monotonic() - began) * 1000 / len(pairs))
        return late

    async def _release(self, done: Sequence[tuple[Claimed, Handled]]) -> None:
        """All together; after a bug each alone, so that one mail's bug is not the others'."""
        try:
            await self._work.parts.ledger.release(done, self._work.parts.clock())
        except Retry:
            raise
        except Exception as error:
            if len(done) == 1:
                raise
            self._work.bug("release", error)
            for each in done:
                await self._release_alone(each)

    async def _release_alone(self, each: tuple[Claimed, Handled]) -> None:
        try:
            await self._release([each])
        except Retry:
            raise
        except Exception as error:  # noqa: BLE001 - one mail's bug must not stop the batch
            claimed, _ = each
            self._work.bug("release", error, claimed.raw.trace)
            rests = self._work.parts.clock() + wait_after(claimed.attempts)
            await self._work.parts.inbox.put_back([claimed], rests)

    async def _handle(self, claimed: Claimed) -> Handled:
        if claimed.attempts >= self._work.parts.max_attempts:
            return await end(claimed.raw, Hold(Reason.UNREACHABLE), self._work.parts.gate)
        try:
            return await handle(claimed.raw, self._work.parts.gate)
        except Exception as error:  # noqa: BLE001 - one mail's bug must not stop the batch
            self._work.bug("handle", error, claimed.raw.trace)
            return _whole(claimed, Retry(Reason.UNEXPECTED))

    async def _put_back(self, claimed: Claimed, result: Handled) -> None:
        not_before = self._work.parts.clock() + wait_after(claimed.attempts)
        await self._work.parts.inbox.put_back([claimed], not_before)
        self._work.parts.events(
            "mail.put_back",
            trace=claimed.raw.trace,
            attempts=claimed.attempts + 1,
            reasons=" ".join(result.reasons),
        )

    def _tell(self, result: Handled, milliseconds: float) -> None:
        self._work.parts.events(
            "mail.handled",
            trace=result.raw.trace,
            outcome=result.outcome.value,
            reasons=" ".join(result.reasons),
            reports=len(result.outcomes),
            milliseconds=round(milliseconds, 1),
        )
        for each in result.returned:
            if each.fate.came_back:
                letter = each.fate.letter
                self._work.parts.events(
                    "report.returned", trace=letter.trace, outgoing=letter.outgoing_id
                )


async def _as_long_as_it_goes_on(
    tasks: Sequence[asyncio.Task[Handled]], patience: float | None
) -> None:
    """Until all are done, or some are and then nothing more is for `patience` seconds.

    A machine that is busy is slow with all of them; a mail that is slow is so alone.
    """
    under_way: set[asyncio.Task[Handled]] = set(tasks)
    while under_way:
        begun = len(under_way) < len(tasks)
        done, under_way = await asyncio.wait(
            under_way,
            timeout=patience if begun else None,
            return_when=asyncio.FIRST_COMPLETED,
        )
        if not done:
            return


def _cancel(walks: Sequence[Walk]) -> None:
    for each in walks:
        each.task.cancel()


def _whole(claimed: Claimed, stop: Retry) -> Handled:
    return Handled(
        raw=claimed.raw,
        sender=None,
        protection=None,
        outcomes=(Ended(stop=stop),),
        mailed=(),
    )
