"""``gateway doctor``: is every part in order?"""

from __future__ import annotations

from typing import Annotated

import typer

from gateway import wiring
from gateway.cli.common import ConfigOption, JsonOption, loaded, print_json, run


def doctor(
    quick: Annotated[
        bool,
        typer.Option(
            "--quick", help="Leave out log, mail servers, collector and opening processes."
        ),
    ] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Look at every part and say what is wrong with it; changes nothing."""
    findings = run(wiring.examine(loaded(config), quick=quick))
    if json:
        print_json([{"part": f.part, "good": f.good, "text": f.text} for f in findings])
    else:
        for finding in findings:
            typer.echo(f"{'ok ' if finding.good else 'NOT'}  {finding.part}: {finding.text}")
    if not all(finding.good for finding in findings):
        raise typer.Exit(1)
