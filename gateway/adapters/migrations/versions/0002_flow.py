"""What a message flows through: inbound, outcomes, outgoing, and the log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002_flow"
down_revision = "0001_register"


def upgrade() -> None:
    """All tables, those first that others refer to."""
    _inbound()
    _log_entries()
    _log_head()
    _approvals()
    _inbound_raw()
    _outcomes()
    _outgoing()
    _places()
    _outgoing_mail()


def _inbound() -> None:
    op.create_table(
        "inbound",
        sa.Column("trace", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("oversize", sa.Boolean(), nullable=False),
        sa.Column("mailbox", sa.String(length=500), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("stored_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("claim_token", sa.String(length=32), nullable=True),
        sa.Column("claimed_by", sa.String(length=60), nullable=True),
        sa.CheckConstraint(
            "(due_at IS NULL) = (state IN ('done', 'held'))", name=op.f("ck_inbound_due")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'claimed', 'done', 'held')", name=op.f("ck_inbound_state")
        ),
        sa.PrimaryKeyConstraint("trace", name=op.f("pk_inbound")),
        sa.UniqueConstraint("digest", name=op.f("uq_inbound_digest")),
    )
    op.create_index("ix_inbound_due_at", "inbound", ["due_at", "stored_at"], unique=False)
    op.create_index(
        "ix_inbound_held",
        "inbound",
        ["stored_at"],
        unique=False,
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    )


def _log_entries() -> None:
    op.create_table(
        "log_entries",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("trace_id", sa.String(length=32), nullable=False),
        sa.Column("span_id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("chain_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_log_entries")),
    )
    op.create_index(op.f("ix_log_entries_trace_id"), "log_entries", ["trace_id"], unique=False)


def _log_head() -> None:
    op.create_table(
        "log_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("chain_hash", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_log_head_only")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_head")),
    )


def _approvals() -> None:
    op.create_table(
        "approvals",
        sa.Column("trace", sa.String(length=32), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("bericht_id", sa.String(length=36), nullable=False),
        sa.Column("deed", sa.String(length=7), nullable=False),
        sa.Column("name_key", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("deed IN ('release', 'refuse')", name=op.f("ck_approvals_deed")),
        sa.ForeignKeyConstraint(
            ["trace"], ["inbound.trace"], name=op.f("fk_approvals_trace_inbound")
        ),
        sa.PrimaryKeyConstraint(
            "trace", "round", "bericht_id", "deed", "name_key", name=op.f("pk_approvals")
        ),
    )


def _inbound_raw() -> None:
    op.create_table(
        "inbound_raw",
        sa.Column("trace", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["trace"], ["inbound.trace"], name=op.f("fk_inbound_raw_trace_inbound")
        ),
        sa.PrimaryKeyConstraint("trace", name=op.f("pk_inbound_raw")),
    )


def _outcomes() -> None:
    op.create_table(
        "outcomes",
        sa.Column("trace", sa.String(length=32), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("bericht_id", sa.String(length=36), nullable=True),
        sa.Column("sender_contact_id", sa.String(length=64), nullable=True),
        sa.Column("sender_party_id", sa.String(length=64), nullable=True),
        sa.Column("dossier_id", sa.String(length=64), nullable=True),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("recipient_contact_id", sa.String(length=64), nullable=True),
        sa.Column("policy_digest", sa.String(length=64), nullable=True),
        sa.Column("ground", sa.String(length=40), nullable=True),
        sa.Column("facts_revision", sa.BigInteger(), nullable=True),
        sa.Column("facts_digest", sa.String(length=64), nullable=True),
        sa.Column("facts_until", sa.BigInteger(), nullable=True),
        sa.Column("span_id", sa.String(length=16), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["trace"], ["inbound.trace"], name=op.f("fk_outcomes_trace_inbound")
        ),
        sa.PrimaryKeyConstraint("trace", "round", "number", name=op.f("pk_outcomes")),
    )
    op.create_index(
        "uq_outcomes_disclosed",
        "outcomes",
        ["bericht_id", "sender_party_id"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL AND outcome = 'forward'"),
        postgresql_where=sa.text("withdrawn_at IS NULL AND outcome = 'forward'"),
    )
    op.create_index(
        "uq_outcomes_standing",
        "outcomes",
        ["trace", "number"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )


def _outgoing() -> None:
    op.create_table(
        "outgoing",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("trace", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("message_id", sa.String(length=998), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=13), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claim_token", sa.String(length=32), nullable=True),
        sa.Column("claimed_by", sa.String(length=60), nullable=True),
        sa.Column("sender_id", sa.String(length=64), nullable=True),
        sa.Column("dossier_id", sa.String(length=64), nullable=True),
        sa.Column("facts_revision", sa.BigInteger(), nullable=True),
        sa.Column("facts_digest", sa.String(length=64), nullable=True),
        sa.Column("facts_until", sa.BigInteger(), nullable=True),
        sa.Column("span_id", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(due_at IS NULL) = (state NOT IN ('waiting', 'claimed'))", name=op.f("ck_outgoing_due")
        ),
        sa.CheckConstraint(
            "kind IN ('report', 'receipt', 'notice')", name=op.f("ck_outgoing_kind")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'claimed', 'sent', 'withdrawn', 'undeliverable')",
            name=op.f("ck_outgoing_state"),
        ),
        sa.ForeignKeyConstraint(
            ["trace"], ["inbound.trace"], name=op.f("fk_outgoing_trace_inbound")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing")),
    )
    op.create_index("ix_outgoing_due_at", "outgoing", ["due_at", "created_at"], unique=False)
    op.create_index("ix_outgoing_trace", "outgoing", ["trace"], unique=False)


def _places() -> None:
    op.create_table(
        "places",
        sa.Column("mailbox", sa.String(length=500), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.String(length=255), nullable=False),
        sa.Column("trace", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["trace"], ["inbound.trace"], name=op.f("fk_places_trace_inbound")),
        sa.PrimaryKeyConstraint("mailbox", "uidvalidity", "uid", name=op.f("pk_places")),
    )


def _outgoing_mail() -> None:
    op.create_table(
        "outgoing_mail",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["outgoing.id"], name=op.f("fk_outgoing_mail_id_outgoing")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_mail")),
    )
    # ### end Alembic commands ###
