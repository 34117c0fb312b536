"""(c) The gateway's own way: ``gateway serve`` between a full Dovecot mailbox and ``smtp-sink``."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.bench.figures import Part, per_message
from tests.bench.material import configured
from tests.bench.metering import Watch, cpu_seconds, server_seconds, waited
from tests.bench.rig import configuration, gateway

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.bench.material import Material
    from tests.bench.rig import Process, Servers
    from tests.servers.postfix import Postfix
    from tests.servers.process import Server

LONGEST = 1800.0  # seconds


@dataclass
class Bench:
    """What all parts share."""

    material: Material
    there: Servers
    number: int = 0

    def fresh(self, database: str, relay: Postfix, engine: str = "sequoia") -> Path:
        """An empty mailbox and a configuration over a filled, new database."""
        self.number += 1
        where = self.material.folder / f"run{self.number}"
        url = f"sqlite:///{where}/gateway.db" if database == "sqlite" else self._postgres()
        file = configuration(
            where, self.material, self.there, database=url, relay=relay, engine=engine
        )
        asyncio.run(self.material.prepared(configured(file)))
        self.there.empty(self.there.account)
        return file

    def _postgres(self) -> str:
        return self.there.postgres.create_database()


def through_the_sink(
    bench: Bench, *, key: str, name: str, database: str, messages: int, engine: str = "sequoia"
) -> Part:
    """Everything that lies in the mailbox, until the sink took report and receipt of each."""
    there = bench.there
    config = bench.fresh(database, there.front, engine)
    there.preload(bench.material.mails(messages))
    return measured(bench, config, key=key, name=name, messages=messages)


def measured(
    bench: Bench, config: Path, *, key: str, name: str, messages: int, pause: float = 0.5
) -> Part:
    """From the gateway's start to the last mail at the sink."""
    there = bench.there
    already = there.sink.count()
    around = {
        "dovecot": there.dovecot,
        "postfix": there.front,
        "sink": there.sink,
        "postgresql": there.postgres,
    }

    def done() -> int:
        return (there.sink.count() - already) // 2

    with gateway(config) as process:
        meter = Meter.started(process, around)
        with Watch(process.pid, progress=done, pause=pause) as watch:
            end = waited(lambda: done() >= messages, LONGEST, process.goes_well, there.told)
        return meter.part(key, name, messages, end - meter.began, watch)


@dataclass
class Meter:
    """Processor time from here on, of a process and of the servers around it."""

    pid: int
    around: Mapping[str, Server]
    beside: Sequence[str]
    cpu: Counter[str]
    servers: dict[str, float]
    began: float

    @classmethod
    def started(cls, process: Process, around: Mapping[str, Server], *beside: str) -> Meter:
        """Begin."""
        return cls(
            pid=process.pid,
            around=around,
            beside=beside,
            cpu=cpu_seconds(process.pid, *beside),
            servers=_spent(around),
            began=process.ready,
        )

    def part(self, key: str, name: str, messages: int, seconds: float, watch: Watch) -> Part:
        """What it took."""
        after = _spent(self.around)
        servers = {each: (after[each] - self.servers[each]) * 1000 / messages for each in after}
        return Part(
            key=key,
            name=name,
            messages=messages,
            seconds=seconds,
            cpu=per_message(cpu_seconds(self.pid, *self.beside), self.cpu, messages),
            servers=servers,
            memory=watch.samples,
        )


def _spent(around: Mapping[str, Server]) -> dict[str, float]:
    return {name: server_seconds(server.processes()) for name, server in around.items()}
