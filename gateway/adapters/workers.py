"""The sealer: openers in processes of their own, and the order in which they get work.

A mail that takes too much memory, time or output costs one opener and that
mail's outcome (`Hold`); the jobs behind it go to a fresh opener.  A job that
takes long goes on beside the openers, one such job at a time: however many of
them come, the others find as many openers as ever.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Self

from gateway.adapters.form_frames import form_frame, read_from
from gateway.adapters.frames import (
    MalformedFrameError,
    Wire,
    frame,
    letter_frame,
    stop_from,
    text,
    unsealed_from,
)
from gateway.adapters.gnupg_agent import launch
from gateway.adapters.gnupg_home import sweep
from gateway.adapters.opener import EngineName, Job, Limits, Opener, SealerUnavailableError
from gateway.domain.form_reading import form_kind
from gateway.domain.mail import SealedMail
from gateway.domain.plans import rewritten
from gateway.domain.stops import Hold, Reason, Reject, Retry, Stop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from types import TracebackType

    from gateway.adapters.gateway_secrets import GatewaySecrets
    from gateway.adapters.trust_material import TrustMaterial
    from gateway.domain.form_reading import FormRead
    from gateway.domain.mail import Attachment, Letter, Unsealed
    from gateway.domain.plans import PlanFile
    from gateway.ports import Keyring

__all__ = ["EngineName", "Limits", "SealerUnavailableError", "WorkerPool"]

IN_HAND = 2  # jobs sent to one opener ahead of its answers, so that it never waits for us
STARTS_LIMIT = 3  # openers in a row that die before their first answer


class WorkerPool:
    """`gateway.ports.Sealer` and `gateway.pipeline.gate.Forms` over `workers` opener processes.

    They have an engine of each protection; `engine` is that of OpenPGP.  The gateway's
    `secrets` go to the openers over their sockets only.  Use as an asynchronous context
    manager, or call `start` and `close`; from a thread that lives as long, since
    the openers die with the thread that started them.
    """

    def __init__(
        self,
        engine: EngineName,
        secrets: GatewaySecrets,
        *,
        workers: int = 2,
        limits: Limits | None = None,
    ) -> None:
        self._engine = engine
        self._secrets = secrets
        self._trust: TrustMaterial | None = None
        self._count = workers
        self._limits = limits or Limits()
        self._openers: list[Opener] = []
        self._small: deque[Job] = deque()
        self._large: deque[Job] = deque()
        self._slow: deque[Job] = deque()
        self._failed_starts = 0
        self._closed = False

    async def start(self) -> Self:
        """Start all openers and wait until they are ready.  Raises `SealerUnavailableError`."""
        if self._engine == "gnupg":
            sweep()
        await self._wake_agent()
        fresh = [self._begin() for _ in range(self._count)]
        try:
            await asyncio.gather(*(opener.ready for opener in fresh))
        except SealerUnavailableError:
            await self.close()
            raise
        return self

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def set_trust(self, material: TrustMaterial) -> None:
        """From the next job on, S/MIME certificates are judged by this; until then by nothing."""
        self._trust = material

    async def open(
        self, content: bytes, keyring: Keyring, *, at: datetime | None = None
    ) -> Unsealed:
        """As the port says; `at` is the moment at which keys must be good, None for now."""
        header: Wire = {"do": "open", "at": at.isoformat() if at else None}
        wire, blobs = await self._do(frame(header, [content]), Reason.OPENER_LIMIT, keyring)
        try:
            return unsealed_from(wire, blobs)
        except MalformedFrameError:
            raise Hold(Reason.OPENER_LIMIT) from None

    async def read(self, attachment: Attachment) -> FormRead:
        """As the port says."""
        kind = form_kind(attachment)
        if kind is None:
            raise Reject(Reason.NO_DOCUMENT)
        pieces = form_frame(kind, attachment.content)
        _, blobs = await self._do(pieces, Reason.OPENER_LIMIT, None)
        try:
            return read_from(blobs)
        except MalformedFrameError:
            raise Hold(Reason.OPENER_LIMIT) from None

    async def cleaned(self, attachment: Attachment) -> PlanFile:
        """As the port says."""
        pieces = frame({"do": "plan"}, [attachment.content])
        _, blobs = await self._do(pieces, Reason.OPENER_LIMIT, None)
        if len(blobs) != 1:
            raise Hold(Reason.OPENER_LIMIT)
        return rewritten(attachment, blobs[0])

    async def seal(self, letter: Letter) -> bytes:
        """The mail alone, as `sealed` makes it."""
        return (await self.sealed(letter)).mail

    async def sealed(self, letter: Letter) -> SealedMail:
        """As the port says."""
        pieces = letter_frame(letter, {"do": "seal"})
        wire, blobs = await self._do(pieces, Reason.SEALING_FAILED, None)
        try:
            [mail] = blobs
            return SealedMail(mail=mail, by=text(wire, "by"), to=text(wire, "to"))
        except (MalformedFrameError, ValueError):
            raise Hold(Reason.SEALING_FAILED) from None

    @property
    def secrets(self) -> GatewaySecrets:
        """What new openers start with."""
        return self._secrets

    def renew(self, secrets: GatewaySecrets) -> None:
        """From the next job on with these keys: openers end after what they have in hand."""
        self._secrets = secrets
        if self._closed:
            return
        for opener in [each for each in self._openers if not each.retiring]:
            self._begin()
            if opener.is_ready:
                opener.retire()
            else:  # it has no job yet, and is no failed start
                self._openers.remove(opener)
                opener.end()

    async def close(self) -> None:
        """End the openers; jobs under way fail with their Hold."""
        self._closed = True
        for job in self._emptied():
            job.fail()
        openers, self._openers = self._openers, []
        for opener in openers:
            for job in opener.end():
                job.fail()
        await asyncio.gather(*(opener.settled() for opener in openers))

    @property
    def process_ids(self) -> tuple[int, ...]:
        """Of the openers, to measure them."""
        return tuple(opener.process_id for opener in self._openers)

    async def _do(
        self, pieces: list[bytes], reason: Reason, keyring: Keyring | None
    ) -> tuple[Wire, list[bytes]]:
        if self._closed:
            raise Hold(reason)
        if self._failed_starts >= STARTS_LIMIT:
            self._failed_starts -= 1  # one more try for each job that asks
            await self._wake_agent()
            self._replenish()
            raise Retry(Reason.UNREACHABLE)
        job = Job(pieces, reason, keyring)
        self._queue(job).append(job)
        self._hand_out()
        wire, blobs = await job.answer
        if "stop" in wire:
            raise await self._stopped(wire, reason)
        return wire, blobs

    async def _stopped(self, wire: Wire, reason: Reason) -> Stop:
        try:
            stop = stop_from(wire)
        except MalformedFrameError:
            return Hold(reason)
        if isinstance(stop, Retry):
            await self._wake_agent()
        return stop

    async def _wake_agent(self) -> None:
        """Where keys are in an agent that has ended, it runs again for the next try."""
        if self._secrets.agent is not None:
            await asyncio.to_thread(launch, self._secrets.agent.path)

    def _hand_out(self) -> None:
        """Give waiting jobs to openers that have room; a large one only when alone of its kind."""
        if not self._closed:
            self._hand_out_slow()
        for opener in self._with_room():
            busy_large = any(each.has_large(self._limits.large_bytes) for each in self._openers)
            if self._large and not busy_large:
                opener.give(self._large.popleft(), self._trust)
            elif self._small:
                opener.give(self._small.popleft(), self._trust)
            else:
                return

    def _with_room(self) -> Iterator[Opener]:
        """The least busy opener, again and again, until all are full."""
        while not self._closed:
            free = [each for each in self._openers if each.has_room and len(each.jobs) < IN_HAND]
            if not free:
                return
            yield min(free, key=lambda each: len(each.jobs))

    def _begin(self) -> Opener:
        opener = Opener(
            self._engine,
            self._secrets,
            self._limits,
            on_answer=self._answered,
            on_slow=self._takes_long,
            on_end=self._ended,
        )
        self._openers.append(opener)
        return opener

    def _hand_out_slow(self) -> None:
        """A slow job, when there is no other in hand, to an opener that does nothing else."""
        if not self._slow or self._has_slow():
            return
        idle = [each for each in self._openers if each.has_room and not each.jobs]
        if idle:
            idle[0].give(self._slow.popleft(), self._trust)
            self._set_apart(idle[0])
        elif all(each.is_ready for each in self._openers):
            self._begin()

    def _has_slow(self) -> bool:
        return any(each.has_slow for each in self._openers)

    def _set_apart(self, opener: Opener) -> None:
        """It finishes its slow job beside the others, and a fresh one takes its place."""
        self._put_first(opener.keep_only_first())
        self._replenish()

    def _takes_long(self, opener: Opener) -> None:
        """The first slow job goes on; another begins anew when that one is done."""
        waits = self._has_slow()
        opener.jobs[0].is_slow = True
        if waits:
            self._openers.remove(opener)
            self._put_back(opener.end())
            self._replenish()
        else:
            self._set_apart(opener)
        self._hand_out()

    def _put_back(self, jobs: list[Job]) -> None:
        slow, *behind = jobs
        self._slow.append(slow)
        self._put_first(behind)

    def _answered(self, opener: Opener) -> None:
        self._failed_starts = 0
        if opener.is_worn() and not self._closed:
            opener.retire()
            self._begin()
        self._hand_out()

    def _ended(self, opener: Opener, unfinished: list[Job]) -> None:
        """An opener's process is gone: blame the job in hand, keep the ones behind it."""
        if opener in self._openers:
            self._openers.remove(opener)
        self._put_first(unfinished)
        if not opener.is_ready:
            self._failed_starts += 1
        if self._failed_starts >= STARTS_LIMIT:
            self._give_up()
        self._replenish()

    def _put_first(self, jobs: list[Job]) -> None:
        for job in reversed(jobs):
            self._queue(job).appendleft(job)

    def _give_up(self) -> None:
        for job in self._emptied():
            if not job.answer.done():
                job.answer.set_exception(Retry(Reason.UNREACHABLE))

    def _emptied(self) -> list[Job]:
        queues = (self._small, self._large, self._slow)
        jobs = [job for queue in queues for job in queue]
        for queue in queues:
            queue.clear()
        return jobs

    def _queue(self, job: Job) -> deque[Job]:
        if job.is_slow:
            return self._slow
        return self._large if job.size >= self._limits.large_bytes else self._small

    def _replenish(self) -> None:
        if self._closed or self._failed_starts >= STARTS_LIMIT:
            return
        while len([each for each in self._openers if not each.retiring]) < self._count:
            self._begin()
