"""A decision table is tried on the past before it counts (AVG 5(2), 25)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.backtest import Backtest
from gateway.domain.stops import Hold

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.policy import Policy
    from gateway.ports import Decisions


async def backtest(
    table: Policy,
    decisions: Decisions,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Backtest:
    """Every decision recorded from `since` until before `until`, oldest first, under `table`.

    Raises `Retry(UNREACHABLE)` when the record cannot be read now.
    """
    found = Backtest(table=table)
    async for kept in decisions.kept(since, until):
        found.replay(kept, await _table(decisions, kept.policy_digest))
    found.without_facts = await decisions.without_facts(since, until)
    return found


async def _table(decisions: Decisions, digest: str) -> Policy | None:
    try:
        return await decisions.table(digest)
    except Hold:
        return None
