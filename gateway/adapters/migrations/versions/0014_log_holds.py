"""Holds on the log, and what others say of its checkpoints: timestamps and cosignatures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.adapters.migrations.changing import only_appended_to

revision = "0014_log_holds"
down_revision = "0013_processing_activities"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Of each table, what makes a row one of a kind.
_KEYS = {
    "log_holds": (("rowid",), ("id",), ("hold_id", "placed")),
    "log_timestamps": (("rowid",), ("size", "at")),
    "log_cosignatures": (("rowid",), ("size", "witness")),
}


def upgrade() -> None:
    """Nothing was held, and nobody else had said anything of the log."""
    _holds()
    _said_by_others()
    for table, keys in _KEYS.items():
        only_appended_to(table, *keys)


def _holds() -> None:
    op.create_table(
        "log_holds",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("hold_id", sa.String(length=16), nullable=False),
        sa.Column("placed", sa.Boolean(), nullable=False),
        sa.Column("dossier_id", sa.String(length=64), nullable=True),
        sa.Column("mail", sa.String(length=200), nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=True),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
        sa.Column("origin", sa.String(length=100), nullable=False),
        sa.CheckConstraint(
            "NOT placed OR dossier_id IS NOT NULL OR mail IS NOT NULL"
            " OR since IS NOT NULL OR until IS NOT NULL",
            name=op.f("ck_log_holds_on_something"),
        ),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.dossier_id"], name=op.f("fk_log_holds_dossier_id_dossier")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_holds")),
        sa.UniqueConstraint("hold_id", "placed", name=op.f("uq_log_holds_hold_id")),
    )


def _said_by_others() -> None:
    op.create_table(
        "log_timestamps",
        sa.Column("size", _NUMBER, nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["size"],
            ["log_checkpoints.size"],
            name=op.f("fk_log_timestamps_size_log_checkpoints"),
        ),
        sa.PrimaryKeyConstraint("size", "at", name=op.f("pk_log_timestamps")),
    )
    op.create_table(
        "log_cosignatures",
        sa.Column("size", _NUMBER, nullable=False),
        sa.Column("witness", sa.String(length=300), nullable=False),
        sa.Column("line", sa.String(length=600), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["size"],
            ["log_checkpoints.size"],
            name=op.f("fk_log_cosignatures_size_log_checkpoints"),
        ),
        sa.PrimaryKeyConstraint("size", "witness", name=op.f("pk_log_cosignatures")),
    )
