"""What people asked for by their rights: restrictions of what is passed on (AVG 18 and 21).

Codes, ids and moments only: what somebody said of it stands in their case, sealed.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, String, Table

from gateway.adapters.database import metadata
from gateway.adapters.tables_register import guard, history_columns

# One row for each thing that happened; the same `restriction_id` ties them together.
dossier_restriction = Table(
    "dossier_restriction",
    metadata,
    *history_columns(),
    Column("dossier_id", String(64), ForeignKey("dossier.dossier_id"), nullable=False),
    Column("restriction_id", String(16), nullable=False),
    Column("event", String(9), nullable=False),
    Column("reason", String(9), nullable=False),
    Column("case_id", String(64), nullable=False),
    CheckConstraint("event IN ('began', 'announced', 'lifted')", name="event"),
    CheckConstraint("reason IN ('accuracy', 'unlawful', 'claim', 'objection')", name="reason"),
    Index("ix_dossier_restriction_dossier_id", "dossier_id"),
    # It begins once and is lifted once.
    Index("uq_dossier_restriction_event", "restriction_id", "event", unique=True),
)

RIGHTS = (dossier_restriction,)
for _table in RIGHTS:
    guard(_table)
