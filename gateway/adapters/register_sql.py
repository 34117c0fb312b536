"""The register's rows in a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from gateway.adapters import tables_register as tables
from gateway.adapters.among import among

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Table
    from sqlalchemy.ext.asyncio import AsyncConnection

    from gateway.adapters.register_rows import Row


class SqlRows:
    """The register's rows in one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def append(self, table: Table, row: Row) -> None:
        """Add a row."""
        await self._connection.execute(insert(table).values(**row))

    async def select(self, table: Table, **equal: object) -> Sequence[Row]:
        """Rows in the order of recording."""
        conditions = [table.c[name] == value for name, value in equal.items()]
        statement = select(table).where(*conditions).order_by(*table.primary_key.columns)
        found = await self._connection.execute(statement)
        return [dict(row) for row in found.mappings()]

    async def among(self, table: Table, column: str, values: Collection[str]) -> Sequence[Row]:
        """Rows in the order of recording."""
        if not values:
            return ()
        condition = among(table.c[column], values)
        statement = select(table).where(condition).order_by(*table.primary_key.columns)
        found = await self._connection.execute(statement)
        return [dict(row) for row in found.mappings()]

    async def extend(self, table: Table, rows: Sequence[Row]) -> None:
        """Add rows, in one go."""
        if rows:
            await self._connection.execute(insert(table), [dict(row) for row in rows])

    async def revision(self) -> int:
        """As it is in this transaction."""
        found: int = await self._connection.scalar(select(tables.register_state.c.revision)) or 0
        return found
