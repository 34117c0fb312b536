"""12.3: was this report here before?  Then the answer is that of the first time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.stops import Reason, Reject

if TYPE_CHECKING:
    from gateway.domain.stages import Judged


def recognise(judged: Judged) -> Judged:
    """The same, unless its sender had an outcome for it before; raises `Reject`.

    What was refused walks anew, and so does what waits once it says something else: that
    is how a corrected document replaces the reports that failed, and only those.  What a
    colleague sent is for the table to stop (`judgement.decide`).
    """
    first = judged.known.first
    if first is None:
        return judged
    if first.waits and first.same:
        raise Reject(Reason.REPORT_WAITS)
    if first.waits:
        return judged
    raise Reject(Reason.REPORT_CHANGED if first.same is False else Reason.DUPLICATE_REPORT)
