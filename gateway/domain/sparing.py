"""How often one contact is answered, so that no two programs answer each other for ever.

Anybody can write an address into a From, and a program may answer whatever it gets:
each such mail would make the gateway write.  What comes above these numbers is on
record like everything else; only the letter about it is left out.  A receipt for a mail
of which something went on is never left out.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class Occasion(StrEnum):
    """Why somebody is written to, where that is counted."""

    UNPROVEN = "unproven"  # a mail came in their name that they may never have sent
    REFUSED = "refused"  # a mail of theirs of which nothing went on
    WAITING = "waiting"  # a mail of theirs, or for them to decide on, of which nothing went on yet
    RETURNED = "returned"  # a server said that a report did not arrive, or strayed


HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LIMITS = {
    Occasion.UNPROVEN: ((5, HOUR), (30, DAY)),
    Occasion.REFUSED: ((60, HOUR), (300, DAY)),
    Occasion.WAITING: ((300, HOUR), (1000, DAY)),
    Occasion.RETURNED: ((20, HOUR), (100, DAY)),
}
REMEMBERED = DAY


def may_answer(
    occasion: Occasion, before: Sequence[tuple[datetime, str]], trace: str, now: datetime
) -> bool:
    """Whether one more letter goes; `before` are moment and mail of those that went.

    A mail that walks again counts once.
    """
    if any(trace == known for _, known in before):
        return True
    return all(
        sum(moment > now - period for moment, _ in before) < most
        for most, period in LIMITS[occasion]
    )
