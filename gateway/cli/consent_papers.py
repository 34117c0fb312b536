"""``gateway consent due|receipt|scan``: what is due, and the papers about a consent."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway import wiring
from gateway.cli.common import (
    ByOption,
    ConfigOption,
    JsonOption,
    fail,
    loaded,
    new_file,
    print_json,
)
from gateway.cli.log_common import AnybodyOption
from gateway.cli.register_common import AsOfOption, done, dossier_of, now_or, print_many
from gateway.cli.register_consents import Kenmerk, Provider, app
from gateway.domain.audit import Action
from gateway.domain.consent_due import due
from gateway.domain.register import Refusal, RegisterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.consent_due import DueConsent
    from gateway.domain.consent_forms import OnRecord
    from gateway.domain.histories import DossierRecord


@app.command("due")
def due_(
    *,
    days: Annotated[int, typer.Option("--days", min=0, help="How far to look ahead.")] = 60,
    at: AsOfOption = None,
    by: AnybodyOption = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Consents that end soon, that nobody answered, or that may be asked for again.

    It names people by their dossierkenmerk: that you looked goes on record first.
    """
    instant, within = now_or(at), timedelta(days=days)

    async def work() -> list[tuple[DossierRecord, DueConsent]]:
        async with wiring.register(loaded(config)) as register:
            found = [
                (record, each)
                for record in await register.dossiers()
                for each in due(record.history, instant, within)
            ]
            ids = dict.fromkeys(each.dossier_id for _, each in found)
            await register.listed(by=by, action=Action.DOSSIER_LISTED, ids=ids)
            return found

    rows = [_due(record, each) for record, each in done(work())]
    print_many(sorted(rows, key=lambda each: str(each["at"])), json=json)


def _due(record: DossierRecord, each: DueConsent) -> dict[str, object]:
    return {
        "at": each.at.isoformat(),
        "what": each.what.value,
        "dossierkenmerk": record.identity.dossierkenmerk if record.identity else None,
        "dossier": each.dossier_id,
        "provider": each.provider_id,
    }


@app.command()
def receipt(
    kenmerk: Kenmerk,
    *,
    provider: Provider,
    to: Annotated[Path, typer.Option("--to", help="A folder; made when missing.", file_okay=False)],
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """The consent receipt: for machines and signed, and as a letter to print; goes on record."""
    made = done(wiring.consent_receipt(loaded(config), kenmerk, provider, by=by))
    to.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = [new_file(to / name, content) for name, content in made.named().items()]
    if json:
        print_json({"record": made.record_id, "files": [str(each) for each in files]})
    else:
        for each in files:
            typer.echo(str(each))


@app.command()
def scan(
    kenmerk: Kenmerk,
    *,
    provider: Provider,
    to: Annotated[Path, typer.Option("--to", help="A file that is not there yet.")],
    by: ByOption,
    event: Annotated[
        int | None, typer.Option("--event", min=1, help="Its number in consent list; the last.")
    ] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """The scan of a signed form; goes on record."""

    if to.exists():
        fail(f"{to} is there already: name another file with --to")

    async def work() -> bytes:
        async with wiring.register(loaded(config)) as register:
            dossier_id = dossier_of(await register.dossier(kenmerk)).history.dossier_id
            number = _chosen(await register.consents(dossier_id), provider, event)
            await register.consulted(by=by, action=Action.CONSENT_SCAN_LOOKED, ids=[dossier_id])
            return await register.consent_scan(dossier_id, number)

    file = new_file(to, done(work()))
    if json:
        print_json({"file": str(file)})
    else:
        typer.echo(str(file))


def _chosen(events: Sequence[OnRecord], provider: str, number: int | None) -> int:
    found = [
        each.number
        for each in events
        if each.provider_id == provider and each.scan_type and number in {None, each.number}
    ]
    if not found:
        raise RegisterError(Refusal.NO_SCAN)
    return found[-1]
