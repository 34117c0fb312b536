"""Legal holds as they are kept: placed, lifted, and asked before anything goes."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from sqlalchemy import insert, select

from gateway.adapters.among import among
from gateway.adapters.log_queries import about, conditions
from gateway.adapters.log_writing import sequence
from gateway.adapters.looking import operator_of
from gateway.adapters.tables_flow import inbound
from gateway.adapters.tables_log import log_entries, log_index
from gateway.adapters.tables_log_kept import log_holds
from gateway.adapters.tables_register import dossier
from gateway.domain.audit import Action, Deed, DeedResult
from gateway.domain.holds import Held, Hold, HoldError, HoldRefusal, checked_reference
from gateway.domain.register import Refusal, RegisterError
from gateway.ledger.reading import Query
from gateway.ledger.tiles import WIDTH

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Select

    # Puts deeds on record in the transaction of the deed; `DeedLog.write` is one.
    Deeds = Callable[[Connection, Sequence[Deed]], None]


_ENTRIES: Final = select(log_entries.c.seq).select_from(
    log_entries.outerjoin(log_index, log_index.c.seq == log_entries.c.seq)
)


class LogHolds:
    """Places and lifts holds, each a deed in its own transaction; `origin` is the account.

    Every method runs in the caller's transaction.  Raises `RegisterError` for who is no
    operator, `HoldError` for what cannot be held or lifted, `BrokenLogError`.
    """

    def __init__(self, deeds: Deeds, origin: str) -> None:
        self._deeds = deeds
        self._origin = origin

    def place(
        self, connection: Connection, held: Held, reference: str, *, by: str, now: datetime
    ) -> Hold:
        """From now on nothing of this is pruned, nor this person erased."""
        held.check()
        reference = checked_reference(reference)
        sequence(connection)
        actor = operator_of(connection, by, self._origin).operator_id
        if held.subject:
            known = select(dossier.c.dossier_id).where(dossier.c.dossier_id == held.subject)
            if connection.execute(known).first() is None:
                raise RegisterError(Refusal.UNKNOWN_DOSSIER)
        if held.mail and connection.execute(_on(Held(mail=held.mail)).limit(1)).first() is None:
            raise HoldError(HoldRefusal.MAIL)
        hold = Hold(
            hold_id=secrets.token_hex(4),
            held=held,
            reference=reference,
            placed_at=now,
            placed_by=actor,
        )
        connection.execute(insert(log_holds), self._row(hold, now, actor, placed=True))
        self._record(connection, hold, Action.HOLD_PLACED, actor, now)
        return hold

    def lift(self, connection: Connection, hold_id: str, *, by: str, now: datetime) -> Hold:
        """This hold keeps nothing any more."""
        sequence(connection)
        actor = operator_of(connection, by, self._origin).operator_id
        known = {each.hold_id: each for each in holds(connection)}
        if hold_id not in known:
            raise HoldError(HoldRefusal.UNKNOWN)
        hold = known[hold_id]
        if hold.lifted_at is not None:
            raise HoldError(HoldRefusal.LIFTED)
        connection.execute(insert(log_holds), self._row(hold, now, actor, placed=False))
        self._record(connection, hold, Action.HOLD_LIFTED, actor, now)
        return Hold(
            hold_id=hold_id,
            held=hold.held,
            reference=hold.reference,
            placed_at=hold.placed_at,
            placed_by=hold.placed_by,
            lifted_at=now,
            lifted_by=actor,
        )

    def _row(self, hold: Hold, now: datetime, actor: str, *, placed: bool) -> dict[str, object]:
        held = hold.held
        return {
            "hold_id": hold.hold_id,
            "placed": placed,
            "dossier_id": (held.subject or None) if placed else None,
            "mail": (held.mail or None) if placed else None,
            "since": held.since if placed else None,
            "until": held.until if placed else None,
            "reference": hold.reference,
            "recorded_at": now,
            "recorded_by": actor,
            "origin": self._origin,
        }

    def _record(
        self, connection: Connection, hold: Hold, action: Action, actor: str, now: datetime
    ) -> None:
        deed = Deed(
            at=now,
            actor=actor,
            action=action,
            about="" if hold.held.subject else f"hold/{hold.hold_id}",
            result=DeedResult.DONE,
            origin=self._origin,
            detail=f"hold/{hold.hold_id}",
            subject=hold.held.subject,
        )
        self._deeds(connection, [deed])


def holds(connection: Connection) -> Sequence[Hold]:
    """Every hold that ever was, in the order of placing."""
    rows = connection.execute(select(log_holds).order_by(log_holds.c.id)).all()
    lifted = {row.hold_id: row for row in rows if not row.placed}
    found = []
    for row in (each for each in rows if each.placed):
        end = lifted.get(row.hold_id)
        found.append(
            Hold(
                hold_id=row.hold_id,
                held=Held(
                    subject=row.dossier_id or "",
                    mail=row.mail or "",
                    since=row.since,
                    until=row.until,
                ),
                reference=row.reference,
                placed_at=row.recorded_at,
                placed_by=row.recorded_by,
                lifted_at=end.recorded_at if end else None,
                lifted_by=end.recorded_by if end else None,
            )
        )
    return found


def standing(connection: Connection) -> Sequence[Hold]:
    """The holds that are not lifted."""
    return [each for each in holds(connection) if each.lifted_at is None]


def refuse_if_held(connection: Connection, dossier_id: str) -> None:
    """Raises `HoldError` where a standing hold is on any entry about this person, or on them."""
    helds = [each.held for each in standing(connection)]
    if any(each.subject == dossier_id for each in helds):
        raise HoldError(HoldRefusal.HELD)
    theirs = about(dossier_id)
    for kept in _kept(connection, [each for each in helds if not each.subject]):
        if connection.execute(kept.where(theirs).limit(1)).first():
            raise HoldError(HoldRefusal.HELD)


def held_blocks(connection: Connection, span: range) -> frozenset[int]:
    """Which blocks of 256 entries, by number, a standing hold keeps of these entries."""
    inside = (log_entries.c.seq >= span.start, log_entries.c.seq < span.stop)
    found: set[int] = set()
    for kept in _kept(connection, [each.held for each in standing(connection)]):
        found |= {row.seq // WIDTH for row in connection.execute(kept.where(*inside))}
    return frozenset(found)


def _kept(connection: Connection, helds: Sequence[Held]) -> Sequence[Select[tuple[int]]]:
    """Which entries these keep; a breach holds each mail of a mailbox, and those are asked as one.

    Each on its own is looked for among all mail that went out, since it may be a reference.
    """
    alone = {each.mail for each in helds if each.mail and each == Held(mail=each.mail)}
    known = select(inbound.c.trace).where(among(inbound.c.trace, sorted(alone)))
    traces = set(connection.scalars(known)) if alone else set()
    rest = [_on(each) for each in helds if each != Held(mail=each.mail) or each.mail not in traces]
    if not traces:
        return rest
    return [_ENTRIES.where(among(log_entries.c.trace_id, sorted(traces))), *rest]


def _on(held: Held) -> Select[tuple[int]]:
    query = Query(mail=held.mail, subject=held.subject, since=held.since, until=held.until)
    return _ENTRIES.where(*conditions(query))
