"""What left, about whom and to whom, laid out for counting; and what holds mail back.

`disclosed` repeats what outcomes, outbox and log say of each report that was released, in
the transaction that says it (`gateway.adapters.disclosing`), so that a scope over a million
of them takes less than a second (measured in ADR 0048).  What repeats itself is written once
and named by a number: who sent what to whom under which keys and table (`disclosed_kind`),
which fields (`field_set`), about whom (`disclosed_person`) and in which mail it came
(`disclosed_mail`).  It can be made anew from the log at any time, so nothing here is evidence.

`queue_hold` is a switch on record: what it holds does not leave until it is lifted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

from gateway.adapters.database import metadata
from gateway.adapters.tables_register import after_create, guard, recorded_columns
from gateway.adapters.timestamps import UtcTime

if TYPE_CHECKING:
    from sqlalchemy import Dialect

_Serial = BigInteger().with_variant(Integer, "sqlite")
# By number, in the order of the migration that wrote them first: these never change.
_STATES = ("waiting", "sent", "withdrawn", "undeliverable", "returned")


class _State(TypeDecorator[str]):
    """What became of it, kept as a number from 1: text took a quarter more time to count."""

    impl = SmallInteger
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> int | None:
        """To the database."""
        return None if value is None else _STATES.index(value) + 1

    def process_result_value(self, value: int | None, dialect: Dialect) -> str | None:
        """From the database."""
        return None if value is None else _STATES[value - 1]


# Between whom, under which decision table and keys; `digest` is over all the others.
disclosed_kind = Table(
    "disclosed_kind",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("sender_id", String(64), nullable=False),
    Column("sender_party", String(64), nullable=False),
    Column("recipient_id", String(64), nullable=False),
    Column("recipient_party", String(64), nullable=False),
    Column("policy", String(64), nullable=False),
    Column("ground", String(40), nullable=False),
    Column("sealed_to", String(64), nullable=False),
    Column("sealed_by", String(64), nullable=False),
    Column("opened_by", String(64), nullable=False),
    Column("protection", String(7), nullable=False),
)
# Which categories and paths were passed on, and which paths came along and were not; apart by
# spaces and line ends.  `withheld` is empty for none, and NULL where nobody noted it.
field_set = Table(
    "field_set",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("categories", String(200), nullable=False),
    Column("paths", Text, nullable=False),
    Column("withheld", Text),
)
# Who they are, in the register's own ids; the row goes with the person.
disclosed_person = Table(
    "disclosed_person",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("dossier_id", String(64), nullable=False, unique=True),
)
disclosed_mail = Table(
    "disclosed_mail",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("trace", String(32), nullable=False, unique=True),
)
# `person` is empty once the person is erased; `moment` is when it left, or else when it was
# put on record; `short` what the recipient sees of its reference.
disclosed = Table(
    "disclosed",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    Column("kind", Integer, ForeignKey("disclosed_kind.id"), nullable=False),
    Column("fields", Integer, ForeignKey("field_set.id"), nullable=False),
    Column("person", Integer, ForeignKey("disclosed_person.id")),
    Column("mail", Integer, ForeignKey("disclosed_mail.id"), nullable=False),
    Column("state", _State, nullable=False),
    Column("number", Integer, nullable=False),
    Column("moment", UtcTime, nullable=False),
    Column("recorded_at", UtcTime, nullable=False),
    Column("sent_at", UtcTime),
    Column("span_id", String(16), nullable=False),
    Column("short", String(8), nullable=False),
    Column("reference", String(998), nullable=False),
    CheckConstraint("state BETWEEN 1 AND 5", name="state"),
    # Each holds all that is counted, so that the rows themselves are never read for it: the
    # first for some kinds, the second for a time; the others in the order in which it is seen
    # at once how many people and mails there are.
    Index("ix_disclosed_kind", "kind", "state", "moment", "fields", "person", "mail"),
    Index("ix_disclosed_moment", "moment", "kind", "state", "fields", "person", "mail"),
    Index("ix_disclosed_person", "person", "kind", "state", "moment"),
    Index("ix_disclosed_mail", "mail", "kind", "state", "moment"),
    Index("ix_disclosed_fields", "fields", "kind", "state", "moment"),
    Index("ix_disclosed_span_id", "span_id"),
    Index("ix_disclosed_short", "short"),
)
# Whether what was released before this table was there is in it.
disclosed_index = Table(
    "disclosed_index",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("whole", Boolean(create_constraint=False), nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)
for _dialect in ("sqlite", "postgresql"):
    after_create(
        disclosed_index, _dialect, "INSERT INTO disclosed_index (id, whole) VALUES (1, true)"
    )

queue_hold = Table(
    "queue_hold",
    metadata,
    Column("hold_id", String(16), primary_key=True),
    Column("over", String(7), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("placed_by", String(64), ForeignKey("operator.operator_id"), nullable=False),
    Column("origin", String(100), nullable=False),
    *recorded_columns(),
    CheckConstraint("over IN ('all', 'contact', 'party', 'key')", name="over"),
    CheckConstraint("(over = 'all') = (subject = '')", name="subject"),
    # Told apart from the key itself, so that lifting can be held to who placed it.
    UniqueConstraint("hold_id", "placed_by", name="uq_queue_hold_placer"),
)
queue_hold_end = Table(
    "queue_hold_end",
    metadata,
    Column("hold_id", String(16), primary_key=True),
    Column("placed_by", String(64), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("lifted_by", String(64), ForeignKey("operator.operator_id"), nullable=False),
    Column("origin", String(100), nullable=False),
    *recorded_columns(),
    ForeignKeyConstraint(
        ["hold_id", "placed_by"],
        ["queue_hold.hold_id", "queue_hold.placed_by"],
        name="fk_queue_hold_end_placed",
    ),
    CheckConstraint("lifted_by <> placed_by", name="two_people"),
)
# Each fact opens one proposal, however often it is looked at.
incident_fact = Table(
    "incident_fact",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("fact", String(100), primary_key=True),
    Column("incident_id", String(16), ForeignKey("incident_proposal.incident_id"), nullable=False),
    *recorded_columns(),
    Index("ix_incident_fact_incident_id", "incident_id"),
)

HOLDING = (queue_hold, queue_hold_end, incident_fact)
for _table in HOLDING:
    guard(_table)
