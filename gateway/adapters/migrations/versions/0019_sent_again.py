"""What waits for a decision is found by its report's number, when that is sent again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019_sent_again"
down_revision = "0018_signed_once"

_HELD = sa.text("withdrawn_at IS NULL AND outcome = 'hold'")


def upgrade() -> None:
    """What was decided before has no mark of its content: it counts as neither same nor changed."""
    op.create_index(
        "ix_outcomes_held",
        "outcomes",
        ["bericht_id", "sender_party_id"],
        sqlite_where=_HELD,
        postgresql_where=_HELD,
    )
