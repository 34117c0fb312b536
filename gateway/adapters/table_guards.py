"""The triggers that keep what is on record, and let go only of what an erasure names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import DDL, Index, Table, UniqueConstraint, event

if TYPE_CHECKING:
    from collections.abc import Sequence

REFUSE_FUNCTION = """
CREATE OR REPLACE FUNCTION taalpoort_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history is only appended to'
        USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


_REFUSE = "BEGIN SELECT RAISE(ABORT, 'the history is only appended to'); END"


def append_only(table: Table, dialect: str, *also: str) -> tuple[str, ...]:
    """The statements that make a table refuse every change of what it holds.

    `also` are conditions, on SQLite, of further rows that a new one would replace: those of
    a unique index over part of the table.
    """
    name = table.name
    if dialect == "sqlite":
        return (
            f"CREATE TRIGGER tr_{name}_no_update BEFORE UPDATE ON {name} {_REFUSE}",
            f"CREATE TRIGGER tr_{name}_no_delete BEFORE DELETE ON {name} {_REFUSE}",
            (
                f"CREATE TRIGGER tr_{name}_no_replace BEFORE INSERT ON {name} "
                f"WHEN {_replaces(table, also)} {_REFUSE}"
            ),
        )
    trigger = f"CREATE TRIGGER tr_{name}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name}"
    return (f"{trigger} FOR EACH STATEMENT EXECUTE FUNCTION taalpoort_refuse_change()",)


def erasable(
    table: Table, dialect: str, gone: str, changed: str = "", *also: str
) -> tuple[str, ...]:
    """As `append_only`, but a row goes when an erasure names whom it is about.

    `gone` is the condition for a row to be deleted, `changed` for one to be emptied, in
    terms of OLD and NEW; without it none is.
    """
    name = table.name
    if dialect == "sqlite":
        update, _, replace = append_only(table, dialect, *also)
        if changed:
            update = (
                f"CREATE TRIGGER tr_{name}_no_update BEFORE UPDATE ON {name} "
                f"WHEN NOT ({changed}) {_REFUSE}"
            )
        delete = (
            f"CREATE TRIGGER tr_{name}_no_delete BEFORE DELETE ON {name} "
            f"WHEN NOT ({gone}) {_REFUSE}"
        )
        return (update, delete, replace)
    emptying = f" IF TG_OP = 'UPDATE' AND {changed} THEN RETURN NEW; END IF;" if changed else ""
    function = (
        f"CREATE OR REPLACE FUNCTION taalpoort_keep_{name}() RETURNS trigger LANGUAGE plpgsql"
        f" AS $$ BEGIN IF TG_OP = 'DELETE' THEN IF {gone} THEN RETURN OLD; END IF; END IF;"
        f"{emptying} RAISE EXCEPTION 'the history is only appended to'"
        " USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    row = f"CREATE TRIGGER tr_{name}_kept BEFORE UPDATE OR DELETE ON {name}"
    whole = f"CREATE TRIGGER tr_{name}_whole BEFORE TRUNCATE ON {name}"
    return (
        function,
        f"{row} FOR EACH ROW EXECUTE FUNCTION taalpoort_keep_{name}()",
        f"{whole} FOR EACH STATEMENT EXECUTE FUNCTION taalpoort_refuse_change()",
    )


def _replaces(table: Table, also: Sequence[str]) -> str:
    """Whether a new row would take the place of another one.

    ``REPLACE`` does so without a word to the trigger against deleting, unless a
    connection asks for it; and a row has a number beside its key.
    """
    keys = [["rowid"], [column.name for column in table.primary_key.columns]]
    others = [
        [column.name for column in each.columns]
        for each in (*table.constraints, *table.indexes)
        if isinstance(each, UniqueConstraint) or (isinstance(each, Index) and _is_whole(each))
    ]
    equal = [" AND ".join(f"{name} = NEW.{name}" for name in key) for key in keys + sorted(others)]
    found = (f"EXISTS (SELECT 1 FROM {table.name} WHERE {each})" for each in (*equal, *also))  # noqa: S608 - names of our own
    return " OR ".join(found)


def _is_whole(index: Index) -> bool:
    return bool(index.unique) and index.dialect_options["sqlite"]["where"] is None


def _ddl(statement: str) -> DDL:
    return DDL(statement)  # type: ignore[no-untyped-call]  # SQLAlchemy left it unannotated


def guard(table: Table, *also: str) -> None:
    """Make a table refuse every change of what it holds, once it is there; see `append_only`."""
    after_create(table, "sqlite", *append_only(table, "sqlite", *also))
    after_create(table, "postgresql", REFUSE_FUNCTION, *append_only(table, "postgresql"))


def guard_person(table: Table, gone: str = "", changed: str = "", *also: str) -> None:
    """As `guard`, for what goes with the person it is about; see `erasable`."""
    condition = gone or erased("OLD.dossier_id")
    after_create(table, "sqlite", *erasable(table, "sqlite", condition, changed, *also))
    after_create(
        table, "postgresql", REFUSE_FUNCTION, *erasable(table, "postgresql", condition, changed)
    )


def refuse_new(table: Table, name: str, wrong: str, why: str) -> None:
    """Make a table refuse a new row where `wrong` holds of NEW: what a CHECK of one row cannot see.

    `name` is one of its own among all tables.
    """
    trigger = f"CREATE TRIGGER tr_{table.name}_{name} BEFORE INSERT ON {table.name}"
    after_create(table, "sqlite", f"{trigger} WHEN {wrong} BEGIN SELECT RAISE(ABORT, '{why}'); END")
    function = (
        f"CREATE OR REPLACE FUNCTION taalpoort_{name}() RETURNS trigger LANGUAGE plpgsql AS $$"
        f" BEGIN IF {wrong} THEN RAISE EXCEPTION '{why}'"
        " USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
    )
    row = f"{trigger} FOR EACH ROW EXECUTE FUNCTION taalpoort_{name}()"
    after_create(table, "postgresql", function, row)


def erased(whose: str, also: str = "e.whole") -> str:
    """Whether an erasure names this dossier, of the kind that `also` asks for."""
    return f"EXISTS (SELECT 1 FROM erasure e WHERE e.dossier_id = {whose} AND ({also}))"  # noqa: S608 - names of our own


def emptied(kept: Sequence[str], also: str) -> str:
    """Whether a row loses what is sealed in it and nothing else, and `also` holds."""
    same = " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in kept)
    return f"NEW.sealed IS NULL AND NEW.context IS NULL AND {same} AND {also}"


def after_create(table: Table, dialect: str, *statements: str) -> None:
    """Run these once the table is there, on this database."""
    for statement in statements:
        event.listen(table, "after_create", _ddl(statement).execute_if(dialect=dialect))
