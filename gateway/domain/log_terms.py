"""How long entries of the log are kept: by the term that stands under the activity they name.

An entry names the activity in force when it was made, under an id whose meaning
stays on record; so its term is the one of then, whatever the activity says today.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gateway.domain.deadlines import kept_until
from gateway.domain.wire import written

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.domain.processing_record import Recorded

_FROM = datetime(2000, 1, 1, tzinfo=UTC)  # to compare years, months and days by
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class LogTerms:
    """The term of each activity's entries, as an ISO 8601 duration."""

    def __init__(self, terms: Mapping[str, str]) -> None:
        """`terms` by the activity's id; of ids that are not there, the longest counts.

        Raises `ValueError` for a duration that cannot be counted.
        """
        self._terms = dict(terms)
        self._longest = max(self._terms.values(), key=_length, default=None)
        self._shortest = min(self._terms.values(), key=_length, default=None)

    def of(self, activity_id: str) -> str | None:
        """How long an entry under this activity is kept; None for ever: no term is known."""
        return self._terms.get(activity_id, self._longest)

    def until(self, activity_id: str, at: int) -> datetime | None:
        """When an entry of `at`, in milliseconds since 1970, was kept long enough; None: never."""
        term = self.of(activity_id)
        return None if term is None else kept_until(_EPOCH + timedelta(milliseconds=at), term)

    def is_over(self, activity_id: str, at: int, now: datetime) -> bool:
        """Whether an entry of `at`, in milliseconds since 1970, was kept long enough."""
        return _is_over(self.of(activity_id), at, now)

    def is_any_over(self, at: int, now: datetime) -> bool:
        """Whether it was kept for the shortest term that there is."""
        return _is_over(self._shortest, at, now)


def terms_of(recorded: Iterable[Recorded]) -> LogTerms:
    """The longest term for the log of every activity that ever was on record."""
    found = {each.activity_id: _terms(each.content) for each in recorded}
    return LogTerms({key: max(terms, key=_length) for key, terms in found.items() if terms})


def _is_over(term: str | None, at: int, now: datetime) -> bool:
    return term is not None and kept_until(_EPOCH + timedelta(milliseconds=at), term) <= now


def _terms(content: str) -> list[str]:
    activity = written(content)
    rows = activity.get("retention") if isinstance(activity, dict) else None
    found = []
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and row.get("log") is True:
            duration = row.get("duration")
            found += [duration] if isinstance(duration, str) else []
    return found


def _length(duration: str) -> datetime:
    return kept_until(_FROM, duration)
