"""What is only appended to stays as it was written, whatever statement somebody tries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gateway.adapters.database import Database, metadata
from gateway.domain.consent import ConsentKind
from tests import world
from tests.adapters.test_two_accounts import at
from tests.databases import TABLES, fresh
from tests.world import BY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sqlalchemy import Table
    from sqlalchemy.ext.asyncio import AsyncConnection

# What is changed or emptied on purpose: states, places, what is destroyed when it must be, counts
# that are of no use after a day, and what scopes are counted over, which is no evidence.
CHANGED = {
    "register_state", "dossier_secret", "dossier_index", "inbound", "inbound_raw", "places",
    "outcomes", "outgoing", "outgoing_mail", "log_entries", "log_index", "log_tiles", "log_cursors",
    "answers_counted", "erasure_mail", "erasure_original",
    "disclosed", "disclosed_person", "disclosed_mail", "disclosed_kind", "disclosed_index",
    "field_set",
}  # fmt: skip
GUARDED = sorted(set(metadata.tables) - CHANGED)
assert TABLES


@pytest.fixture
async def sqlite(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    async with fresh("sqlite", tmp_path, request) as opened:
        yield opened


@pytest.fixture
async def postgresql(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    async with fresh("postgresql", tmp_path, request) as opened:
        yield opened


async def one_row(connection: AsyncConnection, table: Table) -> None:
    """Any row, past the rules that bind it to other tables; those are tested elsewhere."""
    if connection.dialect.name == "sqlite":
        await connection.execute(text("PRAGMA ignore_check_constraints = ON"))
    else:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        checks = [each.name for each in table.constraints if str(each.name).startswith("ck_")]
        for name in checks:
            await connection.execute(text(f"ALTER TABLE {table.name} DROP CONSTRAINT {name}"))
    await connection.execute(text(statement("INSERT INTO", table)), values(table))
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SET LOCAL session_replication_role = origin"))


def statement(verb: str, table: Table) -> str:
    names = [column.name for column in table.columns]
    return f"{verb} {table.name} ({', '.join(names)}) VALUES ({', '.join(':' + n for n in names)})"


def values(table: Table) -> dict[str, object]:
    """One value of its type for each column, the same every time."""
    some = {int: 1, str: "a", bytes: b"a", bool: False}
    return {
        column.name: None
        if column.nullable and not column.unique
        else some.get(python_type(column.type), 1)
        for column in table.columns
    }


def python_type(kind: object) -> type:
    try:
        found: type = kind.python_type  # type: ignore[attr-defined]  # asked of any column type
    except NotImplementedError:
        return int
    return found


async def refused(database: Database, attempt: str) -> None:
    with pytest.raises(DBAPIError, match="only appended to"):
        async with database.engine.begin() as connection:
            await connection.execute(text(attempt))


@pytest.mark.parametrize("name", GUARDED)
async def test_nothing_is_replaced_on_sqlite(sqlite: Database, name: str) -> None:
    """Neither by its key nor by its row number, and with no setting of the connection."""
    table = metadata.tables[name]
    key = table.primary_key.columns[0].name
    async with sqlite.engine.connect() as connection:
        # As a connection of somebody else's: the settings of ours are not what protects.
        raw = await connection.get_raw_connection()
        for pragma in ("foreign_keys = OFF", "recursive_triggers = OFF"):
            await raw.driver_connection.execute(f"PRAGMA {pragma}")  # type: ignore[union-attr]  # open here
        for trigger in ("two_accounts", "as_approved"):
            await connection.execute(text(f"DROP TRIGGER IF EXISTS tr_{name}_{trigger}"))
        await one_row(connection, table)
        for attempt in (
            f"UPDATE {name} SET {key} = {key}",
            f"UPDATE OR REPLACE {name} SET {key} = {key}",
            f"DELETE FROM {name}",
            statement("REPLACE INTO", table),
            statement("INSERT OR REPLACE INTO", table),
            f"REPLACE INTO {name} SELECT * FROM {name}",
            f"{statement('INSERT INTO', table)} ON CONFLICT DO UPDATE SET {key} = {key}",
        ):
            given = values(table) if ":" in attempt else {}
            with pytest.raises(DBAPIError, match="only appended to"):
                await connection.execute(text(attempt), given)
        await connection.commit()


async def test_no_row_is_replaced_by_its_number_or_another_unique_column(sqlite: Database) -> None:
    await world.build(at(sqlite, "tess"))
    columns = "operator_id, name, name_key, login, revision, recorded_at, recorded_by"
    for attempt in (
        f"REPLACE INTO operator (rowid, {columns}) VALUES (1, 'x', 'X Y', 'x y', NULL, 1, 1, 'x')",
        f"""REPLACE INTO operator ({columns})
            SELECT 'x', name, name_key, login, 1, 1, 'x' FROM operator""",
        """REPLACE INTO policy_activation (valid_from, digest, proposal_kind, verdict, revision,
            recorded_at, recorded_by) SELECT 1, digest, 'policy', 'approved', 1, 1, 'x'
            FROM policy_activation""",
    ):
        with pytest.raises(DBAPIError, match="only appended to"):
            async with sqlite.engine.begin() as connection:
                await connection.execute(text(attempt))


async def test_what_is_new_still_goes_in(sqlite: Database) -> None:
    register = at(sqlite, "tess")
    await world.build(register)
    async with register.change(by=BY) as change:
        await change.consents.record("dossier-1", world.SCHOOL_1, ConsentKind.WITHDRAWN)


@pytest.mark.parametrize("name", GUARDED)
async def test_nothing_is_replaced_on_postgresql(postgresql: Database, name: str) -> None:
    table = metadata.tables[name]
    key = table.primary_key.columns[0].name
    keys = ", ".join(column.name for column in table.primary_key.columns)
    async with postgresql.engine.begin() as connection:
        await one_row(connection, table)
    for attempt in (
        f"UPDATE {name} SET {key} = {key}",
        f"DELETE FROM {name}",
        f"TRUNCATE {name} CASCADE",
        f"""INSERT INTO {name} SELECT * FROM {name} ON CONFLICT ({keys})
            DO UPDATE SET {key} = excluded.{key}""",
    ):
        await refused(postgresql, attempt)
