"""``gateway dossier``: one for each inburgeraar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gateway import wiring
from gateway.cli.breach import print_recorded
from gateway.cli.common import ByOption, ConfigOption, JsonOption, RevealOption, fail, loaded
from gateway.cli.register_common import (
    AsOfOption,
    DoelgroepOption,
    DutyEndOption,
    DutyStartOption,
    OperatorOption,
    RegimeOption,
    ValidFromOption,
    done,
    dossier_of,
    masked,
    needed_to_reveal,
    now_or,
    period,
    print_added,
    print_many,
    print_one,
    shown,
)
from gateway.domain.audit import Action
from gateway.domain.histories import Circumstance, Identity
from gateway.domain.parties import Interval, Side

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.histories import DossierHistory, DossierRecord
    from gateway.domain.incidents import Incident

app = typer.Typer(help="Dossiers of inburgeraars.", no_args_is_help=True)

Kenmerk = Annotated[str, typer.Argument(help="The dossierkenmerk.")]
Text = Annotated[str | None, typer.Option()]


@app.command()
def add(
    kenmerk: Kenmerk,
    *,
    geslachtsnaam: Annotated[str, typer.Option()],
    geboortedatum: Annotated[str, typer.Option(help="YYYY, YYYY-MM or YYYY-MM-DD.")],
    by: ByOption,
    voorvoegsel: Text = None,
    voornamen: Text = None,
    email: Text = None,
    telefoonnummer: Text = None,
    regime: RegimeOption = None,
    doelgroep: DoelgroepOption = None,
    duty_start: DutyStartOption = None,
    duty_end: DutyEndOption = None,
    valid_from: ValidFromOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """A new dossier, sealed under a key of this person's own; prints its id."""
    identity = Identity(
        dossierkenmerk=kenmerk,
        geslachtsnaam=geslachtsnaam,
        geboortedatum=geboortedatum,
        voorvoegsel=voorvoegsel or "",
        voornamen=voornamen or "",
        email=email or "",
        telefoonnummer=telefoonnummer or "",
    )

    async def work() -> str:
        async with wiring.register(loaded(config)) as register, register.change(by=by) as change:
            return await change.dossiers.add(
                identity=identity,
                regime=regime,
                doelgroep=doelgroep,
                duty=period(duty_start, duty_end) or Interval(),
                valid_from=valid_from,
            )

    print_added("dossier", done(work()), json=json)


