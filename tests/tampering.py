"""Past the triggers: what somebody with the database in hand does first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


async def unguard(connection: AsyncConnection, *tables: str) -> None:
    """Nothing refuses a change of these tables any more."""
    sqlite = connection.dialect.name == "sqlite"
    find = (
        "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'"
        if sqlite
        else "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
    )
    for name, table in (await connection.execute(text(find))).all():
        if table in tables:
            on = "" if sqlite else f" ON {table}"
            await connection.execute(text(f"DROP TRIGGER {name}{on}"))
