"""What the record of one mail looks like in rows, and how rows of the outbox come to rest."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from gateway.adapters.among import among
from gateway.adapters.at_rest import OUTGOING
from gateway.adapters.decision_rows import written
from gateway.adapters.disclosing import rested
from gateway.adapters.evidence import About, Walked, dossier_of, new_span
from gateway.adapters.tables_flow import inbound, outcomes, outgoing, outgoing_mail
from gateway.domain.outcomes import Ended
from gateway.domain.stops import WHOLE_MAIL, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Delete, Update

    from gateway.adapters.at_rest import Blobs
    from gateway.adapters.disclosing import New
    from gateway.adapters.tables_flow import AnyRow
    from gateway.domain.judgement import Judgement
    from gateway.domain.outcomes import Handled, Mailed, Settled
    from gateway.domain.stages import Sealed
    from gateway.domain.stops import Stop
    from gateway.ledger.records import Entry, Plain


@dataclass(slots=True, kw_only=True, eq=False)
class Walk:
    """One mail to be recorded; `standing` are its reports that went, or stand refused.

    `answers` are those of its letters that go.
    """

    handled: Handled
    walked: Walked
    span: str = field(default_factory=new_span)
    standing: frozenset[int] = frozenset()
    answers: Sequence[Mailed] = ()

    @property
    def trace(self) -> str:
        return self.handled.raw.trace

    @property
    def settled(self) -> Iterable[Settled]:
        return (each for each in self.handled.outcomes if number_of(each) not in self.standing)

    @property
    def disclosures(self) -> set[tuple[str, str]]:
        return {disclosure_of(each) for each in self.settled if not isinstance(each, Ended)}

    @property
    def replacements(self) -> set[tuple[str, str]]:
        """What its corrections replace, with whose it is."""
        sealed = (each for each in self.settled if not isinstance(each, Ended))
        found = ((replaced_by(each), disclosure_of(each)[1]) for each in sealed)
        return {(replaced, party) for replaced, party in found if replaced is not None}

    @property
    def state(self) -> str:
        held = (isinstance(s, Ended) and s.stop.outcome is Outcome.HOLD for s in self.settled)
        return "held" if any(held) else "done"


@dataclass(slots=True)
class Rows:
    """What one transaction inserts."""

    outcomes: list[dict[str, object]] = field(default_factory=list)
    outgoing: list[dict[str, object]] = field(default_factory=list)
    mails: list[dict[str, object]] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    facts: list[dict[str, object]] = field(default_factory=list)
    disclosed: list[New] = field(default_factory=list)


def alone(statement: Update | Delete) -> Callable[[Connection], int]:
    """A transaction of one statement; how many rows it changed."""
    return lambda connection: connection.execute(statement).rowcount


def number_of(settled: Settled) -> int:
    """The report's place in its document, or that of the mail as a whole."""
    if isinstance(settled, Ended):
        return WHOLE_MAIL if settled.number is None else settled.number
    return settled.addressed.disclosure.number


def disclosure_of(sealed: Sealed) -> tuple[str, str]:
    disclosure = sealed.addressed.disclosure
    return str(disclosure.content.bericht_id), disclosure.sender.party.party_id


def replaced_by(sealed: Sealed) -> str | None:
    """The report that this one replaces, by its number; None for what is no correction."""
    vervangt = sealed.addressed.disclosure.content.vervangt
    return None if vervangt is None else str(vervangt)


def address_of(sealed: Sealed) -> str:
    return sealed.addressed.recipient.address


def outcome_row(walk: Walk, settled: Settled, span: str, now: datetime) -> dict[str, object]:
    sender = walk.handled.sender
    row: dict[str, object] = {
        "trace": walk.trace,
        "round": walk.walked.round,
        "number": number_of(settled),
        "sender_contact_id": sender.contact_id if sender else None,
        "sender_party_id": sender.party.party_id if sender else None,
        "dossier_id": dossier_of(settled) or None,
        "span_id": span,
        "recorded_at": now,
        "opened_by": walk.handled.opened_by or None,
        "replaces": None,
    }
    return row | (_stopped(settled) if isinstance(settled, Ended) else _forwarded(settled))


