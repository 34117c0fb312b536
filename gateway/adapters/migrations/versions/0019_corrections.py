"""Which report a correction replaces: each is replaced once, and found by its number."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019_corrections"
down_revision = "0018_signed_once"

_REPLACING = sa.text("withdrawn_at IS NULL AND outcome = 'forward' AND replaces IS NOT NULL")


def upgrade() -> None:
    """Corrections from before replaced whatever they named; nothing is on record of what.

    Nor has what was decided before a mark of its content: it counts as neither same nor changed.
    """
    op.add_column("outcomes", sa.Column("replaces", sa.String(length=36), nullable=True))
    op.create_index(
        "uq_outcomes_replaces",
        "outcomes",
        ["replaces", "sender_party_id"],
        unique=True,
        sqlite_where=_REPLACING,
        postgresql_where=_REPLACING,
    )
    op.create_index("ix_outcomes_bericht_id", "outcomes", ["bericht_id"])
