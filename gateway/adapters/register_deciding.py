"""Operators, proposals and the decision table in force: what may be put on record, and how."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

from gateway.adapters import tables_deciding as tables
from gateway.adapters.register_rows import policies_from
from gateway.adapters.tables_register import stamp
from gateway.adapters.timestamps import instant_at
from gateway.domain.histories import in_force
from gateway.domain.operators import FOUNDERS, Operator, name_key, own_name, same_words
from gateway.domain.policy import Policy, PolicyError
from gateway.domain.proposals import Proposal, ProposalKind, Verdict, may_decide
from gateway.domain.register import Refusal, RegisterError, check_id, check_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.adapters.register_rows import Row, Rows
    from gateway.adapters.register_writing import Writing


# What a proposal to end an operator says; one to make one has their name.
_END = {"end": "yes"}


class Operators:
    """Who may change the register.  Everything here raises `RegisterError`."""

    def __init__(self, writing: Writing, proposals: Proposals) -> None:
        self._writing = writing
        self._proposals = proposals

    async def add(self, operator_id: str, name: str, *, login: str | None = None) -> str | None:
        """A further operator: the proposal another one has to approve.

        None for the first two, who stand at once: somebody has to be there first.
        """
        given = {"name": own_name(name), "login": _login(login)}
        await self._free(operator_id, given["name"], given["login"])
        if len(await self._writing.rows.select(tables.operator)) >= FOUNDERS:
            return await self._proposals.add(ProposalKind.OPERATOR, operator_id, given)
        await self.admit(operator_id, given)
        return None

    async def admit(self, operator_id: str, given: Mapping[str, str]) -> None:
        """They stand on record, under this name."""
        await self._free(operator_id, given["name"], given["login"])
        await self._writing.append(
            tables.operator,
            operator_id=operator_id,
            name=given["name"],
            name_key=name_key(given["name"]),
            login=given["login"] or None,
        )
        await self._state(operator_id, active=True)

    async def end(self, operator_id: str) -> str | None:
        """No operator any more: of oneself at once; of another, the proposal to be approved.

        One alone could else remove whoever would refuse.  Two have to remain, or
        nobody could approve anything.
        """
        await self._endable(operator_id)
        if operator_id != self._writing.by:
            return await self._proposals.add(ProposalKind.OPERATOR, operator_id, _END)
        await self._state(operator_id, active=False)
        return None

    async def carry_out(self, proposal: Proposal) -> None:
        """Another operator approved that somebody becomes one, or is one no longer."""
        if proposal.payload != _END:
            await self.admit(proposal.subject, proposal.payload)
            return
        await self._endable(proposal.subject)
        await self._state(proposal.subject, active=False)

    async def _endable(self, operator_id: str) -> None:
        known = {each.operator_id: each for each in await read_operators(self._writing.rows)}
        if operator_id not in known or not known[operator_id].active:
            raise RegisterError(Refusal.UNKNOWN_OPERATOR)
        if sum(each.active for each in known.values()) <= FOUNDERS:
            raise RegisterError(Refusal.TOO_FEW_OPERATORS)

    async def _state(self, operator_id: str, *, active: bool) -> None:
        await self._writing.append(
            tables.operator_state,
            operator_id=operator_id,
            valid_from=stamp(self._writing.now),
            active=active,
        )

    async def _free(self, operator_id: str, name: str, login: str) -> None:
        rows = self._writing.rows
        if await rows.select(tables.operator, operator_id=check_id(operator_id)):
            raise RegisterError(Refusal.ID_TAKEN)
        if any(same_words(name, each["name"]) for each in await rows.select(tables.operator)):
            raise RegisterError(Refusal.OPERATOR_TAKEN)
        if login and await rows.select(tables.operator, login=login):
            raise RegisterError(Refusal.OPERATOR_TAKEN)


class Proposals:
    """What waits for a second person.  Everything here raises `RegisterError`."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing

    @property
    def by(self) -> str:
        """The id of the operator who makes this change."""
        return self._writing.by

    async def add(self, kind: ProposalKind, subject: str, payload: Mapping[str, str]) -> str:
        """A new proposal; its id."""
        new = secrets.token_hex(4)
        await self._writing.append(
            tables.proposal,
            proposal_id=new,
            kind=kind.value,
            subject=subject,
            payload=json.dumps(dict(payload), ensure_ascii=False, sort_keys=True),
            proposed_by=self._writing.by,
            origin=self._writing.origin,
        )
        return new

    async def find(self, proposal_id: str) -> Proposal:
        """The proposal with this id."""
        found = await read_proposals(self._writing.rows, proposal_id=proposal_id)
        if not found:
            raise RegisterError(Refusal.UNKNOWN_PROPOSAL)
        return found[0]

    async def decide(self, proposal: Proposal, verdict: Verdict, remark: str = "") -> None:
        """How it ended, by the operator of this change."""
        known = {each.operator_id: each for each in await read_operators(self._writing.rows)}
        if self._writing.by not in known:
            raise RegisterError(Refusal.UNKNOWN_OPERATOR)
        proposer, by = known[proposal.proposed_by], known[self._writing.by]
        may_decide(proposal, proposer, by, self._writing.origin, verdict)
        await self._writing.append(
            tables.proposal_decision,
            proposal_id=proposal.proposal_id,
            proposed_by=proposal.proposed_by,
            verdict=verdict.value,
            decided_by=self._writing.by,
            origin=self._writing.origin,
            remark=remark[:200],
        )


