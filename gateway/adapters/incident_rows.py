"""What is written of an incident proposal, whoever opens it: a command, a detector, a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.adapters.tables_register import optional_instant, stamp
from gateway.domain.audit import Action, Deed, by_itself
from gateway.domain.bijsluiter import Category

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.adapters.register_rows import Row
    from gateway.domain.affected import Affected
    from gateway.domain.incidents import SentReport, Uncovered
    from gateway.domain.scope import Disclosed


def disclosure_row(each: Uncovered | SentReport | Disclosed, provider_id: str) -> dict[str, object]:
    """The columns of one disclosure in a proposal, but for which proposal and who recorded it."""
    return {**disclosure_columns(each), "provider_party_id": provider_id}


def disclosure_columns(each: Uncovered | SentReport | Disclosed | Affected) -> dict[str, object]:
    """What a proposal and the register of breaches both keep of one disclosure."""
    return {
        "dossier_id": each.dossier_id,
        "trace": each.trace,
        "number": each.number,
        "span_id": each.span_id,
        "reference": each.reference,
        "sent_at": stamp(each.sent_at),
        "sender_contact_id": each.sender_id,
        "recipient_contact_id": each.recipient_id,
        "categories": " ".join(sorted(each.categories)),
    }


def disclosure_values(row: Row) -> dict[str, Any]:
    """What these columns say, by the names that `Uncovered` and `Affected` have for it."""
    return {
        "dossier_id": row["dossier_id"],
        "trace": row["trace"],
        "number": row["number"],
        "span_id": row["span_id"],
        "reference": row["reference"],
        "sent_at": optional_instant(row["sent_at"]),
        "sender_id": row["sender_contact_id"],
        "recipient_id": row["recipient_contact_id"],
        "categories": frozenset(Category(each) for each in row["categories"].split()),
    }


def opened_by_itself(incident_id: str, now: datetime) -> Deed:
    """That the gateway opened a proposal that nobody asked for."""
    return by_itself(Action.BREACH_OPENED, f"breach/{incident_id}", now)
