"""``gateway request restrict``, ``lift``, ``rectify`` and who has to hear of it (AVG 16 to 21)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.common import ByOption, ConfigOption, JsonOption, loaded, print_json
from gateway.cli.register_common import ReceivedOption, SinceOption, done, print_many
from gateway.cli.request import CaseId, app, said
from gateway.domain.notifying import REQUEST
from gateway.domain.restricting import RestrictionReason
from gateway.wiring import notifying, rights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.duties.lettering import Posted
    from gateway.duties.notifying import Thing

ToOption = Annotated[Path, typer.Option("--to", help="A new folder for the letter.")]
LetterArgument = Annotated[
    str, typer.Argument(metavar="LETTER", help="As `gateway request recipients` shows it.")
]


@app.command()
def restrict(
    case: CaseId,
    *,
    reason: Annotated[RestrictionReason, typer.Option("--reason", help="Of article 18(1).")],
    by: ByOption,
    since: SinceOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """From now on nothing about this person is passed on, until it is lifted (18, 21)."""
    found = done(rights.restricted(loaded(config), case, reason, since=since, by=by))
    lines = [
        {
            "restriction": each.restriction_id,
            "reason": each.reason.value,
            "since": each.period.start,
        }
        for each in found
    ]
    print_many(lines, json=json)


@app.command()
def announce(
    case: CaseId,
    *,
    to: ToOption,
    by: ByOption,
    told: ReceivedOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """The letter that says that a restriction ends; send it before you lift it (18(3))."""
    _files(done(rights.announced(loaded(config), case, to, told_at=told, by=by)), json=json)


@app.command()
def lift(
    case: CaseId, *, by: ByOption, config: ConfigOption = None, json: JsonOption = False
) -> None:
    """End the restriction of this request: what waited goes on by itself."""
    done(rights.lifted(loaded(config), case, by=by))
    _print({"case": case, "lifted": True}, json=json)


@app.command()
def rectify(
    case: CaseId,
    *,
    field: Annotated[
        str, typer.Option("--field", help="The field, such as voortgang.taalniveaus.")
    ],
    report: Annotated[
        str, typer.Option("--report", help="The number of the report, or the reference on it.")
    ],
    value: Annotated[
        str, typer.Option("--value", help="What it has to be; - reads it; kept sealed.")
    ],
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """A value that was passed on is wrong: its sender is asked to correct it, and all hear (16)."""
    settings = loaded(config)
    new = done(
        rights.rectified(settings, case, report=report, field=field, value=said(value), by=by)
    )
    posted = done(notifying.notified(settings, f"{REQUEST}{case}", by=by))
    _print({"case": case, "correction": new, **_posted(posted)}, json=json)


@app.command()
def corrected(
    case: CaseId,
    *,
    to: ToOption,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """The letter that tells the person what is being corrected."""
    _files(done(rights.correction_letter(loaded(config), case, to, by=by)), json=json)


@app.command()
def notify(
    case: CaseId, *, by: ByOption, config: ConfigOption = None, json: JsonOption = False
) -> None:
    """Write now to everybody who has to hear of this request (19); else the gateway does so."""
    posted = done(notifying.notified(loaded(config), f"{REQUEST}{case}", by=by))
    _print({"case": case, **_posted(posted)}, json=json)


@app.command()
def recipients(
    case: CaseId,
    *,
    to: Annotated[
        Path | None,
        typer.Option("--to", help="A new folder for the letter that tells the person (19)."),
    ] = None,
    by: Annotated[str, typer.Option("--by", envvar="TAALPOORT_OPERATOR")] = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Who has to hear of this request, what, and how far that is; no names."""
    settings = loaded(config)
    if to is not None:
        _files(done(rights.recipients_letter(settings, case, to, by=by)), json=json)
        return
    found = done(notifying.owed(settings, f"{REQUEST}{case}"))
    print_many([_line(each) for each in found], json=json)


@app.command()
def confirm(
    letter: LetterArgument,
    *,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Somebody told you that what this letter asks was done."""
    found = done(notifying.confirmed(loaded(config), letter, by=by))
    _print({"letter": found.letter_id, "state": "confirmed"}, json=json)


@app.command()
def reply(
    letter: LetterArgument,
    *,
    to: ToOption,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """What a contact answered to this letter, in a new folder; goes on record."""
    _files(done(notifying.reply_opened(loaded(config), letter, to, by=by)), json=json)


def _line(thing: Thing) -> dict[str, object]:
    last = thing.newest
    return {
        "for": thing.meant_for,
        "what": thing.happened,
        "reports": ", ".join(each[:8] for each in thing.references) or "-",
        "letter": last.letter_id if last else "-",
        "to": last.contact_id if last else "-",
        "state": last.state.value if last else "to be written",
        "sent": last.sent_at if last else None,
        "confirmed": last.confirmed.value if last and last.confirmed else None,
        "letters": len(thing.letters),
    }


def _posted(posted: Posted) -> dict[str, object]:
    return {
        "posted": len(posted.letters),
        "unreachable": sorted({each.meant_for for each in posted.unreachable}),
    }


def _files(files: Sequence[Path], *, json: bool) -> None:
    if json:
        print_json({"files": [str(each) for each in files]})
        return
    for each in files:
        typer.echo(str(each))


def _print(shown: dict[str, object], *, json: bool) -> None:
    if json:
        print_json(shown)
        return
    for name, value in shown.items():
        typer.echo(f"{name}: {value}")
