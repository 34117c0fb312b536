"""Consent at two instants (12.2, 12.4): what held, as far as was known.

The model in this file answers for one row of the form at a time, by looking for
the last grant and for any ending since; `effective` folds over time.  They must
agree on every history.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.bijsluiter import Category
from gateway.domain.consent import (
    NO_CONSENT,
    PERMITTING,
    ConsentCategory,
    ConsentEvent,
    ConsentKind,
    ConsentState,
    effective,
    granting,
)
from tests.generators import INSTANT
from tests.strategies import consent_events

T1, T2, T3, T4 = ConsentCategory
ALL = frozenset(ConsentCategory)
NOW = INSTANT
ENDING = frozenset(ConsentKind) - PERMITTING - {ConsentKind.REQUESTED}
histories = st.lists(consent_events(), max_size=6)


def event(
    kind: ConsentKind,
    day: int,
    *rows: ConsentCategory,
    recorded: int | None = None,
    extra: frozenset[Category] = frozenset(),
    form: str = "1",
) -> ConsentEvent:
    """An event `day` days from now, recorded on the same day unless said otherwise."""
    return ConsentEvent(
        kind=kind,
        valid_from=NOW + timedelta(days=day),
        recorded_at=NOW + timedelta(days=day if recorded is None else recorded),
        form_version=form,
        categories=frozenset(rows),
        extra=extra,
    )


def granted(*events: ConsentEvent) -> frozenset[ConsentCategory]:
    """The rows granted now."""
    return effective(events, valid_at=NOW, known_at=NOW).categories


def test_nothing_recorded_permits_nothing() -> None:
    assert effective((), valid_at=NOW, known_at=NOW) == NO_CONSENT


def test_a_request_permits_nothing() -> None:
    assert granted(event(ConsentKind.REQUESTED, -1, *ALL)) == frozenset()


def test_given_holds_from_its_own_instant_on() -> None:
    assert granted(event(ConsentKind.GIVEN, 0, T1)) == {T1}
    assert granted(event(ConsentKind.GIVEN, 1, T1)) == frozenset()


def test_given_after_a_refusal_permits() -> None:
    assert granted(event(ConsentKind.REFUSED, -2), event(ConsentKind.GIVEN, -1, T1)) == {T1}


def test_a_new_form_replaces_the_rows_of_the_old_one() -> None:
    assert granted(event(ConsentKind.GIVEN, -2, T1, T2), event(ConsentKind.RENEWED, -1, T1)) == {T1}


def test_a_withdrawal_of_one_row_leaves_the_others() -> None:
    assert granted(event(ConsentKind.GIVEN, -2, T1, T2), event(ConsentKind.WITHDRAWN, -1, T2)) == {
        T1
    }


def test_a_withdrawal_without_rows_withdraws_everything() -> None:
    assert granted(event(ConsentKind.GIVEN, -2, *ALL), event(ConsentKind.WITHDRAWN, -1)) == set()


def test_a_withdrawal_row_by_row_ends_in_withdrawn() -> None:
    events = (event(ConsentKind.GIVEN, -3, T1, T2), event(ConsentKind.WITHDRAWN, -2, T1))
    after = effective((*events, event(ConsentKind.WITHDRAWN, -1, T2)), valid_at=NOW, known_at=NOW)
    assert after.state is ConsentState.WITHDRAWN


def test_a_withdrawal_recorded_late_holds_from_when_it_was_valid() -> None:
    """12.4: what left in between is found by asking as of then, known now."""
    events = (event(ConsentKind.GIVEN, -9, T1), event(ConsentKind.WITHDRAWN, -5, recorded=-1))
    between = NOW - timedelta(days=3)
    assert effective(events, valid_at=between, known_at=between).categories == {T1}
    assert effective(events, valid_at=between, known_at=NOW).categories == set()


def test_of_two_forms_of_one_instant_the_narrower_reading_wins() -> None:
    assert granted(event(ConsentKind.GIVEN, -1, T1, T2), event(ConsentKind.GIVEN, -1, T1, T3)) == {
        T1
    }


def test_given_and_withdrawn_at_one_instant_is_withdrawn() -> None:
    assert granted(event(ConsentKind.WITHDRAWN, -1), event(ConsentKind.GIVEN, -1, T1)) == set()


def test_a_hand_added_row_is_withdrawn_by_name() -> None:
    added = frozenset({Category.P4})
    events = (
        event(ConsentKind.GIVEN, -2, T1, extra=added),
        event(ConsentKind.WITHDRAWN, -1, extra=added),
    )
    after = effective(events, valid_at=NOW, known_at=NOW)
    assert after.categories == {T1}
    assert not after.extra


def test_a_newer_form_stands_when_an_older_version_is_invalidated() -> None:
    """Also when it is put on record late, with a date before the invalidation."""
    old, new = (
        event(ConsentKind.GIVEN, day, T1, form=form) for day, form in ((-9, "1"), (-5, "2"))
    )
    ended = event(ConsentKind.INVALIDATED, -3, form="1")
    assert granted(old, ended) == set()
    assert granted(old, ended, new) == {T1}
    assert granted(old, new, event(ConsentKind.INVALIDATED, -3, form="2")) == set()


@settings(deadline=None, max_examples=300)
@given(events=histories)
def test_what_consent_rests_on_is_there_exactly_while_it_is_given(
    events: list[ConsentEvent],
) -> None:
    resting = granting(events, valid_at=NOW, known_at=NOW)
    consent = effective(events, valid_at=NOW, known_at=NOW)
    assert bool(resting) is (consent.state is ConsentState.GIVEN)
    assert all(consent.categories <= each.categories for each in resting)


@settings(deadline=None, max_examples=300)
@given(events=histories, version=st.sampled_from(["1", "2"]))
def test_an_invalidation_ends_what_rests_on_its_version_and_nothing_else(
    events: list[ConsentEvent], version: str
) -> None:
    resting = {e.form_version for e in granting(events, valid_at=NOW, known_at=NOW)}
    before = effective(events, valid_at=NOW, known_at=NOW)
    ending = event(ConsentKind.INVALIDATED, 0, form=version)
    after = effective([*events, ending], valid_at=NOW, known_at=NOW)
    if version in resting:
        assert after.state is ConsentState.INVALIDATED
    elif resting:
        assert after == before


@settings(deadline=None, max_examples=300)
@given(events=histories)
def test_effective_agrees_with_the_model(events: list[ConsentEvent]) -> None:
    answer = effective(events, valid_at=NOW, known_at=NOW)
    rows, extra = model(events)
    assert (answer.categories, answer.extra) == (rows, extra)
    assert answer.state is ConsentState.GIVEN or not rows


@settings(deadline=None, max_examples=80)
@given(events=st.lists(consent_events(), max_size=4))
def test_the_order_of_recording_changes_nothing(events: list[ConsentEvent]) -> None:
    answers = {effective(order, valid_at=NOW, known_at=NOW) for order in permutations(events)}
    assert len(answers) == 1


@settings(deadline=None, max_examples=300)
@given(events=histories, ending=consent_events(kinds=ENDING))
def test_an_ending_never_widens(events: list[ConsentEvent], ending: ConsentEvent) -> None:
    before = effective(events, valid_at=NOW, known_at=NOW)
    after = effective([*events, ending], valid_at=NOW, known_at=NOW)
    assert after.categories <= before.categories
    assert after.extra <= before.extra


@settings(deadline=None, max_examples=200)
@given(events=histories, later=consent_events())
def test_what_is_not_known_or_not_valid_yet_changes_nothing(
    events: list[ConsentEvent], later: ConsentEvent
) -> None:
    unknown = ConsentEvent(
        kind=later.kind,
        valid_from=later.valid_from,
        recorded_at=NOW + timedelta(seconds=1),
        form_version="1",
        categories=later.categories,
    )
    coming = event(later.kind, 1, *later.categories, recorded=-1)
    assert effective([*events, unknown, coming], valid_at=NOW, known_at=NOW) == effective(
        events, valid_at=NOW, known_at=NOW
    )


def model(
    events: list[ConsentEvent],
) -> tuple[frozenset[ConsentCategory], frozenset[Category]]:
    """The rows granted now: in every grant of the last instant of granting, and not ended since."""
    known = [e for e in events if e.recorded_at <= NOW and e.valid_from <= NOW]
    grants = [e for e in known if e.kind in PERMITTING]
    last = max((e.valid_from for e in grants), default=None)
    if last is None:
        return frozenset(), frozenset()
    latest = [e for e in grants if e.valid_from == last]
    versions = {e.form_version for e in latest}
    ended = [
        e
        for e in known
        if e.kind in ENDING
        and e.valid_from >= last
        and (e.kind is not ConsentKind.INVALIDATED or e.form_version in versions)
    ]
    partial = [e for e in ended if e.kind is ConsentKind.WITHDRAWN and (e.categories or e.extra)]
    if len(partial) != len(ended):
        return frozenset(), frozenset()
    rows = [r for r in ConsentCategory if all(r in e.categories for e in latest)]
    extra = [c for c in Category if all(c in e.extra for e in latest)]
    kept = frozenset(r for r in rows if not any(r in e.categories for e in partial))
    added = frozenset(c for c in extra if not any(c in e.extra for e in partial))
    return kept, added if kept or not partial else frozenset()
