"""What became of a report the first time: the answer to everybody who sends it again.

A report is known by its `berichtId` and its sender's party.  Only the contact who sent it
then hears of it again: what somebody was told is no news to them, and to nobody else's
question is there an answer that would tell that it was ever here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.stops import Outcome

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.parties import Role
    from gateway.domain.stops import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """An earlier report of this sender with the same number, that went or that waits.

    `trace` is the reference that the first receipt named.  `same` says whether it said the
    same, None where the log does not tell any more (its retention ended, or the person's key
    is gone); then `disclosed` and `withheld` are empty and `on_record` is False.
    `withheld` are paths with their reasons.  `sent_at` is when the recipient's server took it,
    None while it is on its way or waits.
    """

    trace: str
    received_at: datetime
    outcome: Outcome
    same: bool | None
    reasons: tuple[Reason, ...] = ()
    sent_at: datetime | None = None
    role: Role | None = None
    organisation: str = ""
    on_record: bool = False
    disclosed: tuple[str, ...] = ()
    withheld: tuple[tuple[str, Reason], ...] = ()

    @property
    def waits(self) -> bool:
        """Whether people have yet to decide about it."""
        return self.outcome is Outcome.HOLD


def agreement(then: str, now: str) -> bool | None:
    """Whether two marks of content are of one content; None where one of them is not known."""
    return then == now if then and now else None
