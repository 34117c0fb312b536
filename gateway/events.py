"""The operational log: a catalogue of events, each with the fields it may carry.

Whatever is not in the catalogue is dropped before it is written, so that no
value from a mail can reach a log line by accident.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Final, Protocol

import structlog

if TYPE_CHECKING:
    from collections.abc import Mapping

CATALOGUE: Final[Mapping[str, frozenset[str]]] = {
    "gateway.started": frozenset({"instance", "version", "database", "policy"}),
    "gateway.stopping": frozenset({"instance"}),
    "gateway.stopped": frozenset({"instance"}),
    "mailbox.received": frozenset({"mailbox", "count", "bytes"}),
    "mailbox.unreachable": frozenset({"seconds"}),
    "mail.handled": frozenset({"trace", "outcome", "reasons", "reports", "milliseconds"}),
    "mail.put_back": frozenset({"trace", "attempts", "reasons"}),
    "mail.forgotten": frozenset({"count"}),
    "mail.walks_again": frozenset({"trace"}),
    "reminder.posted": frozenset({"matter", "to"}),
    "reminder.untold": frozenset({"matter", "subject"}),
    "report.sent": frozenset({"trace", "outgoing"}),
    "report.postponed": frozenset({"trace", "outgoing", "attempts"}),
    "report.undeliverable": frozenset({"trace", "outgoing"}),
    "report.walks_again": frozenset({"trace", "outgoing"}),
    "database.unreachable": frozenset({"seconds"}),
    "log.broken": frozenset({"where"}),
    "bug": frozenset({"where", "kind"}),
}


class Events(Protocol):
    """Where events go."""

    def __call__(self, event: str, **fields: str | int | float) -> None:
        """Write one event of the catalogue; fields it does not know are dropped."""


def to_stderr() -> Events:
    """Events as JSON lines on standard error."""
    structlog.configure(
        processors=[
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logger = structlog.get_logger()

    def write(event: str, **fields: str | int | float) -> None:
        logger.info(event, **allowed(event, fields))

    return write


def allowed(event: str, fields: Mapping[str, str | int | float]) -> dict[str, str | int | float]:
    """The fields that this event may carry; an event outside the catalogue carries none."""
    known = CATALOGUE.get(event, frozenset())
    return {name: value for name, value in fields.items() if name in known}


def silent(event: str, **fields: str | int | float) -> None:
    """For commands and tests that keep no operational log."""
