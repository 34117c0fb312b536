"""``gateway designation``: who is the contact for an inburgeraar, on each side (12.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gateway import wiring
from gateway.cli.common import ByOption, ConfigOption, JsonOption, fail, loaded
from gateway.cli.register_common import (
    AsOfOption,
    SideOption,
    SubstituteFromOption,
    SubstituteUntilOption,
    ValidFromOption,
    done,
    dossier_of,
    now_or,
    period,
    print_done,
    print_many,
    shown,
)
from gateway.domain.parties import Side

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.histories import DossierHistory, DossierRecord

app = typer.Typer(help="Designated contacts and their substitutes.", no_args_is_help=True)

Kenmerk = Annotated[str, typer.Argument(help="The dossierkenmerk.")]
ContactId = Annotated[str, typer.Argument(help="The contact's id.")]


@app.command()
def add(
    kenmerk: Kenmerk,
    contact: ContactId,
    *,
    by: ByOption,
    valid_from: ValidFromOption = None,
    substitute_from: SubstituteFromOption = None,
    substitute_until: SubstituteUntilOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Designate a contact in the place of whoever was, or a substitute for a period."""
    substitute = period(substitute_from, substitute_until)

    async def work() -> None:
        async with wiring.register(loaded(config)) as register:
            dossier_id = dossier_of(await register.dossier(kenmerk)).history.dossier_id
            async with register.change(by=by) as change:
                if substitute is None:
                    await change.designations.designate(dossier_id, contact, valid_from=valid_from)
                else:
                    await change.designations.substitute(dossier_id, contact, substitute)

    done(work())
    print_done(json=json)


@app.command("list")
def list_(*, at: AsOfOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Who is designated for each dossier."""
    instant = now_or(at)

    async def work() -> list[DossierRecord]:
        async with wiring.register(loaded(config)) as register:
            return await register.dossiers()

    found = done(work())
    print_many([row for each in found for row in _rows(each.history, instant)], json=json)


@app.command()
def show(
    kenmerk: Kenmerk,
    *,
    at: AsOfOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Who is designated for one dossier, and all its substitutions."""
    instant = now_or(at)

    async def work() -> DossierRecord:
        async with wiring.register(loaded(config)) as register:
            return dossier_of(await register.dossier(kenmerk))

    history = done(work()).history
    substitutions = [
        {
            "dossier": history.dossier_id,
            "side": each.side.value,
            "substitute": each.contact_id,
            "period": shown(each.period),
            "substitution": each.substitution_id,
        }
        for each in history.substitutions
    ]
    print_many([*_rows(history, instant), *substitutions], json=json)


@app.command()
def change(
    kenmerk: Kenmerk,
    *,
    by: ByOption,
    side: SideOption = Side.MUNICIPALITY,
    vacate: Annotated[bool, typer.Option("--vacate", help="Nobody for the time being.")] = False,
    end_substitution: Annotated[
        str | None, typer.Option("--end-substitution", help="Its id; ends at --valid-from.")
    ] = None,
    valid_from: ValidFromOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Leave a place vacant, or end a substitution early."""
    if vacate == (end_substitution is not None):
        fail("say what changes: --vacate or --end-substitution", 2)

    async def work() -> None:
        async with wiring.register(loaded(config)) as register:
            dossier_id = dossier_of(await register.dossier(kenmerk)).history.dossier_id
            async with register.change(by=by) as change:
                if end_substitution is not None:
                    await change.designations.end_substitution(end_substitution, at=valid_from)
                else:
                    await change.designations.vacate(dossier_id, side, valid_from=valid_from)

    done(work())
    print_done(json=json)


def _rows(history: DossierHistory, instant: datetime) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for side in Side:
        designation = history.designated(side, instant)
        substitution = history.standing_in(side, instant)
        if designation is not None:
            found.append(
                {
                    "dossier": history.dossier_id,
                    "side": side.value,
                    "party": designation.party_id,
                    "contact": designation.contact_id,
                    "substitute": substitution.contact_id if substitution else None,
                }
            )
    return found
