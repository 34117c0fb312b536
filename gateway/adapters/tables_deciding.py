"""Who decides, what two of them decided together, and which decision table is in force.

Only appended to, like the register's histories.  The database itself refuses
that one operator approves what that same operator proposed: a decision repeats
the proposer, a foreign key holds it to the proposal, and a check compares the two.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from gateway.adapters.database import metadata
from gateway.adapters.tables_register import guard, history_columns, recorded_columns

operator = Table(
    "operator",
    metadata,
    Column("operator_id", String(64), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("name_key", String(100), nullable=False, unique=True),
    Column("login", String(100), unique=True),
    *recorded_columns(),
)
operator_state = Table(
    "operator_state",
    metadata,
    *history_columns(),
    Column("operator_id", String(64), ForeignKey("operator.operator_id"), nullable=False),
    Column("active", Boolean, nullable=False),
)
proposal = Table(
    "proposal",
    metadata,
    Column("proposal_id", String(16), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("payload", Text, nullable=False),
    Column("proposed_by", String(64), ForeignKey("operator.operator_id"), nullable=False),
    Column("origin", String(100), nullable=False),
    *recorded_columns(),
    CheckConstraint("kind IN ('operator', 'key', 'policy', 'invalidation')", name="kind"),
    # Told apart from the key itself, so that a decision can be held to the proposer.
    UniqueConstraint("proposal_id", "proposed_by", name="uq_proposal_proposer"),
)
proposal_decision = Table(
    "proposal_decision",
    metadata,
    Column("proposal_id", String(16), primary_key=True),
    Column("proposed_by", String(64), nullable=False),
    Column("verdict", String(9), nullable=False),
    Column("decided_by", String(64), ForeignKey("operator.operator_id"), nullable=False),
    Column("origin", String(100), nullable=False),
    Column("remark", String(200), nullable=False),
    *recorded_columns(),
    ForeignKeyConstraint(
        ["proposal_id", "proposed_by"],
        ["proposal.proposal_id", "proposal.proposed_by"],
        name="fk_proposal_decision_proposal",
    ),
    CheckConstraint(
        "(verdict = 'withdrawn' AND decided_by = proposed_by)"
        " OR (verdict IN ('approved', 'refused') AND decided_by <> proposed_by)",
        name="two_people",
    ),
)
policy_text = Table(
    "policy_text",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("version", String(40), nullable=False),
    Column("text", Text, nullable=False),
    *recorded_columns(),
)
# The first one has no proposal: there was nobody yet to propose it, and no table to replace.
policy_activation = Table(
    "policy_activation",
    metadata,
    *history_columns(),
    Column("digest", String(64), ForeignKey("policy_text.digest"), nullable=False),
    Column("replaces", String(64), ForeignKey("policy_text.digest")),
    Column("proposal_id", String(16), ForeignKey("proposal_decision.proposal_id"), unique=True),
    CheckConstraint("(replaces IS NULL) = (proposal_id IS NULL)", name="first_or_approved"),
)

Index("ix_operator_state_operator_id", operator_state.c.operator_id)
Index("ix_proposal_subject", proposal.c.kind, proposal.c.subject)

DECIDING = (
    operator,
    operator_state,
    proposal,
    proposal_decision,
    policy_text,
    policy_activation,
)
for _table in DECIDING:
    guard(_table)
