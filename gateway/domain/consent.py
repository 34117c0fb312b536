"""Consent of the ondertussengroep (covenant 12.2, 12.4; annex 2), bitemporal and append-only.

An event says what became valid *when*, and is known from the instant it was
recorded.  `effective` answers for any two instants: what held at `valid_at`, as
far as was known at `known_at`.  Terms after ISO/IEC TS 27560 and W3C DPV.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.domain.bijsluiter import Category

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from gateway.domain.parties import Interval


class ConsentCategory(StrEnum):
    """The four rows printed on the form."""

    T1 = "T1"
    T2 = "T2"
    T3 = "T3"
    T4 = "T4"


class ConsentKind(StrEnum):
    """What happened; only GIVEN and RENEWED permit anything."""

    REQUESTED = "requested"
    GIVEN = "given"
    RENEWED = "renewed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    INVALIDATED = "invalidated"


class ConsentState(StrEnum):
    """How consent stands; every state but GIVEN permits nothing."""

    GIVEN = "given"
    NONE = "none"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    INVALIDATED = "invalidated"


PERMITTING = frozenset({ConsentKind.GIVEN, ConsentKind.RENEWED})
_ENDED = {
    ConsentKind.REFUSED: ConsentState.REFUSED,
    ConsentKind.WITHDRAWN: ConsentState.WITHDRAWN,
    ConsentKind.EXPIRED: ConsentState.EXPIRED,
    ConsentKind.INVALIDATED: ConsentState.INVALIDATED,
}
ENDING = frozenset(_ENDED)
_ORDER = {kind: place for place, kind in enumerate(_ENDED)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentEvent:
    """One event for one person and one provider.

    `categories` are the ticked rows of the form; a withdrawal with none of them
    withdraws everything.  An invalidation concerns the version of the form that it
    names.  `extra` are bijsluiter categories that a hand-added
    row of this person's own form covers.
    """

    kind: ConsentKind
    valid_from: datetime
    recorded_at: datetime
    form_version: str
    categories: frozenset[ConsentCategory] = frozenset()
    extra: frozenset[Category] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What is granted, and why what is not granted is not."""

    state: ConsentState
    categories: frozenset[ConsentCategory] = frozenset()
    extra: frozenset[Category] = frozenset()


NO_CONSENT = Consent(state=ConsentState.NONE)
# An attribute of an enumeration is looked up slowly, and a long history asks for them often.
_GIVEN, _WITHDRAWN, _INVALIDATED = (
    ConsentState.GIVEN,
    ConsentKind.WITHDRAWN,
    ConsentKind.INVALIDATED,
)
_STANDING = frozenset({ConsentState.GIVEN, ConsentState.NONE})


def effective(events: Iterable[ConsentEvent], *, valid_at: datetime, known_at: datetime) -> Consent:
    """Consent that held at `valid_at`, as known at `known_at`.

    Events with the same `valid_from` are read so that the answer does not depend
    on the order of recording and the narrower reading wins: grants of one instant
    intersect, and any ending of that instant comes after them.
    """
    known = [e for e in events if e.recorded_at <= known_at and e.valid_from <= valid_at]
    # A grant replaces all that came before it.
    since = max((e.valid_from for e in known if e.kind in PERMITTING), default=None)
    grants = [e for e in known if e.kind in PERMITTING and e.valid_from == since]
    consent = _grant(grants) if grants else NO_CONSENT
    endings = [
        e
        for e in known
        if e.kind in _ENDED and (since is None or e.valid_from >= since) and _concerns(e, grants)
    ]
    for event in sorted(endings, key=_position):
        consent = _end(consent, event)
    return consent


def granting(
    events: Iterable[ConsentEvent], *, valid_at: datetime, known_at: datetime
) -> tuple[ConsentEvent, ...]:
    """The grants that consent rests on at these instants; none where nothing is granted."""
    everything = tuple(events)
    consent = effective(everything, valid_at=valid_at, known_at=known_at)
    if consent.state is not ConsentState.GIVEN:
        return ()
    grants = [
        e
        for e in everything
        if e.kind in PERMITTING and e.recorded_at <= known_at and e.valid_from <= valid_at
    ]
    since = max(e.valid_from for e in grants)
    return tuple(e for e in grants if e.valid_from == since)


def coming(ending: ConsentEvent, events: Iterable[ConsentEvent]) -> tuple[datetime, ...]:
    """When grants begin that lie ahead of this ending although they are on record before it.

    A grant replaces all that came before it, so what ends today would begin again with
    such a grant; the ending has to be put on record at each of these instants too.
    What was given between a date in the past and the recording is a later decision of
    the inburgeraar, and is not among them.
    """
    after = max(ending.valid_from, ending.recorded_at)
    return tuple(
        sorted(
            {
                e.valid_from
                for e in events
                if e.kind in PERMITTING
                and e.valid_from > after
                and _concerns(ending, [e])
                and (not _is_partial(ending) or _touches(ending, e))
            }
        )
    )


def expired_after(consent: Consent, duty: Interval, instant: datetime) -> Consent:
    """The same, or EXPIRED where the duty is over, as the form has it (annex 2)."""
    if consent.state is ConsentState.GIVEN and duty.behind(instant):
        return Consent(state=ConsentState.EXPIRED)
    return consent


def _position(event: ConsentEvent) -> tuple[datetime, int]:
    return event.valid_from, _ORDER[event.kind]


def _concerns(ending: ConsentEvent, grants: list[ConsentEvent]) -> bool:
    # What was wrong with one version of the form was not wrong with another: a grant on a
    # newer form stands, also when it is put on record after the older one was invalidated.
    return (
        ending.kind is not _INVALIDATED
        or not grants
        or any(grant.form_version == ending.form_version for grant in grants)
    )


def _grant(grants: list[ConsentEvent]) -> Consent:
    categories = frozenset(ConsentCategory)
    extra = frozenset(Category)
    for event in grants:
        categories &= event.categories
        extra &= event.extra
    return Consent(state=ConsentState.GIVEN, categories=categories, extra=extra)


def _end(consent: Consent, event: ConsentEvent) -> Consent:
    if _is_partial(event) and consent.state is _GIVEN:
        if consent.categories and not _touches(event, consent):
            return consent
        categories = consent.categories - event.categories
        if categories:
            return Consent(
                state=ConsentState.GIVEN, categories=categories, extra=consent.extra - event.extra
            )
    if event.kind is _WITHDRAWN and consent.state not in _STANDING:
        return consent
    return Consent(state=_ENDED[event.kind])


def _is_partial(event: ConsentEvent) -> bool:
    return event.kind is _WITHDRAWN and bool(event.categories or event.extra)


def _touches(event: ConsentEvent, consent: Consent | ConsentEvent) -> bool:
    return not (
        consent.categories.isdisjoint(event.categories) and consent.extra.isdisjoint(event.extra)
    )
