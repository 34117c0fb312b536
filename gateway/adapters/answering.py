"""Whether one more letter goes to somebody, counted in the database for all gateways at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from gateway.adapters.tables_flow import answers_counted
from gateway.domain.sparing import REMEMBERED, may_answer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.domain.outcomes import Mailed
    from gateway.domain.sparing import Occasion


def spared(
    connection: Connection, trace: str, mailed: Sequence[Mailed], now: datetime
) -> Sequence[Mailed]:
    """Those of these letters about one mail that go; each of them counts from now on.

    To be called under the log's lock, so that no two transactions count at once.
    """
    return [
        each
        for each in mailed
        if each.occasion is None or _goes(connection, each.contact_id, each.occasion, trace, now)
    ]


def _goes(
    connection: Connection, contact_id: str, occasion: Occasion, trace: str, now: datetime
) -> bool:
    counted = answers_counted
    hers = (counted.c.contact_id == contact_id, counted.c.occasion == occasion.value)
    connection.execute(delete(counted).where(*hers, counted.c.at <= now - REMEMBERED))
    rows = connection.execute(select(counted.c.at, counted.c.trace).where(*hers))
    before = [(row.at, row.trace) for row in rows]
    if not may_answer(occasion, before, trace, now):
        return False
    if all(trace != known for _, known in before):
        row = {"contact_id": contact_id, "occasion": occasion.value, "trace": trace, "at": now}
        connection.execute(insert(counted).values(row))
    return True
