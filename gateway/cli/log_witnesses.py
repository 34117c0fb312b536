"""``gateway log checkpoint`` and ``cosign``: what a witness gets, and what comes back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.common import ConfigOption, loaded
from gateway.cli.log import app
from gateway.cli.log_common import AnybodyOption, log_done
from gateway.wiring.log_witnesses import checkpoint_note, cosigned

cosign = typer.Typer(help="Signatures of witnesses under checkpoints.", no_args_is_help=True)
app.add_typer(cosign, name="cosign")


@app.command()
def checkpoint(
    *,
    size: Annotated[
        int | None, typer.Option("--size", min=1, help="The one over so many entries; the newest.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Print a signed checkpoint with all known cosignatures, for a witness or an officer to keep.

    Whoever keeps it can show later whether the log goes on from it (log verify --checkpoint).
    """
    sys.stdout.buffer.write(log_done(checkpoint_note(loaded(config), size)))


@cosign.command()
def add(
    file: Annotated[Path, typer.Argument(help="A checkpoint with a witness's cosignature.")],
    *,
    by: AnybodyOption = "",
    config: ConfigOption = None,
) -> None:
    """Verify and keep what a configured witness signed (C2SP tlog-cosignature)."""
    size, names = log_done(cosigned(loaded(config), file, by=by))
    told = f"kept: {', '.join(names)}" if names else "nothing new"
    typer.echo(f"checkpoint over {size} entries: {told}")
