"""``gateway breach open|note|assess|decide|report|close|...``: the register of breaches."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.breach import app
from gateway.cli.common import (
    ByOption,
    ConfigOption,
    JsonOption,
    fail,
    loaded,
    print_json,
)
from gateway.cli.register_common import (
    AwareAgainOption,
    AwareOption,
    DetectedOption,
    OccurredOption,
    OccurredUntilOption,
    ThenOption,
    done,
    print_done,
)
from gateway.domain.breach_terms import (
    Cause,
    Effect,
    Measure,
    Nature,
    Risk,
    Step,
    TellingException,
    Version,
)
from gateway.wiring import breaches as wired
from gateway.wiring.breaches import Opening

if TYPE_CHECKING:
    from datetime import datetime

Number = Annotated[str, typer.Argument(help="As `gateway breach list` shows it: b-...")]
TextOption = Annotated[
    str, typer.Option("--text", help="In your own words; kept sealed. Or --file.")
]
FileOption = Annotated[
    Path | None,
    typer.Option("--file", help="A file with the words, UTF-8.", exists=True, dir_okay=False),
]
ScopeFileOption = Annotated[
    Path | None,
    typer.Option("--scope", help="The scope.json of gateway breach scope.", exists=True),
]
CauseOption = Annotated[Cause | None, typer.Option("--cause", help="What kind of thing happened.")]
NatureOption = Annotated[
    list[Nature] | None, typer.Option("--nature", help="What suffered; repeat for each.")
]


@app.command("open")
def open_(
    incident: Annotated[str, typer.Argument(help="A proposal that this is; none by hand.")] = "",
    *,
    aware: AwareOption,
    detected: DetectedOption = None,
    occurred: OccurredOption = None,
    occurred_until: OccurredUntilOption = None,
    cause: CauseOption = None,
    nature: NatureOption = None,
    text: TextOption = "",
    file: FileOption = None,
    scope: ScopeFileOption = None,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Put a breach in the register: from a proposal, with its disclosures, or by hand.

    By hand, look first with gateway breach scope --to FOLDER, and give its file: what meets
    it now is what the breach concerns.  Accepts the proposal, freezes a checkpoint of the log,
    and holds the entries concerned.
    """
    said = Opening(
        words=words_of(text, file),
        aware_at=aware,
        natures=tuple(nature or (Nature.CONFIDENTIALITY,)),
        detected_at=detected,
        occurred_from=occurred,
        occurred_until=occurred_until,
        cause=cause,
        incident_id=incident,
    )
    new = done(wired.open_breach(loaded(config), said, by=by, scope_file=scope))
    if json:
        print_json({"breach": new})
        return
    typer.echo(new)
    typer.echo(f"  the 72 hours are counting: gateway breach show {new}")


