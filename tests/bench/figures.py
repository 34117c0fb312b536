"""What was measured, in the units in which it is told."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping, Sequence

    from tests.bench.metering import Memory

CURVE = 60  # points


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One way to bring `messages` to their recipients.

    `cpu` is milliseconds of processor time per message by kind of process of
    what is measured, `servers` the same of the mail servers and the database
    around it.  `memory` is of all measured processes together.
    """

    key: str
    name: str
    messages: int
    seconds: float
    cpu: Mapping[str, float]
    servers: Mapping[str, float] = field(default_factory=dict)
    memory: Sequence[Memory] = ()

    @property
    def rate(self) -> float:
        """Messages per second."""
        return self.messages / self.seconds

    @property
    def total(self) -> float:
        """Milliseconds of processor time per message, all measured processes together."""
        return sum(self.cpu.values())

    @property
    def peak(self) -> float:
        """MB, each process counted with all its pages (RSS): the stricter of the two."""
        return max((each.rss for each in self.memory), default=0.0)

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "key": self.key,
            "name": self.name,
            "messages": self.messages,
            "seconds": round(self.seconds, 2),
            "messages_per_second": round(self.rate, 1),
            "cpu_ms_per_message": rounded(self.cpu) | {"all": round(self.total, 2)},
            "servers_cpu_ms_per_message": rounded(self.servers),
            "peak_memory_mb": round(self.peak, 1),
            "peak_memory_pss_mb": round(max((m.pss for m in self.memory), default=0.0), 1),
            "memory": [
                {"messages": m.done, "rss_mb": round(m.rss, 1), "pss_mb": round(m.pss, 1)}
                for m in thinned(self.memory)
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Seconds from "accepted by Postfix" to "lies in the casemanager's mailbox"."""

    name: str
    messages: int
    per_second: float
    p50: float
    p95: float
    p99: float
    worst: float

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        found = asdict(self)
        return found | {key: round(value, 3) for key, value in found.items() if key[0] in "pw"}


def latency(name: str, seconds: Sequence[float], per_second: float) -> Latency:
    """The percentiles of these."""
    ordered = sorted(seconds)

    def percentile(share: float) -> float:
        return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]

    return Latency(
        name=name,
        messages=len(ordered),
        per_second=per_second,
        p50=percentile(0.50),
        p95=percentile(0.95),
        p99=percentile(0.99),
        worst=ordered[-1],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What one piece of pure reasoning takes, in microseconds."""

    key: str
    name: str
    microseconds: float

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {"key": self.key, "name": self.name, "microseconds": round(self.microseconds, 1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is to be reached, and what was."""

    name: str
    wanted: str
    measured: str
    reached: bool


def per_message(after: Counter[str], before: Counter[str], messages: int) -> dict[str, float]:
    """Milliseconds for each message; kinds that took nothing are left out."""
    spent = {name: (after[name] - before[name]) * 1000 / messages for name in after}
    return {name: each for name, each in spent.items() if each > 0.005}


def rounded(values: Mapping[str, float]) -> dict[str, float]:
    """Two decimals."""
    return {name: round(value, 2) for name, value in values.items()}


def thinned(samples: Sequence[Memory]) -> Sequence[Memory]:
    """Enough of them to draw the curve."""
    step = max(1, len(samples) // CURVE)
    return samples[::step]
