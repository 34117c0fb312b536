"""``gateway log activities|register``: under which processing activities is logged (art. 30)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.common import ConfigOption, JsonOption, fail, loaded, new_file, print_json
from gateway.cli.log import app
from gateway.cli.register_common import AsOfOption, done, now_or
from gateway.domain.processing_record import name_of
from gateway.wiring.processing import FORMATS, activities_on_record, register_file

if TYPE_CHECKING:
    from gateway.domain.processing_record import Recorded


@app.command()
def activities(
    *,
    at: AsOfOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """The processing activities that hold, now or at another time, by the ids in the log."""
    instant = now_or(at)
    recorded = done(activities_on_record(loaded(config)))
    found = [_told(each) for each in recorded if each.holds_at(instant)]
    if json:
        print_json(found)
        return
    for each in found:
        until = f" until {each['until']}" if each["until"] else ""
        typer.echo(f"{each['id']}  since {each['since']}{until}  {each['name']}")


@app.command()
def register(
    *,
    to: Annotated[
        Path, typer.Option("--to", help="A file that is not there yet: .json, .pdf, .md or .txt.")
    ],
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """The register of processing activities (article 30 AVG), for machines or in Dutch to read."""
    if to.suffix not in FORMATS:
        fail(f"{to}: the file's name has to end in {', '.join(FORMATS)}", 2)
    if to.exists():
        fail(f"{to} is there already: name another file with --to")
    file = new_file(to, done(register_file(loaded(config), to.suffix)))
    if json:
        print_json({"file": str(file)})
    else:
        typer.echo(str(file))


def _told(recorded: Recorded) -> dict[str, str | None]:
    return {
        "id": recorded.activity_id,
        "key": recorded.key,
        "name": name_of(recorded),
        "since": recorded.since.isoformat(timespec="seconds"),
        "until": recorded.until.isoformat(timespec="seconds") if recorded.until else None,
        "sha256": recorded.digest,
    }
