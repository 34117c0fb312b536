"""A letter that a duty asks for, sealed for the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.outcomes import Mailed
from gateway.domain.stops import Retry, Stop

if TYPE_CHECKING:
    from gateway.domain.mail import Letter
    from gateway.ports import Sealer


async def sealed_for_post(sealer: Sealer, letter: Letter) -> Mailed | None:
    """None where it cannot be sealed to its reader; raises `Retry` where not now."""
    try:
        sealed = await sealer.sealed(letter)
    except Retry:
        raise
    except Stop:
        return None
    return Mailed(
        message_id=letter.message_id,
        recipient=letter.recipient,
        mail=sealed.mail,
        after_reports=False,
        sealed_by=sealed.by,
        sealed_to=sealed.to,
    )
