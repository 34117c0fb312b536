"""``gateway api``: the read interface of the processing log for other programs."""

from __future__ import annotations

import asyncio
import re
import signal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from gateway import events, wiring
from gateway.cli.common import ConfigOption, JsonOption, fail, loaded, print_json, run
from gateway.config import ConfigError
from gateway.config.outward import TOKEN_NAME
from gateway.wiring.api import processing_reader, server_context
from gateway.wiring.parts import needed

if TYPE_CHECKING:
    from gateway.config import Config

app = typer.Typer(
    help="The read interface of the processing log, for other programs.", no_args_is_help=True
)


class Scope(StrEnum):
    """What a token may do."""

    LOG_READ = "log:read"


@app.command()
def serve(config: ConfigOption = None) -> None:
    """Answer `POST /v1/processing-activities` until told to stop (SIGTERM).

    A process of its own: it knows neither the OpenPGP key nor a mailbox, and mail
    does not wait for it.
    """
    try:
        run(_serve(loaded(config)))
    except (ConfigError, wiring.NotReadyError) as error:
        fail(str(error))


@app.command()
def token(
    name: Annotated[str, typer.Argument(help="Who will use it: lower case, digits, hyphens.")],
    *,
    scope: Annotated[list[Scope], typer.Option("--scope", help="What it may do.")],
    json: JsonOption = False,
) -> None:
    """A new token, shown once, and the lines that let it in.

    Nothing is written anywhere: put the lines in the configuration, give the token
    to whom it is for, and start `gateway api serve` anew.
    """
    from gateway.console.tokens import digest_of, new_token  # noqa: PLC0415 - slow, and no other command needs it

    if re.fullmatch(TOKEN_NAME, name) is None:
        fail("NAME: lower-case letters, digits and hyphens, beginning with a letter", 2)
    made = new_token()
    digest, scopes = digest_of(made), [each.value for each in dict.fromkeys(scope)]
    if json:
        print_json({"name": name, "token": made, "sha256": digest, "scopes": scopes})
        return
    listed = ", ".join(f'"{each}"' for each in scopes)
    typer.echo(f"token, shown this once: {made}\n", err=True)
    typer.echo(f'[[api.token]]\nname = "{name}"\nsha256 = "{digest}"\nscopes = [{listed}]')


async def _serve(config: Config) -> None:
    from gateway.console.api import application  # noqa: PLC0415 - slow, and no other command needs it
    from gateway.console.listening import listen  # noqa: PLC0415 - slow, and no other command needs it
    from gateway.console.tokens import Tokens  # noqa: PLC0415 - slow, and no other command needs it

    section = needed(config.api, "api")
    told, emit = asyncio.Event(), events.to_stderr()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    context = server_context(section)
    async with processing_reader(config) as reader:
        answering = application(reader, Tokens(section.token), emit, secure=context is not None)
        try:
            await listen(answering, section.place, context, told, emit)
        except OSError as error:
            fail(f"api.listen: {error.strerror or type(error).__name__}")
