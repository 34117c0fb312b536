"""Terms that run, for who is to be reminded: requests, breaches, and what an erasure left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.register_breaches import read_breaches
from gateway.adapters.register_cases import read_open_cases
from gateway.adapters.tables_erasing import (
    erasure,
    erasure_file,
    erasure_file_end,
    erasure_original,
)
from gateway.adapters.timestamps import instant_at
from gateway.domain.breaches import clocks
from gateway.domain.originals import PATIENCE
from gateway.domain.reminding import Matter
from gateway.domain.running import Running

if TYPE_CHECKING:
    from gateway.adapters.register_rows import Rows


async def read_running(rows: Rows) -> tuple[Running, ...]:
    """Every term that nothing has stopped."""
    return (*await _requests(rows), *await _breaches(rows), *await _remains(rows))


async def _remains(rows: Rows) -> tuple[Running, ...]:
    """Erasures of which something outside the database should have gone by then."""
    since = {
        row["erasure_id"]: instant_at(row["since"])
        for row in await rows.select(erasure_original)
        if row["since"] is not None
    }
    named = {(row["erasure_id"], row["number"]) for row in await rows.select(erasure_file)}
    gone = {(row["erasure_id"], row["number"]) for row in await rows.select(erasure_file_end)}
    to_people = {erasure_id for erasure_id, _ in named - gone}
    for row in await rows.among(erasure, "erasure_id", to_people):
        at = instant_at(row["recorded_at"])
        since[row["erasure_id"]] = min(at, since.get(row["erasure_id"], at))
    return tuple(
        Running(
            matter=Matter.ERASURE,
            subject=erasure_id,
            reference=erasure_id,
            kind="",
            deadline=began + PATIENCE,
        )
        for erasure_id, began in sorted(since.items())
    )


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
