"""What somebody with the database in hand does to the log, each in one line of a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, text, update

from gateway.adapters.log_verifying import DatabaseVerifier
from gateway.adapters.tables_log import (
    log_checkpoints,
    log_entries,
    log_index,
    log_pruned,
    log_tiles,
)
from gateway.ledger.checkpoints import Checkpoint
from gateway.ledger.merkle import leaf_hashes
from gateway.ledger.tiles import grow, root
from tests.contracts.flow import LATER
from tests.tampering import unguard

if TYPE_CHECKING:
    from sqlalchemy import Table

    from gateway.adapters.log_key import LogKey
    from gateway.ledger.checkpoints import Opened
    from gateway.ledger.verdict import Verdict
    from tests.contracts.flow import DatabaseWorld

TABLES = (log_entries, log_index, log_tiles, log_checkpoints, log_pruned)


@dataclass
class Rewriting:
    """The tables of one log; no trigger refuses anything any more."""

    world: DatabaseWorld

    async def unguard(self) -> None:
        """First of all."""
        async with self.world.database.transaction() as connection:
            await unguard(connection, *(table.name for table in TABLES), "decision_facts")

    async def run(self, *statements: Any) -> None:
        """In one transaction."""
        async with self.world.database.transaction() as connection:
            for statement in statements:
                await connection.execute(statement)

    async def rows(self, table: Table) -> list[dict[str, Any]]:
        """Everything in a table."""
        async with self.world.database.reading() as connection:
            found = await connection.execute(select(table))
            made = {column.name for column in table.c if column.computed is not None}
            return [
                {name: value for name, value in row._mapping.items() if name not in made}
                for row in found
            ]

    async def entry(self, seq: int) -> bytes:
        """The bytes of one entry."""
        async with self.world.database.reading() as connection:
            found = await connection.scalar(
                select(log_entries.c.entry).where(log_entries.c.seq == seq)
            )
        assert isinstance(found, bytes)
        return found

    async def number(self, kind: str, nth: int = 0) -> int:
        """Where the first entry of a kind stands, or a later one."""
        found = [row["seq"] for row in await self.rows(log_entries) if row["kind"] == kind]
        return int(sorted(found)[nth])

    async def set_entry(self, seq: int, **values: object) -> None:
        """Columns of one entry."""
        await self.run(update(log_entries).where(log_entries.c.seq == seq).values(**values))

    async def set_place(self, seq: int, **values: object) -> None:
        """What one entry is found by."""
        await self.run(update(log_index).where(log_index.c.seq == seq).values(**values))

    async def swap(self, one: int, other: int) -> None:
        """Whole entries change places."""
        for number, to in ((one, 1_000_000), (other, one), (1_000_000, other)):
            await self.run(update(log_entries).where(log_entries.c.seq == number).values(seq=to))

    async def take(self, seq: int) -> None:
        """Delete one and close the gap."""
        last = len(await self.rows(log_entries))
        for table in (log_entries, log_index):
            await self.run(delete(table).where(table.c.seq == seq))
            for each in range(seq + 1, last):
                await self.run(update(table).where(table.c.seq == each).values(seq=each - 1))

    async def put(self, seq: int, entry: bytes) -> None:
        """Insert one, with another's columns, and renumber the rest."""
        rows = await self.rows(log_entries)
        for table in (log_entries, log_index):
            for each in range(len(rows) - 1, seq - 1, -1):
                await self.run(update(table).where(table.c.seq == each).values(seq=each + 1))
        like = next(row for row in rows if row["seq"] == seq)
        await self.run(insert(log_entries).values(like | {"entry": entry}))
        await self.run(insert(log_index).values(seq=seq))

    async def rebuild(self, key: LogKey | None = None) -> None:
        """A tree that fits the entries as they are, and one checkpoint over it."""
        rows = sorted(await self.rows(log_entries), key=lambda row: int(row["seq"]))
        size, tiles = grow(0, {}, leaf_hashes(bytes(row["entry"]) for row in rows))
        await self.run(
            delete(log_tiles),
            *(
                insert(log_tiles).values(level=level, tile=tile, hashes=hashes)
                for (level, tile), hashes in tiles.items()
            ),
        )
        if key is not None:
            made = Checkpoint(origin=key.public.name, size=size, root=root(size, tiles))
            note = bytes(made.signed(key.public, key.sign))
            await self.run(
                delete(log_checkpoints),
                insert(log_checkpoints).values(size=size, note=note, signed_at=LATER),
            )

    async def backup(self) -> dict[str, list[dict[str, Any]]]:
        """The log as it is now."""
        return {table.name: await self.rows(table) for table in TABLES}

    async def restore(self, backup: dict[str, list[dict[str, Any]]]) -> None:
        """The log as it was."""
        for table in TABLES:
            await self.run(delete(table))
            reckoned = {column.name for column in table.columns if column.computed is not None}
            rows = [
                {name: value for name, value in row.items() if name not in reckoned}
                for row in backup[table.name]
            ]
            if rows:
                await self.run(insert(table).values(rows))

    async def sql(self, statement: str) -> None:
        """Past the types of columns."""
        await self.run(text(statement))

    async def newest(self) -> Opened:
        """The newest checkpoint, as a partner got it with a mail."""
        found = await self.world.sequencer.newest()
        assert found is not None
        return found

    async def verdict(self, *witnesses: Opened, opened: bool = True) -> Verdict:
        """As the log is: nothing is covered first."""
        world = self.world
        vault = world.vault if opened else None
        return await DatabaseVerifier(world.database, world.key.public, vault).verify(witnesses)

    async def found(self, *witnesses: Opened, opened: bool = True) -> list[str]:
        """What is wrong, as an officer reads it."""
        return [str(each) for each in (await self.verdict(*witnesses, opened=opened)).findings]
