"""One opener process as the gateway sees it: start, jobs in hand, time limit, end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from gateway.adapters.frames import (
    LENGTHS,
    MalformedFrameError,
    Wire,
    lengths,
    parsed_header,
)
from gateway.adapters.gnupg_home import GnuPGHome
from gateway.adapters.limits import Limits
from gateway.adapters.spawning import spawn
from gateway.adapters.start_frames import keyring_frame, start_frame, trust_frame
from gateway.domain.stops import Hold, Reason

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from gateway.adapters.gateway_secrets import GatewaySecrets
    from gateway.adapters.trust_material import TrustMaterial
    from gateway.ports import Keyring

__all__ = ["EngineName", "Job", "Limits", "Opener", "SealerUnavailableError"]

EngineName = Literal["sequoia", "gnupg"]
START_SECONDS = 30.0  # until the first answer: an import into a GnuPG home on a busy machine
MEASURE_EVERY = 200  # jobs
PAGE = os.sysconf("SC_PAGE_SIZE")


class SealerUnavailableError(RuntimeError):
    """No opener could be started; the message names the fault, such as a key's."""


class Job:
    """One frame to be answered; `reason` is the Hold if its opener dies of it.

    `is_slow` once it took longer than an ordinary one may.
    """

    __slots__ = ("answer", "is_slow", "keyring", "pieces", "reason", "size")

    def __init__(self, pieces: list[bytes], reason: Reason, keyring: Keyring | None) -> None:
        loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[tuple[Wire, list[bytes]]] = loop.create_future()
        self.pieces = pieces
        self.reason = reason
        self.keyring = keyring
        self.size = sum(map(len, pieces))
        self.is_slow = False

    def fail(self) -> None:
        if not self.answer.done():
            self.answer.set_exception(Hold(self.reason))


