"""Rights of people: letters of duty and what became of them, restrictions of what is passed on."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from gateway.adapters.migrations.changing import only_appended_to, widen

revision = "0022_rights"
down_revision = "0020_cases"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ONCE = ("case_id", "item", "happened", "contact_id", "reference")
_KINDS_BEFORE = "kind IN ('report', 'receipt', 'notice', 'reminder')"
_KINDS = "kind IN ('report', 'receipt', 'notice', 'reminder', 'duty')"


def upgrade() -> None:
    """No letter of duty had been posted; what is in the outbox stays as it is."""
    widen({"outgoing": ("ck_outgoing_kind", _KINDS_BEFORE, _KINDS)})
    _duty_letter()
    _duty_confirmation()
    only_appended_to(
        "duty_letter",
        ("rowid",),
        ("letter_id",),
        ("about", "item", "meant_for", "attempt"),
        ("message_id",),
        ("trace",),
    )
    only_appended_to("duty_confirmation", ("rowid",), ("letter_id",))
    _dossier_restriction()
    only_appended_to("dossier_restriction", ("rowid",), ("id",), ("restriction_id", "event"))
    _correction()
    only_appended_to("correction", ("rowid",), ("correction_id",))
    _duty_recipient()
    only_appended_to("duty_recipient", ("rowid",), ("id",), tuple(_ONCE))
    _help()
    for table in ("help_request", "help_answer"):
        only_appended_to(table, ("rowid",), ("help_id",))


def _duty_letter() -> None:
    op.create_table(
        "duty_letter",
        sa.Column("letter_id", sa.String(length=16), nullable=False),
        sa.Column("matter", sa.String(length=16), nullable=False),
        sa.Column("about", sa.String(length=64), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("meant_for", sa.String(length=64), nullable=False),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("trace", sa.String(length=32), nullable=False),
        sa.Column("message_id", sa.String(length=998), nullable=False),
        sa.Column("posted_at", sa.BigInteger(), nullable=False),
        sa.Column("posted_by", sa.String(length=100), nullable=False),
        sa.CheckConstraint(
            "matter IN ('correction', 'notification', 'help', 'removal', 'breach', 'officer')",
            name=op.f("ck_duty_letter_matter"),
        ),
        sa.ForeignKeyConstraint(
            ["meant_for"], ["contact.contact_id"], name=op.f("fk_duty_letter_meant_for_contact")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.contact_id"], name=op.f("fk_duty_letter_contact_id_contact")
        ),
        sa.PrimaryKeyConstraint("letter_id", name=op.f("pk_duty_letter")),
    )
    once = ["about", "item", "meant_for", "attempt"]
    op.create_index("uq_duty_letter_once", "duty_letter", once, unique=True)
    op.create_index("ix_duty_letter_trace", "duty_letter", ["trace"], unique=True)
    op.create_index("ix_duty_letter_message_id", "duty_letter", ["message_id"], unique=True)


def _duty_confirmation() -> None:
    op.create_table(
        "duty_confirmation",
        sa.Column("letter_id", sa.String(length=16), nullable=False),
        sa.Column("how", sa.String(length=9), nullable=False),
        sa.Column("trace", sa.String(length=32), nullable=False),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=100), nullable=False),
        sa.CheckConstraint(
            "how IN ('reply', 'correctie', 'recorded')", name=op.f("ck_duty_confirmation_how")
        ),
        sa.ForeignKeyConstraint(
            ["letter_id"],
            ["duty_letter.letter_id"],
            name=op.f("fk_duty_confirmation_letter_id_duty_letter"),
        ),
        sa.PrimaryKeyConstraint("letter_id", name=op.f("pk_duty_confirmation")),
    )


def _dossier_restriction() -> None:
    op.create_table(
        "dossier_restriction",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
        sa.Column("dossier_id", sa.String(length=64), nullable=False),
        sa.Column("restriction_id", sa.String(length=16), nullable=False),
        sa.Column("event", sa.String(length=9), nullable=False),
        sa.Column("reason", sa.String(length=9), nullable=False),
        sa.Column("case_id", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "event IN ('began', 'announced', 'lifted')", name=op.f("ck_dossier_restriction_event")
        ),
        sa.CheckConstraint(
            "reason IN ('accuracy', 'unlawful', 'claim', 'objection')",
            name=op.f("ck_dossier_restriction_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["dossier_id"],
            ["dossier.dossier_id"],
            name=op.f("fk_dossier_restriction_dossier_id_dossier"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_restriction")),
    )
    op.create_index("ix_dossier_restriction_dossier_id", "dossier_restriction", ["dossier_id"])
    op.create_index(
        "uq_dossier_restriction_event",
        "dossier_restriction",
        ["restriction_id", "event"],
        unique=True,
    )


def _recorded() -> list[sa.Column[Any]]:
    return [
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
    ]


def _to(table: str, column: str, other: str, key: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.{key}"], name=name)


def _correction() -> None:
    op.create_table(
        "correction",
        sa.Column("correction_id", sa.String(length=16), nullable=False),
        sa.Column("case_id", sa.String(length=16), nullable=False),
        sa.Column("dossier_id", sa.String(length=64), nullable=False),
        sa.Column("bericht_id", sa.String(length=36), nullable=False),
        sa.Column("party_id", sa.String(length=64), nullable=False),
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.Column("field", sa.String(length=200), nullable=False),
        sa.Column("context", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        *_recorded(),
        _to("correction", "case_id", "request_case", "case_id"),
        _to("correction", "dossier_id", "dossier", "dossier_id"),
        _to("correction", "party_id", "party", "party_id"),
        _to("correction", "source_id", "contact", "contact_id"),
        sa.PrimaryKeyConstraint("correction_id", name=op.f("pk_correction")),
    )
    op.create_index("ix_correction_case_id", "correction", ["case_id"])
    op.create_index("ix_correction_dossier_id", "correction", ["dossier_id"])


def _duty_recipient() -> None:
    op.create_table(
        "duty_recipient",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("case_id", sa.String(length=16), nullable=False),
        sa.Column("item", sa.String(length=16), nullable=False),
        sa.Column("happened", sa.String(length=10), nullable=False),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("categories", sa.String(length=200), nullable=False),
        *_recorded(),
        sa.CheckConstraint(
            "happened IN ('corrected', 'erased', 'restricted')",
            name=op.f("ck_duty_recipient_happened"),
        ),
        _to("duty_recipient", "case_id", "request_case", "case_id"),
        _to("duty_recipient", "contact_id", "contact", "contact_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_recipient")),
    )
    op.create_index("uq_duty_recipient_once", "duty_recipient", list(_ONCE), unique=True)


def _help() -> None:
    op.create_table(
        "help_request",
        sa.Column("help_id", sa.String(length=16), nullable=False),
        sa.Column("direction", sa.String(length=5), nullable=False),
        sa.Column("what", sa.String(length=7), nullable=False),
        sa.Column("party_id", sa.String(length=64), nullable=False),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("articles", sa.String(length=100), nullable=False),
        sa.Column("case_id", sa.String(length=16), nullable=True),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.String(length=64), nullable=True),
        sa.Column("context", sa.String(length=32), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        *_recorded(),
        sa.CheckConstraint("direction IN ('to', 'from')", name=op.f("ck_help_request_direction")),
        sa.CheckConstraint(
            "what IN ('help', 'return', 'removal')", name=op.f("ck_help_request_what")
        ),
        sa.CheckConstraint("due_at > asked_at", name=op.f("ck_help_request_due_later")),
        sa.CheckConstraint(
            "(context IS NULL) = (sealed IS NULL)", name=op.f("ck_help_request_whole_words")
        ),
        sa.CheckConstraint(
            "sealed IS NULL OR dossier_id IS NOT NULL",
            name=op.f("ck_help_request_words_about_somebody"),
        ),
        _to("help_request", "party_id", "party", "party_id"),
        _to("help_request", "contact_id", "contact", "contact_id"),
        _to("help_request", "case_id", "request_case", "case_id"),
        _to("help_request", "dossier_id", "dossier", "dossier_id"),
        sa.PrimaryKeyConstraint("help_id", name=op.f("pk_help_request")),
    )
    op.create_table(
        "help_answer",
        sa.Column("help_id", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=False),
        *_recorded(),
        sa.CheckConstraint(
            "outcome IN ('done', 'partly', 'declined')", name=op.f("ck_help_answer_outcome")
        ),
        _to("help_answer", "help_id", "help_request", "help_id"),
        sa.PrimaryKeyConstraint("help_id", name=op.f("pk_help_answer")),
    )
