"""``gateway inspect``: what would happen with a mail, and why; stores, logs and sends nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway import wiring
from gateway.cli.common import ConfigOption, JsonOption, fail, loaded, print_json, run
from gateway.config import Config, ConfigError
from gateway.domain.outcomes import Carried, Ended
from gateway.domain.stops import Outcome
from gateway.pipeline.forward import walk

if TYPE_CHECKING:
    from gateway.domain.stages import Opened

_ORDER = (Outcome.FORWARD, Outcome.RETRY, Outcome.HOLD, Outcome.REJECT, Outcome.IGNORE)


def inspect(
    file: Annotated[Path, typer.Argument(help="The mail, as a file.", exists=True, dir_okay=False)],
    at: Annotated[
        datetime | None, typer.Option("--at", help="As if it came in at this time (UTC).")
    ] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Say what would happen with this mail and why.  Stores, logs and sends nothing."""
    instant = at.replace(tzinfo=UTC) if at and at.tzinfo is None else at or datetime.now(UTC)
    try:
        result = run(_inspect(loaded(config), file.read_bytes(), instant))
    except (ConfigError, wiring.NotReadyError) as error:
        fail(str(error))
    if json:
        print_json(result)
    else:
        _print(result)


async def _inspect(config: Config, content: bytes, instant: datetime) -> dict[str, Any]:
    async with wiring.inspecting(config) as gate:
        raw = wiring.mail_from_file(content, instant)
        opened, carried = await walk(raw, gate)
    return described(opened, carried)


def described(opened: Opened | None, carried: tuple[Carried, ...]) -> dict[str, Any]:
    """What ``gateway inspect --json`` prints of a walk."""
    found = {_outcome(each) for each in carried}
    reasons: list[str] = []
    for each in carried:
        if isinstance(each, Ended):
            reasons += [reason for reason in each.stop.reasons if reason not in reasons]
    return {
        "sender": opened.sender.contact_id if opened else None,
        "protection": opened.protection.value if opened else None,
        "outcome": next(outcome.value for outcome in _ORDER if outcome in found),
        "reasons": reasons,
        "reports": [_report(each) for each in carried if not _whole(each)],
        "faults": [
            {"path": fault.path, "kind": fault.kind}
            for each in carried
            if isinstance(each, Ended)
            for fault in each.stop.faults
        ],
    }


def _whole(carried: Carried) -> bool:
    return isinstance(carried, Ended) and carried.number is None


def _outcome(carried: Carried) -> Outcome:
    return carried.stop.outcome if isinstance(carried, Ended) else Outcome.FORWARD


def _report(carried: Carried) -> dict[str, Any]:
    if isinstance(carried, Ended):
        return {
            "dossierkenmerk": carried.dossierkenmerk,
            "outcome": carried.stop.outcome.value,
            "reasons": list(carried.stop.reasons),
            "disclosed": [],
            "withheld": [],
            "recipient": None,
        }
    disclosure = carried.disclosure
    return {
        "dossierkenmerk": disclosure.content.betrokkene.dossierkenmerk,
        "outcome": Outcome.FORWARD.value,
        "reasons": [],
        "disclosed": list(disclosure.disclosed),
        "withheld": [
            {"path": held.path, "reason": held.reason.value} for held in disclosure.withheld
        ],
        "recipient": carried.recipient.contact_id,
    }


def _print(result: dict[str, Any]) -> None:
    typer.echo(f"outcome: {result['outcome']}  sender: {result['sender'] or 'not proven'}")
    for reason in result["reasons"]:
        typer.echo(f"  {reason}: {wiring.reason_text(reason)}")
        typer.echo(f"    what to do: {wiring.reason_advice(reason)}")
    for fault in result["faults"]:
        typer.echo(f"  {fault['path']}: {fault['kind']}")
    for report in result["reports"]:
        typer.echo(f"report {report['dossierkenmerk']}: {report['outcome']}")
        typer.echo(f"  to: {report['recipient'] or 'nobody'}")
        for path in report["disclosed"]:
            typer.echo(f"  + {path}")
        for held in report["withheld"]:
            typer.echo(f"  - {held['path']}  ({held['reason']})")
