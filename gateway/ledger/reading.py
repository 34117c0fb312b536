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
