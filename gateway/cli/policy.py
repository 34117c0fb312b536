"""``gateway policy``: what the decision table says, and whether it is sound."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway import wiring
from gateway.cli.common import ConfigOption, JsonOption, fail, loaded, print_json, run
from gateway.config import ConfigError
from gateway.domain.policy import Policy, PolicyError
from gateway.domain.reviewing import Check
from gateway.domain.truth import truth_table

if TYPE_CHECKING:
    from collections.abc import Sequence

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
def check(
    file: File = None,
    truth: Annotated[
        Path | None,
        typer.Option(
            "--truth",
            help="The reviewed truth table of another table than the covenant's.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Look whether a table is well formed, decides as was reviewed, and names real articles.

    Without a file, the table in force.  Each fault is named by its row; exit 1 on any.
    """
    try:
        policy, checks = _reviewed(file, truth, config)
    except (ConfigError, wiring.NotReadyError) as error:
        fail(str(error))
    good = not any(each.faults for each in checks)
    if json:
        print_json(
            {
                "ok": good,
                "digest": policy.digest if policy else None,
                "rows": len(policy.rows) if policy else None,
                "checks": [_as_json(each) for each in checks],
            }
        )
    else:
        _print(checks, policy)
    if not good:
        raise typer.Exit(1)


@app.command()
def truth(file: File = None, config: ConfigOption = None) -> None:
    """Print what a table decides in every situation there is, for people to review."""
    typer.echo(truth_table(table(file, config)), nl=False)


def _reviewed(
    file: Path | None, truth: Path | None, config: Path | None
) -> tuple[Policy | None, Sequence[Check]]:
    try:
        policy = (
            Policy(wiring.file_text(file))
            if file is not None
            else run(wiring.policy_in_force(loaded(config)))
        )
    except PolicyError as error:
        return None, (Check(what="rows", said="well formed", faults=error.faults),)
    return policy, wiring.reviewed(policy, truth)


def _as_json(check: Check) -> dict[str, object]:
    good = not check.faults
    return {"check": check.what, "ok": good, "said": check.said, "faults": check.faults}


def _print(checks: Sequence[Check], policy: Policy | None) -> None:
    if policy is not None:
        typer.echo(f"{policy.table.covenant}, version {policy.table.version}")
        typer.echo(f"sha256 {policy.digest}")
    for each in checks:
        told = f"{len(each.faults)} faults" if each.faults else each.said
        typer.echo(f"{'NOT' if each.faults else 'ok':<4} {each.what}: {told}")
        for fault in each.faults:
            typer.echo(f"       {fault}")
