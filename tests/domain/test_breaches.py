"""A breach is what its steps say; its 72 hours are hours, and no step comes out of order."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.breach_refusals import _TEXTS, BreachError, BreachRefusal
from gateway.domain.breach_rules import check, needs_words, removable_at
from gateway.domain.breach_terms import Risk, State, Step, TellingException, Version
from gateway.domain.breaches import (
    Breach,
    Taken,
    Timeline,
    checked_words,
    clocks,
    is_over_a_weekend,
    timeline_from,
)
from gateway.domain.register import Refusal, RegisterError

AWARE = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
DUTCH = ZoneInfo("Europe/Amsterdam")
SIMPLE = Timeline(
    occurred_from=AWARE - 5 * HOUR, occurred_until=None, detected_at=AWARE, aware_at=AWARE
)
ABOUT = SIMPLE.detail() | {"cause": "no-ground", "natures": "confidentiality"}


def breach(*steps: tuple[Step, dict[str, str]], aware: datetime = AWARE) -> Breach:
    """Opened at awareness; each further step one hour later."""
    timeline = Timeline(occurred_from=None, occurred_until=None, detected_at=aware, aware_at=aware)
    opened = (Step.OPENED, ABOUT | timeline.detail())
    return Breach(
        breach_id="b-1",
        incident_id="",
        steps=tuple(
            Taken(
                number=number, step=step, at=aware + number * HOUR,
                recorded_at=aware + number * HOUR, by="fien", detail=detail,
            )
            for number, (step, detail) in enumerate((opened, *steps))
        ),
    )  # fmt: skip


def assessed(risk: Risk) -> tuple[Step, dict[str, str]]:
    return Step.ASSESSED, {"risk": risk.value}


def reported(version: Version) -> tuple[Step, dict[str, str]]:
    return Step.REPORTED, {"version": version.value, "reference": "AP-1", "digest": "d"}


SILENT = (Step.NOT_REPORTED, {"proposal": "p"})
TOLD: tuple[Step, dict[str, str]] = (Step.TO_TELL, {})
NOT_TOLD = (Step.NOT_TO_TELL, {"exception": "none"})


def refused(found: Breach, step: Step, detail: dict[str, str], at: datetime | None = None) -> str:
    now = found.steps[-1].recorded_at + HOUR
    with pytest.raises(BreachError) as error:
        check(found, step, at or now, detail, now)
    return str(error.value.code)


@pytest.mark.parametrize(
    ("steps", "state", "running"),
    [
        ((), State.OPEN, True),
        ((assessed(Risk.RISK),), State.ASSESSED, True),
        ((assessed(Risk.RISK), (Step.TO_REPORT, {})), State.TO_REPORT, True),
        ((reported(Version.INITIAL),), State.REPORTED, False),
        ((reported(Version.INITIAL), reported(Version.SUPPLEMENT)), State.REPORTED, False),
        ((reported(Version.INITIAL), reported(Version.WITHDRAWAL)), State.WITHDRAWN, False),
        ((assessed(Risk.UNLIKELY), (Step.PROPOSED, {})), State.ASSESSED, True),
        ((assessed(Risk.UNLIKELY), SILENT), State.NOT_REPORTED, False),
        ((assessed(Risk.UNLIKELY), SILENT, assessed(Risk.RISK)), State.ASSESSED, True),
        ((assessed(Risk.UNLIKELY), SILENT, assessed(Risk.UNLIKELY)), State.NOT_REPORTED, False),
        ((assessed(Risk.UNLIKELY), SILENT, NOT_TOLD, (Step.CLOSED, {})), State.CLOSED, False),
        ((SILENT, (Step.CLOSED, {}), (Step.REOPENED, {})), State.OPEN, True),
    ],
)
def test_state_and_clock_follow_from_the_steps(
    steps: tuple[tuple[Step, dict[str, str]], ...], state: State, running: bool
) -> None:
    """A proposal stops no clock, a graver assessment or a reopening starts it again."""
    found = breach(*steps)
    assert (found.state, found.is_clock_running) == (state, running)
    assert bool(clocks([found])) is running


def test_a_graver_assessment_undoes_that_nobody_need_be_told() -> None:
    found = breach(assessed(Risk.RISK), NOT_TOLD, assessed(Risk.HIGH))
    assert found.telling is None
    excepted = (Step.NOT_TO_TELL, {"exception": "a"})
    found = breach(assessed(Risk.HIGH), excepted, assessed(Risk.HIGH))
    assert found.exception is TellingException.UNREADABLE
    assert breach(assessed(Risk.RISK), TOLD, assessed(Risk.HIGH)).telling is not None


@pytest.mark.parametrize(
    ("steps", "step", "detail", "code"),
    [
        ((), Step.PROPOSED, {}, BreachRefusal.NOT_ASSESSED),
        ((), Step.TO_REPORT, {}, BreachRefusal.NOT_ASSESSED),
        ((), Step.TO_TELL, {}, BreachRefusal.NOT_ASSESSED),
        ((assessed(Risk.RISK),), Step.PROPOSED, {}, BreachRefusal.RISK),
        ((assessed(Risk.HIGH),), Step.PROPOSED, {}, BreachRefusal.RISK),
        ((reported(Version.INITIAL), assessed(Risk.UNLIKELY)), Step.PROPOSED, {},
         BreachRefusal.REPORTED),
        ((assessed(Risk.HIGH),), Step.NOT_TO_TELL, {"exception": "none"}, BreachRefusal.EXCEPTION),
        ((), *reported(Version.SUPPLEMENT), BreachRefusal.NOT_REPORTED),
        ((), *reported(Version.WITHDRAWAL), BreachRefusal.NOT_REPORTED),
        ((reported(Version.INITIAL),), *reported(Version.INITIAL), BreachRefusal.REPORTED),
        ((), Step.CLOSED, {}, BreachRefusal.UNDECIDED),
        ((reported(Version.INITIAL),), Step.CLOSED, {}, BreachRefusal.UNDECIDED),
        ((assessed(Risk.RISK), reported(Version.INITIAL), NOT_TOLD), Step.CLOSED, {},
         BreachRefusal.INCOMPLETE),
        ((), Step.REOPENED, {}, BreachRefusal.NOT_CLOSED),
        ((SILENT, NOT_TOLD, (Step.CLOSED, {})), Step.FACT, {}, BreachRefusal.CLOSED),
    ],
)  # fmt: skip
def test_what_cannot_follow_is_refused(
    steps: tuple[tuple[Step, dict[str, str]], ...],
    step: Step,
    detail: dict[str, str],
    code: BreachRefusal,
) -> None:
    assert refused(breach(*steps), step, detail) == code


@pytest.mark.parametrize("reference", ["", "mevrouw Verzonnen", "AP", "1" * 41, "1\n"])
def test_the_number_of_the_ap_is_a_number(reference: str) -> None:
    detail = {"version": "initial", "reference": reference, "digest": "d"}
    assert refused(breach(), Step.REPORTED, detail) == BreachRefusal.REFERENCE


def test_what_the_rules_let_through() -> None:
    """From opening to closing, the ordinary way."""
    path: list[tuple[Step, dict[str, str]]] = [
        assessed(Risk.HIGH),
        (Step.EFFECT, {"kind": "phishing"}),
        (Step.MEASURE, {"kind": "key-revoked"}),
        (Step.TO_REPORT, {}),
        reported(Version.INITIAL),
        reported(Version.SUPPLEMENT),
        (Step.NOT_TO_TELL, {"exception": "a"}),
        (Step.CLOSED, {}),
        (Step.REOPENED, {}),
        reported(Version.WITHDRAWAL),
    ]
    for length, (step, detail) in enumerate(path):
        found = breach(*path[:length])
        now = found.steps[-1].recorded_at + HOUR
        check(found, step, now, detail, now)
    assert breach(*path).state is State.WITHDRAWN


def test_moments_to_come_or_before_awareness_are_refused() -> None:
    found = breach()
    later = found.steps[-1].recorded_at + 2 * HOUR
    assert refused(found, Step.FACT, {}, later) == BreachRefusal.TO_COME
    early = AWARE - HOUR
    assert refused(found, *assessed(Risk.RISK), early) == BreachRefusal.ORDER
    assert refused(found, *reported(Version.INITIAL), early) == BreachRefusal.ORDER
    twice = breach(reported(Version.INITIAL))
    assert refused(twice, *reported(Version.SUPPLEMENT), AWARE) == BreachRefusal.ORDER
    with pytest.raises(RegisterError) as error:
        check(found, Step.FACT, datetime(2026, 3, 2), {}, later)  # noqa: DTZ001 - that is the point
    assert str(error.value.code) == "no-time-zone"


MOMENTS = st.integers(0, 6)


@given(MOMENTS, MOMENTS, MOMENTS, MOMENTS, st.booleans(), st.booleans())
def test_a_timeline_stands_only_in_its_order(  # noqa: PLR0917 - one for each moment
    begun: int, ended: int, detected: int, aware: int, is_begun: bool, is_ended: bool
) -> None:
    """Against the order said in numbers; the clock stands at 5."""
    timeline = Timeline(
        occurred_from=AWARE + begun * HOUR if is_begun else None,
        occurred_until=AWARE + ended * HOUR if is_ended else None,
        detected_at=AWARE + detected * HOUR,
        aware_at=AWARE + aware * HOUR,
    )
    given_ = [detected, aware, *([begun] if is_begun else []), *([ended] if is_ended else [])]
    right = (
        max(given_) <= 5
        and detected <= aware
        and (not is_begun or begun <= detected)
        and (not is_ended or (is_begun and begun <= ended))
    )
    try:
        timeline.check(AWARE + 5 * HOUR)
        stands = True
    except BreachError:
        stands = False
    assert stands is right
    assert timeline_from(timeline.detail()) == timeline


# --- the 72 hours -----------------------------------------------------------------


def test_seventy_two_hours_over_ten_years_of_days_and_hours() -> None:
    """Every hour of the days on which the clock is moved, noon and midnight of all others.

    Against a count by the clock on the wall: three days later at the same time, and an hour
    more or less where the clock was moved in between.
    """
    day = date(2024, 1, 1)
    moved = 0
    while day < date(2034, 1, 1):
        for hour in (0, 2, 3, 12, 23):
            at = datetime(day.year, day.month, day.day, hour, tzinfo=DUTCH)
            timeline = Timeline(
                occurred_from=None, occurred_until=None, detected_at=at, aware_at=at
            )
            deadline = timeline.deadline.astimezone(UTC)
            assert (deadline - at.astimezone(UTC)).total_seconds() == 72 * 3600
        moved += counted_on_the_wall(day)
        day += timedelta(days=1)
    assert moved == 2 * 3 * 10


def counted_on_the_wall(day: date) -> int:
    """Noon three days on, by the wall; how much of an hour the deadline is beside it."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=DUTCH)
    after = day + timedelta(days=3)
    wall = datetime(after.year, after.month, after.day, 12, tzinfo=DUTCH)
    begin = noon.utcoffset()
    end = wall.utcoffset()
    assert begin is not None
    assert end is not None
    found = breach(aware=noon.astimezone(UTC))
    (clock,) = clocks([found])
    assert clock.deadline.astimezone(DUTCH).replace(tzinfo=None) == (
        wall.replace(tzinfo=None) + (end - begin)
    )
    return int(end != begin)


