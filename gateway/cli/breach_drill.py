"""``gateway breach drill``: practise a breach on made-up people, and time it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.breach import app
from gateway.cli.common import JsonOption, fail, print_json
from gateway.cli.register_common import done

TERM = 60.0  # seconds, for 1,400 people on two cores


@app.command()
def drill(
    *,
    people: Annotated[int, typer.Option("--people", min=1, max=20_000, help="How many.")] = 1400,
    to: Annotated[Path, typer.Option("--to", help="A new folder for the papers.")],
    json: JsonOption = False,
) -> None:
    """A stolen key, from the question whom it concerns to a letter for each of them.

    On a database of its own that is gone afterwards; the real one is not opened.  All people
    are made up, and every paper says OEFENING.
    """
    from gateway.wiring.drilling import drill as drilled  # noqa: PLC0415 - it needs every part

    found = done(drilled(people, to))
    wrong = [
        name
        for name, count in (("found", found.found), ("verified", found.verified))
        if count != people
    ]
    if json:
        print_json(
            {
                "people": people,
                "found": found.found,
                "verified": found.verified,
                "letters": found.letters,
                "seconds": {name: round(took, 2) for name, took in found.seconds.items()},
                "answer_seconds": round(found.answer, 2),
                "folder": str(to),
            }
        )
    else:
        for name, took in found.seconds.items():
            typer.echo(f"{name}: {took:.1f} s")
        typer.echo(f"from question to last letter: {found.answer:.1f} s (aim: {TERM:.0f})")
        typer.echo(f"compare: {people} people made up, {found.found} found,")
        typer.echo(f"  {found.verified} reports verified in the log, {found.letters} letters")
        typer.echo(f"  papers in {to}; every one says OEFENING")
    if wrong:
        fail(f"not what was made up: {', '.join(wrong)}")
