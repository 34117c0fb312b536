"""What comes back: a state for mail that a server returned, and how often somebody is told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.adapters.migrations.changing import widen

revision = "0017_returned_mail"
down_revision = "0016_own_keys"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Of each table the constraint that grows: its name, what it was, and what it is now.
_GROWN = {
    "outgoing": (
        "ck_outgoing_state",
        "state IN ('waiting', 'claimed', 'sent', 'withdrawn', 'undeliverable')",
        "state IN ('waiting', 'claimed', 'sent', 'withdrawn', 'undeliverable', 'returned')",
    ),
    "incident_proposal": (
        "ck_incident_proposal_kind",
        "kind IN ('late-withdrawal')",
        "kind IN ('late-withdrawal', 'other-mailbox')",
    ),
}


def upgrade() -> None:
    """Nothing had been returned; what is there stays as it is."""
    widen(_GROWN)
    op.create_index("ix_outgoing_message_id", "outgoing", ["message_id"])
    op.create_index("ix_incident_disclosure_trace", "incident_disclosure", ["trace"])
    _answers_counted()


def _answers_counted() -> None:
    op.create_table(
        "answers_counted",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("occasion", sa.String(length=8), nullable=False),
        sa.Column("trace", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "occasion IN ('unproven', 'refused', 'waiting', 'returned')",
            name=op.f("ck_answers_counted_occasion"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers_counted")),
    )
    op.create_index(
        "ix_answers_counted_contact_id", "answers_counted", ["contact_id", "occasion", "at"]
    )
