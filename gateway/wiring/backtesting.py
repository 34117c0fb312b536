"""A table that may come into force, tried on the recorded decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.database_decisions import DatabaseDecisions
from gateway.domain.audit import Action
from gateway.domain.policy import Policy
from gateway.domain.proposals import ProposalKind
from gateway.duties.backtesting import backtest
from gateway.wiring import parts
from gateway.wiring.readiness import ready_database
from gateway.wiring.register import register

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.adapters.database_register import Register
    from gateway.config import Config
    from gateway.domain.backtest import Backtest
    from gateway.domain.proposals import Proposal


async def backtested(
    config: Config,
    text: str,
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    by: str = "",
) -> Backtest:
    """What this table would have decided otherwise, of all or of what was recorded in between.

    With `by` it is put on record first who looks, at which table; whoever shows
    more than counts has to give it.  Raises `PolicyError`, `NotReadyError`,
    `RegisterError` for somebody who is not registered.
    """
    table = Policy(text)
    if by:
        async with register(config) as administration:
            await administration.consulted(
                by=by, action=Action.POLICY_BACKTESTED, ids=[table.digest]
            )
    vault = parts.vault(config)
    async with ready_database(config, vault) as database:
        return await backtest(table, DatabaseDecisions(database, vault), since, until)


async def proposal_backtested(
    config: Config, administration: Register, proposal: Proposal
) -> Backtest | None:
    """As `backtested`, for a proposed table that waits for a second person; None for others."""
    if proposal.kind is not ProposalKind.POLICY or not proposal.is_open:
        return None
    text = await administration.policy_text(proposal.subject)
    return None if text is None else await backtested(config, text)
