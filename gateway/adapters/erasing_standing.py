"""What the register knows of a person that bears on erasing them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters import tables_incidents, tables_register
from gateway.adapters.register_cases import read_cases
from gateway.adapters.register_rows import consent_of, read_dossier
from gateway.adapters.tables_breaches import breach_disclosure
from gateway.adapters.tables_flow import outcomes, outgoing
from gateway.adapters.tables_log_kept import log_holds
from gateway.adapters.timestamps import instant_at
from gateway.domain.erasing import Standing
from gateway.domain.register import Refusal, RegisterError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.adapters.register_rows import Row, Rows
    from gateway.domain.consent import ConsentEvent

_HISTORIES = (
    tables_register.dossier,
    tables_register.dossier_identity,
    tables_register.dossier_circumstance,
    tables_register.designation,
    tables_register.substitution,
    tables_register.consent_event,
)


async def read_standing(
    rows: Rows, dossier_id: str, now: datetime, *, but_case: str = ""
) -> Standing:
    """How it stands with this person now; `but_case` is the request that asks for it.

    Holds on mail or a period are found when it is done (`refuse_if_held`).  Raises
    `RegisterError` for nobody, and for who was erased.
    """
    history = await read_dossier(rows, dossier_id)
    if history is None:
        raise RegisterError(Refusal.UNKNOWN_DOSSIER)
    if history.secret is None:
        raise RegisterError(Refusal.PERSON_ERASED)
    circumstance = history.circumstances.as_of(now)
    return Standing(
        regime=circumstance.regime if circumstance else None,
        duty_end=circumstance.duty.end if circumstance else None,
        last_used=await _last_used(rows, dossier_id),
        holds=await _holds(rows, dossier_id),
        cases=await _cases(rows, dossier_id, but_case),
        incidents=await _incidents(rows, dossier_id),
    )


async def read_breach_holds(rows: Rows, dossier_id: str) -> tuple[str, ...]:
    """By which references mail about this person is held that is in a breach, each once.

    For who weighs an erasure, so that nobody proposes what is refused only when it is done.
    """
    traces = {row["trace"] for row in await rows.select(breach_disclosure, dossier_id=dossier_id)}
    placed = await rows.among(log_holds, "mail", traces)
    return tuple(sorted(set(await _standing(rows, placed))))


async def read_papers_of(rows: Rows, dossier_id: str) -> Sequence[tuple[int, str, ConsentEvent]]:
    """Every consent event of this person by its number in the table, and for which provider."""
    found = await rows.select(tables_register.consent_event, dossier_id=dossier_id)
    read = [(int(row["id"]), consent_of(row)) for row in found]
    return [(number, each.provider_id, each.event) for number, each in read]


async def _last_used(rows: Rows, dossier_id: str) -> datetime:
    used = [
        instant_at(row["recorded_at"])
        for table in _HISTORIES
        for row in await rows.select(table, dossier_id=dossier_id)
    ]
    used += [row["recorded_at"] for row in await rows.select(outcomes, dossier_id=dossier_id)]
    used += [
        row["sent_at"] or row["created_at"]
        for row in await rows.select(outgoing, dossier_id=dossier_id)
    ]
    return max(used)


async def _holds(rows: Rows, dossier_id: str) -> tuple[str, ...]:
    return await _standing(rows, await rows.select(log_holds, dossier_id=dossier_id, placed=True))


async def _standing(rows: Rows, placed: Sequence[Row]) -> tuple[str, ...]:
    lifted = {row["hold_id"] for row in await rows.select(log_holds, placed=False)}
    return tuple(row["reference"] for row in placed if row["hold_id"] not in lifted)


async def _cases(rows: Rows, dossier_id: str, but_case: str) -> tuple[str, ...]:
    # Where nobody was found at first, a step says later whom a case is about.
    return tuple(
        case.case_id
        for case in await read_cases(rows)
        if case.dossier_id == dossier_id and case.is_open and case.case_id != but_case
    )


async def _incidents(rows: Rows, dossier_id: str) -> tuple[str, ...]:
    found = await rows.select(tables_incidents.incident_disclosure, dossier_id=dossier_id)
    named = {row["incident_id"] for row in found}
    decided = await rows.among(tables_incidents.incident_decision, "incident_id", named)
    return tuple(sorted(named - {row["incident_id"] for row in decided}))
