"""One database for register, inbox, log and outbox: SQLite embedded, or PostgreSQL by URL."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import MetaData, create_engine, event, func, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import StaticPool

from gateway.adapters.quick_reading import TROUBLE, PostgresReader, Query, SqliteReader
from gateway.domain.stops import Reason, Retry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from sqlalchemy import URL, Connection

    from gateway.adapters.quick_reading import Reader, Values

_Result = TypeVar("_Result")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_POOL = 6
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}


def with_password(url: str, password: str) -> str:
    """The URL with this password, escaped; raises ValueError for what is no URL."""
    return _parsed(url).set(password=password).render_as_string(hide_password=False)


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError:
        raise ValueError("not a database URL") from None


class Database:
    """An engine and its two kinds of transaction.

    Whatever makes the database unusable now (connection gone, disk full, locked
    for too long) is raised as `Retry(UNREACHABLE)`, without the statement or its
    parameters: those carry personal data.  A violated constraint comes through
    as `sqlalchemy.exc.IntegrityError`, for the adapter to translate.
    """

    def __init__(self, url: str) -> None:
        parsed = _parsed(url)
        self.dialect = parsed.get_backend_name()
        if self.dialect not in _DRIVERS:
            raise ValueError("the database URL must begin with sqlite: or postgresql:")
        self.engine = self._engine(parsed.set(drivername=_DRIVERS[self.dialect]))
        # SQLite has one writer at a time, and who waits for it sleeps up to 0.1 s too long.
        self._turn = asyncio.Semaphore(1 if self.dialect == "sqlite" else _POOL)
        self._reader: Reader = (
            SqliteReader(parsed) if self.dialect == "sqlite" else PostgresReader(parsed)
        )
        self._writer = _SqliteThread(parsed) if self.dialect == "sqlite" else None
        self._looker = _SqliteThread(parsed, read_only=True) if self.dialect == "sqlite" else None

    @property
    def is_there(self) -> bool:
        """Whether SQLite has a file yet, which looking would make; a server may always be asked."""
        file = self.engine.url.database
        return self.dialect != "sqlite" or not file or file == ":memory:" or Path(file).exists()

    def _engine(self, url: Any) -> AsyncEngine:
        if self.dialect == "sqlite":
            engine = create_async_engine(
                url, hide_parameters=True, pool_size=4, connect_args={"timeout": 15}
            )
            event.listen(engine.sync_engine, "connect", _sqlite_connect)
            event.listen(engine.sync_engine, "begin", _sqlite_begin)
            return engine
        return create_async_engine(
            url,
            hide_parameters=True,
            pool_size=_POOL,
            max_overflow=2,
            pool_pre_ping=True,
            connect_args={"timeout": 5, "command_timeout": 30},
        )

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """A writing transaction: committed at the end, rolled back by any exception."""
        with _translated():
            async with self._turn, self.engine.begin() as connection:
                yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """One consistent reading: all statements see the same instant."""
        with _translated():
            async with self.engine.connect() as connection:
                reader = await connection.execution_options(**self._reading_options())
                async with reader.begin():
                    yield reader

    async def write(self, body: Callable[[Connection], _Result]) -> _Result:
        """`body` as one writing transaction: committed when it returns, rolled back if it raises.

        On SQLite the whole of it runs in a thread of its own, so that a transaction
        is handed over once and not with every statement (about fifteen times cheaper).
        A caller that is cancelled does not stop what has begun.
        """
        with _translated():
            async with self._turn:
                if self._writer is not None:
                    return await self._writer.run(body)
                async with self.engine.begin() as connection:
                    return await connection.run_sync(body)

    @asynccontextmanager
    async def alone(self, key: int) -> AsyncIterator[bool]:
        """Whether nobody else on this database is at work under `key`; nobody is until the end.

        Holds no transaction open, so it may last.  SQLite is for one gateway, so
        there it is always true.
        """
        if self.dialect == "sqlite":
            yield True
            return
        with _translated():
            async with self.engine.connect() as connection:
                session = await connection.execution_options(isolation_level="AUTOCOMMIT")
                mine = bool(await session.scalar(select(func.pg_try_advisory_lock(key))))
                try:
                    yield mine
                finally:
                    if mine:
                        await _let_go(session, key)

    async def look(self, body: Callable[[Connection], _Result]) -> _Result:
        """`body` as one consistent reading: all its statements see the same instant.

        On SQLite the whole of it runs in a thread of its own, as with `write`.
        """
        with _translated():
            if self._looker is not None:
                return await self._looker.run(body)
            async with self.reading() as connection:
                return await connection.run_sync(body)

    async def fetch(self, query: Query, values: Values) -> Sequence[Sequence[Any]]:
        """One statement in one round trip, its own consistent reading of what is committed."""
        with _translated():
            return await self._reader.fetch(query, values)

    def _reading_options(self) -> dict[str, Any]:
        if self.dialect == "sqlite":
            return {"taalpoort_read_only": True}
        return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

    async def empty_journal(self) -> None:
        """What was overwritten or deleted leaves SQLite's journal too; readers are waited for.

        Raises `Retry(UNREACHABLE)` where one reads for too long: then it is not empty.
        """
        if self.dialect != "sqlite":
            return
        with _translated():
            async with self._turn, self.engine.connect() as connection:
                driver: Any = (await connection.get_raw_connection()).driver_connection
                done = await driver.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
        busy, *_ = next(iter(done))
        if busy:
            raise Retry(Reason.UNREACHABLE)

    async def rewrite(self) -> None:
        """SQLite's file is written anew, without gaps; others who write are waited for."""
        if self.dialect != "sqlite":
            return
        with _translated():
            async with self._turn, self.engine.connect() as connection:
                driver: Any = (await connection.get_raw_connection()).driver_connection
                await driver.execute("VACUUM")

    @asynccontextmanager
    async def maintaining(self) -> AsyncIterator[AsyncConnection]:
        """For statements of PostgreSQL that stand in no transaction, and may take long."""
        url = self.engine.url
        engine = create_async_engine(url, hide_parameters=True, connect_args={"timeout": 5})
        try:
            with _translated():
                async with engine.connect() as connection:
                    yield await connection.execution_options(isolation_level="AUTOCOMMIT")
        finally:
            await engine.dispose()

    async def close(self) -> None:
        """Give all connections back."""
        await self._reader.close()
        for thread in (self._writer, self._looker):
            if thread is not None:
                await thread.close()
        await self.engine.dispose()


