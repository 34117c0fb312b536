"""Which act of signing each mail held, so that it counts once whatever is put around it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018_signed_once"
down_revision = "0017_returned_mail"


def upgrade() -> None:
    """Of mail from before nothing is known; its signatures are too old within a week."""
    op.add_column("inbound", sa.Column("signed", sa.String(length=64), nullable=True))
    op.create_index("ix_inbound_signed", "inbound", ["signed"], unique=True)
