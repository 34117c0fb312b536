"""How a breach of the register is said on a screen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import typer

from gateway.cli.common import loaded, print_json
from gateway.cli.register_common import done
from gateway.domain.breach_summary import summary
from gateway.domain.breach_terms import TERM, Step
from gateway.domain.breach_to_do import to_do
from gateway.domain.breaches import is_over_a_weekend
from gateway.wiring.breaches import shown_breach

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gateway.domain.breach_summary import Summary
    from gateway.domain.breaches import Breach, Taken

_HOUR = timedelta(hours=1)


def is_breach(reference: str) -> bool:
    """Whether this is the number of a breach, and not of a proposal."""
    return reference.startswith("b-")


def breach_json(breach: Breach, now: datetime) -> dict[str, object]:
    """Its state, moments and clock; nothing that anybody wrote."""
    timeline = breach.timeline
    return {
        "breach": breach.breach_id,
        "incident": breach.incident_id or None,
        "state": breach.state.value,
        "clock": _clock(breach, now),
        "deadline": _moment(timeline.deadline),
        "cause": breach.cause.value,
        "natures": " ".join(breach.natures),
        "occurred_from": _moment(timeline.occurred_from),
        "occurred_until": _moment(timeline.occurred_until),
        "detected_at": _moment(timeline.detected_at),
        "aware_at": _moment(timeline.aware_at),
        "assessed_at": _moment(breach.assessment.at if breach.assessment else None),
        "reported_at": _moment(breach.initial.at if breach.initial else None),
        "risk": breach.risk.value if breach.risk else None,
        "telling": breach.telling.step.value if breach.telling else None,
        "exception": breach.exception.value if breach.exception else None,
        "closed_at": _moment(breach.closed_at),
    }


def print_breach(config: Path | None, breach_id: str, *, reveal: bool, by: str, json: bool) -> None:
    """One breach with its steps, and what people wrote where that is revealed."""
    found, words, affected = done(shown_breach(loaded(config), breach_id, reveal=reveal, by=by))
    said = breach_json(found, datetime.now(UTC))
    steps = [_step(each, words, reveal=reveal) for each in found.steps]
    counted = _counted(summary(affected))
    left = [each.value for each in to_do(found)]
    if json:
        versions = [
            {"version": each.version.value, "at": _moment(each.at), "reference": each.reference,
             "sha256": each.digest}
            for each in found.reports
        ]  # fmt: skip
        print_json(said | {"to_do": left, "scope": counted, "versions": versions, "steps": steps})
        return
    for name, value in (said | counted | {"to_do": ", ".join(left)}).items():
        if value not in {None, ""}:
            typer.echo(f"{name}: {value}")
    if found.is_clock_running and is_over_a_weekend(found.timeline):
        typer.echo("a weekend lies in the 72 hours; they go on in it (1182/71, 3(3))")
    for each in steps:
        typer.echo("  " + "  ".join(str(value) for value in each.values() if value))


def _clock(breach: Breach, now: datetime) -> str:
    """How many of the 72 hours are left, or that they do not count any more."""
    if not breach.is_clock_running:
        return "stopped"
    left = breach.timeline.deadline - now
    if left < timedelta(0):
        return f"over by {-left // _HOUR} hours"
    return f"{left // _HOUR} of {TERM // _HOUR} hours left"


def _step(step: Taken, words: Mapping[int, str], *, reveal: bool) -> dict[str, object]:
    shown = words.get(step.number, "") if reveal else ("***" if step.worded else "")
    hidden = step.step in {Step.OPENED, Step.CORRECTED}
    detail = {} if hidden else step.detail
    return {
        "at": _moment(step.at),
        "step": step.step.value,
        "detail": " ".join(f"{name}={value}" for name, value in detail.items() if value),
        "by": step.by,
        "words": "" if step.step is Step.ANSWERS else shown,
    }


def _counted(counted: Summary) -> dict[str, object]:
    return {
        "reports": counted.reports or None,
        "people": counted.people or None,
        "not_passed_on": counted.received or None,
        "in_part": counted.in_part or None,
        "about_nobody_known": counted.nobody or None,
        "contents_unknown": counted.unread or None,
        "possible": counted.possible or None,
        "categories": ", ".join(counted.categories),
    }


def _moment(instant: datetime | None) -> str | None:
    return instant.isoformat(timespec="seconds") if instant else None
