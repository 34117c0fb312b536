"""``gateway breach``: proposals of incidents, the register of breaches, and what each needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway import wiring
from gateway.cli.breach_shown import breach_json, is_breach, print_breach
from gateway.cli.common import (
    ByOption,
    ConfigOption,
    JsonOption,
    RevealOption,
    loaded,
    print_json,
)
from gateway.cli.register_common import (
    OperatorOption,
    done,
    needed_to_reveal,
    now_or,
    print_done,
    print_many,
)
from gateway.domain.breach_to_do import to_do
from gateway.domain.incidents import IncidentState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.domain.breaches import Breach
    from gateway.domain.incidents import Incident, Uncovered

app = typer.Typer(
    help="What went wrong with data: proposals, and the register of breaches.", no_args_is_help=True
)

Reference = Annotated[str, typer.Argument(help="As `gateway breach list` shows it.")]


@app.command("list")
def list_(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Decided proposals and closed breaches too.")
    ] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """What waits for an officer: proposals of the gateway, and breaches in the register.

    A proposal is what the gateway noticed; a breach is what an officer opened.  A proposal
    that was accepted waits until it is in the register.  Numbers and moments alone.
    """

    async def work() -> tuple[Sequence[Incident], Sequence[Breach]]:
        async with wiring.register(loaded(config)) as register:
            return await register.incidents(), await register.breaches()

    incidents, breaches = done(work())
    now = now_or(None)
    registered = {named for each in breaches for named in each.incidents}
    found = [
        {"what": "proposal", **_as_json(each)}
        for each in incidents
        if everything or _waits(each, registered)
    ] + [
        {"what": "breach", **breach_json(each, now), "to_do": _left(each, json=json)}
        for each in breaches
        if everything or each.closed_at is None
    ]
    print_many(found, json=json)


@app.command()
def show(
    reference: Reference,
    *,
    reveal: RevealOption = False,
    by: OperatorOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """One proposal, or one breach of the register with its 72 hours and every step.

    Disclosures by reference and category; no names, no values.  What people wrote about a
    breach is shown with --reveal alone, and that goes on record.
    """
    if is_breach(reference):
        print_breach(
            config, reference, reveal=reveal, by=needed_to_reveal(by, reveal=reveal), json=json
        )
        return

    async def work() -> tuple[Incident, Sequence[tuple[Uncovered, str]]]:
        async with wiring.register(loaded(config)) as register:
            return await wiring.incident(register, reference)

    found, left = done(work())
    disclosures = [_disclosure(each, state) for each, state in left]
    if json:
        print_json(_as_json(found) | {"disclosed": disclosures})
        return
    for name, value in _as_json(found).items():
        if value not in {None, ""}:
            typer.echo(f"{name}: {value}")
    for each in disclosures:
        typer.echo("  " + "  ".join(f"{name} {value}" for name, value in each.items()))


@app.command()
def notices(
    reference: Reference,
    *,
    to: Annotated[Path, typer.Option("--to", help="A new folder for the drafts.")],
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Accept it, and draft what to tell each recipient, and each person (AVG 19).

    Of a report that was at another mailbox the recipient alone is told by a draft.
    The drafts name people: send them secured, then delete them.  Who had them drafted
    goes on record.
    """
    files = done(wiring.draft_notices(loaded(config), reference, to, by))
    if json:
        print_json({"incident": reference, "files": [str(each) for each in files]})
        return
    for each in files:
        typer.echo(each)
    if not files:
        typer.echo("nothing left in the end: there is nobody to tell")
    typer.echo(f"a breach? put it in the register: gateway breach open {reference} --aware ...")


@app.command()
def dismiss(
    reference: Reference,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why it is none; no personal data.")],
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Say that it is no incident, and why; on record for good."""

    async def work() -> None:
        async with wiring.register(loaded(config)) as register, register.change(by=by) as change:
            await change.incidents.decide(reference, IncidentState.DISMISSED, reason)

    done(work())
    print_done(json=json)


def _left(breach: Breach, *, json: bool) -> list[str] | str:
    """What was left to do when it was extended: it may be reported and wait all the same."""
    left = [each.value for each in to_do(breach)]
    return left if json else ", ".join(left)


def _waits(incident: Incident, registered: set[str]) -> bool:
    """Whether an officer has to do something yet: decide, or put it in the register (33(5))."""
    if incident.state is IncidentState.ACCEPTED:
        return incident.incident_id not in registered
    return incident.state is IncidentState.OPEN


def print_recorded(opened: Incident | None, *, json: bool) -> None:
    """That a change is on record, and the incident proposal that it opened."""
    if json:
        print_json({"done": True} | opened_json(opened))
        return
    print_done(json=False)
    print_opened(opened)


def print_opened(opened: Incident | None) -> None:
    """What had left already, and where to go on from here."""
    if opened is not None:
        count = len(opened.disclosures)
        typer.echo(f"{count} disclosed without consent, as is known now: a proposed incident")
        typer.echo(f"  gateway breach show {opened.incident_id}")


def opened_json(opened: Incident | None) -> dict[str, object]:
    """The incident proposal that a change opened, by reference and number of disclosures."""
    if opened is None:
        return {"incident": None, "disclosures": 0}
    return {"incident": opened.incident_id, "disclosures": len(opened.disclosures)}


def _as_json(incident: Incident) -> dict[str, object]:
    return {
        "incident": incident.incident_id,
        "kind": incident.kind.value,
        "state": incident.state.value,
        "persons": len(incident.people),
        "disclosures": len(incident.disclosures),
        "occurred_at": _moment(incident.occurred_at),
        "detected_at": _moment(incident.detected_at),
        "recorded_by": incident.recorded_by,
        "evidence": incident.evidence,
        "decided_by": incident.decided_by,
        "decided_at": _moment(incident.decided_at),
        "reason": incident.reason,
    }


def _disclosure(each: Uncovered, state: str) -> dict[str, object]:
    return {
        "reference": each.reference[:8],
        "trace": each.trace,
        "report": each.number + 1,
        "sent_at": _moment(each.sent_at) or f"not sent ({state})",
        "dossier": each.dossier_id,
        "provider": each.provider_id,
        "sender": each.sender_id,
        "recipient": each.recipient_id,
        "categories": ", ".join(sorted(each.categories)),
    }


def _moment(instant: datetime | None) -> str | None:
    return instant.isoformat(timespec="seconds") if instant else None
