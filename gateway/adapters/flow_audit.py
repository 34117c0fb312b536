"""Proof by query that the record is consistent; run by crash tests and by ``gateway doctor``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

# Each finds what must not be; `{0}` in the sentence is the trace.
_RULES: tuple[tuple[str, str], ...] = (
    (
        "{0}: a report with two standing outcomes",
        """SELECT trace FROM outcomes WHERE withdrawn_at IS NULL
           GROUP BY trace, number HAVING count(*) > 1""",
    ),
    (
        "{0}: handled, and no outcome stands",
        """SELECT trace FROM inbound WHERE state IN ('done', 'held') AND NOT EXISTS (
             SELECT 1 FROM outcomes WHERE outcomes.trace = inbound.trace
             AND withdrawn_at IS NULL)""",
    ),
    (
        "{0}: a report once judged has no outcome that stands",
        """SELECT DISTINCT seen.trace FROM outcomes AS seen
           JOIN inbound ON inbound.trace = seen.trace AND inbound.state IN ('done', 'held')
           WHERE seen.number >= 0 AND NOT EXISTS (
             SELECT 1 FROM outcomes AS standing WHERE standing.trace = seen.trace
             AND standing.number IN (seen.number, -1) AND standing.withdrawn_at IS NULL)""",
    ),
    (
        "{0}: held, and nothing to decide",
        """SELECT trace FROM inbound WHERE state = 'held' AND NOT EXISTS (
             SELECT 1 FROM outcomes WHERE outcomes.trace = inbound.trace
             AND withdrawn_at IS NULL AND outcome = 'hold')
           AND NOT EXISTS (
             SELECT 1 FROM outgoing WHERE outgoing.trace = inbound.trace
             AND outgoing.state = 'undeliverable')""",
    ),
    (
        "{0}: a disclosure without exactly one mail that went or will go",
        """SELECT trace FROM outcomes WHERE outcome = 'forward' AND withdrawn_at IS NULL
           AND (SELECT count(*) FROM outgoing WHERE outgoing.trace = outcomes.trace
                AND outgoing.number = outcomes.number AND kind = 'report'
                AND state IN ('waiting', 'claimed', 'sent')) <> 1""",
    ),
    (
        "{0}: a report went, or will go, and no disclosure stands",
        """SELECT trace FROM outgoing WHERE kind = 'report'
           AND state IN ('waiting', 'claimed', 'sent') AND NOT EXISTS (
             SELECT 1 FROM outcomes WHERE outcomes.trace = outgoing.trace
             AND outcomes.span_id = outgoing.span_id AND outcomes.outcome = 'forward'
             AND outcomes.withdrawn_at IS NULL)""",
    ),
    (
        "{0}: sent under two message ids",
        """SELECT trace FROM outgoing WHERE kind = 'report' AND state = 'sent'
           GROUP BY trace, number HAVING count(DISTINCT message_id) > 1""",
    ),
    (
        "{0}: sealed mail kept after it was settled, or missing before",
        """SELECT trace FROM outgoing LEFT JOIN outgoing_mail ON outgoing_mail.id = outgoing.id
           WHERE (outgoing_mail.id IS NOT NULL) <> (state IN ('waiting', 'claimed'))""",
    ),
    (
        "{0}: an outcome that the log does not know",
        """SELECT trace FROM outcomes WHERE NOT EXISTS (
             SELECT 1 FROM log_entries WHERE log_entries.trace_id = outcomes.trace
             AND log_entries.span_id = outcomes.span_id)
           AND NOT EXISTS (
             SELECT 1 FROM log_pruned WHERE log_pruned.newest_at >= outcomes.recorded_at)""",
    ),
    (
        "{0}: sent, and the log does not say so",
        """SELECT trace FROM outgoing WHERE state = 'sent' AND (
             SELECT count(*) FROM log_entries WHERE log_entries.trace_id = outgoing.trace
             AND kind = 'sent') < (
             SELECT count(*) FROM outgoing AS other WHERE other.trace = outgoing.trace
             AND other.state = 'sent' AND NOT EXISTS (
               SELECT 1 FROM log_pruned WHERE log_pruned.newest_at >= other.sent_at))""",
    ),
    (
        "{0}: neither an answer to a mail nor a reminder nor a letter of duty",
        """SELECT trace FROM outgoing WHERE
             (kind = 'reminder') <> EXISTS (
               SELECT 1 FROM reminder WHERE reminder.trace = outgoing.trace)
             OR (kind = 'duty') <> EXISTS (
               SELECT 1 FROM duty_letter WHERE duty_letter.trace = outgoing.trace)
             OR (kind NOT IN ('reminder', 'duty')) <> EXISTS (
               SELECT 1 FROM inbound WHERE inbound.trace = outgoing.trace)""",
    ),
    (
        "{0}: a letter of duty on record, and none in the outbox",
        """SELECT trace FROM duty_letter WHERE NOT EXISTS (
             SELECT 1 FROM outgoing WHERE outgoing.trace = duty_letter.trace)""",
    ),
    (
        "{0}: on record as told, and no such letter",
        """SELECT trace FROM reminder WHERE NOT EXISTS (
             SELECT 1 FROM outgoing WHERE outgoing.trace = reminder.trace)""",
    ),
    (
        "{0}: still needed, and without its content",
        """SELECT trace FROM inbound WHERE state <> 'done' AND NOT EXISTS (
             SELECT 1 FROM inbound_raw WHERE inbound_raw.trace = inbound.trace)""",
    ),
)


async def audit_outcomes(connection: AsyncConnection) -> list[str]:
    """Every breach of "exactly one standing outcome per report, on record, sent at most once".

    Empty when all is well, at any instant between two transactions.
    """
    found: list[str] = []
    for sentence, query in _RULES:
        rows = await connection.execute(text(query))
        found += [sentence.format(row[0]) for row in rows]
    return found
