"""What a server told of a mail of ours, put on record with the notification that told it.

The report that did not arrive is held under its own trace, and those concerned are told;
a report that another mailbox had opens an incident proposal.  Nothing here sends, releases
or decides.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from gateway.adapters import tables_incidents as incidents
from gateway.adapters.answering import spared
from gateway.adapters.evidence import About, new_span
from gateway.adapters.flow_rows import (
    drop,
    hold_report,
    locked,
    post_answers,
    withdraw_answers,
)
from gateway.adapters.incident_rows import disclosure_row, opened_by_itself
from gateway.adapters.sent_reports import report_that_left
from gateway.adapters.tables_flow import inbound, inbound_raw, outgoing
from gateway.adapters.tables_register import register_state, stamp
from gateway.domain.audit import MACHINE
from gateway.domain.delivery import News
from gateway.domain.incidents import IncidentKind
from gateway.domain.stages import Post
from gateway.domain.stops import Hold, Reason, Reject

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.adapters.audit_writing import DeedLog
    from gateway.adapters.evidence import Scribe
    from gateway.adapters.flow_rows import Walk
    from gateway.adapters.tables_flow import AnyRow
    from gateway.adapters.vault import Vault
    from gateway.domain.outcomes import Mailed, Returned
    from gateway.domain.stops import Stop
    from gateway.ledger.records import Entry

_OPEN = ("waiting", "claimed")
# Until what is being handed over, or walks, is at rest; or what waits for a server has a turn.
SOON, LATER = timedelta(seconds=2), timedelta(minutes=5)


class Returning:
    """Part of the ledger, and of its transaction; under the log's lock."""

    def __init__(self, vault: Vault, scribe: Scribe, deeds: DeedLog) -> None:
        self._vault = vault
        self._scribe = scribe
        self._deeds = deeds

    def early(self, connection: Connection, walk: Walk) -> timedelta | None:
        """After how long this notification walks again; None where it can be put on record now.

        A mail that was told of may still be in somebody's hands, or the mail that it came
        from may be walking: what is told comes after that, and is not lost.
        """
        ids = [each.fate.letter.outgoing_id for each in walk.handled.returned]
        if not ids:
            return None
        found = connection.execute(
            select(outgoing.c.state, outgoing.c.kind, inbound.c.state.label("mail"))
            .outerjoin(inbound, inbound.c.trace == outgoing.c.trace)
            .where(outgoing.c.id.in_(ids))
        )
        open_ = {
            state
            for row in found
            for state in (row.state, row.mail if row.kind == Post.REPORT.value else "")
            if state in _OPEN
        }
        return None if not open_ else SOON if open_ == {"claimed"} else LATER

    def settle(self, connection: Connection, walk: Walk, now: datetime) -> list[Entry]:
        """What becomes of the mails that were told of; the entries that say so."""
        entries: list[Entry] = []
        for told in walk.handled.returned:
            for row in locked(connection, outgoing.c.id == told.fate.letter.outgoing_id):
                entry = self._entry(row, told, walk.trace, now)
                entries.append(entry)
                # First, because it withdraws what waits to be said of that mail.
                if told.fate.news is News.FAILED and row.state == "sent":
                    entries += self._came_back(connection, row, told, entry.span_id, now)
                if told.fate.strayed:
                    self._propose(connection, row, told, walk.trace, now)
        return entries

    def _entry(self, row: AnyRow, told: Returned, notification: str, now: datetime) -> Entry:
        fate = told.fate
        return self._scribe.settled(
            "returned" if fate.news is News.FAILED else "delivery",
            About(
                trace=row.trace, span=new_span(), parent=row.span_id, subject=row.dossier_id or None
            ),
            now,
            mail=row.kind,
            number=row.number if row.kind == Post.REPORT.value else None,
            message_id=row.message_id,
            news=fate.news.value,
            status=fate.status or None,
            elsewhere=True if fate.elsewhere else None,
            notification=notification,
        )

    def _came_back(
        self, connection: Connection, row: AnyRow, told: Returned, span: str, now: datetime
    ) -> list[Entry]:
        if row.kind == Post.REMINDER.value:
            return []
        drop(connection, [row.id], state="returned")
        if row.kind != Post.REPORT.value:
            return []
        hold_report(connection, row, span, now, _stop(connection, row))
        unsent = withdraw_answers(connection, [row.trace])
        self._tell(connection, row, told.back, now)
        return [
            self._scribe.settled(
                "withdrawn",
                About(trace=each.trace, span=new_span(), parent=each.span_id),
                now,
                mail=each.kind,
                message_id=each.message_id,
            )
            for each in unsent
        ]

    def _tell(
        self, connection: Connection, row: AnyRow, letters: Sequence[Mailed], now: datetime
    ) -> None:
        about = About(trace=row.trace, span=row.span_id)
        # That it did not arrive, and that it was elsewhere, count once.
        going = spared(connection, row.id, letters, now)
        post_answers(connection, self._vault, about, going, now)

    def _propose(
        self, connection: Connection, row: AnyRow, told: Returned, notification: str, now: datetime
    ) -> None:
        report = report_that_left(connection, self._vault, row.id)
        # Whose register entries are gone cannot be named; the log says it all the same.
        if report is None or not report.provider_id or _is_proposed(connection, row):
            return
        incident_id = secrets.token_hex(4)
        revision = connection.execute(select(register_state.c.revision)).scalar_one_or_none()
        recorded = {"revision": revision or 0, "recorded_at": stamp(now), "recorded_by": MACHINE}
        connection.execute(
            insert(incidents.incident_proposal).values(
                incident_id=incident_id,
                kind=IncidentKind.OTHER_MAILBOX.value,
                occurred_at=stamp(report.sent_at or now),
                detected_at=stamp(now),
                evidence=f"notification {notification}",
                **recorded,
            )
        )
        row_of = {
            "incident_id": incident_id,
            **recorded,
            **disclosure_row(report, report.provider_id),
        }
        connection.execute(insert(incidents.incident_disclosure).values(row_of))
        self._deeds.write(connection, [opened_by_itself(incident_id, now)])
        self._tell(connection, row, told.strayed, now)


def _stop(connection: Connection, row: AnyRow) -> Stop:
    """Held while its mail can still be read; else its sender has to send it again."""
    kept = connection.execute(
        select(inbound_raw.c.trace).where(inbound_raw.c.trace == row.trace)
    ).one_or_none()
    return Hold(Reason.CAME_BACK) if kept is not None else Reject(Reason.NOT_ARRIVED)


def _is_proposed(connection: Connection, row: AnyRow) -> bool:
    disclosure, proposal = incidents.incident_disclosure, incidents.incident_proposal
    found = connection.execute(
        select(disclosure.c.id)
        .join(proposal, proposal.c.incident_id == disclosure.c.incident_id)
        .where(
            disclosure.c.trace == row.trace,
            disclosure.c.number == row.number,
            proposal.c.kind == IncidentKind.OTHER_MAILBOX.value,
        )
        .limit(1)
    )
    return found.one_or_none() is not None
