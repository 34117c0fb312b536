"""Requests of people about their own data, in every register: on record, sealed, by two people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from gateway.adapters.database_register import Register
from gateway.adapters.memory_registry import MemoryRegister
from gateway.adapters.tables_cases import CASES, case_step
from gateway.domain.case_rules import Decision, Ground, Mandate
from gateway.domain.cases import CaseState, Outcome, Received, RequestKind, Step
from gateway.domain.deadlines import day_of
from gateway.domain.proposals import Verdict
from gateway.domain.register import Refusal, RegisterError
from tests import world
from tests.contracts.registers import INSTANT, OFFICES, office

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from gateway.domain.cases import Case
    from tests.contracts.registers import Office

SEVEN = "dossier-7"
ASKED = "Ik wil weten welke gegevens u over mij hebt."
TAKEN_BACK = "Het hoeft niet meer, ik heb al antwoord."
WHY = "Deze gegevens moeten wij van de wet vijf jaar bewaren."
REFUSED = Decision(outcome=Outcome.REFUSED, grounds=frozenset({Ground.OBLIGATION}))
REFUSAL = Decision(outcome=Outcome.REFUSED, grounds=frozenset({Ground.EXCESSIVE}))
GRANTED = Decision(outcome=Outcome.GRANTED)


@pytest.fixture(params=OFFICES)
async def register(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Office]:
    async with office(request.param, tmp_path, request) as opened:
        yield opened


@pytest.fixture(params=OFFICES[:2])
async def stored(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Office]:
    async with office(request.param, tmp_path, request) as opened:
        yield opened


async def opened(
    register: Office, kind: RequestKind = RequestKind.ACCESS, *, identified: bool = True, **how: Any
) -> str:
    """A request about the seventh person, by who it is about, unless said otherwise."""
    how.setdefault("dossier_id", SEVEN)
    how.setdefault("channel", Received.DESK)
    how.setdefault("reference", "Z-2026-00412")
    async with register.register.change(by=world.BY) as change:
        case_id = await change.cases.open(kind, **how)
        if identified:
            await change.cases.step(case_id, Step.IDENTIFIED, detail={"how": "digid"})
        return case_id


async def step(register: Office, case_id: str, taken: Step, **said: Any) -> None:
    async with register.register.change(by=world.BY) as change:
        await change.cases.step(case_id, taken, **said)


async def decide(register: Office, case_id: str, decision: Decision, words: str = "") -> str | None:
    async with register.register.change(by=world.BY) as change:
        return await change.cases.decide(case_id, decision, words)


async def case(register: Office, case_id: str) -> Case:
    assert isinstance(register.register, Register | MemoryRegister)
    return await register.register.case(case_id)


async def words(register: Office, case_id: str) -> Mapping[int, str]:
    assert isinstance(register.register, Register | MemoryRegister)
    return await register.register.case_words(case_id)


async def test_a_request_is_on_record_with_its_clock_and_what_was_asked(register: Office) -> None:
    received = datetime(2025, 10, 31, 9, 30, tzinfo=UTC)
    case_id = await opened(register, words=ASKED, received_at=received, sender=Mandate.LAWYER)
    await step(register, case_id, Step.MANDATED, detail={"mandate": "lawyer", "seen": "bar"})
    found = await case(register, case_id)
    assert (found.kind, found.dossier_id) == (RequestKind.ACCESS, SEVEN)
    assert (found.reference, found.received_at) == ("Z-2026-00412", received)
    assert found.last_day.isoformat() == "2025-11-30"
    assert [each.step for each in found.steps] == [Step.RECEIVED, Step.IDENTIFIED, Step.MANDATED]
    assert found.steps[0].detail == {"channel": "desk", "sender": "lawyer"}
    assert {each.by for each in found.steps} == {world.BY}
    assert list((await words(register, case_id)).values()) == [ASKED]


async def test_an_unknown_request_and_an_unknown_person_are_refused(register: Office) -> None:
    with pytest.raises(RegisterError) as refusal:
        await case(register, "none")
    assert refusal.value.code is Refusal.UNKNOWN_CASE
    with pytest.raises(RegisterError) as refusal:
        await opened(register, dossier_id="dossier-99")
    assert refusal.value.code is Refusal.UNKNOWN_DOSSIER


async def test_erasing_the_person_ends_every_word_and_leaves_the_case(register: Office) -> None:
    case_id = await opened(register, words=ASKED)
    await register.erase(SEVEN)
    assert await words(register, case_id) == {}
    assert (await case(register, case_id)).steps[0].worded
    with pytest.raises(RegisterError) as refusal:
        await step(register, case_id, Step.NOTED, words="Nog een woord.")
    assert refusal.value.code is Refusal.PERSON_ERASED


async def test_a_refusal_counts_once_another_approves_it(register: Office) -> None:
    case_id = await opened(register, RequestKind.ERASURE)
    proposed = await decide(register, case_id, REFUSED, WHY)
    assert proposed is not None
    assert (await case(register, case_id)).state is CaseState.PROPOSED
    with pytest.raises(RegisterError) as refusal:
        async with register.register.change(by=world.BY) as change:
            await change.approve(proposed)
    assert refusal.value.code is Refusal.SAME_PERSON
    async with register.register.change(by=world.BY_ANOTHER) as change:
        await change.approve(proposed)
    found = await case(register, case_id)
    assert (found.state, found.outcome) == (CaseState.DECIDED, Outcome.REFUSED)
    assert found.decision is not None
    assert found.decision.by == world.BY_ANOTHER
    assert found.decision.detail["grounds"] == "legal-obligation"


async def test_what_another_refuses_to_approve_can_be_decided_anew(register: Office) -> None:
    case_id = await opened(register)
    excessive = Decision(outcome=Outcome.REFUSED, grounds=frozenset({Ground.EXCESSIVE}))
    proposed = await decide(register, case_id, excessive, WHY)
    with pytest.raises(RegisterError) as refusal:
        await decide(register, case_id, GRANTED)
    assert refusal.value.code is Refusal.NOT_NOW
    async with register.register.change(by=world.BY_ANOTHER) as change:
        found = await change.proposals.find(proposed or "")
        await change.proposals.decide(found, Verdict.REFUSED)
    assert (await case(register, case_id)).state is CaseState.IDENTIFIED
    assert await decide(register, case_id, GRANTED) is None
    assert (await case(register, case_id)).outcome is Outcome.GRANTED


async def test_a_request_ends_once_another_confirms_that_it_was_taken_back(
    register: Office,
) -> None:
    """Until then its clock runs; how it was said stays on record, and the words with the person."""
    case_id = await opened(register)
    today = day_of(register.clock.now)
    async with register.register.change(by=world.BY) as change:
        proposed = await change.cases.take_back(case_id, Received.TELEPHONE, today, TAKEN_BACK)
    assert (await case(register, case_id)).is_open
    assert TAKEN_BACK in (await words(register, case_id)).values()
    with pytest.raises(RegisterError) as alone:
        async with register.register.change(by=world.BY) as change:
            await change.approve(proposed)
    assert alone.value.code is Refusal.SAME_PERSON
    async with register.register.change(by=world.BY_ANOTHER) as change:
        await change.approve(proposed)
    found = await case(register, case_id)
    assert (found.state, found.is_open) == (CaseState.WITHDRAWN, False)
    ended = found.steps[-1]
    assert (ended.step, ended.by) == (Step.WITHDRAWN, world.BY_ANOTHER)
    assert ended.detail == {
        "channel": "telephone", "said_on": today.isoformat(), "proposal": proposed,
    }  # fmt: skip
    with pytest.raises(RegisterError) as refusal:
        await step(register, case_id, Step.WITHDRAWN)
    assert refusal.value.code is Refusal.CASE_OVER


async def test_what_another_does_not_confirm_goes_on(register: Office) -> None:
    case_id = await opened(register)
    today = day_of(register.clock.now)
    async with register.register.change(by=world.BY) as change:
        proposed = await change.cases.take_back(case_id, Received.DESK, today)
    with pytest.raises(RegisterError) as refusal:
        await step(register, case_id, Step.WITHDRAWN, detail={"channel": "desk"})
    assert refusal.value.code is Refusal.NOT_NOW
    async with register.register.change(by=world.BY_ANOTHER) as change:
        await change.proposals.decide(await change.proposals.find(proposed), Verdict.REFUSED)
    assert (await case(register, case_id)).state is CaseState.IDENTIFIED
    async with register.register.change(by=world.BY_ANOTHER) as change:
        await change.cases.take_back(case_id, Received.DESK, today)


async def test_nothing_is_approved_of_a_request_that_was_taken_back(register: Office) -> None:
    case_id = await opened(register, RequestKind.ERASURE)
    proposed = await decide(register, case_id, REFUSED, WHY)
    await world.taken_back(register.register, case_id)
    with pytest.raises(RegisterError) as refusal:
        async with register.register.change(by=world.BY_ANOTHER) as change:
            await change.approve(proposed or "")
    assert refusal.value.code is Refusal.PROPOSAL_STALE
    assert (await case(register, case_id)).decision is None


async def test_an_erasure_that_nothing_can_carry_out_is_not_decided_either(
    register: Office,
) -> None:
    case_id = await opened(register, RequestKind.ERASURE)
    proposed = await decide(register, case_id, GRANTED)
    with pytest.raises(RegisterError) as refusal:
        async with register.register.change(by=world.BY_ANOTHER) as change:
            await change.approve(proposed or "")
    assert refusal.value.code is Refusal.CANNOT_ERASE
    assert (await case(register, case_id)).state is CaseState.PROPOSED


async def test_somebody_who_is_found_later_is_whom_the_case_is_about(register: Office) -> None:
    case_id = await opened(register, dossier_id="", identified=False)
    with pytest.raises(RegisterError) as refusal:
        await step(register, case_id, Step.NOTED, words=ASKED)
    assert refusal.value.code is Refusal.WORDS_ABOUT_NOBODY
    async with register.register.change(by=world.BY) as change:
        await change.cases.find(case_id, SEVEN)
    assert (await case(register, case_id)).dossier_id == SEVEN
    await step(register, case_id, Step.NOTED, words=ASKED)
    assert list((await words(register, case_id)).values()) == [ASKED]


async def test_a_request_of_tomorrow_is_refused(register: Office) -> None:
    with pytest.raises(RegisterError) as refusal:
        await opened(register, received_at=INSTANT + timedelta(days=400))
    assert refusal.value.code is Refusal.RECEIVED_IN_FUTURE


async def test_the_database_keeps_what_was_done(stored: Office) -> None:
    await opened(stored, words=ASKED)
    assert stored.database is not None
    for table in CASES:
        values = {table.c.recorded_by: "somebody else"}
        for change in (update(table).values(values), delete(table)):
            with pytest.raises(DBAPIError):
                async with stored.database.transaction() as connection:
                    await connection.execute(change)


async def test_the_database_itself_refuses_a_refusal_by_one(stored: Office) -> None:
    """Also where the rules of the program were gone around."""
    case_id = await opened(stored, RequestKind.ERASURE)
    proposed = await decide(stored, case_id, REFUSED, WHY)
    row = {
        "case_id": case_id,
        "kind": "erasure",
        "dossier_id": SEVEN,
        "step": "decided",
        "detail": "{}",
        "outcome": "refused",
        "revision": 1,
        "recorded_at": 1,
        "recorded_by": world.BY,
    }
    approved = {"proposal_id": proposed, "proposal_kind": "refusal", "verdict": "approved"}
    for wrong in (
        row,
        row | {"outcome": "granted"},
        row | {"outcome": "granted", "kind": "access"},
        row | approved,
        row | approved | {"outcome": "granted"},
        row | approved | {"verdict": None},
    ):
        assert stored.database is not None
        with pytest.raises(IntegrityError):
            async with stored.database.transaction() as connection:
                await connection.execute(insert(case_step).values(**wrong))


async def test_the_database_itself_ends_no_request_by_one(stored: Office) -> None:
    """Nor by a proposal of another kind, about another request, or that nobody approved."""
    case_id, other = await opened(stored), await opened(stored)
    today = day_of(stored.clock.now)
    async with stored.register.change(by=world.BY) as change:
        waiting = await change.cases.take_back(case_id, Received.DESK, today)
    refusal = await decide(stored, other, REFUSAL, WHY)
    await world.taken_back(stored.register, other)
    approved = (await case(stored, other)).steps[-1].detail["proposal"]
    row = {
        "case_id": case_id,
        "kind": "access",
        "dossier_id": SEVEN,
        "step": "withdrawn",
        "detail": "{}",
        "revision": 1,
        "recorded_at": 1,
        "recorded_by": world.BY,
    }
    of_it = {"proposal_kind": "taken-back", "verdict": "approved"}
    for wrong in (
        row,
        row | of_it | {"proposal_id": waiting},
        row | of_it | {"proposal_id": approved},
        row | of_it | {"proposal_id": waiting, "verdict": None},
        row | of_it | {"proposal_id": refusal, "proposal_kind": "refusal", "case_id": other},
        row
        | of_it
        | {"proposal_id": approved, "case_id": other, "step": "decided", "outcome": "refused"},
    ):
        assert stored.database is not None
        with pytest.raises(DBAPIError):
            async with stored.database.transaction() as connection:
                await connection.execute(insert(case_step).values(**wrong))
