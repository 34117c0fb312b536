"""``gateway serve``: the gateway at work, until SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import signal

from gateway import wiring
from gateway.cli.common import ConfigOption, fail, loaded, run
from gateway.config import Config, ConfigError
from gateway.runner import Runner
from gateway.wiring.memory import give_back_large_blocks


def serve(config: ConfigOption = None) -> None:
    """Receive, check, pass on and record, until told to stop (SIGTERM)."""
    try:
        run(_serve(loaded(config)))
    except (ConfigError, wiring.NotReadyError) as error:
        fail(str(error))


async def _serve(config: Config) -> None:
    give_back_large_blocks()
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    # From the first moment on: an order that comes while the parts start is kept, not died of.
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    async with wiring.serving(config) as parts:
        runner = Runner(parts)
        listening = asyncio.create_task(_stop_when(told, runner))
        await runner.run()
        listening.cancel()
    if runner.broken is not None:
        fail(f"log: {runner.broken.where}; see gateway log verify")


async def _stop_when(told: asyncio.Event, runner: Runner) -> None:
    await told.wait()
    runner.stop()
