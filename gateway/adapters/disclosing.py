"""What is released, added to what scopes are counted over, in that very transaction."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from gateway.adapters.among import among, among_given
from gateway.adapters.evidence import paths_of
from gateway.adapters.tables_flow import outgoing
from gateway.adapters.tables_scope import (
    disclosed,
    disclosed_kind,
    disclosed_mail,
    disclosed_person,
    field_set,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Column, Connection, Select

    from gateway.domain.outcomes import Handled
    from gateway.domain.stages import Sealed

SHORT = 8
KIND = (
    "sender_id",
    "sender_party",
    "recipient_id",
    "recipient_party",
    "policy",
    "ground",
    "sealed_to",
    "sealed_by",
    "opened_by",
    "protection",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSet:
    """What was passed on of a report, and what was not.

    `withheld` are paths that came along and were not passed on; None where that is not known.
    """

    categories: tuple[str, ...]
    paths: tuple[str, ...]
    withheld: tuple[str, ...] | None

    def row(self) -> Mapping[str, str | None]:
        """As it is written."""
        withheld = None if self.withheld is None else "\n".join(self.withheld)
        return {
            "categories": " ".join(self.categories),
            "paths": "\n".join(self.paths),
            "withheld": withheld,
        }

    @property
    def digest(self) -> str:
        """What tells it from every other; where nothing withheld was noted, as it was before."""
        return _digest(each for each in self.row().values() if each is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """One row to be: what has a number is written out, the rest as it stands in `disclosed`.

    `dossier_id` is empty for whoever was erased since.
    """

    kind: Mapping[str, str]
    dossier_id: str
    trace: str
    fields: FieldSet
    row: Mapping[str, object]


def released(handled: Handled, sealed: Sealed, span: str, now: datetime) -> New:
    """What is put on record of one report that goes."""
    disclosure, to = sealed.addressed.disclosure, sealed.addressed.recipient
    reference = sealed.message_id.removeprefix("<")
    return New(
        kind={
            "sender_id": disclosure.sender.contact_id,
            "sender_party": disclosure.sender.party.party_id,
            "recipient_id": to.contact_id,
            "recipient_party": to.party.party_id,
            "policy": disclosure.policy_digest,
            "ground": disclosure.ground.value,
            "sealed_to": sealed.sealed_to,
            "sealed_by": sealed.sealed_by,
            "opened_by": handled.opened_by,
            "protection": to.key.protection.value if to.key and sealed.sealed_to else "",
        },
        fields=FieldSet(
            categories=tuple(category.value for category in disclosure.categories),
            paths=tuple(paths_of(disclosure.disclosed)),
            withheld=tuple(paths_of([each.path for each in disclosure.withheld])),
        ),
        dossier_id=disclosure.dossier_id,
        trace=handled.raw.trace,
        row={
            "number": disclosure.number,
            "span_id": span,
            "short": reference[:SHORT],
            "reference": reference,
            "state": "waiting",
            "moment": now,
            "recorded_at": now,
            "sent_at": None,
        },
    )


def disclose(connection: Connection, rows: Sequence[New]) -> None:
    """Put these among what scopes count; the caller has passed the log's lock."""
    if not rows:
        return
    kinds = _known(
        connection, disclosed_kind.c.digest, {_digest(r.kind.values()): r.kind for r in rows}
    )
    sets = field_sets(connection, [row.fields for row in rows])
    people = _known(
        connection, disclosed_person.c.dossier_id, {r.dossier_id: {} for r in rows if r.dossier_id}
    )
    mails = _known(connection, disclosed_mail.c.trace, {row.trace: {} for row in rows})
    connection.execute(
        insert(disclosed),
        [
            {
                **row.row,
                "kind": kinds[_digest(row.kind.values())],
                "fields": sets[row.fields.digest],
                "person": people.get(row.dossier_id),
                "mail": mails[row.trace],
            }
            for row in rows
        ],
    )


def rested(
    connection: Connection, ids: Sequence[str], state: str, sent_at: datetime | None
) -> None:
    """These mails came to rest in the outbox: their disclosures follow, with when they left."""
    given = {"rested": list(ids), "rests": state}
    if sent_at is None:
        connection.execute(_RESTS, given)
    else:
        connection.execute(_LEFT, {**given, "left_at": sent_at})


def left_after_all(connection: Connection, spans: Sequence[str], now: datetime) -> None:
    """These left although their claim had been lost, and the outbox calls them something else."""
    if spans:
        connection.execute(
            update(disclosed)
            .where(among(disclosed.c.span_id, spans))
            .values(state="sent", sent_at=now, moment=now)
        )


def disclosed_about(connection: Connection, dossier_id: str) -> Mapping[str, int]:
    """How many disclosures are found here by this person."""
    theirs = disclosed.c.person.in_(_numbers_of([dossier_id]))
    count = select(func.count()).select_from(disclosed).where(theirs)
    return {"disclosed": int(connection.scalar(count) or 0)}


def forget_disclosed(connection: Connection, *dossier_ids: str) -> None:
    """Nothing here is found by these people any more, and nothing lies together as one person's.

    Part of an erasure, in its transaction.  What was disclosed to whom still counts, about
    nobody in particular.
    """
    numbers = _numbers_of(dossier_ids)
    connection.execute(update(disclosed).where(disclosed.c.person.in_(numbers)).values(person=None))
    connection.execute(
        delete(disclosed_person).where(among(disclosed_person.c.dossier_id, dossier_ids))
    )


def _numbers_of(dossier_ids: Collection[str]) -> Select[Any]:
    return select(disclosed_person.c.id).where(among(disclosed_person.c.dossier_id, dossier_ids))


def field_sets(connection: Connection, wanted: Iterable[FieldSet]) -> Mapping[str, int]:
    """The number of each of these by its digest; those that are not there yet are added."""
    rows = {each.digest: each.row() for each in wanted}
    return _known(connection, field_set.c.digest, rows)


def _known(
    connection: Connection, column: Column[str], wanted: Mapping[str, Mapping[str, str | None]]
) -> Mapping[str, int]:
    """The number of each of these by that column; those that are not there yet are added."""
    found = _numbers(connection, column, wanted)
    missing = [{column.name: each, **row} for each, row in wanted.items() if each not in found]
    if missing:
        made = insert(column.table).returning(column.label("known"), column.table.c.id)
        found |= {row.known: row.id for row in connection.execute(made, missing)}
    return found


def _numbers(
    connection: Connection, column: Column[str], wanted: Collection[str]
) -> dict[str, int]:
    columns = column.table.c
    statement = select(column.label("known"), columns.id).where(among(column, list(wanted)))
    return {row.known: row.id for row in connection.execute(statement)}


def _digest(texts: Iterable[str]) -> str:
    return sha256("\x1f".join(texts).encode()).hexdigest()


_REPORTS = select(outgoing.c.span_id).where(
    among_given(outgoing.c.id, "rested"), outgoing.c.kind == "report"
)
_RESTS = update(disclosed).where(disclosed.c.span_id.in_(_REPORTS)).values(state=bindparam("rests"))
_LEFT = _RESTS.values(sent_at=bindparam("left_at"), moment=bindparam("left_at"))
