"""``gateway request help`` and its answer: between the parties (convenant 12.7 and 12.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.common import ByOption, ConfigOption, JsonOption, loaded, print_json
from gateway.cli.register_common import ReceivedOption, done, print_many
from gateway.cli.request import ReferenceOption, WordsOption, app, said
from gateway.domain.helping import Answer, Direction, What
from gateway.wiring import notifying

if TYPE_CHECKING:
    from gateway.domain.helping import HelpRequest

HelpId = Annotated[
    str, typer.Argument(metavar="HELP", help="As `gateway request help-list` shows it.")
]


@app.command("help")
def help_(
    contact: Annotated[str, typer.Argument(help="Who is asked, or who asks, by id.")],
    *,
    article: Annotated[
        list[int], typer.Option("--article", help="Of the AVG; 12 to 22, 33 to 35; repeat.")
    ],
    reference: ReferenceOption,
    by: ByOption,
    direction: Annotated[
        Direction, typer.Option("--direction", help="`from`: they asked us.")
    ] = Direction.TO,
    what: Annotated[
        What, typer.Option("--what", help="`return` or `removal`: of all their dossiers.")
    ] = What.HELP,
    case: Annotated[str, typer.Option("--case", help="The request of a person it is for.")] = "",
    asked: ReceivedOption = None,
    words: WordsOption = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Ask a party for help, or put on record that they asked us; its clock runs from then."""
    settings = loaded(config)
    new = notifying.NewHelp(
        contact_id=contact,
        direction=direction,
        what=what,
        articles=tuple(article),
        reference=reference,
        case_id=case,
        words=said(words),
        asked_at=asked,
    )
    found = done(notifying.helped(settings, new, by=by))
    if direction is Direction.TO:
        done(notifying.notified(settings, found.about, by=by))
    _print(found, json=json)


@app.command("help-answer")
def help_answer(
    help_id: HelpId,
    *,
    outcome: Annotated[Answer, typer.Option("--outcome", help="How it was answered.")],
    reference: ReferenceOption,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """The answer is there, or was given; where it is kept in your own files."""
    found = done(
        notifying.help_answered(loaded(config), help_id, outcome, reference=reference, by=by)
    )
    _print(found, json=json)


@app.command("help-list")
def help_list(*, config: ConfigOption = None, json: JsonOption = False) -> None:
    """What parties asked of each other, what is open first; no names."""
    found = done(notifying.help_requests(loaded(config)))
    print_many([_line(each) for each in found], json=json)


def _line(asked: HelpRequest) -> dict[str, object]:
    return {
        "help": asked.help_id,
        "direction": asked.direction.value,
        "what": asked.what.value,
        "contact": asked.contact_id,
        "articles": " ".join(map(str, asked.articles)),
        "case": asked.case_id or "-",
        "reference": asked.reference,
        "due": asked.due_at.isoformat(timespec="seconds"),
        "people": asked.people,
        "answer": asked.answer.value if asked.answer else None,
    }


def _print(asked: HelpRequest, *, json: bool) -> None:
    if json:
        print_json(_line(asked))
        return
    for name, value in _line(asked).items():
        typer.echo(f"{name}: {'-' if value is None else value}")
