"""What was released and is not among what scopes count, taken in from outcomes, outbox and log.

For what was there before scopes were counted, or before it was noted what a report came with
and was not passed on; and to compare: over an empty table this makes
what the releases themselves wrote.  A batch is a transaction, and an interrupted run goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, func, select, update

from gateway.adapters.among import among
from gateway.adapters.disclosing import SHORT, FieldSet, New, disclose, field_sets
from gateway.adapters.evidence import paths_of
from gateway.adapters.log_reading import ENTRIES, LogOpener
from gateway.adapters.log_writing import sequence
from gateway.adapters.tables_flow import outcomes, outgoing
from gateway.adapters.tables_log import log_entries
from gateway.adapters.tables_register import contact, contact_key
from gateway.adapters.tables_scope import disclosed, disclosed_index, disclosed_mail, field_set
from gateway.adapters.timestamps import instant_at
from gateway.domain.bijsluiter import Category
from gateway.ledger.envelope import UnopenedError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection

    from gateway.adapters.database import Database
    from gateway.adapters.tables_flow import AnyRow
    from gateway.adapters.vault import Vault

BATCH = 300  # mails
_MILLISECOND = 1000
_ITS_OUTCOME = and_(outcomes.c.trace == outgoing.c.trace, outcomes.c.span_id == outgoing.c.span_id)
_MISSING = (
    select(
        outgoing,
        outcomes.c.sender_contact_id,
        outcomes.c.sender_party_id,
        outcomes.c.recipient_contact_id,
        outcomes.c.policy_digest,
        outcomes.c.ground,
        outcomes.c.opened_by,
        contact.c.party_id.label("recipient_party"),
    )
    .join(outcomes, _ITS_OUTCOME)
    .outerjoin(contact, contact.c.contact_id == outcomes.c.recipient_contact_id)
    .where(
        outgoing.c.kind == "report",
        ~exists().where(disclosed.c.span_id == outgoing.c.span_id),
    )
    .order_by(outgoing.c.created_at, outgoing.c.trace, outgoing.c.number)
)
_UNPARTED = (
    select(
        disclosed.c.id,
        disclosed.c.span_id,
        disclosed_mail.c.trace,
        field_set.c.categories,
        field_set.c.paths,
    )
    .join(disclosed_mail, disclosed_mail.c.id == disclosed.c.mail)
    .join(field_set, field_set.c.id == disclosed.c.fields)
    .where(field_set.c.withheld.is_(None))
)


async def index_disclosures(database: Database, vault: Vault) -> int:
    """Take in all that is missing; how many disclosures that were.  Raises `Retry`."""
    count, after = 0, ""
    while True:
        added, last = await database.write(partial(_batch, vault, after))
        count += added
        if not last:
            await database.write(_is_whole)
            return count
        after = last


def _is_whole(connection: Connection) -> None:
    connection.execute(update(disclosed_index).values(whole=True))


def _batch(vault: Vault, after: str, connection: Connection) -> tuple[int, str]:
    sequence(connection)
    traces = connection.scalars(
        select(outgoing.c.trace)
        .where(outgoing.c.kind == "report", outgoing.c.trace > after)
        .group_by(outgoing.c.trace)
        .order_by(outgoing.c.trace)
        .limit(BATCH)
    ).all()
    if not traces:
        return 0, ""
    rows = connection.execute(_MISSING.where(among(outgoing.c.trace, traces))).all()
    unparted = connection.execute(_UNPARTED.where(among(disclosed_mail.c.trace, traces))).all()
    if not rows and not unparted:
        return 0, traces[-1]
    said, left = _logged(connection, vault, {row.trace for row in (*rows, *unparted)})
    _parted(connection, said, unparted)
    if rows:
        keys = _protections(connection, {row.sealed_to for row in rows if row.sealed_to})
        disclose(connection, [_new(row, said, left, keys) for row in rows])
    return len(rows), traces[-1]


def _logged(
    connection: Connection, vault: Vault, traces: Collection[str]
) -> tuple[Mapping[str, Mapping[str, Any]], Mapping[str, int]]:
    """By span what the log says was shared, and when it says that it left (milliseconds)."""
    opener, said, left = LogOpener(vault), dict[str, Mapping[str, Any]](), dict[str, int]()
    for row in connection.execute(
        ENTRIES.where(
            among(log_entries.c.trace_id, traces), log_entries.c.kind.in_(("report", "sent"))
        )
    ):
        try:
            content = opener.open(row).content or {}
        except UnopenedError:
            continue
        record = content.get("record", {})
        if row.kind == "report":
            said[row.span_id] = content.get("evidence", {})
        elif record.get("parent_span_id"):
            left[record["parent_span_id"]] = int(record["end_time"])
    return said, left


def _protections(connection: Connection, keys: Collection[str]) -> Mapping[str, str]:
    found = connection.execute(
        select(contact_key.c.fingerprint, func.min(contact_key.c.protection).label("protection"))
        .where(among(contact_key.c.fingerprint, keys))
        .group_by(contact_key.c.fingerprint)
    )
    return {row.fingerprint: row.protection for row in found}


def _new(
    row: AnyRow,
    said: Mapping[str, Mapping[str, Any]],
    left: Mapping[str, int],
    keys: Mapping[str, str],
) -> New:
    evidence = said.get(row.span_id, {})
    state, sent_at = ("waiting" if row.state == "claimed" else row.state), row.sent_at
    if sent_at is None and row.span_id in left:
        # It left although its claim had been lost: the outbox calls it something else.
        state, sent_at = "sent", instant_at(left[row.span_id] * _MILLISECOND)
    reference = row.message_id.removeprefix("<")
    return New(
        kind={
            "sender_id": row.sender_contact_id or "",
            "sender_party": row.sender_party_id or "",
            "recipient_id": row.recipient_contact_id or "",
            "recipient_party": row.recipient_party or "",
            "policy": row.policy_digest or "",
            "ground": row.ground or "",
            "sealed_to": row.sealed_to or "",
            "sealed_by": row.sealed_by or "",
            "opened_by": row.opened_by or "",
            "protection": keys.get(row.sealed_to or "", ""),
        },
        # An entry that cannot be read says nothing against having shared everything.
        fields=FieldSet(
            categories=tuple(evidence.get("categories", [each.value for each in Category])),
            paths=tuple(evidence.get("disclosed", ())),
            withheld=_withheld(evidence),
        ),
        dossier_id=row.dossier_id or "",
        trace=row.trace,
        row=_row(row, reference, state, sent_at),
    )


def _withheld(evidence: Mapping[str, Any]) -> tuple[str, ...] | None:
    """What an entry says was not passed on; None where it does not open."""
    if "withheld" not in evidence:
        return None
    return tuple(paths_of([each["path"] for each in evidence["withheld"]]))


def _parted(
    connection: Connection, said: Mapping[str, Mapping[str, Any]], rows: Sequence[AnyRow]
) -> None:
    """Of these nobody noted what was withheld: now it is, where the log still says so."""
    noted = {
        row.id: _noted(row, withheld)
        for row in rows
        if (withheld := _withheld(said.get(row.span_id, {}))) is not None
    }
    sets = field_sets(connection, noted.values())
    for number, each in noted.items():
        its = update(disclosed).where(disclosed.c.id == number)
        connection.execute(its.values(fields=sets[each.digest]))


def _noted(row: AnyRow, withheld: tuple[str, ...]) -> FieldSet:
    return FieldSet(
        categories=tuple(row.categories.split()),
        paths=tuple(row.paths.split("\n")) if row.paths else (),
        withheld=withheld,
    )


def _row(row: AnyRow, reference: str, state: str, sent_at: object) -> Mapping[str, object]:
    return {
        "number": row.number,
        "span_id": row.span_id,
        "short": reference[:SHORT],
        "reference": reference,
        "state": state,
        "moment": sent_at or row.created_at,
        "recorded_at": row.created_at,
        "sent_at": sent_at,
    }
