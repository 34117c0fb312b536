"""Which consents are due: they end soon, nobody answered, or they may be asked for again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeVar

import pytest

from gateway.domain.bijsluiter import Doelgroep, Regime
from gateway.domain.consent import ConsentCategory, ConsentEvent, ConsentKind
from gateway.domain.consent_due import Due, due
from gateway.domain.histories import (
    Change,
    Circumstance,
    ConsentOf,
    Designation,
    DossierHistory,
    History,
)
from gateway.domain.parties import Interval, Side
from tests.generators import INSTANT

DAY = timedelta(days=1)
SOON = timedelta(days=60)
K = ConsentKind
T = TypeVar("T")


def dossier(
    *events: tuple[ConsentKind, int], ends: int | None = 400, school: str = "school-1"
) -> DossierHistory:
    """Events for the first school, by day from now, and a duty that ends on that day."""
    end = None if ends is None else INSTANT + ends * DAY
    duty = Interval(start=INSTANT - 900 * DAY, end=end)
    circumstance = Circumstance(regime=Regime.WI2013, doelgroep=Doelgroep.ASIEL, duty=duty)
    with_school = Designation(party_id=school, contact_id="contact-1")
    return DossierHistory(
        dossier_id="dossier-1",
        secret=None,
        identities=History(),
        circumstances=History([_change(circumstance)]),
        designations={Side.PROVIDER: History([_change(with_school)])},
        substitutions=(),
        consents=tuple(ConsentOf(provider_id="school-1", event=_event(*each)) for each in events),
    )


def _change(value: T) -> Change[T]:
    return Change(valid_from=INSTANT - 900 * DAY, order=1, value=value)


def _event(kind: ConsentKind, day: int) -> ConsentEvent:
    at = INSTANT + day * DAY
    rows = frozenset(ConsentCategory)
    return ConsentEvent(kind=kind, valid_from=at, recorded_at=at, form_version="1", categories=rows)


def found(history: DossierHistory) -> list[tuple[Due, datetime]]:
    return [(each.what, each.at) for each in due(history, INSTANT, SOON)]


@pytest.mark.parametrize(
    ("events", "what", "day"),
    [
        ([(K.REQUESTED, -5)], Due.NO_ANSWER, -5),
        ([(K.GIVEN, -9), (K.REQUESTED, -5)], Due.NO_ANSWER, -5),
        ([(K.REQUESTED, -9), (K.REFUSED, -5)], Due.REFUSED, -5),
        ([(K.GIVEN, -9), (K.EXPIRED, -5)], Due.EXPIRED, -5),
        ([(K.GIVEN, -9), (K.INVALIDATED, -5)], Due.INVALIDATED, -5),
    ],
)
def test_what_waits_for_somebody_to_ask(
    events: list[tuple[ConsentKind, int]], what: Due, day: int
) -> None:
    assert found(dossier(*events)) == [(what, INSTANT + day * DAY)]
    assert found(dossier(*events, school="school-2")) == []  # with another school by now
    assert found(dossier(*events, ends=0)) == []  # over, nothing more to ask


def test_who_withdrew_is_left_in_peace() -> None:
    assert found(dossier((K.GIVEN, -9), (K.WITHDRAWN, -5))) == []


@pytest.mark.parametrize(("ends", "listed"), [(1, True), (60, True), (61, False), (None, False)])
def test_given_consent_is_listed_when_the_duty_ends_soon(ends: int | None, listed: bool) -> None:
    """Whichever school it was given for: it is still in force."""
    for school in ("school-1", "school-2"):
        history = dossier((K.GIVEN, -9), ends=ends, school=school)
        assert found(history) == ([(Due.ENDS, INSTANT + (ends or 0) * DAY)] if listed else [])


def test_what_is_not_known_or_not_valid_yet_is_not_due() -> None:
    assert found(dossier((K.REQUESTED, 1))) == []
    assert found(dossier((K.REFUSED, -5), (K.GIVEN, 1))) == [(Due.REFUSED, INSTANT - 5 * DAY)]
