"""Requests of people about their own data (AVG 7(3) and 15 to 21): the case, its steps, its clock.

A case is what is on record of it: its receipt, and the steps since, in their order.
How it stands, and until when, follows from these.  Which step may follow which stands
in `gateway.domain.case_rules`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.domain.deadlines import day_of, end_of, months_after
from gateway.domain.restricting import WayOut
from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gateway.domain.restricting import Restriction

# Two further months (AVG 12(3)), counted from the end of the first.
FURTHER_MONTHS = 2


class RequestKind(StrEnum):
    """Which right: AVG 15, 16, 17, 18, 20, 21, and the withdrawal of consent of 7(3)."""

    ACCESS = "access"
    RECTIFICATION = "rectification"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    PORTABILITY = "portability"
    OBJECTION = "objection"
    WITHDRAWAL = "withdrawal"


class Received(StrEnum):
    """Over which channel something came in or went out."""

    POST = "post"
    DESK = "desk"
    TELEPHONE = "telephone"
    MAIL = "mail"
    MIJN_OVERHEID = "mijn-overheid"
    OTHER = "other"


class Step(StrEnum):
    """What happened in a case; DECIDED may take two operators, and WITHDRAWN always does.

    FOUND is that the dossier was found after all, MANDATED that a mandate was shown,
    EXTENDED that two months are added, TOLD that a letter went (its detail says which),
    EXECUTED that what was decided was done, TAKING_BACK that the person took it back, as one
    operator says, WITHDRAWN that another confirmed it; NOTED is anything else worth keeping.
    """

    RECEIVED = "received"
    FOUND = "found"
    IDENTIFIED = "identified"
    MANDATED = "mandated"
    EXTENDED = "extended"
    TOLD = "told"
    PROPOSED = "proposed"
    DECIDED = "decided"
    EXECUTED = "executed"
    ANSWERED = "answered"
    CLOSED = "closed"
    TAKING_BACK = "taking-back"
    WITHDRAWN = "withdrawn"
    NOTED = "noted"


class CaseState(StrEnum):
    """How a case stands; ANSWERED, CLOSED and WITHDRAWN stop its clock."""

    RECEIVED = "received"
    IDENTIFIED = "identified"
    PROPOSED = "proposed"
    DECIDED = "decided"
    EXECUTED = "executed"
    ANSWERED = "answered"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Outcome(StrEnum):
    """What was decided."""

    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"
    NOTHING_HELD = "nothing-held"


_LEADS_TO = {
    Step.IDENTIFIED: CaseState.IDENTIFIED,
    Step.PROPOSED: CaseState.PROPOSED,
    Step.DECIDED: CaseState.DECIDED,
    Step.ANSWERED: CaseState.ANSWERED,
    Step.CLOSED: CaseState.CLOSED,
    Step.WITHDRAWN: CaseState.WITHDRAWN,
}
_STOPPED = frozenset({CaseState.ANSWERED, CaseState.CLOSED, CaseState.WITHDRAWN})
EXTENSION = "extension"
# Who asks, where it is the person, and no representative.
PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Taken(Silent):
    """One step on record; `detail` has codes and references only.

    `worded` says that words were sealed with it, `ended` that what it proposed was
    refused or taken back; `number` is its place among all steps of all cases.
    """

    number: int
    step: Step
    at: datetime
    by: str
    detail: Mapping[str, str]
    worded: bool = False
    ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Case(Silent):
    """One request with its steps, the receipt first.

    `dossier_id` is empty as long as nobody was found, `reference` the municipality's own
    case number.  `due_at` is the first moment after the first month.
    """

    case_id: str
    kind: RequestKind
    dossier_id: str
    reference: str
    received_at: datetime
    due_at: datetime
    steps: tuple[Taken, ...]

    @property
    def state(self) -> CaseState:
        """How it stands after all of its steps."""
        state = CaseState.RECEIVED
        for each in self.steps:
            if each.step is Step.EXECUTED:
                state = CaseState.EXECUTED if state is CaseState.DECIDED else state
            elif not each.ended:
                state = _LEADS_TO.get(each.step, state)
        return state

    @property
    def is_open(self) -> bool:
        """Whether its clock runs."""
        return self.state not in _STOPPED

    @property
    def first_day(self) -> date:
        """The last day of the first month."""
        return _day_before(self.due_at)

    @property
    def last_day(self) -> date:
        """The last day on which it can be answered in time.

        Two further months count once the person was told of them in the first (AVG 12(3)).
        """
        return self.extended_day if self.extended else self.first_day

    @property
    def extended_day(self) -> date:
        """The last day with two further months."""
        return months_after(self.first_day, FURTHER_MONTHS)

    @property
    def deadline(self) -> datetime:
        """The first moment at which it is too late."""
        return end_of(self.last_day)

    @property
    def extended(self) -> bool:
        """Whether further time was taken, and the person told in time."""
        return self.has(Step.EXTENDED) and any(
            each.step is Step.TOLD
            and each.detail.get("letter") == EXTENSION
            and each.at < self.due_at
            for each in self.steps
        )

    @property
    def identified(self) -> bool:
        """Whether it was established who asks, and that they may ask for whom they do."""
        own = self.steps[0].detail["sender"] == PERSON
        return self.has(Step.IDENTIFIED) and (own or self.has(Step.MANDATED))

    @property
    def decision(self) -> Taken | None:
        """The step that decided it; its detail has `outcome` and `grounds`."""
        return next((each for each in self.steps if each.step is Step.DECIDED), None)

    @property
    def outcome(self) -> Outcome | None:
        """What was decided, if anything was."""
        found = self.decision
        return Outcome(found.detail["outcome"]) if found else None

    @property
    def channel(self) -> Received:
        """Over which channel it came in."""
        return Received(self.steps[0].detail["channel"])

    def has(self, step: Step) -> bool:
        """Whether this happened; not by a proposal that has ended."""
        return any(each.step is step and not each.ended for each in self.steps)

    def last(self, step: Step) -> Taken | None:
        """The latest of these that still counts."""
        found = [each for each in self.steps if each.step is step and not each.ended]
        return found[-1] if found else None

    @property
    def rejected(self) -> bool:
        """Whether what it asked for is not done, or not all of it: refused, or taken back."""
        return self.outcome in {Outcome.REFUSED, Outcome.PARTLY} or self.has(Step.WITHDRAWN)

    def way_out(self, restriction: Restriction) -> WayOut:
        """What has to happen before this restriction, which it asked for, can be lifted.

        An objection stands until it was weighed, and for good where it was upheld (21(1)).
        """
        if self.kind is RequestKind.OBJECTION and not self.rejected:
            return WayOut.WEIGH if self.outcome is None else WayOut.UPHELD
        return WayOut.LIFT if restriction.announced_at else WayOut.ANNOUNCE

    def days_left(self, instant: datetime) -> int:
        """Whole days until the last day, 0 on the day itself, negative when it has passed."""
        return (self.last_day - day_of(instant)).days


def _day_before(moment: datetime) -> date:
    return date.fromordinal(day_of(moment).toordinal() - 1)
