"""What may be done in a request, when, and on which grounds it may be refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.domain.cases import CaseState, Outcome, Received, RequestKind, Step
from gateway.domain.deadlines import day_of
from gateway.domain.identity_numbers import holds_number
from gateway.domain.register import Refusal, RegisterError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from gateway.domain.cases import Case


class Mandate(StrEnum):
    """As what somebody asks in the name of the person (AVG 12; BW 1 and 3; UAVG 5)."""

    LAWYER = "lawyer"
    GUARDIAN = "guardian"
    PARENT = "parent"
    MENTOR = "mentor"
    BEWINDVOERDER = "bewindvoerder"
    OTHER = "other"


class Seen(StrEnum):
    """What a mandate was shown by; it is looked at and handed back, never copied."""

    POWER_OF_ATTORNEY = "power-of-attorney"
    COURT_ORDER = "court-order"
    REGISTER = "register"
    BAR = "bar"
    OTHER = "other"


class Established(StrEnum):
    """How it was established who asks (AVG 12(6)); no copy of a document is kept."""

    DIGID = "digid"
    DOCUMENT_SEEN = "document-seen"
    CALLED_BACK = "called-back"
    KNOWN = "known-by-casemanager"


class Ground(StrEnum):
    """On what a refusal rests; `GROUNDS` says with which rights each goes."""

    IDENTITY = "identity-not-established"
    UNFOUNDED = "manifestly-unfounded"
    EXCESSIVE = "excessive"
    UAVG_41 = "uavg-41"
    OTHERS = "rights-of-others"
    NOT_WRONG = "not-inaccurate"
    OPINION = "professional-opinion"
    NO_GROUND_TO_ERASE = "no-ground-to-erase"
    EXPRESSION = "freedom-of-expression"
    OBLIGATION = "legal-obligation"
    HEALTH = "public-health"
    ARCHIVE = "archiving"
    CLAIMS = "legal-claims"
    NO_GROUND_TO_RESTRICT = "no-ground-to-restrict"
    NOT_ON_CONSENT = "not-on-consent"
    PUBLIC_TASK = "public-task"
    NOT_PUBLIC_TASK = "not-public-task"
    COMPELLING = "compelling-grounds"


_R = RequestKind
_ALL = frozenset(RequestKind)
# Consent can be withdrawn at any time: nobody weighs that (AVG 7(3)).
_WEIGHED = _ALL - {_R.WITHDRAWAL}
GROUNDS: Mapping[Ground, frozenset[RequestKind]] = {
    Ground.IDENTITY: _ALL,  # 12(2) and 12(6)
    Ground.UNFOUNDED: _WEIGHED,  # 12(5)
    Ground.EXCESSIVE: _WEIGHED,  # 12(5)
    Ground.UAVG_41: _WEIGHED,
    Ground.OTHERS: frozenset({_R.ACCESS, _R.PORTABILITY}),  # 15(4), 20(4)
    Ground.NOT_WRONG: frozenset({_R.RECTIFICATION}),  # 16
    Ground.OPINION: frozenset({_R.RECTIFICATION}),  # 16
    Ground.NO_GROUND_TO_ERASE: frozenset({_R.ERASURE}),  # 17(1)
    Ground.EXPRESSION: frozenset({_R.ERASURE}),  # 17(3)(a)
    Ground.OBLIGATION: frozenset({_R.ERASURE}),  # 17(3)(b)
    Ground.HEALTH: frozenset({_R.ERASURE}),  # 17(3)(c)
    Ground.ARCHIVE: frozenset({_R.ERASURE}),  # 17(3)(d)
    Ground.CLAIMS: frozenset({_R.ERASURE, _R.OBJECTION}),  # 17(3)(e), 21(1)
    Ground.NO_GROUND_TO_RESTRICT: frozenset({_R.RESTRICTION}),  # 18(1)
    Ground.NOT_ON_CONSENT: frozenset({_R.PORTABILITY, _R.WITHDRAWAL}),  # 20(1)(a), 7(3)
    Ground.PUBLIC_TASK: frozenset({_R.PORTABILITY}),  # 20(3)
    Ground.NOT_PUBLIC_TASK: frozenset({_R.OBJECTION}),  # 21(1)
    Ground.COMPELLING: frozenset({_R.OBJECTION}),  # 21(1)
}


class Reason(StrEnum):
    """Why two further months are needed (AVG 12(3)): these, and no other reason."""

    COMPLEX = "complex"
    MANY = "many-requests"


class Letter(StrEnum):
    """Which letter the person gets; a decision goes with the answer, and is told by it."""

    RECEIPT = "receipt"
    IDENTITY = "identity"
    EXTENSION = "extension"
    DECISION = "decision"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is decided, and for a refusal or a part of one on which grounds."""

    outcome: Outcome
    grounds: frozenset[Ground] = frozenset()

    @property
    def refuses(self) -> bool:
        """Whether it withholds something that was asked."""
        return self.outcome in {Outcome.PARTLY, Outcome.REFUSED}

    def erases(self, kind: RequestKind) -> bool:
        """Whether carrying it out erases somebody."""
        return kind is RequestKind.ERASURE and self.outcome in {Outcome.GRANTED, Outcome.PARTLY}

    def needs_another(self, kind: RequestKind) -> bool:
        """Whether a second person has to approve it."""
        return self.refuses or self.erases(kind)


