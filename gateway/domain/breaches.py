"""The register of breaches (AVG 33(5)): what is known of each, what was decided, and why.

A breach is what its steps say, one after another; nothing in it is ever changed.  Words
of people are kept apart, sealed: here are moments, codes, counts and references only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from gateway.domain.breach_refusals import MOST_WORDS, BreachError, BreachRefusal
from gateway.domain.breach_terms import (
    TERM,
    Cause,
    Nature,
    Risk,
    State,
    Step,
    TellingException,
    Version,
)
from gateway.domain.identity_numbers import holds_number
from gateway.domain.moments import DUTCH
from gateway.domain.register import Refusal, RegisterError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


EXTENSIONS: Final = "extensions"  # in the detail of a step: by how many it was made
INCIDENT: Final = "incident"  # in the detail of a step: the proposal that it put in the breach
_FACTS = (Step.OPENED, Step.EXTENDED, Step.FACT)
_UNDO_SILENCE = frozenset({Step.TO_REPORT, Step.REPORTED, Step.REOPENED, Step.EXTENDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The moments that the register keeps apart (33(5)).

    `occurred_from` is None where nobody knows, `occurred_until` where it was one moment,
    or has not ended or nobody knows.  Aware is when it was reasonably certain that data
    were affected (EDPB Guidelines 9/2022, 31).
    """

    occurred_from: datetime | None
    occurred_until: datetime | None
    detected_at: datetime
    aware_at: datetime

    def __post_init__(self) -> None:
        # On one clock of the Netherlands an hour between two moments is one on the wall: those
        # in which the clock is moved would count twice, or not.
        for name in ("occurred_from", "occurred_until", "detected_at", "aware_at"):
            found: datetime | None = getattr(self, name)
            if found is not None and found.tzinfo is not None:
                object.__setattr__(self, name, found.astimezone(UTC))

    def check(self, now: datetime) -> None:
        """Raises `BreachError` for moments to come or in no possible order."""
        found = (self.occurred_from, self.occurred_until, self.detected_at, self.aware_at)
        for each in found:
            if each is not None:
                past(each, now)
        begun, ended = self.occurred_from, self.occurred_until
        if ended is not None and (begun is None or ended < begun):
            raise BreachError(BreachRefusal.ORDER)
        if (begun is not None and begun > self.detected_at) or self.detected_at > self.aware_at:
            raise BreachError(BreachRefusal.ORDER)

    @property
    def deadline(self) -> datetime:
        """When the 72 hours have gone by."""
        return self.aware_at + TERM

    def detail(self) -> dict[str, str]:
        """As a step keeps it; what is not known is empty."""
        return {
            "occurred_from": _said(self.occurred_from),
            "occurred_until": _said(self.occurred_until),
            "detected_at": _said(self.detected_at),
            "aware_at": _said(self.aware_at),
        }


