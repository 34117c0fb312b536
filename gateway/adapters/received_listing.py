"""What came in and was not passed on, one by one, with what record and log say of each.

Which fields a report held is on record only where a walk came so far as to withhold them one
by one; which categories, where a decision table was asked.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.adapters.among import among
from gateway.adapters.audit_writing import KIND
from gateway.adapters.log_reading import ENTRIES, LogOpener
from gateway.adapters.received_counting import held_in
from gateway.adapters.received_terms import DERIVED, DIRECT, came_in
from gateway.adapters.tables_decisions import decision_facts
from gateway.adapters.tables_erasing import erasure_original
from gateway.adapters.tables_flow import inbound_raw
from gateway.adapters.tables_log import log_entries, log_pruned
from gateway.domain.audit import Action
from gateway.domain.bijsluiter import Category
from gateway.domain.received import Came, Lies, Received
from gateway.domain.stops import WHOLE_MAIL, Outcome
from gateway.domain.sureness import Sureness
from gateway.ledger.envelope import UnopenedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from gateway.adapters.tables_flow import AnyRow
    from gateway.adapters.vault import Vault
    from gateway.domain.scope import Criterion

_BATCH = 500
_SURE = {DIRECT: Sureness.RECORDED, DERIVED: Sureness.DERIVED}
_SAID = {
    Came.HELD: Outcome.HOLD.value,
    Came.REFUSED: Outcome.REJECT.value,
    Came.NO_REPORT: Outcome.IGNORE.value,
}
_JUDGED = ("mail", "report")
_UNREADABLE: Mapping[str, Any] = {}


@dataclass(slots=True)
class _Known:
    """What is known beside the record, of some mails; by trace, by report, or by span."""

    stored: set[str] = field(default_factory=set)
    to_go: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    held: dict[tuple[str, int], frozenset[Category]] = field(default_factory=dict)
    withheld: dict[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)
    spans: dict[str, tuple[str, Mapping[str, Any] | None]] = field(default_factory=dict)


def received(
    connection: Connection, vault: Vault, criterion: Criterion, *, verify: bool
) -> list[Received]:
    """All that meets it or may meet it, oldest first; with `verify` each held against the log."""
    came = came_in(connection, criterion)
    order = (came.c.received_at, came.c.trace, came.c.number)
    rows = connection.execute(select(came).order_by(*order)).all()
    opener, pruned = LogOpener(vault), _is_pruned(connection)
    found: list[Received] = []
    for first in range(0, len(rows), _BATCH):
        batch = rows[first : first + _BATCH]
        known = _known(connection, opener, sorted({row.trace for row in batch}))
        found += [_received(row, known, verify=verify, pruned=pruned) for row in batch]
    return found


def _received(row: AnyRow, known: _Known, *, verify: bool, pruned: bool) -> Received:
    its, state = (row.trace, row.number), Came(row.state)
    sureness = _SURE.get(row.how, Sureness.POSSIBLE)
    if verify and sureness is not Sureness.POSSIBLE:
        sureness = _checked(row, state, sureness, known, pruned=pruned)
    return Received(
        dossier_id=row.dossier_id or "",
        trace=row.trace,
        number=row.number,
        span_id=row.span_id,
        received_at=row.received_at,
        mailbox=row.mailbox,
        sender_id=row.sender_id or "",
        sender_party=row.sender_party or "",
        opened_by=row.opened_by or "",
        state=state,
        reasons=tuple(json.loads(row.reasons)),
        categories=known.held.get(its),
        fields=known.withheld.get(its, ()),
        original=_lies(row.trace, known),
        stored=row.trace in known.stored,
        sureness=sureness,
    )


def _lies(trace: str, known: _Known) -> Lies:
    if trace in known.to_go:
        return Lies.TO_GO
    return Lies.GONE if trace in known.gone else Lies.THERE


def _checked(
    row: AnyRow, state: Came, sureness: Sureness, known: _Known, *, pruned: bool
) -> Sureness:
    """As `scope_verifying` has it: what cannot be read stays as sure as it was."""
    if not row.span_id:
        return sureness  # nothing was decided yet
    if row.span_id not in known.spans:
        return sureness if pruned else Sureness.DISPUTED
    kind, content = known.spans[row.span_id]
    if content is None:
        return sureness
    if not content:
        return Sureness.DISPUTED
    evidence = content.get("evidence", {})
    # Somebody decided after the walk, or it came back: that has an entry of another kind.
    if kind in _JUDGED and state in _SAID and not _agrees(row, evidence, _SAID[state]):
        return Sureness.DISPUTED
    return Sureness.VERIFIED if sureness is Sureness.RECORDED else sureness


def _agrees(row: AnyRow, evidence: Mapping[str, Any], outcome: str) -> bool:
    said = (evidence.get("outcome"), evidence.get("sender"))
    # Of a mail that was stopped as a whole since, the entry of the report says what was before.
    return said == (said[0] if row.before else outcome, row.sender_id)


def _known(connection: Connection, opener: LogOpener, traces: Sequence[str]) -> _Known:
    found = _Known()
    for table, kept in ((inbound_raw, found.stored), (erasure_original, found.to_go)):
        where = among(table.c.trace, traces)
        kept.update(connection.execute(select(table.c.trace).where(where)).scalars())
    facts = decision_facts.c
    judged = select(facts.trace, facts.number, facts.circumstances).where(
        among(facts.trace, traces)
    )
    for row in connection.execute(judged.order_by(facts.round)):
        held = frozenset(Category(each) for each in held_in(row.circumstances))
        found.held[row.trace, row.number] = held
    entries = ENTRIES.where(among(log_entries.c.trace_id, traces)).order_by(log_entries.c.seq)
    for row in connection.execute(entries):
        _note(found, row, _content(opener, row))
    return found


def _note(found: _Known, row: AnyRow, content: Mapping[str, Any] | None) -> None:
    if row.kind == KIND:
        action = (content or {}).get("deed", {}).get("action")
        if action == Action.ORIGINAL_REMOVED.value:
            found.gone.add(row.trace_id)
        return
    found.spans[row.span_id] = (row.kind, content)
    evidence = (content or {}).get("evidence", {})
    number = evidence.get("number")
    if row.kind == "report" and isinstance(number, int) and number > WHOLE_MAIL:
        paths = dict.fromkeys(str(each["path"]) for each in evidence.get("withheld", ()))
        found.withheld[row.trace_id, number] = tuple(paths)


def _content(opener: LogOpener, row: AnyRow) -> Mapping[str, Any] | None:
    """What an entry says; None where its key is destroyed, empty where it was altered."""
    try:
        return opener.open(row).content
    except UnopenedError:
        return _UNREADABLE


def _is_pruned(connection: Connection) -> bool:
    return connection.execute(select(log_pruned.c.first).limit(1)).first() is not None
