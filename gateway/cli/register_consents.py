"""``gateway consent``: what an inburgeraar allowed, and to whom (12.2, 12.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gateway import wiring
from gateway.cli.breach import print_recorded
from gateway.cli.common import ByOption, ConfigOption, JsonOption, loaded
from gateway.cli.register_common import (
    ExtraOption,
    KindArgument,
    KnownAtOption,
    RowsOption,
    ValidAtOption,
    ValidFromOption,
    done,
    dossier_of,
    now_or,
    print_many,
    print_one,
)
from gateway.domain.assembling import consent_for

if TYPE_CHECKING:
    from gateway.domain.histories import ConsentOf, DossierRecord
    from gateway.domain.incidents import Incident

app = typer.Typer(help="Consent, as it held and as it was known.", no_args_is_help=True)

Kenmerk = Annotated[str, typer.Argument(help="The dossierkenmerk.")]
Provider = Annotated[str, typer.Option("--provider", help="The provider's party id.")]


@app.command()
def record(
    kenmerk: Kenmerk,
    event: KindArgument,
    *,
    provider: Provider,
    by: ByOption,
    row: RowsOption = None,
    extra: ExtraOption = None,
    form_version: Annotated[str, typer.Option("--form-version")] = "bijlage-2",
    form_language: Annotated[str, typer.Option("--form-language")] = "nl",
    expressed_by: Annotated[
        str, typer.Option("--expressed-by", help="inburgeraar, partner, voogd or gemachtigde.")
    ] = "inburgeraar",
    interpreter: Annotated[
        bool, typer.Option("--interpreter", help="An interpreter signed the form.")
    ] = False,
    proof_sha256: Annotated[
        str | None, typer.Option("--proof", help="SHA-256 of the signed form's scan.")
    ] = None,
    valid_from: ValidFromOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Put an event on record, for good."""

    async def work() -> Incident | None:
        async with wiring.register(loaded(config)) as register:
            dossier_id = dossier_of(await register.dossier(kenmerk)).history.dossier_id
            async with register.change(by=by) as change:
                await change.consents.record(
                    dossier_id,
                    provider,
                    event,
                    valid_from=valid_from,
                    categories=row or (),
                    extra=extra or (),
                    form_version=form_version,
                    form_language=form_language,
                    expressed_by=expressed_by,
                    interpreter=interpreter,
                    proof_sha256=proof_sha256,
                )
            return change.opened

    print_recorded(done(work()), json=json)


@app.command()
def show(
    kenmerk: Kenmerk,
    *,
    provider: Provider,
    valid_at: ValidAtOption = None,
    known_at: KnownAtOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """What holds for one provider: what held at one moment, as known at another."""

    async def work() -> DossierRecord:
        async with wiring.register(loaded(config)) as register:
            return dossier_of(await register.dossier(kenmerk))

    record = done(work())
    consent = consent_for(
        record.history, provider, valid_at=now_or(valid_at), known_at=now_or(known_at)
    )
    print_one(
        {
            "dossier": record.history.dossier_id,
            "provider": provider,
            "state": consent.state.value,
            "rows": sorted(consent.categories),
            "extra": sorted(consent.extra),
        },
        json=json,
    )


@app.command("list")
def list_(kenmerk: Kenmerk, *, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Every event of one dossier, in the order of recording."""

    async def work() -> DossierRecord:
        async with wiring.register(loaded(config)) as register:
            return dossier_of(await register.dossier(kenmerk))

    print_many([_as_json(each) for each in done(work()).history.consents], json=json)


def _as_json(consent: ConsentOf) -> dict[str, object]:
    event = consent.event
    return {
        "provider": consent.provider_id,
        "event": event.kind.value,
        "valid_from": event.valid_from.isoformat(),
        "recorded_at": event.recorded_at.isoformat(),
        "rows": " ".join(sorted(event.categories)),
        "extra": " ".join(sorted(event.extra)),
        "form_version": event.form_version,
    }
