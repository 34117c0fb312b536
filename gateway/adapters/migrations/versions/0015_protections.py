"""Each pinned key says what mail to its owner is sealed with: OpenPGP or S/MIME."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from collections.abc import Sequence

revision = "0015_protections"
down_revision = "0014_log_holds"

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_CHECKS = {
    "ck_contact_key_protected": "(fingerprint IS NULL) = (protection IS NULL)",
    "ck_contact_key_protection": "protection IN ('openpgp', 'smime')",
}
_THERE = "CASE WHEN fingerprint IS NOT NULL THEN 'openpgp' END"


def upgrade() -> None:
    """Every key that is there is one of OpenPGP."""
    if op.get_bind().dialect.name == "sqlite":
        _anew()
    else:
        _altered()


def _altered() -> None:
    op.add_column("contact_key", sa.Column("protection", sa.String(length=7), nullable=True))
    op.execute("ALTER TABLE contact_key DISABLE TRIGGER tr_contact_key_append_only")
    op.execute(f"UPDATE contact_key SET protection = {_THERE}")  # noqa: S608 - words of our own
    op.execute("ALTER TABLE contact_key ENABLE TRIGGER tr_contact_key_append_only")
    for name, condition in _CHECKS.items():
        op.create_check_constraint(op.f(name), "contact_key", condition)


def _anew() -> None:
    """SQLite adds no constraint to a table; its triggers and index are made again as they were."""
    kept = op.get_bind().scalars(
        sa.text(
            "SELECT sql FROM sqlite_master WHERE tbl_name = 'contact_key'"
            " AND type IN ('trigger', 'index') AND sql IS NOT NULL"
        )
    )
    statements = list(kept)
    op.execute("CREATE TEMPORARY TABLE key_kept AS SELECT * FROM contact_key")
    op.drop_table("contact_key")
    _contact_key()
    names = [column.name for column in _columns()]
    values = [_THERE if name == "protection" else name for name in names]
    op.execute(
        f"INSERT INTO contact_key ({', '.join(names)}) SELECT {', '.join(values)} FROM key_kept"  # noqa: S608 - words of our own
    )
    op.execute("DROP TABLE key_kept")
    for statement in statements:
        op.execute(sa.text(statement.replace(":", "\\:")))


def _columns() -> Sequence[sa.Column[object]]:
    return (
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=True),
        sa.Column("certificate", sa.LargeBinary(), nullable=True),
        sa.Column("protection", sa.String(length=7), nullable=True),
        sa.Column("key_start", sa.BigInteger(), nullable=True),
        sa.Column("key_end", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("proposal_id", sa.String(length=16), nullable=True),
        sa.Column("proposal_kind", sa.String(length=16), nullable=False),
        sa.Column("verdict", sa.String(length=9), nullable=False),
        sa.Column("earlier", sa.Boolean(), nullable=False),
    )


def _contact_key() -> None:
    checks = {
        "ck_contact_key_whole_key": "(fingerprint IS NULL) = (certificate IS NULL)",
        **_CHECKS,
        "ck_contact_key_same_always": "proposal_kind = 'key' AND verdict = 'approved'",
        "ck_contact_key_proposed_key": "proposal_id IS NULL OR fingerprint IS NOT NULL",
        "ck_contact_key_by_two_people": (
            "earlier OR proposal_id IS NOT NULL OR fingerprint IS NULL"
            " OR (revoked_at IS NOT NULL AND revoked_at <= valid_from)"
        ),
    }
    op.create_table(
        "contact_key",
        *_columns(),
        *(sa.CheckConstraint(text, name=op.f(name)) for name, text in checks.items()),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.contact_id"], name=op.f("fk_contact_key_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id", "proposal_kind", "contact_id"],
            ["proposal.proposal_id", "proposal.kind", "proposal.subject"],
            name=op.f("fk_contact_key_proposed"),
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id", "verdict"],
            ["proposal_decision.proposal_id", "proposal_decision.verdict"],
            name=op.f("fk_contact_key_approved"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_key")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_contact_key_proposal_id")),
    )
