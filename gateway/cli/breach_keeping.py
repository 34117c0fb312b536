"""``gateway breach close|reopen|export|prune``: the end of a breach, and the whole register."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.breach import app
from gateway.cli.breach_register import FileOption, Number, TextOption, recorded_step, words_of
from gateway.cli.common import (
    ByOption,
    ConfigOption,
    JsonOption,
    fail,
    loaded,
    new_file,
    print_json,
)
from gateway.cli.register_common import done, now_or
from gateway.domain.breach_terms import Step
from gateway.wiring import breaches as wired


@app.command()
def close(
    breach: Number, *, by: ByOption, config: ConfigOption = None, json: JsonOption = False
) -> None:
    """Nothing more to do; freezes a checkpoint of the log once more."""
    recorded_step(config, breach, Step.CLOSED, {}, by=by, at=None, words="", json=json)


@app.command()
def reopen(
    breach: Number,
    *,
    text: TextOption = "",
    file: FileOption = None,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Something became known after it was closed: what."""
    recorded_step(
        config, breach, Step.REOPENED, {}, by=by, at=None, words=words_of(text, file), json=json
    )


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="A new file: .jsonld, .csv, .pdf or .txt.")],
    *,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """The whole register of breaches (AVG 33(5)); names in it are left out."""
    if file.suffix not in wired.FORMATS:
        fail(f"{file}: a name that ends in {', '.join(wired.FORMATS)}", 2)
    content = done(wired.exported_register(loaded(config), file.suffix, by=by))
    new_file(file, content)
    if json:
        print_json({"file": str(file)})
    else:
        typer.echo(file)


@app.command()
def prune(*, by: ByOption, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Take out what was closed longer ago than `breaches.keep`, and lift its holds."""
    gone = done(wired.remove_old(loaded(config), now_or(None), by=by))
    if json:
        print_json({"removed": list(gone)})
        return
    for each in gone:
        typer.echo(f"removed: {each}")
    if not gone:
        typer.echo("nothing was kept long enough")