_BEFORE_DECISION = frozenset({CaseState.RECEIVED, CaseState.IDENTIFIED, CaseState.PROPOSED})
_ALIVE = _BEFORE_DECISION | {CaseState.DECIDED, CaseState.EXECUTED}
_OVER = frozenset({CaseState.CLOSED, CaseState.WITHDRAWN})
# In which states each step can be taken; DECIDED and PROPOSED are `check_decision`'s, TAKING_BACK
# and WITHDRAWN `check_taking_back`'s.
_WHEN: Mapping[Step, frozenset[CaseState]] = {
    Step.FOUND: frozenset({CaseState.RECEIVED, CaseState.IDENTIFIED}),
    Step.IDENTIFIED: frozenset({CaseState.RECEIVED}),
    Step.MANDATED: frozenset({CaseState.RECEIVED, CaseState.IDENTIFIED}),
    Step.EXTENDED: _BEFORE_DECISION,
    Step.TOLD: _ALIVE | {CaseState.WITHDRAWN},
    Step.EXECUTED: _ALIVE,
    Step.ANSWERED: frozenset({CaseState.DECIDED, CaseState.EXECUTED}),
    Step.CLOSED: frozenset({CaseState.ANSWERED, CaseState.WITHDRAWN}),
    Step.NOTED: _ALIVE | {CaseState.ANSWERED},
}
# What each step has to say, by name, and what it can be; a step that is not here says anything.
_SAYS: Mapping[Step, tuple[str, type[StrEnum]]] = {
    Step.IDENTIFIED: ("how", Established),
    Step.EXTENDED: ("reason", Reason),
    Step.TOLD: ("letter", Letter),
    Step.ANSWERED: ("channel", Received),
    Step.TAKING_BACK: ("channel", Received),
}
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/:+,-]{0,119}")
_NAME = re.compile(r"[a-z][a-z_]{0,23}")
_REFERENCE = re.compile(r"(?=.*[0-9])[A-Za-z0-9][A-Za-z0-9._/-]{0,39}")


def check_step(
    case: Case, step: Step, detail: Mapping[str, str], words: str, now: datetime
) -> None:
    """Refuses a step that the case does not allow as it stands; raises `RegisterError`."""
    if case.state in _OVER and step is not Step.CLOSED and not _tells_of_the_end(step, detail):
        raise RegisterError(Refusal.CASE_OVER)
    if case.state not in _WHEN.get(step, frozenset()):
        raise RegisterError(Refusal.NOT_NOW)
    if step is Step.CLOSED and _ended_unsaid(case):
        raise RegisterError(Refusal.END_NOT_TOLD)
    check_detail(detail)
    _check_said(step, detail)
    check_words(words, about=case.dossier_id)
    if step is Step.FOUND and case.dossier_id:
        raise RegisterError(Refusal.PERSON_FOUND)
    if step is Step.EXTENDED:
        _check_extension(case, now)
    if step is Step.TOLD:
        _check_told(case, Letter(detail["letter"]), now)
    if step is Step.ANSWERED:
        _check_answer(case)


def check_decision(case: Case, decision: Decision, words: str) -> None:
    """Refuses a decision that cannot be taken now, or not so; raises `RegisterError`."""
    if case.state in _OVER:
        raise RegisterError(Refusal.CASE_OVER)
    if case.state not in _BEFORE_DECISION:
        raise RegisterError(Refusal.NOT_NOW)
    _check_grounds(case, decision)
    _check_held(case, decision)
    # A withdrawal has effect at once: it takes away, and gives nobody anything (AVG 7(3)).
    withdrawn = case.kind is RequestKind.WITHDRAWAL and decision.outcome is Outcome.GRANTED
    if not (case.identified or withdrawn or Ground.IDENTITY in decision.grounds):
        raise RegisterError(Refusal.IDENTITY_NEEDED)
    check_words(words, about=case.dossier_id)
    if decision.refuses and case.dossier_id and not words.strip():
        raise RegisterError(Refusal.NO_MOTIVATION)


def check_taking_back(
    case: Case, detail: Mapping[str, str], words: str, said_on: date, now: datetime
) -> None:
    """Refuses to end what is over or answered, or is being ended; raises `RegisterError`.

    `detail` says over which channel the person said so, `words` what they said.
    """
    if case.state in _OVER:
        raise RegisterError(Refusal.CASE_OVER)
    if case.state not in _ALIVE or _is_erased(case) or case.last(Step.TAKING_BACK):
        raise RegisterError(Refusal.NOT_NOW)
    if not day_of(case.received_at) <= said_on <= day_of(now):
        raise RegisterError(Refusal.BAD_DETAIL)
    check_detail(detail)
    _check_said(Step.TAKING_BACK, detail)
    check_words(words, about=case.dossier_id)


