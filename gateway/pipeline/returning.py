"""Mail that comes back: what a server tells of ours, and ours itself.

Whoever writes such a mail is not authenticated.  It can bring about no more than that a
report is held and people are told: nothing is released, sent again, shown or answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.delivery import DeliveryTold, Fate, Recognised, fates
from gateway.domain.outcomes import Ended, Handled, Later, Mailed, Returned
from gateway.domain.sparing import Occasion
from gateway.domain.stops import Hold, Ignore, Outcome, Reason, Retry
from gateway.pipeline.telling import concerned, told

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.stages import RawMail
    from gateway.domain.stops import Stop
    from gateway.pipeline.gate import Gate


async def recognised(stop: Stop, raw: RawMail, gate: Gate) -> Stop:
    """Why a mail that did not open did not, once it is compared with what we sent."""
    try:
        if isinstance(stop, DeliveryTold):
            return await _matched(stop, raw, gate)
        if stop.outcome is Outcome.REJECT and gate.sent and await gate.sent.wrote(raw):
            return Ignore(Reason.OWN)
    except Retry as retry:
        return retry
    except Exception:  # noqa: BLE001 - a bug must never lose a mail
        return Hold(Reason.UNEXPECTED)
    return stop


async def _matched(stop: DeliveryTold, raw: RawMail, gate: Gate) -> Stop:
    named = stop.notification.message_ids
    letters = await gate.sent.named(named, raw.received_at) if gate.sent and named else ()
    return Recognised(fates(stop.notification, letters))


async def told_of_returns(handled: Handled, gate: Gate) -> Handled:
    """With what a server told of our mails, and the letters about it; raises `Retry`."""
    found = [
        fate
        for each in handled.outcomes
        if isinstance(each, Ended) and isinstance(each.stop, Recognised)
        for fate in each.stop.fates
    ]
    if not found:
        return handled
    now = handled.raw.instant
    returned = [
        Returned(
            fate=each, back=await _back(each, now, gate), strayed=await _strayed(each, now, gate)
        )
        for each in found
    ]
    return Handled(
        raw=handled.raw,
        sender=None,
        protection=None,
        outcomes=handled.outcomes,
        mailed=handled.mailed,
        returned=tuple(returned),
    )


async def _back(fate: Fate, now: datetime, gate: Gate) -> tuple[Mailed, ...]:
    if not fate.came_back:
        return ()
    reason = Reason.CAME_BACK if fate.letter.kept else Reason.NOT_ARRIVED
    people = await concerned(fate.letter.sender_id, now, gate)
    return await told(_later(fate, reason, now), people, gate, Occasion.RETURNED)


async def _strayed(fate: Fate, now: datetime, gate: Gate) -> tuple[Mailed, ...]:
    if not fate.strayed:
        return ()
    officers = await gate.registry.officers(now)
    return await told(_later(fate, Reason.OTHER_MAILBOX, now), officers, gate, Occasion.RETURNED)


def _later(fate: Fate, reason: Reason, now: datetime) -> Later:
    numbers = () if fate.letter.number is None else (fate.letter.number,)
    return Later(trace=fate.letter.trace, reason=reason, numbers=numbers, instant=now)
