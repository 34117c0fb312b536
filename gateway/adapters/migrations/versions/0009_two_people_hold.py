"""The database holds what two people decided: a table, a key, an account; nothing is replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

from gateway.adapters.migrations.changing import refuse_new

if TYPE_CHECKING:
    from collections.abc import Sequence

revision = "0009_two_people_hold"
down_revision = "0008_approvals_stay"

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_FIRST = sa.text("proposal_id IS NULL")
_REFUSE = "BEGIN SELECT RAISE(ABORT, 'the history is only appended to'); END"
# Every table that is only appended to, with what is unique in it beside its number.
_KEYS: dict[str, tuple[str, ...]] = {
    "party": ("party_id", "instellingsnummer"),
    "contact": ("contact_id",),
    "dossier": ("dossier_id",),
    "consultation": ("id",),
    "party_name": ("id",),
    "party_standing": ("id",),
    "party_term": ("id",),
    "contact_detail": ("id",),
    "contact_confidentiality": ("id",),
    "contact_key": ("id", "proposal_id"),
    "dossier_identity": ("id",),
    "dossier_circumstance": ("id",),
    "designation": ("id",),
    "substitution": ("id",),
    "consent_event": ("id",),
    "operator": ("operator_id", "login", "name_key"),
    "operator_state": ("id",),
    "proposal": ("proposal_id", "proposal_id kind subject", "proposal_id proposed_by"),
    "proposal_decision": ("proposal_id", "proposal_id verdict"),
    "policy_text": ("digest",),
    "policy_activation": ("id", "proposal_id"),
    "consent_form": ("event_id",),
    "consent_scan": ("event_id",),
    "walk_again": ("trace round",),
    "reminder": ("matter subject threshold deadline contact_id attempt", "trace"),
    "decision_facts": ("trace round number",),
    "incident_proposal": ("incident_id",),
    "incident_disclosure": ("id",),
    "incident_decision": ("incident_id",),
    "approvals": ("trace round bericht_id deed name_key",),
}
_ONE_ACCOUNT = (
    "NEW.verdict <> 'withdrawn' AND EXISTS (SELECT 1 FROM proposal JOIN operator"
    " ON operator.operator_id IN (proposal.proposed_by, NEW.decided_by)"
    " WHERE proposal.proposal_id = NEW.proposal_id AND proposal.origin = NEW.origin"
    " AND operator.login IS NOT NULL)"
)
_NOT_AS_PROPOSED = (
    "NEW.earlier OR (NEW.proposal_id IS NOT NULL AND NOT EXISTS ("
    "SELECT 1 FROM proposal WHERE proposal.proposal_id = NEW.proposal_id"
    " AND replace(proposal.payload, '\"fingerprint\": \"' || NEW.fingerprint || '\"', '')"
    " <> proposal.payload))"
)
# The proposal that was approved in the same change, about this contact and this very key.
_PROPOSAL_OF_KEY = """
    SELECT min(p.proposal_id) FROM proposal p JOIN proposal_decision d
        ON d.proposal_id = p.proposal_id
    WHERE p.kind = 'key' AND p.subject = k.contact_id AND d.verdict = 'approved'
        AND d.revision = k.revision AND k.revoked_at IS NULL
        AND replace(p.payload, '"fingerprint": "' || k.fingerprint || '"', '') <> p.payload
