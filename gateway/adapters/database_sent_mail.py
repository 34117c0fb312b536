"""What left, for those who read what comes back (implements `gate.SentMail`)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, or_, select

from gateway.adapters.among import among
from gateway.adapters.outer_header import names_itself
from gateway.adapters.tables_flow import inbound_raw, outcomes, outgoing
from gateway.domain.delivery import BELIEVED_FOR, SentLetter
from gateway.domain.stages import Post

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.adapters.database import Database
    from gateway.adapters.tables_flow import AnyRow
    from gateway.domain.histories import Roster
    from gateway.domain.stages import RawMail

# Left, or being handed over: a server may answer before we have put on record that it took it.
_LEFT = or_(
    outgoing.c.state.in_(("sent", "returned", "claimed")),
    and_(outgoing.c.state == "waiting", outgoing.c.attempts > 0),
)
_NEWEST_FIRST = (
    select(
        outgoing,
        outcomes.c.recipient_contact_id,
        inbound_raw.c.trace.is_not(None).label("kept"),
    )
    .outerjoin(
        outcomes,
        and_(outcomes.c.trace == outgoing.c.trace, outcomes.c.span_id == outgoing.c.span_id),
    )
    .outerjoin(inbound_raw, inbound_raw.c.trace == outgoing.c.trace)
    .where(_LEFT)
    .order_by(outgoing.c.created_at.desc())
)


class DatabaseSentMail:
    """`roster` gives the register's contacts as of now, `address` is the gateway's own."""

    def __init__(
        self, database: Database, *, roster: Callable[[], Awaitable[Roster]], address: str
    ) -> None:
        self._database = database
        self._roster = roster
        self._address = address.casefold()

    async def named(self, message_ids: Collection[str], instant: datetime) -> Sequence[SentLetter]:
        """Our mails under these Message-IDs that left `BELIEVED_FOR` before then, or less."""
        rows = await self._database.look(partial(_named, message_ids, instant - BELIEVED_FOR))
        if not rows:
            return ()
        roster = await self._roster()
        return [_letter(row, roster, instant) for row in rows]

    async def wrote(self, raw: RawMail) -> bool:
        """Whether this mail says that it is ours: by its Message-ID, or by its only From."""
        message_id, author = names_itself(raw.content)
        if author.casefold() == self._address:
            return True
        return bool(message_id) and await self._database.look(partial(_known, message_id))


async def returned_since(database: Database, since: datetime) -> Mapping[str, int]:
    """How many reports that left since then came back, by the contact they went to."""
    return await database.look(partial(_returned, since))


def _returned(since: datetime, connection: Connection) -> Mapping[str, int]:
    count = func.count()
    found = connection.execute(
        select(outcomes.c.recipient_contact_id, count)
        .join(
            outgoing,
            and_(outgoing.c.trace == outcomes.c.trace, outgoing.c.span_id == outcomes.c.span_id),
        )
        .where(outgoing.c.state == "returned", outgoing.c.sent_at >= since)
        .group_by(outcomes.c.recipient_contact_id)
        .order_by(count.desc())
    )
    return {str(who): int(times) for who, times in found}


def _named(
    message_ids: Collection[str], since: datetime, connection: Connection
) -> Sequence[AnyRow]:
    """Of each the one that left last: a report that was sent again has its old name."""
    found = connection.execute(
        _NEWEST_FIRST.where(
            among(outgoing.c.message_id, message_ids),
            or_(outgoing.c.sent_at.is_(None), outgoing.c.sent_at >= since),
        )
    )
    newest: dict[str, AnyRow] = {}
    for row in found:
        newest.setdefault(row.message_id, row)
    return list(newest.values())


def _known(message_id: str, connection: Connection) -> bool:
    found = connection.execute(
        select(outgoing.c.id).where(outgoing.c.message_id == message_id).limit(1)
    )
    return found.one_or_none() is not None


def _letter(row: AnyRow, roster: Roster, instant: datetime) -> SentLetter:
    report = row.kind == Post.REPORT.value
    contact = roster.contacts.get(row.recipient_contact_id or "")
    return SentLetter(
        outgoing_id=row.id,
        trace=row.trace,
        post=Post(row.kind),
        message_id=row.message_id,
        recipient=contact.even_if_gone(row.sent_at or instant).address if contact else "",
        number=row.number if report else None,
        sender_id=row.sender_id or "",
        kept=bool(row.kept),
    )
