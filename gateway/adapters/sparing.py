"""How often somebody is told of mail in their name that they may never have sent.

Anybody can write an address into a From.  Each such mail would make the gateway
write to the one whose address it is, so these notices are few: what comes above
that is on record, and the first ones have said what to do.
"""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

NOTICES = 5
PERIOD = timedelta(hours=1)


class Sparing:
    """Counts in memory, for each gateway by itself; as many entries as there are contacts."""

    def __init__(self, notices: int = NOTICES, period: timedelta = PERIOD) -> None:
        self._notices = notices
        self._period = period
        self._told: dict[str, deque[tuple[datetime, str]]] = {}

    def may_tell(self, contact_id: str, trace: str, instant: datetime) -> bool:
        """Whether they are told of this mail; a mail that walks again counts once."""
        told = self._told.setdefault(contact_id, deque())
        while told and told[0][0] <= instant - self._period:
            told.popleft()
        if any(trace == before for _, before in told):
            return True
        if len(told) >= self._notices:
            return False
        told.append((instant, trace))
        return True
