"""What is on record of the report that a correction names, in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.adapters.decision_rows import read
from gateway.adapters.quick_reading import Query
from gateway.adapters.timestamps import microseconds
from gateway.domain.replacing import Passed, Record
from gateway.domain.stops import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from gateway.adapters.database import Database
    from gateway.domain.stages import RawMail

# What came in earlier than this mail and has no outcome yet counts only for a stored mail.
_ON_RECORD = Query(
    """
SELECT 'passed' AS kind, o.trace, o.number, o.outcome, o.withdrawn_at, o.dossier_id,
    o.recipient_contact_id, g.state, d.circumstances, d.judgement, d.policy_digest,
    o.sender_contact_id
FROM outcomes o
LEFT JOIN outgoing g ON g.trace = o.trace AND g.span_id = o.span_id AND g.kind = 'report'
LEFT JOIN decision_facts d ON d.trace = o.trace AND d.span_id = o.span_id
WHERE o.bericht_id = :replaced AND o.sender_party_id = :party_id AND o.recorded_at <= :instant
UNION ALL
SELECT 'again', o.trace, o.number, NULL, CAST(NULL AS BIGINT), NULL, NULL, NULL, NULL, NULL, NULL,
    NULL
FROM outcomes o
WHERE o.replaces = :replaced AND o.sender_party_id = :party_id AND o.outcome = 'forward'
    AND o.withdrawn_at IS NULL AND o.trace <> :trace AND o.recorded_at <= :instant
UNION ALL
SELECT 'unread', u.trace, 0, NULL, CAST(NULL AS BIGINT), NULL, NULL, NULL, NULL, NULL, NULL,
    NULL
FROM (
    SELECT i.trace FROM inbound i JOIN inbound mine ON mine.trace = :trace
    WHERE i.due_at IS NOT NULL AND i.trace < mine.trace LIMIT 1
) AS u
"""
)


async def on_record(database: Database, replaced: UUID, party_id: str, raw: RawMail) -> Record:
    """Of this report of this party, as the mail `raw` finds it at its instant."""
    rows = await database.fetch(
        _ON_RECORD,
        {
            "replaced": str(replaced),
            "party_id": party_id,
            "trace": raw.trace,
            "instant": microseconds(raw.instant),
        },
    )
    kinds = [row[0] for row in rows]
    return Record(
        passed=[_passed(row) for row in rows if row[0] == "passed"],
        again="again" in kinds,
        unread="unread" in kinds,
    )


def _passed(row: Sequence[Any]) -> Passed:
    judgement = read(row[8], row[9], row[10]) if row[8] is not None else None
    return Passed(
        trace=row[1],
        number=row[2],
        outcome=Outcome(row[3]),
        withdrawn=row[4] is not None,
        dossier_id=row[5] or "",
        recipient_id=row[6] or "",
        posted=row[7] or "",
        sender_id=row[11] or "",
        shared=judgement.shared if judgement is not None else None,
    )
