"""What stood under the id of each processing activity: an id never comes to mean another."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013_processing_activities"
down_revision = "0012_log_tree"

_REFUSE = "BEGIN SELECT RAISE(ABORT, 'the history is only appended to'); END"


def upgrade() -> None:
    """What the log named before has no entry here: nobody recorded what it meant."""
    op.create_table(
        "processing_activity",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("activity_id", sa.String(length=500), nullable=False),
        sa.Column("activity_key", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_processing_activity")),
        sa.UniqueConstraint("activity_id", name=op.f("uq_processing_activity_activity_id")),
    )
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER tr_processing_activity_no_{verb} BEFORE {verb.upper()} "
                f"ON processing_activity {_REFUSE}"
            )
        found = " OR ".join(
            f"EXISTS (SELECT 1 FROM processing_activity WHERE {name} = NEW.{name})"  # noqa: S608 - names of our own
            for name in ("rowid", "id", "activity_id")
        )
        op.execute(
            "CREATE TRIGGER tr_processing_activity_no_replace BEFORE INSERT "
            f"ON processing_activity WHEN {found} {_REFUSE}"
        )
        return
    op.execute(
        "CREATE TRIGGER tr_processing_activity_append_only "
        "BEFORE UPDATE OR DELETE OR TRUNCATE ON processing_activity "
        "FOR EACH STATEMENT EXECUTE FUNCTION taalpoort_refuse_change()"
    )
