"""When nothing about somebody is passed on: restriction (AVG 18) and objection (AVG 21).

No decision table says this: the law does, whatever a municipality's table admits.  A
restriction holds every report about the person; an objection holds those that rest on the
public task, until it is weighed.  What is held is not lost, and the sender learns no more
than that it waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.domain.bijsluiter import Regime
from gateway.domain.distinct import distinct
from gateway.domain.situation import Ground
from gateway.domain.stops import Reason

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from gateway.domain.parties import Interval


class RestrictionReason(StrEnum):
    """Why: the four of article 18(1), of which the last is an objection that is weighed."""

    ACCURACY = "accuracy"  # (a) the person contests that the data are right
    UNLAWFUL = "unlawful"  # (b) unlawful, and the person wants them kept
    CLAIM = "claim"  # (c) not needed any more, but by the person for a claim
    OBJECTION = "objection"  # (d) an objection of article 21(1) is being weighed


class RestrictionEvent(StrEnum):
    """What can happen to one, in this order."""

    BEGAN = "began"
    ANNOUNCED = "announced"  # the person was told that it is about to be lifted (18(3))
    LIFTED = "lifted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """One restriction of one dossier; in force inside `period`.

    `case_id` is the request that it was asked by.  `announced_at` is when it was put on record
    that the person was told of the lifting; None before.
    """

    restriction_id: str
    case_id: str
    reason: RestrictionReason
    period: Interval
    announced_at: datetime | None = None


class WayOut(StrEnum):
    """What has to happen before a restriction can end, and how."""

    WEIGH = "weigh"  # its objection waits to be decided
    UPHELD = "upheld"  # its objection was granted: it stands for good (21(1))
    ANNOUNCE = "announce"  # the person has to be told first (18(3))
    LIFT = "lift"
    BREACH = "breach"  # no request asked for it; another operator lifts what a breach restricted


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A restriction that stands, and what it takes to end it."""

    restriction: Restriction
    way_out: WayOut


# What holds a report until somebody lifts it; then it goes by itself.
RESTRAINED = frozenset({Reason.RESTRICTED, Reason.OBJECTED})


def in_force(
    restrictions: Iterable[Restriction], instant: datetime
) -> frozenset[RestrictionReason]:
    """Why nothing is to be passed on at `instant`; empty where nothing is in the way."""
    return frozenset(each.reason for each in restrictions if each.period.holds(instant))


def restrained(reasons: Collection[RestrictionReason], ground: Ground | None) -> tuple[Reason, ...]:
    """Why a report on this ground waits; an objection is against the public task only (21(1)).

    A ground that is not known yet is taken for the one that can be objected to.
    """
    found = [Reason.RESTRICTED] if set(reasons) - {RestrictionReason.OBJECTION} else []
    if RestrictionReason.OBJECTION in reasons and ground is not Ground.CONSENT:
        found.append(Reason.OBJECTED)
    return tuple(found)


def outward(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """The same for who sent the report: that somebody used a right is nobody else's business."""
    return distinct(Reason.WAITS_FOR_GATEWAY if r in RESTRAINED else r for r in reasons)


def may_object(regime: Regime | None) -> bool:
    """Whether the ground can be objected to: not consent, which is withdrawn instead (7(3)).

    Where the register does not know the act nothing is passed on, and an objection is taken.
    """
    return regime is not Regime.WI2013
