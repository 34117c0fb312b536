"""Who released or refused what is held stays on record as it was written."""

from __future__ import annotations

from alembic import op

revision = "0008_approvals_stay"
down_revision = "0007_incidents"


def upgrade() -> None:
    """The triggers that every other history has."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER tr_approvals_no_{verb} BEFORE {verb.upper()} ON approvals "
                "BEGIN SELECT RAISE(ABORT, 'the history is only appended to'); END"
            )
        return
    op.execute(
        "CREATE TRIGGER tr_approvals_append_only "
        "BEFORE UPDATE OR DELETE OR TRUNCATE ON approvals "
        "FOR EACH STATEMENT EXECUTE FUNCTION taalpoort_refuse_change()"
    )
