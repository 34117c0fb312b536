"""The tables a message flows through: inbound, its outcomes, outgoing.

`due_at` carries both waiting and leases: when a waiting row may be taken, or
when the claim on a taken one is over.  It is empty where nothing is left to do,
so one small index finds all work.  Sealed bytes lie in tables of their own,
because SQLite writes a whole row anew when one of its columns changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    and_,
    text,
)

from gateway.adapters.database import metadata
from gateway.adapters.tables_register import guard
from gateway.adapters.timestamps import UtcTime

if TYPE_CHECKING:
    from sqlalchemy import Row

AnyRow: TypeAlias = "Row[*tuple[Any, ...]]"

# Where one of these stands, no later walk of the mail decides about the report again.
FINAL = ("forward", "reject")

_Number = BigInteger().with_variant(Integer, "sqlite")
_STANDING = text("withdrawn_at IS NULL")
_DISCLOSED = text("withdrawn_at IS NULL AND outcome = 'forward'")
_STOPPED = text("withdrawn_at IS NULL AND outcome <> 'forward'")
_REPLACING = text("withdrawn_at IS NULL AND outcome = 'forward' AND replaces IS NOT NULL")

inbound = Table(
    "inbound",
    metadata,
    Column("trace", String(32), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("size", BigInteger, nullable=False),
    Column("oversize", Boolean(create_constraint=False), nullable=False),
    Column("mailbox", String(500), nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("stored_at", UtcTime, nullable=False),
    Column("state", String(8), nullable=False),
    Column("due_at", UtcTime),
    Column("attempts", Integer, nullable=False),
    Column("rounds", Integer, nullable=False),
    Column("claim_token", String(32)),
    Column("claimed_by", String(60)),
    Column("signed", String(64)),
    CheckConstraint("state IN ('waiting', 'claimed', 'done', 'held')", name="state"),
    CheckConstraint("(due_at IS NULL) = (state IN ('done', 'held'))", name="due"),
    Index("ix_inbound_due_at", "due_at", "stored_at"),
    Index("ix_inbound_signed", "signed", unique=True),
    Index(
        "ix_inbound_held",
        "stored_at",
        sqlite_where=text("state = 'held'"),
        postgresql_where=text("state = 'held'"),
    ),
)

inbound_raw = Table(
    "inbound_raw",
    metadata,
    Column("trace", ForeignKey("inbound.trace"), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

places = Table(
    "places",
    metadata,
    Column("mailbox", String(500), nullable=False),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("uid", String(255), nullable=False),
    Column("trace", ForeignKey("inbound.trace"), nullable=False),
    PrimaryKeyConstraint("mailbox", "uidvalidity", "uid"),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("trace", ForeignKey("inbound.trace"), nullable=False),
    Column("round", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("bericht_id", String(36)),
    Column("sender_contact_id", String(64)),
    Column("sender_party_id", String(64)),
    Column("dossier_id", String(64)),
    Column("outcome", String(8), nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("recipient_contact_id", String(64)),
    Column("policy_digest", String(64)),
    Column("ground", String(40)),
    Column("facts_revision", BigInteger),
    Column("facts_digest", String(64)),
    Column("facts_until", UtcTime),
    Column("span_id", String(16), nullable=False),
    Column("recorded_at", UtcTime, nullable=False),
    Column("withdrawn_at", UtcTime),
    # Which key of ours opened the mail; empty where it was not opened.
    Column("opened_by", String(64)),
    # The report that a correction replaces, by its number.
    Column("replaces", String(36)),
    PrimaryKeyConstraint("trace", "round", "number"),
    # One report, one standing outcome.
    Index(
        "uq_outcomes_standing",
        "trace",
        "number",
        unique=True,
        sqlite_where=_STANDING,
        postgresql_where=_STANDING,
    ),
    # One report of one provider is disclosed once, whatever mail it comes in.
    Index(
        "uq_outcomes_disclosed",
        "bericht_id",
        "sender_party_id",
        unique=True,
        sqlite_where=_DISCLOSED,
        postgresql_where=_DISCLOSED,
    ),
    # One report is replaced once; who corrects again replaces the correction.
    Index(
        "uq_outcomes_replaces",
        "replaces",
        "sender_party_id",
        unique=True,
        sqlite_where=_REPLACING,
        postgresql_where=_REPLACING,
    ),
    # What is sent again may wait already, and what a correction names may have gone.
    Index("ix_outcomes_bericht_id", "bericht_id"),
    # All that was decided about somebody: asked for by them, or to be erased.
    Index("ix_outcomes_dossier_id", "dossier_id"),
    # All that came in and was not passed on.
    Index(
        "ix_outcomes_stopped",
        "trace",
        "number",
        "round",
        sqlite_where=_STOPPED,
        postgresql_where=_STOPPED,
    ),
    # What was stopped lately, for who looks for a pattern in it.
    Index("ix_outcomes_recorded_at", "recorded_at"),
)

outgoing = Table(
    "outgoing",
    metadata,
    Column("id", String(32), primary_key=True),
    # Of a mail in the inbox, or of the reminder's or the letter of duty's own.
    Column("trace", String(32), nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("message_id", String(998), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("state", String(13), nullable=False),
    Column("due_at", UtcTime),
    Column("attempts", Integer, nullable=False),
    Column("claim_token", String(32)),
    Column("claimed_by", String(60)),
    Column("sender_id", String(64)),
    Column("dossier_id", String(64)),
    Column("facts_revision", BigInteger),
    Column("facts_digest", String(64)),
    Column("facts_until", UtcTime),
    Column("span_id", String(16), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("sent_at", UtcTime),
    # Which key of ours signed it, and whose it is encrypted to.
    Column("sealed_by", String(64)),
    Column("sealed_to", String(64)),
    CheckConstraint("kind IN ('report', 'receipt', 'notice', 'reminder', 'duty')", name="kind"),
    CheckConstraint(
        "state IN ('waiting', 'claimed', 'sent', 'withdrawn', 'undeliverable', 'returned')",
        name="state",
    ),
    CheckConstraint("(due_at IS NULL) = (state NOT IN ('waiting', 'claimed'))", name="due"),
    Index("ix_outgoing_due_at", "due_at", "created_at"),
    Index("ix_outgoing_trace", "trace"),
    # What comes back names the mail that it was.
    Index("ix_outgoing_message_id", "message_id"),
)

# Recipient and mail, sealed together; the row goes when the mail has gone.
outgoing_mail = Table(
    "outgoing_mail",
    metadata,
    Column("id", ForeignKey("outgoing.id"), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

# Whom the gateway wrote to on occasions that are counted (`gateway.domain.sparing`); what is
# older than a day goes with the next one.
answers_counted = Table(
    "answers_counted",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("contact_id", String(64), nullable=False),
    Column("occasion", String(8), nullable=False),
    Column("trace", String(32), nullable=False),
    Column("at", UtcTime, nullable=False),
    CheckConstraint("occasion IN ('unproven', 'refused', 'waiting', 'returned')", name="occasion"),
    Index("ix_answers_counted_contact_id", "contact_id", "occasion", "at"),
)

# The letter in which what an outcome released went out.
REPORT_OF_OUTCOME = and_(
    outgoing.c.trace == outcomes.c.trace,
    outgoing.c.span_id == outcomes.c.span_id,
    outgoing.c.kind == "report",
)

# Who decided about what is held; `bericht_id` is empty for the mail as a whole.
approvals = Table(
    "approvals",
    metadata,
    Column("trace", ForeignKey("inbound.trace"), nullable=False),
    Column("round", Integer, nullable=False),
    Column("bericht_id", String(36), nullable=False),
    Column("deed", String(7), nullable=False),
    Column("name_key", String(200), nullable=False),
    Column("name", String(200), nullable=False),
    Column("at", UtcTime, nullable=False),
    # The account on the machine; empty for those decisions that were recorded without it.
    Column("origin", String(100), nullable=False),
    PrimaryKeyConstraint("trace", "round", "bericht_id", "deed", "name_key"),
    CheckConstraint("deed IN ('release', 'refuse')", name="deed"),
)
guard(approvals)
