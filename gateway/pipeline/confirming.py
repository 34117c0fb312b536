"""AVG 19, convenant 12.7: an answer to a letter of duty is no failed report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.confirming import Confirmation, answers
from gateway.domain.stops import Hold, Reason, Retry

if TYPE_CHECKING:
    from gateway.domain.stages import Opened
    from gateway.domain.stops import Stop
    from gateway.pipeline.gate import Gate


async def confirming(stop: Stop, opened: Opened, gate: Gate) -> Stop:
    """The same stop, or that this mail answers a letter of ours to its proven sender.

    A program's answer confirms nothing.
    """
    if gate.duties is None or opened.reply or opened.automatic:
        return stop
    try:
        for each in opened.answers:
            letter = await gate.duties.named(each)
            if letter is not None and answers(stop, letter, opened.sender.contact_id):
                return Confirmation(letter)
    except Retry as retry:
        return retry
    except Exception:  # noqa: BLE001 - a bug must never lose a mail
        return Hold(Reason.UNEXPECTED)
    return stop
