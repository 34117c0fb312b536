"""What people asked for by their rights, and what others have to hear of it (AVG 16 to 21).

Codes, ids, references and moments; what says something of somebody is sealed under their key.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
)

from gateway.adapters.database import metadata
from gateway.adapters.table_guards import emptied, erased, guard, guard_person, refuse_new
from gateway.adapters.tables_register import Instant, history_columns, recorded_columns

Serial = BigInteger().with_variant(Integer, "sqlite")

# One row for each thing that happened; the same `restriction_id` ties them together.
dossier_restriction = Table(
    "dossier_restriction",
    metadata,
    *history_columns(),
    Column("dossier_id", String(64), ForeignKey("dossier.dossier_id"), nullable=False),
    Column("restriction_id", String(16), nullable=False),
    Column("event", String(9), nullable=False),
    Column("reason", String(9), nullable=False),
    Column("case_id", String(64), nullable=False),
    CheckConstraint("event IN ('began', 'announced', 'lifted')", name="event"),
    CheckConstraint("reason IN ('accuracy', 'unlawful', 'claim', 'objection')", name="reason"),
    Index("ix_dossier_restriction_dossier_id", "dossier_id"),
    # It begins once and is lifted once.
    Index("uq_dossier_restriction_event", "restriction_id", "event", unique=True),
)

# A value that was wrong in a report that was passed on (AVG 16): which field, and not what
# stood there; what should have stood there is sealed under the person's key.
correction = Table(
    "correction",
    metadata,
    Column("correction_id", String(16), primary_key=True),
    Column("case_id", String(16), ForeignKey("request_case.case_id"), nullable=False),
    Column("dossier_id", String(64), ForeignKey("dossier.dossier_id"), nullable=False),
    Column("bericht_id", String(36), nullable=False),
    Column("party_id", String(64), ForeignKey("party.party_id"), nullable=False),
    Column("source_id", String(64), ForeignKey("contact.contact_id"), nullable=False),
    Column("field", String(200), nullable=False),
    Column("context", String(32), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    *recorded_columns(),
    Index("ix_correction_case_id", "case_id"),
    Index("ix_correction_dossier_id", "dossier_id"),
)

# Who got what of somebody, by reference, as it was when something was corrected, erased or
# restricted (AVG 19): nothing in it is of the person, so that it outlives an erasure.
duty_recipient = Table(
    "duty_recipient",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("case_id", String(16), ForeignKey("request_case.case_id"), nullable=False),
    Column("item", String(16), nullable=False),
    Column("happened", String(10), nullable=False),
    Column("contact_id", String(64), ForeignKey("contact.contact_id"), nullable=False),
    Column("reference", String(100), nullable=False),
    Column("sent_at", Instant),
    Column("categories", String(200), nullable=False),
    *recorded_columns(),
    CheckConstraint("happened IN ('corrected', 'erased', 'partly', 'restricted')", name="happened"),
    Index(
        "uq_duty_recipient_once",
        "case_id",
        "item",
        "happened",
        "contact_id",
        "reference",
        unique=True,
    ),
)

# Help between the parties (convenant 12.7), and giving back or removing (12.11).
help_request = Table(
    "help_request",
    metadata,
    Column("help_id", String(16), primary_key=True),
    Column("direction", String(5), nullable=False),
    Column("what", String(7), nullable=False),
    Column("party_id", String(64), ForeignKey("party.party_id"), nullable=False),
    Column("contact_id", String(64), ForeignKey("contact.contact_id"), nullable=False),
    Column("articles", String(100), nullable=False),
    Column("case_id", String(16), ForeignKey("request_case.case_id")),
    Column("reference", String(40), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("people", Integer, nullable=False),
    Column("dossier_id", String(64), ForeignKey("dossier.dossier_id")),
    Column("context", String(32)),
    Column("sealed", LargeBinary),
    *recorded_columns(),
    CheckConstraint("direction IN ('to', 'from')", name="direction"),
    CheckConstraint("what IN ('help', 'return', 'removal')", name="what"),
    CheckConstraint("due_at > asked_at", name="due_later"),
    CheckConstraint("(context IS NULL) = (sealed IS NULL)", name="whole_words"),
    CheckConstraint("sealed IS NULL OR dossier_id IS NOT NULL", name="words_about_somebody"),
)
help_answer = Table(
    "help_answer",
    metadata,
    Column("help_id", String(16), ForeignKey("help_request.help_id"), primary_key=True),
    Column("outcome", String(8), nullable=False),
    Column("reference", String(40), nullable=False),
    Column("answered_at", Instant, nullable=False),
    *recorded_columns(),
    CheckConstraint("outcome IN ('done', 'partly', 'declined')", name="outcome"),
)

# That a provider takes part no longer was seen to once; `help_id` is what it was asked, empty
# where it never had anybody's data.
provider_end = Table(
    "provider_end",
    metadata,
    Column("party_id", String(64), ForeignKey("party.party_id"), primary_key=True),
    Column("began_at", Instant, primary_key=True, autoincrement=False),
    Column("why", String(8), nullable=False),
    Column("help_id", String(16), ForeignKey("help_request.help_id")),
    *recorded_columns(),
    CheckConstraint("why IN ('excluded', 'left', 'term')", name="why"),
)

RIGHTS = (
    dossier_restriction,
    correction,
    duty_recipient,
    help_request,
    help_answer,
    provider_end,
)
for _table in (duty_recipient, help_answer, provider_end):
    guard(_table)
for _table in (dossier_restriction, correction):
    guard_person(_table)
# What was asked in words ends with the person; that help was asked stays.
_KEPT = [each.name for each in help_request.columns if each.name not in {"context", "sealed"}]
guard_person(help_request, "FALSE", emptied(_KEPT, erased("OLD.dossier_id")))
# What no request asked for, a breach did (AVG 18): one alone does not let it go.
refuse_new(
    dossier_restriction,
    "lifted_by_another",
    "NEW.event = 'lifted' AND NOT EXISTS (SELECT 1 FROM dossier_restriction b"
    " WHERE b.restriction_id = NEW.restriction_id AND b.event = 'began'"
    " AND b.case_id = NEW.case_id AND (b.recorded_by <> NEW.recorded_by"
    " OR EXISTS (SELECT 1 FROM request_case c WHERE c.case_id = b.case_id)))",
    "lifting takes two people",
)
