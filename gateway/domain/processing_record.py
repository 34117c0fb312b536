"""What stood under each activity's id, from when to when; and that it stays so (LDV 1.0).

The log cannot be rewritten, so an id that once named an activity names that one
for ever: "a changed activity gets a new id".
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.processing import Key
from gateway.domain.wire import written

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from gateway.domain.processing import ProcessingActivity


class ChangedActivityError(Exception):
    """An id is used for something else than it was; says which fields differ, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What stands on record under one id, since when; until the next id of the same key."""

    activity_id: str
    key: str
    digest: str
    content: str
    since: datetime
    until: datetime | None = None

    @property
    def is_intact(self) -> bool:
        """Whether the content is the one that the digest was made of."""
        return hashlib.sha256(self.content.encode()).hexdigest() == self.digest

    def holds_at(self, instant: datetime) -> bool:
        """Whether it was the activity of its key then; at its start, no longer at its end."""
        return self.since <= instant and (self.until is None or instant < self.until)


def ended(recorded: Sequence[Recorded]) -> tuple[Recorded, ...]:
    """The same, in their order, each with the moment at which the next of its key came in."""
    found: list[Recorded] = []
    for place, each in enumerate(recorded):
        later = (other.since for other in recorded[place + 1 :] if other.key == each.key)
        found.append(
            Recorded(
                activity_id=each.activity_id,
                key=each.key,
                digest=each.digest,
                content=each.content,
                since=each.since,
                until=next(later, None),
            )
        )
    return tuple(found)


def newcomers(
    recorded: Sequence[Recorded], activities: Iterable[ProcessingActivity]
) -> tuple[ProcessingActivity, ...]:
    """Those whose id is not on record yet; `recorded` in the order in which they came in.

    Raises `ChangedActivityError` for an id with other content than it had, for one that
    another id of the same key replaced, and for what was changed where it is on record:
    the term of entries stands there.
    """
    known = {each.activity_id: each for each in ended(recorded)}
    faults = [
        f"{each.activity_id}: what is on record of it is not what came in"
        for each in recorded
        if not each.is_intact
    ]
    faults += [
        fault
        for each in activities
        if each.activity_id in known and (fault := _fault(known[each.activity_id], each))
    ]
    if faults:
        raise ChangedActivityError("; ".join(faults))
    return tuple(each for each in activities if each.activity_id not in known)


def changed_fields(before: str, activity: ProcessingActivity) -> tuple[str, ...]:
    """The names of the fields in which an activity differs from its recorded content."""
    old, new = written(before), activity.fields()
    if not isinstance(old, dict):
        return tuple(sorted(new))
    names = sorted(old.keys() | new.keys())
    return tuple(name for name in names if old.get(name) != new.get(name))


def name_of(recorded: Recorded) -> str:
    """What the activity was called; empty where its content is not what it is thought to be."""
    content = written(recorded.content)
    name = content.get("name") if isinstance(content, dict) else None
    return name if isinstance(name, str) else ""


def _fault(known: Recorded, activity: ProcessingActivity) -> str:
    where = f"activity {Key(activity.key).value}: {activity.activity_id}"
    advice = "a changed activity needs a new id: give it a higher version"
    if known.digest != activity.digest:
        fields = ", ".join(changed_fields(known.content, activity))
        return f"{where} is on record with other content ({fields}); {advice}"
    if known.until is not None:
        return f"{where} was replaced on {known.until:%Y-%m-%d %H:%M:%SZ}; {advice} than any before"
    return ""
