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
    new_file,
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
    now_or,
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
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Put a breach in the register: from a proposal, with its disclosures, or by hand.

    Accepts the proposal, freezes a checkpoint of the log, and holds the entries concerned.
    """
    said = Opening(
        words=_words(text, file),
        aware_at=aware,
        natures=tuple(nature or (Nature.CONFIDENTIALITY,)),
        detected_at=detected,
        occurred_from=occurred,
        occurred_until=occurred_until,
        cause=cause,
        incident_id=incident,
    )
    new = done(wired.open_breach(loaded(config), said, by=by))
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
    done(wired.correct(loaded(config), breach, changed, _words(text, file), by=by))
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
    _step(config, breach, Step.FACT, {}, by=by, at=at, words=_words(text, file), json=json)


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
    _step(config, breach, Step.EFFECT, detail, by=by, at=at, words=_words(text, file), json=json)


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
    _step(config, breach, Step.MEASURE, detail, by=by, at=at, words=_words(text, file), json=json)


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
    _step(config, breach, Step.ASSESSED, detail, by=by, at=at, words=_words(text, file), json=json)


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
    words = _words(text, file)
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
    _step(config, breach, step, detail, by=by, at=None, words=words, json=json)


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


@app.command()
def close(
    breach: Number, *, by: ByOption, config: ConfigOption = None, json: JsonOption = False
) -> None:
    """Nothing more to do; freezes a checkpoint of the log once more."""
    _step(config, breach, Step.CLOSED, {}, by=by, at=None, words="", json=json)


@app.command()
def reopen(
    breach: Number,
    *,
    text: TextOption = "",
    file: FileOption = None,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Something became known after it was closed: what."""
    _step(config, breach, Step.REOPENED, {}, by=by, at=None, words=_words(text, file), json=json)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="A new file: .jsonld, .csv, .pdf or .txt.")],
    *,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """The whole register of breaches (AVG 33(5)); names in it are left out."""
    if file.suffix not in wired.FORMATS:
        fail(f"{file}: a name that ends in {', '.join(wired.FORMATS)}", 2)
    content = done(wired.exported_register(loaded(config), file.suffix, by=by))
    new_file(file, content)
    if json:
        print_json({"file": str(file)})
    else:
        typer.echo(file)


@app.command()
def prune(*, by: ByOption, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Take out what was closed longer ago than `breaches.keep`, and lift its holds."""
    gone = done(wired.remove_old(loaded(config), now_or(None), by=by))
    if json:
        print_json({"removed": list(gone)})
        return
    for each in gone:
        typer.echo(f"removed: {each}")
    if not gone:
        typer.echo("nothing was kept long enough")


def _words(text: str, file: Path | None) -> str:
    if file is None:
        return text
    if text:
        fail("--text or --file, not both", 2)
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        fail(f"{file}: cannot be read as UTF-8")


def _step(
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
