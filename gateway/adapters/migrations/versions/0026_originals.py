"""Originals in the mailbox and files that were made: what of them is still to go, and what went."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.adapters.migrations.changing import only_appended_to, widen

revision = "0026_originals"
down_revision = "0025_scope"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Of each guarded table, what makes a row one of a kind.
_KEYS = {
    "erasure_original_end": (("rowid",), ("id",)),
    "erasure_file": (("rowid",), ("erasure_id", "number")),
    "erasure_file_end": (("rowid",), ("erasure_id", "number")),
}
_BEFORE = "matter IN ('key', 'term', 'exclusion', 'request', 'breach')"
_AFTER = "matter IN ('key', 'term', 'exclusion', 'request', 'breach', 'erasure')"


def upgrade() -> None:
    """Of erasures before, nothing is open: their certificates name what was left to people."""
    for name in ("originals", "files"):
        column = sa.Column(name, sa.Integer(), server_default="0", nullable=False)
        op.add_column("erasure_certificate", column)
    _original()
    _original_end()
    _file()
    _file_end()
    for table, keys in _KEYS.items():
        only_appended_to(table, *keys)
    widen({"reminder": ("ck_reminder_matter", _BEFORE, _AFTER)})


def _erasure(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_erasure_id_erasure")
    return sa.ForeignKeyConstraint(["erasure_id"], ["erasure.erasure_id"], name=name)


def _original() -> None:
    table = "erasure_original"
    op.create_table(
        table,
        sa.Column("erasure_id", sa.String(length=16), nullable=False),
        sa.Column("trace", sa.String(length=32), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        _erasure(table),
        sa.ForeignKeyConstraint(
            ["trace"], ["inbound.trace"], name=op.f(f"fk_{table}_trace_inbound")
        ),
        sa.PrimaryKeyConstraint("erasure_id", "trace", name=op.f(f"pk_{table}")),
    )
    op.create_index(f"ix_{table}_trace", table, ["trace"])


def _original_end() -> None:
    table = "erasure_original_end"
    op.create_table(
        table,
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("erasure_id", sa.String(length=16), nullable=False),
        sa.Column("fate", sa.String(length=12), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_by", sa.String(length=100), nullable=False),
        sa.Column("origin", sa.String(length=100), nullable=False),
        sa.CheckConstraint(
            "fate IN ('removed', 'absent', 'confirmed')", name=op.f(f"ck_{table}_fate")
        ),
        _erasure(table),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(f"ix_{table}_erasure_id", table, ["erasure_id"])


def _file() -> None:
    table = "erasure_file"
    op.create_table(
        table,
        sa.Column("erasure_id", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(length=100), nullable=False),
        sa.Column("everyone", sa.Boolean(), nullable=False),
        _erasure(table),
        sa.PrimaryKeyConstraint("erasure_id", "number", name=op.f(f"pk_{table}")),
    )


def _file_end() -> None:
    table = "erasure_file_end"
    op.create_table(
        table,
        sa.Column("erasure_id", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_by", sa.String(length=100), nullable=False),
        sa.Column("origin", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["erasure_id", "number"],
            ["erasure_file.erasure_id", "erasure_file.number"],
            name=op.f(f"fk_{table}_made"),
        ),
        sa.PrimaryKeyConstraint("erasure_id", "number", name=op.f(f"pk_{table}")),
    )
