"""What is kept of a signed consent form, beside the event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from collections.abc import Sequence

revision = "0004_consent_forms"
down_revision = "0003_two_people"

_EVENT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_APPEND_ONLY = ("consent_form", "consent_scan")


def upgrade() -> None:
    """The form, then its scan, and their triggers."""
    _form()
    _scan()
    _append_only()


def _recorded() -> Sequence[sa.Column[Any]]:
    return (
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
    )


def _form() -> None:
    op.create_table(
        "consent_form",
        sa.Column("event_id", _EVENT, autoincrement=False, nullable=False),
        sa.Column("dossier_id", sa.String(length=64), nullable=False),
        sa.Column("partner", sa.String(length=8), nullable=False),
        sa.Column("notice_sha256", sa.String(length=64), nullable=True),
        sa.Column("context", sa.String(length=32), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("scan_type", sa.String(length=20), nullable=True),
        sa.Column("scan_bytes", sa.Integer(), nullable=True),
        *_recorded(),
        sa.CheckConstraint(
            "partner IN ('signed', 'none', 'missing')", name=op.f("ck_consent_form_partner")
        ),
        sa.CheckConstraint(
            "(context IS NULL) = (sealed IS NULL)", name=op.f("ck_consent_form_whole_words")
        ),
        sa.CheckConstraint(
            "(scan_type IS NULL) = (scan_bytes IS NULL)", name=op.f("ck_consent_form_whole_scan")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["consent_event.id"], name=op.f("fk_consent_form_event_id_consent_event")
        ),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.dossier_id"], name=op.f("fk_consent_form_dossier_id_dossier")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_consent_form")),
    )
    op.create_index("ix_consent_form_dossier_id", "consent_form", ["dossier_id"])


def _scan() -> None:
    op.create_table(
        "consent_scan",
        sa.Column("event_id", _EVENT, autoincrement=False, nullable=False),
        sa.Column("context", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        *_recorded(),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["consent_form.event_id"],
            name=op.f("fk_consent_scan_event_id_consent_form"),
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_consent_scan")),
    )


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
