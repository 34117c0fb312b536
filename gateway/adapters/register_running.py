"""Terms that run, for who is to be reminded: requests, breaches, and what stands or is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.register_breaches import read_breaches
from gateway.adapters.register_cases import read_open_cases
from gateway.adapters.tables_cases import request_case
from gateway.adapters.tables_erasing import (
    erasure,
    erasure_file,
    erasure_file_end,
    erasure_original,
)
from gateway.adapters.tables_rights import dossier_restriction
from gateway.adapters.timestamps import instant_at
from gateway.domain.breach_terms import ToDo
from gateway.domain.breach_to_do import to_do
from gateway.domain.breaches import clocks
from gateway.domain.originals import PATIENCE
from gateway.domain.reminding import REVIEW, Matter
from gateway.domain.restricting import RestrictionEvent
from gateway.domain.running import Running

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.adapters.register_rows import Rows
    from gateway.domain.breaches import Breach

_BEGAN, _LIFTED = RestrictionEvent.BEGAN.value, RestrictionEvent.LIFTED.value


async def read_running(rows: Rows) -> tuple[Running, ...]:
    """Every term that nothing has stopped."""
    return (
        *await _requests(rows),
        *_clocks(breaches := await read_breaches(rows)),
        *_extended(breaches),
        *await _remains(rows),
        *await _restrictions(rows),
    )


async def _restrictions(rows: Rows) -> tuple[Running, ...]:
    """Restrictions that nobody has lifted, by the request or breach that they are of."""
    events = await rows.select(dossier_restriction)
    lifted = {each["restriction_id"] for each in events if each["event"] == _LIFTED}
    since: dict[str, datetime] = {}
    for each in events:
        if each["event"] == _BEGAN and each["restriction_id"] not in lifted:
            at = instant_at(each["recorded_at"])
            since[each["case_id"]] = min(at, since.get(each["case_id"], at))
    asked = {each["case_id"]: each for each in await rows.among(request_case, "case_id", since)}
    return tuple(
        Running(
            matter=Matter.RESTRICTION,
            subject=case_id,
            reference=asked[case_id]["reference"] if case_id in asked else case_id,
            kind=asked[case_id]["kind"] if case_id in asked else "",
            deadline=began + REVIEW,
        )
        for case_id, began in sorted(since.items())
    )


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


def _clocks(breaches: Sequence[Breach]) -> tuple[Running, ...]:
    """The 72 hours that run; also again, because it was extended after it was decided."""
    again = {each.breach_id for each in breaches if ToDo.REPORTING in to_do(each)}
    return tuple(
        Running(
            matter=Matter.BREACH,
            subject=clock.breach_id,
            reference=clock.breach_id,
            kind=ToDo.REPORTING.value if clock.breach_id in again else "",
            deadline=clock.deadline,
        )
        for clock in clocks(breaches)
    )


def _extended(breaches: Sequence[Breach]) -> tuple[Running, ...]:
    """What extensions left to be done, from the moment of the last."""
    return tuple(
        Running(
            matter=Matter.EXTENSION,
            subject=each.breach_id,
            reference=each.breach_id,
            kind=" ".join(left),
            deadline=each.extensions[-1].recorded_at,
        )
        for each in breaches
        if (left := to_do(each))
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
