"""Requests of people about their own data; a refusal and an erasure take two people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

from gateway.adapters.migrations.changing import only_appended_to, widen

if TYPE_CHECKING:
    from collections.abc import Sequence

revision = "0020_cases"
down_revision = "0019_corrections"

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Of each table the constraint that grows: its name, what it was, and what it is now.
_GROWN = {
    "proposal": (
        "ck_proposal_kind",
        "kind IN ('operator', 'key', 'policy', 'invalidation')",
        "kind IN ('operator', 'key', 'policy', 'invalidation', 'refusal', 'erasure')",
    ),
    "reminder": (
        "ck_reminder_matter",
        "matter IN ('key', 'term', 'exclusion')",
        "matter IN ('key', 'term', 'exclusion', 'request')",
    ),
}
_CHECKS = {
    "whole_words": "(context IS NULL) = (sealed IS NULL)",
    "words_about_somebody": "sealed IS NULL OR dossier_id IS NOT NULL",
    "decided": "(step = 'decided') = (outcome IS NOT NULL)",
    "whole_proposal": "(proposal_id IS NULL) = (proposal_kind IS NULL)",
    "approved": "verdict IS NULL OR (verdict = 'approved' AND step = 'decided')",
    "approved_proposal": "outcome IS NULL OR (proposal_id IS NULL) = (verdict IS NULL)",
    "two_people": (
        "outcome IS NULL OR proposal_id IS NOT NULL OR outcome = 'nothing-held'"
        " OR (outcome = 'granted' AND kind <> 'erasure')"
    ),
    "as_proposed": (
        "outcome IS NULL OR proposal_kind IS NULL OR (proposal_kind = 'erasure')"
        " = (kind = 'erasure' AND outcome IN ('granted', 'partly'))"
    ),
}


def upgrade() -> None:
    """Nobody had asked for anything, and nothing of that kind was proposed."""
    widen(_GROWN)
    _request_case()
    _case_step()
    only_appended_to("request_case", ("rowid",), ("case_id",), ("case_id", "kind"))
    decided = "step = 'decided' AND NEW.step = 'decided' AND case_id = NEW.case_id"
    only_appended_to("case_step", ("rowid",), ("id",), also=(decided,))


def _recorded() -> Sequence[sa.Column[Any]]:
    return (
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
    )


def _request_case() -> None:
    op.create_table(
        "request_case",
        sa.Column("case_id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("dossier_id", sa.String(length=64), nullable=True),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        *_recorded(),
        sa.CheckConstraint(
            "kind IN ('access', 'rectification', 'erasure', 'restriction', 'portability',"
            " 'objection', 'withdrawal')",
            name=op.f("ck_request_case_kind"),
        ),
        sa.CheckConstraint("due_at > received_at", name=op.f("ck_request_case_due_later")),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.dossier_id"], name=op.f("fk_request_case_dossier_id_dossier")
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_request_case")),
        sa.UniqueConstraint("case_id", "kind", name=op.f("uq_request_case_kind")),
    )
    op.create_index("ix_request_case_dossier_id", "request_case", ["dossier_id"])


def _case_step() -> None:
    op.create_table(
        "case_step",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("case_id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("dossier_id", sa.String(length=64), nullable=True),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("proposal_id", sa.String(length=16), nullable=True),
        sa.Column("proposal_kind", sa.String(length=16), nullable=True),
        sa.Column("verdict", sa.String(length=9), nullable=True),
        sa.Column("context", sa.String(length=32), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        *_recorded(),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_case_step_{name}"))
            for name, condition in _CHECKS.items()
        ),
        *_references(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_step")),
    )
    decided = sa.text("step = 'decided'")
    op.create_index(
        "uq_case_step_decided",
        "case_step",
        ["case_id"],
        unique=True,
        sqlite_where=decided,
        postgresql_where=decided,
    )
    op.create_index("ix_case_step_case_id", "case_step", ["case_id"])
    op.create_index("ix_case_step_dossier_id", "case_step", ["dossier_id"])


def _references() -> Sequence[sa.ForeignKeyConstraint]:
    return (
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.dossier_id"], name=op.f("fk_case_step_dossier_id_dossier")
        ),
        sa.ForeignKeyConstraint(
            ["case_id", "kind"],
            ["request_case.case_id", "request_case.kind"],
            name=op.f("fk_case_step_case"),
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id", "proposal_kind", "case_id"],
            ["proposal.proposal_id", "proposal.kind", "proposal.subject"],
            name=op.f("fk_case_step_proposed"),
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id", "verdict"],
            ["proposal_decision.proposal_id", "proposal_decision.verdict"],
            name=op.f("fk_case_step_approved"),
        ),
    )
