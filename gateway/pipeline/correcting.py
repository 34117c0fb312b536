"""12.3: what failed goes back to its sender to be mended, where that can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.correcting import correction
from gateway.domain.form_reading import form_kind, forms_among
from gateway.domain.outcomes import Ended
from gateway.domain.stops import Reason, Reject, Stop
from gateway.pipeline.checking import MAX_REPORTS, document_of, is_document

if TYPE_CHECKING:
    from gateway.domain.correcting import Correction
    from gateway.domain.form_reading import FormKind
    from gateway.domain.outcomes import Handled
    from gateway.domain.stages import Opened
    from gateway.domain.stops import Fault

# Of a whole document; in another version or another language nobody can say what to mend.
_MENDED_AS_A_WHOLE = frozenset({Reason.FAULTY_DOCUMENT, Reason.OTHER_PROVIDER})


def to_correct(handled: Handled, opened: Opened | None) -> Correction | None:
    """The reports of this mail that its sender can mend; None where there are none.

    Only faults in the form itself can be mended there.  What was refused for another
    reason, such as consent, is not given back: it should not be sent again.
    """
    if opened is None or handled.sender is None:
        return None
    failed, whole = _failed(handled), _whole(handled)
    if not failed and not whole:
        return None
    try:
        content = document_of(opened)
    except Stop:
        return None
    found = correction(content, _kind(opened), failed, whole)
    return found if found is not None and len(found.numbers) <= MAX_REPORTS else None


def _failed(handled: Handled) -> dict[int, tuple[Fault, ...]]:
    return {
        each.number: each.stop.faults
        for each in handled.outcomes
        if isinstance(each, Ended)
        and each.number is not None
        and isinstance(each.stop, Reject)
        and each.stop.faults
    }


def _whole(handled: Handled) -> tuple[Fault, ...]:
    return tuple(
        fault
        for each in handled.outcomes
        if isinstance(each, Ended) and each.number is None and isinstance(each.stop, Reject)
        if _MENDED_AS_A_WHOLE & set(each.stop.reasons)
        for fault in each.stop.faults
    )


def _kind(opened: Opened) -> FormKind | None:
    if any(is_document(each) for each in opened.attachments):
        return None
    return next((form_kind(each) for each in forms_among(opened.attachments)), None)
