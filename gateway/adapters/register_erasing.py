"""Erasing the person of a request: proposed by one, carried out when another approves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.adapters.erasing_standing import read_papers_of, read_standing
from gateway.adapters.erasures import Erasure
from gateway.domain.cases import Outcome, Step
from gateway.domain.erasing import Bar, Ground, obstacles, without_consent
from gateway.domain.notifying import Happened
from gateway.domain.register import Refusal, RegisterError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from gateway.adapters.register_change import Change
    from gateway.adapters.register_writing import Writing
    from gateway.domain.cases import Case
    from gateway.domain.consent import ConsentEvent
    from gateway.domain.erasing import Terms

# Under this name a step of the case says on which ground of AVG 17(1).
GROUND: Final = "ground"


async def erase_case(writing: Writing, change: Change, case: Case, terms: Terms) -> None:
    """What was decided is done when this change is on record; raises `RegisterError`.

    What bars it is looked at anew: much may have happened since it was proposed.
    """
    reason = ground_of(case)
    part = case.outcome is Outcome.PARTLY
    standing = await read_standing(
        writing.rows, case.dossier_id, writing.now, but_case=case.case_id
    )
    found = obstacles(standing, reason, terms, writing.now)
    if part:
        # The person stays, and with them all that is kept by law.
        found = tuple(each for each in found if each.bar is Bar.CLAIMS)
    if found:
        raise RegisterError(Refusal.ERASURE_BARRED, ", ".join(sorted({e.bar for e in found})))
    papers = await read_papers_of(writing.rows, case.dossier_id) if part else ()
    gone = without_consent(papers, writing.now)
    decision = case.decision
    erasure = Erasure(
        dossier_id=case.dossier_id,
        reason=reason.value,
        by=writing.by,
        origin=writing.origin,
        at=writing.now,
        case_id=case.case_id,
        proposal_id=decision.detail.get("proposal", "") if decision else "",
        events=gone if part else None,
    )
    # Who has to hear of it (AVG 19): afterwards nobody knows any more.
    if part:
        await change.notifications.consented(
            case.case_id, case.dossier_id, _providers(papers, gone)
        )
    else:
        await change.notifications.snapshot(case.case_id, case.dossier_id, Happened.ERASED)
    detail = {"erasure": erasure.erasure_id}
    await change.cases.step(case.case_id, Step.EXECUTED, detail=detail)
    writing.erasures.append(erasure)


def _providers(
    papers: Sequence[tuple[int, str, ConsentEvent]], gone: Collection[int]
) -> frozenset[str]:
    return frozenset(provider for number, provider, _ in papers if number in gone)


def ground_of(case: Case) -> Ground:
    """On which ground it was proposed; raises `RegisterError` where none was named.

    What was noted after the proposal is not what another operator approves.
    """
    proposed = case.last(Step.PROPOSED)
    before = [each for each in case.steps if proposed is None or each.number < proposed.number]
    said = [each.detail[GROUND] for each in before if GROUND in each.detail]
    known = {each.value: each for each in Ground}
    if not said or said[-1] not in known or not case.dossier_id:
        raise RegisterError(Refusal.NO_ERASURE_GROUND)
    return known[said[-1]]