def timeline_from(detail: Mapping[str, str]) -> Timeline:
    """The moments of a step again."""
    return Timeline(
        occurred_from=_moment(detail["occurred_from"]),
        occurred_until=_moment(detail["occurred_until"]),
        detected_at=datetime.fromisoformat(detail["detected_at"]),
        aware_at=datetime.fromisoformat(detail["aware_at"]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """What the log was at a moment (C2SP checkpoint), and what the scope of the breach was."""

    occasion: Step
    size: int
    root: str
    note: str
    scope_digest: str
    holds: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One step on record: `at` the moment that it is about, `number` where its words are."""

    number: int
    step: Step
    at: datetime
    recorded_at: datetime
    by: str
    detail: Mapping[str, str] = field(default_factory=dict)
    worded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A version of the report to the AP, frozen: `digest` is of the answers as they were sent."""

    number: int
    version: Version
    at: datetime
    reference: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A breach, folded from its steps; the first of them opened it."""

    breach_id: str
    incident_id: str
    steps: tuple[Taken, ...]

    @property
    def opened(self) -> Taken:
        """The step that opened it."""
        return self.steps[0]

    @property
    def timeline(self) -> Timeline:
        """Its moments as known now."""
        return timeline_from(self._about().detail)

    @property
    def cause(self) -> Cause:
        """What kind of thing happened."""
        return Cause(self._about().detail["cause"])

    @property
    def natures(self) -> tuple[Nature, ...]:
        """Of what kind the breach is."""
        return tuple(Nature(each) for each in self._about().detail["natures"].split())

    @property
    def extensions(self) -> tuple[Taken, ...]:
        """Each time that more turned out to belong to it."""
        return self._all(Step.EXTENDED)

    @property
    def incidents(self) -> frozenset[str]:
        """The proposals that are in it, by id: also those that told nothing new of anybody."""
        named = {each.detail.get(INCIDENT, "") for each in self.steps}
        return frozenset({self.incident_id, *named} - {""})

    @property
    def part_unknown(self) -> int:
        """Of how many reports that were passed on nobody noted what else they came with."""
        counted = [
            each for each in (self.opened, *self.extensions) if "part_unknown" in each.detail
        ]
        return int(counted[-1].detail["part_unknown"]) if counted else 0

    @property
    def assessment(self) -> Taken | None:
        """The assessment that counts: the last."""
        return self.last(Step.ASSESSED)

    @property
    def is_assessed_whole(self) -> bool:
        """Whether it was assessed with all that is known to belong to it."""
        found = self.assessment
        return found is not None and not self.is_extended_after(found)

    @property
    def risk(self) -> Risk | None:
        """As assessed last."""
        found = self.assessment
        return Risk(found.detail["risk"]) if found else None

    @property
    def reports(self) -> tuple[Report, ...]:
        """Every version of the report, oldest first."""
        return tuple(
            Report(
                number=each.number,
                version=Version(each.detail["version"]),
                at=each.at,
                reference=each.detail["reference"],
                digest=each.detail["digest"],
            )
            for each in self._all(Step.REPORTED)
        )

    @property
    def initial(self) -> Report | None:
        """The first of those that are one report: the last that was not more of one (33(4))."""
        found = [each for each in self.reports if each.version is Version.INITIAL]
        return found[-1] if found else None

    @property
    def is_reported(self) -> bool:
        """Whether a report stands: made, and not taken back."""
        return bool(self.reports) and self.reports[-1].version is not Version.WITHDRAWAL

    @property
    def not_reporting(self) -> Taken | None:
        """The decision not to report, while it stands: no later step undoes it.

        It was about those who were known then: once there are more, two people decide again.
        """
        found = self.last(Step.NOT_REPORTED)
        for each in self._after(found) if found else ():
            worse = each.step is Step.ASSESSED and each.detail["risk"] != Risk.UNLIKELY
            if worse or each.step in _UNDO_SILENCE:
                return None
        return found

    @property
    def telling(self) -> Taken | None:
        """What was decided last on telling people (34), while no later assessment is graver.

        Not to tell them does not stand for those who turned out to be concerned since.
        """
        found = self.last(Step.TO_TELL, Step.NOT_TO_TELL)
        if found is None or found.step is Step.TO_TELL:
            return found
        if self.is_extended_after(found):
            return None
        high = (each.detail.get("risk") == Risk.HIGH for each in self._after(found))
        stated = found.detail["exception"] != TellingException.NONE
        return found if stated or not any(high) else None

    @property
    def exception(self) -> TellingException | None:
        """Which exception of 34(3) was said to apply."""
        found = self.telling
        if found is None or found.step is Step.TO_TELL:
            return None
        return TellingException(found.detail["exception"])

    @property
    def closed_at(self) -> datetime | None:
        """When it was closed, while it is."""
        found = self.last(Step.CLOSED, Step.REOPENED)
        return found.recorded_at if found and found.step is Step.CLOSED else None

    @property
    def is_clock_running(self) -> bool:
        """Whether the 72 hours count: no report was made, and nobody decided against one.

        A report that was taken back said nothing of what turned out to belong to it since, before
        it was taken back or after.
        """
        if self.closed_at is not None or self.not_reporting is not None or self.is_reported:
            return False
        told = [each for each in self._all(Step.REPORTED) if not _is_withdrawal(each)]
        return not told or self.is_extended_after(told[-1])

    @property
    def is_kept_silent(self) -> bool:
        """Whether, while it is open, the AP is not to hear of it, or a report was taken back."""
        return self.closed_at is None and not (self.is_reported or self.is_clock_running)

    @property
    def state(self) -> State:
        """How it stands."""
        if self.closed_at is not None:
            return State.CLOSED
        if self.is_reported:
            return State.REPORTED
        if self.not_reporting is not None:
            return State.NOT_REPORTED
        if self.reports and not self.is_clock_running:
            return State.WITHDRAWN
        if self.last(Step.TO_REPORT) is not None:
            return State.TO_REPORT
        return State.ASSESSED if self.assessment else State.OPEN

    def noted(self, step: Step) -> tuple[Taken, ...]:
        """Every fact, effect or measure, oldest first.

        The opening is the first fact, and that more belongs to it is one.
        """
        return self._all(*(_FACTS if step is Step.FACT else (step,)))

    def extended_by(self, step: Taken) -> int:
        """How often it had been extended at the moment that this step is about.

        What was made before it went on record, such as letters and answers, says it itself; and
        nothing knows of what was added later, whatever it says and whenever it is put on record.
        """
        before = self.steps[: self.steps.index(step)]
        known = sum(each.step is Step.EXTENDED and each.recorded_at <= step.at for each in before)
        return min(known, int(step.detail.get(EXTENSIONS, known)))

    def is_extended_after(self, step: Taken) -> bool:
        """Whether more turned out to belong to it than was known at this step."""
        return self.extended_by(step) < len(self.extensions)

    def last(self, *steps: Step) -> Taken | None:
        """The last of these; None where there is none."""
        found = self._all(*steps)
        return found[-1] if found else None

    def _about(self) -> Taken:
        return self.last(Step.CORRECTED) or self.opened

    def _all(self, *steps: Step) -> tuple[Taken, ...]:
        return tuple(each for each in self.steps if each.step in steps)

    def _after(self, step: Taken) -> tuple[Taken, ...]:
        return self.steps[self.steps.index(step) + 1 :]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The 72 hours of one breach, as the reminders read them."""

    breach_id: str
    aware_at: datetime

    @property
    def deadline(self) -> datetime:
        """When they have gone by."""
        return self.aware_at + TERM


def clocks(breaches: Sequence[Breach]) -> tuple[Clock, ...]:
    """Those that run."""
    return tuple(
        Clock(breach_id=each.breach_id, aware_at=each.timeline.aware_at)
        for each in breaches
        if each.is_clock_running
    )


def is_over_a_weekend(timeline: Timeline) -> bool:
    """Whether a Saturday or Sunday lies in the 72 hours, by the clock of the Netherlands.

    The term goes on in it; a period of hours moves for no holiday (Regulation (EEC, Euratom)
    1182/71, 3(3) and 3(4)).  That it holds two working days (3(5)) is nothing to count on.
    """
    first = timeline.aware_at.astimezone(DUTCH).date()
    last = timeline.deadline.astimezone(DUTCH).date()
    days = range((last - first).days + 1)
    return any((first + timedelta(days=each)).weekday() >= 5 for each in days)


def checked_words(words: str, *, needed: bool) -> str:
    """What somebody wrote, as it is kept; raises `BreachError`, `RegisterError`.

    Kept for years, whoever was erased since: so with no number that identity is stolen by.
    """
    found = words.strip()
    if needed and not found:
        raise BreachError(BreachRefusal.NO_WORDS)
    if len(found) > MOST_WORDS:
        raise BreachError(BreachRefusal.TOO_LONG)
    if holds_number(found, prose=True):
        raise RegisterError(Refusal.IDENTITY_NUMBER)
    return found


def past(moment: datetime, now: datetime) -> datetime:
    """A moment that has been; raises `BreachError`, `RegisterError` without a time zone."""
    if moment.tzinfo is None:
        raise RegisterError(Refusal.NO_TIME_ZONE)
    if moment > now:
        raise BreachError(BreachRefusal.TO_COME)
    return moment


def _is_withdrawal(step: Taken) -> bool:
    return step.detail["version"] == Version.WITHDRAWAL


def _said(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