def test_a_weekend_in_the_term_is_seen_and_moves_nothing() -> None:
    """2 March 2026 is a Monday."""
    monday, wednesday = AWARE, AWARE + timedelta(days=2)
    for at, weekend in ((monday, False), (wednesday, True), (AWARE + timedelta(days=5), True)):
        timeline = Timeline(occurred_from=None, occurred_until=None, detected_at=at, aware_at=at)
        assert is_over_a_weekend(timeline) is weekend
        assert timeline.deadline == at + 72 * HOUR


@pytest.mark.parametrize(("seconds", "needed"), [(0, None), (1, BreachRefusal.LATE)])
def test_after_the_term_a_report_gives_the_reason_for_the_delay(
    seconds: int, needed: BreachRefusal | None
) -> None:
    at = AWARE + 72 * HOUR + timedelta(seconds=seconds)
    assert (
        needs_words(breach(), *reported(Version.INITIAL)[:1], at, reported(Version.INITIAL)[1])
        is needed
    )
    late = breach(reported(Version.INITIAL))
    step, detail = reported(Version.SUPPLEMENT)
    assert needs_words(late, step, at, detail) is None
    step, detail = reported(Version.WITHDRAWAL)
    assert needs_words(late, step, at, detail) is BreachRefusal.NO_WORDS


def test_words_are_needed_and_bounded() -> None:
    for words, code in (("  ", BreachRefusal.NO_WORDS), ("x" * 4001, BreachRefusal.TOO_LONG)):
        with pytest.raises(BreachError) as error:
            checked_words(words, needed=True)
        assert str(error.value.code) == code
    assert checked_words(" x ", needed=True) == "x"
    assert set(_TEXTS) == set(BreachRefusal)


@pytest.mark.parametrize("words", ["BSN 111222333 stond erin", "paspoort NXK41LR10"])
def test_words_bear_no_number_that_identity_is_stolen_by(words: str) -> None:
    """They are kept for years, also where the person was erased since."""
    with pytest.raises(RegisterError) as refused:
        checked_words(words, needed=True)
    assert refused.value.code is Refusal.IDENTITY_NUMBER


def test_it_is_kept_by_the_calendar_from_closing() -> None:
    closed = breach(SILENT, (Step.CLOSED, {}))
    assert removable_at(closed, "P3Y") == datetime(2029, 3, 2, 11, tzinfo=UTC)
    with pytest.raises(BreachError):
        removable_at(breach(), "P3Y")
