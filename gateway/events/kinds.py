"""What a field of an event may hold: closed kinds, each checked before it is written.

A field that is allowed says nothing about what somebody puts into it.  So each
value is checked as well: only what is of its kind is written, and a value that
is not is dropped.  None of the kinds lets a sentence, an address or a date through.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from gateway.domain.duty_letters import DutyMatter
from gateway.domain.reminding import Matter
from gateway.domain.stops import Outcome, Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Value: TypeAlias = str | int | float

_MOST: Final = 2**53  # beyond it JSON readers lose digits (RFC 8259, 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of value; `meaning` is what the documentation says of it.

    `clean` gives back what of a value is of this kind, None where nothing is.
    """

    name: str
    meaning: str
    clean: Callable[[Value], Value | None]


def _like(pattern: str) -> Callable[[Value], Value | None]:
    form = re.compile(pattern, re.ASCII)

    def clean(value: Value) -> Value | None:
        return value if isinstance(value, str) and form.fullmatch(value) else None

    return clean


def _one_of(words: Iterable[str]) -> Callable[[Value], Value | None]:
    known = frozenset(map(str, words))

    def clean(value: Value) -> Value | None:
        return str(value) if isinstance(value, str) and value in known else None

    return clean


def _whole(value: Value) -> Value | None:
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST
    return value if fits else None


def _measure(value: Value) -> Value | None:
    fits = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _MOST
    return value if fits else None


def _codes(value: Value) -> Value | None:
    """The codes of the catalogue among the words; an empty text stays one."""
    if not isinstance(value, str):
        return None
    known = [word for word in value.split(" ") if word in _REASONS]
    return " ".join(known) if known or not value else None


_REASONS: Final = frozenset(map(str, Reason))

TRACE = Kind(
    name="trace",
    meaning="32 hexadecimal digits: the `trace_id` of the mail in the processing log",
    clean=_like(r"[0-9a-f]{32}"),
)
OUTGOING = Kind(
    name="outgoing",
    meaning="32 hexadecimal digits: one mail of the outbox",
    clean=_like(r"[0-9a-f]{32}"),
)
DIGEST = Kind(
    name="digest",
    meaning="64 hexadecimal digits: the SHA-256 of a decision table",
    clean=_like(r"[0-9a-f]{64}"),
)
COUNT = Kind(name="count", meaning="a whole number, 0 or more", clean=_whole)
BYTES = Kind(name="bytes", meaning="a whole number of bytes", clean=_whole)
PORT = Kind(name="port", meaning="the number of a TCP port", clean=_whole)
MAILBOX = Kind(
    name="mailbox",
    meaning="a whole number: the place of the mailbox in the configuration, the first is 1",
    clean=_whole,
)
MILLISECONDS = Kind(name="milliseconds", meaning="a number of milliseconds", clean=_measure)
SECONDS = Kind(name="seconds", meaning="a number of seconds", clean=_measure)
OUTCOME = Kind(
    name="outcome",
    meaning="one of " + ", ".join(f"`{each}`" for each in Outcome),
    clean=_one_of(Outcome),
)
REASONS = Kind(
    name="reasons",
    meaning="codes of [reasons.md](reasons.md), with a space between; any other word is dropped",
    clean=_codes,
)
MATTER = Kind(
    name="matter",
    meaning="one of " + ", ".join(f"`{each}`" for each in Matter),
    clean=_one_of(Matter),
)
DUTY = Kind(
    name="duty",
    meaning="one of " + ", ".join(f"`{each}`" for each in DutyMatter),
    clean=_one_of(DutyMatter),
)
REGISTERED = Kind(
    name="registered id",
    meaning="the register's own id of a contact or a party, with a letter in it",
    clean=_like(r"(?=[0-9-]*[a-z])[a-z0-9][a-z0-9-]{0,62}"),
)
INSTANCE = Kind(
    name="instance",
    meaning="the name of this gateway: letters, digits, dots, hyphens and underscores",
    clean=_like(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}"),
)
VERSION = Kind(
    name="version",
    meaning="a version of this program, such as `0.1.0`",
    clean=_like(r"[0-9]{1,4}(\.[0-9]{1,4}){0,3}((a|b|rc|\.post|\.dev)[0-9]{1,4}){0,3}"),
)
DATABASE = Kind(
    name="database",
    meaning="`sqlite` or `postgresql`",
    clean=_one_of(("sqlite", "postgresql")),
)
WORK = Kind(
    name="work",
    meaning="which of the gateway's own jobs: `api`, `command`, `database`, `handle`, "
    "`interpreter`, `look`, `mailbox`, `release`, `send`, `settle`, `store`, `thread`",
    clean=_one_of(
        (
            "api",
            "command",
            "database",
            "handle",
            "interpreter",
            "look",
            "mailbox",
            "release",
            "send",
            "settle",
            "store",
            "thread",
        )
    ),
)
EXCEPTION = Kind(
    name="exception",
    meaning="the name of an exception's or warning's class, never what it says",
    clean=_like(r"[A-Za-z_][A-Za-z0-9_]{0,79}"),
)
PLACE = Kind(
    name="place",
    meaning="module and line of this program, such as `gateway.runner.walking:104`",
    clean=_like(r"gateway(\.[a-z_0-9]+)*:[0-9]{1,5}"),
)
LOGGER = Kind(
    name="logger",
    meaning="the name of a library's logger: dotted, no spaces",
    clean=_like(r"[A-Za-z_][A-Za-z0-9_]{0,39}(\.[A-Za-z_][A-Za-z0-9_]{0,39}){0,7}"),
)
LEVEL = Kind(
    name="level",
    meaning="`debug`, `info`, `warning`, `error` or `critical`",
    clean=_one_of(("debug", "info", "warning", "error", "critical")),
)
TROUBLE = Kind(
    name="trouble",
    meaning="why the other side did not take it: `certificate`, `unreachable`, `unconfirmed`, "
    "`refused` or `file`; `unreadable`: an entry of the log does not open",
    clean=_one_of(("certificate", "unreachable", "unconfirmed", "refused", "file", "unreadable")),
)
FETCHING = Kind(
    name="fetching",
    meaning="why nothing was fetched: `address` (of a kind that is never asked), `unreachable`, "
    "`refused`, `too-large`, `not-believed`, `older` (than what is kept) or `not-kept` (no file "
    "could be written)",
    clean=_one_of(
        ("address", "unreachable", "refused", "too-large", "not-believed", "older", "not-kept")
    ),
)
EVENT = Kind(
    name="event",
    meaning="the name of an event of this catalogue, or `unknown`",
    clean=_like(r"[a-z_]{1,40}(\.[a-z_]{1,40})?"),
)
