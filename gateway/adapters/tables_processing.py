"""What stood under the id of each processing activity, and since when.  Only appended to."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text

from gateway.adapters.database import metadata
from gateway.adapters.tables_register import guard
from gateway.adapters.timestamps import UtcTime

# The number tells their order; `content` is the canonical text that `digest` is of.
processing_activity = Table(
    "processing_activity",
    metadata,
    Column(
        "id",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    Column("activity_id", String(500), nullable=False, unique=True),
    Column("activity_key", String(20), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("content", Text, nullable=False),
    Column("first_seen", UtcTime, nullable=False),
)

guard(processing_activity)