class Policies:
    """The decision table in force; its texts are kept for good.  Raises `RegisterError`."""

    def __init__(self, writing: Writing, proposals: Proposals) -> None:
        self._writing = writing
        self._proposals = proposals

    async def found(self, text: str) -> str:
        """The first table, which replaces none; its digest.  Refuses when one is in force."""
        if await self._writing.rows.select(tables.policy_activation):
            raise RegisterError(Refusal.POLICY_IN_FORCE)
        digest = await self._keep(text)
        await self._activate(digest, None, None)
        return digest

    async def propose(self, text: str) -> str:
        """Another table: the proposal another operator has to approve."""
        before = await self._in_force()
        digest = await self._keep(text)
        if before in {"", digest}:
            raise RegisterError(Refusal.POLICY_IN_FORCE)
        return await self._proposals.add(ProposalKind.POLICY, digest, {"replaces": before})

    async def activate(self, proposal: Proposal) -> None:
        """In force from now on; refused when another table came into force meanwhile."""
        before = await self._in_force()
        if not before or before != proposal.payload["replaces"]:
            raise RegisterError(Refusal.PROPOSAL_STALE)
        await self._activate(proposal.subject, before, proposal.proposal_id)

    async def _activate(self, digest: str, before: str | None, proposal_id: str | None) -> None:
        await self._writing.append(
            tables.policy_activation,
            valid_from=stamp(self._writing.now),
            digest=digest,
            replaces=before,
            proposal_id=proposal_id,
        )

    async def _keep(self, text: str) -> str:
        policy, problem = None, ""
        try:
            policy = Policy(text)
        except PolicyError as error:
            problem = str(error)
        if policy is None:
            raise RegisterError(Refusal.POLICY_MALFORMED, problem)
        if not await self._writing.rows.select(tables.policy_text, digest=policy.digest):
            version = check_name(policy.table.version, Refusal.POLICY_MALFORMED, 40)
            await self._writing.append(
                tables.policy_text, digest=policy.digest, version=version, text=text
            )
        return policy.digest

    async def _in_force(self) -> str:
        found = policies_from(await self._writing.rows.select(tables.policy_activation))
        return in_force(found, self._writing.now)


async def read_operators(rows: Rows) -> Sequence[Operator]:
    """Everybody who is or was one, in the order of recording."""
    return operators_from(
        await rows.select(tables.operator), await rows.select(tables.operator_state)
    )


def operators_from(people: Sequence[Row], states: Sequence[Row]) -> Sequence[Operator]:
    """The operators that these rows make up; the latest state counts."""
    latest = {row["operator_id"]: row["active"] for row in states}
    return [
        Operator(
            operator_id=row["operator_id"],
            name=row["name"],
            login=row["login"],
            active=bool(latest[row["operator_id"]]),
        )
        for row in sorted(people, key=_revision)
    ]


async def acting(rows: Rows, by: str, origin: str) -> str:
    """The id of the active operator who is meant; raises as `chosen` does."""
    return chosen(await read_operators(rows), by, origin).operator_id


def chosen(operators: Sequence[Operator], by: str, origin: str) -> Operator:
    """The active operator who is meant by an id or a name; raises `RegisterError` for anybody else.

    Nor does another account of this machine act for one who has registered their own,
    nor an account that one operator registered for any other.
    """
    for each in operators:
        if each.active and is_meant(each, by):
            owners = {other.operator_id for other in operators if _owns(other, origin)}
            if each.login not in {None, origin} or owners - {each.operator_id}:
                raise RegisterError(Refusal.OTHER_ACCOUNT)
            return each
    raise RegisterError(Refusal.UNKNOWN_OPERATOR)


def is_meant(operator: Operator, by: str) -> bool:
    """Whether this id or name is theirs."""
    return name_key(by) in {operator.operator_id, name_key(operator.name)}


def _owns(operator: Operator, origin: str) -> bool:
    return operator.active and operator.login == origin


async def founder(rows: Rows, by: str, origin: str) -> str:
    """As `acting`, or anybody who gives a name while fewer than two operators stand on record."""
    if len(await rows.select(tables.operator)) < FOUNDERS:
        return check_name(by, Refusal.BAD_OPERATOR, 100)
    return await acting(rows, by, origin)


async def read_proposals(rows: Rows, **equal: object) -> Sequence[Proposal]:
    """Proposals with what became of them, oldest first."""
    found = sorted(await rows.select(tables.proposal, **equal), key=_revision)
    if not found:
        return ()
    decided = {row["proposal_id"]: row for row in await rows.select(tables.proposal_decision)}
    return [_proposal(row, decided.get(row["proposal_id"])) for row in found]


def _proposal(row: Row, decision: Row | None) -> Proposal:
    return Proposal(
        proposal_id=row["proposal_id"],
        kind=ProposalKind(row["kind"]),
        subject=row["subject"],
        payload=json.loads(row["payload"]),
        proposed_by=row["proposed_by"],
        proposed_at=instant_at(row["recorded_at"]),
        origin=row["origin"],
        verdict=Verdict(decision["verdict"]) if decision else None,
        decided_by=decision["decided_by"] if decision else None,
        decided_at=instant_at(decision["recorded_at"]) if decision else None,
        remark=decision["remark"] if decision else "",
    )


def _login(login: str | None) -> str:
    return check_name(login, Refusal.BAD_OPERATOR, 100) if login else ""


def _revision(row: Row) -> int:
    return int(row["revision"])
