"""The table of the gateway's own keys: what happened to each, in order; no secret is in it."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Integer,
    LargeBinary,
    String,
    Table,
)

from gateway.adapters.database import metadata
from gateway.adapters.tables_register import guard
from gateway.adapters.timestamps import UtcTime

own_key_events = Table(
    "own_key_events",
    metadata,
    # Counted by whoever writes, so that two who write at once do not both think to be next.
    Column(
        "number",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("fingerprint", String(64), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("until", UtcTime),
    Column("certificate", LargeBinary),
    Column("remark", String(80), nullable=False),
    Column("recorded_at", UtcTime, nullable=False),
    Column("recorded_by", String(100), nullable=False),
    Column("origin", String(100), nullable=False),
    CheckConstraint(
        "kind IN ('made', 'current', 'closes', 'certified', 'revoked', 'destroyed')", name="kind"
    ),
)
guard(own_key_events)