def may_end(case: Case, proposal_id: str) -> bool:
    """Whether this proposal to end the request still counts."""
    waiting = case.last(Step.TAKING_BACK)
    named = waiting is not None and waiting.detail.get("proposal") == proposal_id
    return named and case.state in _ALIVE and not _is_erased(case)


def _is_erased(case: Case) -> bool:
    """Whether it cannot be taken back any more: then it has to be answered."""
    return case.kind is RequestKind.ERASURE and case.has(Step.EXECUTED)


def check_letter(case: Case, letter: Letter) -> None:
    """Refuses a letter about what did not happen; raises `RegisterError`.

    That of a decision can be read while it waits for a second person, as a draft.
    """
    needed = {
        Letter.EXTENSION: case.has(Step.EXTENDED),
        Letter.DECISION: case.decision is not None or case.has(Step.PROPOSED),
        Letter.WITHDRAWN: case.has(Step.WITHDRAWN),
    }
    if not needed.get(letter, True):
        raise RegisterError(Refusal.NOT_NOW)


def check_reference(text: str) -> str:
    """The municipality's own case number, as it is kept; raises `RegisterError`."""
    found = text.strip()
    if not _REFERENCE.fullmatch(found):
        raise RegisterError(Refusal.BAD_CASE_REFERENCE)
    if holds_number(found):
        raise RegisterError(Refusal.IDENTITY_NUMBER)
    return found


def check_detail(detail: Mapping[str, str]) -> None:
    """Codes and references only, and no number of a person; raises `RegisterError`."""
    for name, value in detail.items():
        if not _NAME.fullmatch(name) or not _CODE.fullmatch(value):
            raise RegisterError(Refusal.BAD_DETAIL)
        if holds_number(value):
            raise RegisterError(Refusal.IDENTITY_NUMBER)


def check_words(words: str, *, about: str) -> None:
    """None about nobody, and none with a number that identity is stolen by."""
    if words and not about:
        raise RegisterError(Refusal.WORDS_ABOUT_NOBODY)
    if holds_number(words, prose=True):
        raise RegisterError(Refusal.IDENTITY_NUMBER)


def _check_said(step: Step, detail: Mapping[str, str]) -> None:
    name, kind = _SAYS.get(step, ("", None))
    if kind is not None and detail.get(name) not in {each.value for each in kind}:
        raise RegisterError(Refusal.BAD_DETAIL)
    if step is Step.MANDATED and (
        detail.get("mandate") not in {each.value for each in Mandate}
        or detail.get("seen") not in {each.value for each in Seen}
    ):
        raise RegisterError(Refusal.BAD_DETAIL)


def _check_extension(case: Case, now: datetime) -> None:
    if case.has(Step.EXTENDED):
        raise RegisterError(Refusal.NOT_NOW)
    if now >= case.due_at:
        raise RegisterError(Refusal.EXTENSION_LATE)


def _tells_of_the_end(step: Step, detail: Mapping[str, str]) -> bool:
    return step is Step.TOLD and detail.get("letter") == Letter.WITHDRAWN


def _ended_unsaid(case: Case) -> bool:
    """Whether it was taken back, and the person not told: somebody else may have said so."""
    ended = case.last(Step.WITHDRAWN) if case.state is CaseState.WITHDRAWN else None
    if ended is None or "said_on" not in ended.detail:  # of before there was a letter about it
        return False
    return not any(_tells_of_the_end(each.step, each.detail) for each in case.steps)


def _check_told(case: Case, letter: Letter, now: datetime) -> None:
    if letter is Letter.DECISION:
        raise RegisterError(Refusal.NOT_NOW)
    check_letter(case, letter)
    if letter is Letter.EXTENSION and now >= case.due_at:
        raise RegisterError(Refusal.EXTENSION_LATE)


def _check_answer(case: Case) -> None:
    """What was promised is done before anybody reads that it is."""
    granted = case.outcome in {Outcome.GRANTED, Outcome.PARTLY}
    if granted and not case.has(Step.EXECUTED):
        raise RegisterError(Refusal.NOT_CARRIED_OUT)


def _check_grounds(case: Case, decision: Decision) -> None:
    fitting = all(case.kind in GROUNDS[each] for each in decision.grounds)
    if not fitting or decision.refuses != bool(decision.grounds):
        raise RegisterError(Refusal.BAD_GROUND)
    # Who is not known gets nothing at all, not a part of it.
    if Ground.IDENTITY in decision.grounds and decision.outcome is not Outcome.REFUSED:
        raise RegisterError(Refusal.BAD_GROUND)


def _check_held(case: Case, decision: Decision) -> None:
    nothing = decision.outcome is Outcome.NOTHING_HELD
    if nothing and case.dossier_id and case.kind is not RequestKind.WITHDRAWAL:
        raise RegisterError(Refusal.BAD_OUTCOME)
    unknown = Ground.IDENTITY in decision.grounds
    if not case.dossier_id and not nothing and not unknown:
        raise RegisterError(Refusal.BAD_OUTCOME)
