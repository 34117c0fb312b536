"""Erasures: who is to be forgotten, on which ground, what went, and what was certified of it.

A row of `erasure` names the person by our own number, and without it the triggers of
`tables_register` and `tables_consent` let nothing of a history go.  The number leads to
nobody any more: it stays so that the same person is known in a restored older database.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from gateway.adapters.database import metadata
from gateway.adapters.tables_register import Instant, guard

_Number = BigInteger().with_variant(Integer, "sqlite")

# `whole` is all of a person; else only what rested on consent that was withdrawn, of events
# up to `events_until`.  `counts` says how many of what, in JSON; `since` and `log_size` are
# the moment and how many entries the log had before.
erasure = Table(
    "erasure",
    metadata,
    Column("erasure_id", String(16), primary_key=True),
    Column("dossier_id", String(64), ForeignKey("dossier.dossier_id"), nullable=False),
    Column("whole", Boolean, nullable=False),
    Column("events_until", BigInteger),
    Column("reason", String(40), nullable=False),
    Column("case_id", String(64), nullable=False),
    Column("proposal_id", String(16), nullable=False),
    Column("counts", Text, nullable=False),
    Column("log_size", BigInteger, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String(100), nullable=False),
    Column("origin", String(100), nullable=False),
    CheckConstraint("whole = (events_until IS NULL)", name="whole_or_until"),
)
# Mail that also holds a report about somebody else that is not settled yet: its bytes go when
# it is, and the row with them.
erasure_mail = Table(
    "erasure_mail",
    metadata,
    Column("erasure_id", String(16), ForeignKey("erasure.erasure_id"), nullable=False),
    Column("trace", String(32), ForeignKey("inbound.trace"), nullable=False),
    PrimaryKeyConstraint("erasure_id", "trace"),
)
# Originals that have to go from the mailbox: the row goes with the mail, so that nothing says
# for longer than needed which mails were about one person.  `shared` are also about others;
# `since` is from when it should be gone, `state` what became of the last try.
erasure_original = Table(
    "erasure_original",
    metadata,
    Column("erasure_id", String(16), ForeignKey("erasure.erasure_id"), nullable=False),
    Column("trace", String(32), ForeignKey("inbound.trace"), nullable=False),
    Column("shared", Boolean(create_constraint=False), nullable=False),
    Column("since", Instant),
    Column("state", String(12), nullable=False),
    PrimaryKeyConstraint("erasure_id", "trace"),
)
# What became of one of them, without which it was.
erasure_original_end = Table(
    "erasure_original_end",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("erasure_id", String(16), ForeignKey("erasure.erasure_id"), nullable=False),
    Column("fate", String(12), nullable=False),
    Column("ended_at", Instant, nullable=False),
    Column("ended_by", String(100), nullable=False),
    Column("origin", String(100), nullable=False),
    CheckConstraint("fate IN ('removed', 'absent', 'confirmed')", name="fate"),
)
# Files that somebody had made, by the deeds on record: `everyone` where they may tell of many.
erasure_file = Table(
    "erasure_file",
    metadata,
    Column("erasure_id", String(16), ForeignKey("erasure.erasure_id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("action", String(32), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("made_by", String(100), nullable=False),
    Column("everyone", Boolean(create_constraint=False), nullable=False),
    PrimaryKeyConstraint("erasure_id", "number"),
)
# Who said that such a file is gone.
erasure_file_end = Table(
    "erasure_file_end",
    metadata,
    Column("erasure_id", String(16), nullable=False),
    Column("number", Integer, nullable=False),
    Column("ended_at", Instant, nullable=False),
    Column("ended_by", String(100), nullable=False),
    Column("origin", String(100), nullable=False),
    PrimaryKeyConstraint("erasure_id", "number"),
    ForeignKeyConstraint(
        ["erasure_id", "number"],
        ["erasure_file.erasure_id", "erasure_file.number"],
        name="fk_erasure_file_end_made",
    ),
)
# Signed notes, in the order of signing; the next one says what has gone since.  The last two
# count the originals and files that were still to go.
erasure_certificate = Table(
    "erasure_certificate",
    metadata,
    Column("erasure_id", String(16), ForeignKey("erasure.erasure_id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("note", LargeBinary, nullable=False),
    Column("waiting", Integer, nullable=False),
    Column("signed_at", Instant, nullable=False),
    Column("originals", Integer, nullable=False, server_default="0"),
    Column("files", Integer, nullable=False, server_default="0"),
    PrimaryKeyConstraint("erasure_id", "number"),
)

Index("ix_erasure_dossier_id", erasure.c.dossier_id)
Index("ix_erasure_mail_trace", erasure_mail.c.trace)
Index("ix_erasure_original_trace", erasure_original.c.trace)
Index("ix_erasure_original_end_erasure_id", erasure_original_end.c.erasure_id)

for _table in (
    erasure,
    erasure_certificate,
    erasure_original_end,
    erasure_file,
    erasure_file_end,
):
    guard(_table)
