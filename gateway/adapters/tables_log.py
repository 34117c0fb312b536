"""The processing log, the tree over it, and what it is found by."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Computed, Index, Integer, LargeBinary, String, Table

from gateway.adapters.database import metadata
from gateway.adapters.tables_register import after_create, guard
from gateway.adapters.timestamps import UtcTime

SEGMENT = 65_536  # entries
_Number = BigInteger().with_variant(Integer, "sqlite")

# Only added to, as the triggers see to; taken away in whole blocks named by `log_pruned`.
log_entries = Table(
    "log_entries",
    metadata,
    Column("seq", _Number, primary_key=True, autoincrement=False),
    Column("trace_id", String(32), nullable=False, index=True),
    Column("span_id", String(16), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("entry", LargeBinary, nullable=False),
    Column("recorded_at", UtcTime, nullable=False),
)
# Who did what is asked for apart, and lies among many more entries about mail.
Index(
    "ix_log_entries_audit",
    log_entries.c.seq,
    sqlite_where=log_entries.c.kind == "audit",
    postgresql_where=log_entries.c.kind == "audit",
)

# What entries are found by.  Not hashed: an erasure empties it, and it can be made anew
# by whoever holds the keys.
log_index = Table(
    "log_index",
    metadata,
    Column("seq", _Number, primary_key=True, autoincrement=False),
    Column("subject", String(64)),
    Column("sender", String(64)),
    Column("recipient", String(64)),
    Column("outcome", String(20)),
    # In one part of the log few people occur, and near each other: what is added touches few
    # pages of the index, however long the log.  Who looks for a person looks into each part.
    Column("segment", Integer, Computed(f"seq / {SEGMENT}", persisted=True)),
)
Index(
    "ix_log_index_subject",
    log_index.c.segment,
    log_index.c.subject,
    sqlite_where=log_index.c.subject.is_not(None),
    postgresql_where=log_index.c.subject.is_not(None),
)
for _name in ("sender", "recipient"):
    _column = log_index.c[_name]
    Index(
        f"ix_log_index_{_name}",
        _column,
        log_index.c.seq,
        sqlite_where=_column.is_not(None),
        postgresql_where=_column.is_not(None),
    )

# 256 hashes each (C2SP tlog-tiles, height 8); the last of each level may hold fewer.
log_tiles = Table(
    "log_tiles",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("tile", _Number, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)

# Signed notes (C2SP tlog-checkpoint): what the log was when it had `size` entries.
log_checkpoints = Table(
    "log_checkpoints",
    metadata,
    Column("size", _Number, primary_key=True, autoincrement=False),
    Column("note", LargeBinary, nullable=False),
    Column("signed_at", UtcTime, nullable=False),
)

# Entries `first` up to but not `after` were taken away when they had been kept long enough;
# the last of them was recorded at `newest_at`.
log_pruned = Table(
    "log_pruned",
    metadata,
    Column("first", _Number, primary_key=True, autoincrement=False),
    Column("after", _Number, nullable=False),
    Column("pruned_at", UtcTime, nullable=False),
    Column("newest_at", UtcTime, nullable=False),
)

# How far each of those who read the log to pass it on has come: the next entry to read;
# and which gateway does so now, until when it has to say that it still does.
log_cursors = Table(
    "log_cursors",
    metadata,
    Column("reader", String(40), primary_key=True),
    Column("next_seq", _Number, nullable=False),
    Column("claimed_by", String(64)),
    Column("claimed_until", UtcTime),
)

_PRUNED = "EXISTS (SELECT 1 FROM log_pruned p WHERE p.first <= OLD.seq AND OLD.seq < p.after)"
_REFUSED = "'the log is only appended to'"
_REFUSE = f"BEGIN SELECT RAISE(ABORT, {_REFUSED}); END"
_THERE = "EXISTS (SELECT 1 FROM log_entries WHERE seq = NEW.seq)"
KEEP_SQLITE = (
    f"CREATE TRIGGER tr_log_entries_no_update BEFORE UPDATE ON log_entries {_REFUSE}",
    (
        "CREATE TRIGGER tr_log_entries_no_delete BEFORE DELETE ON log_entries "
        f"WHEN NOT {_PRUNED} {_REFUSE}"
    ),
    (
        "CREATE TRIGGER tr_log_entries_no_replace BEFORE INSERT ON log_entries "
        f"WHEN {_THERE} {_REFUSE}"
    ),
)
KEEP_POSTGRESQL = (
    f"""CREATE OR REPLACE FUNCTION taalpoort_keep_log() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' THEN IF {_PRUNED} THEN RETURN OLD; END IF; END IF;
      RAISE EXCEPTION {_REFUSED};
    END $$""",
    (
        "CREATE TRIGGER tr_log_entries_kept BEFORE UPDATE OR DELETE ON log_entries "
        "FOR EACH ROW EXECUTE FUNCTION taalpoort_keep_log()"
    ),
    (
        "CREATE TRIGGER tr_log_entries_whole BEFORE TRUNCATE ON log_entries "
        "FOR EACH STATEMENT EXECUTE FUNCTION taalpoort_keep_log()"
    ),
)
after_create(log_entries, "sqlite", *KEEP_SQLITE)
after_create(log_entries, "postgresql", *KEEP_POSTGRESQL)
guard(log_checkpoints)
guard(log_pruned)
