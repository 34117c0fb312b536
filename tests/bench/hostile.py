"""(f) Malformed mail in a row: what it does to the good mail between it, and to memory.

A gateway in this process (real runner, Maildir, SQLite, openers) first gets as many
malformed mails as it can bear; then, at a third of that speed, good mails alone, and as
many good ones a second with malformed ones between them.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bench.figures import Latency, latency, thinned
from tests.bench.metering import Watch, cpu_seconds
from tests.mails.faults import scenes
from tests.mails.flood import Arriving, flood
from tests.mails.standing import standing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.bench.metering import Memory
    from tests.mails.standing import Flooded

SEED = 5
GOOD_EVERY = 10
LOAD = 0.3  # of what was reached at full speed
TRIED = 60  # malformed mails at full speed
LONGEST = 1800.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class HostileFigures:
    """One flood; `alone` and `between` are the good mails' times, from Maildir to relay.

    `cpu` is milliseconds of processor time for each mail, all processes together.
    """

    malformed: int
    alone: Latency
    between: Latency
    in_order: bool
    lost: int
    outcomes: Mapping[str, int]
    cpu: float
    memory: Sequence[Memory]

    @property
    def slowdown(self) -> float:
        """How many times its usual time a good mail takes between hostile ones, at the median."""
        return self.between.p50 / self.alone.p50

    @property
    def slowdown_p95(self) -> float:
        """The same for the slowest in twenty."""
        return self.between.p95 / self.alone.p95

    @property
    def growth(self) -> float:
        """1.0 is flat: mean memory of the last quarter over that of the second."""
        quarter = max(1, len(self.memory) // 4)
        second = [each.rss for each in self.memory[quarter : 2 * quarter]] or [1.0]
        last = [each.rss for each in self.memory[-quarter:]] or [1.0]
        return (sum(last) / len(last)) / (sum(second) / len(second))

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "malformed": self.malformed,
            "good_alone_seconds": self.alone.plain(),
            "good_between_seconds": self.between.plain(),
            "times_usual_p50": round(self.slowdown, 2),
            "times_usual_p95": round(self.slowdown_p95, 2),
            "in_order_of_arrival": self.in_order,
            "lost": self.lost,
            "outcomes": dict(self.outcomes),
            "cpu_ms_per_mail": round(self.cpu, 2),
            "memory_last_quarter_over_second": round(self.growth, 3),
            "memory_mb": [round(each.rss, 1) for each in thinned(self.memory)],
        }


def hostile(malformed: int) -> HostileFigures:
    """That many malformed mails, a good one before every tenth."""
    with tempfile.TemporaryDirectory(prefix="bench-hostile-") as folder:
        return asyncio.run(_measured(Path(folder), malformed))


async def _measured(folder: Path, malformed: int) -> HostileFigures:
    for name in ("made", "gateway"):
        (folder / name).mkdir()
    kinds = _kept(folder / "made", malformed)
    good = [mail.content for mail in _alone(max(10, malformed // 100))]
    async with standing(folder / "gateway") as gateway:
        pace = await _pace(gateway)
        alone = (Arriving("good", each, good=True) for each in good)
        first = len(gateway.arrived)
        await _fed(gateway, alone, pace * GOOD_EVERY)
        begin, spent = len(gateway.arrived), cpu_seconds(os.getpid())
        with Watch(os.getpid(), progress=lambda: len(gateway.handled)) as watch:
            await _fed(gateway, _read(folder / "made", kinds), pace)
        used = sum(cpu_seconds(os.getpid()).values()) - sum(spent.values())
        found, left = await gateway.standing(), await gateway.delivered()
        times = [(number, at - gateway.at[number]) for number, at in left]
        wanted = [number for number, each in enumerate(gateway.arrived) if each.good]
        return HostileFigures(
            malformed=malformed,
            alone=latency("good mail alone", _between(times, first, begin), 0.1 / pace),
            between=latency("between malformed ones", _between(times, begin), 0.1 / pace),
            in_order=[number for number, _ in left] == wanted,
            lost=sum(len(found.get(number, ())) != 1 for number in range(len(gateway.arrived))),
            outcomes=Counter(outcome for each in found.values() for _, outcome in each),
            cpu=used * 1000 / len(kinds),
            memory=watch.samples,
        )


def _kept(folder: Path, malformed: int) -> list[tuple[str, bool]]:
    """Made before anything is measured, and on disk, so that memory is the gateway's own."""
    kinds: list[tuple[str, bool]] = []
    for number, mail in enumerate(flood(SEED, malformed, GOOD_EVERY)):
        (folder / str(number)).write_bytes(mail.content)
        kinds.append((mail.name, mail.good))
    return kinds


def _read(folder: Path, kinds: Sequence[tuple[str, bool]]) -> Iterator[Arriving]:
    for number, (name, good) in enumerate(kinds):
        yield Arriving(name, (folder / str(number)).read_bytes(), good)


def _alone(count: int) -> Iterator[Arriving]:
    (scene, *_) = scenes().values()
    return (Arriving("good", scene.mail(), good=True) for _ in range(count))


async def _pace(gateway: Flooded) -> float:
    """Seconds from one mail to the next at which the gateway is idle for most of the time."""
    loop = asyncio.get_running_loop()
    mails = list(flood(SEED + 1, TRIED, TRIED))
    await _fed(gateway, iter(mails[:5]), 0)
    began = loop.time()
    await _fed(gateway, iter(mails[5:]), 0)
    return (loop.time() - began) / (len(mails) - 5) / LOAD


async def _fed(gateway: Flooded, mails: Iterator[Arriving], pace: float) -> None:
    """One after another, so many seconds apart, and then until all is at rest."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number, mail in enumerate(mails):
        await asyncio.sleep(began + number * pace - loop.time())
        gateway.arrives(mail)
    await gateway.settled(LONGEST)


def _between(times: Sequence[tuple[int, float]], first: int, end: int = 2**31) -> list[float]:
    return [seconds for number, seconds in times if first <= number < end]
