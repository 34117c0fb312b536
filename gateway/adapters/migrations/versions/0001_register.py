"""The register: parties, contacts, dossiers, designations, consent, with their histories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from collections.abc import Sequence

revision = "0001_register"
down_revision = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_APPEND_ONLY = (
    *("party", "party_name", "party_standing", "party_term"),
    *("contact", "contact_detail", "contact_confidentiality", "contact_key"),
    *("dossier", "dossier_identity", "dossier_circumstance"),
    "consultation",
    *("designation", "substitution", "consent_event"),
)
_REFUSE = """
CREATE OR REPLACE FUNCTION taalpoort_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history is only appended to'
        USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def upgrade() -> None:
    """All tables, those first that others refer to."""
    _consultation()
    _dossier()
    _party()
    _register_state()
    _consent_event()
    _contact()
    _dossier_circumstance()
    _dossier_identity()
    _dossier_index()
    _dossier_secret()
    _party_name()
    _party_standing()
    _party_term()
    _contact_confidentiality()
    _contact_detail()
    _contact_key()
    _designation()
    _substitution()
    op.execute("INSERT INTO register_state (id, revision) VALUES (1, 0)")
    if op.get_context().dialect.name == "postgresql":
        _append_only_on_postgresql()
    else:
        _append_only_on_sqlite()


def _consultation() -> None:
    op.create_table(
        "consultation",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("consulted_at", sa.BigInteger(), nullable=False),
        sa.Column("consulted_by", sa.String(length=100), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("about_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultation")),
    )


def _recorded() -> Sequence[sa.Column[Any]]:
    return (
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
    )


def _history() -> Sequence[sa.Column[Any]]:
    return (
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        *_recorded(),
    )


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.{to}_id"], name=name)


def _dossier() -> None:
    op.create_table(
        "dossier",
        sa.Column("dossier_id", sa.String(length=64), nullable=False),
        *_recorded(),
        sa.PrimaryKeyConstraint("dossier_id", name=op.f("pk_dossier")),
    )


def _party() -> None:
    op.create_table(
        "party",
        sa.Column("party_id", sa.String(length=64), nullable=False),
        sa.Column("side", sa.String(length=16), nullable=False),
        sa.Column("instellingsnummer", sa.String(length=10), nullable=False),
        *_recorded(),
        sa.CheckConstraint("side IN ('provider', 'municipality')", name=op.f("ck_party_side")),
        sa.PrimaryKeyConstraint("party_id", name=op.f("pk_party")),
        sa.UniqueConstraint("instellingsnummer", name=op.f("uq_party_instellingsnummer")),
    )


def _register_state() -> None:
    op.create_table(
        "register_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("master_key_id", sa.String(length=16), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_register_state_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_state")),
    )


