"""``gateway send``: the sender's own side; builds, signs, encrypts and submits a report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from gateway import wiring
from gateway.cli.common import ConfigOption, JsonOption, fail, loaded, print_json, run
from gateway.config import Config, ConfigError
from gateway.domain.bijsluiter import Document
from gateway.domain.faults import faults_of
from gateway.domain.stops import Fault, Stop


def send(
    file: Annotated[
        Path, typer.Argument(help="The bijsluiter, as JSON.", exists=True, dir_okay=False)
    ],
    sender: Annotated[str, typer.Option("--as", help="Contact id or address of the sender.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the sealed mail here; submit nothing.")
    ] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Check a report, sign and encrypt it to the gateway, and hand it to the mail server."""
    settings = loaded(config)
    content = file.read_bytes()
    faults = _faults(content)
    if faults:
        _refuse(faults, json=json)
    try:
        sealed = run(_send(settings, content, sender, submit=out is None))
    except (ConfigError, wiring.NotReadyError) as error:
        fail(str(error))
    except Stop as stop:
        fail(f"not sent: {', '.join(stop.reasons)} {' '.join(getattr(stop, '__notes__', []))}")
    if out is not None:
        out.write_bytes(sealed.mail)
    if json:
        print_json({"messageId": sealed.message_id, "submitted": out is None})
    else:
        typer.echo(f"{'submitted' if out is None else 'written'}: {sealed.message_id}")


async def _send(
    config: Config, content: bytes, sender: str, *, submit: bool
) -> wiring.SealedBySender:
    sealed = await wiring.sealed_by(config, sender, content)
    if submit:
        await wiring.submit(config, sealed)
    return sealed


def _faults(content: bytes) -> tuple[Fault, ...]:
    try:
        Document.model_validate_json(content)
    except ValidationError as error:
        return faults_of(error)
    return ()


def _refuse(faults: tuple[Fault, ...], *, json: bool) -> None:
    if json:
        print_json({"faults": [{"path": fault.path, "kind": fault.kind} for fault in faults]})
    for fault in faults:
        typer.echo(f"{fault.path or 'document'}: {wiring.fault_text(fault.kind)}", err=True)
    raise typer.Exit(1)
