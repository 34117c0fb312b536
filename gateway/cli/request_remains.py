"""``gateway request remains|gone``: what an erasure left outside the database, and that it went."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.common import ByOption, ConfigOption, JsonOption, fail, loaded
from gateway.cli.register_common import done, print_done, print_many
from gateway.cli.request import app
from gateway.domain.stops import Retry
from gateway.wiring import remains as wired
from gateway.wiring.erasing import ended
from gateway.wiring.errors import NotReadyError

if TYPE_CHECKING:
    from gateway.domain.originals import OpenFile, OpenOriginal

Erasure = Annotated[str, typer.Argument(help="The number of the erasure.")]


@app.command()
def remains(
    erasure: Annotated[
        str, typer.Argument(help="The number of one erasure; without it those of all.")
    ] = "",
    *,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Mails in the mailbox and files people had made that are still to go; names nobody erased."""
    found = done(wired.remains(loaded(config), erasure))
    rows = [_mail(each) for each in found.originals] + [_file(each) for each in found.files]
    print_many(rows, json=json)


@app.command()
def gone(
    erasure: Erasure,
    files: Annotated[
        list[int] | None, typer.Argument(metavar="FILE...", help="Numbers, as remains shows them.")
    ] = None,
    *,
    mail: Annotated[
        bool,
        typer.Option("--mail", help="Also the mails that the gateway tried and cannot remove."),
    ] = False,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Say that these files, or mails, are gone: you looked; on record under your name."""
    if not files and not mail:
        fail("name the numbers of files, or --mail", 2)
    settings = loaded(config)

    async def work() -> None:
        await wired.confirmed(settings, erasure, files or (), mail=mail, by=by)
        # A further certificate; a gateway that runs makes it where this account cannot.
        with suppress(Retry, NotReadyError):
            await ended(settings)

    done(work())
    print_done(json=json)


def _mail(each: OpenOriginal) -> dict[str, object]:
    return {
        "erasure": each.erasure_id,
        "what": "mail",
        "number": None,
        "since": each.since.isoformat(timespec="seconds") if each.since else None,
        "until": each.until.isoformat(timespec="seconds") if each.until else None,
        "state": each.state or None,
        "by": None,
    }


def _file(each: OpenFile) -> dict[str, object]:
    return {
        "erasure": each.erasure_id,
        "what": each.action,
        "number": each.number,
        "since": each.made_at.isoformat(timespec="seconds"),
        "until": None,
        "state": "everyone" if each.everyone else None,
        "by": each.made_by,
    }
