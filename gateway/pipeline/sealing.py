"""Written, signed, and encrypted to the recipient's pinned key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.stages import Sealed

if TYPE_CHECKING:
    from gateway.domain.stages import Addressed
    from gateway.pipeline.gate import Gate


async def seal(addressed: Addressed, gate: Gate) -> Sealed:
    """The report as bytes that may lie in a queue; raises `Hold` when it cannot be sealed."""
    letter = gate.letters.report(addressed)
    sealed = await gate.sealer.sealed(letter)
    return Sealed(
        addressed=addressed,
        message_id=letter.message_id,
        mail=sealed.mail,
        sealed_by=sealed.by,
        sealed_to=sealed.to,
    )
