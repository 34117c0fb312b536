"""``gateway kit``: a folder with all that a school needs to send its first message."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from gateway.cli.common import ByOption, ConfigOption, JsonOption, fail, loaded, print_json
from gateway.cli.log_common import log_done
from gateway.domain.texts import Language
from gateway.wiring.kit import school_kit

if TYPE_CHECKING:
    from gateway.wiring.kit import Kit


def kit(
    *,
    for_: Annotated[str, typer.Option("--for", help="The provider's id.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="A folder that is not there yet; named by itself.")
    ] = None,
    language: Annotated[Language, typer.Option("--language", help="nl or en.")] = Language.NL,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """A school's kit: forms with its own data, our certificates, fingerprints, a guide.

    For a provider that takes part.  It names no person, and says so where the school cannot
    send yet.  Goes on record.
    """
    if out is not None and out.exists():
        _there(out)
    made = log_done(school_kit(loaded(config), for_, by=by, language=language))
    folder = out or Path(made.name)
    _write(folder, made)
    facts = {"folder": str(folder), "version": made.version, "until": made.until.isoformat()}
    if json:
        print_json({**facts, "reach": made.reach.value, "files": sorted(made.files)})
        return
    for name in sorted(made.files):
        typer.echo(str(folder / name))
    typer.echo(f"usable until {made.until:%Y-%m-%d}; the school: {made.reach.value}", err=True)


def _write(folder: Path, made: Kit) -> None:
    """The whole folder or nothing, and never in place of another."""
    problem = ""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            for name, content in made.files.items():
                (beside / name).parent.mkdir(exist_ok=True)
                (beside / name).write_bytes(content)
            if folder.exists():
                _there(folder)
            beside.rename(folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        problem = error.strerror or type(error).__name__
    if problem:
        fail(f"{folder}: {problem}")


def _there(folder: Path) -> NoReturn:
    fail(f"{folder}: is there already; name another folder with --out")
