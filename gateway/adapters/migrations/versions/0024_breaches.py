"""The register of breaches, a proposal not to report one, and reminders of its 72 hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

from gateway.adapters.migrations.changing import only_appended_to, there, widen

if TYPE_CHECKING:
    from collections.abc import Sequence

revision = "0024_breaches"
down_revision = "0023_erasure"

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_THREE_YEARS = 94608000000000  # microseconds
# Of each table the constraint that grows: its name, what it was, and what it is now.
_GROWN = {
    "proposal": (
        "ck_proposal_kind",
        "kind IN ('operator', 'key', 'policy', 'invalidation', 'refusal', 'erasure')",
        (
            "kind IN ('operator', 'key', 'policy', 'invalidation', 'refusal', 'erasure',"
            " 'not-reporting')"
        ),
    ),
    "reminder": (
        "ck_reminder_matter",
        "matter IN ('key', 'term', 'exclusion', 'request')",
        "matter IN ('key', 'term', 'exclusion', 'request', 'breach')",
    ),
}
_NAMED = "EXISTS (SELECT 1 FROM breach_removed r WHERE r.breach_id = OLD.breach_id)"
_REFUSED = "'the register of breaches is only appended to'"
_REFUSE = f"BEGIN SELECT RAISE(ABORT, {_REFUSED}); END"
# Of each table that gives up its rows once their breach is named as removed, what makes
# a row one of a kind.
_KEPT = {
    "breach": ("breach_id", "incident_id"),
    "breach_step": ("id",),
    "breach_unreported": ("proposal_id",),
    "breach_disclosure": ("id",),
    "breach_evidence": ("id",),
}


def upgrade() -> None:
    """No breach was on record; what is there stays as it is."""
    widen(_GROWN)
    _breach()
    _steps()
    _unreported()
    _disclosures()
    _evidence()
    _removed()
    for table, keys in _KEPT.items():
        _kept(table, keys)
    only_appended_to("breach_removed", ("rowid",), ("breach_id",))


def _recorded() -> Sequence[sa.Column[Any]]:
    return (
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
    )


def _of(table: str) -> Sequence[Any]:
    return (
        sa.ForeignKeyConstraint(
            ["breach_id"], ["breach.breach_id"], name=op.f(f"fk_{table}_breach_id_breach")
        ),
    )


def _breach() -> None:
    op.create_table(
        "breach",
        sa.Column("breach_id", sa.String(length=16), nullable=False),
        sa.Column("incident_id", sa.String(length=16), nullable=True),
        *_recorded(),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident_proposal.incident_id"],
            name=op.f("fk_breach_incident_id_incident_proposal"),
        ),
        sa.PrimaryKeyConstraint("breach_id", name=op.f("pk_breach")),
        sa.UniqueConstraint("incident_id", name=op.f("uq_breach_incident_id")),
    )


def _steps() -> None:
    op.create_table(
        "breach_step",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("breach_id", sa.String(length=16), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("context", sa.String(length=32), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        *_recorded(),
        sa.CheckConstraint(
            "(context IS NULL) = (sealed IS NULL)", name=op.f("ck_breach_step_whole_words")
        ),
        sa.CheckConstraint("step <> 'not-reported'", name=op.f("ck_breach_step_by_two_people")),
        *_of("breach_step"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach_step")),
    )
    op.create_index("ix_breach_step_breach_id", "breach_step", ["breach_id"])


def _unreported() -> None:
    op.create_table(
        "breach_unreported",
        sa.Column("proposal_id", sa.String(length=16), nullable=False),
        sa.Column("breach_id", sa.String(length=16), nullable=False),
        sa.Column("proposal_kind", sa.String(length=16), nullable=False),
        sa.Column("verdict", sa.String(length=9), nullable=False),
        *_recorded(),
        sa.ForeignKeyConstraint(
            ["proposal_id", "proposal_kind", "breach_id"],
            ["proposal.proposal_id", "proposal.kind", "proposal.subject"],
            name="fk_breach_unreported_proposed",
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id", "verdict"],
            ["proposal_decision.proposal_id", "proposal_decision.verdict"],
            name="fk_breach_unreported_approved",
        ),
        sa.CheckConstraint(
            "proposal_kind = 'not-reporting' AND verdict = 'approved'",
            name=op.f("ck_breach_unreported_same_always"),
        ),
        *_of("breach_unreported"),
        sa.PrimaryKeyConstraint("proposal_id", name=op.f("pk_breach_unreported")),
    )
    op.create_index("ix_breach_unreported_breach_id", "breach_unreported", ["breach_id"])


def _disclosures() -> None:
    op.create_table(
        "breach_disclosure",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("breach_id", sa.String(length=16), nullable=False),
        sa.Column("dossier_id", sa.String(length=64), nullable=False),
        sa.Column("trace", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("span_id", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.String(length=998), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("sender_contact_id", sa.String(length=64), nullable=False),
        sa.Column("recipient_contact_id", sa.String(length=64), nullable=False),
        sa.Column("categories", sa.String(length=200), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("sealed_to", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("sure", sa.String(length=16), nullable=False),
        *_recorded(),
        *_of("breach_disclosure"),
        sa.ForeignKeyConstraint(
            ["dossier_id"],
            ["dossier.dossier_id"],
            name=op.f("fk_breach_disclosure_dossier_id_dossier"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach_disclosure")),
    )
    for column in ("breach_id", "dossier_id"):
        op.create_index(f"ix_breach_disclosure_{column}", "breach_disclosure", [column])


def _evidence() -> None:
    op.create_table(
        "breach_evidence",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("breach_id", sa.String(length=16), nullable=False),
        sa.Column("occasion", sa.String(length=8), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("scope_digest", sa.String(length=64), nullable=False),
        sa.Column("holds", sa.Integer(), nullable=False),
        *_recorded(),
        sa.CheckConstraint(
            "occasion IN ('opened', 'closed')", name=op.f("ck_breach_evidence_occasion")
        ),
        *_of("breach_evidence"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach_evidence")),
    )
    op.create_index("ix_breach_evidence_breach_id", "breach_evidence", ["breach_id"])


def _removed() -> None:
    op.create_table(
        "breach_removed",
        sa.Column("breach_id", sa.String(length=16), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=False),
        sa.Column("removed_by", sa.String(length=100), nullable=False),
        sa.CheckConstraint(
            f"removed_at - closed_at >= {_THREE_YEARS}",
            name=op.f("ck_breach_removed_kept_long_enough"),
        ),
        sa.PrimaryKeyConstraint("breach_id", name=op.f("pk_breach_removed")),
    )


def _kept(table: str, keys: tuple[str, ...]) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER tr_{table}_no_update BEFORE UPDATE ON {table} {_REFUSE}")
        op.execute(
            f"CREATE TRIGGER tr_{table}_no_delete BEFORE DELETE ON {table} "
            f"WHEN NOT {_NAMED} {_REFUSE}"
        )
        op.execute(
            f"CREATE TRIGGER tr_{table}_no_replace BEFORE INSERT ON {table} "
            f"WHEN {there(table, ('rowid',), *((key,) for key in keys))} {_REFUSE}"
        )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION taalpoort_keep_breach() RETURNS trigger LANGUAGE plpgsql AS $$"
        f" BEGIN IF TG_OP = 'DELETE' THEN IF {_NAMED} THEN RETURN OLD; END IF; END IF;"
        f" RAISE EXCEPTION {_REFUSED} USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER tr_{table}_kept BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION taalpoort_keep_breach()"
    )
    op.execute(
        f"CREATE TRIGGER tr_{table}_whole BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION taalpoort_keep_breach()"
    )
