"""What is kept beside the log: holds on it, and what others say of its checkpoints."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)

from gateway.adapters.database import metadata
from gateway.adapters.table_guards import erased, guard, guard_person
from gateway.adapters.tables_log import log_checkpoints
from gateway.adapters.tables_register import dossier
from gateway.adapters.timestamps import UtcTime

_Serial = BigInteger().with_variant(Integer, "sqlite")
_Number = BigInteger().with_variant(Integer, "sqlite")

# A hold is placed once and lifted once, each by a row; what it is on stands in the first.
log_holds = Table(
    "log_holds",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    Column("hold_id", String(16), nullable=False),
    Column("placed", Boolean, nullable=False),
    Column("dossier_id", String(64), ForeignKey(dossier.c.dossier_id)),
    Column("mail", String(200)),
    Column("since", UtcTime),
    Column("until", UtcTime),
    Column("reference", String(80), nullable=False),
    Column("recorded_at", UtcTime, nullable=False),
    Column("recorded_by", String(100), nullable=False),
    Column("origin", String(100), nullable=False),
    UniqueConstraint("hold_id", "placed", name="uq_log_holds_hold_id"),
    CheckConstraint(
        "NOT placed OR dossier_id IS NOT NULL OR mail IS NOT NULL"
        " OR since IS NOT NULL OR until IS NOT NULL",
        name="on_something",
    ),
)

# Tokens of a timestamp authority (RFC 3161) over the note of a checkpoint as it was signed.
log_timestamps = Table(
    "log_timestamps",
    metadata,
    Column("size", _Number, ForeignKey(log_checkpoints.c.size), nullable=False),
    Column("token", LargeBinary, nullable=False),
    Column("at", UtcTime, nullable=False),
    PrimaryKeyConstraint("size", "at"),
)

# Signature lines of witnesses (C2SP tlog-cosignature) under checkpoints of ours.
log_cosignatures = Table(
    "log_cosignatures",
    metadata,
    Column("size", _Number, ForeignKey(log_checkpoints.c.size), nullable=False),
    Column("witness", String(300), nullable=False),
    Column("line", String(600), nullable=False),
    Column("at", UtcTime, nullable=False),
    PrimaryKeyConstraint("size", "witness"),
)

for _table in (log_timestamps, log_cosignatures):
    guard(_table)
# The row of lifting says no person: it goes with the one of placing.
_PLACED = "(SELECT h.dossier_id FROM log_holds h WHERE h.hold_id = OLD.hold_id AND h.placed)"
guard_person(log_holds, erased(_PLACED))
