"""12.3: was this report here before?  Then the answer is that of the first time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.policy import Effect
from gateway.domain.stops import Hold, Reason, Reject

if TYPE_CHECKING:
    from gateway.domain.stages import Judged


def recognise(judged: Judged) -> Judged:
    """The same, unless its sender had an outcome for it before; raises `Reject` or `Hold`.

    What was refused walks anew, and so does what waits once it says something else: that
    is how a corrected document replaces the reports that failed, and only those.
    """
    first = judged.known.first
    if first is None:
        return _of_somebody_else(judged)
    if first.waits and first.same:
        raise Reject(Reason.REPORT_WAITS)
    if first.waits:
        return judged
    raise Reject(Reason.REPORT_CHANGED if first.same is False else Reason.DUPLICATE_REPORT)


def _of_somebody_else(judged: Judged) -> Judged:
    # Whether a colleague sent it is told to nobody who could not have sent it themselves.
    if not judged.known.facts.disclosed_before:
        return judged
    gate = judged.policy.gate(judged.judgement.circumstances.gate)
    if gate.effect is Effect.ADMIT:
        return judged
    raise (Hold if gate.effect is Effect.HOLD else Reject)(*gate.reasons)
