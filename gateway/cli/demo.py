"""``gateway demo``: the main job on embedded parts, told in Dutch as it happens."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from gateway import wiring
from gateway.cli.common import JsonOption, fail, print_json, run
from gateway.config import ConfigError

EXTRA = frozenset({"aiosmtpd", "proxyprotocol", "pymap", "pysasl"})


def demo(
    stay: Annotated[
        bool, typer.Option("--stay", help="Keep everything running afterwards, until Ctrl-C.")
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the folder it worked in, and say where it is.")
    ] = False,
    policy: Annotated[
        Path | None,
        typer.Option("--policy", help="Another decision table.", exists=True, dir_okay=False),
    ] = None,
    smime: Annotated[
        bool, typer.Option("--smime", help="Everybody uses S/MIME instead of OpenPGP.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Set up a small municipality with two schools, mail a report, and show what becomes of it."""
    try:
        from gateway.demo import (  # noqa: PLC0415 - its mail server is an extra, and may not be there
            FAILURES,
            Options,
            perform,
        )
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in EXTRA:
            raise
        fail("the demonstration needs the extra 'demo': pip install 'taalpoort[demo]'")
    options = Options(policy=policy, stay=stay, keep=keep, silent=json, smime=smime)
    try:
        facts = run(perform(options))
    except FAILURES as error:
        fail(f"niet zoals beloofd: {error}")
    except (ConfigError, wiring.NotReadyError) as error:
        fail(str(error))
    except (KeyboardInterrupt, asyncio.CancelledError):
        fail("interrupted; everything is cleaned up", 130)
    if json:
        print_json(facts)
