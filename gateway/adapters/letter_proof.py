"""The receipt as a file, for the sender's own system; the same facts, codes and paths only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.letter_again import first_as_file
from gateway.domain.form_reading import place_of
from gateway.domain.outcomes import Ended
from gateway.domain.restricting import outward
from gateway.domain.stops import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.domain.correcting import Correction
    from gateway.domain.outcomes import Handled, Settled
    from gateway.domain.stages import Addressed, Withheld
    from gateway.domain.stops import Fault
    from gateway.domain.wire import Json

MAX_PATHS = 200  # of one report
# Of a whole mail: a receipt must stay small enough for any mail server to take.
ALL_PATHS = 10_000


def proof(
    handled: Handled, correction: Correction | None = None, given_back: str = ""
) -> dict[str, Json]:
    """``ontvangstbewijs.json``, version 1; `given_back` names the form that is to be mended."""
    whole, reports = [], []
    for each in handled.outcomes:
        if isinstance(each, Ended) and each.number is None:
            whole.append(each)
        else:
            reports.append(each)
    limit, places = min(MAX_PATHS, ALL_PATHS // max(1, len(reports))), handled.places
    return {
        "ontvangstbewijsVersie": "1",
        "referentie": handled.raw.trace,
        "ontvangen": handled.raw.received_at.isoformat(),
        "beoordeeld": handled.raw.instant.isoformat(),
        "uitkomst": handled.headline,
        "redenen": [reason.value for ended in whole for reason in ended.stop.reasons],
        "fouten": [fault for ended in whole for fault in _faults(ended.stop.faults, limit, places)],
        "verbeteren": _given_back(correction, given_back),
        "berichten": [_report(each, limit, places) for each in reports],
    }


def _given_back(correction: Correction | None, file: str) -> Json:
    if correction is None or not file:
        return None
    return {
        "bestand": file,
        "berichten": [
            {"plaats": place + 1, "nummer": number + 1}
            for place, number in enumerate(correction.numbers)
        ],
    }


def _report(settled: Settled, limit: int, places: Mapping[str, str]) -> Json:
    if isinstance(settled, Ended):
        return _ended(settled, limit, places)
    return _passed_on(settled.addressed, limit, places)


def _passed_on(addressed: Addressed, limit: int, places: Mapping[str, str]) -> Json:
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
        "opmerkingen": _faults(disclosure.remarks, limit, places),
    }


def _ended(ended: Ended, limit: int, places: Mapping[str, str]) -> Json:
    return {
        "nummer": (ended.number or 0) + 1,
        "berichtId": None if ended.bericht_id is None else str(ended.bericht_id),
        "dossierkenmerk": ended.dossierkenmerk,
        "uitkomst": ended.stop.outcome.value,
        "redenen": [reason.value for reason in outward(ended.stop.reasons)],
        "fouten": _faults(ended.stop.faults, limit, places),
        "nietDoorgegeven": _withheld(ended.withheld, limit),
        "opmerkingen": _faults(ended.remarks, limit, places),
        "eersteUitkomst": first_as_file(ended.first, limit),
    }


def _withheld(withheld: Sequence[Withheld], limit: int) -> list[Json]:
    return [{"pad": each.path, "reden": each.reason.value} for each in withheld[:limit]]


def _faults(faults: Sequence[Fault], limit: int, places: Mapping[str, str]) -> list[Json]:
    return [_fault(each, place_of(places, each.path)) for each in faults[:limit]]


def _fault(fault: Fault, place: str) -> Json:
    where: dict[str, Json] = {"plaats": place} if place else {}
    return {"pad": fault.path, "soort": fault.kind, **where}
