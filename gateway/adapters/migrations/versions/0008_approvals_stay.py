"""Who released or refused what is held, and from where, stays on record as it was written."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008_approvals_stay"
down_revision = "0007_incidents"


def upgrade() -> None:
    """The account that a decision came from, and the triggers that every other history has."""
    if op.get_bind().dialect.name == "sqlite":
        _anew()
        for verb in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER tr_approvals_no_{verb} BEFORE {verb.upper()} ON approvals "
                "BEGIN SELECT RAISE(ABORT, 'the history is only appended to'); END"
            )
        return
    op.add_column(
        "approvals",
        sa.Column("origin", sa.String(length=100), server_default="", nullable=False),
    )
    op.alter_column("approvals", "origin", server_default=None)
    op.execute(
        "CREATE TRIGGER tr_approvals_append_only "
        "BEFORE UPDATE OR DELETE OR TRUNCATE ON approvals "
        "FOR EACH STATEMENT EXECUTE FUNCTION taalpoort_refuse_change()"
    )


def _anew() -> None:
    # SQLite writes an added column behind the constraints, where the table has it before them.
    op.execute("CREATE TEMPORARY TABLE approvals_kept AS SELECT * FROM approvals")
    op.drop_table("approvals")
    op.create_table(
        "approvals",
        sa.Column("trace", sa.String(length=32), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("bericht_id", sa.String(length=36), nullable=False),
        sa.Column("deed", sa.String(length=7), nullable=False),
        sa.Column("name_key", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.String(length=100), nullable=False),
        sa.CheckConstraint("deed IN ('release', 'refuse')", name=op.f("ck_approvals_deed")),
        sa.ForeignKeyConstraint(
            ["trace"], ["inbound.trace"], name=op.f("fk_approvals_trace_inbound")
        ),
        sa.PrimaryKeyConstraint(
            "trace", "round", "bericht_id", "deed", "name_key", name=op.f("pk_approvals")
        ),
    )
    op.execute("INSERT INTO approvals SELECT *, '' FROM approvals_kept")
    op.execute("DROP TABLE approvals_kept")
