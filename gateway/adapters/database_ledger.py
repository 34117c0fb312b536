"""The record: outcomes, log entries and outbox rows of whole mails, in one transaction."""

from __future__ import annotations

import secrets
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, literal_column, select, update
from sqlalchemy.exc import IntegrityError

from gateway.adapters.among import among, among_given
from gateway.adapters.answering import spared
from gateway.adapters.at_rest import OUTGOING
from gateway.adapters.database_returning import Returning
from gateway.adapters.disclosing import disclose, released
from gateway.adapters.duty_replies import record_replies
from gateway.adapters.evidence import About, Walked, dossier_of, new_span
from gateway.adapters.flow_rows import (
    EMPTY_OUTGOING,
    Rows,
    Walk,
    address_of,
    answer_row,
    facts_row,
    judgement_of,
    number_of,
    outcome_row,
    report_row,
    withdraw_answers,
)
from gateway.adapters.log_writing import sequence
from gateway.adapters.tables_decisions import decision_facts
from gateway.adapters.tables_flow import FINAL, inbound, outcomes, outgoing, outgoing_mail
from gateway.domain.outcomes import Ended
from gateway.domain.stops import WHOLE_MAIL, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.adapters.audit_writing import DeedLog
    from gateway.adapters.database import Database
    from gateway.adapters.evidence import Scribe
    from gateway.adapters.log_writing import LogWriter
    from gateway.adapters.vault import Vault
    from gateway.domain.outcomes import Handled, Settled
    from gateway.ports import Claimed


class DatabaseLedger:
    """Releases what was walked.  No log, no mail."""

    def __init__(
        self, database: Database, vault: Vault, scribe: Scribe, log: LogWriter, deeds: DeedLog
    ) -> None:
        self._database = database
        self._blobs = vault
        self._scribe = scribe
        self._log = log
        self._deeds = deeds
        self._returning = Returning(vault, scribe, deeds)

    async def release(self, handled: Sequence[tuple[Claimed, Handled]], now: datetime) -> None:
        """One transaction for all these mails; see the port.

        Should the database itself find two of them in conflict, each is tried
        alone, so that one mail's trouble is not the others'.
        """
        if not handled:
            return
        try:
            await self._database.write(partial(self._release, handled, now))
        except IntegrityError:
            for each in handled:
                await self._release_alone(each, now)

    async def _release_alone(self, each: tuple[Claimed, Handled], now: datetime) -> None:
        try:
            await self._database.write(partial(self._release, [each], now))
        except IntegrityError:
            # Counted, so that it ends with the officer and not in a circle.
            await self._database.write(partial(_count, each[0], now))

    def _release(
        self,
        handled: Sequence[tuple[Claimed, Handled]],
        now: datetime,
        connection: Connection,
    ) -> None:
        sequence(connection)
        walks = self._in_time(connection, _fenced(connection, handled), now)
        again = [walk for walk in walks if walk.walked.round]
        _know_what_stands(connection, again)
        walks, left_out = _undisclosed(connection, walks)
        for walk in walks:
            walk.answers = spared(connection, walk.trace, walk.handled.mailed, now)
        rows = self._rows(connection, walks, now)
        self._supersede(connection, [w for w in again if w in walks], rows, now)
        _insert(connection, rows)
        _end(connection, walks, left_out, now)
        self._log.append(connection, rows.entries, now)
        told = [entry for walk in walks for entry in self._returning.settle(connection, walk, now)]
        self._log.append(connection, told, now)
        record_replies(connection, self._deeds, walks, now)

    def _in_time(
        self, connection: Connection, walks: Sequence[Walk], now: datetime
    ) -> Sequence[Walk]:
        """Those that can be put on record now; the others walk again in a while."""
        kept: list[Walk] = []
        for walk in walks:
            after = self._returning.early(connection, walk)
            if after is None:
                kept.append(walk)
            else:
                waiting = update(inbound).where(inbound.c.trace == walk.trace)
                connection.execute(waiting.values(due_at=now + after, **_WAITING))
        return kept

    def _rows(self, connection: Connection, walks: Sequence[Walk], now: datetime) -> Rows:
        rows = Rows()
        for walk in walks:
            rows.entries.append(
                self._scribe.mail(walk.handled, walk.answers, walk.span, walk.walked, now)
            )
            for settled in walk.settled:
                self._settle(rows, walk, settled, now)
            for mailed in walk.answers:
                self._post(rows, answer_row(walk, mailed, now), mailed.mail, mailed.recipient)
        return rows

    def _settle(self, rows: Rows, walk: Walk, settled: Settled, now: datetime) -> None:
        if number_of(settled) == WHOLE_MAIL:
            # A whole mail's stop is on record with the mail itself.
            rows.outcomes.append(outcome_row(walk, settled, walk.span, now))
            return
        about = About(
            trace=walk.trace, span=new_span(), parent=walk.span, subject=dossier_of(settled) or None
        )
        rows.entries.append(self._scribe.report(walk.handled, settled, about, walk.walked, now))
        rows.outcomes.append(outcome_row(walk, settled, about.span, now))
        judgement = judgement_of(settled)
        if judgement is not None:
            rows.facts.append(facts_row(walk, number_of(settled), judgement, about.span, now))
        if not isinstance(settled, Ended):
            row = report_row(walk, settled, about.span, now)
            self._post(rows, row, settled.mail, address_of(settled))
            rows.disclosed.append(released(walk, settled, about.span, now))

    def _post(self, rows: Rows, row: dict[str, object], mail: bytes, recipient: str) -> None:
        id_ = secrets.token_hex(16)
        sealed = self._blobs.seal_blob(OUTGOING, id_, recipient.encode() + b"\x00" + mail)
        rows.outgoing.append({**EMPTY_OUTGOING, **row, "id": id_, "size": len(mail)})
        rows.mails.append({"id": id_, "sealed": sealed})

    def _supersede(
        self, connection: Connection, again: Sequence[Walk], rows: Rows, now: datetime
    ) -> None:
        """What an earlier walk of these mails left: its holds, and answers not yet sent."""
        if not again:
            return
        traces = [walk.trace for walk in again]
        connection.execute(
            update(outcomes)
            .where(
                among(outcomes.c.trace, traces),
                outcomes.c.withdrawn_at.is_(None),
                outcomes.c.outcome.not_in(FINAL),
            )
            .values(withdrawn_at=now)
        )
        for row in withdraw_answers(connection, traces):
            about = About(trace=row.trace, span=new_span(), parent=row.span_id)
            rows.entries.append(
                self._scribe.settled(
                    "withdrawn", about, now, mail=row.kind, message_id=row.message_id
                )
            )


