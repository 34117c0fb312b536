"""Requests of people about their own data, and every step taken in them.

Only appended to, like the register's histories.  Codes and references stand as they are;
words are sealed under the key of the person, so that erasing the person ends them.  A
decision that refuses or erases is held to a proposal about this very case that another
operator approved.
"""

from __future__ import annotations

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
    UniqueConstraint,
    text,
)

from gateway.adapters.database import metadata
from gateway.adapters.table_guards import emptied, erased, guard, guard_person, refuse_new
from gateway.adapters.tables_deciding import proposal, proposal_decision
from gateway.adapters.tables_register import Instant, recorded_columns

_Serial = BigInteger().with_variant(Integer, "sqlite")

# `dossier_id` is empty where nobody was found at the time.
request_case = Table(
    "request_case",
    metadata,
    Column("case_id", String(16), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("dossier_id", String(64), ForeignKey("dossier.dossier_id")),
    Column("reference", String(40), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    *recorded_columns(),
    CheckConstraint(
        "kind IN ('access', 'rectification', 'erasure', 'restriction', 'portability',"
        " 'objection', 'withdrawal')",
        name="kind",
    ),
    CheckConstraint("due_at > received_at", name="due_later"),
    # What a step repeats, so that a check can see it.
    UniqueConstraint("case_id", "kind", name="uq_request_case_kind"),
)
# `proposal_id` is what a decision was proposed by; `verdict` that it was approved.
case_step = Table(
    "case_step",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    Column("case_id", String(16), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("dossier_id", String(64), ForeignKey("dossier.dossier_id")),
    Column("step", String(16), nullable=False),
    Column("detail", Text, nullable=False),
    Column("outcome", String(16)),
    Column("proposal_id", String(16)),
    Column("proposal_kind", String(16)),
    Column("verdict", String(9)),
    Column("context", String(32)),
    Column("sealed", LargeBinary),
    *recorded_columns(),
    ForeignKeyConstraint(
        ["case_id", "kind"],
        ["request_case.case_id", "request_case.kind"],
        name="fk_case_step_case",
    ),
    ForeignKeyConstraint(
        ["proposal_id", "proposal_kind", "case_id"],
        [proposal.c.proposal_id, proposal.c.kind, proposal.c.subject],
        name="fk_case_step_proposed",
    ),
    ForeignKeyConstraint(
        ["proposal_id", "verdict"],
        [proposal_decision.c.proposal_id, proposal_decision.c.verdict],
        name="fk_case_step_approved",
    ),
    CheckConstraint("(context IS NULL) = (sealed IS NULL)", name="whole_words"),
    CheckConstraint("sealed IS NULL OR dossier_id IS NOT NULL", name="words_about_somebody"),
    CheckConstraint("(step = 'decided') = (outcome IS NOT NULL)", name="decided"),
    CheckConstraint("(proposal_id IS NULL) = (proposal_kind IS NULL)", name="whole_proposal"),
    CheckConstraint(
        "verdict IS NULL OR (verdict = 'approved' AND step IN ('decided', 'withdrawn'))",
        name="approved",
    ),
    CheckConstraint(
        "outcome IS NULL OR (proposal_id IS NULL) = (verdict IS NULL)", name="approved_proposal"
    ),
    CheckConstraint(
        "outcome IS NULL OR proposal_id IS NOT NULL OR outcome = 'nothing-held'"
        " OR (outcome = 'granted' AND kind <> 'erasure')",
        name="two_people",
    ),
    CheckConstraint(
        "outcome IS NULL OR proposal_kind IS NULL OR (proposal_kind = 'erasure')"
        " = (kind = 'erasure' AND outcome IN ('granted', 'partly'))",
        name="as_proposed",
    ),
)
_DECIDED = text("step = 'decided'")
Index(
    "uq_case_step_decided",
    case_step.c.case_id,
    unique=True,
    sqlite_where=_DECIDED,
    postgresql_where=_DECIDED,
)
Index("ix_request_case_dossier_id", request_case.c.dossier_id)
Index("ix_case_step_case_id", case_step.c.case_id)
Index("ix_case_step_dossier_id", case_step.c.dossier_id)

CASES = (request_case, case_step)
guard(request_case)
# What was written ends with the person; that and how it was decided stays.
_KEPT = [each.name for each in case_step.columns if each.name not in {"context", "sealed"}]
guard_person(
    case_step,
    "FALSE",
    emptied(_KEPT, erased("OLD.dossier_id")),
    "step = 'decided' AND NEW.step = 'decided' AND case_id = NEW.case_id",
)
# That a person took it back, one operator says and another confirms; the foreign keys hold it
# to a proposal about this very case that was approved.
refuse_new(
    case_step,
    "taken_back",
    "(NEW.step = 'withdrawn' AND NEW.verdict IS NULL) OR"
    " (COALESCE(NEW.proposal_kind, '') = 'taken-back')"
    " <> (NEW.step IN ('taking-back', 'withdrawn'))",
    "taking back takes two people",
)
