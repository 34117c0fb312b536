"""What is counted over: people and mails by number, states by number, and every index narrow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from collections.abc import Sequence

revision = "0027_scope_numbers"
down_revision = "0026_originals"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_STATES = ("waiting", "sent", "withdrawn", "undeliverable", "returned")
_REFERS = (
    ("kind", "disclosed_kind"),
    ("fields", "field_set"),
    ("person", "disclosed_person"),
    ("mail", "disclosed_mail"),
)
_INDEXES = {
    "kind": ["kind", "state", "moment", "fields", "person", "mail"],
    "moment": ["moment", "kind", "state", "fields", "person", "mail"],
    "person": ["person", "kind", "state", "moment"],
    "mail": ["mail", "kind", "state", "moment"],
    "fields": ["fields", "kind", "state", "moment"],
    "span_id": ["span_id"],
    "short": ["short"],
}


def upgrade() -> None:
    """What was counted over goes along: nothing has to be indexed again."""
    _of_one("disclosed_person", "dossier_id", 64)
    _of_one("disclosed_mail", "trace", 32)
    if op.get_bind().dialect.name == "postgresql":
        for table in ("disclosed_kind", "field_set"):
            op.alter_column(table, "id", type_=sa.Integer())
    # Through a table beside it, so that what replaces it has the names that it had.
    op.execute("CREATE TABLE disclosed_before AS SELECT * FROM disclosed")
    op.drop_table("disclosed")
    # A server holds all rows against a reference at once far quicker than one by one; SQLite
    # takes no reference later.
    server = op.get_bind().dialect.name == "postgresql"
    _disclosed(() if server else _REFERS)
    _carry_over()
    op.drop_table("disclosed_before")
    for name, other in _REFERS if server else ():
        key = op.f(f"fk_disclosed_{name}_{other}")
        op.create_foreign_key(key, "disclosed", other, [name], ["id"])
    for name, columns in _INDEXES.items():
        op.create_index(f"ix_disclosed_{name}", "disclosed", columns)
    op.create_index("ix_outcomes_dossier_id", "outcomes", ["dossier_id"])


def _of_one(table: str, name: str, length: int) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column(name, sa.String(length=length), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint(name, name=op.f(f"uq_{table}_{name}")),
    )


def _disclosed(refers: Sequence[tuple[str, str]]) -> None:
    table = "disclosed"
    op.create_table(
        table,
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("fields", sa.Integer(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=True),
        sa.Column("mail", sa.Integer(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("span_id", sa.String(length=16), nullable=False),
        sa.Column("short", sa.String(length=8), nullable=False),
        sa.Column("reference", sa.String(length=998), nullable=False),
        sa.CheckConstraint("state BETWEEN 1 AND 5", name=op.f(f"ck_{table}_state")),
        *(
            sa.ForeignKeyConstraint(
                [name], [f"{other}.id"], name=op.f(f"fk_{table}_{name}_{other}")
            )
            for name, other in refers
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _carry_over() -> None:
    for table, name in (("disclosed_person", "dossier_id"), ("disclosed_mail", "trace")):
        op.execute(
            f"INSERT INTO {table} ({name}) SELECT {name} FROM disclosed_before"  # noqa: S608 - names of our own
            f" WHERE {name} IS NOT NULL GROUP BY {name} ORDER BY min(id)"
        )
    states = " ".join(f"WHEN '{name}' THEN {each}" for each, name in enumerate(_STATES, 1))
    op.execute(
        "INSERT INTO disclosed (kind, fields, person, mail, state, number, moment, recorded_at,"  # noqa: S608 - names of our own
        " sent_at, span_id, short, reference)"
        f" SELECT b.kind, b.fields, p.id, m.id, CASE b.state {states} END, b.number, b.moment,"
        " b.recorded_at, b.sent_at, b.span_id, b.short, b.reference FROM disclosed_before AS b"
        " JOIN disclosed_mail AS m ON m.trace = b.trace"
        " LEFT JOIN disclosed_person AS p ON p.dossier_id = b.dossier_id ORDER BY b.id"
    )
