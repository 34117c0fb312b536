"""Which reports left about somebody: outbox, outcomes and log (implements `ports.SentReports`).

The outbox knows when a report left and about whom, its outcome on what ground
and to whom, its entry in the log which categories and paths were shared.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select

from gateway.adapters.among import among
from gateway.adapters.decision_rows import read
from gateway.adapters.log_reading import ENTRIES, LogOpener
from gateway.adapters.log_writing import sequence
from gateway.adapters.tables_decisions import decision_facts
from gateway.adapters.tables_flow import inbound, outcomes, outgoing
from gateway.adapters.tables_log import log_entries
from gateway.adapters.tables_register import contact, party
from gateway.adapters.timestamps import instant_at
from gateway.domain.bijsluiter import Category
from gateway.domain.categories import category_of
from gateway.domain.incidents import SentReport
from gateway.domain.parties import Side
from gateway.domain.situation import Ground
from gateway.domain.stops import Outcome
from gateway.ledger.envelope import UnopenedError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection

    from gateway.adapters.tables_flow import AnyRow
    from gateway.adapters.vault import Vault
    from gateway.domain.situation import GateSituation

_FREE_TEXTS = (".signaal", ".omschrijving")
_MILLISECOND = 1000
_REPORT = and_(outgoing.c.kind == "report", outcomes.c.ground == Ground.CONSENT.value)
_WITH_OUTCOME = (
    select(
        outgoing,
        outcomes.c.sender_contact_id,
        outcomes.c.sender_party_id,
        outcomes.c.recipient_contact_id,
        outcomes.c.policy_digest,
        outcomes.c.bericht_id,
        contact.c.party_id.label("recipient_party_id"),
        party.c.side.label("sender_side"),
        decision_facts.c.circumstances,
        decision_facts.c.judgement,
    )
    .join(
        outcomes,
        and_(outcomes.c.trace == outgoing.c.trace, outcomes.c.span_id == outgoing.c.span_id),
    )
    .outerjoin(contact, contact.c.contact_id == outcomes.c.recipient_contact_id)
    .outerjoin(party, party.c.party_id == outcomes.c.sender_party_id)
    .outerjoin(
        decision_facts,
        and_(
            decision_facts.c.trace == outgoing.c.trace,
            decision_facts.c.span_id == outgoing.c.span_id,
        ),
    )
    .order_by(outgoing.c.created_at, outgoing.c.trace, outgoing.c.number)
)
_LEFT = _WITH_OUTCOME.where(_REPORT)


def report_that_left(connection: Connection, vault: Vault, outgoing_id: str) -> SentReport | None:
    """One report on whatever ground, in the caller's transaction; None where it did not leave."""
    row = connection.execute(_WITH_OUTCOME.where(outgoing.c.id == outgoing_id)).one_or_none()
    return None if row is None else _report(row, _logged(connection, vault, {row.trace}))


def _logged(
    connection: Connection, vault: Vault, traces: Collection[str]
) -> Mapping[tuple[str, str], Any]:
    """Of each report its entry, and the one that says it left, by kind and span."""
    if not traces:
        return {}
    found = connection.execute(
        ENTRIES.where(
            among(log_entries.c.trace_id, traces), log_entries.c.kind.in_(("report", "sent"))
        )
    )
    opener = LogOpener(vault)
    entries: dict[tuple[str, str], Any] = {}
    for row in found:
        entry = _content(opener, row)
        if entry is not None:
            name = "span_id" if row.kind == "report" else "parent_span_id"
            entries[row.kind, str(entry["record"].get(name))] = entry
    return entries


