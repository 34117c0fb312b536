"""Terms that run, for who is to be reminded of them: requests that wait, breaches not reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.register_breaches import read_breaches
from gateway.adapters.register_cases import read_open_cases
from gateway.domain.breaches import clocks
from gateway.domain.reminding import Matter
from gateway.domain.running import Running

if TYPE_CHECKING:
    from gateway.adapters.register_rows import Rows


async def read_running(rows: Rows) -> tuple[Running, ...]:
    """Every term that nothing has stopped."""
    return (*await _requests(rows), *await _breaches(rows))


async def _breaches(rows: Rows) -> tuple[Running, ...]:
    return tuple(
        Running(
            matter=Matter.BREACH,
            subject=clock.breach_id,
            reference=clock.breach_id,
            kind="",
            deadline=clock.deadline,
        )
        for clock in clocks(await read_breaches(rows))
    )


async def _requests(rows: Rows) -> tuple[Running, ...]:
    return tuple(
        Running(
            matter=Matter.REQUEST,
            subject=case.case_id,
            reference=case.reference,
            kind=case.kind.value,
            deadline=case.deadline,
        )
        for case in await read_open_cases(rows)
    )
