"""A gateway at work on a configuration: in a thread of this process, or as the real command."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakSet

from gateway import wiring
from gateway.runner import Runner
from tests import ahead
from tests.servers.process import wait_until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from gateway.config import Config

    _Detect = Callable[[datetime], Awaitable[int]]

COMMAND = Path(sys.executable).with_name("gateway")


def gateway(config: Path, *arguments: str, code: int = 0) -> Any:
    """What the command prints as JSON."""
    done = ahead.run(*arguments, "--config", str(config), "--json")
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


class RunningGateway:
    """What `gateway serve` does, in a thread with a loop of its own; `events` are its log.

    `clock` is what the gateway takes for now.
    """

    def __init__(
        self, config: Config, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.clock = clock
        self.events: list[tuple[str, Mapping[str, object]]] = []
        self.detections = 0  # rounds of the detectors that have ended
        self.sequence_seconds = 0.0  # as it runs, between two checkpoints
        self._config = config
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._runner: Runner | None = None
        self._thread = threading.Thread(target=self._main, name="gateway", daemon=True)

    def start(self) -> None:
        """Return when it is at work; raises what kept it from starting."""
        self._thread.start()
        assert self._ready.wait(300)
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """As SIGTERM does; return when it has ended.  Raises what it died of."""
        if self._loop is not None and self._runner is not None:
            with suppress(RuntimeError):  # its loop has ended by itself
                self._loop.call_soon_threadsafe(self._runner.stop)
        self._thread.join(300)
        assert not self._thread.is_alive()
        if self._failure is not None:
            raise self._failure

    @property
    def is_at_work(self) -> bool:
        """Whether it was started and has not ended."""
        return self._thread.is_alive()

    def told(self, event: str) -> list[Mapping[str, object]]:
        """The fields of every event of this kind."""
        return [fields for name, fields in list(self.events) if name == event]

    def wait_until_told(self, event: str, *, count: int = 1, seconds: float = 300) -> None:
        """Until there are so many events of this kind."""
        wait_until(
            lambda: len(self.told(event)) >= count, seconds=seconds, what=f"{count} x {event}"
        )

    def _main(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        async with wiring.serving(self._config, self._emit) as parts:
            self._loop = asyncio.get_running_loop()
            self.sequence_seconds = parts.sequence_seconds
            counted = self._counted(parts.detect)
            self._runner = Runner(replace(parts, clock=self._now, keys_seconds=0.2, detect=counted))
            self._ready.set()
            await self._runner.run()

    def _counted(self, detect: _Detect | None) -> _Detect | None:
        async def counted(now: datetime) -> int:
            assert detect is not None
            found = await detect(now)
            self.detections += 1
            return found

        return counted if detect else None

    def _now(self) -> datetime:
        return self.clock()  # which a test may exchange meanwhile

    def _emit(self, event: str, **fields: str | int | float) -> None:
        self.events.append((event, fields))


class GatewayProcess:
    """The real command ``gateway serve`` on a configuration file.

    `lives` are all that were made, whether they still run or not.
    With `launcher`, a module in the command's place: ``-m MODULE ...``.  With `installed`, in an
    interpreter of its own as people start it, and not in what has loaded the code already.
    """

    lives: ClassVar[WeakSet[GatewayProcess]] = WeakSet()

    def __init__(
        self,
        config: Path,
        *,
        launcher: tuple[str, ...] = (),
        installed: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._arguments = [*launcher, "serve", "--config", str(config)]
        self._words = [sys.executable if launcher else str(COMMAND), *self._arguments]
        self._installed = installed
        self._environment = {**os.environ, **(environment or {})}
        self.log = config.with_name(f"serve-{os.urandom(4).hex()}.log")
        self._process: subprocess.Popen[bytes] | ahead.Started | None = None
        self._lives = 0
        self.config = config
        self.lives.add(self)

    @property
    def is_at_work(self) -> bool:
        """Whether it runs."""
        return self._process is not None and not self.has_ended

    @property
    def process(self) -> subprocess.Popen[bytes] | ahead.Started:
        """The running process."""
        assert self._process is not None
        return self._process

    def start(self) -> None:
        """Begin, or begin anew; does not wait.  The log goes on."""
        self._lives += 1
        with self.log.open("ab") as log:
            if self._installed:
                self._process = subprocess.Popen(
                    self._words, stdout=log, stderr=log, env=self._environment
                )
            else:
                self._process = ahead.start(
                    self._arguments, stdout=log, stderr=log, environment=self._environment
                )

    def wait_until_started(self, seconds: float = 300) -> None:
        """Until its log says that it is at work."""

        def started() -> bool:
            assert self.process.poll() is None, self.log.read_text()
            return len(self.told("gateway.started")) >= self._lives

        wait_until(started, seconds=seconds, what="gateway.started")

    def events(self) -> list[dict[str, Any]]:
        """Every whole line of its operational log."""
        text = self.log.read_text()
        lines = text[: text.rfind("\n") + 1].splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def told(self, event: str) -> list[dict[str, Any]]:
        """The events of this kind."""
        return [each for each in self.events() if each["event"] == event]

    def stop(self) -> int:
        """SIGTERM; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(300)

    def kill(self) -> None:
        """SIGKILL: no goodbye."""
        self.process.kill()
        self.process.wait(300)

    @property
    def has_ended(self) -> bool:
        """Whether it ended by itself, or was killed."""
        return self.process.poll() is not None
