"""How long a scope takes over a million disclosures, on either database.

    python -m tests.bench.scopes sqlite:////tmp/scopes.db [1000000 [100000]]
    python -m tests.bench.scopes postgresql://user@host/empty_database

Fills an empty database in a few minutes by its own means: 60 senders, 400 recipients, 50,000
people, 100 sets of fields, four decision tables and keys of ours, and the record of mail, in
which a hundred thousand reports more were never passed on.  And then counts, what was
disclosed alone and then together with what was only received.
"""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import typer
from sqlalchemy import text

from gateway.adapters.database import Database
from gateway.adapters.database_scope import DatabaseScopes
from gateway.adapters.migrate import migrate
from gateway.adapters.vault import Vault
from gateway.domain.scope import Criterion
from tests.bench.scopes_mail import (
    HEX,
    NUMBERS,
    PEOPLE,
    SENDERS,
    START,
    STEP,
    TABLES,
    mail_statements,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_Found = TypeVar("_Found")
MILLION = 1_000_000
EACH, RECIPIENTS, SETS = 40, 400, 100
KINDS = SENDERS * EACH * TABLES
# Multiplied by primes and taken apart, so that nothing lies in the order of anything else.
_SPREAD = "((i * 7919) % 1000003)"


def _fill(dialect: str, rows: int, stopped: int) -> list[str]:
    numbers, hexed = NUMBERS[dialect], HEX[dialect]
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
    moment = f"{int(START.timestamp()) * 1_000_000} + CAST(i AS bigint) * {STEP}"
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
            "CASE WHEN i % 3 = 0 THEN 'veld.achter' ELSE '' END",
        )
    )
    person, mail = "i + 1, 'dossier-' || i", f"i + 1, {hexed.format('i', 32)}"
    return [
        f"INSERT INTO disclosed_kind {numbers.format(KINDS, kind)}",
        f"INSERT INTO field_set {numbers.format(SETS, fields)}",
        f"INSERT INTO disclosed_person {numbers.format(PEOPLE, person)}",
        f"INSERT INTO disclosed_mail {numbers.format(rows // 3 + 1, mail)}",
        f"INSERT INTO disclosed {numbers.format(rows, one)}",
        *mail_statements(dialect, rows, stopped),
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
    "our own mailbox": Criterion(mailbox="poort@gemeente.example", boxes=frozenset({"INBOX"})),
}


async def measure(url: str, rows: int, stopped: int) -> None:
    """Fill, count each criterion three times in both ways, and print the best and the first."""
    database = Database(url)
    await migrate(database)
    began = time.monotonic()
    for statement in _fill(database.dialect, rows, stopped):
        if database.dialect == "sqlite":
            async with database.transaction() as connection:
                await connection.execute(text(statement))
            continue
        async with database.engine.connect() as connection:
            own = await connection.execution_options(isolation_level="AUTOCOMMIT")
            raw = (await own.get_raw_connection()).driver_connection
            await raw.execute(statement, timeout=600)  # type: ignore[union-attr]  # asyncpg's
    took = time.monotonic() - began
    typer.echo(f"{database.dialect}: {rows} disclosures, {stopped} stopped, filled in {took:.0f} s")
    scopes = DatabaseScopes(database, Vault(bytes(range(32))))
    for name, criterion in CRITERIA.items():
        alone, counts = await _timed(partial(scopes.counts, criterion))
        both, found = await _timed(partial(scopes.together, criterion))
        typer.echo(
            f"{name:<18} {counts.disclosures:>9} reports {counts.people:>6} people {alone}"
            f" | {found.received.reports:>7} not passed on {found.people:>6} people in all,"
            f" {sum(found.received.possible.values()):>6} possible {both}"
        )
    await database.close()


async def _timed(asked: Callable[[], Awaitable[_Found]]) -> tuple[str, _Found]:
    """What it answers; and the best of three times and the first, in milliseconds."""
    first, found = await _once(asked)
    best = min(first, *[(await _once(asked))[0] for _ in range(2)])
    return f"{best:>8.1f} ms, {first:>8.1f} the first time", found


async def _once(asked: Callable[[], Awaitable[_Found]]) -> tuple[float, _Found]:
    began = time.monotonic()
    found = await asked()
    return (time.monotonic() - began) * 1000, found


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[2:]]
    many = given[0] if given else MILLION
    asyncio.run(measure(sys.argv[1], many, given[1] if len(given) > 1 else many // 10))