def _stopped(ended: Ended) -> dict[str, object]:
    return {
        "bericht_id": str(ended.bericht_id) if ended.bericht_id else None,
        "outcome": ended.stop.outcome.value,
        "reasons": [reason.value for reason in ended.stop.reasons],
        "recipient_contact_id": None,
        "policy_digest": ended.policy_digest or None,
        "ground": None,
        "facts_revision": ended.standing.revision if ended.standing else None,
        "facts_digest": ended.standing.digest if ended.standing else None,
        "facts_until": ended.standing.until if ended.standing else None,
    }


def _forwarded(sealed: Sealed) -> dict[str, object]:
    disclosure = sealed.addressed.disclosure
    return {
        "bericht_id": str(disclosure.content.bericht_id),
        "replaces": replaced_by(sealed),
        "sender_contact_id": disclosure.sender.contact_id,
        "sender_party_id": disclosure.sender.party.party_id,
        "outcome": Outcome.FORWARD.value,
        "reasons": [],
        "recipient_contact_id": sealed.addressed.recipient.contact_id,
        "policy_digest": disclosure.policy_digest,
        "ground": disclosure.ground.value,
        "facts_revision": disclosure.standing.revision,
        "facts_digest": disclosure.standing.digest,
        "facts_until": disclosure.standing.until,
    }


def judgement_of(settled: Settled) -> Judgement | None:
    """What the decision table said, where it was asked."""
    if isinstance(settled, Ended):
        return settled.judgement
    return settled.addressed.disclosure.judgement


def facts_row(
    walk: Walk, number: int, judgement: Judgement, span: str, now: datetime
) -> dict[str, object]:
    kept = written(judgement)
    return {
        "trace": walk.trace,
        "round": walk.walked.round,
        "number": number,
        "span_id": span,
        "policy_digest": judgement.policy_digest,
        "circumstances": kept.circumstances,
        "judgement": kept.judgement,
        "recorded_at": now,
    }


def report_row(walk: Walk, sealed: Sealed, span: str, now: datetime) -> dict[str, object]:
    disclosure = sealed.addressed.disclosure
    return {
        "trace": walk.trace,
        "number": disclosure.number,
        "kind": "report",
        "message_id": sealed.message_id,
        "sender_id": disclosure.sender.contact_id,
        "dossier_id": disclosure.dossier_id,
        "facts_revision": disclosure.standing.revision,
        "facts_digest": disclosure.standing.digest,
        "facts_until": disclosure.standing.until,
        "span_id": span,
        "created_at": now,
        "due_at": now,
        **_keys(sealed),
    }


def answer_row(walk: Walk, mailed: Mailed, now: datetime) -> dict[str, object]:
    return {
        "trace": walk.trace,
        "number": WHOLE_MAIL,
        "kind": "receipt" if mailed.after_reports else "notice",
        "message_id": mailed.message_id,
        "span_id": walk.span,
        "created_at": now,
        "due_at": now,
        **_keys(mailed),
    }


def _keys(sealed: Sealed | Mailed) -> dict[str, object]:
    return {"sealed_by": sealed.sealed_by or None, "sealed_to": sealed.sealed_to or None}


def post_answers(
    connection: Connection, blobs: Blobs, about: About, answers: Sequence[Mailed], now: datetime
) -> None:
    """Queue letters about a mail that was handled before."""
    for mailed in answers:
        post_letter(connection, blobs, about, mailed, now, kind="notice")


def post_letter(
    connection: Connection,
    blobs: Blobs,
    about: About,
    mailed: Mailed,
    now: datetime,
    **values: object,
) -> None:
    """Queue one letter; `values` are its kind and what it rests on."""
    id_ = secrets.token_hex(16)
    content = mailed.recipient.encode() + b"\x00" + mailed.mail
    row = {
        **EMPTY_OUTGOING,
        "id": id_,
        "trace": about.trace,
        "number": WHOLE_MAIL,
        "message_id": mailed.message_id,
        "span_id": about.span,
        "size": len(mailed.mail),
        "created_at": now,
        "due_at": now,
        **_keys(mailed),
        **values,
    }
    connection.execute(insert(outgoing).values(row))
    sealed = blobs.seal_blob(OUTGOING, id_, content)
    connection.execute(insert(outgoing_mail).values(id=id_, sealed=sealed))


