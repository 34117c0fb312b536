"""Consent at two instants (12.2, 12.4): what held, as far as was known.

The model in this file answers for one row of the form at a time, by looking for
the last grant and for any ending since; `effective` folds over time.  They must
agree on every history.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.bijsluiter import Category
from gateway.domain.consent import (
    NO_CONSENT,
    PERMITTING,
    Consent,
    ConsentCategory,
    ConsentEvent,
    ConsentKind,
    ConsentState,
    coming,
    effective,
    expired_after,
    granting,
)
from gateway.domain.histories import ConsentOf, DossierHistory, History
from gateway.domain.invalidating import Form, concerned
from gateway.domain.parties import Interval
from tests.generators import INSTANT
from tests.strategies import consent_events

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

T1, T2, T3, T4 = ConsentCategory
ALL = frozenset(ConsentCategory)
NOW = INSTANT
ENDING = frozenset(ConsentKind) - PERMITTING - {ConsentKind.REQUESTED}
histories = st.lists(consent_events(), max_size=6)
# As far as the events reach, and between two of them.
instants = st.integers(-10, 6).map(lambda half: INSTANT + timedelta(hours=12 * half))


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


@settings(deadline=None, max_examples=3000)
@given(events=histories, valid_at=instants, known_at=instants)
def test_effective_agrees_with_the_model_at_any_two_instants(
    events: list[ConsentEvent], valid_at: datetime, known_at: datetime
) -> None:
    """What held then, as known then: thousands of histories, every pair of instants."""
    answer = effective(events, valid_at=valid_at, known_at=known_at)
    rows, extra = model(events, valid_at, known_at)
    assert (answer.categories, answer.extra) == (rows, extra)
    assert answer.state is ConsentState.GIVEN or not rows


@settings(deadline=None, max_examples=1000)
@given(events=histories, valid_at=instants, known_at=instants)
def test_the_state_agrees_with_the_model_too(
    events: list[ConsentEvent], valid_at: datetime, known_at: datetime
) -> None:
    """Given, or the ending that came last; of one instant the gravest."""
    answer = effective(events, valid_at=valid_at, known_at=known_at)
    assert answer.state is state_of(events, valid_at, known_at)


@settings(deadline=None, max_examples=80)
@given(events=st.lists(consent_events(), max_size=4))
def test_the_order_of_recording_changes_nothing(events: list[ConsentEvent]) -> None:
    answers = {effective(order, valid_at=NOW, known_at=NOW) for order in permutations(events)}
    assert len(answers) == 1


@settings(deadline=None, max_examples=500)
@given(
    events=st.lists(consent_events(), min_size=5, max_size=60),
    random=st.randoms(use_true_random=False),
    valid_at=instants,
    known_at=instants,
)
def test_nor_does_it_in_long_histories(
    events: list[ConsentEvent], random: Random, valid_at: datetime, known_at: datetime
) -> None:
    shuffled = list(events)
    random.shuffle(shuffled)
    assert effective(shuffled, valid_at=valid_at, known_at=known_at) == effective(
        events, valid_at=valid_at, known_at=known_at
    )


@settings(deadline=None, max_examples=500)
@given(events=histories, end=instants, valid_at=instants, known_at=instants)
def test_consent_is_over_with_the_duty_and_not_before(
    events: list[ConsentEvent], end: datetime, valid_at: datetime, known_at: datetime
) -> None:
    """Annex 2: until the duty is completed, half open; whatever was recorded."""
    open_end = effective(events, valid_at=valid_at, known_at=known_at)
    answer = expired_after(open_end, Interval(end=end), valid_at)
    if valid_at < end or open_end.state is not ConsentState.GIVEN:
        assert answer == open_end
    else:
        assert answer == Consent(state=ConsentState.EXPIRED)


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


# --- what ends ends what is still to come -----------------------------------------------------

later = st.lists(st.integers(0, 8), min_size=1, max_size=5).map(
    lambda halves: [NOW + timedelta(hours=12 * half) for half in halves]
)
known_today = histories.map(lambda events: [e for e in events if e.recorded_at <= NOW])


def ended(events: list[ConsentEvent], ending: ConsentEvent) -> list[ConsentEvent]:
    """With the ending on record, as the register puts it there."""
    more = [replace(ending, valid_from=at) for at in coming(ending, events)]
    return [*events, ending, *more]


@settings(deadline=None, max_examples=300)
@given(
    events=known_today,
    kind=st.sampled_from(
        [ConsentKind.WITHDRAWN, ConsentKind.REFUSED, ConsentKind.EXPIRED],
    ),
    instants=later,
)
def test_once_everything_ended_nothing_begins_by_itself(
    events: list[ConsentEvent], kind: ConsentKind, instants: list[datetime]
) -> None:
    """Whatever was on record for days to come; only what is recorded afterwards gives again."""
    after = ended(events, event(kind, 0))
    for at in instants:
        assert effective(after, valid_at=at, known_at=NOW).state is not ConsentState.GIVEN


@settings(deadline=None, max_examples=300)
@given(
    events=known_today,
    rows=st.sets(st.sampled_from(ConsentCategory), min_size=1),
    instants=later,
)
def test_a_row_that_was_withdrawn_does_not_come_back_by_itself(
    events: list[ConsentEvent], rows: set[ConsentCategory], instants: list[datetime]
) -> None:
    after = ended(events, event(ConsentKind.WITHDRAWN, 0, *rows))
    for at in instants:
        assert not effective(after, valid_at=at, known_at=NOW).categories & rows


@settings(deadline=None, max_examples=300)
@given(events=known_today, version=st.sampled_from(["1", "2"]), instants=later)
def test_nothing_rests_later_on_a_version_that_was_invalidated(
    events: list[ConsentEvent], version: str, instants: list[datetime]
) -> None:
    after = ended(events, event(ConsentKind.INVALIDATED, 0, form=version))
    for at in instants:
        resting = granting(after, valid_at=at, known_at=NOW)
        assert version not in {each.form_version for each in resting}


@settings(deadline=None, max_examples=300)
@given(events=known_today, day=st.integers(-3, 0), instants=later)
def test_nor_after_everybody_under_that_version_was_ended_at_once(
    events: list[ConsentEvent], day: int, instants: list[datetime]
) -> None:
    """From a moment in the past on, too."""
    history = DossierHistory(
        dossier_id="dossier-1",
        secret=None,
        identities=History([]),
        circumstances=History([]),
        designations={},
        substitutions=(),
        consents=tuple(ConsentOf(provider_id="school-1", event=each) for each in events),
    )
    start = NOW + timedelta(days=day)
    found = concerned(history, Form(version="1"), ["nl"] * len(events), start, NOW)
    endings = [
        replace(event(ConsentKind.INVALIDATED, 0, form="1"), valid_from=each.at) for each in found
    ]
    for at in (start, *instants):
        resting = granting([*events, *endings], valid_at=at, known_at=NOW)
        assert "1" not in {each.form_version for each in resting}


def test_what_was_given_after_a_withdrawal_that_is_recorded_late_stands() -> None:
    """It is the later decision of the inburgeraar."""
    given_since = event(ConsentKind.GIVEN, -1, T1)
    withdrawn = event(ConsentKind.WITHDRAWN, -3, recorded=0)
    assert coming(withdrawn, [given_since]) == ()
    assert granted(*ended([given_since], withdrawn)) == {T1}


def model(
    events: list[ConsentEvent], valid_at: datetime, known_at: datetime
) -> tuple[frozenset[ConsentCategory], frozenset[Category]]:
    """The rows granted then: in every grant of the last instant of granting, not ended since."""
    known = [e for e in events if e.recorded_at <= known_at and e.valid_from <= valid_at]
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


# Of endings of one instant the last of these counts; a withdrawal ends only what still stands.
GRAVITY = (
    ConsentKind.REFUSED,
    ConsentKind.WITHDRAWN,
    ConsentKind.EXPIRED,
    ConsentKind.INVALIDATED,
)


def state_of(events: list[ConsentEvent], valid_at: datetime, known_at: datetime) -> ConsentState:
    """The state then: stepping through the events that count, one after the other."""
    known = [e for e in events if e.recorded_at <= known_at and e.valid_from <= valid_at]
    grants = [e for e in known if e.kind in PERMITTING]
    last = max((e.valid_from for e in grants), default=None)
    state = ConsentState.NONE if last is None else ConsentState.GIVEN
    versions = {e.form_version for e in grants if e.valid_from == last}
    endings = [
        e
        for e in known
        if e.kind in ENDING
        and (last is None or e.valid_from >= last)
        and (last is None or e.kind is not ConsentKind.INVALIDATED or e.form_version in versions)
    ]
    ordered = sorted(endings, key=_gravity)
    for number, each in enumerate(ordered):
        left = _left(events, valid_at, known_at, ordered[: number + 1])
        if each.kind is not ConsentKind.WITHDRAWN:
            state = ConsentState(each.kind.value)
        elif state is ConsentState.NONE or (state is ConsentState.GIVEN and not left):
            state = ConsentState.WITHDRAWN
    return state


def _gravity(event: ConsentEvent) -> tuple[datetime, int]:
    return event.valid_from, GRAVITY.index(event.kind)


def _left(
    events: list[ConsentEvent],
    valid_at: datetime,
    known_at: datetime,
    endings: list[ConsentEvent],
) -> frozenset[ConsentCategory]:
    """The rows that are left once these endings have counted."""
    grants = [e for e in events if e.kind in PERMITTING]
    return model([*grants, *endings], valid_at, known_at)[0]
