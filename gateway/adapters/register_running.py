"""Terms that run, for who is to be reminded of them: requests that wait for an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.register_cases import read_open_cases
from gateway.domain.reminding import Matter
from gateway.domain.running import Running

if TYPE_CHECKING:
    from gateway.adapters.register_rows import Rows


async def read_running(rows: Rows) -> tuple[Running, ...]:
    """Every term that nothing has stopped."""
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
