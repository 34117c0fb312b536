"""Answers to letters of duty, put on record with the mail that they came in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.adapters.database_duties import By, confirm
from gateway.adapters.tables_duties import duty_confirmation
from gateway.domain.audit import MACHINE
from gateway.domain.confirming import Confirmation
from gateway.domain.duty_letters import Confirmed
from gateway.domain.outcomes import Ended

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.adapters.audit_writing import DeedLog
    from gateway.adapters.flow_rows import Walk


def record_replies(
    connection: Connection, deeds: DeedLog, walks: Sequence[Walk], now: datetime
) -> None:
    """Each letter is confirmed by the first answer to it; a later one changes nothing."""
    for walk in walks:
        for each in walk.settled:
            stop = each.stop if isinstance(each, Ended) else None
            if isinstance(stop, Confirmation) and not _known(connection, stop):
                by = By(actor=MACHINE, at=now, origin="", trace=walk.trace)
                confirm(connection, deeds, stop.letter, Confirmed.REPLY, by)


def _known(connection: Connection, stop: Confirmation) -> bool:
    mine = duty_confirmation.c.letter_id == stop.letter.letter_id
    found = connection.execute(select(duty_confirmation.c.letter_id).where(mine))
    return found.one_or_none() is not None