"""
_PINS = "k.fingerprint IS NOT NULL AND (k.revoked_at IS NULL OR k.revoked_at > k.valid_from)"


def upgrade() -> None:
    """Existing keys find their proposal, or are marked as pinned before there were any."""
    op.create_index(
        "uq_proposal_effect", "proposal", ["proposal_id", "kind", "subject"], unique=True
    )
    op.create_index(
        "uq_proposal_decision_effect", "proposal_decision", ["proposal_id", "verdict"], unique=True
    )
    if op.get_bind().dialect.name == "sqlite":
        _anew()
    else:
        _altered()
    op.create_index(
        "uq_policy_activation_first",
        "policy_activation",
        ["verdict"],
        unique=True,
        sqlite_where=_FIRST,
        postgresql_where=_FIRST,
    )
    refuse_new("proposal_decision", "two_accounts", _ONE_ACCOUNT, "one account is not two people")
    refuse_new("contact_key", "as_approved", _NOT_AS_PROPOSED, "not the key that was approved")


def _effects(table: str, subject: str) -> Sequence[tuple[str, list[str], str, list[str]]]:
    """The foreign keys that hold an effect to what was approved."""
    return (
        (
            f"fk_{table}_proposed",
            ["proposal_id", "proposal_kind", subject],
            "proposal",
            ["proposal_id", "kind", "subject"],
        ),
        (
            f"fk_{table}_approved",
            ["proposal_id", "verdict"],
            "proposal_decision",
            ["proposal_id", "verdict"],
        ),
    )


def _checks(table: str, kind: str) -> dict[str, str]:
    found = {f"ck_{table}_same_always": f"proposal_kind = '{kind}' AND verdict = 'approved'"}
    if table == "contact_key":
        found |= {
            "ck_contact_key_proposed_key": "proposal_id IS NULL OR fingerprint IS NOT NULL",
            "ck_contact_key_by_two_people": (
                "earlier OR proposal_id IS NOT NULL OR fingerprint IS NULL"
                " OR (revoked_at IS NOT NULL AND revoked_at <= valid_from)"
            ),
        }
    return found


# --- PostgreSQL: columns and constraints are added --------------------------------


def _altered() -> None:
    op.drop_constraint(
        op.f("fk_policy_activation_proposal_id_proposal_decision"),
        "policy_activation",
        type_="foreignkey",
    )
    _constants("policy_activation", "policy")
    op.add_column("contact_key", sa.Column("proposal_id", sa.String(length=16), nullable=True))
    _constants("contact_key", "key")
    op.add_column(
        "contact_key",
        sa.Column("earlier", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.alter_column("contact_key", "earlier", server_default=None)
    op.execute("ALTER TABLE contact_key DISABLE TRIGGER tr_contact_key_append_only")
    op.execute(f"UPDATE contact_key k SET proposal_id = ({_PROPOSAL_OF_KEY})")  # noqa: S608 - words of our own
    op.execute(f"UPDATE contact_key k SET earlier = true WHERE proposal_id IS NULL AND {_PINS}")  # noqa: S608 - words of our own
    op.execute("ALTER TABLE contact_key ENABLE TRIGGER tr_contact_key_append_only")
    op.create_unique_constraint(op.f("uq_contact_key_proposal_id"), "contact_key", ["proposal_id"])
    for table, kind, subject in (
        ("policy_activation", "policy", "digest"),
        ("contact_key", "key", "contact_id"),
    ):
        for name, columns, other, keys in _effects(table, subject):
            op.create_foreign_key(op.f(name), table, other, columns, keys)
        for name, condition in _checks(table, kind).items():
            op.create_check_constraint(op.f(name), table, condition)


def _constants(table: str, kind: str) -> None:
    for column in _constant_columns():
        default = kind if column.name == "proposal_kind" else "approved"
        column.server_default = sa.DefaultClause(default)
        op.add_column(table, column)
        op.alter_column(table, column.name, server_default=None)


def _constant_columns() -> Sequence[sa.Column[Any]]:
    return (
        sa.Column("proposal_kind", sa.String(length=16), nullable=False),
        sa.Column("verdict", sa.String(length=9), nullable=False),
    )


# --- SQLite: the tables are made anew ---------------------------------------------


def _anew() -> None:
    op.execute("CREATE TEMPORARY TABLE activation_kept AS SELECT * FROM policy_activation")
    op.execute("CREATE TEMPORARY TABLE key_kept AS SELECT * FROM contact_key")
    op.drop_table("policy_activation")
    op.drop_table("contact_key")
    _policy_activation()
    _contact_key()
    op.execute(
        "INSERT INTO policy_activation SELECT k.*, 'policy', 'approved' FROM activation_kept k"
    )
    op.execute(
        f"INSERT INTO contact_key SELECT k.*, ({_PROPOSAL_OF_KEY}), 'key', 'approved',"  # noqa: S608 - words of our own
        f" {_PINS} AND ({_PROPOSAL_OF_KEY}) IS NULL FROM key_kept k"
    )
    op.execute("DROP TABLE activation_kept")
    op.execute("DROP TABLE key_kept")
    for table in ("policy_activation", "contact_key"):
        for verb in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER tr_{table}_no_{verb} BEFORE {verb.upper()} ON {table} {_REFUSE}"
            )
    for table, keys in _KEYS.items():
        _not_replaced(table, keys)


def _not_replaced(table: str, keys: Sequence[str]) -> None:
    equal = [
        " AND ".join(f"{name} = NEW.{name}" for name in key.split()) for key in ("rowid", *keys)
    ]
    if table == "policy_activation":
        equal.append("proposal_id IS NULL AND NEW.proposal_id IS NULL")
    found = " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {each})" for each in equal)  # noqa: S608 - names of our own
    op.execute(
        f"CREATE TRIGGER tr_{table}_no_replace BEFORE INSERT ON {table} WHEN {found} {_REFUSE}"
    )


def _history() -> Sequence[sa.Column[Any]]:
    return (
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
    )


def _constraints(table: str, kind: str, subject: str) -> Sequence[sa.Constraint]:
    return (
        *(
            sa.ForeignKeyConstraint(columns, [f"{other}.{key}" for key in keys], name=op.f(name))
            for name, columns, other, keys in _effects(table, subject)
        ),
        *(
            sa.CheckConstraint(condition, name=op.f(name))
            for name, condition in _checks(table, kind).items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("proposal_id", name=op.f(f"uq_{table}_proposal_id")),
    )


def _policy_activation() -> None:
    op.create_table(
        "policy_activation",
        *_history(),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("replaces", sa.String(length=64), nullable=True),
        sa.Column("proposal_id", sa.String(length=16), nullable=True),
        *_constant_columns(),
        sa.CheckConstraint(
            "(replaces IS NULL) = (proposal_id IS NULL)",
            name=op.f("ck_policy_activation_first_or_approved"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [column],
                ["policy_text.digest"],
                name=op.f(f"fk_policy_activation_{column}_policy_text"),
            )
            for column in ("digest", "replaces")
        ),
        *_constraints("policy_activation", "policy", "digest"),
    )


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
        sa.Column("proposal_id", sa.String(length=16), nullable=True),
        *_constant_columns(),
        sa.Column("earlier", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(fingerprint IS NULL) = (certificate IS NULL)", name=op.f("ck_contact_key_whole_key")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.contact_id"], name=op.f("fk_contact_key_contact_id_contact")
        ),
        *_constraints("contact_key", "key", "contact_id"),
    )
    op.create_index("ix_contact_key_contact_id", "contact_key", ["contact_id"], unique=False)
