"""An earlier mail walked once more, as of now, by who shows something of it beside a new one.

What the register, the consent and the decision table of now would not share is not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.outcomes import Ended
from gateway.domain.stops import Stop
from gateway.pipeline.checking import check
from gateway.pipeline.opening import opening_again
from gateway.pipeline.permitting import judge, permit
from gateway.pipeline.redacting import redact

if TYPE_CHECKING:
    from gateway.domain.stages import Checked, Disclosure, RawMail
    from gateway.pipeline.gate import Gate


async def reports_of(original: RawMail | None, gate: Gate) -> tuple[Checked, ...]:
    """Its reports that are well formed; none of a mail that is gone or does not open."""
    if original is None:
        return ()
    try:
        found = check(await opening_again(original, gate))
    except Stop:
        return ()
    return tuple(each for each in found if not isinstance(each, Ended))


async def as_of_now(report: Checked, gate: Gate) -> Disclosure | None:
    """What today's rules leave of it; None where it may not go any more."""
    try:
        known = await gate.registry.look_up(report)
        return redact(permit(judge(known, await gate.registry.policy(known))))
    except Stop:
        return None
