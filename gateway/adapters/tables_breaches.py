"""The register of breaches (AVG 33(5)) as it is kept: steps, disclosures, evidence.

Only appended to, until a breach has been kept long enough: then `breach_removed` names it
first, and without that row the triggers refuse.  What people wrote is sealed.  That nobody
reports is held to a proposal of that very breach which another operator approved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from gateway.adapters.database import metadata
from gateway.adapters.tables_register import Instant, after_create, guard, recorded_columns

if TYPE_CHECKING:
    from typing import Any

_Serial = BigInteger().with_variant(Integer, "sqlite")
# As three calendar years are at least; the term itself is counted by the calendar.
_THREE_YEARS = 3 * 365 * 24 * 3600 * 1_000_000


def _of() -> Column[Any]:
    return Column("breach_id", String(16), ForeignKey("breach.breach_id"), nullable=False)


# Opened from an incident proposal, or by hand.
breach = Table(
    "breach",
    metadata,
    Column("breach_id", String(16), primary_key=True),
    Column("incident_id", String(16), ForeignKey("incident_proposal.incident_id"), unique=True),
    *recorded_columns(),
)
# `at` is the moment a step is about, `detail` codes, moments and digests as JSON.
breach_step = Table(
    "breach_step",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    _of(),
    Column("step", String(16), nullable=False),
    Column("at", Instant, nullable=False),
    Column("detail", Text, nullable=False),
    Column("context", String(32)),
    Column("sealed", LargeBinary),
    *recorded_columns(),
    CheckConstraint("(context IS NULL) = (sealed IS NULL)", name="whole_words"),
    # Two people decide that; see `breach_unreported`.
    CheckConstraint("step <> 'not-reported'", name="by_two_people"),
)
breach_unreported = Table(
    "breach_unreported",
    metadata,
    Column("proposal_id", String(16), primary_key=True),
    _of(),
    # Always the same, so that a foreign key can hold the proposal to its kind and its verdict.
    Column("proposal_kind", String(16), nullable=False, default="not-reporting"),
    Column("verdict", String(9), nullable=False, default="approved"),
    *recorded_columns(),
    ForeignKeyConstraint(
        ["proposal_id", "proposal_kind", "breach_id"],
        ["proposal.proposal_id", "proposal.kind", "proposal.subject"],
        name="fk_breach_unreported_proposed",
    ),
    ForeignKeyConstraint(
        ["proposal_id", "verdict"],
        ["proposal_decision.proposal_id", "proposal_decision.verdict"],
        name="fk_breach_unreported_approved",
    ),
    CheckConstraint("proposal_kind = 'not-reporting' AND verdict = 'approved'", name="same_always"),
)
# References, categories and paths of fields; never a value.  Whom it is about goes with an
# erasure by the person's own key: an id alone says nothing then.
breach_disclosure = Table(
    "breach_disclosure",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    _of(),
    Column("dossier_id", String(64), ForeignKey("dossier.dossier_id"), nullable=False),
    Column("trace", String(32), nullable=False),
    Column("number", Integer, nullable=False),
    Column("span_id", String(16), nullable=False),
    Column("reference", String(998), nullable=False),
    Column("sent_at", Instant),
    Column("sender_contact_id", String(64), nullable=False),
    Column("recipient_contact_id", String(64), nullable=False),
    Column("categories", String(200), nullable=False),
    Column("fields", Text, nullable=False),
    Column("sealed_to", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("sure", String(16), nullable=False),
    *recorded_columns(),
    # When it came in, of what was never passed on: that has no recipient.
    Column("received_at", Instant),
)
# What came in and was found to be about nobody, or about nobody that anything says any more.
breach_unnamed = Table(
    "breach_unnamed",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    _of(),
    Column("trace", String(32), nullable=False),
    Column("number", Integer, nullable=False),
    Column("span_id", String(16), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("sender_contact_id", String(64), nullable=False),
    Column("categories", String(200), nullable=False),
    Column("fields", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("sure", String(16), nullable=False),
    *recorded_columns(),
)
# What the log was at that moment: its newest checkpoint, signed; and the digest of the scope.
breach_evidence = Table(
    "breach_evidence",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    _of(),
    Column("occasion", String(8), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("root", String(64), nullable=False),
    Column("note", LargeBinary, nullable=False),
    Column("scope_digest", String(64), nullable=False),
    Column("holds", Integer, nullable=False),
    *recorded_columns(),
    CheckConstraint("occasion IN ('opened', 'closed', 'extended')", name="occasion"),
)
# What is left of a breach that was kept long enough: that there was one.
breach_removed = Table(
    "breach_removed",
    metadata,
    Column("breach_id", String(16), primary_key=True),
    Column("closed_at", Instant, nullable=False),
    Column("removed_at", Instant, nullable=False),
    Column("removed_by", String(100), nullable=False),
    CheckConstraint(f"removed_at - closed_at >= {_THREE_YEARS}", name="kept_long_enough"),
)

Index("ix_breach_step_breach_id", breach_step.c.breach_id)
Index("ix_breach_unreported_breach_id", breach_unreported.c.breach_id)
Index("ix_breach_disclosure_breach_id", breach_disclosure.c.breach_id)
Index("ix_breach_disclosure_dossier_id", breach_disclosure.c.dossier_id)
Index("ix_breach_unnamed_breach_id", breach_unnamed.c.breach_id)
Index("ix_breach_evidence_breach_id", breach_evidence.c.breach_id)

# In the order in which a removal takes them: what others refer to last.
REMOVABLE = (
    breach_evidence,
    breach_unnamed,
    breach_disclosure,
    breach_unreported,
    breach_step,
    breach,
)
_NAMED = "EXISTS (SELECT 1 FROM breach_removed r WHERE r.breach_id = OLD.breach_id)"
_REFUSED = "'the register of breaches is only appended to'"
_REFUSE = f"BEGIN SELECT RAISE(ABORT, {_REFUSED}); END"
_KEEP = f"""CREATE OR REPLACE FUNCTION taalpoort_keep_breach() RETURNS trigger
    LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' THEN IF {_NAMED} THEN RETURN OLD; END IF; END IF;
      RAISE EXCEPTION {_REFUSED} USING ERRCODE = 'integrity_constraint_violation';
    END $$"""


def kept(table: str, keys: tuple[str, ...], dialect: str) -> tuple[str, ...]:
    """The statements that let a row go only when its breach is named as removed."""
    if dialect == "sqlite":
        there = " OR ".join(
            f"EXISTS (SELECT 1 FROM {table} WHERE {name} = NEW.{name})"  # noqa: S608 - names of our own
            for name in ("rowid", *keys)
        )
        return (
            f"CREATE TRIGGER tr_{table}_no_update BEFORE UPDATE ON {table} {_REFUSE}",
            (
                f"CREATE TRIGGER tr_{table}_no_delete BEFORE DELETE ON {table} "
                f"WHEN NOT {_NAMED} {_REFUSE}"
            ),
            (
                f"CREATE TRIGGER tr_{table}_no_replace BEFORE INSERT ON {table} "
                f"WHEN {there} {_REFUSE}"
            ),
        )
    return (
        _KEEP,
        (
            f"CREATE TRIGGER tr_{table}_kept BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION taalpoort_keep_breach()"
        ),
        (
            f"CREATE TRIGGER tr_{table}_whole BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION taalpoort_keep_breach()"
        ),
    )


for _table in REMOVABLE:
    _keys = tuple(column.name for column in _table.columns if column.primary_key or column.unique)
    for _dialect in ("sqlite", "postgresql"):
        after_create(_table, _dialect, *kept(_table.name, _keys, _dialect))
guard(breach_removed)
