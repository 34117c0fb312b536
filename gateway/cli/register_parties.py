"""``gateway party``: who takes part in the covenant."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway import wiring
from gateway.cli.common import ByOption, ConfigOption, JsonOption, fail, loaded, new_file
from gateway.cli.register_common import (
    AsOfOption,
    IdOption,
    NameOption,
    SideOption,
    StandingOption,
    TermEndOption,
    TermStartOption,
    ValidFromOption,
    done,
    now_or,
    period,
    print_added,
    print_done,
    print_many,
    print_one,
    shown,
)
from gateway.domain.parties import Standing
from gateway.wiring.excluding import dossiers_without_provider, exclusion_drafts

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.histories import PartyHistory, Roster

app = typer.Typer(help="Parties: municipality and providers.", no_args_is_help=True)

Party = Annotated[str, typer.Argument(help="The party's id.")]


@app.command()
def add(
    *,
    side: SideOption,
    name: Annotated[str, typer.Option("--name")],
    instellingsnummer: Annotated[str, typer.Option("--instellingsnummer", help="10 characters.")],
    by: ByOption,
    standing: StandingOption = None,
    term_start: TermStartOption = None,
    term_end: TermEndOption = None,
    valid_from: ValidFromOption = None,
    id_: IdOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """A new party; prints its id.  Without a term it takes no part yet."""

    async def work() -> str:
        async with wiring.register(loaded(config)) as register, register.change(by=by) as change:
            return await change.parties.add(
                side=side,
                name=name,
                instellingsnummer=instellingsnummer,
                standing=standing or Standing.ACTIVE,
                term=period(term_start, term_end),
                valid_from=valid_from,
                party_id=id_,
            )

    print_added("party", done(work()), json=json)


@app.command("list")
def list_(at: AsOfOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """All parties."""
    instant = now_or(at)
    found = done(_roster(config)).parties.values()
    print_many([_as_json(party, instant) for party in found], json=json)


@app.command()
def show(
    party: Party, at: AsOfOption = None, config: ConfigOption = None, json: JsonOption = False
) -> None:
    """One party, with what changes next."""
    history = done(_roster(config)).parties.get(party)
    if history is None:
        fail("there is no such party")
    instant = now_or(at)
    coming = history.next_change(instant)
    print_one(
        _as_json(history, instant) | {"next_change": coming.isoformat() if coming else None},
        json=json,
    )


@app.command()
def change(
    party: Party,
    *,
    by: ByOption,
    name: NameOption = None,
    standing: StandingOption = None,
    term_start: TermStartOption = None,
    term_end: TermEndOption = None,
    valid_from: ValidFromOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Another name, standing or term, from a moment on."""
    term = period(term_start, term_end)
    if name is None and standing is None and term is None:
        fail("say what changes: --name, --standing or --term-start and --term-end", 2)

    async def work() -> None:
        async with wiring.register(loaded(config)) as register, register.change(by=by) as change:
            if name is not None:
                await change.parties.rename(party, name, valid_from=valid_from)
            if standing is not None:
                await change.parties.set_standing(party, standing, valid_from=valid_from)
            if term is not None:
                await change.parties.set_term(party, term, valid_from=valid_from)

    done(work())
    print_done(json=json)


@app.command()
def dossiers(party: Party, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Dossiers that are with this provider and whose duty runs: they need another one (16.1)."""
    found = done(dossiers_without_provider(loaded(config), party))
    print_many([{"dossier": each} for each in found], json=json)


@app.command()
def notices(
    party: Party,
    *,
    to: Annotated[Path, typer.Option("--to", help="A folder for the drafts; made when missing.")],
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Draft what the others are told of an exclusion (16.1), without content, as text files."""
    drafts = done(exclusion_drafts(loaded(config), party, by))
    try:
        to.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}")
    files = [new_file(to / draft.name, draft.text.encode()) for draft in drafts]
    print_many([{"file": str(file)} for file in files], json=json)


async def _roster(config: ConfigOption) -> Roster:
    async with wiring.register(loaded(config)) as register:
        return await register.roster()


def _as_json(history: PartyHistory, instant: datetime) -> dict[str, object]:
    party = history.at(instant)
    return {
        "party": party.party_id,
        "side": party.side.value,
        "name": party.name,
        "instellingsnummer": party.instellingsnummer,
        "standing": party.standing.value,
        "term": shown(history.terms.as_of(instant)),
    }
