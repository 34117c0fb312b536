"""Which reports about one person came, what became of each, and what the log says of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select

from gateway.adapters.audit_writing import KIND as DEED
from gateway.adapters.audit_writing import deed_of
from gateway.adapters.log_queries import about
from gateway.adapters.log_reading import ENTRIES, LogOpener
from gateway.adapters.tables_decisions import decision_facts
from gateway.adapters.tables_flow import REPORT_OF_OUTCOME, inbound, inbound_raw, outcomes, outgoing
from gateway.adapters.tables_log import log_entries, log_pruned
from gateway.adapters.timestamps import instant_at
from gateway.domain.dossier import (
    Consulted,
    Gap,
    Kept,
    Missing,
    Named,
    Processed,
    Report,
    Withholding,
)
from gateway.domain.stops import WHOLE_MAIL, Outcome
from gateway.ledger.envelope import UnopenedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from gateway.adapters.tables_flow import AnyRow
    from gateway.adapters.vault import Vault
    from gateway.domain.histories import Roster
    from gateway.domain.log_terms import LogTerms

_MILLISECOND = 1000
_JOINED = (
    select(
        outcomes,
        outgoing.c.state.label("delivery"),
        outgoing.c.sent_at,
        outgoing.c.message_id,
        inbound.c.received_at,
        inbound.c.stored_at,
        inbound.c.state.label("mail_state"),
        inbound.c.oversize,
        inbound_raw.c.trace.label("kept"),
        decision_facts.c.circumstances,
    )
    .outerjoin(outgoing, REPORT_OF_OUTCOME)
    .outerjoin(
        decision_facts,
        and_(*(decision_facts.c[key] == outcomes.c[key] for key in ("trace", "round", "number"))),
    )
    .outerjoin(inbound, inbound.c.trace == outcomes.c.trace)
    .outerjoin(inbound_raw, inbound_raw.c.trace == outcomes.c.trace)
    .order_by(outcomes.c.recorded_at, outcomes.c.trace, outcomes.c.number, outcomes.c.round)
)
# In mails that are kept: about nobody who is known, or held as a whole.
_DOUBTFUL = _JOINED.where(
    outcomes.c.dossier_id.is_(None),
    or_(outcomes.c.number != WHOLE_MAIL, outcomes.c.outcome == Outcome.HOLD.value),
    outcomes.c.withdrawn_at.is_(None),
    inbound_raw.c.trace.is_not(None),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What reading depends on: the article of a reason, terms of the log, how long mail is kept."""

    article_of: Callable[[str], str]
    terms: LogTerms
    keep: timedelta


@dataclass(slots=True, kw_only=True)
class Flow:
    """What was read; `evidence` is what entries vouch for, by kind and span."""

    reports: list[Report] = field(default_factory=list)
    processing: list[Processed] = field(default_factory=list)
    consultations: list[Consulted] = field(default_factory=list)
    doubtful: list[Report] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    evidence: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    ended: dict[str, datetime] = field(default_factory=dict)


def read_flow(
    connection: Connection, vault: Vault, roster: Roster, dossier_id: str, rules: Rules
) -> Flow:
    """All of it, in the caller's transaction; what does not open is said to be missing."""
    flow = Flow()
    _read_log(connection, vault, dossier_id, rules, flow)
    rows = connection.execute(_JOINED.where(_theirs(dossier_id))).all()
    oldest = _pruned_until(connection)
    for row in rows:
        flow.reports.append(_report(row, roster, rules, flow))
        if ("report", row.span_id) not in flow.evidence and not _known_gap(row, oldest, flow):
            place = f"{row.trace}/{row.number}"
            flow.missing.append(Missing(gap=Gap.UNLOGGED, where=place, at=row.recorded_at))
    flow.reports += _only_logged(rows, roster, rules, flow)
    doubtful = connection.execute(_DOUBTFUL).all()
    flow.doubtful = [_report(row, roster, rules, flow) for row in doubtful]
    return flow


def _theirs(dossier_id: str) -> Any:
    return or_(outcomes.c.dossier_id == dossier_id, outgoing.c.dossier_id == dossier_id)


# --- the log ------------------------------------------------------------------------


def _read_log(
    connection: Connection, vault: Vault, dossier_id: str, rules: Rules, flow: Flow
) -> None:
    opener = LogOpener(vault)
    theirs = ENTRIES.where(about(dossier_id)).order_by(log_entries.c.seq)
    for row in connection.execute(theirs):
        try:
            entry = opener.open(row)
        except UnopenedError:
            _unopened(row, flow)
            continue
        head, at = entry.head, instant_at(entry.head.at * _MILLISECOND)
        until = rules.terms.until(head.activity_id, head.at)
        content = entry.content or {}
        if head.kind == DEED:
            flow.consultations.append(
                Consulted(
                    number=row.seq,
                    at=at,
                    action=deed_of(head, content, dossier_id).action.value,
                    activity_id=head.activity_id,
                    kept_until=until,
                )
            )
            continue
        _remember(head.kind, content, flow)
        flow.processing.append(
            Processed(
                number=row.seq,
                at=at,
                kind=head.kind,
                activity_id=head.activity_id,
                entry=content,
                kept_until=until,
            )
        )


