"""``gateway proposal``: what one operator proposed and another has to approve."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from gateway import wiring
from gateway.cli.breach import opened_json, print_opened
from gateway.cli.common import ByOption, ConfigOption, JsonOption, loaded, print_json
from gateway.cli.consent_bulk import counts_json
from gateway.cli.policy_backtest import counted, counts
from gateway.cli.register_common import done, print_done, print_many
from gateway.domain.proposals import Channel, ProposalKind, Verdict
from gateway.domain.register import Refusal, RegisterError
from gateway.domain.stops import Retry
from gateway.wiring.erasing import ended
from gateway.wiring.errors import NotReadyError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gateway.domain.backtest import Backtest
    from gateway.domain.incidents import Incident
    from gateway.domain.invalidating import Counts
    from gateway.domain.proposals import Proposal

app = typer.Typer(help="What waits for a second person.", no_args_is_help=True)

ProposalId = Annotated[str, typer.Argument(help="As `gateway proposal list` shows it.")]
_NOT_SHOWN = frozenset({"certificate"})


@app.command("list")
def list_(
    *,
    everything: Annotated[bool, typer.Option("--all", help="Decided ones too.")] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """What is open, or with --all everything that was ever proposed, with who decided."""

    async def work() -> Sequence[Proposal]:
        async with wiring.register(loaded(config)) as register:
            return await register.proposals()

    found = [each for each in done(work()) if everything or each.is_open]
    print_many([_as_json(each) for each in found], json=json)


@app.command()
def show(proposal: ProposalId, *, config: ConfigOption = None, json: JsonOption = False) -> None:
    """One proposal, with what would change.

    For a table, every line that differs, and how many recorded decisions it would
    have decided otherwise; which ones says gateway policy backtest.  For an
    invalidation, whom it would concern now.
    """
    settings = loaded(config)

    async def work() -> tuple[Proposal, Sequence[str], Backtest | None, Counts | None]:
        async with wiring.register(settings) as register:
            found = _found(await register.proposals(), proposal)
            difference = await wiring.policy_difference(register, found)
            concerned = await wiring.invalidation_counts(register, found) if found.is_open else None
            tried = await wiring.proposal_backtested(settings, register, found)
            return found, difference, tried, concerned

    found, difference, tried, concerned = done(work())
    shown = _as_json(found) | {
        name: value for name, value in found.payload.items() if name not in _NOT_SHOWN
    }
    if concerned is not None:
        shown |= {"now": counts_json(concerned)} if json else counts_json(concerned)
    if json:
        print_json(shown | {"difference": list(difference), "backtest": tried and counts(tried)})
        return
    for name, value in shown.items():
        if value not in {None, ""}:
            typer.echo(f"{name}: {value}")
    for line in (*difference, *(counted(tried) if tried else ())):
        typer.echo(line)


@app.command()
def approve(
    proposal: ProposalId,
    *,
    by: ByOption,
    fingerprint: Annotated[
        str, typer.Option("--fingerprint", help="For a key: as its owner read it out.")
    ] = "",
    channel: Annotated[
        Channel | None, typer.Option("--channel", help="For a key: over what it was read out.")
    ] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Let it count, as another operator than the one who proposed it."""

    async def work() -> tuple[Proposal, Incident | None]:
        async with wiring.register(loaded(config)) as register, register.change(by=by) as change:
            found = await change.proposals.find(proposal)
            if found.kind is not ProposalKind.KEY:
                await change.approve(proposal)
            elif channel is None:
                raise RegisterError(Refusal.FINGERPRINT_DIFFERS)
            else:
                await change.approve_key(proposal, fingerprint, channel)
        if found.kind is ProposalKind.ERASURE:
            # The person is gone by now; a gateway that runs cleans up where this cannot.
            with suppress(Retry, NotReadyError):
                await ended(loaded(config))
        return found, change.opened

    found, opened = done(work())
    if json:
        decided = {"proposal": found.proposal_id, "kind": found.kind.value, "done": True}
        print_json(decided | opened_json(opened))
    else:
        typer.echo(f"approved: {found.kind.value} {found.subject}")
        print_opened(opened)


@app.command()
def refuse(
    proposal: ProposalId, *, by: ByOption, config: ConfigOption = None, json: JsonOption = False
) -> None:
    """End it without effect, as another operator than the one who proposed it."""
    _end(proposal, Verdict.REFUSED, by, config)
    print_done(json=json)


@app.command()
def withdraw(
    proposal: ProposalId, *, by: ByOption, config: ConfigOption = None, json: JsonOption = False
) -> None:
    """Take back what you proposed yourself."""
    _end(proposal, Verdict.WITHDRAWN, by, config)
    print_done(json=json)


def _end(proposal: str, verdict: Verdict, by: str, config: Path | None) -> None:
    async def work() -> None:
        async with wiring.register(loaded(config)) as register, register.change(by=by) as change:
            await change.proposals.decide(await change.proposals.find(proposal), verdict)

    done(work())


def _found(proposals: Sequence[Proposal], proposal_id: str) -> Proposal:
    for each in proposals:
        if each.proposal_id == proposal_id:
            return each
    raise RegisterError(Refusal.UNKNOWN_PROPOSAL)


def _as_json(proposal: Proposal) -> dict[str, object]:
    decided_at = proposal.decided_at
    return {
        "proposal": proposal.proposal_id,
        "kind": proposal.kind.value,
        "subject": proposal.subject,
        "proposed_by": proposal.proposed_by,
        "proposed_at": proposal.proposed_at.isoformat(timespec="seconds"),
        "origin": proposal.origin,
        "verdict": proposal.verdict.value if proposal.verdict else "open",
        "decided_by": proposal.decided_by,
        "decided_at": decided_at.isoformat(timespec="seconds") if decided_at else None,
        "remark": proposal.remark,
    }