@app.command("list")
def list_(
    *,
    at: AsOfOption = None,
    reveal: RevealOption = False,
    by: OperatorOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """All dossiers."""
    operator = needed_to_reveal(by, reveal=reveal)
    instant = now_or(at)

    async def work() -> list[DossierRecord]:
        async with wiring.register(loaded(config)) as register:
            found = await register.dossiers()
            if reveal:
                ids = [record.history.dossier_id for record in found]
                await register.consulted(by=operator, action=Action.DOSSIER_LISTED, ids=ids)
            return found

    found = done(work())
    print_many([_as_json(record, instant, reveal=reveal) for record in found], json=json)


@app.command()
def show(
    kenmerk: Kenmerk,
    *,
    at: AsOfOption = None,
    reveal: RevealOption = False,
    by: OperatorOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """One dossier, with its designations and what changes next."""
    operator = needed_to_reveal(by, reveal=reveal)
    instant = now_or(at)

    async def work() -> DossierRecord:
        async with wiring.register(loaded(config)) as register:
            record = dossier_of(await register.dossier(kenmerk))
            if reveal:
                ids = [record.history.dossier_id]
                await register.consulted(by=operator, action=Action.DOSSIER_LOOKED, ids=ids)
            return record

    record = done(work())
    coming = record.history.next_change(instant)
    details = {
        "provider_contact": _contact(record.history, Side.PROVIDER, instant),
        "casemanager": _contact(record.history, Side.MUNICIPALITY, instant),
        "next_change": coming.isoformat() if coming else None,
    }
    print_one(_as_json(record, instant, reveal=reveal) | details, json=json)


@app.command()
def change(
    kenmerk: Kenmerk,
    *,
    by: ByOption,
    new_kenmerk: Annotated[str | None, typer.Option("--dossierkenmerk")] = None,
    geslachtsnaam: Text = None,
    geboortedatum: Text = None,
    voorvoegsel: Text = None,
    regime: RegimeOption = None,
    doelgroep: DoelgroepOption = None,
    duty_start: DutyStartOption = None,
    duty_end: DutyEndOption = None,
    valid_from: ValidFromOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Other facts about the person or the duty, from a moment on; the rest stays."""
    person = {
        "dossierkenmerk": new_kenmerk,
        "geslachtsnaam": geslachtsnaam,
        "geboortedatum": geboortedatum,
        "voorvoegsel": voorvoegsel,
    }
    duty = period(duty_start, duty_end)
    about_duty = any((regime, doelgroep, duty))
    if not about_duty and all(value is None for value in person.values()):
        fail("say what changes; see --help", 2)

    async def work() -> Incident | None:
        async with wiring.register(loaded(config)) as register:
            record = dossier_of(await register.dossier(kenmerk))
            async with register.change(by=by) as change:
                dossier_id = record.history.dossier_id
                if any(value is not None for value in person.values()):
                    identity = _changed(record, person)
                    await change.dossiers.identify(dossier_id, identity, valid_from=valid_from)
                if about_duty:
                    before = record.history.circumstances.as_of(now_or(valid_from))
                    after = Circumstance(
                        regime=regime or (before.regime if before else None),
                        doelgroep=doelgroep or (before.doelgroep if before else None),
                        duty=_merged(before.duty if before else Interval(), duty),
                    )
                    await change.dossiers.change(
                        dossier_id, circumstance=after, valid_from=valid_from
                    )
            return change.opened

    print_recorded(done(work()), json=json)


def _changed(record: DossierRecord, person: dict[str, str | None]) -> Identity:
    before = record.identity
    if before is None:
        fail("the data of this person have been erased")
    return Identity(
        dossierkenmerk=person["dossierkenmerk"] or before.dossierkenmerk,
        geslachtsnaam=person["geslachtsnaam"] or before.geslachtsnaam,
        geboortedatum=person["geboortedatum"] or before.geboortedatum,
        voorvoegsel=before.voorvoegsel if person["voorvoegsel"] is None else person["voorvoegsel"],
        voornamen=before.voornamen,
        email=before.email,
        telefoonnummer=before.telefoonnummer,
    )


def _merged(before: Interval, given: Interval | None) -> Interval:
    if given is None:
        return before
    return Interval(start=given.start or before.start, end=given.end or before.end)


def _contact(history: DossierHistory, side: Side, instant: datetime) -> str | None:
    designation = history.designated(side, instant)
    substitution = history.standing_in(side, instant)
    contact_id = designation.contact_id if designation else None
    return f"{substitution.contact_id} for {contact_id}" if substitution else contact_id


def _as_json(record: DossierRecord, instant: datetime, *, reveal: bool) -> dict[str, object]:
    identity = record.identity
    circumstance = record.history.circumstances.as_of(instant)
    known = circumstance or Circumstance(regime=None, doelgroep=None, duty=Interval())
    return {
        "dossier": record.history.dossier_id,
        "dossierkenmerk": identity.dossierkenmerk if identity else None,
        "geslachtsnaam": masked(identity.geslachtsnaam, reveal=reveal) if identity else None,
        "geboortedatum": masked(identity.geboortedatum, reveal=reveal) if identity else None,
        "regime": known.regime.value if known.regime else None,
        "doelgroep": known.doelgroep.value if known.doelgroep else None,
        "duty": shown(circumstance.duty) if circumstance else None,
    }
