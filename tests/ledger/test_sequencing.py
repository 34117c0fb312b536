"""Killed while it appends and sequences, and several at once: nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
import random
import subprocess
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select

from gateway.adapters.database import Database
from gateway.adapters.database_log import DatabaseLog
from gateway.adapters.log_key import LogKey, create_log_key
from gateway.adapters.log_sequencing import Sequencer
from gateway.adapters.log_verifying import DatabaseVerifier
from gateway.adapters.tables_log import log_checkpoints, log_entries
from gateway.adapters.tables_register import dossier, dossier_secret
from gateway.adapters.vault import Vault, create_master_key
from tests.contracts.flow import database_url
from tests.ledger.appending import LAUNCHER, ORIGIN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SEED = 20260112


class Writers:
    """Processes that append to one log, and what each said was committed."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.database = Database(url)
        self.vault = Vault.from_file(folder / "master")
        self.key = LogKey.from_file(folder / "log.key", ORIGIN)
        self.started = 0
        self._outputs: list[Path] = []
        self._processes: list[subprocess.Popen[bytes]] = []

    async def prepare(self) -> None:
        """One person."""
        async with self.database.transaction() as connection:
            recorded = {"revision": 1, "recorded_at": 0, "recorded_by": "x"}
            await connection.execute(insert(dossier).values(dossier_id="dossier-1", **recorded))
            secret = self.vault.new_person("dossier-1")
            await connection.execute(
                insert(dossier_secret).values(dossier_id="dossier-1", wrapped_key=secret)
            )

    def start(self) -> subprocess.Popen[bytes]:
        """One more."""
        self.started += 1
        output = self.folder / f"said-{self.started}"
        with output.open("wb") as said:
            process = subprocess.Popen(
                [*LAUNCHER, self.url, str(self.folder), f"p{self.started}"], stdout=said
            )
        self._outputs.append(output)
        self._processes.append(process)
        return process

    async def until_each_said(self, lines: int) -> None:
        """So many, each of them; the last line of one that dies may be half."""
        for output, process in zip(self._outputs, self._processes, strict=True):
            for _ in range(30_000):
                if output.read_bytes().count(b"\n") >= lines:
                    break
                assert process.poll() is None
                await asyncio.sleep(0.01)
            else:
                raise TimeoutError

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """SIGKILL; it was still at work until then."""
        assert process.poll() is None
        process.kill()
        process.wait(300)

    def kill_all(self) -> None:
        """Whoever still lives."""
        for process in self._processes:
            process.kill()
            process.wait(300)

    def committed(self) -> set[str]:
        """What was said to be."""
        return {
            line
            for output in self._outputs
            for line in output.read_text().rpartition("\n")[0].splitlines()
        }

    async def logged(self) -> Counter[str]:
        """What the log says, by what was to be said."""
        found: Counter[str] = Counter()
        async for each in DatabaseLog(self.database, self.vault).read():
            assert each.content is not None
            found[each.content["evidence"]["message_id"]] += 1
        return found

    async def check(self) -> None:
        """All that was said is there once, in one line, and every checkpoint ever signed holds."""
        await Sequencer(self.database, self.key).integrate(datetime.now(UTC))
        logged = await self.logged()
        assert self.committed() <= logged.keys()
        assert set(logged.values()) == {1}
        async with self.database.reading() as connection:
            numbers = (await connection.scalars(select(log_entries.c.seq))).all()
            notes = (await connection.scalars(select(log_checkpoints.c.note))).all()
        assert sorted(numbers) == list(range(len(logged)))
        assert len(notes) > self.started
        verdict = await DatabaseVerifier(self.database, self.key.public, self.vault).verify()
        assert [str(each) for each in verdict.findings] == []
        assert (verdict.size, verdict.covered) == (len(logged), len(logged))


@pytest.fixture
async def writers(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Writers]:
    create_master_key(tmp_path / "master")
    create_log_key(tmp_path / "log.key")
    found = Writers(database_url(request, tmp_path), tmp_path)
    await found.prepare()
    yield found
    found.kill_all()
    await found.database.close()


@pytest.mark.parametrize("writers", ["sqlite", "postgresql"], indirect=True)
async def test_killed_while_it_appends_and_sequences(writers: Writers) -> None:
    """Whatever it was in the midst of; each next one goes on, and the log verifies each time."""
    chance = random.Random(SEED)
    for _ in range(3):
        process = writers.start()
        await asyncio.sleep(0)
        while not writers.committed() or f"p{writers.started}-9" not in writers.committed():
            assert process.poll() is None
            await asyncio.sleep(0.01)
        await asyncio.sleep(chance.uniform(0.0, 0.4))
        writers.kill(process)
        await writers.check()


@pytest.mark.parametrize("writers", ["postgresql"], indirect=True)
async def test_several_on_one_database_keep_the_log_linear(writers: Writers) -> None:
    """All of them append and all of them sequence; one is killed meanwhile."""
    first, *_ = [writers.start() for _ in range(3)]
    await writers.until_each_said(60)
    writers.kill(first)
    last = writers.start()
    while f"p{writers.started}-60" not in writers.committed():
        assert last.poll() is None
        await asyncio.sleep(0.05)
    writers.kill_all()
    await writers.check()
    assert {name.partition("-")[0] for name in writers.committed()} == {"p1", "p2", "p3", "p4"}
