"""All parts in one run, so that their ratios mean something."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bench.deciding import deciding
from tests.bench.everything import everything
from tests.bench.figures import Latency, Part, Target, Timing
from tests.bench.floor import floor
from tests.bench.hostile import HostileFigures, hostile
from tests.bench.large import large
from tests.bench.logbook import LogFigures, logbook
from tests.bench.material import DOSSIERS, Material
from tests.bench.rig import servers
from tests.bench.serving import Bench, through_the_sink
from tests.bench.simple import simple
from tests.bench.walking import walking

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    Told: TypeAlias = Part | Latency | Timing | LogFigures | HostileFigures

MEGABYTE = 1024 * 1024
MEMORY_MB = 400.0
SLOW_SHARE = 10  # of the messages: python-gnupg takes its time


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is measured."""

    messages: int = 1000
    idle: int = 40
    load_seconds: float = 20.0
    large_mb: int = 25
    dossiers: int = DOSSIERS
    log_entries: int = 200_000
    malformed: int = 500

    @property
    def slow(self) -> int:
        """Messages for the parts on python-gnupg."""
        return max(5, min(200, self.messages // SLOW_SHARE * 2))


QUICK = Size(
    messages=30, idle=3, load_seconds=2.0, large_mb=3, dossiers=10, log_entries=2_000, malformed=40
)
FULL = Size(messages=10_000, idle=100, load_seconds=60.0, log_entries=10_000_000, malformed=5_000)


@dataclass(kw_only=True)
class Measured:
    """One run on one machine."""

    size: Size
    began: datetime
    machine: dict[str, Any]
    parts: list[Part] = field(default_factory=list)
    latencies: list[Latency] = field(default_factory=list)
    timings: list[Timing] = field(default_factory=list)
    logs: list[LogFigures] = field(default_factory=list)
    floods: list[HostileFigures] = field(default_factory=list)

    def part(self, key: str) -> Part:
        """The part of this name."""
        return next(each for each in self.parts if each.key == key)

    def timing(self, key: str) -> float:
        """Microseconds of the piece of reasoning of this name."""
        return next(each.microseconds for each in self.timings if each.key == key)

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "began": self.began.isoformat(timespec="seconds"),
            "machine": self.machine,
            "mail_bytes": 20_000,
            "keys": "Curve25519",
            "parts": [each.plain() for each in self.parts],
            "latency_seconds": [each.plain() for each in self.latencies],
            "reasoning": [each.plain() for each in self.timings],
            "log": [each.plain() for each in self.logs],
            "hostile": [each.plain() for each in self.floods],
            "targets": [
                {
                    "name": each.name,
                    "wanted": each.wanted,
                    "measured": each.measured,
                    "reached": each.reached,
                }
                for each in targets(self)
            ],
        }


def measure(size: Size, tell: Callable[[Told], None]) -> Measured:
    """Every part once; `tell` hears of each as soon as it is known."""
    material = Material(Path(tempfile.mkdtemp(prefix="bench-")), dossiers=size.dossiers)
    found = Measured(size=size, began=datetime.now(UTC), machine=machine())

    def add(*parts: Told) -> None:
        for each in parts:
            if isinstance(each, Part):
                found.parts.append(each)
            elif isinstance(each, Latency):
                found.latencies.append(each)
            elif isinstance(each, LogFigures):
                found.logs.append(each)
            elif isinstance(each, HostileFigures):
                found.floods.append(each)
            else:
                found.timings.append(each)
            tell(each)

    try:
        add(*deciding())
        add(_log(size))
        add(hostile(size.malformed))
        with servers(material.sender.address, material.casemanager.address) as there:
            bench = Bench(material, there)
            _bare(bench, size, add)
            _gateways(bench, size, add)
            add(
                *everything(
                    bench,
                    messages=size.messages,
                    idle=size.idle,
                    load_seconds=size.load_seconds,
                )
            )
            add(large(bench, size.large_mb))
    finally:
        material.close()
    return found


def _log(size: Size) -> LogFigures:
    with tempfile.TemporaryDirectory(prefix="bench-log-") as folder:
        return logbook(Path(folder), size.log_entries)


def _bare(bench: Bench, size: Size, add: Callable[..., None]) -> None:
    config = bench.fresh("sqlite", bench.there.front)
    mails = list(bench.material.mails(min(size.messages, 1000)))
    walk, letters = asyncio.run(walking(bench.material, config, mails))
    add(floor(bench.material, mails, letters), walk)


def _gateways(bench: Bench, size: Size, add: Callable[..., None]) -> None:
    for database, name in (("sqlite", "SQLite"), ("postgresql", "PostgreSQL")):
        add(
            through_the_sink(
                bench,
                key=database,
                name=f"c  the gateway, {name}",
                database=database,
                messages=size.messages,
            )
        )
    add(simple(bench, size.slow))
    add(
        through_the_sink(
            bench,
            key="gnupg",
            name="d' the gateway, GnuPG as engine",
            database="sqlite",
            messages=size.slow,
            engine="gnupg",
        )
    )


def targets(found: Measured) -> Sequence[Target]:
    """What the gateway is to reach, beside what it did in this run."""
    lowest, naive = found.part("floor"), found.part("naive")
    ours = [found.part("sqlite"), found.part("postgresql")]
    quiet = found.latencies[0]
    peak = max(part.peak for part in ours)
    one = found.part("large")
    made: list[Target] = []
    for part in ours:
        made += [
            _target(f"{part.name}: messages a second", part.rate, 100.0, least=True),
            _target(f"{part.name}: CPU in floors", part.total / lowest.total, 8.0),
            _target(
                f"{part.name}: CPU, times less than d", naive.total / part.total, 4.0, least=True
            ),
        ]
    return [
        *made,
        _target("latency when idle, p95, seconds", quiet.p95, 1.0),
        _target(f"peak memory over {ours[0].messages} messages, MB", peak, MEMORY_MB),
        _target("memory of the last quarter, times the second", _growth(ours), 1.1),
        _target(f"peak memory with {one.name}, MB", one.peak, MEMORY_MB),
        *_reasoning(found),
        *_logging(found),
        *standing_firm(found.floods[0]),
    ]


def _reasoning(found: Measured) -> Sequence[Target]:
    longest = max(each.microseconds for each in found.timings if each.key.startswith("consent"))
    return (
        _target("one decision, microseconds", found.timing("decision"), 50.0),
        _target("consent from 1,000 events, microseconds", longest, 1000.0),
    )


def _logging(found: Measured) -> Sequence[Target]:
    log = found.logs[0]
    return (
        _target("log: entries added a second, in batches", log.append_full, 10_000.0, least=True),
        _target("log: time of a batch on the full log, times the empty", log.slowdown, 1.2),
        _target(
            "log: verification, in speeds of SHA-256 over the same", log.share_read, 0.3, least=True
        ),
        _target("log: a proof, p95, ms", log.proof_ms, 5.0),
        _target(f"log: one person's {log.person_entries} entries, p95, ms", log.person_ms, 100.0),
        _target("log: what memory grows by in half a verification, MB", log.growth_mb, 8),
    )


def standing_firm(flood: HostileFigures) -> Sequence[Target]:
    """What a flood may do to good mail and to memory."""
    return (
        _target("good mail between hostile ones, median, times usual", flood.slowdown, 2.0),
        _target("good mail between hostile ones, p95, times usual", flood.slowdown_p95, 2.0),
        _target("good mail between hostile ones: out of order", float(not flood.in_order), 0.0),
        _target("hostile mails without exactly one outcome", flood.lost, 0.0),
        _target("memory in a flood, last quarter, times the second", flood.growth, 1.1),
    )


def _target(name: str, value: float, limit: float, *, least: bool = False) -> Target:
    return Target(
        name=name,
        wanted=f"{'at least' if least else 'at most'} {limit:g}",
        measured=f"{value:.2f}" if value < 20 else f"{value:.0f}",
        reached=value >= limit if least else value <= limit,
    )


def _growth(parts: Sequence[Part]) -> float:
    """1.0 is flat: mean memory of a run's last quarter over that of its second."""
    worst = 0.0
    for part in parts:
        quarter = max(1, len(part.memory) // 4)
        second = [each.rss for each in part.memory[quarter : 2 * quarter]] or [part.peak]
        last = [each.rss for each in part.memory[-quarter:]]
        worst = max(worst, (sum(last) / len(last)) / (sum(second) / len(second)))
    return worst


def machine() -> dict[str, Any]:
    """What this was measured on."""
    cpu = Path("/proc/cpuinfo").read_text().partition("model name")[2].partition("\n")[0]
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cpu": cpu.lstrip("\t :"),
        "cores": os.cpu_count(),
        "memory_gb": round(memory / 1024**3),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 1),
        **{name: _version(*command) for name, command in _VERSIONS.items()},
    }


_VERSIONS = {
    "gnupg": ("gpg", "--version"),
    "dovecot": ("dovecot", "--version"),
    "postfix": ("postconf", "-d", "mail_version"),
    "postgresql": ("psql", "--version"),
}


def _version(program: str, *arguments: str) -> str:
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin")
    if found is None:
        return "not there"
    done = subprocess.run((found, *arguments), check=False, capture_output=True, text=True)
    words = done.stdout.partition("\n")[0].split()
    return next((word for word in words if word[0].isdigit()), "unknown")