@app.command("correct")
def correct_(
    breach: Number,
    *,
    aware: AwareAgainOption = None,
    detected: DetectedOption = None,
    occurred: OccurredOption = None,
    occurred_until: OccurredUntilOption = None,
    cause: CauseOption = None,
    nature: NatureOption = None,
    text: TextOption = "",
    file: FileOption = None,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Other moments or another cause, as is known now, and why; the former ones stay on record."""
    moments = {
        "aware_at": aware,
        "detected_at": detected,
        "occurred_from": occurred,
        "occurred_until": occurred_until,
    }
    changed = {name: each.isoformat() for name, each in moments.items() if each is not None}
    if cause is not None:
        changed["cause"] = cause.value
    if nature:
        changed["natures"] = " ".join(sorted(nature))
    if not changed:
        fail("say what is different: --aware, --detected, --occurred, --cause or --nature", 2)
    done(wired.correct(loaded(config), breach, changed, words_of(text, file), by=by))
    print_done(json=json)


@app.command()
def fact(
    breach: Number,
    *,
    text: TextOption = "",
    file: FileOption = None,
    at: ThenOption = None,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """What else became known."""
    recorded_step(
        config, breach, Step.FACT, {}, by=by, at=at, words=words_of(text, file), json=json
    )


@app.command()
def effect(
    breach: Number,
    *,
    kind: Annotated[Effect, typer.Option("--kind", help="What people may suffer (33(3)(c)).")],
    text: TextOption = "",
    file: FileOption = None,
    at: ThenOption = None,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """A likely consequence for the people concerned."""
    detail = {"kind": kind.value}
    recorded_step(
        config, breach, Step.EFFECT, detail, by=by, at=at, words=words_of(text, file), json=json
    )


@app.command()
def measure(
    breach: Number,
    *,
    kind: Annotated[Measure, typer.Option("--kind", help="What was done (33(3)(d)).")],
    text: TextOption = "",
    file: FileOption = None,
    at: ThenOption = None,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """What was done about it."""
    detail = {"kind": kind.value}
    recorded_step(
        config, breach, Step.MEASURE, detail, by=by, at=at, words=words_of(text, file), json=json
    )


@app.command()
def assess(
    breach: Number,
    *,
    risk: Annotated[Risk, typer.Option("--risk", help="For the rights of people (33(1), 34(1)).")],
    text: TextOption = "",
    file: FileOption = None,
    at: ThenOption = None,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """How great the risk is, and why; a later assessment counts instead of an earlier one."""
    detail = {"risk": risk.value}
    recorded_step(
        config, breach, Step.ASSESSED, detail, by=by, at=at, words=words_of(text, file), json=json
    )


@app.command()
def decide(
    breach: Number,
    *,
    report_it: Annotated[
        bool | None,
        typer.Option("--report/--no-report", help="At the AP (33); not to takes a second person."),
    ] = None,
    tell: Annotated[
        bool | None, typer.Option("--tell/--no-tell", help="The people concerned (34).")
    ] = None,
    exception: Annotated[
        TellingException, typer.Option("--exception", help="Of 34(3), where nobody is told.")
    ] = TellingException.NONE,
    text: TextOption = "",
    file: FileOption = None,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """To report it or not (33), or to tell the people or not (34): one at a time, with the reason.

    Not to report is a proposal that another operator approves: gateway proposal approve.
    """
    if (report_it is None) == (tell is None):
        fail("decide on one at a time: --report, --no-report, --tell or --no-tell", 2)
    words = words_of(text, file)
    if report_it is False:
        proposal = done(wired.propose_silence(loaded(config), breach, words, by=by))
        if json:
            print_json({"proposal": proposal})
        else:
            typer.echo(f"proposed: another operator approves: gateway proposal approve {proposal}")
        return
    if report_it:
        step, detail = Step.TO_REPORT, {}
    else:
        step = Step.TO_TELL if tell else Step.NOT_TO_TELL
        detail = {} if tell else {"exception": exception.value}
    recorded_step(config, breach, step, detail, by=by, at=None, words=words, json=json)


@app.command()
def report(
    breach: Number,
    *,
    version: Annotated[Version, typer.Option("--version", help="The first, more, or taken back.")],
    reference: Annotated[
        str, typer.Option("--reference", help="The number that the AP gave.", show_default=False)
    ],
    reason: Annotated[
        str, typer.Option("--reason", help="Why after 72 hours, or why it is taken back.")
    ] = "",
    at: ThenOption = None,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """That you reported it in the AP's web form; the answers of now are kept with it.

    Nothing is sent: the AP takes reports through its own form only.
    """
    digest = done(
        wired.record_report(
            loaded(config), breach, version, at=at, reference=reference, reason=reason, by=by
        )
    )
    if json:
        print_json({"breach": breach, "version": version.value, "sha256": digest})
    else:
        typer.echo(f"on record: {version.value}, answers frozen as {digest[:16]}")


def words_of(text: str, file: Path | None) -> str:
    """What somebody wrote, from the command line or a file; exit 1 or 2 where that cannot be."""
    if file is None:
        return text
    if text:
        fail("--text or --file, not both", 2)
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        fail(f"{file}: cannot be read as UTF-8")


def recorded_step(
    config: Path | None,
    breach: str,
    step: Step,
    detail: dict[str, str],
    *,
    by: str,
    at: datetime | None,
    words: str,
    json: bool,
) -> None:
    done(wired.take_step(loaded(config), breach, step, by=by, at=at, detail=detail, words=words))
    print_done(json=json)
