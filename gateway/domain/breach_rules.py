"""What may be put on record of a breach, and in which order: every rule in one place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.domain.breach_refusals import BreachError, BreachRefusal
from gateway.domain.breach_terms import Risk, Step, TellingException, ToDo, Version
from gateway.domain.breach_to_do import lettered, to_do
from gateway.domain.breaches import past, timeline_from
from gateway.domain.deadlines import kept_until

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gateway.domain.breaches import Breach

# What says nothing without words: who did it says what, or why.
WORDED: Final = frozenset(
    {
        Step.OPENED,
        Step.EXTENDED,
        Step.CORRECTED,
        Step.FACT,
        Step.EFFECT,
        Step.MEASURE,
        Step.ASSESSED,
        Step.PROPOSED,
        Step.NOT_TO_TELL,
        Step.REOPENED,
    }
)
# Stands in plain in the register, so that no name may be in it: one word, with a digit.
_NUMBER: Final = re.compile(r"(?=.*\d)[A-Za-z0-9./-]{1,40}")
_AFTER_ASSESSING = frozenset({Step.PROPOSED, Step.TO_REPORT, Step.TO_TELL, Step.NOT_TO_TELL})
# Rest on an assessment of everything that belongs to it.
_TO_DO_NOTHING = frozenset({Step.PROPOSED, Step.NOT_TO_TELL})


def check(
    breach: Breach, step: Step, at: datetime, detail: Mapping[str, str], now: datetime
) -> None:
    """Raises `BreachError` where this step cannot follow what is on record."""
    past(at, now)
    _while_open(breach, step)
    if step is Step.CORRECTED:
        timeline_from(detail).check(now)
    if step in {Step.ASSESSED, Step.REPORTED} and at < breach.timeline.aware_at:
        raise BreachError(BreachRefusal.ORDER)
    if step in _AFTER_ASSESSING and breach.assessment is None:
        raise BreachError(BreachRefusal.NOT_ASSESSED)
    if step in _TO_DO_NOTHING and not breach.is_assessed_whole:
        raise BreachError(BreachRefusal.ASSESSED_BEFORE)
    if step is Step.PROPOSED:
        _not_reporting(breach)
    elif step is Step.REPORTED:
        _reporting(breach, at, detail)
    elif step is Step.NOT_TO_TELL:
        _not_telling(breach, detail)
    elif step is Step.CLOSED:
        _closing(breach)


def needs_words(
    breach: Breach, step: Step, at: datetime, detail: Mapping[str, str]
) -> BreachRefusal | None:
    """What is refused when a step comes without words; None where it may.

    A report after the 72 hours gives the reason for the delay (33(1)), one that is taken
    back says why.
    """
    if step in WORDED:
        return BreachRefusal.NO_WORDS
    if step is not Step.REPORTED:
        return None
    version = Version(detail["version"])
    if version is Version.INITIAL and at > breach.timeline.deadline:
        return BreachRefusal.LATE
    return BreachRefusal.NO_WORDS if version is Version.WITHDRAWAL else None


def is_weighed(breach: Breach, *, all_found: bool) -> bool:
    """Whether a proposal that adds nobody and nothing to a breach asks for no decision anew.

    It does unless it names reports and all of them were found: else nobody can say that it was
    known.  And where the AP is not to hear of the breach: who decided that did not know of it.
    """
    return all_found and not breach.is_kept_silent


def removable_at(breach: Breach, term: str) -> datetime:
    """When it has been kept for this long since it was closed; raises `BreachError`."""
    if breach.closed_at is None:
        raise BreachError(BreachRefusal.NOT_CLOSED)
    return kept_until(breach.closed_at, term)


def _while_open(breach: Breach, step: Step) -> None:
    if step is Step.REOPENED:
        if breach.closed_at is None:
            raise BreachError(BreachRefusal.NOT_CLOSED)
    elif breach.closed_at is not None:
        raise BreachError(BreachRefusal.CLOSED)


def _not_reporting(breach: Breach) -> None:
    if breach.is_reported:
        raise BreachError(BreachRefusal.REPORTED)
    if breach.risk is not Risk.UNLIKELY:
        raise BreachError(BreachRefusal.RISK)


def _reporting(breach: Breach, at: datetime, detail: Mapping[str, str]) -> None:
    version = Version(detail["version"])
    if _NUMBER.fullmatch(detail["reference"]) is None:
        raise BreachError(BreachRefusal.REFERENCE)
    if version is Version.INITIAL and breach.is_reported:
        raise BreachError(BreachRefusal.REPORTED)
    if version is not Version.INITIAL and not breach.is_reported:
        raise BreachError(BreachRefusal.NOT_REPORTED)
    if breach.reports and at < breach.reports[-1].at:
        raise BreachError(BreachRefusal.ORDER)


def _not_telling(breach: Breach, detail: Mapping[str, str]) -> None:
    none = TellingException(detail["exception"]) is TellingException.NONE
    if none and breach.risk is Risk.HIGH:
        raise BreachError(BreachRefusal.EXCEPTION)


def _closing(breach: Breach) -> None:
    decided = breach.reports or breach.not_reporting is not None
    left = to_do(breach)
    if not decided or breach.telling is None or ToDo.REPORTING in left:
        raise BreachError(BreachRefusal.UNDECIDED)
    if left:
        raise BreachError(BreachRefusal.EXTENDED)
    if breach.telling.step is Step.TO_TELL and lettered(breach) < 0:
        raise BreachError(BreachRefusal.NO_LETTERS)
    if not breach.noted(Step.EFFECT) or not breach.noted(Step.MEASURE):
        raise BreachError(BreachRefusal.INCOMPLETE)
