"""Recorded decisions in memory; as `database_decisions.DatabaseDecisions`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.backtest import Kept
from gateway.domain.stops import Hold, Reason

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime

    from gateway.adapters.memory_flow import Judged, MemoryFlow, Recorded
    from gateway.domain.policy import Policy


class MemoryDecisions:
    """Over a `MemoryFlow`; `tables` by digest."""

    def __init__(self, flow: MemoryFlow, tables: Mapping[str, Policy]) -> None:
        self._flow = flow
        self._tables = tables

    async def kept(self, since: datetime | None, until: datetime | None) -> AsyncIterator[Kept]:
        """See the port."""
        for recorded, judged in self._judged(since, until):
            if judged.judgement is not None:
                yield Kept(
                    trace=recorded.trace,
                    number=recorded.number,
                    round=judged.round,
                    recorded_at=judged.recorded_at,
                    stands=not recorded.withdrawn,
                    policy_digest=judged.policy_digest,
                    judgement=judged.judgement,
                )

    async def without_facts(self, since: datetime | None, until: datetime | None) -> int:
        """See the port."""
        return sum(judged.judgement is None for _, judged in self._judged(since, until))

    async def table(self, digest: str) -> Policy:
        """See the port."""
        if digest not in self._tables:
            raise Hold(Reason.UNEXPECTED)
        return self._tables[digest]

    def _judged(
        self, since: datetime | None, until: datetime | None
    ) -> list[tuple[Recorded, Judged]]:
        found = [(each, each.judged) for each in self._flow.outcomes if each.judged is not None]
        inside = [
            (recorded, judged)
            for recorded, judged in found
            if (since is None or judged.recorded_at >= since)
            and (until is None or judged.recorded_at < until)
        ]
        return sorted(
            inside,
            key=lambda pair: (
                pair[1].recorded_at,
                pair[0].trace,
                pair[1].round,
                pair[0].number,
            ),
        )