def _consent_event() -> None:
    op.create_table(
        "consent_event",
        *_history(),
        sa.Column("dossier_id", sa.String(length=64), nullable=False),
        sa.Column("provider_party_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("categories", sa.String(length=40), nullable=False),
        sa.Column("extra", sa.String(length=200), nullable=False),
        sa.Column("form_version", sa.String(length=40), nullable=False),
        sa.Column("form_language", sa.String(length=16), nullable=False),
        sa.Column("expressed_by", sa.String(length=16), nullable=False),
        sa.Column("interpreter", sa.Boolean(), nullable=False),
        sa.Column("proof_sha256", sa.String(length=64), nullable=True),
        _refers("consent_event", "dossier_id", "dossier"),
        _refers("consent_event", "provider_party_id", "party"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_event")),
    )
    op.create_index("ix_consent_event_dossier_id", "consent_event", ["dossier_id"], unique=False)


def _contact() -> None:
    op.create_table(
        "contact",
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("party_id", sa.String(length=64), nullable=False),
        *_recorded(),
        _refers("contact", "party_id", "party"),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_contact")),
    )


def _dossier_circumstance() -> None:
    op.create_table(
        "dossier_circumstance",
        *_history(),
        sa.Column("dossier_id", sa.String(length=64), nullable=False),
        sa.Column("regime", sa.String(length=16), nullable=True),
        sa.Column("doelgroep", sa.String(length=40), nullable=True),
        sa.Column("duty_start", sa.BigInteger(), nullable=True),
        sa.Column("duty_end", sa.BigInteger(), nullable=True),
        _refers("dossier_circumstance", "dossier_id", "dossier"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_circumstance")),
    )
    op.create_index(
        "ix_dossier_circumstance_dossier_id", "dossier_circumstance", ["dossier_id"], unique=False
    )


def _dossier_identity() -> None:
    op.create_table(
        "dossier_identity",
        *_history(),
        sa.Column("dossier_id", sa.String(length=64), nullable=False),
        sa.Column("context", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        _refers("dossier_identity", "dossier_id", "dossier"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_identity")),
    )
    op.create_index(
        "ix_dossier_identity_dossier_id", "dossier_identity", ["dossier_id"], unique=False
    )


def _dossier_index() -> None:
    op.create_table(
        "dossier_index",
        sa.Column("kenmerk_index", sa.LargeBinary(), nullable=False),
        sa.Column("dossier_id", sa.String(length=64), nullable=False),
        _refers("dossier_index", "dossier_id", "dossier"),
        sa.PrimaryKeyConstraint("kenmerk_index", "dossier_id", name=op.f("pk_dossier_index")),
    )


def _dossier_secret() -> None:
    op.create_table(
        "dossier_secret",
        sa.Column("dossier_id", sa.String(length=64), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("destroyed_at", sa.BigInteger(), nullable=True),
        sa.Column("destroyed_by", sa.String(length=100), nullable=True),
        sa.CheckConstraint(
            "(wrapped_key IS NULL) = (destroyed_at IS NOT NULL)",
            name=op.f("ck_dossier_secret_kept_or_destroyed"),
        ),
        _refers("dossier_secret", "dossier_id", "dossier"),
        sa.PrimaryKeyConstraint("dossier_id", name=op.f("pk_dossier_secret")),
    )


def _party_name() -> None:
    op.create_table(
        "party_name",
        *_history(),
        sa.Column("party_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        _refers("party_name", "party_id", "party"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_name")),
    )
    op.create_index("ix_party_name_party_id", "party_name", ["party_id"], unique=False)


def _party_standing() -> None:
    op.create_table(
        "party_standing",
        *_history(),
        sa.Column("party_id", sa.String(length=64), nullable=False),
        sa.Column("standing", sa.String(length=16), nullable=False),
        _refers("party_standing", "party_id", "party"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_standing")),
    )
    op.create_index("ix_party_standing_party_id", "party_standing", ["party_id"], unique=False)


def _party_term() -> None:
    op.create_table(
        "party_term",
        *_history(),
        sa.Column("party_id", sa.String(length=64), nullable=False),
        sa.Column("term_start", sa.BigInteger(), nullable=False),
        sa.Column("term_end", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("term_end > term_start", name=op.f("ck_party_term_term_order")),
        _refers("party_term", "party_id", "party"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_term")),
    )
    op.create_index("ix_party_term_party_id", "party_term", ["party_id"], unique=False)


def _contact_confidentiality() -> None:
    op.create_table(
        "contact_confidentiality",
        *_history(),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("declared", sa.Boolean(), nullable=False),
        sa.Column("bound_start", sa.BigInteger(), nullable=True),
        sa.Column("bound_end", sa.BigInteger(), nullable=True),
        _refers("contact_confidentiality", "contact_id", "contact"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_confidentiality")),
    )
    op.create_index(
        "ix_contact_confidentiality_contact_id",
        "contact_confidentiality",
        ["contact_id"],
        unique=False,
    )


def _contact_detail() -> None:
    op.create_table(
        "contact_detail",
        *_history(),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        _refers("contact_detail", "contact_id", "contact"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_detail")),
    )
    op.create_index("ix_contact_detail_contact_id", "contact_detail", ["contact_id"], unique=False)


def _contact_key() -> None:
    op.create_table(
        "contact_key",
        *_history(),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=True),
        sa.Column("certificate", sa.LargeBinary(), nullable=True),
        sa.Column("key_start", sa.BigInteger(), nullable=True),
        sa.Column("key_end", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(fingerprint IS NULL) = (certificate IS NULL)", name=op.f("ck_contact_key_whole_key")
        ),
        _refers("contact_key", "contact_id", "contact"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_key")),
    )
    op.create_index("ix_contact_key_contact_id", "contact_key", ["contact_id"], unique=False)


def _designation() -> None:
    op.create_table(
        "designation",
        *_history(),
        sa.Column("dossier_id", sa.String(length=64), nullable=False),
        sa.Column("side", sa.String(length=16), nullable=False),
        sa.Column("party_id", sa.String(length=64), nullable=False),
        sa.Column("contact_id", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "side IN ('provider', 'municipality')", name=op.f("ck_designation_side")
        ),
        _refers("designation", "contact_id", "contact"),
        _refers("designation", "dossier_id", "dossier"),
        _refers("designation", "party_id", "party"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_designation")),
    )
    op.create_index("ix_designation_dossier_id", "designation", ["dossier_id"], unique=False)


def _substitution() -> None:
    op.create_table(
        "substitution",
        *_history(),
        sa.Column("substitution_id", sa.String(length=32), nullable=False),
        sa.Column("dossier_id", sa.String(length=64), nullable=False),
        sa.Column("side", sa.String(length=16), nullable=False),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("period_end", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "side IN ('provider', 'municipality')", name=op.f("ck_substitution_side")
        ),
        _refers("substitution", "contact_id", "contact"),
        _refers("substitution", "dossier_id", "dossier"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_substitution")),
    )
    op.create_index("ix_substitution_dossier_id", "substitution", ["dossier_id"], unique=False)
    # ### end Alembic commands ###


def _append_only_on_postgresql() -> None:
    op.execute(_REFUSE)
    for table in _APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER tr_{table}_append_only "
            f"BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION taalpoort_refuse_change()"
        )


def _append_only_on_sqlite() -> None:
    for table in _APPEND_ONLY:
        for verb in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER tr_{table}_no_{verb} BEFORE {verb.upper()} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'the history is only appended to'); END"
            )
