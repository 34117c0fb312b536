"""Who has to hear of a partial erasure, and what a provider that leaves was asked.

And two people: for taking a request back, and for lifting what a breach restricted.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.adapters.migrations.changing import only_appended_to, refuse_new, widen

revision = "0028_letters"
down_revision = "0027_scope_numbers"

_GROWN = {
    "duty_recipient": (
        "ck_duty_recipient_happened",
        "happened IN ('corrected', 'erased', 'restricted')",
        "happened IN ('corrected', 'erased', 'partly', 'restricted')",
    ),
    "proposal": (
        "ck_proposal_kind",
        (
            "kind IN ('operator', 'key', 'policy', 'invalidation', 'refusal', 'erasure',"
            " 'not-reporting')"
        ),
        (
            "kind IN ('operator', 'key', 'policy', 'invalidation', 'refusal', 'erasure',"
            " 'not-reporting', 'taken-back')"
        ),
    ),
    "case_step": (
        "ck_case_step_approved",
        "verdict IS NULL OR (verdict = 'approved' AND step = 'decided')",
        "verdict IS NULL OR (verdict = 'approved' AND step IN ('decided', 'withdrawn'))",
    ),
}
_ALONE = (
    "NEW.event = 'lifted' AND NOT EXISTS (SELECT 1 FROM dossier_restriction b"
    " WHERE b.restriction_id = NEW.restriction_id AND b.event = 'began'"
    " AND b.case_id = NEW.case_id AND (b.recorded_by <> NEW.recorded_by"
    " OR EXISTS (SELECT 1 FROM request_case c WHERE c.case_id = b.case_id)))"
)
_NOT_TAKEN_BACK = (
    "(NEW.step = 'withdrawn' AND NEW.verdict IS NULL) OR"
    " (COALESCE(NEW.proposal_kind, '') = 'taken-back')"
    " <> (NEW.step IN ('taking-back', 'withdrawn'))"
)


def upgrade() -> None:
    """What is there stays as it is: it was taken back, or lifted, as the rules were."""
    widen(_GROWN)
    refuse_new("dossier_restriction", "lifted_by_another", _ALONE, "lifting takes two people")
    refuse_new("case_step", "taken_back", _NOT_TAKEN_BACK, "taking back takes two people")
    _provider_end()


def _provider_end() -> None:
    table = "provider_end"
    op.create_table(
        table,
        sa.Column("party_id", sa.String(length=64), nullable=False),
        sa.Column("began_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("why", sa.String(length=8), nullable=False),
        sa.Column("help_id", sa.String(length=16), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
        sa.CheckConstraint("why IN ('excluded', 'left', 'term')", name=op.f(f"ck_{table}_why")),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.party_id"], name=op.f(f"fk_{table}_party_id_party")
        ),
        sa.ForeignKeyConstraint(
            ["help_id"], ["help_request.help_id"], name=op.f(f"fk_{table}_help_id_help_request")
        ),
        sa.PrimaryKeyConstraint("party_id", "began_at", name=op.f(f"pk_{table}")),
    )
    only_appended_to(table, ("rowid",), ("party_id", "began_at"))
