"""What erasing somebody does to mail: theirs goes, and nobody else's is lost.

A stored mail is one ciphertext, and may hold reports about several people.  It goes at
once where everything in it is settled; where something about another person still waits,
only what is about the erased one ends now, and the mail goes when the rest is settled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, or_, select, update

from gateway.adapters.among import among
from gateway.adapters.disclosing import disclosed_about, forget_disclosed
from gateway.adapters.erasing_letters import answers_about, withdraw_letters
from gateway.adapters.flow_rows import drop, withdraw_answers
from gateway.adapters.tables_erasing import erasure_mail
from gateway.adapters.tables_flow import FINAL, inbound, inbound_raw, outcomes, outgoing
from gateway.domain.stops import Outcome, Reason

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from gateway.adapters.tables_flow import AnyRow

_UNSENT = ("waiting", "claimed", "undeliverable")
_ON_ITS_WAY = ("waiting", "claimed")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailGone:
    """How many of what ended; `gone` are the mails that went, `waiting` those that go later.

    `traces` are all of them, `shared` those that are about others too.
    """

    unsent: int
    held: int
    unlinked: Mapping[str, int]
    gone: Sequence[str]
    waiting: Sequence[str]
    traces: Sequence[str]
    shared: Collection[str]


def erase_mail(connection: Connection, dossier_id: str, now: datetime) -> MailGone:
    """End and unlink all mail about this person; the caller has passed `sequence`.

    What another gateway hands over at this very moment does leave, and is then on record.
    """
    traces = sorted({*mails_about(connection, dossier_id), *answers_about(connection, dossier_id)})
    letters = withdraw_letters(connection, dossier_id)
    unsent = _withdraw(connection, dossier_id)
    ended = _end(connection, dossier_id, unsent, now)
    of_others = also_of_others(connection, dossier_id, traces)
    withdraw_answers(connection, sorted({row.trace for row in unsent} - of_others))
    unlinked = unlink(connection, [dossier_id])
    settled = settle(connection, traces)
    gone = drop_mails(connection, settled)
    return MailGone(
        unsent=len(unsent) + letters,
        held=ended,
        unlinked=unlinked,
        gone=gone,
        waiting=[each for each in traces if each not in settled],
        traces=traces,
        shared=of_others,
    )


def mails_about(connection: Connection, dossier_id: str) -> list[str]:
    """The traces of all mails with a report that was found to be about them."""
    found = {
        row.trace
        for table in (outcomes, outgoing)
        for row in connection.execute(
            select(table.c.trace).where(table.c.dossier_id == dossier_id).distinct()
        )
    }
    return sorted(found)


def stored_by(connection: Connection, traces: Collection[str], moment: datetime) -> list[str]:
    """Those of these mails that were stored by then."""
    found = select(inbound.c.trace).where(
        among(inbound.c.trace, traces), inbound.c.stored_at <= moment
    )
    return sorted(row.trace for row in connection.execute(found))


def also_of_others(connection: Connection, dossier_id: str, traces: Collection[str]) -> set[str]:
    """Those of these mails that also hold something about somebody else."""
    found = select(outcomes.c.trace).where(
        among(outcomes.c.trace, traces),
        or_(outcomes.c.dossier_id.is_(None), outcomes.c.dossier_id != dossier_id),
        outcomes.c.withdrawn_at.is_(None),
    )
    return {row.trace for row in connection.execute(found)}


def settle(connection: Connection, traces: Collection[str]) -> set[str]:
    """Those of these mails in which nothing waits for anybody; a held one without holds ends."""
    busy = _traces(connection, outgoing.c.state.in_(_ON_ITS_WAY), traces)
    held = {
        row.trace
        for row in connection.execute(
            select(outcomes.c.trace).where(
                among(outcomes.c.trace, traces),
                outcomes.c.withdrawn_at.is_(None),
                outcomes.c.outcome == Outcome.HOLD.value,
            )
        )
    } | _traces(connection, outgoing.c.state == "undeliverable", traces)
    rested = sorted(set(traces) - busy - held)
    connection.execute(
        update(inbound)
        .where(among(inbound.c.trace, rested), inbound.c.state == "held")
        .values(state="done", due_at=None)
    )
    done = select(inbound.c.trace).where(among(inbound.c.trace, rested), inbound.c.state == "done")
    return {row.trace for row in connection.execute(done)}


def drop_mails(connection: Connection, settled: Collection[str]) -> list[str]:
    """The sealed bytes of these go; which of them were still there."""
    its = among(inbound_raw.c.trace, sorted(settled))
    found = connection.execute(select(inbound_raw.c.trace).where(its))
    gone = sorted(row.trace for row in found)
    connection.execute(delete(inbound_raw).where(its))
    return gone


def wait_for(connection: Connection, erasure_id: str, traces: Sequence[str]) -> None:
    """These mails go for this erasure as soon as they are settled."""
    if traces:
        rows = [{"erasure_id": erasure_id, "trace": trace} for trace in traces]
        connection.execute(insert(erasure_mail), rows)


def drop_waiting(connection: Connection) -> list[str]:
    """Mails that waited for somebody else's report and are settled now go; which they were."""
    waiting = [row.trace for row in connection.execute(select(erasure_mail.c.trace).distinct())]
    settled = settle(connection, waiting) if waiting else set()
    gone = drop_mails(connection, settled)
    connection.execute(delete(erasure_mail).where(among(erasure_mail.c.trace, sorted(settled))))
    return gone


