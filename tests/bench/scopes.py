"""How long a scope takes over a million disclosures, on either database.

    python -m tests.bench.scopes sqlite:////tmp/scopes.db [1000000]
    python -m tests.bench.scopes postgresql://user@host/empty_database

Fills an empty database in a minute by its own means: 60 senders, 400 recipients, 50,000
people, 100 sets of fields, four decision tables and keys of ours; and then counts.
"""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import UTC, datetime, timedelta

import typer
from sqlalchemy import text

from gateway.adapters.database import Database
from gateway.adapters.database_scope import DatabaseScopes
from gateway.adapters.migrate import migrate
from gateway.adapters.vault import Vault
from gateway.domain.scope import Criterion

MILLION = 1_000_000
SENDERS, EACH, RECIPIENTS, TABLES, SETS, PEOPLE = 60, 40, 400, 4, 100, 50_000
KINDS = SENDERS * EACH * TABLES
START = datetime(2024, 1, 1, tzinfo=UTC)
_STEP = 60_000_000  # microseconds from one disclosure to the next

_NUMBERS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {0})"
    " SELECT {1} FROM n",
    "postgresql": "SELECT {1} FROM generate_series(0::bigint, {0} - 1) AS n(i)",
}
_HEX = {"sqlite": "printf('%0{1}x', {0})", "postgresql": "lpad(to_hex({0}), {1}, '0')"}
# Multiplied by primes and taken apart, so that nothing lies in the order of anything else.
_SPREAD = "((i * 7919) % 1000003)"


def _fill(dialect: str, rows: int) -> list[str]:
    numbers, hexed = _NUMBERS[dialect], _HEX[dialect]
    kind = ", ".join(
        (
            "i + 1",
            hexed.format("i", 64),
            f"'sender-' || (i % {SENDERS})",
            f"'party-' || (i % {SENDERS} / 4)",
            f"'recipient-' || ((i / {SENDERS} * 37 + i) % {RECIPIENTS})",
            "'gemeente'",
            hexed.format(f"i % {TABLES}", 64),
            "'consent'",
            f"upper({hexed.format(f'(i / {SENDERS} * 37 + i) % {RECIPIENTS} + 1000', 40)})",
            f"upper({hexed.format(f'i % {TABLES}', 40)})",
            f"upper({hexed.format(f'i % {TABLES}', 40)})",
            "'openpgp'",
        )
    )
    moment = f"{int(START.timestamp()) * 1_000_000} + CAST(i AS bigint) * {_STEP}"
    one = ", ".join(
        (
            "i + 1",
            f"{_SPREAD} % {KINDS} + 1",
            f"(i * 31) % {SETS} + 1",
            f"(i * 104729) % {PEOPLE} + 1",
            "i / 3 + 1",
            "CASE WHEN i % 200 = 0 THEN 5 ELSE 2 END",
            "i % 3",
            moment,
            moment,
            moment,
            hexed.format("i", 16),
            f"substr({hexed.format('i * 13', 32)}, 25)",
            f"{hexed.format('i * 13', 32)} || '@poort.example>'",
        )
    )
    fields = ", ".join(
        (
            "i + 1",
            hexed.format("i", 64),
            "'identiteit P2'",
            "'veld' || i || CASE WHEN i % 2 = 0 THEN '.a' ELSE '.b' END",
        )
    )
    person, mail = "i + 1, 'dossier-' || i", f"i + 1, {hexed.format('i', 32)}"
    return [
        f"INSERT INTO disclosed_kind {numbers.format(KINDS, kind)}",
        f"INSERT INTO field_set {numbers.format(SETS, fields)}",
        f"INSERT INTO disclosed_person {numbers.format(PEOPLE, person)}",
        f"INSERT INTO disclosed_mail {numbers.format(rows // 3 + 1, mail)}",
        f"INSERT INTO disclosed {numbers.format(rows, one)}",
        "ANALYZE" if dialect == "sqlite" else "VACUUM ANALYZE",
    ]


CRITERIA = {
    "one contact": Criterion(contact="recipient-12"),
    "one sender": Criterion(contact="sender-7"),
    "one party": Criterion(party="party-3"),
    "key of a contact": Criterion(key=f"{1012:040X}"),
    "our own key": Criterion(key=f"{1:040X}"),
    "one table": Criterion(policy=f"{2:064x}"),
    "one quarter": Criterion(since=START + timedelta(days=200), until=START + timedelta(days=290)),
    "one mail": Criterion(mail=f"{4711:032x}"),
    "one person": Criterion(person="dossier-4711"),
    "several together": Criterion(party="gemeente", key=f"{1:040X}", since=START),
    "everything": Criterion(party="gemeente"),
}


async def measure(url: str, rows: int) -> None:
    """Fill, count each criterion three times, and print the best and the first."""
    database = Database(url)
    await migrate(database)
    began = time.monotonic()
    for statement in _fill(database.dialect, rows):
        if database.dialect == "sqlite":
            async with database.transaction() as connection:
                await connection.execute(text(statement))
            continue
        async with database.engine.connect() as connection:
            own = await connection.execution_options(isolation_level="AUTOCOMMIT")
            raw = (await own.get_raw_connection()).driver_connection
            await raw.execute(statement, timeout=600)  # type: ignore[union-attr]  # asyncpg's
    typer.echo(f"{database.dialect}: {rows} disclosures filled in {time.monotonic() - began:.0f} s")
    scopes = DatabaseScopes(database, Vault(bytes(range(32))))
    for name, criterion in CRITERIA.items():
        best, spent, counts, first = float("inf"), float("inf"), None, 0.0
        for _ in range(3):
            began, cpu = time.monotonic(), time.process_time()
            counts = await scopes.counts(criterion)
            took = time.monotonic() - began
            best, first = min(best, took), first or took
            spent = min(spent, time.process_time() - cpu)
        found = counts.disclosures if counts else 0
        people = counts.people if counts else 0
        typer.echo(
            f"{name:<18} {found:>9} reports {people:>6} people {best * 1000:>8.1f} ms,"
            f" {spent * 1000:>8.1f} of them in this process, {first * 1000:>8.1f} ms the first time"
        )
    await database.close()


if __name__ == "__main__":
    asyncio.run(measure(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else MILLION))
