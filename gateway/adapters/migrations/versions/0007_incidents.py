"""Incident proposals, their disclosures and what was decided about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from collections.abc import Sequence

revision = "0007_incidents"
down_revision = "0006_decision_facts"

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_APPEND_ONLY = ("incident_proposal", "incident_disclosure", "incident_decision")


def upgrade() -> None:
    """The tables, those first that others refer to, and their triggers."""
    _incident_proposal()
    _incident_disclosure()
    _incident_decision()
    op.create_index("ix_outgoing_dossier_id", "outgoing", ["dossier_id"])
    _append_only()


def _recorded() -> Sequence[sa.Column[Any]]:
    return (
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
    )


def _refers(table: str, column: str, to: str, key: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.{key}"], name=op.f(f"fk_{table}_{column}_{to}")
    )


def _incident_proposal() -> None:
    op.create_table(
        "incident_proposal",
        sa.Column("incident_id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("detected_at", sa.BigInteger(), nullable=False),
        sa.Column("evidence", sa.String(length=200), nullable=False),
        *_recorded(),
        sa.CheckConstraint("kind IN ('late-withdrawal')", name=op.f("ck_incident_proposal_kind")),
        sa.PrimaryKeyConstraint("incident_id", name=op.f("pk_incident_proposal")),
    )


def _incident_disclosure() -> None:
    table = "incident_disclosure"
    op.create_table(
        table,
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("incident_id", sa.String(length=16), nullable=False),
        sa.Column("dossier_id", sa.String(length=64), nullable=False),
        sa.Column("provider_party_id", sa.String(length=64), nullable=False),
        sa.Column("trace", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("span_id", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.String(length=998), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("sender_contact_id", sa.String(length=64), nullable=False),
        sa.Column("recipient_contact_id", sa.String(length=64), nullable=False),
        sa.Column("categories", sa.String(length=200), nullable=False),
        *_recorded(),
        _refers(table, "incident_id", "incident_proposal", "incident_id"),
        _refers(table, "dossier_id", "dossier", "dossier_id"),
        _refers(table, "provider_party_id", "party", "party_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_disclosure")),
    )
    for column in ("incident_id", "dossier_id"):
        op.create_index(f"ix_incident_disclosure_{column}", table, [column])


def _incident_decision() -> None:
    table = "incident_decision"
    op.create_table(
        table,
        sa.Column("incident_id", sa.String(length=16), nullable=False),
        sa.Column("verdict", sa.String(length=9), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.String(length=100), nullable=False),
        *_recorded(),
        sa.CheckConstraint(
            "verdict IN ('accepted', 'dismissed')", name=op.f("ck_incident_decision_verdict")
        ),
        _refers(table, "incident_id", "incident_proposal", "incident_id"),
        _refers(table, "decided_by", "operator", "operator_id"),
        sa.PrimaryKeyConstraint("incident_id", name=op.f("pk_incident_decision")),
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
