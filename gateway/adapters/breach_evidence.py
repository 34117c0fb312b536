"""What is frozen with a breach: the log as it was, and its entries, held while the case lasts."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from gateway.adapters.log_writing import sequence
from gateway.adapters.looking import actor_of
from gateway.adapters.tables_breaches import (
    REMOVABLE,
    breach_disclosure,
    breach_evidence,
    breach_removed,
    breach_step,
    breach_unnamed,
)
from gateway.adapters.tables_log import log_checkpoints
from gateway.adapters.tables_log_kept import log_holds
from gateway.adapters.tables_register import register_state, stamp
from gateway.adapters.timestamps import instant_at
from gateway.domain.audit import MACHINE, Action, Deed, DeedResult
from gateway.domain.breach_terms import Step
from gateway.domain.breaches import Frozen
from gateway.domain.sureness import Sureness
from gateway.ledger.checkpoints import Checkpoint
from gateway.ledger.notes import Note

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.adapters.register_writing import Writing
    from gateway.domain.breaches import Breach

    # Puts deeds on record in the transaction of the deed; `DeedLog.write` is one.
    Deeds = Callable[[Connection, Sequence[Deed]], None]

# What is kept of all that a breach concerns.
_CONCERNED = (breach_disclosure, breach_unnamed)


def freeze(connection: Connection, breach_id: str, occasion: Step, writing: Writing) -> list[Deed]:
    """Keep the log's newest checkpoint and the digest of the scope; hold the entries concerned.

    In the transaction of the change, and last: nothing is pruned between it and the commit.
    Holds are placed for what this change added, which closing does not; what has to go on record
    of it.
    """
    sequence(connection)
    traces = _traces(connection, breach_id, writing.revision)
    if occasion is Step.EXTENDED:
        traces = traces.difference(_holds_of(connection, breach_id).values())
    newest = connection.execute(
        select(log_checkpoints).order_by(log_checkpoints.c.size.desc()).limit(1)
    ).first()
    checkpoint = Checkpoint.parse(Note.parse(newest.note).text) if newest else None
    connection.execute(
        insert(breach_evidence).values(
            breach_id=breach_id,
            occasion=occasion.value,
            size=checkpoint.size if checkpoint else 0,
            root=checkpoint.root.hex() if checkpoint else "",
            note=newest.note if newest else b"",
            scope_digest=scope_digest(connection, breach_id),
            holds=len(traces),
            revision=writing.revision,
            recorded_at=stamp(writing.now),
            recorded_by=writing.by,
        )
    )
    return _held(connection, breach_id, sorted(traces), writing)


def scope_digest(connection: Connection, breach_id: str) -> str:
    """SHA-256 in hex over the references of all it concerns; the same whoever was erased since."""
    lines: list[str] = []
    for table in _CONCERNED:
        rows = connection.execute(
            select(table.c.span_id, table.c.trace, table.c.number)
            .where(table.c.breach_id == breach_id)
            .order_by(table.c.id)
        )
        lines += [f"{row.span_id} {row.trace} {row.number}" for row in rows]
    return hashlib.sha256("\n".join([breach_id, *lines]).encode()).hexdigest()


def evidence(connection: Connection, breach_id: str) -> Sequence[Frozen]:
    """What was frozen, at its opening and each time it was extended or closed."""
    rows = connection.execute(
        select(breach_evidence)
        .where(breach_evidence.c.breach_id == breach_id)
        .order_by(breach_evidence.c.id)
    )
    return [
        Frozen(
            occasion=Step(row.occasion),
            size=row.size,
            root=row.root,
            note=bytes(row.note).decode(),
            scope_digest=row.scope_digest,
            holds=row.holds,
            at=instant_at(row.recorded_at),
        )
        for row in rows
    ]


def take_out(
    connection: Connection,
    breach: Breach,
    *,
    by: str | None,
    now: datetime,
    origin: str,
    deeds: Deeds,
) -> bool:
    """As `remove`, on record: the deed of the operator who is meant, or of the gateway itself.

    False, and nothing is done, where another gateway took it out meanwhile, or somebody opened it
    again since it was read.  Raises `RegisterError`.
    """
    # First the register, then the log: the order of every change of the register.
    connection.execute(select(register_state.c.revision).with_for_update())
    sequence(connection)
    closed_at = _closed_at(connection, breach.breach_id)
    if closed_at is None or closed_at != breach.closed_at:
        return False
    actor = MACHINE if by is None else actor_of(connection, by, origin)
    found = remove(connection, breach.breach_id, closed_at, by=actor, now=now, origin=origin)
    deeds(connection, found)
    return True


def _closed_at(connection: Connection, breach_id: str) -> datetime | None:
    """When it was closed, while it is and is there."""
    step = breach_step.c
    ends = step.step.in_((Step.CLOSED.value, Step.REOPENED.value))
    found = select(step.step, step.recorded_at).where(step.breach_id == breach_id, ends)
    last = connection.execute(found.order_by(step.revision.desc(), step.id.desc())).first()
    if last is None or last.step != Step.CLOSED.value:
        return None
    return instant_at(last.recorded_at)


def remove(
    connection: Connection,
    breach_id: str,
    closed_at: datetime,
    *,
    by: str,
    now: datetime,
    origin: str,
) -> list[Deed]:
    """Take it out of the register and lift its holds; what has to go on record of it.

    The database refuses a breach that was closed less than three years ago.
    """
    sequence(connection)
    connection.execute(
        insert(breach_removed).values(
            breach_id=breach_id, closed_at=stamp(closed_at), removed_at=stamp(now), removed_by=by
        )
    )
    for table in REMOVABLE:
        connection.execute(delete(table).where(table.c.breach_id == breach_id))
    lifted = _holds_of(connection, breach_id)
    rows = [_hold_row(each, breach_id, now=now, by=by, origin=origin) for each in lifted]
    if rows:
        connection.execute(insert(log_holds), rows)
    told = (Action.BREACH_REMOVED, *([Action.HOLD_LIFTED] if lifted else []))
    return [_deed(action, breach_id, by, now, origin) for action in told]


def reference(breach_id: str) -> str:
    """What the holds of a breach refer to."""
    return f"breach/{breach_id}"


def _traces(connection: Connection, breach_id: str, revision: int) -> set[str]:
    """The mails of what this change added to it."""
    found: set[str] = set()
    for table in _CONCERNED:
        its = (
            table.c.breach_id == breach_id,
            table.c.revision == revision,
            # What only may belong here is counted, and nothing of it is kept longer for that.
            table.c.sure != Sureness.POSSIBLE.value,
        )
        found |= set(connection.execute(select(table.c.trace).where(*its)).scalars())
    return found


def _holds_of(connection: Connection, breach_id: str) -> Mapping[str, str | None]:
    """Those that stand, by id: the mail that each is on, if it is on one."""
    lifted = select(log_holds.c.hold_id).where(~log_holds.c.placed)
    found = select(log_holds.c.hold_id, log_holds.c.mail).where(
        log_holds.c.reference == reference(breach_id),
        log_holds.c.placed,
        log_holds.c.hold_id.not_in(lifted),
    )
    # Not every hold that there ever was, one by one: everybody who adds to the log waits.
    return {row.hold_id: row.mail for row in connection.execute(found)}


def _held(
    connection: Connection, breach_id: str, traces: Sequence[str], writing: Writing
) -> list[Deed]:
    if not traces:
        return []
    now, by, origin = writing.now, writing.by, writing.origin
    rows = [
        _hold_row(secrets.token_hex(8), breach_id, trace=trace, now=now, by=by, origin=origin)
        for trace in traces
    ]
    connection.execute(insert(log_holds), rows)
    return [_deed(Action.HOLD_PLACED, breach_id, by, now, origin)]


def _hold_row(
    hold_id: str,
    breach_id: str,
    *,
    trace: str | None = None,
    now: datetime,
    by: str,
    origin: str,
) -> dict[str, object]:
    return {
        "hold_id": hold_id,
        "placed": trace is not None,
        "dossier_id": None,
        "mail": trace,
        "since": None,
        "until": None,
        "reference": reference(breach_id),
        "recorded_at": now,
        "recorded_by": by,
        "origin": origin,
    }


def _deed(action: Action, breach_id: str, by: str, now: datetime, origin: str) -> Deed:
    return Deed(
        at=now,
        actor=by,
        action=action,
        about=reference(breach_id),
        result=DeedResult.DONE,
        origin=origin,
    )
