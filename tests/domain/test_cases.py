"""What may be done in a request, when, and on which grounds it may be refused."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING

import pytest

from gateway.domain.case_rules import (
    GROUNDS,
    Decision,
    Ground,
    Letter,
    check_decision,
    check_letter,
    check_reference,
    check_step,
    check_taking_back,
)
from gateway.domain.cases import Case, CaseState, Outcome, RequestKind, Step, Taken
from gateway.domain.deadlines import end_of, last_day
from gateway.domain.identity_numbers import holds_number
from gateway.domain.moments import DUTCH
from gateway.domain.register import Refusal, RegisterError

if TYPE_CHECKING:
    from collections.abc import Mapping

RECEIVED = datetime(2026, 1, 31, 16, tzinfo=DUTCH)
DAY = timedelta(days=1)
WHY = "Deze gegevens moeten wij bewaren."
GRANTED = Decision(outcome=Outcome.GRANTED)
DETAILS: dict[Step, Mapping[str, str]] = {
    Step.RECEIVED: {"channel": "post", "sender": "person"},
    Step.IDENTIFIED: {"how": "document-seen"},
    Step.MANDATED: {"mandate": "lawyer", "seen": "bar"},
    Step.EXTENDED: {"reason": "complex"},
    Step.TOLD: {"letter": "extension", "channel": "post"},
    Step.DECIDED: {"outcome": "granted"},
    Step.PROPOSED: {"outcome": "refused", "grounds": "excessive"},
    Step.ANSWERED: {"channel": "post"},
}


def taken(step: Step, at: datetime = RECEIVED, *, ended: bool = False, **detail: str) -> Taken:
    return Taken(
        number=1, step=step, at=at, by="an", detail={**DETAILS.get(step, {}), **detail}, ended=ended
    )


def case(
    *steps: Step | Taken, kind: RequestKind = RequestKind.ACCESS, dossier: str = "dossier-7"
) -> Case:
    given = [each if isinstance(each, Taken) else taken(each) for each in steps]
    if not given or given[0].step is not Step.RECEIVED:
        given.insert(0, taken(Step.RECEIVED))
    return Case(
        case_id="c" * 16,
        kind=kind,
        dossier_id=dossier,
        reference="Z-1",
        received_at=RECEIVED,
        due_at=end_of(last_day(RECEIVED, 1)),
        steps=tuple(given),
    )


def refused(found: Case, step: Step, at: datetime = RECEIVED, **detail: str) -> Refusal | None:
    try:
        check_step(found, step, {**DETAILS.get(step, {}), **detail}, "", at)
    except RegisterError as error:
        return Refusal(error.code)
    return None


def undecided(found: Case, decision: Decision, words: str = WHY) -> Refusal | None:
    try:
        check_decision(found, decision, words)
    except RegisterError as error:
        return Refusal(error.code)
    return None


def refusal(*grounds: Ground, outcome: Outcome = Outcome.REFUSED) -> Decision:
    return Decision(outcome=outcome, grounds=frozenset(grounds))


# --- the clock ----------------------------------------------------------------


def test_the_clock_runs_a_month_and_shows_the_days_left() -> None:
    found = case()
    assert found.last_day.isoformat() == "2026-02-28"
    assert found.deadline == datetime(2026, 3, 1, tzinfo=DUTCH)
    assert found.days_left(RECEIVED) == 28
    assert found.days_left(found.deadline - timedelta(seconds=1)) == 0
    assert found.days_left(found.deadline) == -1


def test_two_months_more_count_once_the_person_was_told_in_the_first() -> None:
    """Never later than either reading of "two further months": from the end of the first."""
    extended = taken(Step.EXTENDED)
    assert case(extended).last_day.isoformat() == "2026-02-28"
    told = case(extended, taken(Step.TOLD, case().due_at - timedelta(seconds=1)))
    assert told.extended
    assert told.last_day.isoformat() == "2026-04-28"
    assert not case(extended, taken(Step.TOLD, case().due_at)).extended
    assert not case(extended, taken(Step.TOLD, letter="receipt")).extended


def test_an_extension_is_taken_and_told_inside_the_first_month() -> None:
    late = case().due_at
    assert refused(case(), Step.EXTENDED, late - timedelta(seconds=1)) is None
    assert refused(case(), Step.EXTENDED, late) is Refusal.EXTENSION_LATE
    assert refused(case(Step.EXTENDED), Step.TOLD, late) is Refusal.EXTENSION_LATE
    assert refused(case(Step.EXTENDED), Step.EXTENDED) is Refusal.NOT_NOW
    assert refused(case(), Step.TOLD) is Refusal.NOT_NOW
    assert refused(case(), Step.EXTENDED, reason="busy") is Refusal.BAD_DETAIL


# --- states -------------------------------------------------------------------

_WAY = (Step.IDENTIFIED, Step.DECIDED, Step.EXECUTED, Step.ANSWERED, Step.CLOSED)


def test_the_way_of_a_request() -> None:
    states = [case(*_WAY[:number]).state for number in range(len(_WAY) + 1)]
    assert states == [
        CaseState.RECEIVED,
        CaseState.IDENTIFIED,
        CaseState.DECIDED,
        CaseState.EXECUTED,
        CaseState.ANSWERED,
        CaseState.CLOSED,
    ]
    assert [case(*_WAY[:number]).is_open for number in range(6)] == [True] * 4 + [False] * 2


@pytest.mark.parametrize(
    ("done", "allowed"),
    [
        ((), {"found", "identified", "mandated", "extended", "executed", "noted"}),
        (_WAY[:1], {"found", "mandated", "extended", "executed", "noted"}),
        ((*_WAY[:1], Step.PROPOSED), {"extended", "executed", "noted"}),
        (_WAY[:2], {"executed", "noted"}),
        (_WAY[:3], {"executed", "answered", "noted"}),
        (_WAY[:4], {"closed", "noted"}),
        (_WAY, set()),
        ((Step.WITHDRAWN,), {"closed"}),
    ],
)
def test_which_step_may_follow(done: tuple[Step, ...], allowed: set[str]) -> None:
    """Every step but the letters told, in each state; a decision is never one of them."""
    found = case(*done, dossier="")
    steps = [step for step in Step if step is not Step.TOLD]
    assert {step.value for step in steps if refused(found, step) is None} == allowed


def test_what_is_over_answered_or_being_ended_is_not_taken_back() -> None:
    """And the person said so after they asked, and not in days to come."""

    on, now = RECEIVED.date(), RECEIVED + 2 * DAY

    def taking_back(found: Case, said_on: date = on, channel: str = "post") -> Refusal | None:
        try:
            check_taking_back(found, {"channel": channel}, "", said_on, now)
        except RegisterError as error:
            return Refusal(error.code)
        return None

    for way in ((), _WAY[:1], _WAY[:3], (Step.PROPOSED,)):
        assert taking_back(case(*way)) is None
    assert taking_back(case(taken(Step.TAKING_BACK, ended=True))) is None
    assert taking_back(case(Step.TAKING_BACK)) is Refusal.NOT_NOW
    assert taking_back(case(*_WAY[:4])) is Refusal.NOT_NOW
    for over in ((Step.WITHDRAWN,), _WAY):
        assert taking_back(case(*over)) is Refusal.CASE_OVER
    assert taking_back(case(), now.date()) is None
    for wrong in (on - DAY, now.date() + DAY):
        assert taking_back(case(), wrong) is Refusal.BAD_DETAIL
    assert taking_back(case(), channel="pigeon") is Refusal.BAD_DETAIL


def test_the_letter_that_confirms_it_is_told_afterwards() -> None:
    gone = case(taken(Step.WITHDRAWN, channel="post"))
    assert refused(gone, Step.TOLD, letter="withdrawn") is None
    assert refused(gone, Step.TOLD, letter="receipt") is Refusal.CASE_OVER
    assert refused(case(), Step.TOLD, letter="withdrawn") is Refusal.NOT_NOW


def test_a_proposal_that_ended_counts_for_nothing() -> None:
    found = case(Step.IDENTIFIED, taken(Step.PROPOSED, ended=True))
    assert found.state is CaseState.IDENTIFIED
    assert undecided(found, GRANTED) is None


def test_what_is_promised_is_done_before_it_is_told() -> None:
    nothing = taken(Step.DECIDED, outcome="nothing-held")
    assert refused(case(*_WAY[:2]), Step.ANSWERED) is Refusal.NOT_CARRIED_OUT
    assert refused(case(*_WAY[:3]), Step.ANSWERED) is None
    assert refused(case(nothing, dossier=""), Step.ANSWERED) is None


def test_a_letter_is_about_what_happened() -> None:
    for letter in (Letter.EXTENSION, Letter.DECISION):
        with pytest.raises(RegisterError):
            check_letter(case(), letter)
    check_letter(case(), Letter.RECEIPT)
    check_letter(case(Step.PROPOSED), Letter.DECISION)
    assert refused(case(*_WAY[:3]), Step.TOLD, letter="decision") is Refusal.NOT_NOW


# --- who asks -----------------------------------------------------------------


def test_nothing_is_granted_to_somebody_unknown() -> None:
    assert undecided(case(), GRANTED) is Refusal.IDENTITY_NEEDED
    assert undecided(case(), refusal(Ground.EXCESSIVE)) is Refusal.IDENTITY_NEEDED
    assert undecided(case(), refusal(Ground.IDENTITY)) is None
    assert undecided(case(Step.IDENTIFIED), GRANTED) is None


def test_who_asks_for_another_shows_a_mandate_first() -> None:
    received = taken(Step.RECEIVED, sender="lawyer")
    known = (received, taken(Step.IDENTIFIED))
    assert undecided(case(*known), GRANTED) is Refusal.IDENTITY_NEEDED
    assert undecided(case(*known, taken(Step.MANDATED)), GRANTED) is None


def test_a_withdrawal_waits_for_nothing() -> None:
    """As easy as giving (AVG 7(3)); it gives nobody anything."""
    assert undecided(case(kind=RequestKind.WITHDRAWAL), GRANTED, "") is None


# --- decisions ----------------------------------------------------------------


@pytest.mark.parametrize(("kind", "ground"), list(product(RequestKind, Ground)))
def test_a_ground_goes_with_its_own_rights_only(kind: RequestKind, ground: Ground) -> None:
    found = undecided(case(Step.IDENTIFIED, kind=kind), refusal(ground))
    assert found is (None if kind in GROUNDS[ground] else Refusal.BAD_GROUND)


def test_every_right_but_the_withdrawal_of_consent_can_be_weighed() -> None:
    weighed = {Ground.UNFOUNDED, Ground.EXCESSIVE, Ground.UAVG_41}
    for kind in RequestKind:
        fitting = {ground for ground, kinds in GROUNDS.items() if kind in kinds}
        assert Ground.IDENTITY in fitting
        assert (weighed <= fitting) == (kind is not RequestKind.WITHDRAWAL)


@pytest.mark.parametrize(
    ("decision", "words", "why"),
    [
        (refusal(), WHY, Refusal.BAD_GROUND),
        (refusal(outcome=Outcome.PARTLY), WHY, Refusal.BAD_GROUND),
        (refusal(Ground.OTHERS, outcome=Outcome.GRANTED), WHY, Refusal.BAD_GROUND),
        (refusal(Ground.IDENTITY, outcome=Outcome.PARTLY), WHY, Refusal.BAD_GROUND),
        (refusal(Ground.OTHERS), " ", Refusal.NO_MOTIVATION),
        (refusal(Ground.OTHERS), "BSN 111222333", Refusal.IDENTITY_NUMBER),
        (Decision(outcome=Outcome.NOTHING_HELD), "", Refusal.BAD_OUTCOME),
        (refusal(Ground.OTHERS, outcome=Outcome.PARTLY), WHY, None),
        (GRANTED, "", None),
    ],
)
def test_a_decision_that_says_what_cannot_be(
    decision: Decision, words: str, why: Refusal | None
) -> None:
    assert undecided(case(Step.IDENTIFIED), decision, words) is why


def test_of_nobody_nothing_is_held_and_nothing_else_is_said() -> None:
    nobody = case(Step.IDENTIFIED, dossier="")
    assert undecided(nobody, Decision(outcome=Outcome.NOTHING_HELD), "") is None
    assert undecided(nobody, GRANTED, "") is Refusal.BAD_OUTCOME
    assert undecided(nobody, refusal(Ground.EXCESSIVE), "") is Refusal.BAD_OUTCOME
    assert undecided(case(dossier=""), refusal(Ground.IDENTITY), "") is None
    assert undecided(nobody, Decision(outcome=Outcome.NOTHING_HELD)) is Refusal.WORDS_ABOUT_NOBODY


def test_nothing_is_decided_twice_or_after_the_end() -> None:
    assert undecided(case(*_WAY[:2]), GRANTED) is Refusal.NOT_NOW
    assert undecided(case(*_WAY), GRANTED) is Refusal.CASE_OVER


@pytest.mark.parametrize(("kind", "outcome"), list(product(RequestKind, Outcome)))
def test_refusing_and_erasing_take_two_people(kind: RequestKind, outcome: Outcome) -> None:
    decision = Decision(outcome=outcome)
    refusing = outcome in {Outcome.REFUSED, Outcome.PARTLY}
    erasing = kind is RequestKind.ERASURE and outcome in {Outcome.GRANTED, Outcome.PARTLY}
    assert decision.needs_another(kind) == (refusing or erasing)
    assert decision.erases(kind) == erasing


# --- what is never kept -------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "mijn BSN is 111222333",
        "111 222 333",
        "111.222.333",
        "11-12-22-333",
        "paspoort SPECI2014",
        "XR1001R58",
        "rijbewijs 5432109876",
        "V-nummer 2812345678",
        "P<NLDDE<BRUIJN<<WILLEKE<LISELOTTE",
        "oud nummer 10000008",
    ],
)
def test_words_that_hold_a_number_of_a_person_are_refused(text: str) -> None:
    assert holds_number(text, prose=True)


@pytest.mark.parametrize(
    "text",
    [
        "Ik wil weten wat u over mij hebt, van 2024-01-01 tot 31-12-2025.",
        "Bel mij op 06 12345678 of 0612345678.",
        "Zaak Z-2026-00412, brief van 3 maart 2026.",
        "111222334",
        "INBURGERING",
        "1e4f0c9a8b7d6e5f",
    ],
)
def test_ordinary_words_are_kept(text: str) -> None:
    assert not holds_number(text, prose=True)


@pytest.mark.parametrize("text", ["Z-2026-00412", "2026/118", "AVG.7", " 12 "])
def test_a_case_number_is_a_number(text: str) -> None:
    assert check_reference(text) == text.strip()


@pytest.mark.parametrize("text", ["", "Jansen", "verzoek van J. Jansen 3", "Z" * 41 + "1", "a\n1"])
def test_a_name_is_no_case_number(text: str) -> None:
    with pytest.raises(RegisterError) as error:
        check_reference(text)
    assert error.value.code is Refusal.BAD_CASE_REFERENCE


def test_a_citizen_service_number_is_no_case_number() -> None:
    with pytest.raises(RegisterError) as error:
        check_reference("111222333")
    assert error.value.code is Refusal.IDENTITY_NUMBER


@pytest.mark.parametrize(
    "detail", [{"Name": "x"}, {"name": "Jan de Vries!"}, {"name": ""}, {"n": "a\nb"}, {"n": "é"}]
)
def test_a_detail_is_a_code(detail: dict[str, str]) -> None:
    with pytest.raises(RegisterError) as error:
        check_step(case(), Step.NOTED, detail, "", RECEIVED)
    assert error.value.code is Refusal.BAD_DETAIL
