"""``gateway policy backtest``: what another table would have decided, before it counts."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway import wiring
from gateway.cli.common import ByOption, ConfigOption, JsonOption, loaded, print_json
from gateway.cli.policy import app
from gateway.cli.register_common import SinceOption, UntilOption, done
from gateway.domain.backtest import Backtest, Change, Difference, Kept

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.domain.policy import Verdict


@app.command()
def backtest(
    file: Annotated[Path, typer.Argument(help="The new table.", exists=True, dir_okay=False)],
    *,
    by: ByOption,
    since: SinceOption = None,
    until: UntilOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Every recorded decision that this table would have taken otherwise; changes nothing.

    Goes on record as a look at the log.  Exit 1 for a table that is not well formed,
    and when a decision does not come out as recorded under the table of its time.
    """
    settings = loaded(config)

    async def work() -> Backtest:
        return await wiring.backtested(settings, wiring.table_text(file), since, until, by=by)

    tried = done(work())
    if json:
        print_json(_as_json(tried, since, until))
    else:
        for line in _lines(tried):
            typer.echo(line)
    if not tried.is_faithful:
        raise typer.Exit(1)


def counts(tried: Backtest) -> dict[str, int]:
    """How many decisions, by what would become of them."""
    return {
        "replayed": tried.replayed,
        **{change.value: tried.counts[change] for change in Change},
        "not_replayed": tried.without_facts,
        "not_reproduced": len(tried.unfaithful),
    }


def counted(tried: Backtest) -> Iterator[str]:
    """The same in sentences."""
    found = tried.counts
    yield (
        f"backtest: {tried.replayed} recorded decisions replayed: {found[Change.SAME]} same, "
        f"{found[Change.WIDER]} WIDER, {found[Change.NARROWER]} narrower, "
        f"{found[Change.OTHERWISE]} for another reason, row or ground"
    )
    if tried.without_facts:
        yield (
            f"{tried.without_facts} could not be replayed: nothing was kept to replay them on "
            "(decided before that was kept, or ended by a fault before the table spoke)"
        )
    if tried.unfaithful:
        yield (
            f"{len(tried.unfaithful)} do NOT come out as recorded under the table of their time; "
            "have this looked into before anything is activated"
        )


def _lines(tried: Backtest) -> Iterator[str]:
    for difference in tried.differences:
        yield from _told(difference)
    for kept in tried.unfaithful:
        yield f"{_reference(kept)}  NOT AS RECORDED under table {kept.policy_digest}"
    yield from counted(tried)


def _told(difference: Difference) -> Iterator[str]:
    before, after = difference.before, difference.after
    change = difference.change.value
    yield (
        f"{_reference(difference.kept)}  "
        f"{change.upper() if difference.change is Change.WIDER else change}: "
        f"{before.outcome.value} -> {after.outcome.value}"
    )
    yield from _listed("gained", sorted(difference.gained))
    yield from _listed("lost", sorted(difference.lost))
    if before.reasons != after.reasons:
        yield f"    reasons: {_joined(before.reasons)} -> {_joined(after.reasons)}"
    for name, then, now in difference.verdicts:
        yield f"    {name}: {_said(then)} -> {_said(now)}"


def _reference(kept: Kept) -> str:
    at = kept.recorded_at.astimezone(UTC)
    later = "" if kept.stands else "  (decided again since)"
    return f"{at:%Y-%m-%d %H:%M:%SZ}  {kept.trace}  report {kept.number + 1}{later}"


def _listed(name: str, values: list[str]) -> Iterator[str]:
    if values:
        yield f"    {name}: {', '.join(values)}"


def _said(verdict: Verdict | None) -> str:
    if verdict is None:
        return "not asked"
    spoke = _joined((*verdict.rows, *verdict.reasons))
    ground = f", ground {verdict.ground.value}" if verdict.ground else ""
    return f"{verdict.effect.value} ({spoke}{ground})"


def _joined(words: Iterable[str]) -> str:
    return ", ".join(words) or "none"


def _as_json(tried: Backtest, since: datetime | None, until: datetime | None) -> dict[str, object]:
    return {
        "table": tried.table.digest,
        "since": since.isoformat() if since else None,
        "until": until.isoformat() if until else None,
        "decisions": counts(tried),
        "differences": [_difference(each) for each in tried.differences],
        "not_reproduced": [_kept(each) for each in tried.unfaithful],
    }


def _kept(kept: Kept) -> dict[str, object]:
    return {
        "trace": kept.trace,
        "number": kept.number,
        "round": kept.round,
        "recorded_at": kept.recorded_at.isoformat(),
        "stands": kept.stands,
        "policy": kept.policy_digest,
    }


def _difference(of: Difference) -> dict[str, object]:
    return {
        **_kept(of.kept),
        "change": of.change.value,
        "before": of.before.outcome.value,
        "after": of.after.outcome.value,
        "reasons_before": list(of.before.reasons),
        "reasons_after": list(of.after.reasons),
        "gained": sorted(of.gained),
        "lost": sorted(of.lost),
        "verdicts": [
            {"of": name, "before": _plain(before), "after": _plain(after)}
            for name, before, after in of.verdicts
        ],
    }


def _plain(verdict: Verdict | None) -> dict[str, object] | None:
    if verdict is None:
        return None
    return {
        "effect": verdict.effect.value,
        "rows": list(verdict.rows),
        "articles": list(verdict.articles),
        "reasons": list(verdict.reasons),
        "ground": verdict.ground.value if verdict.ground else None,
    }
