"""Consent recorded late: every change of the register looks for what had left without it.

At the end of a change, inside its transaction, whatever way the events came in:
by a command, from a file, or as an invalidation of a whole version of the form.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from gateway.adapters import tables_incidents as tables
from gateway.adapters.incident_rows import disclosure_row, disclosure_values
from gateway.adapters.policy_texts import PolicyTexts
from gateway.adapters.register_rows import grouped, read_consents
from gateway.adapters.tables_deciding import policy_text
from gateway.adapters.tables_register import stamp
from gateway.adapters.timestamps import instant_at
from gateway.domain.bijsluiter import Category
from gateway.domain.covering import named, uncovered
from gateway.domain.incidents import Incident, IncidentKind, IncidentState, Uncovered, may_be
from gateway.domain.register import Refusal, RegisterError, check_reason
from gateway.domain.stops import Hold

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from gateway.adapters.register_rows import Row, Rows
    from gateway.adapters.register_writing import Writing
    from gateway.domain.policy import Policy

BATCH = 500
Known = set[tuple[str, Category]]


class Incidents:
    """Proposals of incidents.  Raises `RegisterError`."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing
        self._policies = PolicyTexts(self._policy_text)

    async def review(self) -> Incident | None:
        """The proposal that this change opened, about everything that it shows to be uncovered."""
        late = sorted(self._writing.late)
        found: list[Uncovered] = []
        for first in range(0, len(late), BATCH):
            found += await self._uncovered(late[first : first + BATCH])
        return await self._open(tuple(found)) if found else None

    async def _uncovered(self, dossier_ids: Sequence[str]) -> list[Uncovered]:
        since = self._writing.late
        earliest = min(since[each] for each in dossier_ids)
        left = await self._writing.sent.about(dossier_ids, instant_at(earliest))
        concerned = [
            each
            for each in left
            if each.sent_at is None or (stamp(each.sent_at) or 0) >= since[each.dossier_id]
        ]
        if not concerned:
            return []
        people = {each.dossier_id for each in concerned}
        histories = {
            history.dossier_id: history
            for history, _ in await read_consents(self._writing.rows, people)
        }
        known = await self._known(people)
        found = []
        for report in concerned:
            policy = await self._policy(report.policy_digest)
            history = histories[report.dossier_id]
            categories = uncovered(report, history, policy, self._writing.now)
            news = frozenset(c for c in categories if (report.span_id, c) not in known)
            if news:
                found.append(named(report, news))
        return found

    async def _known(self, dossier_ids: Collection[str]) -> Known:
        """What an earlier proposal named already; one that was dismissed may be wrong now."""
        rows = self._writing.rows
        named_before = await rows.among(tables.incident_disclosure, "dossier_id", dossier_ids)
        dismissed = {
            row["incident_id"]
            for row in await rows.among(
                tables.incident_decision,
                "incident_id",
                {row["incident_id"] for row in named_before},
            )
            if row["verdict"] == IncidentState.DISMISSED.value
        }
        return {
            (row["span_id"], Category(category))
            for row in named_before
            if row["incident_id"] not in dismissed
            for category in row["categories"].split()
        }

    async def _policy(self, digest: str) -> Policy | None:
        try:
            return await self._policies.table(digest)
        except Hold:
            return None

    async def _policy_text(self, digest: str) -> str | None:
        found = await self._writing.rows.select(policy_text, digest=digest)
        return str(found[0]["text"]) if found else None

    async def _open(self, found: tuple[Uncovered, ...]) -> Incident:
        moments = [each.sent_at for each in found if each.sent_at is not None]
        incident = Incident(
            incident_id=secrets.token_hex(4),
            kind=IncidentKind.LATE_WITHDRAWAL,
            occurred_at=min(moments, default=self._writing.now),
            detected_at=self._writing.now,
            recorded_by=self._writing.by,
            evidence=f"register revision {self._writing.revision}",
            disclosures=found,
        )
        await self._writing.append(
            tables.incident_proposal,
            incident_id=incident.incident_id,
            kind=incident.kind.value,
            occurred_at=stamp(incident.occurred_at),
            detected_at=stamp(incident.detected_at),
            evidence=incident.evidence,
        )
        rows = [
            {"incident_id": incident.incident_id, **disclosure_row(each, each.provider_id)}
            for each in found
        ]
        await self._writing.extend(tables.incident_disclosure, rows)
        return incident

    async def decide(self, incident_id: str, state: IncidentState, reason: str) -> None:
        """Accepted or dismissed, once, by the operator of this change."""
        reason = check_reason(reason)
        found = await read_incidents(self._writing.rows, incident_id)
        if not found:
            raise RegisterError(Refusal.UNKNOWN_INCIDENT)
        if may_be(found[0], state):
            await self._writing.append(
                tables.incident_decision,
                incident_id=incident_id,
                verdict=state.value,
                reason=reason,
                decided_by=self._writing.by,
                origin=self._writing.origin,
            )


async def read_incidents(rows: Rows, incident_id: str = "") -> Sequence[Incident]:
    """Every proposal, or the one with this id, in the order of recording."""
    only = {"incident_id": incident_id} if incident_id else {}
    proposals = await rows.select(tables.incident_proposal, **only)
    disclosures = grouped(await rows.select(tables.incident_disclosure, **only), "incident_id")
    decided = {
        row["incident_id"]: row for row in await rows.select(tables.incident_decision, **only)
    }
    return [
        _incident(row, disclosures[row["incident_id"]], decided.get(row["incident_id"]))
        for row in sorted(proposals, key=lambda row: int(row["revision"]))
    ]


def _incident(row: Row, disclosures: Sequence[Row], decision: Row | None) -> Incident:
    return Incident(
        incident_id=row["incident_id"],
        kind=IncidentKind(row["kind"]),
        occurred_at=instant_at(row["occurred_at"]),
        detected_at=instant_at(row["detected_at"]),
        recorded_by=row["recorded_by"],
        evidence=row["evidence"],
        disclosures=tuple(_disclosure(each) for each in disclosures),
        state=IncidentState(decision["verdict"]) if decision else IncidentState.OPEN,
        decided_by=decision["decided_by"] if decision else None,
        decided_at=instant_at(decision["recorded_at"]) if decision else None,
        reason=decision["reason"] if decision else "",
    )


def _disclosure(row: Row) -> Uncovered:
    return Uncovered(provider_id=row["provider_party_id"], **disclosure_values(row))
