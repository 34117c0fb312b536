"""Entries that the log makes about itself: that somebody was erased, that a part was pruned.

Records about nobody, sealed under the log's own key: whoever verifies with that key
reads from them what may be unreadable or absent, and believes nothing else about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gateway.adapters.evidence import milliseconds, new_span, new_trace
from gateway.ledger.records import Record, Status, entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from gateway.ledger.records import Activity, Entry, Plain

    ActivityOf = Callable[[str, str], Activity]

ERASED: Final = "erased"
PRUNED: Final = "pruned"
# By how much an entry of either kind changes the number of entries that nobody can read.
UNREADABLE: Final = "unreadable"
_NAMES = {ERASED: "wissen", PRUNED: "opschonen van het logboek"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """Entries from `first` to before `after` that were taken away.

    The last of them was recorded at `newest`, in milliseconds since 1970.
    """

    first: int
    after: int
    newest: int

    def __contains__(self, other: Absent) -> bool:
        inside = self.first <= other.first and other.after <= self.after
        return inside and other.newest <= self.newest

    def plain(self) -> Mapping[str, Plain]:
        """As an entry says it."""
        return {"first": self.first, "after": self.after, "newest": self.newest}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one pruning took: the root over it (RFC 6962), and the terms by activity.

    `unreadable` as in `UNREADABLE`; `before` are prunings whose own entries went with it.
    """

    absent: Absent
    root: bytes
    terms: Mapping[str, str]
    unreadable: int
    before: Sequence[Absent]


def erased_entry(activity_of: ActivityOf, reason: str, *, unreadable: int, now: datetime) -> Entry:
    """That somebody's key was destroyed; not whose.  `reason` is a code."""
    return _entry(ERASED, activity_of, {"reason": reason, UNREADABLE: unreadable}, now)


def pruned_entry(activity_of: ActivityOf, taken: Taken, now: datetime) -> Entry:
    """That entries were taken away: which, under which rule, and the root over them."""
    absent = taken.absent
    evidence: dict[str, Plain] = {
        **absent.plain(),
        "count": absent.after - absent.first,
        "root": taken.root.hex(),
        "terms": dict(taken.terms),
        UNREADABLE: taken.unreadable,
        "before": [each.plain() for each in taken.before],
    }
    return _entry(PRUNED, activity_of, evidence, now)


def stated(evidence: Mapping[str, Any]) -> list[Absent]:
    """All that the entry of a pruning says was taken away, then and before."""
    return [
        Absent(first=each["first"], after=each["after"], newest=each["newest"])
        for each in (evidence, *evidence["before"])
    ]


def joined(found: Iterable[Absent]) -> list[Absent]:
    """The same, in order, with neighbours as one."""
    whole: list[Absent] = []
    for each in sorted(found, key=lambda each: (each.first, each.after)):
        last = whole[-1] if whole else None
        if last is None or last.after < each.first:
            whole.append(each)
            continue
        after, newest = max(last.after, each.after), max(last.newest, each.newest)
        whole[-1] = Absent(first=last.first, after=after, newest=newest)
    return whole


def _entry(
    kind: str, activity_of: ActivityOf, evidence: Mapping[str, Plain], now: datetime
) -> Entry:
    record = Record(
        trace_id=new_trace(),
        span_id=new_span(),
        name=_NAMES[kind],
        status=Status.OK,
        start_time=milliseconds(now),
        end_time=milliseconds(now),
    )
    return entry(kind, record, activity_of(kind, ""), evidence)
