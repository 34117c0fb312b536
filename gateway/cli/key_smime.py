"""``gateway key request|install``: the gateway's own S/MIME key and its certificate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.common import ByOption, ConfigOption, JsonOption, loaded, print_json
from gateway.cli.key import app
from gateway.cli.log_common import log_done
from gateway.wiring.smime_life import settings_for, smime_install, smime_request


@app.command()
def request(
    key: Annotated[Path, typer.Argument(help="A new file for the secret key; .csr beside it.")],
    *,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """A new key for S/MIME, and the request for its certificate, to be sent to an authority."""
    made, name = log_done(smime_request(loaded(config), key, by=by))
    if json:
        print_json({"secret_key_file": str(key), "request": str(made), "public_key_sha256": name})
        return
    typer.echo(f"secret key: {key}\nsend this to the authority: {made}\nits key: sha256 {name}")


@app.command()
def install(
    certificate: Annotated[
        Path, typer.Argument(help="What the authority sent, PEM.", exists=True, dir_okay=False)
    ],
    *,
    key: Annotated[
        Path, typer.Option("--key", help="The file of its key.", exists=True, dir_okay=False)
    ],
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Check what an authority sent for the gateway's key, and say what the settings have to be.

    A key that is in use stays there under [[smime.older]] while partners may write to it.
    """
    settings = loaded(config)
    place, facts = log_done(smime_install(settings, certificate, key, by=by))
    text = settings_for(settings, key, place)
    if json:
        print_json(
            {
                "fingerprint": facts.fingerprint,
                "expires": facts.expires.isoformat(),
                "certificate_file": str(place),
                "settings": text,
            }
        )
        return
    typer.echo(f"{facts.fingerprint}, until {facts.expires:%Y-%m-%d}\nin the settings:\n\n{text}")
