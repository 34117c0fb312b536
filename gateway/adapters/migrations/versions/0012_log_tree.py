"""The log as a tree: entries are sealed before they are hashed, and checkpoints are signed.

Entries from before stay as they were written, with the hashes that they had as
leaves; the first checkpoint covers them.  The chain over them ends here.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012_log_tree"
down_revision = "0011_origins"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_REFUSE = "BEGIN SELECT RAISE(ABORT, 'the history is only appended to'); END"
_REFUSED = "'the log is only appended to'"
_PRUNED = "EXISTS (SELECT 1 FROM log_pruned p WHERE p.first <= OLD.seq AND OLD.seq < p.after)"
_THERE = "EXISTS (SELECT 1 FROM log_entries WHERE seq = NEW.seq)"
_FINDERS = ("subject", "sender", "recipient")


def upgrade() -> None:
    """What the entries of before are found by comes from the outcomes they are about."""
    op.drop_table("log_head")
    op.drop_column("log_entries", "leaf_hash")
    op.drop_column("log_entries", "chain_hash")
    audit = sa.text("kind = 'audit'")
    op.create_index(
        "ix_log_entries_audit",
        "log_entries",
        ["seq"],
        unique=False,
        sqlite_where=audit,
        postgresql_where=audit,
    )
    _log_index()
    _tree()
    op.create_table(
        "log_pruned",
        sa.Column("first", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("after", _NUMBER, nullable=False),
        sa.Column("pruned_at", sa.BigInteger(), nullable=False),
        sa.Column("newest_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("first", name=op.f("pk_log_pruned")),
    )
    op.create_table(
        "log_cursors",
        sa.Column("reader", sa.String(length=40), nullable=False),
        sa.Column("next_seq", _NUMBER, nullable=False),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("reader", name=op.f("pk_log_cursors")),
    )
    if op.get_bind().dialect.name == "sqlite":
        _kept_on_sqlite()
    else:
        _kept_on_postgresql()


def _log_index() -> None:
    op.create_table(
        "log_index",
        sa.Column("seq", _NUMBER, autoincrement=False, nullable=False),
        *(sa.Column(name, sa.String(length=64), nullable=True) for name in _FINDERS),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("segment", sa.Integer(), sa.Computed("seq / 65536", persisted=True)),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_log_index")),
    )
    op.execute(
        "INSERT INTO log_index (seq, subject, sender, recipient, outcome) "
        "SELECT e.seq, min(o.dossier_id), min(o.sender_contact_id), min(o.recipient_contact_id), "
        "min(o.outcome) FROM log_entries e LEFT JOIN outcomes o "
        "ON o.trace = e.trace_id AND o.span_id = e.span_id GROUP BY e.seq"
    )
    for name in _FINDERS:
        there = sa.text(f"{name} IS NOT NULL")
        op.create_index(
            f"ix_log_index_{name}",
            "log_index",
            ["segment", name] if name == "subject" else [name, "seq"],
            unique=False,
            sqlite_where=there,
            postgresql_where=there,
        )


def _tree() -> None:
    op.create_table(
        "log_tiles",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tile", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "tile", name=op.f("pk_log_tiles")),
    )
    op.create_table(
        "log_checkpoints",
        sa.Column("size", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_log_checkpoints")),
    )


def _kept_on_sqlite() -> None:
    refuse = f"BEGIN SELECT RAISE(ABORT, {_REFUSED}); END"
    op.execute(f"CREATE TRIGGER tr_log_entries_no_update BEFORE UPDATE ON log_entries {refuse}")
    op.execute(
        "CREATE TRIGGER tr_log_entries_no_delete BEFORE DELETE ON log_entries "
        f"WHEN NOT {_PRUNED} {refuse}"
    )
    op.execute(
        "CREATE TRIGGER tr_log_entries_no_replace BEFORE INSERT ON log_entries "
        f"WHEN {_THERE} {refuse}"
    )
    for table, key in (("log_checkpoints", "size"), ("log_pruned", "first")):
        for verb in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER tr_{table}_no_{verb} BEFORE {verb.upper()} ON {table} {_REFUSE}"
            )
        op.execute(
            f"CREATE TRIGGER tr_{table}_no_replace BEFORE INSERT ON {table} WHEN "  # noqa: S608 - names of our own
            f"EXISTS (SELECT 1 FROM {table} WHERE rowid = NEW.rowid) OR "
            f"EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key}) {_REFUSE}"
        )


def _kept_on_postgresql() -> None:
    op.execute(
        f"""CREATE OR REPLACE FUNCTION taalpoort_keep_log() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' THEN IF {_PRUNED} THEN RETURN OLD; END IF; END IF;
      RAISE EXCEPTION {_REFUSED};
    END $$"""
    )
    op.execute(
        "CREATE TRIGGER tr_log_entries_kept BEFORE UPDATE OR DELETE ON log_entries "
        "FOR EACH ROW EXECUTE FUNCTION taalpoort_keep_log()"
    )
    op.execute(
        "CREATE TRIGGER tr_log_entries_whole BEFORE TRUNCATE ON log_entries "
        "FOR EACH STATEMENT EXECUTE FUNCTION taalpoort_keep_log()"
    )
    for table in ("log_checkpoints", "log_pruned"):
        op.execute(
            f"CREATE TRIGGER tr_{table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
            f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION taalpoort_refuse_change()"
        )
