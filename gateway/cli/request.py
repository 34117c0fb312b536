"""``gateway request``: what people ask about their own data (AVG 7(3) and 15 to 21)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.breach import print_opened
from gateway.cli.common import ByOption, ConfigOption, JsonOption, RevealOption, loaded, print_json
from gateway.cli.register_common import (
    OperatorOption,
    ReceivedOption,
    RowsOption,
    done,
    needed_to_reveal,
    print_many,
)
from gateway.cli.request_holds import holds_json, print_holds
from gateway.domain.case_rules import Mandate
from gateway.domain.cases import Case, Received, RequestKind
from gateway.domain.deadlines import working_day
from gateway.wiring import requests, rights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.domain.cases import Taken
    from gateway.domain.restricting import Standing

app = typer.Typer(help="What people ask about their own data.", no_args_is_help=True)

CaseId = Annotated[str, typer.Argument(metavar="CASE", help="As `gateway request list` shows it.")]
WordsOption = Annotated[
    str,
    typer.Option("--words", help="Kept sealed; no number of a document; - reads them."),
]
PersonOption = Annotated[
    str, typer.Option("--person", help="The dossierkenmerk; leave it out where nobody is found.")
]
ReferenceOption = Annotated[
    str, typer.Option("--reference", help="Your own case number, such as Z-2026-00412.")
]
ChannelOption = Annotated[Received, typer.Option("--channel", help="Over what it came.")]
SenderOption = Annotated[
    Mandate | None,
    typer.Option("--sender", help="As what somebody asks for the person; the person unless named."),
]


@app.command("open")
def open_(
    kind: Annotated[RequestKind, typer.Argument(help="Which right.")],
    *,
    reference: ReferenceOption,
    channel: ChannelOption,
    by: ByOption,
    received: ReceivedOption = None,
    person: PersonOption = "",
    sender: SenderOption = None,
    words: WordsOption = "",
    provider: Annotated[
        list[str] | None,
        typer.Option("--provider", help="Whose consent is withdrawn; all of them unless named."),
    ] = None,
    row: RowsOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Put a request on record on the day that it came in: its clock runs from then.

    A withdrawal of consent has effect at once.
    """
    new = requests.NewRequest(
        kind=kind,
        reference=reference,
        channel=channel,
        received_at=received,
        person=person,
        sender=sender,
        words=said(words),
        providers=tuple(provider or ()),
        rows=tuple(row or ()),
    )
    found, incident = done(requests.opened(loaded(config), new, by=by))
    print_case(found, json=json)
    if not json:
        print_opened(incident)


@app.command("list")
def list_(
    *,
    everything: Annotated[bool, typer.Option("--all", help="Answered ones too.")] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Requests that wait for an answer, the first deadline first; no names."""
    found = done(requests.listed(loaded(config)))
    print_many([_line(each) for each in found if everything or each.is_open], json=json)


@app.command()
def show(
    case: CaseId,
    *,
    reveal: RevealOption = False,
    by: OperatorOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """One request, every step in it, and what still holds reports about its person.

    With --reveal also what was written, which goes on record.
    """
    who, settings = needed_to_reveal(by, reveal=reveal), loaded(config)
    if reveal:
        found, words = done(requests.read(settings, case, by=who))
    else:
        found, words = done(requests.shown(settings, case)), {}
    print_case(found, words, holds=done(rights.still_held(settings, found)), json=json)


def said(words: str) -> str:
    """As given, or from standard input, which no history of commands keeps."""
    return typer.get_text_stream("stdin").read().strip() if words == "-" else words


def print_case(
    case: Case,
    words: Mapping[int, str] | None = None,
    *,
    holds: Sequence[Standing] | None = None,
    json: bool,
) -> None:
    """A request with its steps; what was written, and what stands, only where it is given."""
    steps = [_step(each, words or {}) for each in case.steps]
    if json:
        held = {} if holds is None else {"holds": holds_json(holds)}
        print_json(case_json(case) | held | {"steps": steps})
        return
    for name, value in case_json(case).items():
        typer.echo(f"{name}: {'-' if value in {None, ''} else value}")
    for each in steps:
        typer.echo("  " + "  ".join(_plain(value) for value in each.values() if value))
    if case.kind is RequestKind.WITHDRAWAL and case.is_open and not case.outcome:
        typer.echo("  nothing was stopped: no consent held on that day; see gateway consent list")
    print_holds(holds or ())


def case_json(case: Case) -> dict[str, object]:
    """What everybody may see of a request: codes, dates, the register's own id."""
    outcome = case.outcome
    return {
        "case": case.case_id,
        "kind": case.kind.value,
        "reference": case.reference,
        "dossier": case.dossier_id,
        "state": case.state.value,
        "outcome": outcome.value if outcome else None,
        "received_at": case.received_at.isoformat(timespec="seconds"),
        "last_day": case.last_day.isoformat(),
        "last_day_moved": working_day(case.last_day).isoformat(),
        "extended": case.extended,
        "days_left": case.days_left(datetime.now(UTC)) if case.is_open else None,
    }


def _line(case: Case) -> dict[str, object]:
    shown = case_json(case)
    names = ("case", "last_day", "days_left", "kind", "state", "outcome", "reference")
    return {name: shown[name] for name in names}


def _step(taken: Taken, words: Mapping[int, str]) -> dict[str, object]:
    return {
        "at": taken.at.isoformat(timespec="seconds"),
        "step": taken.step.value,
        "by": taken.by,
        "detail": dict(taken.detail),
        "ended": "ended" if taken.ended else "",
        "words": words.get(taken.number, "***" if taken.worded else ""),
    }


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {each}" for name, each in sorted(value.items()))
    return str(value)
