"""What came in and was not passed on: found by an index, and kept with a breach that it is in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.adapters.migrations.changing import there

revision = "0030_received"
down_revision = "0029_holds"

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_STOPPED = sa.text("withdrawn_at IS NULL AND outcome <> 'forward'")
_NAMED = "EXISTS (SELECT 1 FROM breach_removed r WHERE r.breach_id = OLD.breach_id)"
_REFUSE = "BEGIN SELECT RAISE(ABORT, 'the register of breaches is only appended to'); END"
_UNNAMED = "breach_unnamed"


def upgrade() -> None:
    """What was withheld of reports from before is not known until `gateway breach index`."""
    op.add_column("field_set", sa.Column("withheld", sa.Text(), nullable=True))
    op.create_index(
        "ix_outcomes_stopped",
        "outcomes",
        ["trace", "number", "round"],
        sqlite_where=_STOPPED,
        postgresql_where=_STOPPED,
    )
    op.add_column("breach_disclosure", sa.Column("received_at", sa.BigInteger(), nullable=True))
    _unnamed()
    _kept()


def _unnamed() -> None:
    op.create_table(
        _UNNAMED,
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("breach_id", sa.String(length=16), nullable=False),
        sa.Column("trace", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("span_id", sa.String(length=16), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("sender_contact_id", sa.String(length=64), nullable=False),
        sa.Column("categories", sa.String(length=200), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("sure", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["breach_id"], ["breach.breach_id"], name=op.f(f"fk_{_UNNAMED}_breach_id_breach")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_UNNAMED}")),
    )
    op.create_index(f"ix_{_UNNAMED}_breach_id", _UNNAMED, ["breach_id"])


def _kept() -> None:
    """Its rows go only once their breach is named as removed, as those of the others do."""
    table = _UNNAMED
    if op.get_bind().dialect.name == "sqlite":
        on = f"ON {table}"
        op.execute(f"CREATE TRIGGER tr_{table}_no_update BEFORE UPDATE {on} {_REFUSE}")
        op.execute(
            f"CREATE TRIGGER tr_{table}_no_delete BEFORE DELETE {on} WHEN NOT {_NAMED} {_REFUSE}"
        )
        op.execute(
            f"CREATE TRIGGER tr_{table}_no_replace BEFORE INSERT {on} "
            f"WHEN {there(table, ('rowid',), ('id',))} {_REFUSE}"
        )
        return
    function = "EXECUTE FUNCTION taalpoort_keep_breach()"
    op.execute(
        f"CREATE TRIGGER tr_{table}_kept BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {function}"
    )
    op.execute(
        f"CREATE TRIGGER tr_{table}_whole BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {function}"
    )
