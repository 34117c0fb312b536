"""Requests of people about their own data: what may be put on record, and reading it back."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, NamedTuple

from gateway.adapters import tables_cases as tables
from gateway.adapters import tables_register
from gateway.adapters.register_deciding import read_proposals
from gateway.adapters.register_rows import grouped
from gateway.adapters.tables_register import stamp
from gateway.adapters.timestamps import instant_at
from gateway.domain.case_rules import (
    Decision,
    Ground,
    Mandate,
    check_decision,
    check_detail,
    check_reference,
    check_step,
    check_taking_back,
    check_words,
    may_end,
)
from gateway.domain.cases import (
    PERSON,
    Case,
    CaseState,
    Outcome,
    Received,
    RequestKind,
    Step,
    Taken,
)
from gateway.domain.deadlines import end_of, last_day
from gateway.domain.proposals import ProposalKind, Verdict
from gateway.domain.register import Refusal, RegisterError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from gateway.adapters.register_deciding import Proposals
    from gateway.adapters.register_rows import Row, Rows
    from gateway.adapters.register_writing import Writing
    from gateway.adapters.vault import Vault
    from gateway.domain.proposals import Proposal

_WORDS = "words of a request"
# One month (AVG 12(3)).
_MONTHS = 1
_OF_CASES = (ProposalKind.REFUSAL, ProposalKind.ERASURE, ProposalKind.TAKEN_BACK)


class _Whose(NamedTuple):
    """Which case a step is of, and whom it is about."""

    case_id: str
    kind: RequestKind
    dossier_id: str


class Cases:
    """What people ask about their own data, step by step.  Raises `RegisterError`."""

    def __init__(self, writing: Writing, proposals: Proposals) -> None:
        self._writing = writing
        self._proposals = proposals

    async def open(
        self,
        kind: RequestKind,
        *,
        reference: str,
        channel: Received,
        received_at: datetime | None = None,
        dossier_id: str = "",
        sender: Mandate | None = None,
        words: str = "",
    ) -> str:
        """A request came in; its id.

        `reference` is the municipality's own case number, `sender` as what somebody else
        asks in the person's name, `words` what was asked, sealed under the person's key.
        Without `dossier_id` nobody was found, and no words are kept.
        """
        received = self._writing.moment(received_at)
        if received > self._writing.now:
            raise RegisterError(Refusal.RECEIVED_IN_FUTURE)
        if dossier_id:
            await self._writing.dossier_known(dossier_id)
        check_words(words, about=dossier_id)
        new = secrets.token_hex(8)
        await self._writing.append(
            tables.request_case,
            case_id=new,
            kind=kind.value,
            dossier_id=dossier_id or None,
            reference=check_reference(reference),
            received_at=stamp(received),
            due_at=stamp(end_of(last_day(received, _MONTHS))),
        )
        detail = {"channel": channel.value, "sender": sender.value if sender else PERSON}
        await self._append(_Whose(new, kind, dossier_id), Step.RECEIVED, detail, words)
        return new

    async def case(self, case_id: str) -> Case:
        """The case as it stands in this change; refuses an unknown one."""
        return await read_case(self._writing.rows, case_id)

    async def step(
        self,
        case_id: str,
        step: Step,
        *,
        detail: Mapping[str, str] | None = None,
        words: str = "",
    ) -> None:
        """Something happened; `detail` has codes and references, `words` are sealed.

        Refuses what may not follow on what is on record.  A decision is `decide`'s.
        """
        case = await self.case(case_id)
        said = dict(detail or {})
        check_step(case, step, said, words, self._writing.now)
        await self._append(_whose(case), step, said, words)

    async def find(self, case_id: str, dossier_id: str) -> None:
        """The person of this case was found after all."""
        case = await self.case(case_id)
        await self._writing.dossier_known(dossier_id)
        check_step(case, Step.FOUND, {}, "", self._writing.now)
        await self._append(_Whose(case_id, case.kind, dossier_id), Step.FOUND, {}, "")

    async def decide(self, case_id: str, decision: Decision, words: str = "") -> str | None:
        """Decided, or for a refusal and an erasure proposed: then the proposal's id.

        `words` are what the person reads about why; another operator has to approve what
        is proposed.
        """
        case = await self.case(case_id)
        check_decision(case, decision, words)
        if case.last(Step.PROPOSED):
            raise RegisterError(Refusal.NOT_NOW)
        if not decision.needs_another(case.kind):
            await self._decided(case, decision, None, words)
            return None
        erasing = decision.erases(case.kind)
        kind = ProposalKind.ERASURE if erasing else ProposalKind.REFUSAL
        said = _said(decision)
        proposed = await self._proposals.add(kind, case_id, said)
        of_proposal = {"proposal_id": proposed, "proposal_kind": kind.value}
        await self._append(_whose(case), Step.PROPOSED, said, words, **of_proposal)
        return proposed

    async def take_back(
        self, case_id: str, channel: Received, said_on: date, words: str = ""
    ) -> str:
        """The person took it back, says this operator; the id of what another confirms.

        `words` are what the person said, sealed.  Until it is confirmed the clock runs.
        """
        case = await self.case(case_id)
        said = {"channel": channel.value, "said_on": said_on.isoformat()}
        check_taking_back(case, said, words, said_on, self._writing.now)
        kind = ProposalKind.TAKEN_BACK
        proposed = await self._proposals.add(kind, case_id, said)
        of_proposal = {"proposal_id": proposed, "proposal_kind": kind.value}
        await self._append(_whose(case), Step.TAKING_BACK, said, words, **of_proposal)
        return proposed

    async def taken_back(self, proposal: Proposal) -> None:
        """Another operator confirmed it: the request is over."""
        case = await self.case(proposal.subject)
        if not may_end(case, proposal.proposal_id):
            raise RegisterError(Refusal.PROPOSAL_STALE)
        await self._append(
            _whose(case),
            Step.WITHDRAWN,
            proposal.payload,
            "",
            proposal_id=proposal.proposal_id,
            proposal_kind=proposal.kind.value,
            verdict=Verdict.APPROVED.value,
        )

    async def carry_out(self, proposal: Proposal) -> Case:
        """Another operator approved the decision that was proposed: it stands; the case then."""
        case = await self.case(proposal.subject)
        waiting = case.last(Step.PROPOSED)
        if waiting is None or waiting.detail["proposal"] != proposal.proposal_id:
            raise RegisterError(Refusal.PROPOSAL_STALE)
        if case.state is not CaseState.PROPOSED:
            raise RegisterError(Refusal.PROPOSAL_STALE)
        grounds = proposal.payload.get("grounds", "").split()
        decision = Decision(
            outcome=Outcome(proposal.payload["outcome"]),
            grounds=frozenset(map(Ground, grounds)),
        )
        await self._decided(case, decision, proposal, "")
        return await self.case(proposal.subject)

    async def _decided(
        self, case: Case, decision: Decision, proposal: Proposal | None, words: str
    ) -> None:
        await self._append(
            _whose(case),
            Step.DECIDED,
            _said(decision),
            words,
            outcome=decision.outcome.value,
            proposal_id=proposal.proposal_id if proposal else None,
            proposal_kind=proposal.kind.value if proposal else None,
            verdict=Verdict.APPROVED.value if proposal else None,
        )

    async def _append(
        self,
        whose: _Whose,
        step: Step,
        detail: Mapping[str, str],
        words: str,
        **decided: str | None,
    ) -> None:
        check_detail(detail)
        sealed = await self._sealed(whose.dossier_id, words) if words else {}
        await self._writing.append(
            tables.case_step,
            case_id=whose.case_id,
            kind=whose.kind.value,
            dossier_id=whose.dossier_id or None,
            step=step.value,
            detail=json.dumps(dict(detail), sort_keys=True),
            outcome=decided.pop("outcome", None),
            **decided,
            **sealed,
        )

    async def _sealed(self, dossier_id: str, words: str) -> dict[str, object]:
        rows = await self._writing.rows.select(
            tables_register.dossier_secret, dossier_id=dossier_id
        )
        wrapped = rows[0]["wrapped_key"] if rows else None
        if wrapped is None:
            raise RegisterError(Refusal.PERSON_ERASED)
        context = secrets.token_hex(16)
        person = self._writing.vault.person(dossier_id, wrapped)
        return {"context": context, "sealed": person.seal(_WORDS, context, words.encode())}


def _whose(case: Case) -> _Whose:
    return _Whose(case.case_id, case.kind, case.dossier_id)


def _said(decision: Decision) -> dict[str, str]:
    grounds = sorted(each.value for each in decision.grounds)
    said = {"outcome": decision.outcome.value}
    return said | ({"grounds": " ".join(grounds)} if grounds else {})


async def read_case(rows: Rows, case_id: str) -> Case:
    """The case with this id; `RegisterError` for an unknown one."""
    found = await read_cases(rows, case_id=case_id)
    if not found:
        raise RegisterError(Refusal.UNKNOWN_CASE)
    return found[0]


async def read_cases(rows: Rows, **equal: object) -> Sequence[Case]:
    """Cases with every step, in the order of recording."""
    return await _with_steps(rows, await rows.select(tables.request_case, **equal))


async def read_open_cases(rows: Rows) -> Sequence[Case]:
    """Those whose clock runs: the steps of the others, year after year, are not read."""
    stopped = {
        row["case_id"]
        for step in (Step.ANSWERED, Step.WITHDRAWN)
        for row in await rows.select(tables.case_step, step=step.value)
    }
    cases = await rows.select(tables.request_case)
    return await _with_steps(rows, [row for row in cases if row["case_id"] not in stopped])


async def _with_steps(rows: Rows, found: Sequence[Row]) -> Sequence[Case]:
    cases = sorted(found, key=_revision)
    ids = [row["case_id"] for row in cases]
    taken = await rows.among(tables.case_step, "case_id", ids)
    if not taken:
        return ()
    ended = await _ended(rows) if any(row["proposal_id"] for row in taken) else frozenset()
    by_case = grouped(taken, "case_id")
    return [_case(row, by_case[row["case_id"]], ended) for row in cases]


async def _ended(rows: Rows) -> frozenset[str]:
    """The proposals about cases that came to nothing."""
    proposals = [each for kind in _OF_CASES for each in await read_proposals(rows, kind=kind.value)]
    nothing = {Verdict.REFUSED, Verdict.WITHDRAWN}
    return frozenset(each.proposal_id for each in proposals if each.verdict in nothing)


def _case(row: Row, steps: Sequence[Row], ended: frozenset[str]) -> Case:
    found = [each["dossier_id"] for each in steps if each["dossier_id"]]
    return Case(
        case_id=row["case_id"],
        kind=RequestKind(row["kind"]),
        dossier_id=found[-1] if found else "",
        reference=row["reference"],
        received_at=instant_at(row["received_at"]),
        due_at=instant_at(row["due_at"]),
        steps=tuple(_taken(each, ended) for each in steps),
    )


def _taken(row: Row, ended: frozenset[str]) -> Taken:
    detail = json.loads(row["detail"])
    if row["proposal_id"]:
        detail["proposal"] = row["proposal_id"]
    return Taken(
        number=row["id"],
        step=Step(row["step"]),
        at=instant_at(row["recorded_at"]),
        by=row["recorded_by"],
        detail=detail,
        worded=row["sealed"] is not None,
        ended=row["proposal_id"] in ended,
    )


async def read_words(rows: Rows, vault: Vault, case_id: str) -> Mapping[int, str]:
    """The words of each step that has some, by its number; none once the person was erased."""
    steps = await rows.select(tables.case_step, case_id=case_id)
    worded = [each for each in steps if each["sealed"] is not None]
    if not worded:
        return {}
    whose = worded[0]["dossier_id"]
    kept = await rows.select(tables_register.dossier_secret, dossier_id=whose)
    wrapped = kept[0]["wrapped_key"] if kept else None
    if wrapped is None:
        return {}
    person = vault.person(whose, wrapped)
    return {
        each["id"]: person.open(_WORDS, each["context"], each["sealed"]).decode() for each in worded
    }


def _revision(row: Row) -> int:
    return int(row["revision"])
