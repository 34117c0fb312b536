"""What was erased in part and came back with a restored database: erased again, and no more.

The papers of consent events, by the numbers that the list beside the database or the
certificate names, and settled mail.  What was recorded or came in after the erasure stays: an
older database gives its numbers out again.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.adapters.among import among
from gateway.adapters.erased_list import is_ours, part_mark_of, sealed
from gateway.adapters.erasing_register import papers_gone
from gateway.adapters.erasing_standing import read_papers_of
from gateway.adapters.erasures import Erasure
from gateway.adapters.log_forgetting import forget_as_asked
from gateway.adapters.register_sql import SqlRows
from gateway.adapters.tables_erasing import erasure
from gateway.adapters.timestamps import instant_at
from gateway.domain.audit import MACHINE
from gateway.domain.erasing import without_consent
from gateway.domain.holds import HoldError
from gateway.ledger.certificates import AGAIN, Part

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.adapters.audit_writing import DeedLog
    from gateway.adapters.database import Database
    from gateway.adapters.tables_flow import AnyRow
    from gateway.adapters.vault import Vault


class _NothingLeftError(Exception):
    """Inside a savepoint: what was erased then is not here, so nothing is put on record."""


class PartsAgain:
    """Erases them by itself; `origin` is the account, or the instance of a gateway."""

    def __init__(self, database: Database, vault: Vault, deeds: DeedLog, *, origin: str) -> None:
        self._database = database
        self._vault = vault
        self._deeds = deeds
        self._origin = origin

    async def again(self, parts: Collection[Part], people: Mapping[str, str], now: datetime) -> int:
        """Erase what is here of these; how many.  `people` are dossiers by their mark.

        A part whose erasure this database knows did not come back.  A legal hold keeps
        it until that is lifted; mail that waits goes at a later time, once it is settled.
        """
        ours = [each for each in parts if is_ours(self._vault, each)]
        known = await self._database.look(partial(_known, ours))
        count = 0
        for each in ours:
            if each.erasure not in known and each.mark in people:
                count += await self._erase(people[each.mark], each, now)
        return count

    async def _erase(self, dossier_id: str, part: Part, now: datetime) -> int:
        async with self._database.reading() as connection:
            papers = await read_papers_of(SqlRows(connection), dossier_id)
        # What was recorded since bears a number that may be that of something else then.
        then = [each for each in papers if each[2].recorded_at <= part.until]
        events = part.events
        if events is None:
            events = without_consent(then, part.until)
        wanted = Erasure(
            dossier_id=dossier_id,
            reason=AGAIN,
            by=MACHINE,
            origin=self._origin,
            at=now,
            events=events & {number for number, _, _ in then},
            until=part.until,
        )
        return await self._database.write(partial(self._unless_held, wanted))

    def _unless_held(self, wanted: Erasure, connection: Connection) -> int:
        try:
            with connection.begin_nested():
                done = forget_as_asked(connection, self._deeds, wanted)
                if not any(done.counts.values()):
                    raise _NothingLeftError
        except (HoldError, _NothingLeftError):
            return 0
        return 1


def parts_of(connection: Connection, vault: Vault) -> Sequence[Part]:
    """Every part that was erased here, as it is known again; what was done again is no other."""
    rows = connection.execute(
        select(erasure).where(erasure.c.whole.is_(False), erasure.c.reason != AGAIN)
    )
    return [
        sealed(
            vault,
            Part(
                erasure=row.erasure_id,
                mark=part_mark_of(vault, row.dossier_id),
                events=events_of(connection, row),
                until=instant_at(row.recorded_at),
            ),
        )
        for row in rows.all()
    ]


def events_of(connection: Connection, row: AnyRow) -> frozenset[int] | None:
    """The consent events whose papers this erasure took; None for all of a person, and again."""
    if row.whole or row.reason == AGAIN:
        return None
    return papers_gone(connection, row.dossier_id, row.events_until)


def _known(parts: Collection[Part], connection: Connection) -> frozenset[str]:
    of = erasure.c.erasure_id
    found = select(of).where(among(of, sorted({each.erasure for each in parts})))
    return frozenset(row.erasure_id for row in connection.execute(found))