class Opener(asyncio.Protocol):
    """A process of `gateway.adapters.worker_main` at the other end of a socket pair.

    `on_answer(opener)` after each answer and when it is ready; `on_slow(opener)`
    when the job in hand takes long, once for each job;
    `on_end(opener, unfinished)` once, with the jobs that it never began.
    """

    def __init__(
        self,
        engine: EngineName,
        secrets: GatewaySecrets,
        limits: Limits,
        *,
        on_answer: Callable[[Opener], None],
        on_slow: Callable[[Opener], None],
        on_end: Callable[[Opener, list[Job]], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._limits = limits
        self._on_answer, self._on_slow, self._on_end = on_answer, on_slow, on_end
        self._home = GnuPGHome() if engine == "gnupg" and _has_openpgp(secrets) else None
        self._first = _start_frame(engine, secrets, limits, self._home)
        self._buffer = bytearray()
        self._keyring: Keyring | None = None
        self._trust: TrustMaterial | None = None
        self._count = 0
        self._resident_at_start = 0
        self._blameless = False
        self._ended = False
        self._transport: asyncio.Transport | None = None
        self.jobs: deque[Job] = deque()
        self.is_ready = False
        self.retiring = False
        self.ready: asyncio.Future[None] = self._loop.create_future()
        self.ready.add_done_callback(_looked_at)
        self._timer = self._loop.call_later(START_SECONDS, self._kill)
        self._patience: asyncio.TimerHandle | None = None
        ours, self._process = spawn(limits.open_files)
        self._connecting = self._loop.create_task(self._connect(ours))

    async def _connect(self, connection: socket.socket) -> None:
        await self._loop.create_connection(lambda: self, sock=connection)

    @property
    def process_id(self) -> int:
        return self._process.pid

    @property
    def has_room(self) -> bool:
        return self.is_ready and not self.retiring

    def has_large(self, size: int) -> bool:
        return any(job.size >= size for job in self.jobs)

    def give(self, job: Job, trust: TrustMaterial | None = None) -> None:
        """Send a job, after what has changed since the last; jobs are answered in order."""
        if trust is not None and trust != self._trust:
            self._trust = trust
            self._write(trust_frame(trust))
        if job.keyring is not None and not _same(job.keyring, self._keyring):
            self._keyring = job.keyring
            self._write(keyring_frame(job.keyring))
        self.jobs.append(job)
        self._write(job.pieces)
        if len(self.jobs) == 1:
            self._restart_timer()

    @property
    def has_slow(self) -> bool:
        """Whether the job in hand takes longer than an ordinary one may."""
        return bool(self.jobs) and self.jobs[0].is_slow

    def keep_only_first(self) -> list[Job]:
        """Finish the job in hand and end; those behind it are the caller's again."""
        first, *behind = self.jobs
        self.jobs = deque([first])
        self.retiring = True
        return behind

    def retire(self) -> None:
        """Take no more jobs, and end after the last one in hand."""
        self.retiring = True
        if not self.jobs:
            self._kill()

    def end(self) -> list[Job]:
        """Kill the process now; the jobs that it had are the caller's."""
        unfinished = list(self.jobs)
        self.jobs.clear()
        self._on_end = _nothing
        self._kill()
        self._reap()
        return unfinished

    async def settled(self) -> None:
        """After `end`: until the event loop has let go of the socket."""
        with contextlib.suppress(OSError):
            await self._connecting
        await asyncio.sleep(0)

    def is_worn(self) -> bool:
        """Whether it should be replaced: many jobs done, or memory not given back."""
        if self.retiring:
            return False
        if self._count >= self._limits.jobs:
            return True
        if self._count % MEASURE_EVERY and not self._after_large:
            return False
        return self._resident() > self._resident_at_start + self._limits.grown_bytes

    _after_large = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self._ended:
            transport.abort()
            return
        self._write(self._first)
        self._first = []

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        try:
            while (answer := self._next_frame()) is not None:
                self._answered(*answer)
        except MalformedFrameError:
            self._kill()

    def _next_frame(self) -> tuple[Wire, list[bytes]] | None:
        buffer = self._buffer
        if len(buffer) < LENGTHS.size:
            return None
        header_length, blobs_length = lengths(bytes(buffer[: LENGTHS.size]))
        body = LENGTHS.size + header_length
        if len(buffer) < body + blobs_length:
            return None
        header, sizes = parsed_header(bytes(buffer[LENGTHS.size : body]), blobs_length)
        blobs: list[bytes] = []
        with memoryview(buffer) as view:
            for size in sizes:
                blobs.append(bytes(view[body : body + size]))
                body += size
        if len(buffer) == body:
            self._buffer = bytearray()
        else:
            del buffer[:body]
        return header, blobs

    def _answered(self, header: Wire, blobs: list[bytes]) -> None:
        if not self.is_ready:
            self._started(header)
            return
        if not self.jobs:
            raise MalformedFrameError("answer without a job")
        job = self.jobs.popleft()
        if not job.answer.done():
            job.answer.set_result((header, blobs))
        self._count += 1
        self._after_large = job.size >= self._limits.large_bytes
        self._blameless = header.get("leaving") is True
        self._restart_timer()
        if self.retiring and not self.jobs:
            self._kill()
        self._on_answer(self)

    def _started(self, header: Wire) -> None:
        self._timer.cancel()
        if header.get("started") is not True:
            fault = str(header.get("failed", "opener does not start"))
            self.ready.set_exception(SealerUnavailableError(fault))
            self._kill()
            return
        self.is_ready = True
        self._resident_at_start = self._resident()
        if not self.ready.done():
            self.ready.set_result(None)
        self._on_answer(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timers()
        self._reap()
        if not self.ready.done():
            self.ready.set_exception(SealerUnavailableError("opener does not start"))
        if self.jobs and not self._blameless:
            self.jobs.popleft().fail()
        unfinished = list(self.jobs)
        self.jobs.clear()
        self._on_end(self, unfinished)

    def _restart_timer(self) -> None:
        self._stop_timers()
        if not self.jobs:
            return
        first, limits = self.jobs[0], self._limits
        self._timer = self._loop.call_later(limits.seconds, self._kill)
        if not first.is_slow:
            patience = limits.patience * (1 + first.size // limits.large_bytes)
            self._patience = self._loop.call_later(patience, self._on_slow, self)

    def _stop_timers(self) -> None:
        self._timer.cancel()
        if self._patience is not None:
            self._patience.cancel()

    def _write(self, pieces: list[bytes]) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if sum(map(len, pieces)) < self._limits.large_bytes:
            self._transport.write(b"".join(pieces))
            return
        for piece in pieces:
            self._transport.write(piece)

    def _resident(self) -> int:
        """Bytes; 0 when the process has just gone."""
        try:
            return int(Path(f"/proc/{self.process_id}/statm").read_bytes().split()[1]) * PAGE
        except (OSError, IndexError):
            return 0

    def _kill(self) -> None:
        """The process and whatever it started; the end of the connection follows by itself."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        if self._transport is not None:
            self._transport.abort()

    def _reap(self) -> None:
        if self._ended:
            return
        self._ended = True
        self._stop_timers()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._home is not None:
            self._home.close()


def _start_frame(
    engine: EngineName, secrets: GatewaySecrets, limits: Limits, home: GnuPGHome | None
) -> list[bytes]:
    header: Wire = {
        "engine": engine,
        "home": str(home.path) if home else "",
        "memory_bytes": limits.memory_bytes,
        "cpu_seconds": limits.cpu_seconds,
        "milliseconds": round(limits.seconds * 1000),
    }
    return start_frame(header, secrets)


def _has_openpgp(secrets: GatewaySecrets) -> bool:
    return bool(secrets.openpgp or secrets.agent)


def _same(one: Keyring, other: Keyring | None) -> bool:
    if one is other:
        return True
    return (
        other is not None
        and one.revision == other.revision
        and one.certificates == other.certificates
        and one.x509 == other.x509
    )


def _looked_at(ready: asyncio.Future[None]) -> None:
    """An opener that replaces another has nobody who waits for it."""
    if not ready.cancelled():
        ready.exception()


def _nothing(_opener: Opener, _unfinished: list[Job]) -> None:
    pass
