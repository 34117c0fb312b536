"""``gateway key sheet|statement|wkd``: what partners get of the gateway's keys."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.common import ConfigOption, JsonOption, fail, loaded, print_json
from gateway.cli.key import app
from gateway.cli.log_common import log_done
from gateway.domain.own_keys import OwnKeyError
from gateway.domain.texts import Language
from gateway.wiring.key_papers import key_directory, key_sheet, key_statement

if TYPE_CHECKING:
    from collections.abc import Coroutine

LanguageOption = Annotated[Language, typer.Option("--language", help="nl or en.")]


@app.command()
def sheet(
    to: Annotated[
        Path | None, typer.Option("--to", help="A PDF instead of text on the screen.")
    ] = None,
    *,
    language: LanguageOption = Language.NL,
    config: ConfigOption = None,
) -> None:
    """A sheet with every fingerprint in groups, to hand over or to compare over the telephone."""
    text, printed = _done(key_sheet(loaded(config), language))
    if to is None:
        typer.echo(text, nl=False)
    else:
        to.write_bytes(printed)


@app.command()
def statement(
    to: Annotated[Path | None, typer.Option("--to", help="A file instead of the screen.")] = None,
    *,
    old: Annotated[
        str, typer.Option("--old", help="The older key that signs; the last one unless said.")
    ] = "",
    language: LanguageOption = Language.NL,
    config: ConfigOption = None,
) -> None:
    """That another key has come, signed by the old one, which partners have: gpg --verify."""
    text = _done(key_statement(loaded(config), old, language)).decode("utf-8")
    if to is None:
        typer.echo(text, nl=False)
    else:
        to.write_text(text, encoding="utf-8")


@app.command()
def wkd(
    folder: Annotated[Path, typer.Argument(help="The root of the web server's files.")],
    *,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Write a Web Key Directory, so that mail programs find the certificate by the address."""
    written = _done(key_directory(loaded(config), folder))
    if json:
        print_json(list(written))
        return
    for name in written:
        typer.echo(name)


def _done(work: Coroutine[Any, Any, Any]) -> Any:
    try:
        return log_done(work)
    except OwnKeyError as error:
        fail(f"{error.code}: {error.text}\n{error.nl}")
