"""``gateway held``: what waits for a person's decision."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from gateway import wiring
from gateway.cli.common import (
    ByOption,
    ConfigOption,
    JsonOption,
    RevealOption,
    fail,
    loaded,
    new_file,
    print_json,
    run,
)
from gateway.cli.held_text import CLEARS_NOTHING, print_text, text_json
from gateway.config import Config, ConfigError
from gateway.domain.annotations import Kind
from gateway.domain.held import (
    WRITTEN,
    Decision,
    FreeText,
    HeldMail,
    HeldReport,
    NoFreeTextError,
    NoNameError,
    NotHeldError,
    NotToldError,
    WalkedSinceError,
)
from gateway.domain.register import RegisterError
from gateway.domain.stops import WHOLE_MAIL, Retry
from gateway.wiring.free_text import free_texts, held_plan
from gateway.wiring.free_text import rephrase as rephrase_held
from gateway.wiring.record import held_mail
from gateway.wiring.record import refuse as refuse_held

if TYPE_CHECKING:
    from collections.abc import Coroutine

_Result = TypeVar("_Result")

app = typer.Typer(help="What waits for a person's decision.", no_args_is_help=True)

LookingOption = Annotated[
    str,
    typer.Option("--by", envvar="TAALPOORT_OPERATOR", help="Your own name; needed to reveal."),
]
Trace = Annotated[str, typer.Argument(help="The mail's trace, as `gateway held list` shows it.")]
RoundOption = Annotated[
    int,
    typer.Option("--round", help="The round you saw, as `held show` prints it: 1 at first."),
]

ReportOption = Annotated[
    list[int] | None,
    typer.Option("--report", min=1, help="Only this report of the mail; more than once for more."),
]
KindOption = Annotated[
    list[Kind] | None,
    typer.Option("--kind", help="What you saw in it yourself; the sender is told of it too."),
]


@app.command("list")
def list_(config: ConfigOption = None, json: JsonOption = False) -> None:
    """All that waits, oldest first: references and reasons, no personal data."""

    async def work() -> list[HeldMail]:
        async with held_mail(loaded(config)) as held:
            return list(await held.waiting())

    mails = _done(work())
    if json:
        print_json([_as_json(mail, reveal=False) for mail in mails])
        return
    for mail in mails:
        _print(mail, reveal=False)
    if not mails:
        typer.echo("nothing is held")


@app.command()
def show(
    trace: Trace,
    reveal: RevealOption = False,
    by: LookingOption = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """One held mail, its reasons and what to do; with --reveal whom it is about and free text."""
    if reveal and not by.strip():
        fail("--reveal needs your name: --by", 2)

    async def work() -> HeldMail:
        async with held_mail(loaded(config)) as held:
            if reveal:
                return await held.reveal(trace, by, datetime.now(UTC))
            return await held.show(trace)

    mail = _done(work())
    texts = _texts(loaded(config), trace) if reveal and mail.free_texts else ()
    if json:
        shown = [text_json(each) for each in texts]
        print_json({**_as_json(mail, reveal=reveal), **({"texts": shown} if reveal else {})})
        return
    _print(mail, reveal=reveal, advice=True)
    for text in texts:
        print_text(text)
    if texts:
        typer.echo(f"  {CLEARS_NOTHING}")


@app.command()
def plan(
    trace: Trace,
    by: ByOption,
    *,
    to: Annotated[Path, typer.Option("--to", help="A file that is not there yet.")],
    report: Annotated[int, typer.Option("--report", min=1, help="Which report; 1 at first.")] = 1,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Write the plan of a held report to a file, as it would leave; who looked is on record."""

    async def look() -> HeldMail:
        async with held_mail(loaded(config)) as held:
            return await held.reveal(trace, by, datetime.now(UTC), WRITTEN)

    _done(look())
    found = _done(held_plan(loaded(config), trace, report - 1))
    if found is None:
        fail("this report declares no plan, or its mail does not open any more")
    file = new_file(to, found.content)
    if json:
        print_json({"trace": trace, "report": report, "file": str(file), "sha256": found.sha256})
    else:
        typer.echo(f"written: {file}; read it whole before you release")


