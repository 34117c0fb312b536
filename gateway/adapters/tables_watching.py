"""What was told of what time and others change, and which mails walked again by themselves."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
)

from gateway.adapters.database import metadata
from gateway.adapters.tables_register import guard
from gateway.adapters.timestamps import UtcTime

# A walk that nobody asked for; what waits for a person is not passed on by it.
walk_again = Table(
    "walk_again",
    metadata,
    Column("trace", String(32), ForeignKey("inbound.trace"), nullable=False),
    Column("round", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    PrimaryKeyConstraint("trace", "round"),
)

# `trace` is that of the letter in the outbox; `attempt` counts those withdrawn before it.
reminder = Table(
    "reminder",
    metadata,
    Column("matter", String(16), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("threshold", Integer, nullable=False),
    Column("deadline", UtcTime, nullable=False),
    Column("contact_id", String(64), ForeignKey("contact.contact_id"), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("trace", String(32), nullable=False),
    Column("told_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("matter", "subject", "threshold", "deadline", "contact_id", "attempt"),
    CheckConstraint(
        "matter IN ('key', 'term', 'exclusion', 'request', 'breach', 'erasure', 'restriction',"
        " 'extension')",
        name="matter",
    ),
)
Index("ix_reminder_trace", reminder.c.trace, unique=True)

WATCHING = (walk_again, reminder)
for _table in WATCHING:
    guard(_table)
