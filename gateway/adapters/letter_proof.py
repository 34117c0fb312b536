"""The receipt as a file, for the sender's own system; the same facts, codes and paths only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.outcomes import Ended
from gateway.domain.stops import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.outcomes import Handled, Settled
    from gateway.domain.stages import Addressed, Withheld
    from gateway.domain.stops import Fault
    from gateway.domain.wire import Json

MAX_PATHS = 200  # of one report
# Of a whole mail: a receipt must stay small enough for any mail server to take.
ALL_PATHS = 10_000


def proof(handled: Handled) -> dict[str, Json]:
    """``ontvangstbewijs.json``, version 1."""
    whole, reports = [], []
    for each in handled.outcomes:
        if isinstance(each, Ended) and each.number is None:
            whole.append(each)
        else:
            reports.append(each)
    limit = min(MAX_PATHS, ALL_PATHS // max(1, len(reports)))
    return {
        "ontvangstbewijsVersie": "1",
        "referentie": handled.raw.trace,
        "ontvangen": handled.raw.received_at.isoformat(),
        "beoordeeld": handled.raw.instant.isoformat(),
        "uitkomst": handled.headline,
        "redenen": [reason.value for ended in whole for reason in ended.stop.reasons],
        "fouten": [fault for ended in whole for fault in _faults(ended.stop.faults, limit)],
        "berichten": [_report(each, limit) for each in reports],
    }


def _report(settled: Settled, limit: int) -> Json:
    if isinstance(settled, Ended):
        return _ended(settled, limit)
    return _passed_on(settled.addressed, limit)


def _passed_on(addressed: Addressed, limit: int) -> Json:
    disclosure, recipient = addressed.disclosure, addressed.recipient
    return {
        "nummer": disclosure.number + 1,
        "berichtId": str(disclosure.content.bericht_id),
        "dossierkenmerk": disclosure.content.betrokkene.dossierkenmerk,
        "uitkomst": Outcome.FORWARD.value,
        "ontvanger": {
            "naam": recipient.name,
            "rol": recipient.role.value,
            "organisatie": recipient.party.name,
        },
        "grondslag": disclosure.ground.value,
        "doorgegeven": list(disclosure.disclosed[:limit]),
        "nietDoorgegeven": _withheld(disclosure.withheld, limit),
        "opmerkingen": _faults(disclosure.remarks, limit),
    }


def _ended(ended: Ended, limit: int) -> Json:
    return {
        "nummer": (ended.number or 0) + 1,
        "berichtId": None if ended.bericht_id is None else str(ended.bericht_id),
        "dossierkenmerk": ended.dossierkenmerk,
        "uitkomst": ended.stop.outcome.value,
        "redenen": [reason.value for reason in ended.stop.reasons],
        "fouten": _faults(ended.stop.faults, limit),
        "nietDoorgegeven": _withheld(ended.withheld, limit),
        "opmerkingen": _faults(ended.remarks, limit),
    }


def _withheld(withheld: Sequence[Withheld], limit: int) -> list[Json]:
    return [{"pad": each.path, "reden": each.reason.value} for each in withheld[:limit]]


def _faults(faults: Sequence[Fault], limit: int) -> list[Json]:
    return [{"pad": each.path, "soort": each.kind} for each in faults[:limit]]
