"""What each outcome was decided on, and what the decision table said, in codes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006_decision_facts"
down_revision = "0005_reminders"


def upgrade() -> None:
    """The table and its triggers."""
    op.create_table(
        "decision_facts",
        sa.Column("trace", sa.String(length=32), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("span_id", sa.String(length=16), nullable=False),
        sa.Column("policy_digest", sa.String(length=64), nullable=False),
        sa.Column("circumstances", sa.Text(), nullable=False),
        sa.Column("judgement", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["trace", "round", "number"],
            ["outcomes.trace", "outcomes.round", "outcomes.number"],
            name="fk_decision_facts_outcomes",
        ),
        sa.PrimaryKeyConstraint("trace", "round", "number", name=op.f("pk_decision_facts")),
    )
    op.create_index("ix_decision_facts_recorded_at", "decision_facts", ["recorded_at"])
    _append_only()


def _append_only() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER tr_decision_facts_no_{verb} "
                f"BEFORE {verb.upper()} ON decision_facts "
                "BEGIN SELECT RAISE(ABORT, 'the history is only appended to'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER tr_decision_facts_append_only "
            "BEFORE UPDATE OR DELETE OR TRUNCATE ON decision_facts "
            "FOR EACH STATEMENT EXECUTE FUNCTION taalpoort_refuse_change()"
        )
