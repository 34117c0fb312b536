"""Held mail in the database, as the gateway looks at it by itself (`ports.HeldDesk`)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, insert, or_, select, update

from gateway.adapters.evidence import About, new_span
from gateway.adapters.held_ending import put_back
from gateway.adapters.log_writing import sequence
from gateway.adapters.tables_flow import inbound, outcomes
from gateway.adapters.tables_watching import walk_again
from gateway.domain.stops import Outcome, Reason
from gateway.domain.walking_again import MOST_WALKS, Resting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.adapters.database import Database
    from gateway.adapters.evidence import Scribe
    from gateway.adapters.log_writing import LogWriter
    from gateway.adapters.tables_flow import AnyRow
    from gateway.domain.walking_again import Looked


class DatabaseDesk:
    """Looks without claiming: only who puts a mail back has to be the first."""

    def __init__(self, database: Database, scribe: Scribe, log: LogWriter) -> None:
        self._database = database
        self._scribe = scribe
        self._log = log

    async def doubtful(self, revision: int, now: datetime, limit: int) -> Sequence[Resting]:
        """See the port."""
        async with self._database.reading() as connection:
            found = await connection.execute(
                _DOUBTFUL, {"revision": revision, "now": now, "limit": limit}
            )
            return [_resting(row) for row in found]

    async def walk_again(self, resting: Sequence[Resting], now: datetime) -> Sequence[str]:
        """See the port."""
        rounds = {each.trace: each.round for each in resting}
        return await self._database.write(partial(self._walk_again, rounds, now)) if rounds else []

    def _walk_again(
        self, rounds: dict[str, int], now: datetime, connection: Connection
    ) -> Sequence[str]:
        sequence(connection)
        going = [trace for trace, round_ in rounds.items() if _may_go(connection, trace, round_)]
        for trace in going:
            put_back(connection, trace, now)
            row = {"trace": trace, "round": rounds[trace], "at": now}
            connection.execute(insert(walk_again).values(row))
        entries = [
            self._scribe.settled(
                "walk-again", About(trace=trace, span=new_span()), now, round=rounds[trace]
            )
            for trace in going
        ]
        self._log.append(connection, entries, now)
        return going

    async def looked(self, looked: Sequence[Looked]) -> None:
        """See the port."""
        if looked:
            await self._database.write(partial(_note, looked))


_DOUBTFUL = (
    select(
        outcomes.c.trace,
        inbound.c.rounds,
        outcomes.c.number,
        outcomes.c.sender_contact_id,
        outcomes.c.dossier_id,
        outcomes.c.reasons,
        outcomes.c.facts_digest,
    )
    .join(inbound, inbound.c.trace == outcomes.c.trace)
    .where(
        inbound.c.state == "held",
        outcomes.c.withdrawn_at.is_(None),
        outcomes.c.outcome == Outcome.HOLD.value,
        outcomes.c.number >= 0,
        outcomes.c.sender_contact_id.is_not(None),
        or_(
            outcomes.c.facts_revision.is_(None),
            outcomes.c.facts_revision != bindparam("revision"),
            outcomes.c.facts_until <= bindparam("now"),
        ),
    )
    .order_by(inbound.c.stored_at, outcomes.c.trace, outcomes.c.number)
    .limit(bindparam("limit"))
)
_NOTE = (
    update(outcomes)
    .where(
        outcomes.c.trace == bindparam("of_trace"),
        outcomes.c.number == bindparam("of_number"),
        outcomes.c.withdrawn_at.is_(None),
        outcomes.c.outcome == Outcome.HOLD.value,
    )
    .values(facts_revision=bindparam("revision"), facts_until=bindparam("until"))
)


def _may_go(connection: Connection, trace: str, round_: int) -> bool:
    """Whether this mail is still held in this round, and nobody is deciding about it right now."""
    held = connection.execute(
        select(inbound.c.trace)
        .where(inbound.c.trace == trace, inbound.c.state == "held", inbound.c.rounds == round_)
        .with_for_update(skip_locked=True, key_share=True)
    )
    if held.first() is None:
        return False
    walked = select(func.count()).select_from(walk_again).where(walk_again.c.trace == trace)
    return (connection.execute(walked).scalar() or 0) < MOST_WALKS


def _note(looked: Sequence[Looked], connection: Connection) -> None:
    connection.execute(
        _NOTE,
        [
            {
                "of_trace": each.resting.trace,
                "of_number": each.resting.number,
                "revision": each.revision,
                "until": each.until,
            }
            for each in looked
        ],
    )


def _resting(row: AnyRow) -> Resting:
    return Resting(
        trace=row.trace,
        round=row.rounds,
        number=row.number,
        sender_id=row.sender_contact_id,
        dossier_id=row.dossier_id or "",
        reasons=tuple(Reason(code) for code in row.reasons),
        digest=row.facts_digest,
    )
