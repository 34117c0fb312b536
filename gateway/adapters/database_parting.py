"""What a provider that takes part no longer is asked for, on record once (convenant 12.11)."""

from __future__ import annotations

import secrets
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from gateway.adapters.log_writing import sequence
from gateway.adapters.register_helping import help_from
from gateway.adapters.tables_register import designation, register_state, stamp
from gateway.adapters.tables_rights import help_answer, help_request, provider_end
from gateway.domain.audit import MACHINE, Action, Deed, by_itself
from gateway.domain.duty_letters import someone_of
from gateway.domain.helping import Direction, due_after
from gateway.domain.parting import ARTICLES, asked_already, parted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.adapters.audit_writing import DeedLog
    from gateway.adapters.database import Database
    from gateway.domain.helping import HelpRequest, What
    from gateway.domain.histories import Roster
    from gateway.domain.parting import Parted


class DatabaseParting:
    """Implements `duties.notifying.Parting`: asks for `what`, with so many days to answer."""

    def __init__(
        self, database: Database, deeds: DeedLog, what: What, *, working_days: int
    ) -> None:
        self._database = database
        self._deeds = deeds
        self._what = what
        self._working_days = working_days

    async def ask(self, roster: Roster, now: datetime) -> Sequence[str]:
        """See the port."""
        ended = parted(roster, now)
        if not ended:
            return ()
        known = await self._database.look(_known)
        new = [each for each in ended if (each.party_id, stamp(each.began)) not in known]
        if not new:
            return ()
        return await self._database.write(partial(self._ask, new, roster, now))

    def _ask(
        self, ended: Sequence[Parted], roster: Roster, now: datetime, connection: Connection
    ) -> Sequence[str]:
        # Under the log's lock, so that of two gateways one asks.
        sequence(connection)
        known = _known(connection)
        new = [each for each in ended if (each.party_id, stamp(each.began)) not in known]
        opened = [self._one(connection, each, roster, now) for each in new]
        asked = [each for each in opened if each]
        if asked:
            self._deeds.write(connection, [_deed(each, self._what, now) for each in asked])
        return asked

    def _one(self, connection: Connection, of: Parted, roster: Roster, now: datetime) -> str:
        """The id of what was asked; empty where nothing has to be, or an officer asked before."""
        before = asked_already(_requests(connection), of)
        people = _people(connection, of.party_id)
        contact = _contact(roster, of.party_id, now)
        new = secrets.token_hex(4) if before is None and people and contact else ""
        revision = connection.scalar(select(register_state.c.revision)) or 0
        recorded = {"revision": revision, "recorded_at": stamp(now), "recorded_by": MACHINE}
        if new:
            connection.execute(
                insert(help_request).values(
                    help_id=new,
                    direction=Direction.TO.value,
                    what=self._what.value,
                    party_id=of.party_id,
                    contact_id=contact,
                    articles=" ".join(map(str, ARTICLES)),
                    reference=of.reference,
                    asked_at=stamp(now),
                    due_at=stamp(due_after(now, self._working_days)),
                    people=people,
                    **recorded,
                )
            )
        connection.execute(
            insert(provider_end).values(
                party_id=of.party_id,
                began_at=stamp(of.began),
                why=of.why.value,
                help_id=new or (before.help_id if before else None),
                **recorded,
            )
        )
        return new


def _known(connection: Connection) -> frozenset[tuple[str, int | None]]:
    rows = connection.execute(select(provider_end.c.party_id, provider_end.c.began_at))
    return frozenset((row.party_id, row.began_at) for row in rows)


def _requests(connection: Connection) -> Sequence[HelpRequest]:
    answers = {row.help_id: row._asdict() for row in connection.execute(select(help_answer))}
    rows = connection.execute(select(help_request))
    return [help_from(row._asdict(), answers.get(row.help_id)) for row in rows]


def _people(connection: Connection, party_id: str) -> int:
    """About how many it is: every dossier for which it is, was or will be designated."""
    theirs = select(func.count(designation.c.dossier_id.distinct())).where(
        designation.c.party_id == party_id
    )
    return connection.scalar(theirs) or 0


def _contact(roster: Roster, party_id: str, now: datetime) -> str:
    """Who is asked: whoever can be written to, or else anybody there, for an officer to call."""
    found = someone_of(roster, party_id, now)
    if found is not None:
        return found.contact_id
    theirs = (each for each, of in roster.contacts.items() if of.party.party_id == party_id)
    return min(theirs, default="")


def _deed(help_id: str, what: What, now: datetime) -> Deed:
    return by_itself(Action.HELP_ASKED, f"help/{help_id}", now, detail=what.value)
