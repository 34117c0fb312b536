"""What was disclosed and what was only received, beside each other: each person counts once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.received import Came, known, received_counted
from gateway.domain.scope import Left

if TYPE_CHECKING:
    from gateway.domain.received import ReceivedCounts
    from gateway.domain.scope import Counts, Disclosed, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """A scope in numbers: what was disclosed, what was only received, and people once.

    `people` is the union.  `only_received` of them are in nothing that was disclosed.
    """

    counts: Counts
    received: ReceivedCounts
    people: int
    only_received: int


def together(scope: Scope) -> Together:
    """The same scope in numbers; nobody is counted twice."""
    received = known(scope.received)
    disclosed = {each.dossier_id for each in scope.disclosures if each.dossier_id}
    return Together(
        counts=scope.counts,
        received=received_counted(scope.received),
        people=len(received | disclosed),
        only_received=len(received - disclosed),
    )


def not_left(each: Disclosed) -> Came | None:
    """What is not passed on of something that was released: all, a part, or nothing (None)."""
    if each.state is Left.WAITING:
        return Came.READY
    return Came.IN_PART if each.withheld else None
