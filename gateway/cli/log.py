"""``gateway log``: the processing log, to read and to verify."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.common import ConfigOption, JsonOption, loaded, print_json
from gateway.cli.log_common import (
    AnybodyOption,
    ContactOption,
    DetailsOption,
    KindOption,
    OutcomeOption,
    PersonOption,
    ProviderOption,
    log_done,
    progress,
    tell_end,
)
from gateway.cli.register_common import SinceOption, UntilOption
from gateway.wiring.log_questions import Asked, shown, verified

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.ledger.reading import Shown
    from gateway.ledger.verdict import Said, Verdict

app = typer.Typer(help="The processing log (Logboek Dataverwerkingen 1.0).", no_args_is_help=True)


@app.command()
def show(
    mail: Annotated[
        str,
        typer.Argument(help="A mail's trace, or a report's reference; without it, the last ones."),
    ] = "",
    *,
    person: PersonOption = "",
    contact: ContactOption = None,
    provider: ProviderOption = "",
    kind: KindOption = None,
    outcome: OutcomeOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    last: Annotated[int, typer.Option("--last", min=1, max=100_000, help="How many.")] = 20,
    details: DetailsOption = False,
    by: AnybodyOption = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Entries in the order they were made: no names, no values, no free text.

    That somebody looked, and at what, goes on record first.
    """
    asked = Asked(
        mail=mail,
        person=person,
        contacts=tuple(contact or ()),
        provider=provider,
        kinds=tuple(kind or ()),
        outcomes=tuple(outcome or ()),
        since=since,
        until=until,
    )
    most = None if mail else last
    entries = log_done(shown(loaded(config), asked, most, by=by))
    if json:
        print_json([entry.plain() for entry in entries])
        return
    for entry in entries:
        typer.echo(_line(entry))
        if mail or person or details:
            for line in _details(entry):
                typer.echo(f"{'':8}{line}")
    tell_end(len(entries), most)


@app.command()
def verify(
    *,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(
            "--checkpoint",
            help="A checkpoint that somebody kept: its text, or a saved mail that bears it.",
        ),
    ] = None,
    tree_only: Annotated[
        bool,
        typer.Option("--tree-only", help="Hashes, tree and signatures only: opens no entry."),
    ] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Read the whole log and name every entry that was altered, moved, taken out or cut off.

    With --checkpoint, show that the log of today goes on from that one, or where
    its history split.
    """
    settings = loaded(config)
    with progress(quiet=json) as told:
        verdict = log_done(
            verified(settings, tuple(checkpoint or ()), tree_only=tree_only, told=told)
        )
    if json:
        print_json(verdict.plain())
    else:
        for line in _verdict(verdict, checkpoint or ()):
            typer.echo(line)
    if verdict.findings:
        raise typer.Exit(1)


# What an officer asks first of one mail or person: who got what about whom, and on what ground.
_TOLD = (
    "mail",
    "message_id",
    "sender",
    "recipient",
    "ground",
    "articles",
    "categories",
    "withheld",
    "repeated",
    "policy",
    "opened_by",
    "sealed_by",
    "sealed_to",
)


def _line(entry: Shown) -> str:
    head, content = entry.head, entry.content
    at = datetime.fromtimestamp(head.at / 1000, UTC)
    said = f"{entry.seq:>6}  {at:%Y-%m-%d %H:%M:%SZ}  {head.trace_id}  {head.kind:<13} "
    if content is None:
        return f"{said}erased: the key of whom it was about is destroyed"
    return f"{said}{_said_of(content)}".rstrip()


def _said_of(content: dict[str, Any]) -> str:
    if "deed" in content:
        deed = content["deed"]
        words = [deed[name] for name in ("actor", "action", "about", "result", "detail")]
        return "  ".join(word for word in words if word)
    evidence = content["evidence"]
    number = evidence.get("number")
    report = "" if number is None else f"report {number + 1}"
    words = [report, evidence.get("outcome", ""), *evidence.get("reasons", ())]
    return f"{content['record']['status']:<5} {' '.join(word for word in words if word)}"


def _details(entry: Shown) -> list[str]:
    evidence = (entry.content or {}).get("evidence", {})
    return [f"{name}: {_said(evidence[name])}" for name in _TOLD if evidence.get(name)]


def _said(value: str | list[Any]) -> str:
    """Words as they are; what was withheld by its reason, each told once."""
    if isinstance(value, str):
        return value
    words = [each for each in value if isinstance(each, str)]
    withheld: dict[str, list[str]] = {}
    for each in value:
        if not isinstance(each, str):
            withheld.setdefault(each["reason"], []).append(each["path"])
    reasons = [f"{', '.join(paths)} ({reason})" for reason, paths in withheld.items()]
    return "; ".join([*([", ".join(words)] if words else []), *reasons])


def _vouched(said: Said) -> str:
    when = (
        "" if said.at is None else f" at {datetime.fromtimestamp(said.at, UTC):%Y-%m-%d %H:%M:%SZ}"
    )
    return f"{said.by} vouches for the first {said.size}{when}"


def _verdict(verdict: Verdict, kept: Sequence[Path]) -> list[str]:
    lines = [str(finding) for finding in verdict.findings]
    if verdict.omitted:
        lines.append(f"and {verdict.omitted} more")
    waiting = verdict.size - verdict.covered
    lines.append(
        f"{verdict.size} entries, {'whole' if verdict.whole else 'NOT whole'}; "
        f"{verdict.covered} under the newest checkpoint, {waiting} behind it and not covered yet"
    )
    if verdict.whole:
        lines += [
            f"goes on from the checkpoint over {size} in {file}"
            for file, size in zip(kept, verdict.against, strict=False)
        ]
    if verdict.pruned:
        lines.append(
            f"{verdict.pruned} of them kept long enough and taken away; their hashes stand"
        )
    if verdict.erased:
        lines.append(f"{verdict.erased} of them erased with a person's key; their hashes stand")
    lines += [_vouched(each) for each in verdict.said]
    if not verdict.opened:
        lines.append("no entry was opened: what they say, and are found by, was not looked at")
    if verdict.newest is not None:
        lines += ["", str(verdict.newest.checkpoint).rstrip()]
    return lines
