"""Incident proposals and breaches in which a person's data are named: that, when, and no words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from gateway.adapters import tables_incidents as incidents
from gateway.adapters.tables_breaches import breach_disclosure
from gateway.adapters.timestamps import instant_at
from gateway.domain.dossier import Suspected

if TYPE_CHECKING:
    from sqlalchemy import Connection

BREACH: Final = "breach"


def suspected(connection: Connection, dossier_id: str) -> tuple[Suspected, ...]:
    """In the order of detection; a breach that came from a proposal stands in it as both."""
    found = (*_proposed(connection, dossier_id), *_breaches(connection, dossier_id))
    return tuple(sorted(found, key=lambda each: each.detected_at))


def _breaches(connection: Connection, dossier_id: str) -> tuple[Suspected, ...]:
    """Detected when it was opened here, or extended by them; it occurred when the first of theirs
    left, or came in.
    """
    its = breach_disclosure.c
    first = func.min(func.coalesce(its.sent_at, its.received_at))
    found = connection.execute(
        select(its.breach_id, func.min(its.recorded_at).label("known"), first.label("first"))
        .where(its.dossier_id == dossier_id)
        .group_by(its.breach_id)
    )
    return tuple(
        Suspected(
            incident_id=row.breach_id,
            kind=BREACH,
            occurred_at=instant_at(row.known if row.first is None else row.first),
            detected_at=instant_at(row.known),
        )
        for row in found
    )


def _proposed(connection: Connection, dossier_id: str) -> tuple[Suspected, ...]:
    proposal, disclosure = incidents.incident_proposal.c, incidents.incident_disclosure.c
    found = connection.execute(
        select(proposal.incident_id, proposal.kind, proposal.occurred_at, proposal.detected_at)
        .join_from(
            incidents.incident_disclosure,
            incidents.incident_proposal,
            proposal.incident_id == disclosure.incident_id,
        )
        .where(disclosure.dossier_id == dossier_id)
        .distinct()
        .order_by(proposal.detected_at)
    )
    return tuple(
        Suspected(
            incident_id=row.incident_id,
            kind=row.kind,
            occurred_at=instant_at(row.occurred_at),
            detected_at=instant_at(row.detected_at),
        )
        for row in found
    )
