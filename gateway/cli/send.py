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
from gateway.domain.form_reading import form_kind
from gateway.domain.mail import Attachment
from gateway.domain.stops import Fault, Stop

_BYTES = "application/octet-stream"


def send(
    *,
    file: Annotated[
        Path,
        typer.Argument(
            help="The bijsluiter: a filled-in form (xlsx, ods, csv, pdf), or JSON.",
            exists=True,
            dir_okay=False,
        ),
    ],
    sender: Annotated[str, typer.Option("--as", help="Contact id or address of the sender.")],
    plan: Annotated[
        Path | None,
        typer.Option(
            "--plan", help="The plan as PDF, named in the report.", exists=True, dir_okay=False
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the sealed mail here; submit nothing.")
    ] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Sign and encrypt a report to the gateway, and hand it to the mail server.

    JSON is checked first.  What is wrong in a form the receipt says, by its cell or page.
    """
    settings = loaded(config)
    files = (_bijsluiter(file, json=json), *_plan(plan))
    try:
        sealed = run(_send(settings, files, sender, submit=out is None))
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
    config: Config, files: tuple[Attachment, ...], sender: str, *, submit: bool
) -> wiring.SealedBySender:
    sealed = await wiring.sealed_by(config, sender, files)
    if submit:
        await wiring.submit(config, sealed)
    return sealed


def _bijsluiter(file: Path, *, json: bool) -> Attachment:
    content = file.read_bytes()
    found = Attachment(name=file.name, media_type=_BYTES, content=content)
    if form_kind(found) is not None:
        # What somebody calls a file may be a name; its ending says all that is needed.
        return Attachment(
            name=f"formulier{file.suffix.lower()}", media_type=_BYTES, content=content
        )
    faults = _faults(content)
    if faults:
        _refuse(faults, json=json)
    return Attachment(name="bijsluiter.json", media_type="application/json", content=content)


def _plan(file: Path | None) -> tuple[Attachment, ...]:
    if file is None:
        return ()
    content = file.read_bytes()
    return (Attachment(name=file.name, media_type="application/pdf", content=content),)


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
