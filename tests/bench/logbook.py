"""The log alone: adding, signing, verifying and looking up, on an empty log and on a large one."""

from __future__ import annotations

import asyncio
import hashlib
import random
import secrets
import statistics
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import psutil
from sqlalchemy import insert, text

from gateway.adapters.database import Database
from gateway.adapters.database_log import DatabaseLog
from gateway.adapters.log_key import new_log_key
from gateway.adapters.log_proving import DatabaseProofs
from gateway.adapters.log_sequencing import Sequencer
from gateway.adapters.log_verifying import DatabaseVerifier
from gateway.adapters.log_writing import LogWriter, sequence
from gateway.adapters.migrate import migrate
from gateway.adapters.tables_register import dossier, dossier_secret
from gateway.adapters.vault import KEY_BYTES, Vault
from gateway.ledger.reading import Query
from tests.bench.log_filling import ACTIVE, PER_PERSON, Filling
from tests.bench.log_material import LogMaterial

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from gateway.ledger.records import Entry

BATCH = 1000
BATCHES = 30
# Fewer batches on a log so small that it is there to see that this runs.
_FEW, _SMALL = 2, 50_000
LOOKS = 100
_SAMPLED = 100
_PAGE = 2_000
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFigures:
    """What was measured on a log of `entries`.

    Rates are entries a second of wall time, on the empty log and on the full one;
    `slowdown` is the time of a batch on the full log over that on the empty one.
    `share` is the speed of a verification in that of SHA-256 alone over the same
    entries in the same process, reading them not counted; `share_read` the same where
    it is counted.  Times are the 95th percentile, in milliseconds.
    """

    entries: int
    append_empty: float
    append_full: float
    slowdown: float
    sequence: float
    verify: float
    share: float
    share_read: float
    proof_ms: float
    person_ms: float
    person_entries: int
    growth_mb: float

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {key: round(value, 3) for key, value in asdict(self).items()}


def logbook(folder: Path, entries: int) -> LogFigures:
    """Measure in this folder; a log of ten million entries takes 20 GB there."""
    return asyncio.run(_Logbook(folder, entries).measure())


