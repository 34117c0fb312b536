"""The gateway's own keys: what happened to each, and which one opened and sealed each mail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016_own_keys"
down_revision = "0015_protections"

_REFUSE = "BEGIN SELECT RAISE(ABORT, 'the history is only appended to'); END"


def upgrade() -> None:
    """The key that is in use is entered when a gateway next starts; of older mail nobody knows."""
    op.create_table(
        "own_key_events",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("certificate", sa.LargeBinary(), nullable=True),
        sa.Column("remark", sa.String(length=80), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
        sa.Column("origin", sa.String(length=100), nullable=False),
        sa.CheckConstraint(
            "kind IN ('made', 'current', 'closes', 'certified', 'revoked', 'destroyed')",
            name=op.f("ck_own_key_events_kind"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_own_key_events")),
    )
    _only_appended_to()
    op.add_column("outcomes", sa.Column("opened_by", sa.String(length=64), nullable=True))
    op.add_column("outgoing", sa.Column("sealed_by", sa.String(length=64), nullable=True))
    op.add_column("outgoing", sa.Column("sealed_to", sa.String(length=64), nullable=True))


def _only_appended_to() -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.execute(
            "CREATE TRIGGER tr_own_key_events_append_only "
            "BEFORE UPDATE OR DELETE OR TRUNCATE ON own_key_events "
            "FOR EACH STATEMENT EXECUTE FUNCTION taalpoort_refuse_change()"
        )
        return
    for verb in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER tr_own_key_events_no_{verb} BEFORE {verb.upper()} "
            f"ON own_key_events {_REFUSE}"
        )
    found = " OR ".join(
        f"EXISTS (SELECT 1 FROM own_key_events WHERE {name} = NEW.{name})"  # noqa: S608 - names of our own
        for name in ("rowid", "number")
    )
    op.execute(
        "CREATE TRIGGER tr_own_key_events_no_replace BEFORE INSERT ON own_key_events "
        f"WHEN {found} {_REFUSE}"
    )
