"""What each outcome that the decision table spoke on was decided on, and what the table said.

Codes of short lists only, each of them in `situation.GATE_DOMAIN` or
`CATEGORY_DOMAIN`.  A row says nothing of whom: the one way to a person leads
through its outcome, so erasing there leaves codes about nobody.  Only appended to.
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from gateway.adapters.database import metadata
from gateway.adapters.tables_register import guard
from gateway.adapters.timestamps import UtcTime

decision_facts = Table(
    "decision_facts",
    metadata,
    Column("trace", String(32), nullable=False),
    Column("round", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("span_id", String(16), nullable=False),
    Column("policy_digest", String(64), nullable=False),
    Column("circumstances", Text, nullable=False),
    Column("judgement", Text, nullable=False),
    Column("recorded_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("trace", "round", "number"),
    ForeignKeyConstraint(
        ["trace", "round", "number"],
        ["outcomes.trace", "outcomes.round", "outcomes.number"],
        name="fk_decision_facts_outcomes",
    ),
    Index("ix_decision_facts_recorded_at", "recorded_at"),
)

guard(decision_facts)
