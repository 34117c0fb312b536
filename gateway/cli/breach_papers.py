"""``gateway breach papers|partner``: what to copy, to post and to send about a breach."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.breach import app
from gateway.cli.breach_register import Number
from gateway.cli.common import ByOption, ConfigOption, JsonOption, loaded, print_json
from gateway.cli.register_common import done
from gateway.wiring.breach_papers import tell_partners, write_papers


@app.command()
def papers(
    breach: Number,
    *,
    to: Annotated[Path, typer.Option("--to", help="A new folder for the papers.")],
    added: Annotated[
        bool,
        typer.Option("--added", help="Letters only to whom was added since the last letters."),
    ] = False,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Answers for the AP's form, what changed since, letters to people, notices to partners.

    Nothing is sent: the AP takes reports through its own web form only.  Letters name one
    person each, and are there once it was decided to tell people: print or send them
    secured, then delete them.  With --added they are for those alone whom the last letters were
    not for, or of whom more became known since.
    """
    found = done(write_papers(loaded(config), breach, to, by=by, added_only=added))
    if json:
        print_json(
            {
                "breach": breach,
                "files": [str(each) for each in found.files],
                "letters": found.letters,
                "unchanged": found.unchanged,
                "erased": found.erased,
                "about_nobody_known": found.nobody,
                "possible": found.possible,
                "unprinted": found.unprinted,
                "troubles": dict(found.troubles),
            }
        )
        return
    for each in (each for each in found.files if each.parent == to):
        typer.echo(each)
    typer.echo(f"letters to people: {found.letters}")
    if found.unchanged:
        typer.echo(f"  of people who had all of it in an earlier letter: {found.unchanged}")
    if found.left_to_decide:
        typer.echo("  not decided yet whether to tell people: gateway breach decide --tell")
    if found.erased:
        typer.echo(f"  people whose data were erased, so nobody to write to: {found.erased}")
    if found.nobody:
        typer.echo(f"  reports or mails about nobody known, so nobody to write to: {found.nobody}")
    if found.possible:
        typer.echo(f"  others of which nobody knows whether they belong here: {found.possible}")
    if found.unprinted:
        typer.echo(f"  only as text, with signs that no font here has: {found.unprinted}")
    for trouble, readers in found.troubles.items():
        typer.echo(f"  in Dutch for {readers}: {trouble}")


@app.command()
def partner(
    breach: Number, *, by: ByOption, config: ConfigOption = None, json: JsonOption = False
) -> None:
    """Tell each partner whose reports are concerned, by sealed mail: counts and references.

    Once the breach was extended, those alone who have not heard all of it, and of what was added.
    """
    told, untold = done(tell_partners(loaded(config), breach, by=by))
    if json:
        print_json({"breach": breach, "told": list(told), "untold": list(untold)})
    else:
        for each in told:
            typer.echo(f"posted: {each}")
        for each in untold:
            typer.echo(f"nobody to write to at {each}: call them")
        if not told and not untold:
            typer.echo("no partner is concerned, or each heard all of it, as far as is on record")
    if untold:
        raise typer.Exit(1)
