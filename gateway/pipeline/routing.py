"""12.5: to the one designated contact person, and to nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.parties import KeyState
from gateway.domain.stages import Addressed
from gateway.domain.stops import Hold, Reason

if TYPE_CHECKING:
    from gateway.domain.earlier import EarlierReport
    from gateway.domain.stages import Disclosure


def route(disclosure: Disclosure) -> Addressed:
    """The disclosure with its recipient; raises `Hold` when nobody can receive it now."""
    recipient = disclosure.recipient
    if recipient is None or recipient.party.side is disclosure.sender.party.side:
        raise Hold(Reason.NO_RECIPIENT)
    if recipient.key_state(disclosure.instant) is not KeyState.READY:
        raise Hold(Reason.RECIPIENT_NO_KEY)
    return Addressed(disclosure=disclosure, recipient=recipient)


def beside(addressed: Addressed, earlier: tuple[EarlierReport, ...]) -> Addressed:
    """The same with what its recipient had before; raises ValueError when somebody else had it."""
    return Addressed(
        disclosure=addressed.disclosure,
        recipient=addressed.recipient,
        earlier=earlier,
        before=addressed.before,
    )
