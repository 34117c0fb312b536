"""``gateway policy``: what the decision table says, and whether it is sound."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway import wiring
from gateway.cli.common import ConfigOption, JsonOption, fail, loaded, print_json, run
from gateway.config import ConfigError
from gateway.domain.policy import Policy, PolicyError

app = typer.Typer(help="The decision table.", no_args_is_help=True)

Language = Annotated[str, typer.Option("--language", help="nl or en.")]
File = Annotated[
    Path | None, typer.Argument(help="A table in a file; without one, the table in force.")
]


def table(file: Path | None, config: Path | None) -> Policy:
    """The table in this file, or the one in force; exit 1 naming what is wrong."""
    try:
        if file is not None:
            return Policy(wiring.table_text(file))
        return run(wiring.policy_in_force(loaded(config)))
    except (ConfigError, PolicyError, wiring.NotReadyError) as error:
        fail(str(error))


@app.command()
def show(
    file: File = None,
    config: ConfigOption = None,
    json: JsonOption = False,
    language: Language = "nl",
) -> None:
    """Every row: article, effect, reason and text."""
    policy = table(file, config)
    if json:
        print_json({"digest": policy.digest, **policy.table.model_dump(mode="json")})
        return
    typer.echo(f"{policy.table.covenant}, version {policy.table.version}, sha256 {policy.digest}")
    for name, turned_on in policy.table.switches:
        typer.echo(f"switch {name}: {'on' if turned_on else 'off'}")
    for row in policy.rows:
        text = row.nl if language == "nl" else row.en
        typer.echo(f"art. {row.article:<5} {row.effect.value:<9} {row.id}: {text}")


@app.command()
def check(file: File = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Load the table and refuse what is not well formed, naming the row."""
    policy = table(file, config)
    if json:
        print_json({"ok": True, "digest": policy.digest, "rows": len(policy.rows)})
    else:
        typer.echo(f"{len(policy.rows)} rows, well formed; sha256 {policy.digest}")
