"""Whose term is over, and who came back with a restored database: erased without being asked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.adapters.erased_list import mark_of, part_mark_of
from gateway.adapters.erasing_parts import PartsAgain
from gateway.adapters.erasing_standing import read_standing
from gateway.adapters.erasures import Erasure
from gateway.adapters.log_forgetting import forget_as_asked
from gateway.adapters.register_sql import SqlRows
from gateway.adapters.tables_register import (
    dossier_circumstance,
    dossier_secret,
    register_state,
    stamp,
)
from gateway.domain.audit import MACHINE
from gateway.domain.erasing import Ground, goes_at, obstacles, retained_until
from gateway.domain.holds import HoldError
from gateway.ledger.certificates import AGAIN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.adapters.audit_writing import DeedLog
    from gateway.adapters.database import Database
    from gateway.adapters.vault import Vault
    from gateway.domain.erasing import Terms
    from gateway.ledger.certificates import Erased


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One person whose term of retention is over, and when they go by themselves."""

    dossier_id: str
    term_ended: datetime
    goes_at: datetime


class Retention:
    """Erases by itself; `origin` is the account, or the instance of a gateway."""

    def __init__(
        self, database: Database, vault: Vault, deeds: DeedLog, terms: Terms, *, origin: str
    ) -> None:
        self._database = database
        self._vault = vault
        self._deeds = deeds
        self._terms = terms
        self._origin = origin

    async def coming(self, now: datetime) -> tuple[int, Sequence[Due]]:
        """The register's revision, and whose term is over: who goes now, and who later.

        A hold on a mail or a period is found when it is tried.
        """
        async with self._database.reading() as connection:
            rows = SqlRows(connection)
            ended = dossier_circumstance.c.duty_end <= stamp(now)
            found = await connection.execute(
                select(dossier_circumstance.c.dossier_id)
                .distinct()
                .join(
                    dossier_secret, dossier_secret.c.dossier_id == dossier_circumstance.c.dossier_id
                )
                .where(ended, dossier_secret.c.wrapped_key.is_not(None))
                .order_by(dossier_circumstance.c.dossier_id)
            )
            due: list[Due] = []
            for (dossier_id,) in found.all():
                standing = await read_standing(rows, dossier_id, now)
                until, at = retained_until(standing, self._terms), goes_at(standing, self._terms)
                barred = obstacles(standing, Ground.TERM_OVER, self._terms, now)
                if until is not None and at is not None and not barred:
                    due.append(Due(dossier_id=dossier_id, term_ended=until, goes_at=at))
            return await rows.revision(), due

    async def due(self, now: datetime) -> tuple[int, Sequence[Due]]:
        """As `coming`, of those who go now."""
        revision, coming = await self.coming(now)
        return revision, [each for each in coming if each.goes_at <= now]

    async def erase_due(self, now: datetime) -> int:
        """Erase them; how many.  What changed meanwhile waits for the next time."""
        revision, due = await self.due(now)
        count = 0
        for each in due:
            erasure = self._erasure(each.dossier_id, Ground.TERM_OVER.value, now)
            done = await self._database.write(partial(self._unless_changed, erasure, revision))
            revision += done
            count += done
        return count

    async def again(self, erased: Erased, now: datetime) -> int:
        """Erase who bears one of these marks and is here with their key, and these parts; how many.

        A legal hold that came back with them keeps them until it is lifted, and nobody else.
        """
        if not erased.marks and not erased.parts:
            return 0
        here = {mark_of(self._vault, e): e for e in await self._database.look(_with_key)}
        count = 0
        for mark in sorted(erased.marks & here.keys()):
            erasure = self._erasure(here[mark], AGAIN, now)
            count += await self._database.write(partial(self._unless_held, erasure))
        still = {mark: here[mark] for mark in here.keys() - erased.marks}
        # Certificates of before parts had a mark of their own bear the other one.
        still |= {part_mark_of(self._vault, each): each for each in still.values()}
        parts = PartsAgain(self._database, self._vault, self._deeds, origin=self._origin)
        return count + await parts.again(erased.parts, still, now)

    def _unless_changed(self, erasure: Erasure, revision: int, connection: Connection) -> int:
        locked = select(register_state.c.revision).with_for_update()
        if connection.scalar(locked) != revision:
            return 0
        return self._unless_held(erasure, connection)

    def _unless_held(self, erasure: Erasure, connection: Connection) -> int:
        try:
            with connection.begin_nested():
                forget_as_asked(connection, self._deeds, erasure)
        except HoldError:
            return 0
        return 1

    def _erasure(self, dossier_id: str, reason: str, now: datetime) -> Erasure:
        return Erasure(
            dossier_id=dossier_id, reason=reason, by=MACHINE, origin=self._origin, at=now
        )


def _with_key(connection: Connection) -> list[str]:
    there = dossier_secret.c.wrapped_key.is_not(None)
    return [row.dossier_id for row in connection.execute(select(dossier_secret).where(there))]