# Written out, because an index over part of a table is not used for what may be any value.
_DISCLOSED = (outcomes.c.withdrawn_at.is_(None), outcomes.c.outcome == literal_column("'forward'"))
# Built once: putting a statement together costs more than running it.
_CLAIMED = (
    select(inbound.c.trace, inbound.c.claim_token, inbound.c.rounds, inbound.c.digest)
    .where(among_given(inbound.c.trace, "offered"), inbound.c.state == "claimed")
    .order_by(inbound.c.stored_at, inbound.c.trace)
    .with_for_update(key_share=True)
)
_DISCLOSURES = select(outcomes.c.bericht_id, outcomes.c.sender_party_id).where(
    among_given(outcomes.c.bericht_id, "wanted"), *_DISCLOSED
)
_REST = (
    update(inbound)
    .where(among_given(inbound.c.trace, "walked"))
    .values(
        state=bindparam("new_state"),
        rounds=inbound.c.rounds + 1,
        due_at=None,
        claim_token=None,
        claimed_by=None,
    )
)
_SIGNED = (
    update(inbound)
    .where(inbound.c.trace == bindparam("walked"))
    .values(signed=bindparam("signed_once"))
)
_WAITING = {"state": "waiting", "claim_token": None, "claimed_by": None}


def _count(claimed: Claimed, now: datetime, connection: Connection) -> None:
    connection.execute(
        update(inbound)
        .where(inbound.c.trace == claimed.raw.trace, inbound.c.claim_token == claimed.token)
        .values(due_at=now, attempts=inbound.c.attempts + 1, **_WAITING)
    )


def _fenced(connection: Connection, handled: Sequence[tuple[Claimed, Handled]]) -> list[Walk]:
    """The mails that are still this gateway's; a lost claim records nothing."""
    offered = {
        claimed.raw.trace: (claimed, each)
        for claimed, each in handled
        if each.outcome is not Outcome.RETRY and each.raw.trace == claimed.raw.trace
    }
    found = connection.execute(_CLAIMED, {"offered": list(offered)})
    return [
        Walk(handled=offered[row.trace][1], walked=Walked(row.digest, row.rounds))
        for row in found
        if row.claim_token == offered[row.trace][0].token
    ]


def _know_what_stands(connection: Connection, again: Sequence[Walk]) -> None:
    """What went, or is on its way, is not sent twice; what stands refused is not sent at all."""
    if not again:
        return
    standing: dict[str, set[int]] = {}
    found = connection.execute(
        select(outcomes.c.trace, outcomes.c.number).where(
            among(outcomes.c.trace, [walk.trace for walk in again]),
            outcomes.c.withdrawn_at.is_(None),
            outcomes.c.outcome.in_(FINAL),
        )
    )
    for row in found:
        standing.setdefault(row.trace, set()).add(row.number)
    for walk in again:
        walk.standing = frozenset(standing.get(walk.trace, ()))


def _undisclosed(connection: Connection, walks: Sequence[Walk]) -> tuple[list[Walk], list[Walk]]:
    """Those whose reports nobody disclosed yet, and those to be left out."""
    wanted = {key[0] for walk in walks for key in walk.disclosures}
    taken: set[tuple[str, str]] = set()
    if wanted:
        found = connection.execute(_DISCLOSURES, {"wanted": list(wanted)})
        taken = {(row.bericht_id, row.sender_party_id) for row in found}
    kept: list[Walk] = []
    left_out: list[Walk] = []
    for walk in walks:
        if walk.disclosures & taken:
            left_out.append(walk)
        else:
            kept.append(walk)
            taken |= walk.disclosures
    return kept, left_out


def _insert(connection: Connection, rows: Rows) -> None:
    for table, values in (
        (outcomes, rows.outcomes),
        (decision_facts, rows.facts),
        (outgoing, rows.outgoing),
        (outgoing_mail, rows.mails),
    ):
        if values:
            connection.execute(insert(table), values)
    disclose(connection, rows.disclosed)


def _end(
    connection: Connection, walks: Sequence[Walk], left_out: Sequence[Walk], now: datetime
) -> None:
    signed = [
        {"walked": walk.trace, "signed_once": walk.handled.signed}
        for walk in walks
        if walk.handled.signed
    ]
    if signed:
        connection.execute(_SIGNED, signed)
    for state in ("done", "held"):
        traces = [walk.trace for walk in walks if walk.state == state]
        if traces:
            connection.execute(_REST, {"walked": traces, "new_state": state})
    if left_out:
        connection.execute(
            update(inbound)
            .where(among(inbound.c.trace, [walk.trace for walk in left_out]))
            .values(due_at=now, **_WAITING)
        )
