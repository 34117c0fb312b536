"""What became of a report the first time, from the outbox and the log, for its own sender."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from gateway.adapters.log_reading import ENTRIES, LogOpener
from gateway.adapters.tables_flow import REPORT_OF_OUTCOME, inbound, outcomes, outgoing
from gateway.adapters.tables_log import log_entries
from gateway.domain.resending import First, agreement
from gateway.domain.stops import Outcome, Reason
from gateway.ledger.envelope import UnopenedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from gateway.adapters.tables_flow import AnyRow
    from gateway.adapters.vault import Vault
    from gateway.domain.bijsluiter import Bericht
    from gateway.domain.histories import Roster


@dataclass(frozen=True, slots=True)
class Before:
    """An outcome that stands under the same number: which, of whom, and to whom it went."""

    trace: str
    span: str
    sender_id: str
    recipient_id: str

    @classmethod
    def among(cls, rows: Sequence[Sequence[Any]], sender_id: str) -> Before | None:
        """The first of these rows of `register_statements` that is of this sender."""
        found = (cls(row[1], row[7], row[6] or "", row[8] or "") for row in rows)
        return next((each for each in found if each.sender_id == sender_id), None)


def mark_of(vault: Vault, bericht: Bericht) -> str:
    """What the content of this report is known again by, as far as the bijsluiter knows it."""
    return vault.mark(bericht.model_dump_json(by_alias=True, exclude_none=True).encode())


async def first_result(
    connection: AsyncConnection, vault: Vault, roster: Roster, before: Before, mark: str
) -> First | None:
    """That outcome as its sender heard it; None where it stands no more.  Raises SQL's errors."""
    rows = await connection.execute(_WITH_MAIL, {"first_trace": before.trace, "span": before.span})
    row = rows.one_or_none()
    if row is None:
        return None
    evidence = await _evidence(connection, vault, before)
    return _first(row, evidence, roster, mark)


_WITH_MAIL = (
    select(
        outcomes.c.trace,
        outcomes.c.outcome,
        outcomes.c.reasons,
        outcomes.c.recorded_at,
        outcomes.c.recipient_contact_id,
        inbound.c.received_at,
        outgoing.c.sent_at,
    )
    .join(inbound, inbound.c.trace == outcomes.c.trace)
    .outerjoin(outgoing, REPORT_OF_OUTCOME)
    .where(
        outcomes.c.trace == bindparam("first_trace"),
        outcomes.c.span_id == bindparam("span"),
        outcomes.c.withdrawn_at.is_(None),
    )
)


async def _evidence(
    connection: AsyncConnection, vault: Vault, before: Before
) -> Mapping[str, Any] | None:
    """What the log says of it; None once its retention ended or the person's key is gone."""
    found = await connection.execute(
        ENTRIES.where(
            log_entries.c.trace_id == before.trace,
            log_entries.c.span_id == before.span,
            log_entries.c.kind == "report",
        )
    )
    row = found.one_or_none()
    if row is None:
        return None
    try:
        content = LogOpener(vault).open(row).content
    except UnopenedError:
        return None
    evidence = content.get("evidence") if content else None
    return evidence if isinstance(evidence, dict) else None


def _first(row: AnyRow, evidence: Mapping[str, Any] | None, roster: Roster, mark: str) -> First:
    known = evidence or {}
    history = roster.contacts.get(row.recipient_contact_id or "")
    went = history is not None and row.outcome == Outcome.FORWARD.value
    recipient = history.even_if_gone(row.recorded_at) if history is not None and went else None
    return First(
        trace=row.trace,
        received_at=row.received_at,
        outcome=Outcome(row.outcome),
        same=agreement(known.get("mark") or "", mark),
        reasons=tuple(Reason(code) for code in row.reasons),
        sent_at=row.sent_at,
        role=recipient.role if recipient else None,
        organisation=recipient.party.name if recipient else "",
        on_record=evidence is not None,
        disclosed=tuple(known.get("disclosed", ())),
        withheld=tuple(
            (each["path"], Reason(each["reason"])) for each in known.get("withheld", ())
        ),
    )
