"""Operators, what two of them decided together, and the decision table in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from collections.abc import Sequence

revision = "0003_two_people"
down_revision = "0002_flow"

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_APPEND_ONLY = (
    "operator",
    "operator_state",
    "proposal",
    "proposal_decision",
    "policy_text",
    "policy_activation",
)


def upgrade() -> None:
    """The tables, those first that others refer to, and their triggers."""
    _operator()
    _operator_state()
    _proposal()
    _proposal_decision()
    _policy_text()
    _policy_activation()
    _append_only()


def _recorded() -> Sequence[sa.Column[Any]]:
    return (
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
    )


def _history() -> Sequence[sa.Column[Any]]:
    return (
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        *_recorded(),
    )


def _refers(table: str, column: str, to: str, key: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.{key}"], name=op.f(f"fk_{table}_{column}_{to}")
    )


def _operator() -> None:
    op.create_table(
        "operator",
        sa.Column("operator_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("name_key", sa.String(length=100), nullable=False),
        sa.Column("login", sa.String(length=100), nullable=True),
        *_recorded(),
        sa.PrimaryKeyConstraint("operator_id", name=op.f("pk_operator")),
        sa.UniqueConstraint("name_key", name=op.f("uq_operator_name_key")),
        sa.UniqueConstraint("login", name=op.f("uq_operator_login")),
    )


def _operator_state() -> None:
    op.create_table(
        "operator_state",
        *_history(),
        sa.Column("operator_id", sa.String(length=64), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        _refers("operator_state", "operator_id", "operator", "operator_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_state")),
    )
    op.create_index("ix_operator_state_operator_id", "operator_state", ["operator_id"])


def _proposal() -> None:
    op.create_table(
        "proposal",
        sa.Column("proposal_id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.String(length=100), nullable=False),
        *_recorded(),
        sa.CheckConstraint(
            "kind IN ('operator', 'key', 'policy', 'invalidation')", name=op.f("ck_proposal_kind")
        ),
        _refers("proposal", "proposed_by", "operator", "operator_id"),
        sa.PrimaryKeyConstraint("proposal_id", name=op.f("pk_proposal")),
        sa.UniqueConstraint("proposal_id", "proposed_by", name=op.f("uq_proposal_proposer")),
    )
    op.create_index("ix_proposal_subject", "proposal", ["kind", "subject"])


def _proposal_decision() -> None:
    op.create_table(
        "proposal_decision",
        sa.Column("proposal_id", sa.String(length=16), nullable=False),
        sa.Column("proposed_by", sa.String(length=64), nullable=False),
        sa.Column("verdict", sa.String(length=9), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.String(length=100), nullable=False),
        sa.Column("remark", sa.String(length=200), nullable=False),
        *_recorded(),
        sa.CheckConstraint(
            "(verdict = 'withdrawn' AND decided_by = proposed_by)"
            " OR (verdict IN ('approved', 'refused') AND decided_by <> proposed_by)",
            name=op.f("ck_proposal_decision_two_people"),
        ),
        _refers("proposal_decision", "decided_by", "operator", "operator_id"),
        sa.ForeignKeyConstraint(
            ["proposal_id", "proposed_by"],
            ["proposal.proposal_id", "proposal.proposed_by"],
            name=op.f("fk_proposal_decision_proposal"),
        ),
        sa.PrimaryKeyConstraint("proposal_id", name=op.f("pk_proposal_decision")),
    )


def _policy_text() -> None:
    op.create_table(
        "policy_text",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        *_recorded(),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_policy_text")),
    )


def _policy_activation() -> None:
    op.create_table(
        "policy_activation",
        *_history(),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("replaces", sa.String(length=64), nullable=True),
        sa.Column("proposal_id", sa.String(length=16), nullable=True),
        sa.CheckConstraint(
            "(replaces IS NULL) = (proposal_id IS NULL)",
            name=op.f("ck_policy_activation_first_or_approved"),
        ),
        _refers("policy_activation", "digest", "policy_text", "digest"),
        _refers("policy_activation", "replaces", "policy_text", "digest"),
        _refers("policy_activation", "proposal_id", "proposal_decision", "proposal_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_activation")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_policy_activation_proposal_id")),
    )


def _append_only() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in _APPEND_ONLY:
        if sqlite:
            for verb in ("update", "delete"):
                op.execute(
                    f"CREATE TRIGGER tr_{table}_no_{verb} BEFORE {verb.upper()} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'the history is only appended to'); END"
                )
        else:
            op.execute(
                f"CREATE TRIGGER tr_{table}_append_only "
                f"BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION taalpoort_refuse_change()"
            )
