"""``gateway policy``: what the decision table says, and whether it is sound."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway import wiring
from gateway.cli.common import ConfigOption, JsonOption, fail, loaded, print_json
from gateway.domain.policy import Policy, PolicyError

app = typer.Typer(help="The decision table.", no_args_is_help=True)

Language = Annotated[str, typer.Option("--language", help="nl or en.")]


def _policy(file: ConfigOption) -> Policy:
    try:
        return wiring.policy(loaded(file))
    except (PolicyError, OSError) as error:
        fail(f"policy: {error}")


@app.command()
def show(config: ConfigOption = None, json: JsonOption = False, language: Language = "nl") -> None:
    """Every row: article, effect, reason and text."""
    policy = _policy(config)
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
def check(config: ConfigOption = None, json: JsonOption = False) -> None:
    """Load the table and refuse what is not well formed, naming the row."""
    policy = _policy(config)
    if json:
        print_json({"ok": True, "digest": policy.digest, "rows": len(policy.rows)})
    else:
        typer.echo(f"{len(policy.rows)} rows, well formed; sha256 {policy.digest}")
