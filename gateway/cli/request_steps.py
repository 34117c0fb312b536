"""``gateway request identify``, ``mandate``, ``extend`` and further steps in a request."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.common import ByOption, ConfigOption, JsonOption, fail, loaded, print_json
from gateway.cli.register_common import done
from gateway.cli.request import CaseId, PersonOption, WordsOption, app, case_json, print_case, said
from gateway.domain.case_rules import (
    Decision,
    Established,
    Ground,
    Letter,
    Mandate,
    Reason,
    Seen,
)
from gateway.domain.cases import Outcome, Received, Step
from gateway.domain.deadlines import day_of
from gateway.domain.texts import Language
from gateway.wiring import request_letters, requests, rights

if TYPE_CHECKING:
    from gateway.config import Config

ToldOption = Annotated[Received, typer.Option("--channel", help="Over what it went.")]


@app.command()
def identify(
    case: CaseId,
    *,
    by: ByOption,
    how: Annotated[
        Established | None, typer.Option("--how", help="How it was established who asks.")
    ] = None,
    person: PersonOption = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Say how it was established who asks, or whose dossier it is after all; keep no copy."""
    if how is None and not person:
        fail("say --how, or --person where somebody was found after all", 2)
    found = done(requests.identified(loaded(config), case, how, person=person, by=by))
    print_case(found, json=json)


@app.command()
def mandate(
    case: CaseId,
    *,
    kind: Annotated[Mandate, typer.Option("--kind", help="As what they ask for the person.")],
    seen: Annotated[Seen, typer.Option("--seen", help="What showed it; never a copy.")],
    name: Annotated[
        str, typer.Option("--name", help="Their name and address, for letters; kept sealed.")
    ],
    by: ByOption,
    seen_on: Annotated[
        datetime | None,
        typer.Option("--seen-on", formats=["%Y-%m-%d"], help="When it was seen; today."),
    ] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Put on record that somebody may ask in the person's name, and by what you saw that."""
    today = day_of(datetime.now(UTC))
    day = seen_on.date() if seen_on else today
    if day > today:
        fail("--seen-on lies ahead", 2)
    detail = {"mandate": kind.value, "seen": seen.value, "seen_on": day.isoformat()}
    work = requests.stepped(loaded(config), case, Step.MANDATED, detail=detail, words=name, by=by)
    print_case(done(work), json=json)


@app.command()
def extend(
    case: CaseId,
    *,
    reason: Annotated[Reason, typer.Option("--reason", help="The law knows these two.")],
    by: ByOption,
    words: WordsOption = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Take two further months; they count once the person was told of it in the first one.

    Make the letter with `gateway request letter`, send it, and say so with
    `gateway request told`.
    """
    work = requests.stepped(
        loaded(config),
        case,
        Step.EXTENDED,
        detail={"reason": reason.value},
        words=said(words),
        by=by,
    )
    print_case(done(work), json=json)


@app.command()
def told(
    case: CaseId,
    *,
    letter: Annotated[Letter, typer.Option("--letter", help="Which letter went.")],
    channel: ToldOption,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Say that a letter went to the person; a decision goes with `gateway request answer`."""
    detail = {"letter": letter.value, "channel": channel.value}
    work = requests.stepped(loaded(config), case, Step.TOLD, detail=detail, by=by)
    print_case(done(work), json=json)


@app.command()
def decide(
    case: CaseId,
    *,
    outcome: Annotated[Outcome, typer.Option("--outcome", help="What is decided.")],
    by: ByOption,
    ground: Annotated[
        list[Ground] | None,
        typer.Option("--ground", help="Why it is refused, or a part of it; repeat for each."),
    ] = None,
    words: Annotated[
        str, typer.Option("--words", help="Why, for the person to read; needed for a refusal.")
    ] = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Decide, or propose what takes two people: a refusal, also of a part, and an erasure."""
    decision = Decision(outcome=outcome, grounds=frozenset(ground or ()))
    found, proposed = done(
        requests.decided(loaded(config), case, decision, words=said(words), by=by)
    )
    print_case(found, json=json)
    if proposed and not json:
        typer.echo(f"another operator has to approve it: gateway proposal approve {proposed}")


@app.command("done")
def done_(
    case: CaseId, *, by: ByOption, config: ConfigOption = None, json: JsonOption = False
) -> None:
    """Say that what was decided was carried out outside of the gateway."""
    print_case(done(requests.carried_out(loaded(config), case, by=by)), json=json)


@app.command()
def answer(
    case: CaseId,
    *,
    channel: ToldOption,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Say that the decision went to the person: the clock stops.  Says what still holds reports."""
    said_so = {"channel": channel.value}
    _print_end(loaded(config), case, Step.ANSWERED, said_so, by=by, json=json)


@app.command()
def close(
    case: CaseId, *, by: ByOption, config: ConfigOption = None, json: JsonOption = False
) -> None:
    """End an answered request.  Says what still holds reports about the person, and how it ends."""
    _print_end(loaded(config), case, Step.CLOSED, {}, by=by, json=json)


def _print_end(
    settings: Config, case: str, step: Step, detail: dict[str, str], *, by: str, json: bool
) -> None:
    """From here on no clock reminds of the request, and what holds reports ends not by itself."""
    found = done(requests.stepped(settings, case, step, detail=detail, by=by))
    print_case(found, holds=done(rights.still_held(settings, found)), json=json)


@app.command()
def withdraw(
    case: CaseId,
    *,
    channel: Annotated[Received, typer.Option("--channel", help="Over what they said so.")],
    by: ByOption,
    said_on: Annotated[
        datetime | None,
        typer.Option("--said-on", formats=["%Y-%m-%d"], help="When they said so; today."),
    ] = None,
    words: Annotated[
        str, typer.Option("--words", help="What they said; kept sealed.  - reads it from input.")
    ] = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Say that the person took their request back; it ends when another operator approves it.

    Until then the clock runs.  Confirm it to the person: `gateway request letter CASE
    --kind withdrawn`.
    """
    day = said_on.date() if said_on else day_of(datetime.now(UTC))
    work = requests.taken_back(loaded(config), case, channel, said_on=day, words=said(words), by=by)
    found, proposed = done(work)
    if json:
        print_json(case_json(found) | {"proposal": proposed})
        return
    print_case(found, json=False)
    typer.echo(f"another operator has to approve it: gateway proposal approve {proposed}")


@app.command()
def letter(
    case: CaseId,
    *,
    kind: Annotated[Letter, typer.Option("--kind", help="Which letter.")],
    to: Annotated[Path, typer.Option("--to", help="A new folder for the files.")],
    by: ByOption,
    language: Annotated[Language, typer.Option("--language")] = Language.NL,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Make a letter to the person, as PDF and as text; who had it made goes on record.

    The files name the person: send them secured, then delete them.
    """
    files = done(
        request_letters.letter_made(loaded(config), case, kind, to, language=language, by=by)
    )
    if json:
        print_json({"case": case, "letter": kind.value, "files": [str(each) for each in files]})
        return
    for each in files:
        typer.echo(each)
