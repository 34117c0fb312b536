"""Who decides, what two of them decided together, and which decision table is in force.

Only appended to, like the register's histories.  The database itself refuses
that one operator approves what that same operator proposed: a decision repeats
the proposer, a foreign key holds it to the proposal, and a check compares the two.
What follows from a proposal (a table in force, a pinned key) is held to one that was
approved, of that kind and about that very thing.
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
    text,
)

from gateway.adapters.database import metadata
from gateway.adapters.table_guards import refuse_new
from gateway.adapters.tables_register import (
    contact_key,
    guard,
    history_columns,
    recorded_columns,
)

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
    CheckConstraint(
        "kind IN ('operator', 'key', 'policy', 'invalidation', 'refusal', 'erasure',"
        " 'not-reporting', 'taken-back')",
        name="kind",
    ),
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
    Column("proposal_id", String(16), unique=True),
    # Always the same, so that a foreign key can hold the proposal to its kind and its verdict.
    Column("proposal_kind", String(16), nullable=False, default="policy"),
    Column("verdict", String(9), nullable=False, default="approved"),
    ForeignKeyConstraint(
        ["proposal_id", "proposal_kind", "digest"],
        ["proposal.proposal_id", "proposal.kind", "proposal.subject"],
        name="fk_policy_activation_proposed",
    ),
    ForeignKeyConstraint(
        ["proposal_id", "verdict"],
        ["proposal_decision.proposal_id", "proposal_decision.verdict"],
        name="fk_policy_activation_approved",
    ),
    CheckConstraint("(replaces IS NULL) = (proposal_id IS NULL)", name="first_or_approved"),
    CheckConstraint("proposal_kind = 'policy' AND verdict = 'approved'", name="same_always"),
)
_FIRST = text("proposal_id IS NULL")
Index(
    "uq_policy_activation_first",
    policy_activation.c.verdict,
    unique=True,
    sqlite_where=_FIRST,
    postgresql_where=_FIRST,
)

# What the foreign keys of an effect refer to.
Index(
    "uq_proposal_effect", proposal.c.proposal_id, proposal.c.kind, proposal.c.subject, unique=True
)
Index(
    "uq_proposal_decision_effect",
    proposal_decision.c.proposal_id,
    proposal_decision.c.verdict,
    unique=True,
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
    if _table is not policy_activation:
        guard(_table)
guard(policy_activation, "proposal_id IS NULL AND NEW.proposal_id IS NULL")

# As soon as one of the two registered an account, they are two accounts.  A check of one
# row cannot see the other tables; what a proposal's key pins is in its payload.
_ONE_ACCOUNT = (
    "SELECT 1 FROM proposal JOIN operator"
    " ON operator.operator_id IN (proposal.proposed_by, NEW.decided_by)"
    " WHERE proposal.proposal_id = NEW.proposal_id AND proposal.origin = NEW.origin"
    " AND operator.login IS NOT NULL"
)
_AS_PROPOSED = (
    "SELECT 1 FROM proposal WHERE proposal.proposal_id = NEW.proposal_id"
    " AND replace(proposal.payload, '\"fingerprint\": \"' || NEW.fingerprint || '\"', '')"
    " <> proposal.payload"
)
_HOLDS = (
    (
        proposal_decision,
        "two_accounts",
        f"NEW.verdict <> 'withdrawn' AND EXISTS ({_ONE_ACCOUNT})",
        "one account is not two people",
    ),
    (
        contact_key,
        "as_approved",
        f"NEW.earlier OR (NEW.proposal_id IS NOT NULL AND NOT EXISTS ({_AS_PROPOSED}))",
        "not the key that was approved",
    ),
)

for _table, _name, _wrong, _why in _HOLDS:
    refuse_new(_table, _name, _wrong, _why)
