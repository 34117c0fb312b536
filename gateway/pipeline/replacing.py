"""AVG 19: who got a report that a correction replaces, and does not get the correction (12.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.outcomes import Ended, Later
from gateway.domain.stops import Reason, Retry
from gateway.pipeline.telling import Answer

if TYPE_CHECKING:
    from gateway.domain.outcomes import Handled
    from gateway.domain.parties import Contact
    from gateway.domain.replacing import Replaced
    from gateway.domain.stages import Addressed
    from gateway.pipeline.gate import Gate


async def told_replaced(handled: Handled, gate: Gate) -> list[Answer]:
    """Letters without content to those who got the earlier report and are the contact no more.

    Only with a correction that goes.  Who can get no mail any more is named to the officer.
    Raises `Retry`; a letter that cannot be written stops no report.
    """
    try:
        return [
            answer
            for each in handled.outcomes
            if not isinstance(each, Ended)
            for answer in await _letters(each.addressed, handled, gate)
        ]
    except Retry:
        raise
    except Exception:  # noqa: BLE001 - a bug in a letter must never lose a report
        return []


async def _letters(addressed: Addressed, handled: Handled, gate: Gate) -> list[Answer]:
    replaced = addressed.disclosure.replaced
    if replaced is None:
        return []
    found: list[Answer] = []
    for reader in replaced.recipients:
        if reader.contact_id != addressed.recipient.contact_id:
            found += await _to(reader, replaced, addressed, handled, gate)
    return found


async def _to(
    reader: Contact, replaced: Replaced, addressed: Addressed, handled: Handled, gate: Gate
) -> list[Answer]:
    instant = handled.raw.instant
    to = await gate.registry.contact(reader.contact_id, instant)
    if to is not None:
        return [Answer(letter=gate.letters.replaced(replaced, to, instant), to=to)]
    later = Later(
        trace=handled.raw.trace,
        reason=Reason.READER_NOT_TOLD,
        numbers=(addressed.disclosure.number,),
        instant=instant,
    )
    officers = await gate.registry.officers(instant)
    return [Answer(letter=gate.letters.afterwards(later, each), to=each) for each in officers]
