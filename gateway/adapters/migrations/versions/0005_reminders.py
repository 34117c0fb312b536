"""Reminders, walks that nobody asked for, and an outbox that holds more than answers to a mail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005_reminders"
down_revision = "0004_consent_forms"

_APPEND_ONLY = ("walk_again", "reminder")


def upgrade() -> None:
    """The outbox loses its tie to the inbox; the two new tables and their triggers."""
    if op.get_bind().dialect.name == "sqlite":
        _outbox_anew()
    else:
        _outbox_altered()
    _walk_again()
    _reminder()
    _append_only()


def _outbox_altered() -> None:
    op.drop_constraint(op.f("fk_outgoing_trace_inbound"), "outgoing", type_="foreignkey")
    op.drop_constraint(op.f("ck_outgoing_kind"), "outgoing", type_="check")
    op.create_check_constraint(
        op.f("ck_outgoing_kind"), "outgoing", "kind IN ('report', 'receipt', 'notice', 'reminder')"
    )


def _outbox_anew() -> None:
    # SQLite cannot drop a constraint, nor a table that another one refers to.
    op.execute("CREATE TEMPORARY TABLE outgoing_kept AS SELECT * FROM outgoing")
    op.execute("CREATE TEMPORARY TABLE outgoing_mail_kept AS SELECT * FROM outgoing_mail")
    op.drop_table("outgoing_mail")
    op.drop_table("outgoing")
    _outgoing()
    _outgoing_mail()
    for table in ("outgoing", "outgoing_mail"):
        op.execute(f"INSERT INTO {table} SELECT * FROM {table}_kept")  # noqa: S608 - names of our own
        op.execute(f"DROP TABLE {table}_kept")


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
            "kind IN ('report', 'receipt', 'notice', 'reminder')", name=op.f("ck_outgoing_kind")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'claimed', 'sent', 'withdrawn', 'undeliverable')",
            name=op.f("ck_outgoing_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing")),
    )
    op.create_index("ix_outgoing_due_at", "outgoing", ["due_at", "created_at"], unique=False)
    op.create_index("ix_outgoing_trace", "outgoing", ["trace"], unique=False)


def _outgoing_mail() -> None:
    op.create_table(
        "outgoing_mail",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["outgoing.id"], name=op.f("fk_outgoing_mail_id_outgoing")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_mail")),
    )


def _walk_again() -> None:
    op.create_table(
        "walk_again",
        sa.Column("trace", sa.String(length=32), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["trace"], ["inbound.trace"], name=op.f("fk_walk_again_trace_inbound")
        ),
        sa.PrimaryKeyConstraint("trace", "round", name=op.f("pk_walk_again")),
    )


def _reminder() -> None:
    op.create_table(
        "reminder",
        sa.Column("matter", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("deadline", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("trace", sa.String(length=32), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "matter IN ('key', 'term', 'exclusion')", name=op.f("ck_reminder_matter")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.contact_id"], name=op.f("fk_reminder_contact_id_contact")
        ),
        sa.PrimaryKeyConstraint(
            "matter",
            "subject",
            "threshold",
            "deadline",
            "contact_id",
            "attempt",
            name=op.f("pk_reminder"),
        ),
    )
    op.create_index("ix_reminder_trace", "reminder", ["trace"], unique=True)


def _append_only() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in _APPEND_ONLY:
        if sqlite:
            for verb in ("update", "delete"):
                op.execute(
                    f"CREATE TRIGGER tr_{table}_no_{verb} BEFORE {verb.upper()} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'the history is only appended to'); END"
                )
        else:
            op.execute(
                f"CREATE TRIGGER tr_{table}_append_only "
                f"BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION taalpoort_refuse_change()"
            )
