"""Erasures, and the triggers that let go of what one names."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
from alembic import op

from gateway.adapters.migrations.changing import only_appended_to

revision = "0023_erasure"
down_revision = "0022_rights"

_REFUSE = "BEGIN SELECT RAISE(ABORT, 'the history is only appended to'); END"
_UNTIL = "e.whole OR e.events_until >= OLD.event_id"


def _erased(whose: str, also: str = "e.whole") -> str:
    return f"EXISTS (SELECT 1 FROM erasure e WHERE e.dossier_id = {whose} AND ({also}))"  # noqa: S608 - names of our own


class _Kept(NamedTuple):
    """A table with something of a person, and when a row of it may go, or be emptied."""

    table: str
    gone: str
    emptied: str = ""


_KEPT_OF_FORM = (
    "event_id", "dossier_id", "partner", "notice_sha256", "scan_type", "scan_bytes",
    "revision", "recorded_at", "recorded_by",
)  # fmt: skip
_KEPT_OF_STEP = (
    "id", "case_id", "kind", "dossier_id", "step", "detail", "outcome", "proposal_id",
    "proposal_kind", "verdict", "revision", "recorded_at", "recorded_by",
)  # fmt: skip
_KEPT_OF_HELP = (
    "help_id", "direction", "what", "party_id", "contact_id", "articles", "case_id", "reference",
    "asked_at", "due_at", "people", "dossier_id", "revision", "recorded_at", "recorded_by",
)  # fmt: skip


def _emptied(kept: tuple[str, ...]) -> str:
    same = " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in kept)
    return f"NEW.sealed IS NULL AND NEW.context IS NULL AND {same}"


_PERSONAL = (
    *(
        _Kept(table, _erased("OLD.dossier_id"))
        for table in (
            "dossier_identity",
            "dossier_circumstance",
            "designation",
            "substitution",
            "consent_event",
            "dossier_restriction",
            "correction",
        )
    ),
    _Kept("consultation", _erased("OLD.about_id")),
    _Kept(
        "consent_form",
        _erased("OLD.dossier_id"),
        f"{_emptied(_KEPT_OF_FORM)} AND {_erased('OLD.dossier_id', _UNTIL)}",
    ),
    _Kept(
        "consent_scan",
        _erased(
            "(SELECT f.dossier_id FROM consent_form f WHERE f.event_id = OLD.event_id)", _UNTIL
        ),
    ),
    _Kept(
        "case_step",
        "FALSE",
        f"{_emptied(_KEPT_OF_STEP)} AND {_erased('OLD.dossier_id')}",
    ),
    _Kept(
        "help_request",
        "FALSE",
        f"{_emptied(_KEPT_OF_HELP)} AND {_erased('OLD.dossier_id')}",
    ),
    _Kept(
        "log_holds",
        _erased(
            "(SELECT h.dossier_id FROM log_holds h WHERE h.hold_id = OLD.hold_id AND h.placed)"
        ),
    ),
)


def upgrade() -> None:
    """No command erased anybody before: there is no row to let go of yet."""
    _erasure()
    _mail()
    _certificate()
    only_appended_to("erasure", ("rowid",), ("erasure_id",))
    only_appended_to("erasure_certificate", ("rowid",), ("erasure_id", "number"))
    for kept in _PERSONAL:
        _let_go(kept)


def _erasure() -> None:
    op.create_table(
        "erasure",
        sa.Column("erasure_id", sa.String(length=16), nullable=False),
        sa.Column("dossier_id", sa.String(length=64), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("events_until", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=64), nullable=False),
        sa.Column("proposal_id", sa.String(length=16), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("log_size", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
        sa.Column("origin", sa.String(length=100), nullable=False),
        sa.CheckConstraint(
            "whole = (events_until IS NULL)", name=op.f("ck_erasure_whole_or_until")
        ),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.dossier_id"], name=op.f("fk_erasure_dossier_id_dossier")
        ),
        sa.PrimaryKeyConstraint("erasure_id", name=op.f("pk_erasure")),
    )
    op.create_index("ix_erasure_dossier_id", "erasure", ["dossier_id"])


def _mail() -> None:
    op.create_table(
        "erasure_mail",
        sa.Column("erasure_id", sa.String(length=16), nullable=False),
        sa.Column("trace", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["erasure_id"],
            ["erasure.erasure_id"],
            name=op.f("fk_erasure_mail_erasure_id_erasure"),
        ),
        sa.ForeignKeyConstraint(
            ["trace"], ["inbound.trace"], name=op.f("fk_erasure_mail_trace_inbound")
        ),
        sa.PrimaryKeyConstraint("erasure_id", "trace", name=op.f("pk_erasure_mail")),
    )
    op.create_index("ix_erasure_mail_trace", "erasure_mail", ["trace"])


def _certificate() -> None:
    op.create_table(
        "erasure_certificate",
        sa.Column("erasure_id", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["erasure_id"],
            ["erasure.erasure_id"],
            name=op.f("fk_erasure_certificate_erasure_id_erasure"),
        ),
        sa.PrimaryKeyConstraint("erasure_id", "number", name=op.f("pk_erasure_certificate")),
    )


def _let_go(kept: _Kept) -> None:
    table, gone, emptied = kept
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER tr_{table}_no_delete")
        op.execute(
            f"CREATE TRIGGER tr_{table}_no_delete BEFORE DELETE ON {table} "
            f"WHEN NOT ({gone}) {_REFUSE}"
        )
        if emptied:
            op.execute(f"DROP TRIGGER tr_{table}_no_update")
            op.execute(
                f"CREATE TRIGGER tr_{table}_no_update BEFORE UPDATE ON {table} "
                f"WHEN NOT ({emptied}) {_REFUSE}"
            )
        return
    emptying = f" IF TG_OP = 'UPDATE' AND {emptied} THEN RETURN NEW; END IF;" if emptied else ""
    op.execute(
        f"CREATE OR REPLACE FUNCTION taalpoort_keep_{table}() RETURNS trigger LANGUAGE plpgsql"
        f" AS $$ BEGIN IF TG_OP = 'DELETE' THEN IF {gone} THEN RETURN OLD; END IF; END IF;"
        f"{emptying} RAISE EXCEPTION 'the history is only appended to'"
        " USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(f"DROP TRIGGER tr_{table}_append_only ON {table}")
    op.execute(
        f"CREATE TRIGGER tr_{table}_kept BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION taalpoort_keep_{table}()"
    )
    op.execute(
        f"CREATE TRIGGER tr_{table}_whole BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION taalpoort_refuse_change()"
    )
