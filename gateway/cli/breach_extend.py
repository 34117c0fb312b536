"""``gateway breach extend``: more people or reports turned out to be concerned."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.breach import app
from gateway.cli.breach_register import FileOption, Number, ScopeFileOption, TextOption, words_of
from gateway.cli.common import ByOption, ConfigOption, JsonOption, fail, loaded, print_json
from gateway.cli.register_common import done
from gateway.wiring.breaches import extend_breach

IncidentOption = Annotated[str, typer.Option("--incident", help="A proposal that is part of it.")]


@app.command()
def extend(
    breach: Number,
    *,
    scope: ScopeFileOption = None,
    incident: IncidentOption = "",
    text: TextOption = "",
    file: FileOption = None,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Add whom and what else it turned out to concern, and say why; nothing is ever taken away.

    From a scope, counted again as of now, from a proposal, which is accepted by it, or both.
    Only what the breach does not have yet; a proposal of which it has all is in it from now on, and
    that is a fact of it.  Freezes a checkpoint of the log once more, and holds
    the entries that were added.  The 72 hours go on from the same moment.  Not to report and not to
    tell people is decided again, and after a report a supplement is due.
    """
    if scope is None and not incident:
        fail("say what else it concerns: --scope, --incident, or both", 2)
    work = extend_breach(
        loaded(config),
        breach,
        words_of(text, file),
        by=by,
        scope_file=scope,
        incident_id=incident,
    )
    found, left = done(work)
    if json:
        counts = {"added": found.added, "people": found.people, "again": found.again}
        print_json({"breach": breach} | counts | {"to_do": [each.value for each in left]})
        return
    typer.echo(f"people added: {found.people}")
    typer.echo(f"people of whom more became known: {found.again}")
    for each in left:
        typer.echo(f"to do: {each}")
    if not found.is_news:
        typer.echo("  nothing new about anybody; the proposal is in the breach now")
        return
    typer.echo(f"  were its people restricted? first again: gateway breach restrict {breach}")
    typer.echo(f"  are reports from or to a partner added? gateway breach partner {breach}")