def unlink(connection: Connection, dossier_ids: Collection[str]) -> dict[str, int]:
    """Outcomes, sent mail and disclosures say no longer about whom; how many of each did.

    Nor which report, by the number that its sender knows it by.
    """
    counts = {"disclosed": sum(_disclosed(connection, each) for each in dossier_ids)}
    forget_disclosed(connection, *dossier_ids)
    blank: dict[str, None] = {"dossier_id": None, "facts_digest": None}
    numbered: dict[str, None] = {"bericht_id": None, "replaces": None}
    for table, values in ((outcomes, blank | numbered), (outgoing, blank)):
        theirs = among(table.c.dossier_id, dossier_ids)
        # Counted apart: how many rows such a statement has changed, SQLite does not tell.
        counted = select(func.count()).select_from(table).where(theirs)
        counts[table.name] = connection.scalar(counted) or 0
        connection.execute(update(table).where(theirs).values(**values))
    return counts


def _disclosed(connection: Connection, dossier_id: str) -> int:
    return disclosed_about(connection, dossier_id)["disclosed"]


def _withdraw(connection: Connection, dossier_id: str) -> Sequence[AnyRow]:
    """Reports about them that have not left, will not."""
    theirs = (outgoing.c.dossier_id == dossier_id, outgoing.c.kind == "report")
    rows = connection.execute(
        select(outgoing).where(*theirs, outgoing.c.state.in_(_UNSENT)).with_for_update()
    ).all()
    drop(connection, [row.id for row in rows], state="withdrawn")
    return rows


def _end(connection: Connection, dossier_id: str, unsent: Sequence[AnyRow], now: datetime) -> int:
    """Reports about them that waited stand refused, so that no later walk decides again."""
    never_left = among(outcomes.c.span_id, {row.span_id for row in unsent})
    theirs = (
        outcomes.c.dossier_id == dossier_id,
        outcomes.c.withdrawn_at.is_(None),
        or_(outcomes.c.outcome.not_in(FINAL), never_left),
    )
    found = select(outcomes, inbound.c.rounds).join(inbound, inbound.c.trace == outcomes.c.trace)
    rows = connection.execute(found.where(*theirs)).all()
    connection.execute(update(outcomes).where(*theirs).values(withdrawn_at=now))
    if rows:
        connection.execute(insert(outcomes), [_refused(row, now) for row in rows])
        traces = {row.trace for row in rows}
        connection.execute(
            update(inbound)
            .where(among(inbound.c.trace, traces))
            .values(rounds=inbound.c.rounds + 1)
        )
    return len(rows)


def _refused(row: AnyRow, now: datetime) -> dict[str, object]:
    # Under the span of the entry that said it waits: the log knows of nothing else.
    before = {name: value for name, value in row._mapping.items() if name != "rounds"}
    return before | {
        "round": row.rounds,
        "outcome": Outcome.REJECT.value,
        "reasons": [Reason.REFUSED_BY_OFFICER.value],
        "recorded_at": now,
        "withdrawn_at": None,
    }


def _traces(
    connection: Connection, state: ColumnElement[bool], traces: Collection[str]
) -> set[str]:
    found = select(outgoing.c.trace).where(among(outgoing.c.trace, traces), state)
    return {row.trace for row in connection.execute(found)}