class _SqliteThread:
    """One connection in a thread of its own; SQLite has one writer at a time anyway."""

    def __init__(self, url: URL, *, read_only: bool = False) -> None:
        self._engine = create_engine(
            url.set(drivername="sqlite+pysqlite"),
            hide_parameters=True,
            poolclass=StaticPool,
            connect_args={"timeout": 15, "check_same_thread": False},
        )
        event.listen(self._engine, "connect", _sqlite_connect)
        event.listen(self._engine, "begin", _sqlite_begin)
        if read_only:
            self._engine = self._engine.execution_options(taalpoort_read_only=True)
        self._thread = ThreadPoolExecutor(
            1, thread_name_prefix="database-reader" if read_only else "database-writer"
        )

    async def run(self, body: Callable[[Connection], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, body)

    def _run(self, body: Callable[[Connection], _Result]) -> _Result:
        with self._engine.begin() as connection:
            return body(connection)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)


async def _let_go(session: AsyncConnection, key: int) -> None:
    try:
        await session.execute(select(func.pg_advisory_unlock(key)))
    except BaseException:
        await session.invalidate()  # back in the pool, it would keep the lock for ever
        raise


async def lock_for_transaction(connection: AsyncConnection, key: int) -> None:
    """Let one transaction at a time pass this point, over all gateways on this database.

    PostgreSQL takes an advisory lock until the transaction ends; on SQLite
    ``BEGIN IMMEDIATE`` has already made this the only writer.
    """
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


class _translated:  # noqa: N801 - reads as a word at its use
    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> None:
        if error is None or _is_integrity(error):
            return
        if isinstance(error, (SQLAlchemyError, *TROUBLE)):
            raise Retry(Reason.UNREACHABLE) from None


def _is_integrity(error: BaseException) -> bool:
    return isinstance(error, DBAPIError) and type(error).__name__ == "IntegrityError"


def _sqlite_connect(connection: Any, _record: object) -> None:
    # The driver's own transaction handling would begin lazily, and late claims double up.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",
        "secure_delete=ON",
        "busy_timeout=15000",
        "cache_size=-16000",
        "wal_autocheckpoint=4000",  # 16 MB: pages of an index are written once for many commits
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begin(connection: Any) -> None:
    read_only = connection.get_execution_options().get("taalpoort_read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
