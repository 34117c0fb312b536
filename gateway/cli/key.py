"""``gateway key``: the gateway's own key, and what partners need of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway import wiring
from gateway.cli.common import ConfigOption, JsonOption, fail, loaded, print_json
from gateway.cli.log_common import log_done
from gateway.config import ConfigError
from gateway.wiring.key_papers import certificates_for_partners

app = typer.Typer(help="The gateway's own key.", no_args_is_help=True)


@app.command()
def show(config: ConfigOption = None, json: JsonOption = False) -> None:
    """Fingerprint, address and validity of the gateway's certificates."""
    try:
        facts = wiring.own_certificate(loaded(config))
    except (ConfigError, wiring.NotReadyError) as error:
        fail(str(error))
    if json:
        print_json(facts)
        return
    smime = facts.pop("smime")
    for name, value in facts.items():
        typer.echo(f"{name}: {value}")
    for name, value in (smime or {}).items():
        typer.echo(f"S/MIME {name}: {value}")


@app.command()
def export(
    to: Annotated[Path | None, typer.Option("--to", help="A file instead of the screen.")] = None,
    *,
    older: Annotated[
        bool, typer.Option("--older", help="Older ones too, with what revokes them.")
    ] = False,
    smime: Annotated[
        bool, typer.Option("--smime", help="That for S/MIME, with its intermediates, as PEM.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """The public certificate, armored, as partners import it."""
    settings = loaded(config)
    if older and smime:
        fail("give either --older or --smime", 2)
    work = wiring.exported_smime(settings) if smime else None
    armored = log_done(work or certificates_for_partners(settings, older=older))
    if to is None:
        typer.echo(armored, nl=False)
    else:
        to.write_text(armored, encoding="ascii")


@app.command()
def new(
    user_id: Annotated[str, typer.Argument(help='For example "Taalschool <post@school.example>".')],
    to: Annotated[Path, typer.Option("--to", help="Where the secret key goes; .asc beside it.")],
    config: ConfigOption = None,
) -> None:
    """A new key pair that GnuPG 2.2 and 2.4, Thunderbird and Sequoia can use.

    With a gateway's configuration it goes on record there; without one it is a partner's own.
    """
    settings = loaded(config) if config else None
    fingerprint = log_done(wiring.new_key(user_id, to, settings))
    typer.echo(f"{fingerprint}\nsecret key: {to}\ncertificate: {to.with_suffix('.asc')}")
