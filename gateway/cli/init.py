"""``gateway init``: keys where there are none, the database's tables, and a check of all parts."""

from __future__ import annotations

import typer

from gateway import wiring
from gateway.cli.common import ConfigOption, JsonOption, fail, loaded, print_json, run
from gateway.config import ConfigError


def init(config: ConfigOption = None, json: JsonOption = False) -> None:
    """Prepare this gateway; safe to run again: what is there is kept."""
    settings = loaded(config)
    try:
        made = run(wiring.prepare(settings))
    except (ConfigError, wiring.NotReadyError) as error:
        fail(str(error))
    if json:
        print_json(made)
        return
    for what, state in made.items():
        typer.echo(f"{what}: {state}")
