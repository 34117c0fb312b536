"""What several versions do alike: a constraint that grows, and a table that is only appended to.

The texts are those of `gateway.adapters.tables_register.append_only` as they were written
into databases; they do not change with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import op

if TYPE_CHECKING:
    from collections.abc import Mapping

_REFUSE = "BEGIN SELECT RAISE(ABORT, 'the history is only appended to'); END"


def widen(grown: Mapping[str, tuple[str, str, str]]) -> None:
    """Of each table the CHECK that grows: its name, what it was, and what it is now.

    Raises `RuntimeError` where SQLite has another one than was expected.
    """
    if op.get_bind().dialect.name == "sqlite":
        _rewrite(grown)
        return
    for table, (name, _, after) in grown.items():
        op.drop_constraint(op.f(name), table, type_="check")
        op.create_check_constraint(op.f(name), table, after)


def _rewrite(grown: Mapping[str, tuple[str, str, str]]) -> None:
    # SQLite cannot alter a constraint; a wider CHECK needs no row anew, only another text
    # (https://www.sqlite.org/lang_altertable.html, "Making Other Kinds Of Table Schema Changes").
    connection = op.get_bind()
    version = int(connection.exec_driver_sql("PRAGMA schema_version").scalar_one())
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    for table, (_, before, after) in grown.items():
        changed = connection.exec_driver_sql(
            "UPDATE sqlite_master SET sql = replace(sql, ?, ?)"
            " WHERE type = 'table' AND name = ? AND instr(sql, ?) > 0",
            (before, after, table, before),
        )
        if changed.rowcount != 1:
            raise RuntimeError(f"{table}: not the constraint that was expected")
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")


def only_appended_to(table: str, *keys: tuple[str, ...], also: tuple[str, ...] = ()) -> None:
    """Refuse every change of what it holds; `keys` are the columns that make a row one of a kind.

    `also` are conditions of further rows that a new one would replace, on SQLite.
    """
    if op.get_bind().dialect.name != "sqlite":
        op.execute(
            f"CREATE TRIGGER tr_{table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
            f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION taalpoort_refuse_change()"
        )
        return
    for verb in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER tr_{table}_no_{verb} BEFORE {verb.upper()} ON {table} {_REFUSE}"
        )
    op.execute(
        f"CREATE TRIGGER tr_{table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN {there(table, *keys, also=also)} {_REFUSE}"
    )


def there(table: str, *keys: tuple[str, ...], also: tuple[str, ...] = ()) -> str:
    """Whether a new row would take the place of one that is there; as `only_appended_to`."""
    equal = [" AND ".join(f"{name} = NEW.{name}" for name in key) for key in keys]
    return " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {each})" for each in (*equal, *also))  # noqa: S608 - names of our own


def refuse_new(table: str, name: str, wrong: str, why: str) -> None:
    """Refuse a new row where `wrong` holds of NEW, as `gateway.adapters.table_guards` has it."""
    trigger = f"CREATE TRIGGER tr_{table}_{name} BEFORE INSERT ON {table}"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"{trigger} WHEN {wrong} BEGIN SELECT RAISE(ABORT, '{why}'); END")
        return
    op.execute(
        f"CREATE OR REPLACE FUNCTION taalpoort_{name}() RETURNS trigger LANGUAGE plpgsql AS $$"
        f" BEGIN IF {wrong} THEN RAISE EXCEPTION '{why}'"
        " USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
    )
    op.execute(f"{trigger} FOR EACH ROW EXECUTE FUNCTION taalpoort_{name}()")
