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
    async with wiring.serving(config) as parts:
        runner = Runner(parts)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, runner.stop)
        await runner.run()
