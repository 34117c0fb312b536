"""Small reads many times a second: one statement, one round trip, its own consistent reading.

A statement through SQLAlchemy's asynchronous engine costs about a millisecond
of processor time on SQLite, nearly all of it in handing work between threads;
here it is one hand-over (70 microseconds).  Reads only: the connections cannot
write.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import asyncpg  # type: ignore[import-untyped]  # ships no type information

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import URL

Values: TypeAlias = "Mapping[str, int | str | bytes]"
TROUBLE = (sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)

_NAME = re.compile(r"(?<!:):([a-z_]+)")


class Query:
    """A SELECT with ``:names`` in it, that means the same on both databases."""

    __slots__ = ("names", "numbered", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.names = tuple(dict.fromkeys(_NAME.findall(text)))
        self.numbered = _NAME.sub(lambda found: f"${self.names.index(found[1]) + 1}", text)


class Reader(Protocol):
    """Reads with a `Query`; raises one of `TROUBLE` when the database cannot be used."""

    async def fetch(self, query: Query, values: Values) -> Sequence[Sequence[Any]]:
        """All rows, as the statement orders their columns."""

    async def close(self) -> None:
        """Give the connection back."""


class SqliteReader:
    """One connection in a thread of its own."""

    def __init__(self, url: URL) -> None:
        self._file = Path(url.database or "").absolute()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="register-reader")
        self._connection: sqlite3.Connection | None = None

    async def fetch(self, query: Query, values: Values) -> Sequence[Sequence[Any]]:
        """As the protocol says; a single SELECT is one consistent reading by itself."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._fetch, query.text, values)

    def _fetch(self, text: str, values: Values) -> list[tuple[Any, ...]]:
        if self._connection is None:
            self._connection = sqlite3.connect(
                f"{self._file.as_uri()}?mode=rw", uri=True, timeout=15, isolation_level=None
            )
            self._connection.execute("PRAGMA query_only=ON")
        return self._connection.execute(text, values).fetchall()

    async def close(self) -> None:
        """As the protocol says; another read opens it again."""
        if self._connection is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown(wait=True)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="register-reader")

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class PostgresReader:
    """A few connections of their own; asyncpg keeps the statements prepared."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._pool: Any = None
        self._opening = asyncio.Lock()

    async def fetch(self, query: Query, values: Values) -> Sequence[Sequence[Any]]:
        """As the protocol says; a single SELECT sees one snapshot."""
        pool = self._pool or await self._open()
        arguments = [values[name] for name in query.names]
        rows: Sequence[Sequence[Any]] = await pool.fetch(query.numbered, *arguments)
        return rows

    async def _open(self) -> Any:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._url.set(drivername="postgresql").render_as_string(hide_password=False),
                    min_size=0,
                    max_size=2,
                    timeout=5,
                    command_timeout=30,
                    reset=_nothing,
                    server_settings={"default_transaction_read_only": "on"},
                )
        return self._pool

    async def close(self) -> None:
        """As the protocol says."""
        if self._pool is not None:
            await self._pool.close()
            self._pool = None


async def _nothing(_connection: object) -> None:
    # Reads leave nothing behind on a connection, and cleaning it costs a round trip.
    return None
