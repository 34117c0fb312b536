"""When nothing about somebody is passed on: the whole small domain, enumerated."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations

import pytest

from gateway.domain.bijsluiter import Regime
from gateway.domain.parties import Interval
from gateway.domain.restricting import (
    RESTRAINED,
    Restriction,
    RestrictionReason,
    in_force,
    may_object,
    outward,
    restrained,
)
from gateway.domain.situation import Ground
from gateway.domain.stops import Reason
from tests.generators import INSTANT

ALL = tuple(RestrictionReason)
SETS = [frozenset(each) for n in range(5) for each in combinations(ALL, n)]


@pytest.mark.parametrize("ground", [None, *Ground])
def test_whatever_was_asked_for_holds_and_only_that(ground: Ground | None) -> None:
    for reasons in SETS:
        found = restrained(reasons, ground)
        limited = bool(reasons - {RestrictionReason.OBJECTION})
        objected = RestrictionReason.OBJECTION in reasons and ground is not Ground.CONSENT
        assert (Reason.RESTRICTED in found, Reason.OBJECTED in found) == (limited, objected)
        assert len(found) == limited + objected


def test_more_reasons_never_hold_less() -> None:
    for ground in (None, *Ground):
        for few, many in combinations(SETS, 2):
            if few <= many:
                assert set(restrained(few, ground)) <= set(restrained(many, ground))


def test_in_force_from_its_beginning_until_its_end() -> None:
    one = Restriction(
        restriction_id="r",
        case_id="c",
        reason=RestrictionReason.CLAIM,
        period=Interval(start=INSTANT, end=INSTANT + timedelta(days=1)),
    )
    days = {-1: False, 0: True, 1: False}
    for day, holds in days.items():
        assert bool(in_force([one], INSTANT + timedelta(days=day))) is holds


def test_who_sent_the_report_learns_that_it_waits_and_no_more() -> None:
    told = outward((Reason.FREE_TEXT, Reason.RESTRICTED, Reason.OBJECTED))
    assert told == (Reason.FREE_TEXT, Reason.WAITS_FOR_GATEWAY)
    assert not RESTRAINED & set(outward(tuple(Reason)))
    others = [each for each in Reason if each not in RESTRAINED]
    assert list(outward(others)) == others


def test_consent_is_withdrawn_and_not_objected_to() -> None:
    assert [may_object(each) for each in (Regime.WI2013, Regime.WI2021, None)] == [
        False,
        True,
        True,
    ]
