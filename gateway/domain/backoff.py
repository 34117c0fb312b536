"""How long to wait before trying again what did not work."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Backoff:
    """Exponential waits with jitter: half of each wait is certain, half is chance.

    `first` and `most` are seconds.  `chance` gives numbers in [0, 1), as
    ``random.random`` does; jitter keeps many gateways from coming back to a
    restarted server in step.
    """

    def __init__(
        self, *, chance: Callable[[], float], first: float = 1.0, most: float = 300.0
    ) -> None:
        if not 0 < first <= most:
            raise ValueError("a wait needs 0 < first <= most")
        self._chance = chance
        self._first = first
        self._most = most
        self.failures = 0

    def next(self) -> float:
        """Count one more failure; the seconds to wait before the next attempt."""
        doublings = min(self.failures, 32)  # beyond it, only the float would grow
        self.failures += 1
        whole = min(self._first * float(1 << doublings), self._most)
        return whole * (0.5 + 0.5 * self._chance())

    def reset(self) -> None:
        """It worked: the next failure waits `first` again."""
        self.failures = 0
