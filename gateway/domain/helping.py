"""Help between the parties (convenant 12.7), and giving back or removing (12.11).

The covenant sets no term for help; a request of a person leaves one month for everything, and
a breach 72 hours.  So help has a term of our own, in working days, that can be configured.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.domain.deadlines import day_of, end_of, working_day
from gateway.domain.register import Refusal, RegisterError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

WORKING_DAYS = 5  # our own choice
ARTICLES: frozenset[int] = frozenset(range(12, 23)) | frozenset(range(33, 36))
HELP = "help/"


class Direction(StrEnum):
    """Whether we asked a party, or a party asked us."""

    TO = "to"
    FROM = "from"


class What(StrEnum):
    """What is asked."""

    HELP = "help"
    RETURN = "return"
    REMOVAL = "removal"


class Answer(StrEnum):
    """How it was answered."""

    DONE = "done"
    PARTLY = "partly"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpRequest:
    """One request between the parties; `due_at` is the first moment at which it is late.

    `contact_id` is who is asked, or who asks.  `people` is how many it is about.
    `reference` is the municipality's own, or the other party's, `case_id` the request of a
    person that it is for, empty without one.
    """

    help_id: str
    direction: Direction
    what: What
    party_id: str
    contact_id: str
    articles: tuple[int, ...]
    case_id: str
    reference: str
    asked_at: datetime
    due_at: datetime
    people: int
    dossier_id: str = ""
    answer: Answer | None = None
    answered_at: datetime | None = None

    @property
    def about(self) -> str:
        """What its letters are about."""
        return f"{HELP}{self.help_id}"

    def late(self, now: datetime) -> bool:
        """Whether the answer should have been there."""
        return self.answer is None and now >= self.due_at


def due_after(asked: datetime, working_days: int) -> datetime:
    """The first moment after so many working days; the day of asking is not counted."""
    day: date = day_of(asked)
    for _ in range(working_days):
        day = working_day(day + timedelta(days=1))
    return end_of(day)


def checked_articles(articles: Iterable[int]) -> tuple[int, ...]:
    """Articles of the AVG for which parties help each other; `RegisterError` for others."""
    found = tuple(sorted(set(articles)))
    if not found or not ARTICLES.issuperset(found):
        raise RegisterError(Refusal.BAD_ARTICLE)
    return found
