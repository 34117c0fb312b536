"""Incident proposals, the disclosures they name, and what was decided about them.

Only appended to, like the register's histories.  Times apart, as a register of
breaches needs them (AVG 33(5)): when it occurred, when it was detected, when it
was put on record.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
)

from gateway.adapters.database import metadata
from gateway.adapters.tables_flow import outgoing
from gateway.adapters.tables_register import Instant, guard, recorded_columns

_Serial = BigInteger().with_variant(Integer, "sqlite")

incident_proposal = Table(
    "incident_proposal",
    metadata,
    Column("incident_id", String(16), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("detected_at", Instant, nullable=False),
    Column("evidence", String(200), nullable=False),
    *recorded_columns(),
    CheckConstraint(
        "kind IN ('late-withdrawal', 'other-mailbox', 'wrong-person', 'log-inconsistent',"
        " 'revoked-key', 'unusual-volume', 'not-opened', 'not-bound')",
        name="kind",
    ),
)
# References and categories; `sent_at` is empty for what was being handed over just then.
incident_disclosure = Table(
    "incident_disclosure",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    Column("incident_id", String(16), ForeignKey("incident_proposal.incident_id"), nullable=False),
    Column("dossier_id", String(64), ForeignKey("dossier.dossier_id"), nullable=False),
    Column("provider_party_id", String(64), ForeignKey("party.party_id"), nullable=False),
    Column("trace", String(32), nullable=False),
    Column("number", Integer, nullable=False),
    Column("span_id", String(16), nullable=False),
    Column("reference", String(998), nullable=False),
    Column("sent_at", Instant),
    Column("sender_contact_id", String(64), nullable=False),
    Column("recipient_contact_id", String(64), nullable=False),
    Column("categories", String(200), nullable=False),
    *recorded_columns(),
)
# One verdict for each: an incident is accepted by drafting its notices, or dismissed.
incident_decision = Table(
    "incident_decision",
    metadata,
    Column(
        "incident_id", String(16), ForeignKey("incident_proposal.incident_id"), primary_key=True
    ),
    Column("verdict", String(9), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("decided_by", String(64), ForeignKey("operator.operator_id"), nullable=False),
    Column("origin", String(100), nullable=False),
    *recorded_columns(),
    CheckConstraint("verdict IN ('accepted', 'dismissed')", name="verdict"),
)

Index("ix_incident_disclosure_incident_id", incident_disclosure.c.incident_id)
Index("ix_incident_disclosure_dossier_id", incident_disclosure.c.dossier_id)
# A report is proposed once for each reason, however often a server tells of it.
Index("ix_incident_disclosure_trace", incident_disclosure.c.trace)
# What left about one person is looked for with every change of their consent.
Index("ix_outgoing_dossier_id", outgoing.c.dossier_id)

INCIDENTS = (incident_proposal, incident_disclosure, incident_decision)
for _table in INCIDENTS:
    guard(_table)
