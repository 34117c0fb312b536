"""``gateway log prove`` and ``export``: what is taken along to be checked elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.common import ConfigOption, fail, loaded, new_file
from gateway.cli.log import app
from gateway.cli.log_common import AnybodyOption, log_done
from gateway.wiring.log_taking import bundled, exported, proven

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO


@app.command()
def prove(
    seq: Annotated[int, typer.Argument(min=0, help="The number of the entry.")],
    *,
    to: Annotated[Path, typer.Option("--to", help="A new zip file.")],
    sealed: Annotated[
        bool, typer.Option("--sealed", help="Without the key that opens this one entry.")
    ] = False,
    by: AnybodyOption = "",
    config: ConfigOption = None,
) -> None:
    """One entry with all that shows it stands in the log, and a program that checks it.

    Needs no gateway to be checked: Python is enough.
    """
    content, key = log_done(proven(loaded(config), seq, sealed=sealed, by=by))
    new_file(to, content)
    typer.echo(f"{to}: check it with the program inside, and this key from another source:\n{key}")


@app.command()
def export(
    to: Annotated[Path | None, typer.Option("--to", help="A file instead of the screen.")] = None,
    *,
    bundle: Annotated[
        bool,
        typer.Option("--bundle", help="The sealed log with all that verifies it, as a zip file."),
    ] = False,
    ldv: Annotated[
        bool,
        typer.Option("--ldv", help="Records only, with the fields of LDV 1.0 and no others."),
    ] = False,
    by: AnybodyOption = "",
    config: ConfigOption = None,
) -> None:
    """One line of JSON an entry, opened; or, with --bundle, the log to be verified elsewhere."""
    settings = loaded(config)
    if bundle and ldv:
        fail("--bundle and --ldv do not go together", 2)
    if bundle:
        if to is None:
            fail("--bundle needs --to", 2)
        _into(to, lambda out: log_done(bundled(settings, out, by=by)))
    elif to is None:
        log_done(exported(settings, sys.stdout.buffer, ldv=ldv, by=by))
    else:
        _into(to, lambda out: log_done(exported(settings, out, ldv=ldv, by=by)))


def _into(to: Path, write: Callable[[BinaryIO], None]) -> None:
    """A new file; what was begun and failed does not stay."""
    try:
        with to.open("xb") as file:
            try:
                write(file)
            except BaseException:
                to.unlink()
                raise
    except OSError as error:
        fail(f"{to}: {error.strerror}")
