"""``gateway log audit``: what people and commands did."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from gateway.cli.common import ByOption, ConfigOption, JsonOption, loaded, print_json
from gateway.cli.log import app
from gateway.cli.register_common import SinceOption, UntilOption, done
from gateway.wiring.record import audit_trail

_EPOCH = datetime.fromtimestamp(0, UTC)
_SOON = timedelta(days=1)


@app.command()
def audit(
    *,
    by: ByOption,
    since: SinceOption = None,
    until: UntilOption = None,
    last: Annotated[int, typer.Option("--last", min=1, max=100_000, help="How many.")] = 50,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """What operators did: proposed, approved, released, recorded, looked at; your look as well."""
    now = datetime.now(UTC)
    work = audit_trail(
        loaded(config), since=since or _EPOCH, until=until or now + _SOON, last=last, by=by
    )
    lines = done(work)
    if json:
        print_json([asdict(each) for each in lines])
        return
    for each in lines:
        words = (
            each.actor,
            each.action,
            each.about,
            each.result,
            each.origin and f"({each.origin})",
        )
        typer.echo(f"{each.at:%Y-%m-%d %H:%M:%SZ}  {'  '.join(word for word in words if word)}")
