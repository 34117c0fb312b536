"""What is asked of the log, and an entry as it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.ledger.envelope import Head


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which entries; what is left empty asks nothing, and all that is given must hold.

    `mail` is a trace, or the reference that a report bears; `subject` the
    register's own id of a dossier; `contacts` senders or recipients; `since` up to
    but not at `until`; `kinds` of entry; `outcomes` of a mail or report; `after`
    the number of an entry.
    """

    mail: str = ""
    subject: str = ""
    contacts: frozenset[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    kinds: frozenset[str] = frozenset()
    outcomes: frozenset[str] = frozenset()
    after: int = -1


EVERYTHING = Query()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Shown:
    """An entry as it is read: its number, what everybody may read, and what it says.

    `content` is None where the key of whom it was about is destroyed.
    """

    seq: int
    head: Head
    content: dict[str, Any] | None

    def plain(self) -> dict[str, Any]:
        """For JSON; what was erased says so."""
        said: dict[str, Any] = {"seq": self.seq, "kind": self.head.kind}
        if self.content is not None:
            return {**said, **self.content}
        return {
            **said,
            "erased": True,
            "trace_id": self.head.trace_id,
            "span_id": self.head.span_id,
            "at": self.head.at,
            "processing_activity_id": self.head.activity_id,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """What became of one turn of handing the log on: so many records were taken.

    `trouble` is a word of ours for why it did not go on; `more` that more is waiting.
    """

    count: int = 0
    trouble: str = ""
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What the read interface is asked; all that is given must hold, empty asks nothing.

    `trace` and `person` in hex, the latter the pseudonym of records; `activity` a URI of
    the register.  Entries behind number `after`, at most `limit`.
    """

    trace: str = ""
    activity: str = ""
    person: str = ""
    after: int = -1
    limit: int = 100


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Page:
    """What was found, in order; `after` is where to go on, None at the end.

    A page may hold less than was asked for, also nothing, and still have more behind it.
    """

    entries: tuple[Shown, ...] = ()
    after: int | None = None
