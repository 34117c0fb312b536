"""A gateway that only logs, in a process of its own, to be killed: for tests only.

    python -m tests.ledger.appending URL FOLDER NAME

Appends entries, each transaction a few, and sequences them meanwhile, until it
dies.  A number stands on standard output once the entry with it was committed.
`FOLDER` holds the master key and the log's key.
"""

from __future__ import annotations

import asyncio
import random
import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.adapters.database import Database
from gateway.adapters.evidence import milliseconds, new_span, new_trace
from gateway.adapters.log_key import LogKey
from gateway.adapters.log_sequencing import Sequencer
from gateway.adapters.log_writing import LogWriter, sequence
from gateway.adapters.vault import Vault
from gateway.ledger.records import Activity, Found, Record, Status, entry
from tests.contracts.flow import ACTIVITY, LOG_KEY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.ledger.records import Entry

ORIGIN = LOG_KEY.public.name
LAUNCHER = (sys.executable, "-m", "tests.ledger.appending")


def some_entry(name: str, number: int, now: datetime) -> Entry:
    """Every other one about somebody."""
    at = milliseconds(now)
    record = Record(
        trace_id=new_trace(),
        span_id=new_span(),
        name="verzenden",
        status=Status.OK,
        start_time=at,
        end_time=at,
    )
    evidence = {"message_id": f"{name}-{number}"}
    found = Found(subject="dossier-1" if number % 2 else None)
    return entry("sent", record, Activity(activity_id=ACTIVITY), evidence, found)


async def appending(database: Database, vault: Vault, name: str) -> None:
    """For ever."""
    writer, numbers = LogWriter(vault), count()
    while True:
        some = [next(numbers) for _ in range(random.randint(1, 5))]
        now = datetime.now(UTC)

        def write(connection: Connection, some: list[int] = some, now: datetime = now) -> None:
            sequence(connection)
            writer.append(connection, [some_entry(name, each, now) for each in some], now)

        await database.write(write)
        sys.stdout.write("".join(f"{name}-{each}\n" for each in some))
        sys.stdout.flush()
        await asyncio.sleep(0)


async def sequencing(database: Database, key: LogKey) -> None:
    """For ever, much more often than a gateway does."""
    sequencer = Sequencer(database, key)
    while True:
        await sequencer.integrate(datetime.now(UTC))
        await asyncio.sleep(0.005)


async def main(url: str, folder: Path, name: str) -> None:
    """Until somebody kills it."""
    database = Database(url)
    vault = Vault.from_file(folder / "master")
    key = LogKey.from_file(folder / "log.key", ORIGIN)
    await asyncio.gather(appending(database, vault, name), sequencing(database, key))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
