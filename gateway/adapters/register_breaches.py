"""Breaches in the register: opened, followed step by step, decided by two where nobody reports."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

from gateway.adapters import tables_breaches as tables
from gateway.adapters.breach_rows import append_affected, read_rows
from gateway.adapters.register_rows import grouped
from gateway.adapters.tables_incidents import incident_decision
from gateway.adapters.tables_register import stamp
from gateway.adapters.timestamps import instant_at
from gateway.domain.breach_extending import added, extension, rest_unknown
from gateway.domain.breach_refusals import BreachError, BreachRefusal
from gateway.domain.breach_rules import check, is_weighed, needs_words
from gateway.domain.breach_terms import Step
from gateway.domain.breaches import INCIDENT, Breach, Taken, checked_words
from gateway.domain.incidents import IncidentState
from gateway.domain.proposals import ProposalKind
from gateway.domain.register import Refusal, RegisterError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from gateway.adapters.register_deciding import Proposals
    from gateway.adapters.register_rows import Row, Rows
    from gateway.adapters.register_writing import Writing
    from gateway.adapters.vault import Vault
    from gateway.domain.affected import Affected
    from gateway.domain.breach_extending import Extension
    from gateway.domain.breach_terms import Cause, Nature
    from gateway.domain.breaches import Timeline
    from gateway.domain.proposals import Proposal
    from gateway.domain.scope import Disclosed

WORDS = "breach"


class Breaches:
    """Breaches of one change.  Everything here raises `BreachError` or `RegisterError`.

    `to_freeze` are those of which the log is to be frozen at the end of the change.
    """

    def __init__(self, writing: Writing, proposals: Proposals) -> None:
        self._writing = writing
        self._proposals = proposals
        self.to_freeze: list[tuple[str, Step]] = []

    async def open(
        self,
        timeline: Timeline,
        cause: Cause,
        natures: Sequence[Nature],
        words: str,
        *,
        affected: Sequence[Affected] = (),
        incident_id: str = "",
        part_unknown: int = 0,
    ) -> str:
        """A new breach, its disclosures and its first fact; its id.

        Of `part_unknown` of them nobody noted what came along and was not passed on.
        Its evidence is frozen with it, and the entries of the log about it are held.
        """
        timeline.check(self._writing.now)
        words = checked_words(words, needed=True)
        if incident_id:
            await self._accepted(incident_id)
        new = f"b-{secrets.token_hex(4)}"
        await self._writing.append(tables.breach, breach_id=new, incident_id=incident_id or None)
        detail = timeline.detail() | {"cause": cause.value, "natures": " ".join(sorted(natures))}
        if part_unknown:
            detail["part_unknown"] = str(part_unknown)
        await self._append(new, Step.OPENED, timeline.aware_at, detail, words)
        await append_affected(self._writing, new, affected)
        self.to_freeze.append((new, Step.OPENED))
        return new

    async def extend(
        self,
        breach_id: str,
        words: str,
        found: Sequence[Affected],
        *,
        incident_id: str = "",
        all_found: bool = False,
        disclosed: Sequence[Disclosed] = (),
        seen: int | None = None,
    ) -> Extension:
        """More turned out to belong to it, and why: what of `found` it did not know is added.

        `disclosed` are those of the scope that it was found by, where it counts too what was
        not passed on.  The log is frozen once more, and entries that were added are held.
        `all_found` is whether the proposal names reports, each of them in `found`.  Refused where
        nothing is new; but a proposal of which it has everything is a fact of it, or extends it by
        itself where nobody weighed it (`is_weighed`).  Refused too where it was extended since it
        had been `seen` times: what was looked for beside `found` depends on what it had by then.
        """
        breach = await self.found(breach_id)
        check(breach, Step.EXTENDED, self._writing.now, {}, self._writing.now)
        if seen is not None and seen != len(breach.extensions):
            raise BreachError(BreachRefusal.MEANWHILE)
        words = checked_words(words, needed=True)
        if incident_id:
            await self._accepted(incident_id)
        known = await read_rows(self._writing.rows, breach_id)
        new = added(known, found)
        said = extension(known, new)
        named = {INCIDENT: incident_id} if incident_id else {}
        if not new and not named:
            raise BreachError(BreachRefusal.NOTHING_NEW)
        if not new and is_weighed(breach, all_found=all_found):
            await self._append(breach_id, Step.FACT, self._writing.now, named, words)
            return said
        detail = said.detail() | named
        unknown = rest_unknown(breach.part_unknown, known, disclosed)
        if unknown != breach.part_unknown:
            detail["part_unknown"] = str(unknown)
        await self._append(breach_id, Step.EXTENDED, self._writing.now, detail, words)
        await append_affected(self._writing, breach_id, new)
        self.to_freeze.append((breach_id, Step.EXTENDED))
        return said

    async def step(
        self,
        breach_id: str,
        step: Step,
        *,
        at: datetime | None = None,
        detail: Mapping[str, str] | None = None,
        words: str = "",
    ) -> None:
        """One step more; `at` the moment it is about, or now.

        Nobody reports by a step: see `propose_silence`.
        """
        breach = await self.found(breach_id)
        moment, said = at or self._writing.now, detail or {}
        check(breach, step, moment, said, self._writing.now)
        needed = needs_words(breach, step, moment, said)
        if needed is not None and not words.strip():
            raise BreachError(needed)
        await self._append(breach_id, step, moment, said, checked_words(words, needed=False))
        if step is Step.CLOSED:
            self.to_freeze.append((breach_id, step))

    async def report(
        self, breach_id: str, said: Mapping[str, str], answers: str, *, at: datetime, reason: str
    ) -> None:
        """That a report was made then, with the answers as they were: a version of its own."""
        await self.step(breach_id, Step.REPORTED, at=at, detail=said, words=reason)
        number = str(len((await self.found(breach_id)).reports))
        await self._append(breach_id, Step.ANSWERS, at, {"version": number}, answers)

    async def propose_silence(self, breach_id: str, reason: str) -> str:
        """Not to report: the proposal that another operator has to approve (33(1)).

        The reason is sealed with the breach; the proposal says on how many steps it rests.
        """
        await self.step(breach_id, Step.PROPOSED, words=reason)
        rests_on = len((await self.found(breach_id)).steps)
        payload = {"breach": breach_id, "steps": str(rests_on)}
        return await self._proposals.add(ProposalKind.NOT_REPORTING, breach_id, payload)

    async def carry_out(self, proposal: Proposal) -> None:
        """Another operator approved; refused when more has become known since."""
        breach = await self.found(proposal.subject)
        if str(len(breach.steps)) != proposal.payload["steps"]:
            raise RegisterError(Refusal.PROPOSAL_STALE)
        check(breach, Step.PROPOSED, self._writing.now, {}, self._writing.now)
        await self._writing.append(
            tables.breach_unreported,
            breach_id=breach.breach_id,
            proposal_id=proposal.proposal_id,
        )

    async def found(self, breach_id: str) -> Breach:
        """The breach with this id."""
        return one(await read_breaches(self._writing.rows, breach_id))

    async def _append(
        self, breach_id: str, step: Step, at: datetime, detail: Mapping[str, str], words: str
    ) -> None:
        await self._writing.append(
            tables.breach_step,
            breach_id=breach_id,
            step=step.value,
            at=stamp(at),
            detail=json.dumps(dict(detail), sort_keys=True),
            **_sealed(self._writing.vault, breach_id, words),
        )

    async def _accepted(self, incident_id: str) -> None:
        rows = self._writing.rows
        if any(incident_id in each.incidents for each in await read_breaches(rows)):
            raise RegisterError(Refusal.ALREADY_DECIDED)
        decided = await rows.select(incident_decision, incident_id=incident_id)
        if decided and decided[0]["verdict"] == IncidentState.DISMISSED.value:
            raise RegisterError(Refusal.ALREADY_DECIDED)


def one(found: Sequence[Breach]) -> Breach:
    """The one that was asked for; raises `BreachError`."""
    if len(found) != 1:
        raise BreachError(BreachRefusal.UNKNOWN)
    return found[0]


async def read_breaches(rows: Rows, breach_id: str = "") -> Sequence[Breach]:
    """Every breach, or the one with this id, in the order of opening."""
    only = {"breach_id": breach_id} if breach_id else {}
    opened = await rows.select(tables.breach, **only)
    steps = grouped(await rows.select(tables.breach_step, **only), "breach_id")
    silent = grouped(await rows.select(tables.breach_unreported, **only), "breach_id")
    return [
        Breach(
            breach_id=row["breach_id"],
            incident_id=row["incident_id"] or "",
            steps=_in_order(steps[row["breach_id"]], silent[row["breach_id"]]),
        )
        for row in sorted(opened, key=lambda row: int(row["revision"]))
    ]


async def read_breach_words(rows: Rows, vault: Vault, breach_id: str) -> Mapping[int, str]:
    """What people wrote in its steps, by their numbers."""
    return {
        row["id"]: vault.open_blob(WORDS, _bound(breach_id, row["context"]), row["sealed"]).decode()
        for row in await rows.select(tables.breach_step, breach_id=breach_id)
        if row["sealed"] is not None
    }


def _in_order(steps: Sequence[Row], silent: Sequence[Row]) -> tuple[Taken, ...]:
    found = [(int(row["revision"]), int(row["id"]), _taken(row)) for row in steps]
    # Approved in a change of its own, so no step has the same revision.
    found += [(int(row["revision"]), 0, _silence(row)) for row in silent]
    return tuple(taken for _, _, taken in sorted(found, key=lambda each: each[:2]))


def _taken(row: Row) -> Taken:
    return Taken(
        number=row["id"],
        step=Step(row["step"]),
        at=instant_at(row["at"]),
        recorded_at=instant_at(row["recorded_at"]),
        by=row["recorded_by"],
        detail=json.loads(row["detail"]),
        worded=row["sealed"] is not None,
    )


def _silence(row: Row) -> Taken:
    at = instant_at(row["recorded_at"])
    return Taken(
        number=0,
        step=Step.NOT_REPORTED,
        at=at,
        recorded_at=at,
        by=row["recorded_by"],
        detail={"proposal": row["proposal_id"]},
    )


def _sealed(vault: Vault, breach_id: str, words: str) -> Mapping[str, object]:
    if not words:
        return {"context": None, "sealed": None}
    context = secrets.token_hex(16)
    return {
        "context": context,
        "sealed": vault.seal_blob(WORDS, _bound(breach_id, context), words.encode()),
    }


def _bound(breach_id: str, context: str) -> str:
    return f"{breach_id} {context}"