def _unopened(row: AnyRow, flow: Flow) -> None:
    flow.missing.append(Missing(gap=Gap.ENTRY, where=f"entry {row.seq}", at=row.recorded_at))
    if row.kind != DEED:
        flow.processing.append(
            Processed(
                number=row.seq,
                at=row.recorded_at,
                kind=row.kind,
                activity_id="",
                entry=None,
                kept_until=None,
            )
        )


def _remember(kind: str, content: Mapping[str, Any], flow: Flow) -> None:
    record, evidence = content.get("record", {}), content.get("evidence", {})
    flow.evidence[kind, str(record.get("span_id"))] = {**evidence, "record": record}
    if kind == "sent":
        at = instant_at(record["end_time"] * _MILLISECOND)
        flow.ended[str(record.get("parent_span_id"))] = at


def _pruned_until(connection: Connection) -> datetime | None:
    found = connection.execute(select(log_pruned.c.newest_at)).scalars().all()
    return max(found, default=None)


def _known_gap(row: AnyRow, pruned: datetime | None, flow: Flow) -> bool:
    """Whether its entry went with its term, or is there and was named as altered already."""
    if pruned is not None and row.recorded_at <= pruned:
        return True
    return any(each.gap is Gap.ENTRY and each.at == row.recorded_at for each in flow.missing)


# --- reports ------------------------------------------------------------------------


def _report(row: AnyRow, roster: Roster, rules: Rules, flow: Flow) -> Report:
    evidence = flow.evidence.get(("report", row.span_id), {})
    return Report(
        span_id=row.span_id,
        trace=row.trace,
        number=row.number,
        round=row.round,
        bericht_id=row.bericht_id or "",
        reference=(row.message_id or str(evidence.get("message_id") or "")).strip("<>"),
        decided_at=row.recorded_at,
        outcome=row.outcome,
        reasons=tuple(_reasons(row.reasons, rules)),
        withdrawn=row.withdrawn_at is not None,
        state=row.delivery or "",
        sent_at=row.sent_at or flow.ended.get(row.span_id),
        sender=named(roster, row.sender_contact_id, row.recorded_at),
        recipient=named(roster, row.recipient_contact_id, row.recorded_at),
        ground=row.ground or "",
        policy=row.policy_digest or "",
        kept=Kept.HERE if row.kept is not None else Kept.GONE,
        decided_on=json.loads(row.circumstances) if row.circumstances else None,
        received_at=row.received_at,
        kept_until=_kept_until(row, rules),
        **_vouched(evidence, rules),
    )


def _kept_until(row: AnyRow, rules: Rules) -> datetime | None:
    """None while the mail still waits for something, or is gone."""
    return row.stored_at + rules.keep if row.kept is not None and row.mail_state == "done" else None


def _vouched(evidence: Mapping[str, Any], rules: Rules) -> dict[str, Any]:
    return {
        "articles": tuple(evidence.get("articles", ())),
        "categories": tuple(evidence.get("categories", ())),
        "disclosed": tuple(evidence.get("disclosed", ())),
        "withheld": tuple(
            Withholding(
                path=each["path"], reason=each["reason"], article=rules.article_of(each["reason"])
            )
            for each in evidence.get("withheld", ())
        ),
    }


def _reasons(codes: Iterable[str], rules: Rules) -> Iterator[Withholding]:
    for code in codes:
        yield Withholding(path="", reason=code, article=rules.article_of(code))


def _only_logged(
    rows: Sequence[AnyRow], roster: Roster, rules: Rules, flow: Flow
) -> Iterator[Report]:
    """Reports that the log knows and no outcome tells of any more."""
    spans = {row.span_id for row in rows}
    for (kind, span), evidence in flow.evidence.items():
        if kind != "report" or span in spans:
            continue
        record = evidence["record"]
        at = instant_at(record["end_time"] * _MILLISECOND)
        yield Report(
            span_id=span,
            trace=str(record["trace_id"]),
            number=int(evidence.get("number") or 0),
            round=int(evidence.get("round") or 0),
            bericht_id=str(evidence.get("bericht_id") or ""),
            reference=str(evidence.get("message_id") or "").strip("<>"),
            decided_at=at,
            outcome=str(evidence.get("outcome") or ""),
            reasons=tuple(_reasons(evidence.get("reasons", ()), rules)),
            withdrawn=False,
            state="",
            sent_at=flow.ended.get(span),
            sender=named(roster, evidence.get("sender"), at),
            recipient=named(roster, evidence.get("recipient"), at),
            ground=str(evidence.get("ground") or ""),
            policy=str(evidence.get("policy") or ""),
            kept=Kept.GONE,
            **_vouched(evidence, rules),
        )


def named(roster: Roster, contact_id: str | None, at: datetime) -> Named | None:
    """A contact as they were then, or as last known; None for nobody, or somebody unknown."""
    found = roster.contacts.get(contact_id or "")
    if found is None:
        return None
    contact = found.even_if_gone(at)
    return Named(
        contact_id=contact.contact_id,
        name=contact.name,
        organisation=contact.party.name,
        side=contact.party.side,
    )