class _Logbook:
    def __init__(self, folder: Path, entries: int) -> None:
        self._entries = entries
        self._file = folder / "log.db"
        self._vault = Vault(secrets.token_bytes(KEY_BYTES))
        self._key = new_log_key("log.example/bench")
        self._material = LogMaterial(self._vault)
        self._random = random.Random(5)

    async def measure(self) -> LogFigures:
        database = Database(f"sqlite:///{self._file}")
        try:
            await migrate(database)
            await self._register(database, 0)
            empty, _ = await self._append(database, 0)
            size = await self._size(database)
            filling = Filling(self._file, self._material, self._vault, self._key)
            await asyncio.to_thread(filling.fill, size, size + self._entries, datetime.now(UTC))
            first = self._entries // PER_PERSON
            await self._register(database, first)
            full, tree = await self._append(database, first)
            verify, (share, share_read), growth = await self._verify(database)
            size = await self._size(database)
            proofs = DatabaseProofs(database, self._vault, self._key.public)
            proof = await _p95(lambda: proofs.prove(self._random.randrange(size)))
            person, found = await self._person(database, first)
            return LogFigures(
                entries=size,
                append_empty=BATCH / empty,
                append_full=BATCH / full,
                slowdown=full / empty,
                sequence=tree,
                verify=verify,
                share=share,
                share_read=share_read,
                proof_ms=proof,
                person_ms=person,
                person_entries=found,
                growth_mb=growth,
            )
        finally:
            await database.close()

    async def _register(self, database: Database, first: int, people: int = ACTIVE) -> None:
        """Keys of all who are in a trajectory then."""
        fresh = [
            subject
            for number in range(first, first + people)
            if (subject := self._material.subject(number)) not in self._material.wrapped
        ]
        for subject in fresh:
            self._material.know(subject)
        known = fresh if first else list(self._material.wrapped)
        async with database.transaction() as connection:
            for at in range(0, len(known), 500):
                some = known[at : at + 500]
                await connection.execute(
                    insert(dossier),
                    [
                        {"dossier_id": e, "revision": 1, "recorded_at": 0, "recorded_by": "bench"}
                        for e in some
                    ],
                )
                await connection.execute(
                    insert(dossier_secret),
                    [{"dossier_id": e, "wrapped_key": self._material.wrapped[e]} for e in some],
                )

    async def _append(self, database: Database, first: int) -> tuple[float, float]:
        """Seconds of a batch, sealed and committed; and entries a second into the tree."""
        writer, sequencer = LogWriter(self._vault), Sequencer(database, self._key)
        times, signing = [], []
        for _ in range(BATCHES if self._entries >= _SMALL else _FEW):
            subjects = [
                self._material.subject(first + self._random.randrange(ACTIVE)) for _ in range(BATCH)
            ]
            now = datetime.now(UTC)
            entries = [self._material.entry(each, now) for each in subjects]
            began = time.perf_counter()
            await database.write(partial(_add, writer, entries, now))
            times.append(time.perf_counter() - began)
            began = time.perf_counter()
            await sequencer.integrate(datetime.now(UTC))
            signing.append(time.perf_counter() - began)
        return statistics.median(times), BATCH / statistics.median(signing)

    async def _verify(self, database: Database) -> tuple[float, tuple[float, float], float]:
        """Entries a second, the two shares, and what memory grew by in the second half (MB)."""
        peaks = [0.0, 0.0]

        def told(done: int, of: int) -> None:
            half = int(2 * done > of)
            peaks[half] = max(peaks[half], _memory())

        began = time.process_time()
        verdict = await DatabaseVerifier(database, self._key.public).verify((), told)
        seconds = time.process_time() - began
        if not verdict.whole:
            raise RuntimeError(f"the log of the bench is not whole: {verdict.findings[0]}")
        bare, read = await database.look(_bare)
        return verdict.size / seconds, (bare / seconds, read / seconds), peaks[1] - peaks[0]

    async def _person(self, database: Database, first: int) -> tuple[float, int]:
        """Everything about one person, found and opened: a whole trajectory, all on record."""
        first += 2 * ACTIVE  # nobody that the log was filled with
        await self._register(database, first, _SAMPLED)
        subjects = [self._material.subject(first + number) for number in range(_SAMPLED)]
        writer = LogWriter(self._vault)
        now = datetime.now(UTC)
        entries = [self._material.entry(each, now) for each in subjects for _ in range(PER_PERSON)]
        self._random.shuffle(entries)
        for at in range(0, len(entries), BATCH):
            await database.write(partial(_add, writer, entries[at : at + BATCH], now))
        reader = DatabaseLog(database, self._vault)
        counts = []

        async def look() -> None:
            query = Query(subject=self._random.choice(subjects))
            counts.append(len(await reader.show(query, None)))

        return await _p95(look), max(counts)

    async def _size(self, database: Database) -> int:
        newest = await Sequencer(database, self._key).newest()
        return newest.checkpoint.size if newest else 0


def _bare(connection: Connection) -> tuple[float, float]:
    """Seconds of SHA-256 alone over every entry, and the same with reading them."""
    spent, after, all_began = 0.0, -1, time.process_time()
    page = text("SELECT seq, entry FROM log_entries WHERE seq > :after ORDER BY seq LIMIT :n")
    while rows := connection.execute(page, {"after": after, "n": _PAGE}).cursor.fetchall():
        began = time.process_time()
        for _, content in rows:
            hashlib.sha256(content).digest()
        spent += time.process_time() - began
        after = rows[-1][0]
    return spent, time.process_time() - all_began


def _add(
    writer: LogWriter, entries: Sequence[Entry], now: datetime, connection: Connection
) -> None:
    sequence(connection)
    writer.append(connection, entries, now)


async def _p95(look: Callable[[], Awaitable[object]]) -> float:
    """Milliseconds."""
    times = []
    for _ in range(LOOKS):
        began = time.perf_counter()
        await look()
        times.append(time.perf_counter() - began)
    return sorted(times)[int(LOOKS * 0.95) - 1] * 1000


def _memory() -> float:
    return float(psutil.Process().memory_info().rss) / _MEGABYTE
