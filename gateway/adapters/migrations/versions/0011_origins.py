"""From which account register and log were changed or looked at (BIO2 8.15.01: Oorsprong)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011_origins"
down_revision = "0009_two_people_hold"

_REFUSE = "BEGIN SELECT RAISE(ABORT, 'the history is only appended to'); END"


def upgrade() -> None:
    """Nobody knows the origin of what was recorded before; it stays empty."""
    op.create_table(
        "register_change",
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
        sa.Column("origin", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_register_change")),
    )
    op.add_column(
        "consultation",
        sa.Column("origin", sa.String(length=100), server_default=sa.text("''"), nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER tr_register_change_no_{verb} BEFORE {verb.upper()} "
                f"ON register_change {_REFUSE}"
            )
        op.execute(
            "CREATE TRIGGER tr_register_change_no_replace BEFORE INSERT ON register_change WHEN "  # noqa: S608 - names of our own
            "EXISTS (SELECT 1 FROM register_change WHERE rowid = NEW.rowid) OR "
            f"EXISTS (SELECT 1 FROM register_change WHERE revision = NEW.revision) {_REFUSE}"
        )
        return
    op.execute(
        "CREATE TRIGGER tr_register_change_append_only "
        "BEFORE UPDATE OR DELETE OR TRUNCATE ON register_change "
        "FOR EACH STATEMENT EXECUTE FUNCTION taalpoort_refuse_change()"
    )
