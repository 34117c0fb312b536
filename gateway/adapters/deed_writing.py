"""One deed in the log, in a transaction of its own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gateway.adapters.evidence import milliseconds, new_span, new_trace
from gateway.adapters.log_writing import LogWriter, sequence
from gateway.ledger.records import Entry

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.adapters.database import Database
    from gateway.adapters.vault import Vault
    from gateway.domain.audit import Deed
    from gateway.ledger.records import Plain


async def write_deed(database: Database, vault: Vault, deed: Deed, activity_id: str) -> None:
    """On record when this returns; raises `Retry`, or `BrokenLogError`.

    Sealed under the log's own key, and about nobody to LDV: who looked has to stay
    answerable when the person is erased.
    """
    said: dict[str, Plain] = {
        "at": milliseconds(deed.at),
        "actor": deed.actor,
        "action": deed.action.value,
        "about": deed.about,
        "result": deed.result.value,
        "origin": deed.origin,
        "detail": deed.detail,
    }
    made = Entry(
        kind="audit",
        at=milliseconds(deed.at),
        trace_id=deed.trace or new_trace(),
        span_id=new_span(),
        activity_id=activity_id,
        body=lambda _pseudonym: {"deed": said},
    )
    await database.write(partial(_append, vault, made, deed))


def _append(vault: Vault, made: Entry, deed: Deed, connection: Connection) -> None:
    sequence(connection)
    LogWriter(vault).append(connection, [made], deed.at)
