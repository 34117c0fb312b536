"""When somebody may be erased: each bar with its article and date, over ten years of days."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.bijsluiter import Regime
from gateway.domain.consent import ConsentCategory, ConsentEvent, ConsentKind
from gateway.domain.erasing import (
    Bar,
    Ground,
    Standing,
    Terms,
    goes_at,
    obstacles,
    retained_until,
    without_consent,
)
from gateway.domain.moments import DUTCH

BY_REGIME = {Regime.WI2013: "P10Y", Regime.WI2021: "P5Y"}
TERMS = Terms(by_regime=BY_REGIME, quiet=timedelta())
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OVER = datetime(2010, 1, 1, tzinfo=UTC)
DAYS = [date(2016, 1, 1) + timedelta(days=each) for each in range(3653)]


def person(
    regime: Regime | None = Regime.WI2021,
    duty_end: datetime | None = OVER,
    last_used: datetime = OVER,
) -> Standing:
    return Standing(regime=regime, duty_end=duty_end, last_used=last_used)


def is_due(standing: Standing, terms: Terms, now: datetime) -> bool:
    """Whether the term alone erases this person now."""
    at = goes_at(standing, terms)
    return at is not None and at <= now and not obstacles(standing, Ground.TERM_OVER, terms, now)


def bars(standing: Standing, ground: Ground = Ground.NOT_NEEDED, terms: Terms = TERMS) -> list[Bar]:
    return [each.bar for each in obstacles(standing, ground, terms, NOW)]


@pytest.mark.parametrize(("regime", "years"), [(Regime.WI2021, 5), (Regime.WI2013, 10)])
def test_the_term_ends_on_the_same_day_of_the_dutch_calendar(regime: Regime, years: int) -> None:
    """Every day of ten years as the end of a duty, against a calendar of somebody else's."""
    for day in DAYS:
        ended = datetime(day.year, day.month, day.day, tzinfo=DUTCH)
        until = retained_until(person(regime, ended), TERMS)
        assert until is not None
        leap = (day.month, day.day) == (2, 29) and (day.year + years) % 4
        wanted = date(day.year + years, day.month, 28 if leap else day.day)
        local = until.astimezone(DUTCH)
        assert (local.date(), local.hour, local.minute) == (wanted, 0, 0)


def test_a_person_is_due_from_that_instant_and_not_before() -> None:
    until = retained_until(person(), TERMS)
    assert until is not None
    assert not is_due(person(), TERMS, until - timedelta(microseconds=1))
    assert is_due(person(), TERMS, until)


def test_under_the_old_act_a_file_that_is_used_is_not_closed() -> None:
    used = NOW - timedelta(days=30)
    assert retained_until(person(Regime.WI2013, last_used=used), TERMS) > NOW  # type: ignore[operator]  # there is one
    assert is_due(person(Regime.WI2021, last_used=used), TERMS, NOW)


@given(st.sampled_from([*Regime]), st.sampled_from(DAYS), st.integers(1, 400))
@settings(max_examples=100)
def test_nobody_goes_by_the_term_while_they_are_heard_of(
    regime: Regime, end: date, days: int
) -> None:
    """A mistyped end of a duty is itself something recorded: there is time to see it."""
    ended = datetime(end.year, end.month, end.day, tzinfo=UTC) - timedelta(days=20 * 365)
    terms = Terms(by_regime=BY_REGIME, quiet=timedelta(days=days))
    recorded = replace(person(regime, ended), last_used=NOW)
    at = goes_at(recorded, terms)
    assert at is not None
    assert at >= NOW + timedelta(days=days)
    assert not is_due(recorded, terms, at - timedelta(microseconds=1))
    assert is_due(recorded, terms, at)


def test_what_is_not_known_bars() -> None:
    no_end = person(duty_end=None)
    (found,) = obstacles(no_end, Ground.TERM_OVER, TERMS, NOW)
    assert (found.bar, found.article, found.until) == (Bar.RETENTION, "17(3)(b)", None)
    short = Terms(by_regime={Regime.WI2021: "P5Y"})
    assert bars(person(regime=None), terms=short) == [Bar.RETENTION]
    assert bars(person(Regime.WI2013), terms=short) == [Bar.RETENTION]
    unknown = person(regime=None, duty_end=NOW - timedelta(days=9 * 365), last_used=OVER)
    assert bars(unknown) == [Bar.RETENTION]


def test_each_bar_has_its_article_and_says_of_which_case() -> None:
    standing = replace(person(duty_end=NOW), holds=("zaak 1",), cases=("c1",), incidents=("i1",))
    found = obstacles(standing, Ground.NOT_NEEDED, replace(TERMS, archiving=True), NOW)
    assert [(each.bar, each.article, each.reference) for each in found] == [
        (Bar.CLAIMS, "17(3)(e)", "zaak 1"),
        (Bar.CASE, "12(3)", "c1"),
        (Bar.INCIDENT, "33(5)", "i1"),
        (Bar.RETENTION, "17(3)(b)", ""),
        (Bar.ARCHIVING, "17(3)(d)", ""),
    ]


@pytest.mark.parametrize("ground", [Ground.UNLAWFUL, Ground.OBLIGATION])
def test_what_was_unlawful_is_kept_by_no_term_but_by_a_claim(ground: Ground) -> None:
    standing = person(duty_end=None)
    assert bars(standing, ground, replace(TERMS, archiving=True)) == []
    assert bars(replace(standing, holds=("zaak 1",)), ground) == [Bar.CLAIMS]


@given(
    st.sampled_from([*Regime, None]),
    st.none() | st.sampled_from(DAYS),
    st.sampled_from(DAYS),
    st.sampled_from(list(Ground)),
    st.booleans(),
)
@settings(max_examples=200)
def test_nobody_is_due_while_anything_bars(
    regime: Regime | None, end: date | None, used: date, ground: Ground, archiving: bool
) -> None:
    """And every date that is given lies ahead: after it that bar is gone."""

    def at(day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=UTC)

    standing = person(regime, None if end is None else at(end), at(used))
    terms = replace(TERMS, archiving=archiving)
    found = obstacles(standing, ground, terms, NOW)
    if found:
        assert not is_due(standing, terms, NOW)
    for each in found:
        if each.until is not None:
            assert each.until > NOW
            later = obstacles(standing, ground, terms, each.until)
            assert each.bar not in {other.bar for other in later}


def event(kind: ConsentKind, day: int) -> ConsentEvent:
    moment = datetime(2026, 1, day, tzinfo=UTC)
    given_now = kind in {ConsentKind.GIVEN, ConsentKind.RENEWED}
    return ConsentEvent(
        kind=kind,
        valid_from=moment,
        recorded_at=moment,
        form_version="v1",
        categories=frozenset(ConsentCategory) if given_now else frozenset(),
    )


def test_papers_go_where_nothing_of_their_consent_holds() -> None:
    given_, stopped = event(ConsentKind.GIVEN, 1), event(ConsentKind.WITHDRAWN, 5)
    again = event(ConsentKind.GIVEN, 9)
    one = [(1, "a", given_), (2, "a", stopped), (3, "b", given_)]
    assert without_consent(one, NOW) == {1, 2}
    assert without_consent([*one, (4, "a", again)], NOW) == frozenset()
    assert without_consent([(1, "a", given_)], NOW) == frozenset()
    ahead = replace(again, valid_from=NOW + timedelta(days=1))
    assert without_consent([*one, (4, "a", ahead)], NOW) == frozenset()
