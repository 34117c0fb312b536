"""Walking: outcome, log and outbox in one transaction, under a claim."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING

from gateway.domain.outcomes import Ended, Handled
from gateway.domain.stops import Hold, Outcome, Reason, Retry
from gateway.domain.waiting import wait_after
from gateway.pipeline.forward import end, handle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.ports import Claimed
    from gateway.runner.work import Work


class Walking:
    """Mail of the inbox, batch after batch."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def turn(self) -> None:
        """One batch, or a wait for mail."""
        self._work.mail.clear()
        await self._work.settle()
        claimed = await self._work.parts.inbox.claim(
            self._work.parts.batch, self._work.parts.clock()
        )
        if not claimed:
            await self._work.woken(self._work.mail)
            return
        try:
            async with self._work.keeping(partial(self._work.parts.inbox.renew, claimed)):
                await self._walk(claimed)
        except asyncio.CancelledError:
            self._work.unsettled.append(partial(self._work.parts.inbox.hand_back, claimed))
            await asyncio.shield(self._work.settle())
            raise
        except Retry:
            self._work.unsettled.append(partial(self._work.parts.inbox.hand_back, claimed))
            raise
        except Exception:
            # Counted, so that it ends with the officer and not in a circle.
            rests = self._work.parts.clock() + wait_after(max(each.attempts for each in claimed))
            self._work.unsettled.append(partial(self._work.parts.inbox.put_back, claimed, rests))
            raise

    async def _walk(self, claimed: Sequence[Claimed]) -> None:
        began = time.monotonic()
        handled = await asyncio.gather(*(self._handle(each) for each in claimed))
        pairs = list(zip(claimed, handled, strict=True))
        done = [(c, h) for c, h in pairs if h.outcome is not Outcome.RETRY]
        if done:
            await self._release(done)
            self._work.post.set()
        for each, result in pairs:
            if result.outcome is Outcome.RETRY:
                await self._put_back(each, result)
            else:
                self._tell(result, (time.monotonic() - began) * 1000 / len(claimed))

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


def _whole(claimed: Claimed, stop: Retry) -> Handled:
    return Handled(
        raw=claimed.raw,
        sender=None,
        protection=None,
        outcomes=(Ended(stop=stop),),
        mailed=(),
    )
