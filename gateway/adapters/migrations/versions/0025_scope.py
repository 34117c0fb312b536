"""What scopes are counted over, what holds outgoing mail back, and which facts were proposed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

from gateway.adapters.migrations.changing import only_appended_to, widen

if TYPE_CHECKING:
    from collections.abc import Sequence

revision = "0025_scope"
down_revision = "0024_breaches"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Of each guarded table, what makes a row one of a kind.
_KEYS = {
    "queue_hold": (("rowid",), ("hold_id",), ("hold_id", "placed_by")),
    "queue_hold_end": (("rowid",), ("hold_id",)),
    "incident_fact": (("rowid",), ("kind", "fact")),
}
_BEFORE = "kind IN ('late-withdrawal', 'other-mailbox')"
_AFTER = (
    "kind IN ('late-withdrawal', 'other-mailbox', 'wrong-person', 'log-inconsistent',"
    " 'revoked-key', 'unusual-volume', 'not-opened', 'not-bound')"
)


def upgrade() -> None:
    """What was released before has yet to be indexed (``gateway breach index``)."""
    _what_repeats()
    _disclosed()
    _queue_hold()
    _queue_hold_end()
    _incident_fact()
    for table, keys in _KEYS.items():
        only_appended_to(table, *keys)
    widen({"incident_proposal": ("ck_incident_proposal_kind", _BEFORE, _AFTER)})
    op.create_index("ix_outcomes_recorded_at", "outcomes", ["recorded_at"])
    op.execute(
        "INSERT INTO disclosed_index (id, whole) SELECT 1, NOT EXISTS"
        " (SELECT 1 FROM outcomes WHERE outcome = 'forward')"
    )


def _what_repeats() -> None:
    table = "disclosed_kind"
    op.create_table(
        table,
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sender_id", sa.String(length=64), nullable=False),
        sa.Column("sender_party", sa.String(length=64), nullable=False),
        sa.Column("recipient_id", sa.String(length=64), nullable=False),
        sa.Column("recipient_party", sa.String(length=64), nullable=False),
        sa.Column("policy", sa.String(length=64), nullable=False),
        sa.Column("ground", sa.String(length=40), nullable=False),
        sa.Column("sealed_to", sa.String(length=64), nullable=False),
        sa.Column("sealed_by", sa.String(length=64), nullable=False),
        sa.Column("opened_by", sa.String(length=64), nullable=False),
        sa.Column("protection", sa.String(length=7), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("digest", name=op.f(f"uq_{table}_digest")),
    )
    table = "field_set"
    op.create_table(
        table,
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("categories", sa.String(length=200), nullable=False),
        sa.Column("paths", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("digest", name=op.f(f"uq_{table}_digest")),
    )


def _disclosed() -> None:
    table = "disclosed"
    op.create_table(
        table,
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("kind", _NUMBER, nullable=False),
        sa.Column("fields", _NUMBER, nullable=False),
        sa.Column("dossier_id", sa.String(length=64), nullable=True),
        sa.Column("trace", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("span_id", sa.String(length=16), nullable=False),
        sa.Column("short", sa.String(length=8), nullable=False),
        sa.Column("reference", sa.String(length=998), nullable=False),
        sa.Column("state", sa.String(length=13), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'withdrawn', 'undeliverable', 'returned')",
            name=op.f(f"ck_{table}_state"),
        ),
        sa.ForeignKeyConstraint(
            ["kind"], ["disclosed_kind.id"], name=op.f(f"fk_{table}_kind_disclosed_kind")
        ),
        sa.ForeignKeyConstraint(
            ["fields"], ["field_set.id"], name=op.f(f"fk_{table}_fields_field_set")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    for name, columns in {
        "kind": ["kind", "state", "fields", "moment"],
        "dossier_id": ["dossier_id", "kind", "state", "moment"],
        "trace": ["trace", "kind", "state", "moment"],
        "span_id": ["span_id"],
        "short": ["short"],
    }.items():
        op.create_index(f"ix_{table}_{name}", table, columns)
    op.create_table(
        "disclosed_index",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_disclosed_index_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosed_index")),
    )


def _recorded() -> Sequence[sa.Column[Any]]:
    return (
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
    )


def _queue_hold() -> None:
    table = "queue_hold"
    op.create_table(
        table,
        sa.Column("hold_id", sa.String(length=16), nullable=False),
        sa.Column("over", sa.String(length=7), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("placed_by", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.String(length=100), nullable=False),
        *_recorded(),
        sa.CheckConstraint(
            "over IN ('all', 'contact', 'party', 'key')", name=op.f(f"ck_{table}_over")
        ),
        sa.CheckConstraint("(over = 'all') = (subject = '')", name=op.f(f"ck_{table}_subject")),
        sa.ForeignKeyConstraint(
            ["placed_by"], ["operator.operator_id"], name=op.f(f"fk_{table}_placed_by_operator")
        ),
        sa.PrimaryKeyConstraint("hold_id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("hold_id", "placed_by", name="uq_queue_hold_placer"),
    )


def _queue_hold_end() -> None:
    table = "queue_hold_end"
    op.create_table(
        table,
        sa.Column("hold_id", sa.String(length=16), nullable=False),
        sa.Column("placed_by", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("lifted_by", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.String(length=100), nullable=False),
        *_recorded(),
        sa.ForeignKeyConstraint(
            ["hold_id", "placed_by"],
            ["queue_hold.hold_id", "queue_hold.placed_by"],
            name="fk_queue_hold_end_placed",
        ),
        sa.ForeignKeyConstraint(
            ["lifted_by"], ["operator.operator_id"], name=op.f(f"fk_{table}_lifted_by_operator")
        ),
        sa.CheckConstraint("lifted_by <> placed_by", name=op.f(f"ck_{table}_two_people")),
        sa.PrimaryKeyConstraint("hold_id", name=op.f(f"pk_{table}")),
    )


def _incident_fact() -> None:
    table = "incident_fact"
    op.create_table(
        table,
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("fact", sa.String(length=100), nullable=False),
        sa.Column("incident_id", sa.String(length=16), nullable=False),
        *_recorded(),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident_proposal.incident_id"],
            name=op.f(f"fk_{table}_incident_id_incident_proposal"),
        ),
        sa.PrimaryKeyConstraint("kind", "fact", name=op.f(f"pk_{table}")),
    )
    op.create_index("ix_incident_fact_incident_id", table, ["incident_id"])
