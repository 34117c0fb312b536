"""``gateway log``: the processing log, to read, to verify and to take away."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from gateway import wiring
from gateway.cli.common import ByOption, ConfigOption, JsonOption, fail, loaded, print_json, run
from gateway.cli.register_common import SinceOption, UntilOption, done
from gateway.config import ConfigError
from gateway.domain.stops import Retry
from gateway.ledger.chain import Finding, Head
from gateway.wiring.record import audit_trail, processing_log

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence
    from typing import BinaryIO

_Result = TypeVar("_Result")

_EPOCH = datetime.fromtimestamp(0, UTC)
_SOON = timedelta(days=1)

app = typer.Typer(help="The processing log (Logboek Dataverwerkingen 1.0).", no_args_is_help=True)


@app.command()
def show(
    mail: Annotated[
        str,
        typer.Argument(help="A mail's trace, or a report's reference; without it, the last ones."),
    ] = "",
    last: Annotated[int, typer.Option("--last", min=1, max=10_000, help="How many.")] = 20,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Entries in the order they were made: no names, no values, no free text."""

    async def work() -> Sequence[dict[str, Any]]:
        async with processing_log(loaded(config)) as log:
            return await log.show(mail, last)

    entries = _done(work())
    if json:
        print_json(entries)
        return
    for entry in entries:
        typer.echo(_line(entry))
        if mail:
            for name in _TOLD:
                if entry["evidence"].get(name):
                    typer.echo(f"{'':8}{name}: {_said(entry['evidence'][name])}")


@app.command()
def verify(
    witness: Annotated[
        str, typer.Option("--witness", help="A head SIZE:HASH that was written down earlier.")
    ] = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Read the whole log and name every entry that was altered, moved, taken out or cut off."""

    async def work() -> tuple[Head, tuple[Finding, ...]]:
        async with processing_log(loaded(config)) as log:
            findings = await log.verify(_witness(witness))
            return await log.head(), findings

    head, findings = _done(work())
    if json:
        found = [{"entry": each.seq, "flaw": each.flaw.value} for each in findings]
        print_json({"ok": not findings, "head": str(head), "size": head.size, "findings": found})
    else:
        for finding in findings:
            typer.echo(str(finding))
        typer.echo(f"{head.size} entries, {'NOT whole' if findings else 'whole'}; head {head}")
    if findings:
        raise typer.Exit(1)


@app.command()
def export(
    to: Annotated[Path | None, typer.Option("--to", help="A file instead of the screen.")] = None,
    config: ConfigOption = None,
) -> None:
    """One line of JSON an entry, with its hashes."""

    async def work(out: BinaryIO) -> None:
        async with processing_log(loaded(config)) as log:
            async for line in log.export():
                out.write(line)

    if to is None:
        _done(work(sys.stdout.buffer))
        return
    try:
        with to.open("xb") as file:
            _done(work(file))
    except OSError as error:
        fail(f"{to}: {error.strerror}")


@app.command()
def audit(
    *,
    by: ByOption,
    since: SinceOption = None,
    until: UntilOption = None,
    last: Annotated[int, typer.Option("--last", min=1, max=100_000, help="How many.")] = 50,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """What operators did: proposed, approved, released, recorded, looked at; your look as well."""
    now = datetime.now(UTC)
    work = audit_trail(
        loaded(config), since=since or _EPOCH, until=until or now + _SOON, last=last, by=by
    )
    lines = done(work)
    if json:
        print_json([asdict(each) for each in lines])
        return
    for each in lines:
        words = (
            each.actor,
            each.action,
            each.about,
            each.result,
            each.origin and f"({each.origin})",
        )
        typer.echo(f"{each.at:%Y-%m-%d %H:%M:%SZ}  {'  '.join(word for word in words if word)}")


# What an officer asks first of one mail: who got what about whom, and on what ground.
_TOLD = (
    "mail",
    "message_id",
    "sender",
    "recipient",
    "ground",
    "articles",
    "categories",
    "withheld",
    "policy",
)


def _line(entry: dict[str, Any]) -> str:
    record, evidence = entry["record"], entry["evidence"]
    number = evidence.get("number")
    report = "" if number is None else f"report {number + 1}"
    said = [report, evidence.get("outcome", ""), *evidence.get("reasons", ())]
    at = datetime.fromtimestamp(record["end_time"] / 1000, UTC)
    return (
        f"{entry['seq']:>6}  {at:%Y-%m-%d %H:%M:%SZ}  {record['trace_id']}  {entry['kind']:<13} "
        f"{record['status']:<5} {' '.join(word for word in said if word)}"
    ).rstrip()


def _said(value: str | list[Any]) -> str:
    if isinstance(value, str):
        return value
    return ", ".join(
        each if isinstance(each, str) else f"{each['path']} ({each['reason']})" for each in value
    )


def _witness(text: str) -> Head | None:
    try:
        return Head.parse(text) if text else None
    except ValueError as error:
        fail(str(error), 2)


def _done(work: Coroutine[Any, Any, _Result]) -> _Result:
    try:
        return run(work)
    except Retry:
        fail("the database cannot be reached")
    except (ConfigError, wiring.NotReadyError) as error:
        fail(str(error))
