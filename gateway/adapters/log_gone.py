"""What the log itself says is gone from it: entries nobody can read, and entries taken away.

Only an entry that opens with the log's own key is believed.  Who has the database and not
that key can empty the index, destroy a person's key, delete entries and write a row in
`log_pruned`, and cannot make the entry that would account for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.adapters.log_own_entries import ERASED, PRUNED, UNREADABLE, Absent, joined, stated
from gateway.adapters.timestamps import microseconds
from gateway.ledger.findings import Finding, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.adapters.tables_flow import AnyRow


class Gone:
    """Hears every entry of the log, and then says what is gone without account."""

    def __init__(self) -> None:
        self.unreadable = 0
        self.explained = 0  # of these, so many are named apart already
        self._accounted = 0
        self._absent: list[Absent] = []

    def heard(self, kind: str, content: dict[str, Any] | None, *, sealed: bool) -> None:
        """One entry; `content` None where its key is destroyed."""
        if content is None:
            self.unreadable += 1
        elif sealed and kind in {ERASED, PRUNED}:
            evidence = content["evidence"]
            self._accounted += evidence[UNREADABLE]
            if kind == PRUNED:
                self._absent += stated(evidence)

    def faults(self, pruned: Sequence[AnyRow], size: int) -> Iterator[Finding]:
        """What does not add up, `pruned` being the rows of `log_pruned`."""
        known = joined(self._absent)
        for row in pruned:
            said = Absent(
                first=row.first, after=row.after, newest=microseconds(row.newest_at) // 1000
            )
            if not any(said in each for each in known):
                detail = "taken away as if kept long enough, and no entry of the log says so"
                yield Finding(first=row.first, after=row.after, kind=Kind.DELETED, detail=detail)
        if self.unreadable - self.explained != self._accounted:
            detail = f"{self.unreadable} entries do not open, erasures say {self._accounted}"
            yield Finding(first=0, after=size, kind=Kind.UNREADABLE, detail=detail)
