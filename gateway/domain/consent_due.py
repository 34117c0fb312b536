"""Which consents ask for attention: those that end, and those that may be asked for again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.domain.assembling import consent_for
from gateway.domain.consent import ConsentKind, ConsentState
from gateway.domain.parties import Interval, Side

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from gateway.domain.consent import ConsentEvent
    from gateway.domain.histories import DossierHistory


class Due(StrEnum):
    """What is the matter with a consent.

    ENDS: given, and the duty ends soon (annex 2).  NO_ANSWER: asked, and nothing
    was recorded since.  The others are not in force while the duty still runs, so
    that the person may be asked again; who withdrew is left in peace.
    """

    ENDS = "ends"
    NO_ANSWER = "no-answer"
    REFUSED = "refused"
    EXPIRED = "expired"
    INVALIDATED = "invalidated"


_ASK_AGAIN = {
    ConsentState.REFUSED: Due.REFUSED,
    ConsentState.EXPIRED: Due.EXPIRED,
    ConsentState.INVALIDATED: Due.INVALIDATED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DueConsent:
    """One consent, of one person for one provider; `at` is its end, or when it came to this."""

    dossier_id: str
    provider_id: str
    what: Due
    at: datetime


def due(history: DossierHistory, instant: datetime, within: timedelta) -> tuple[DueConsent, ...]:
    """What is due for one dossier at `instant`; an end counts when it comes within `within`."""
    with_provider = history.designated(Side.PROVIDER, instant)
    current = with_provider.party_id if with_provider else ""
    circumstance = history.circumstances.as_of(instant)
    duty = circumstance.duty if circumstance else Interval()
    if duty.behind(instant):
        return ()
    found: list[DueConsent] = []
    for provider_id in sorted({each.provider_id for each in history.consents}):
        for what, at in _of_provider(history, provider_id, duty, instant, within):
            if what is Due.ENDS or provider_id == current:
                one = DueConsent(
                    dossier_id=history.dossier_id, provider_id=provider_id, what=what, at=at
                )
                found.append(one)
    return tuple(found)


def _of_provider(
    history: DossierHistory,
    provider_id: str,
    duty: Interval,
    instant: datetime,
    within: timedelta,
) -> list[tuple[Due, datetime]]:
    past = [
        each.event
        for each in history.consents
        if each.provider_id == provider_id
        and each.event.valid_from <= instant
        and each.event.recorded_at <= instant
    ]
    if not past:
        return []
    found: list[tuple[Due, datetime]] = []
    state = consent_for(history, provider_id, valid_at=instant, known_at=instant).state
    latest = max(past, key=_position)
    if latest.kind is ConsentKind.REQUESTED:
        found.append((Due.NO_ANSWER, latest.valid_from))
    elif state in _ASK_AGAIN:
        found.append((_ASK_AGAIN[state], latest.valid_from))
    if state is ConsentState.GIVEN and duty.end is not None and duty.end <= instant + within:
        found.append((Due.ENDS, duty.end))
    return found


def _position(event: ConsentEvent) -> tuple[datetime, datetime]:
    return event.valid_from, event.recorded_at