AT_REST = ("done", "held")
EMPTY_OUTGOING: dict[str, object] = {
    "state": "waiting",
    "attempts": 0,
    "sender_id": None,
    "dossier_id": None,
    "facts_revision": None,
    "facts_digest": None,
    "facts_until": None,
    "sealed_by": None,
    "sealed_to": None,
}


def withdraw_answers(connection: Connection, traces: Sequence[str]) -> Sequence[AnyRow]:
    """Receipts and notices of these mails that wait to be sent will not be; which they were."""
    found = connection.execute(
        select(outgoing)
        .where(
            among(outgoing.c.trace, traces),
            outgoing.c.kind != "report",
            outgoing.c.state == "waiting",
        )
        .with_for_update(key_share=True)
    )
    rows = found.all()
    drop(connection, [row.id for row in rows], state="withdrawn")
    return rows


def drop(
    connection: Connection, ids: Sequence[str], *, state: str, sent_at: datetime | None = None
) -> None:
    """Nothing more is to be done for these: the sealed mail goes, the record stays."""
    if not ids:
        return
    left = {} if sent_at is None else {"sent_at": sent_at}
    connection.execute(delete(outgoing_mail).where(among(outgoing_mail.c.id, ids)))
    connection.execute(
        update(outgoing)
        .where(among(outgoing.c.id, ids))
        .values(due_at=None, claim_token=None, claimed_by=None, state=state, **left)
    )
    rested(connection, ids, state, sent_at)


def locked(connection: Connection, *which: ColumnElement[bool]) -> Sequence[AnyRow]:
    rows = connection.execute(
        select(outgoing)
        .where(*which)
        .order_by(outgoing.c.created_at, outgoing.c.trace, outgoing.c.number)
        .with_for_update(key_share=True)
    )
    return rows.all()


def withdraw_outcomes(connection: Connection, rows: Sequence[AnyRow], now: datetime) -> None:
    spans = [row.span_id for row in rows if row.kind == "report"]
    connection.execute(
        update(outcomes)
        .where(
            among(outcomes.c.trace, {row.trace for row in rows}),
            among(outcomes.c.span_id, spans),
            outcomes.c.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now)
    )


def hold_report(connection: Connection, row: AnyRow, span: str, now: datetime, stop: Stop) -> None:
    """The report did not go, or not arrive: its outcome is withdrawn, and `stop` stands instead.

    A mail that is just walking again judges it anew by itself.
    """
    found = connection.execute(
        select(outcomes, inbound.c.rounds, inbound.c.state)
        .join(inbound, inbound.c.trace == outcomes.c.trace)
        .where(outcomes.c.trace == row.trace, outcomes.c.span_id == row.span_id)
    )
    before = found.one()
    withdraw_outcomes(connection, [row], now)
    if before.state not in AT_REST:
        return
    connection.execute(
        insert(outcomes).values(
            trace=row.trace,
            round=before.rounds,
            number=before.number,
            bericht_id=before.bericht_id,
            sender_contact_id=before.sender_contact_id,
            sender_party_id=before.sender_party_id,
            dossier_id=before.dossier_id,
            outcome=stop.outcome.value,
            reasons=[reason.value for reason in stop.reasons],
            recipient_contact_id=before.recipient_contact_id,
            policy_digest=before.policy_digest,
            opened_by=before.opened_by,
            span_id=span,
            recorded_at=now,
        )
    )
    hold_mail(connection, row.trace, held=stop.outcome is Outcome.HOLD)


def hold_mail(connection: Connection, trace: str, *, held: bool = True) -> None:
    """A mail that is at rest waits for the officer; or stays as it is, one round later."""
    state = {"state": "held"} if held else {}
    connection.execute(
        update(inbound)
        .where(inbound.c.trace == trace, inbound.c.state.in_(AT_REST))
        .values(rounds=inbound.c.rounds + 1, **state)
    )


def settled_evidence(row: AnyRow, kind: str) -> dict[str, Plain]:
    """What the log says of a mail that came to rest; `late` when its claim had been lost."""
    late = kind == "sent" and row.state in {"withdrawn", "undeliverable"}
    return {
        "mail": row.kind,
        "number": row.number if row.kind == "report" else None,
        "message_id": row.message_id,
        "attempts": row.attempts,
        "sealed_by": row.sealed_by,
        "sealed_to": row.sealed_to,
        "late": True if late else None,
    }
