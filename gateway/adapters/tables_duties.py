"""Letters of duty: to whom one was posted about what, and how it is known that it was done.

References and ids of the register only; what a letter said went under its reader's key.
`about` names a case or a breach, which says whom it is about.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table

from gateway.adapters.database import metadata
from gateway.adapters.tables_register import guard
from gateway.adapters.timestamps import UtcTime

# `trace` is that of the letter in the outbox.
duty_letter = Table(
    "duty_letter",
    metadata,
    Column("letter_id", String(16), primary_key=True),
    Column("matter", String(16), nullable=False),
    Column("about", String(64), nullable=False),
    Column("item", String(64), nullable=False),
    Column("meant_for", String(64), ForeignKey("contact.contact_id"), nullable=False),
    Column("contact_id", String(64), ForeignKey("contact.contact_id"), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("trace", String(32), nullable=False),
    Column("message_id", String(998), nullable=False),
    Column("posted_at", UtcTime, nullable=False),
    Column("posted_by", String(100), nullable=False),
    CheckConstraint(
        "matter IN ('correction', 'notification', 'help', 'removal', 'breach', 'officer')",
        name="matter",
    ),
    Index("uq_duty_letter_once", "about", "item", "meant_for", "attempt", unique=True),
    Index("ix_duty_letter_trace", "trace", unique=True),
    Index("ix_duty_letter_message_id", "message_id", unique=True),
)

# `trace` is that of the mail that confirmed it; empty where an officer heard it otherwise.
duty_confirmation = Table(
    "duty_confirmation",
    metadata,
    Column("letter_id", String(16), ForeignKey("duty_letter.letter_id"), primary_key=True),
    Column("how", String(9), nullable=False),
    Column("trace", String(32), nullable=False),
    Column("confirmed_at", UtcTime, nullable=False),
    Column("confirmed_by", String(100), nullable=False),
    CheckConstraint("how IN ('reply', 'correctie', 'recorded')", name="how"),
)

DUTIES = (duty_letter, duty_confirmation)
for _table in DUTIES:
    guard(_table)
