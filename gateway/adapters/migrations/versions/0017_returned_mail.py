"""What comes back: a state for mail that a server returned, and how often somebody is told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

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
    if op.get_bind().dialect.name == "sqlite":
        _rewrite()
    else:
        _alter()
    op.create_index("ix_outgoing_message_id", "outgoing", ["message_id"])
    op.create_index("ix_incident_disclosure_trace", "incident_disclosure", ["trace"])
    _answers_counted()


def _alter() -> None:
    for table, (name, _, after) in _GROWN.items():
        op.drop_constraint(op.f(name), table, type_="check")
        op.create_check_constraint(op.f(name), table, after)


def _rewrite() -> None:
    # SQLite cannot alter a constraint; a wider CHECK needs no row anew, only another text
    # (https://www.sqlite.org/lang_altertable.html, "Making Other Kinds Of Table Schema Changes").
    connection = op.get_bind()
    version = int(connection.exec_driver_sql("PRAGMA schema_version").scalar_one())
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    for table, (_, before, after) in _GROWN.items():
        changed = connection.exec_driver_sql(
            "UPDATE sqlite_master SET sql = replace(sql, ?, ?)"
            " WHERE type = 'table' AND name = ? AND instr(sql, ?) > 0",
            (before, after, table, before),
        )
        if changed.rowcount != 1:
            raise RuntimeError(f"{table}: not the constraint that was expected")
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")


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
