"""Changes of one thing over time, and what holds at an instant.

A change says from when it is valid.  At an instant the latest change that had
become valid holds; of two that became valid together, the one recorded last.
A change recorded late counts from its `valid_from`, so a past instant is
answered with what is known of it today; only consent distinguishes between
what held and what was known (`gateway.domain.consent`).
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Generic, TypeVar

from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")

FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Change(Silent, Generic[T]):
    """One change; `order` is the order of recording."""

    valid_from: datetime
    order: int
    value: T


def _position(change: Change[T]) -> tuple[datetime, int]:
    return (change.valid_from, change.order)


class History(Generic[T]):
    """Changes of one thing over time, in the order in which they became valid."""

    __slots__ = ("_changes", "_starts")

    def __init__(self, changes: Iterable[Change[T]] = ()) -> None:
        self._changes = sorted(changes, key=_position)
        self._starts = [change.valid_from for change in self._changes]

    def as_of(self, instant: datetime) -> T | None:
        """What held at `instant`; None before the first change."""
        found = bisect_right(self._starts, instant)
        return self._changes[found - 1].value if found else None

    def next_change(self, instant: datetime) -> datetime | None:
        """When the next change becomes valid after `instant`."""
        found = bisect_right(self._starts, instant)
        return self._starts[found] if found < len(self._starts) else None

    def began(self, instant: datetime) -> datetime | None:
        """Since when what holds at `instant` has held without a break; None before the first."""
        found = bisect_right(self._starts, instant)
        if not found:
            return None
        since = self._starts[found - 1]
        for change, following in zip(
            reversed(self._changes[: found - 1]), reversed(self._starts[:found]), strict=False
        ):
            if change.valid_from == following:
                continue  # overruled in the instant in which it began
            if change.value != self._changes[found - 1].value:
                break
            since = change.valid_from
        return since

    def until(self, instant: datetime) -> tuple[T, ...]:
        """Everything that had become valid by `instant`, oldest first."""
        return tuple(
            change.value for change in self._changes[: bisect_right(self._starts, instant)]
        )

    def since(self, instant: datetime) -> tuple[T, ...]:
        """What holds at `instant` and everything that comes later."""
        first = max(bisect_right(self._starts, instant) - 1, 0)
        return tuple(change.value for change in self._changes[first:])

    def ever(self) -> tuple[T, ...]:
        """Everything that has been or will be, oldest first."""
        return tuple(change.value for change in self._changes)


def first_of(*bounds: datetime | None) -> datetime | None:
    """The earliest of the bounds that exist."""
    return min((each for each in bounds if each is not None and each < FOREVER), default=None)
