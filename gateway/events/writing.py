"""Writing events: what the catalogue allows, as JSON lines on standard error."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from gateway.events.catalogue import CATALOGUE, DROPPED, Level

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.events.kinds import Value

_UNKNOWN: Final = "unknown"
_NUMBERS: Final = {
    Level.INFO: logging.INFO,
    Level.WARNING: logging.WARNING,
    Level.ERROR: logging.ERROR,
}


class Events(Protocol):
    """Where events go."""

    def __call__(self, event: str, **fields: str | int | float) -> None:
        """Write one event of the catalogue; what it does not know is dropped, and counted."""


class Writer:
    """Hands on what the catalogue allows, and tells of what it does not.

    `write` gets the name, the level and the fields.  `dropped` counts events, fields
    and values that were not written.
    """

    def __init__(self, write: Callable[[str, Level, Mapping[str, Value]], None]) -> None:
        self._write = write
        self._told_at = 1
        self.dropped = 0

    def __call__(self, event: str, **fields: str | int | float) -> None:
        """As `Events` says; never raises because of what it is given."""
        known = CATALOGUE.get(event)
        if known is None:
            self._drop(1, _UNKNOWN)
            return
        kept: dict[str, Value] = {}
        lost = 0
        for name, value in fields.items():
            kind = known.fields.get(name)
            clean = None if kind is None else kind.clean(value)
            if clean is not None:
                kept[name] = clean
            lost += clean is None or clean != value
        self._write(event, known.level, kept)
        if lost:
            self._drop(lost, event)

    def _drop(self, count: int, about: str) -> None:
        # Told ever more seldom: a fault of ours in a loop must not fill the disk.
        self.dropped += count
        if self.dropped >= self._told_at:
            while self._told_at <= self.dropped:
                self._told_at *= 2
            told: dict[str, Value] = {"count": self.dropped, "about": about}
            self._write(DROPPED, CATALOGUE[DROPPED].level, told)


def to_stderr() -> Writer:
    """Events as JSON lines on standard error, each with its level and moment."""
    logger = structlog.wrap_logger(
        structlog.WriteLogger(file=sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )

    def write(event: str, level: Level, fields: Mapping[str, Value]) -> None:
        logger.log(_NUMBERS[level], event, **fields)

    return Writer(write)


def silent(event: str, **fields: str | int | float) -> None:
    """For commands and tests that keep no operational log."""
