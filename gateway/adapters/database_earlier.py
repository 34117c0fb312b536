"""Mails whose reports were sent, and whose originals are still there (`gate.EarlierMail`)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import and_, select

from gateway.adapters.among import among
from gateway.adapters.tables_flow import inbound, inbound_raw, outcomes, outgoing
from gateway.domain.earlier import SentBefore, opened_again
from gateway.domain.stages import Post
from gateway.domain.whom import Whom

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection

    from gateway.adapters.database import Database

# What came back is not among them: the recipient did not have it.
_LAST_FIRST = (
    select(
        outgoing.c.trace,
        inbound.c.size,
        outgoing.c.number,
        inbound.c.oversize,
        outgoing.c.dossier_id,
        outgoing.c.sender_id,
        outcomes.c.recipient_contact_id,
    )
    .join(inbound, inbound.c.trace == outgoing.c.trace)
    .join(inbound_raw, inbound_raw.c.trace == outgoing.c.trace)
    .join(
        outcomes,
        and_(outcomes.c.trace == outgoing.c.trace, outcomes.c.span_id == outgoing.c.span_id),
    )
    .where(outgoing.c.kind == Post.REPORT.value, outgoing.c.state == "sent")
    .order_by(outgoing.c.sent_at.desc(), outgoing.c.trace.desc(), outgoing.c.number)
)


class DatabaseEarlier:
    """Finds them in the outbox."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def before(self, wanted: Collection[Whom], trace: str) -> Sequence[SentBefore]:
        """See the port."""
        return await self._database.look(partial(_before, wanted, trace))


def _before(wanted: Collection[Whom], trace: str, connection: Connection) -> Sequence[SentBefore]:
    people = sorted({each.dossier_id for each in wanted})
    rows = connection.execute(
        _LAST_FIRST.where(among(outgoing.c.dossier_id, people), outgoing.c.trace != trace)
    )
    return opened_again(
        (row.trace, row.size, row.number, row.oversize)
        for row in rows
        if Whom(row.dossier_id, row.sender_id, row.recipient_contact_id) in wanted
    )