class SqlSentReports:
    """Reads in the caller's transaction.

    `hold` keeps what waits from being claimed until that transaction ends, so that
    nothing leaves between the reading and what is then put on record.
    """

    def __init__(self, connection: AsyncConnection, vault: Vault, *, hold: bool = False) -> None:
        self._connection = connection
        self._vault = vault
        self._hold = hold and connection.dialect.name == "postgresql"

    async def about(self, dossier_ids: Collection[str], since: datetime) -> Sequence[SentReport]:
        """Reports about these that left since then, or are being handed over now."""
        if not dossier_ids:
            return ()
        statement = _LEFT.where(
            among(outgoing.c.dossier_id, dossier_ids),
            or_(outgoing.c.state != "sent", outgoing.c.sent_at >= since),
        )
        if self._hold:
            await self._connection.run_sync(sequence)
            statement = statement.with_for_update(key_share=True, of=outgoing)
        rows = (await self._connection.execute(statement)).all()
        rows = [row for row in rows if row.state != "waiting"]
        traces = {row.trace for row in rows}
        logged = await self._connection.run_sync(_logged, self._vault, traces)
        found = [_report(row, logged) for row in rows]
        return [e for e in found if e is not None and (e.sent_at is None or e.sent_at >= since)]

    async def received(self, dossier_id: str) -> Sequence[SentReport]:
        """Everything that ever left about somebody, on whatever ground, the first report first."""
        if self._hold:
            await self._connection.run_sync(sequence)
        found = await self._connection.execute(
            _WITH_OUTCOME.where(
                outgoing.c.dossier_id == dossier_id,
                outgoing.c.kind == "report",
                outgoing.c.state != "waiting",
            )
        )
        rows = found.all()
        logged = await self._connection.run_sync(_logged, self._vault, {row.trace for row in rows})
        reports = [_report(row, logged) for row in rows]
        return [each for each in reports if each is not None]

    async def left(self, spans: Collection[str]) -> Mapping[str, tuple[str, datetime | None]]:
        """State and moment of sending of these reports as they are now, by span."""
        found = await self._connection.execute(
            select(outgoing.c.span_id, outgoing.c.state, outgoing.c.sent_at).where(
                outgoing.c.kind == "report", among(outgoing.c.span_id, spans)
            )
        )
        return {row.span_id: (row.state, row.sent_at) for row in found}

    async def unsent(self, dossier_ids: Collection[str]) -> Mapping[str, int]:
        """How many reports about these on the ground of consent wait: `released` and `held`."""
        released = await self._connection.scalar(
            select(func.count())
            .select_from(outgoing.join(outcomes, outcomes.c.span_id == outgoing.c.span_id))
            .where(
                _REPORT,
                outcomes.c.trace == outgoing.c.trace,
                among(outgoing.c.dossier_id, dossier_ids),
                outgoing.c.state.in_(("waiting", "claimed")),
            )
        )
        held = await self._connection.scalar(
            select(func.count())
            .select_from(outcomes.join(inbound, inbound.c.trace == outcomes.c.trace))
            .where(
                inbound.c.state == "held",
                outcomes.c.withdrawn_at.is_(None),
                outcomes.c.outcome == Outcome.HOLD.value,
                among(outcomes.c.dossier_id, dossier_ids),
            )
        )
        found: dict[str, int] = defaultdict(int)
        found["released"], found["held"] = released or 0, held or 0
        return found


def _content(opener: LogOpener, row: AnyRow) -> dict[str, Any] | None:
    try:
        return opener.open(row).content
    except UnopenedError:
        # Altered: as one that is not there, so that a withdrawal can still be recorded.
        return None


def _report(row: AnyRow, logged: Mapping[tuple[str, str], Any]) -> SentReport | None:
    entry, sent = logged.get(("report", row.span_id)), logged.get(("sent", row.span_id))
    sent_at = row.sent_at
    if sent_at is None and sent is not None:
        # It left although its claim had been lost: the outbox calls it withdrawn.
        sent_at = instant_at(sent["record"]["end_time"] * _MILLISECOND)
    if sent_at is None and row.state != "claimed":
        return None
    evidence = entry["evidence"] if entry else {}
    # An entry that is not there says nothing against having shared everything.
    categories = evidence.get("categories", list(Category))
    is_provider = row.sender_side == Side.PROVIDER.value
    return SentReport(
        dossier_id=row.dossier_id,
        provider_id=row.sender_party_id if is_provider else row.recipient_party_id or "",
        trace=row.trace,
        number=row.number,
        span_id=row.span_id,
        reference=row.message_id.removeprefix("<"),
        sent_at=sent_at,
        sender_id=row.sender_contact_id or "",
        recipient_id=row.recipient_contact_id or "",
        categories=frozenset(Category(each) for each in categories),
        free_text=_with_text(evidence.get("disclosed", ())),
        policy_digest=row.policy_digest or "",
        gate=_gate(row),
        bericht_id=row.bericht_id or "",
        paths=tuple(evidence.get("disclosed", ())),
    )


def _gate(row: AnyRow) -> GateSituation | None:
    if row.circumstances is None:
        return None
    kept = read(row.circumstances, row.judgement, row.policy_digest or "")
    return kept.circumstances.gate if kept else None


def _with_text(paths: Sequence[str]) -> frozenset[Category]:
    found = (category_of(path) for path in paths if path.endswith(_FREE_TEXTS))
    return frozenset(category for category in found if category is not None)
