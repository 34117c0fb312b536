"""What is certified of an erasure: what went, what stays and on which article, and until when.

A text that is signed as the log's checkpoints are (C2SP signed-note), and reads as none:

    taalpoort erasure certificate 1
    {
     "certificate": 1,
     ...
    }

It names nobody: `mark` is known again only by who holds the master key and the database.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

HEADER = "taalpoort erasure certificate 1"
# The reason on record where something erased came back with an older database.
AGAIN = "avg-17-again"


class CertificateError(ValueError):
    """Not the text of a certificate; says no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stays:
    """Something that stays: `what` a code, on which article, until when where that is known."""

    what: str
    article: str
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """How many entries the log had, and its root (base64)."""

    size: int
    root: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """One certificate; moments are RFC 3339 in UTC.

    `number` counts those of one erasure.  `gone` is how many rows went, by table;
    `waiting` are stored mails that also hold something about somebody else, and go when
    that is settled.  `cleaned` and `left` are codes: what of the storage was overwritten
    or thrown away, and what the server may still hold.  `backups_until` is when the last
    backup from before has to be gone.  `originals` are mails as they came, and `files` those
    that somebody had made, that were still to go; None in a certificate of before they were
    counted.  `events` are the numbers of the consent events whose papers went where only a part
    was erased: by these it is done again.  None of all of a person, and where it is not the
    first that says so.
    """

    erasure: str
    number: int
    whole: bool
    reason: str
    case: str
    mark: str
    erased_at: str
    certified_at: str
    gone: Mapping[str, int]
    waiting: int
    stays: Sequence[Stays]
    before: Checkpoint | None
    after: Checkpoint
    database: str
    cleaned: Sequence[str]
    left: Sequence[str]
    backups_until: str
    originals: int | None = None
    files: int | None = None
    events: Sequence[int] | None = None

    def said(self) -> dict[str, Any]:
        """All of it, without what this certificate does not count."""
        later = ("originals", "files", "events")
        uncounted = {name for name in later if getattr(self, name) is None}
        return {name: value for name, value in asdict(self).items() if name not in uncounted}

    def text(self) -> str:
        """What is signed."""
        said = json.dumps(self.said(), indent=1, sort_keys=True, ensure_ascii=True)
        return f"{HEADER}\n{said}\n"

    @classmethod
    def parse(cls, text: str) -> Certificate:
        """Read it again; raises `CertificateError` for anything that is not written so."""
        header, _, said = text.partition("\n")
        found = None
        with suppress(ValueError, TypeError, KeyError, AttributeError):
            found = _read(json.loads(said)) if header == HEADER else None
        if found is None or found.text() != text:
            raise CertificateError("not the text of a certificate of erasure")
        return found


def _read(said: dict[str, Any]) -> Certificate:
    # Whatever else is in it is found when it is written again and compared.
    before = said["before"]
    return Certificate(
        **said
        | {
            "before": None if before is None else Checkpoint(**before),
            "after": Checkpoint(**said["after"]),
            "stays": [Stays(**each) for each in said["stays"]],
        }
    )


def moment(instant: datetime) -> str:
    """As a certificate says it: RFC 3339 in UTC, in whole seconds."""
    return instant.astimezone(UTC).isoformat(timespec="seconds")


def backups_until(erased_at: datetime, days: int) -> datetime:
    """When the last backup that was made before an erasure has to be gone."""
    return erased_at + timedelta(days=days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of somebody that was erased, by its number: what it takes to do so again.

    Papers of consent events, by their numbers in the register, and mail that was settled, as
    of `until`.  `events` is None where a certificate of before they were named does not say.
    `seal` is what the list beside the database has instead of a signature, None of a certificate.
    """

    erasure: str
    mark: str
    events: frozenset[int] | None
    until: datetime
    seal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """Whoever was erased, by their marks, and of whom a part was."""

    marks: frozenset[str] = frozenset()
    parts: tuple[Part, ...] = ()

    def __or__(self, more: Erased) -> Erased:
        """What either tells; one of them alone may hold."""
        parts = dict.fromkeys((*self.parts, *more.parts))
        return Erased(marks=self.marks | more.marks, parts=tuple(parts))


def erased(certificates: Sequence[Certificate]) -> Erased:
    """What is to be erased again where it comes back; of a part the first certificate says it."""
    return Erased(
        marks=marks(certificates), parts=tuple(map(_part, filter(_of_part, certificates)))
    )


def _of_part(found: Certificate) -> bool:
    return not found.whole and found.reason != AGAIN


def _part(found: Certificate) -> Part:
    return Part(
        erasure=found.erasure,
        mark=found.mark,
        events=None if found.events is None else frozenset(found.events),
        # It says whole seconds: all of the one in which it was erased is meant.
        until=datetime.fromisoformat(found.erased_at) + timedelta(seconds=1),
    )


def marks(certificates: Iterable[Certificate]) -> frozenset[str]:
    """Who is to be erased again where they come back: those who were erased whole."""
    return frozenset(each.mark for each in certificates if each.whole)