@app.command()
def release(
    trace: Trace,
    by: ByOption,
    round_: RoundOption = 1,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Let a held mail walk again; free text needs a second, different person.

    What you release is what you saw: when it walked since, look again first.
    """

    async def work() -> Decision:
        async with held_mail(loaded(config)) as held:
            return await held.release(trace, by, datetime.now(UTC), seen=round_)

    decision = _done(work())
    if json:
        print_json(
            {
                "trace": trace,
                "walks": decision.walks,
                "waiting_for_second": decision.waiting_for_second,
            }
        )
    elif decision.walks:
        typer.echo("released: it walks again")
    else:
        typer.echo("on record; it contains free text, so a second person has to release it too")


@app.command()
def refuse(
    trace: Trace,
    by: ByOption,
    round_: RoundOption = 1,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Refuse what is held, for good; what has gone before is not called back."""

    decision = _done(refuse_held(loaded(config), trace, by, seen=round_))
    if json:
        refused = [_report_json(each, reveal=False) for each in decision.refused]
        print_json({"trace": trace, "refused": refused})
    else:
        typer.echo(f"refused: {len(decision.refused)}; the sender is told")


@app.command()
def rephrase(
    trace: Trace,
    by: ByOption,
    *,
    report: ReportOption = None,
    kind: KindOption = None,
    round_: RoundOption = 1,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Ask the sender to say held free text by a code; the report ends, a new one may replace it.

    The sender hears which field and what kind of thing is in it, never the words.
    """
    numbers = frozenset(number - 1 for number in report or ())
    asking = rephrase_held(
        loaded(config), trace, by, seen=round_, numbers=numbers, kinds=tuple(kind or ())
    )
    decision = _done(asking)
    if json:
        ended = [_report_json(each, reveal=False) for each in decision.refused]
        print_json({"trace": trace, "asked": ended})
    else:
        typer.echo(f"asked about: {len(decision.refused)}; the sender is told what and how")


def _texts(config: Config, trace: str) -> tuple[FreeText, ...]:
    try:
        return run(free_texts(config, trace))
    except (ConfigError, wiring.NotReadyError) as error:
        typer.echo(f"the free text cannot be shown here: {error}", err=True)
        return ()


def _done(work: Coroutine[Any, Any, _Result]) -> _Result:
    try:
        return run(work)
    except NotHeldError:
        fail("no mail with this trace is held")
    except WalkedSinceError as error:
        fail(
            f"it is held in round {error.rounds} now: look at it with gateway held show,"
            f" then give --round {error.rounds}"
        )
    except NoFreeTextError:
        fail("not held for its free text: see gateway held show")
    except NotToldError:
        fail(
            "the sender cannot be asked: the text does not open, or no letter can be sealed to them"
        )
    except NoNameError:
        fail("a decision needs your name: --by")
    except RegisterError as error:
        fail(f"{error.code}: {error.text}\n{error.nl}")
    except Retry:
        fail("the database cannot be reached")
    except (ConfigError, wiring.NotReadyError) as error:
        fail(str(error))


def _as_json(mail: HeldMail, *, reveal: bool) -> dict[str, object]:
    return {
        "trace": mail.trace,
        "received_at": mail.received_at.isoformat(),
        "size": mail.size,
        "round": mail.rounds,
        "reasons": mail.reasons,
        "reports": [_report_json(each, reveal=reveal) for each in mail.reports],
    }


def _report_json(report: HeldReport, *, reveal: bool) -> dict[str, object]:
    shown: dict[str, object] = {
        "number": None if report.number == WHOLE_MAIL else report.number,
        "outcome": report.outcome.value,
        "reasons": report.reasons,
        "releases": len(report.released_by),
    }
    if reveal:
        shown["bericht_id"] = report.bericht_id
        shown["dossier"] = report.dossier_id
        shown["sender"] = report.sender_contact_id
        shown["released_by"] = report.released_by
    return shown


def _print(mail: HeldMail, *, reveal: bool, advice: bool = False) -> None:
    typer.echo(
        f"{mail.trace}  {mail.received_at:%Y-%m-%d %H:%M}  {mail.size} bytes  round {mail.rounds}"
    )
    for code in mail.reasons:
        typer.echo(f"  {code}: {wiring.reason_text(code)}")
        if advice:
            typer.echo(f"    what to do: {wiring.reason_advice(code)}")
    for report in mail.reports:
        what = "whole mail" if report.number == WHOLE_MAIL else f"report {report.number + 1}"
        typer.echo(f"  {what}: {report.outcome.value} {' '.join(report.reasons)}".rstrip())
        if report.released_by:
            names = ", ".join(report.released_by) if reveal else f"{len(report.released_by)}"
            typer.echo(f"    released by {names}")
        if reveal and report.dossier_id:
            typer.echo(f"    dossier {report.dossier_id}, from {report.sender_contact_id}")
