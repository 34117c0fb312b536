"""The gateway at work: receive, walk, dispatch, until told to stop.

Three kinds of loop, each of which may fail at any `await` without losing or
doubling anything, because each works only on what is committed:

- receiving stores mail before it touches the mailbox;
- walking records outcome, log and outbox in one transaction, under a claim;
- dispatching sends only what is on record and still stands.

What a turn that failed had in hand is settled before the next one: what has left
is noted, the rest is given back.  So no mail rests until its claim runs out.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from gateway.domain.outcomes import Ended, Handled
from gateway.domain.stops import Hold, Outcome, Reason, Retry
from gateway.domain.waiting import given_up, wait_after
from gateway.pipeline.forward import end, handle, undelivered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from datetime import datetime

    from gateway.domain.stages import Released
    from gateway.ports import Claimed, Fetched, Mailbox
    from gateway.wiring.running import Parts

FORGET_EVERY = 60 * 60.0  # seconds


class _NotStoredError(Exception):
    """The database, and not the mailbox, keeps mail from being received."""


class Runner:
    """One running gateway."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._stopping = asyncio.Event()
        self._mail = asyncio.Event()
        self._post = asyncio.Event()
        self._lanes = asyncio.Semaphore(parts.lanes)
        self._unsettled: list[Callable[[], Awaitable[None]]] = []

    def stop(self) -> None:
        """Finish what is in hand and end; safe to call from a signal handler's callback."""
        self._stopping.set()
        self._mail.set()
        self._post.set()

    async def run(self) -> None:
        """Until `stop`; then what is in hand is finished, or put back when that takes too long."""
        parts = self._parts
        receiving = [
            asyncio.create_task(self._forever("mailbox", self._receiver(mailbox)))
            for mailbox in parts.mailboxes
        ]
        working = [
            asyncio.create_task(self._forever(name, turn))
            for name, turn in (("database", self._walk_turn), ("database", self._dispatch_turn))
            for _ in range(parts.loops)
        ]
        working.append(asyncio.create_task(self._forever("database", self._forget_turn)))
        await self._stopping.wait()
        for task in receiving:
            task.cancel()
        _, late = await asyncio.wait([*working, *receiving], timeout=parts.stop_seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        for mailbox in parts.mailboxes:
            await mailbox.close()
        await parts.relay.close()

    async def _forever(self, where: str, turn: Callable[[], Awaitable[None]]) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                await turn()
                failures = 0
            except (Retry, _NotStoredError) as error:
                failures += 1
                seconds = min(2.0 ** (failures - 1), 30.0)
                what = "database" if isinstance(error, _NotStoredError) else where
                self._parts.events(f"{what}.unreachable", seconds=seconds)
                await self._rest(seconds)
            except Exception as error:  # noqa: BLE001 - a loop outlives every bug; the mail is still stored
                failures += 1
                self._bug(where, error)
                await self._rest(min(2.0**failures, 30.0))

    def _bug(self, where: str, error: Exception) -> None:
        # The kind alone: what an exception says may come out of a mail.
        self._parts.events("bug", where=where, kind=type(error).__name__)

    async def _settle(self) -> None:
        """What failed turns left in hand; raises `Retry` when that cannot be settled now either."""
        while self._unsettled:
            owed = self._unsettled.pop()
            try:
                await owed()
            except BaseException:
                self._unsettled.append(owed)
                raise

    @asynccontextmanager
    async def _keeping(self, renew: Callable[[datetime], Awaitable[None]]) -> AsyncIterator[None]:
        """Claims are renewed for as long as the work on them lasts."""

        async def keep() -> None:
            while True:
                await asyncio.sleep(self._parts.renew_seconds)
                with suppress(Retry):
                    await renew(self._parts.clock())

        keeping = asyncio.create_task(keep())
        try:
            yield
        finally:
            keeping.cancel()

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    # --- receiving -----------------------------------------------------------

    def _receiver(self, mailbox: Mailbox) -> Callable[[], Awaitable[None]]:
        async def turn() -> None:
            if not await self._receive(mailbox):
                await mailbox.wait(60.0)

        return turn

    async def _receive(self, mailbox: Mailbox) -> bool:
        fetched = await mailbox.fetch_new(self._parts.batch * 4)
        if not fetched:
            return False
        stored = await self._stored(fetched)
        if not stored:
            raise _NotStoredError
        self._mail.set()
        await mailbox.file_away([mail.place for mail in stored if not mail.oversize])
        await mailbox.set_aside([mail.place for mail in stored if mail.oversize])
        self._parts.events(
            "mailbox.received",
            mailbox=fetched[0].place.mailbox,
            count=len(stored),
            bytes=sum(mail.size for mail in stored),
        )
        return True

    async def _stored(self, fetched: Sequence[Fetched]) -> Sequence[Fetched]:
        """Those that are stored: all, or without a mail that meets a bug."""
        try:
            await self._parts.inbox.store(fetched, self._parts.clock())
        except Retry:
            raise _NotStoredError from None
        except Exception as error:  # noqa: BLE001 - one mail's bug must not stop the others
            self._bug("store", error)
            if len(fetched) == 1:
                return ()
            alone = [await self._stored([each]) for each in fetched]
            return [each for stored in alone for each in stored]
        return fetched

    # --- walking -------------------------------------------------------------

    async def _walk_turn(self) -> None:
        self._mail.clear()
        await self._settle()
        claimed = await self._parts.inbox.claim(self._parts.batch, self._parts.clock())
        if not claimed:
            await self._woken(self._mail)
            return
        try:
            async with self._keeping(partial(self._parts.inbox.renew, claimed)):
                await self._walk(claimed)
        except asyncio.CancelledError:
            self._unsettled.append(partial(self._parts.inbox.hand_back, claimed))
            await asyncio.shield(self._settle())
            raise
        except Retry:
            self._unsettled.append(partial(self._parts.inbox.hand_back, claimed))
            raise
        except Exception:
            # Counted, so that it ends with the officer and not in a circle.
            rests = self._parts.clock() + wait_after(max(each.attempts for each in claimed))
            self._unsettled.append(partial(self._parts.inbox.put_back, claimed, rests))
            raise

    async def _walk(self, claimed: Sequence[Claimed]) -> None:
        began = time.monotonic()
        handled = await asyncio.gather(*(self._handle(each) for each in claimed))
        pairs = list(zip(claimed, handled, strict=True))
        done = [(c, h) for c, h in pairs if h.outcome is not Outcome.RETRY]
        if done:
            await self._release(done)
            self._post.set()
        for each, result in pairs:
            if result.outcome is Outcome.RETRY:
                await self._put_back(each, result)
            else:
                self._tell(result, (time.monotonic() - began) * 1000 / len(claimed))

    async def _release(self, done: Sequence[tuple[Claimed, Handled]]) -> None:
        """All together; after a bug each alone, so that one mail's bug is not the others'."""
        try:
            await self._parts.ledger.release(done, self._parts.clock())
        except Retry:
            raise
        except Exception as error:
            if len(done) == 1:
                raise
            self._bug("release", error)
            for each in done:
                await self._release_alone(each)

    async def _release_alone(self, each: tuple[Claimed, Handled]) -> None:
        try:
            await self._release([each])
        except Retry:
            raise
        except Exception as error:  # noqa: BLE001 - one mail's bug must not stop the batch
            self._bug("release", error)
            claimed, _ = each
            rests = self._parts.clock() + wait_after(claimed.attempts)
            await self._parts.inbox.put_back([claimed], rests)

    async def _handle(self, claimed: Claimed) -> Handled:
        if claimed.attempts >= self._parts.max_attempts:
            return await end(claimed.raw, Hold(Reason.UNREACHABLE), self._parts.gate)
        try:
            return await handle(claimed.raw, self._parts.gate)
        except Exception as error:  # noqa: BLE001 - one mail's bug must not stop the batch
            self._bug("handle", error)
            return _whole(claimed, Retry(Reason.UNEXPECTED))

    async def _put_back(self, claimed: Claimed, result: Handled) -> None:
        not_before = self._parts.clock() + wait_after(claimed.attempts)
        await self._parts.inbox.put_back([claimed], not_before)
        self._parts.events(
            "mail.put_back",
            trace=claimed.raw.trace,
            attempts=claimed.attempts + 1,
            reasons=" ".join(result.reasons),
        )

    def _tell(self, result: Handled, milliseconds: float) -> None:
        self._parts.events(
            "mail.handled",
            trace=result.raw.trace,
            outcome=result.outcome.value,
            reasons=" ".join(result.reasons),
            reports=len(result.outcomes),
            milliseconds=round(milliseconds, 1),
        )

    # --- forgetting ----------------------------------------------------------

    async def _forget_turn(self) -> None:
        count = await self._parts.inbox.forget(self._parts.clock() - self._parts.keep)
        if count:
            self._parts.events("mail.forgotten", count=count)
        await self._rest(FORGET_EVERY)

    # --- dispatching ---------------------------------------------------------

    async def _dispatch_turn(self) -> None:
        self._post.clear()
        await self._settle()
        released = await self._parts.outbox.claim(self._parts.batch * 2, self._parts.clock())
        if not released:
            await self._woken(self._post)
            return
        gone: list[Released] = []
        try:
            async with self._keeping(partial(self._parts.outbox.renew, released)):
                await self._dispatch(released, gone)
        except BaseException as error:
            self._unsettled.append(partial(self._note, released, gone))
            if isinstance(error, asyncio.CancelledError):
                await asyncio.shield(self._settle())
            raise

    async def _note(self, released: Sequence[Released], gone: Sequence[Released]) -> None:
        # First what left, so that it does not leave again.
        await self._parts.outbox.sent(gone, self._parts.clock())
        await self._parts.outbox.hand_back(released)

    async def _dispatch(self, released: Sequence[Released], gone: list[Released]) -> None:
        parts = self._parts
        standing = await self._standing(released)
        checked = time.monotonic()
        results = await asyncio.gather(*(self._send(each, gone, checked) for each in standing))
        if gone:
            await parts.outbox.sent(gone, parts.clock())
            self._post.set()
        for each in gone:
            parts.events("report.sent", trace=each.trace, outgoing=each.outgoing_id)
        for each, stop in zip(standing, results, strict=True):
            if stop is not None:
                await self._unsent(each, stop)

    async def _standing(self, released: Sequence[Released]) -> Sequence[Released]:
        """Those whose decision still stands; the others walk again, with all of their mail."""
        parts = self._parts
        stands = await parts.outbox.still_stands(released, parts.clock())
        fallen = [each for each, good in zip(released, stands, strict=True) if not good]
        if not fallen:
            return released
        traces = {each.trace for each in fallen}
        again = [each for each in released if each.trace in traces]
        await parts.outbox.walk_again(again, parts.clock())
        for each in fallen:
            parts.events("report.walks_again", trace=each.trace, outgoing=each.outgoing_id)
        self._mail.set()
        return [each for each in released if each.trace not in traces]

    async def _send(
        self, released: Released, gone: list[Released], checked: float
    ) -> Retry | Hold | None:
        """None when it went, or when it will walk again."""
        async with self._lanes:
            # A batch may take long behind a slow server, and consent may end meanwhile.
            if time.monotonic() - checked > self._parts.recheck_seconds:
                try:
                    if not await self._standing([released]):
                        return None
                except Retry as stop:
                    return stop
            return await self._hand_over(released, gone)

    async def _hand_over(self, released: Released, gone: list[Released]) -> Retry | Hold | None:
        try:
            await self._parts.relay.send(
                released.mail,
                envelope_from=released.envelope_from,
                recipient=released.recipient,
            )
        except (Retry, Hold) as stop:
            return stop
        except Exception as error:  # noqa: BLE001 - one mail's bug must not stop the batch
            self._bug("send", error)
            return Retry(Reason.UNEXPECTED)
        gone.append(released)
        return None

    async def _unsent(self, released: Released, stop: Retry | Hold) -> None:
        parts = self._parts
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

    async def _woken(self, event: asyncio.Event) -> None:
        try:
            await asyncio.wait_for(event.wait(), self._parts.poll_seconds)
        except TimeoutError:
            return


def _whole(claimed: Claimed, stop: Retry) -> Handled:
    return Handled(
        raw=claimed.raw,
        sender=None,
        protection=None,
        outcomes=(Ended(stop=stop),),
        mailed=(),
    )
