"""What every command does the same way: configuration, output, exit codes.

Exit codes: 0 done, 1 refused or failed, 2 wrong use (typer's own).
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

from gateway import config as configuration

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from gateway.config import Config

_Result = TypeVar("_Result")

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", envvar="TAALPOORT_CONFIG", help="The configuration file."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
ByOption = Annotated[
    str, typer.Option("--by", envvar="TAALPOORT_OPERATOR", help="Your own name, for the record.")
]
RevealOption = Annotated[bool, typer.Option("--reveal", help="Show personal data; goes on record.")]


def loaded(file: Path | None) -> Config:
    """The configuration, or exit 1 naming what is wrong with it."""
    try:
        return configuration.load(file)
    except configuration.ConfigError as error:
        fail(str(error))


def run(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Run a command's asynchronous part to its end."""
    return asyncio.run(work)


def print_json(value: object) -> None:
    """One JSON document on standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=False, default=str))


def fail(text: str, code: int = 1) -> NoReturn:
    """Say why on standard error and end with `code`."""
    typer.echo(text, err=True)
    raise typer.Exit(code)


def new_file(file: Path, content: bytes) -> Path:
    """A new file, its owner's alone by the command's umask; never one in place of another."""
    problem = ""
    try:
        with file.open("xb") as opened:
            opened.write(content)
    except OSError as error:
        problem = error.strerror or type(error).__name__
    if problem:
        fail(f"{file}: {problem}")
    return file
