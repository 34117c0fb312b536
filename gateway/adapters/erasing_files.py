"""Files with something about somebody who is erased, that people had the gateway make.

The gateway wrote them where it was told, under another account perhaps, and they were
meant to be taken away: whatever it does to that path now says nothing about where they are.
So they are named, by the deeds on record, to whoever had them made, until somebody who is
registered says that they are gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, func, insert, select

from gateway.adapters.audit_writing import KIND, deed_of
from gateway.adapters.erasing_originals import of_erased
from gateway.adapters.log_queries import about
from gateway.adapters.log_reading import ENTRIES
from gateway.adapters.tables_erasing import erasure_file, erasure_file_end
from gateway.adapters.tables_log import log_entries
from gateway.adapters.tables_register import stamp
from gateway.adapters.timestamps import instant_at
from gateway.domain.audit import Action, DeedResult
from gateway.domain.held import WRITTEN
from gateway.domain.originals import OpenFile
from gateway.ledger.envelope import UnopenedError
from gateway.ledger.verdict import BrokenLogError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection

    from gateway.adapters.log_reading import LogOpener
    from gateway.adapters.tables_flow import AnyRow
    from gateway.domain.audit import Deed

# Each of these writes files about one person, or may: who is named in a scope is printed or
# written, and that is not on record.
ABOUT_ONE: Final = frozenset(
    {
        Action.CONSENT_RECEIPT,
        Action.CONSENT_SCAN_LOOKED,
        Action.BREACH_NOTICES_DRAFTED,
        Action.BREACH_LETTER,
        Action.BREACH_PEOPLE_LOOKED,
        Action.DOSSIER_MADE,
        Action.DATA_TAKEN,
        Action.CASE_LETTER,
        Action.RECIPIENTS_LOOKED,
        Action.ANSWER_LOOKED,
    }
)


def made_about(connection: Connection, opener: LogOpener, dossier_id: str) -> list[Deed]:
    """The deeds that made files about this person, while they are found; oldest first."""
    theirs = ENTRIES.where(about(dossier_id), log_entries.c.kind == KIND)
    rows = connection.execute(theirs.order_by(log_entries.c.seq))
    return [each for each in done_deeds(opener, rows) if leaves_a_file(each)]


def done_deeds(opener: LogOpener, rows: Iterable[AnyRow]) -> Iterator[Deed]:
    """Those of these entries that are deeds that were done; raises `BrokenLogError`."""
    for row in rows:
        deed = _deed(opener, row)
        if deed is not None and deed.result is DeedResult.DONE:
            yield deed


def name(
    connection: Connection, erasure_id: str, made: Iterable[Deed], *, everyone: bool = False
) -> None:
    """These are open for this erasure, after those that are named already."""
    its = erasure_file.c.erasure_id == erasure_id
    last = connection.scalar(select(func.max(erasure_file.c.number)).where(its)) or 0
    rows = [
        {
            "erasure_id": erasure_id,
            "number": number,
            "action": each.action.value,
            "made_at": stamp(each.at),
            "made_by": each.actor,
            "everyone": everyone,
        }
        for number, each in enumerate(made, start=last + 1)
    ]
    if rows:
        connection.execute(insert(erasure_file), rows)


def name_late(connection: Connection, made: Sequence[Deed]) -> None:
    """Those of these that leave a file about somebody who was erased already are open too."""
    for each in made:
        erasure_id = of_erased(connection, each.subject) if each.subject else None
        if erasure_id is not None and leaves_a_file(each):
            name(connection, erasure_id, [each])


def leaves_a_file(deed: Deed) -> bool:
    """Whether what was done may have left a file about the person that the deed names."""
    plan = deed.action is Action.HELD_LOOKED and deed.detail == WRITTEN
    return plan or deed.action in ABOUT_ONE


def still_open(connection: Connection, erasure_id: str = "") -> Sequence[OpenFile]:
    """Those of one erasure or of all, in the order of naming."""
    gone = and_(
        erasure_file_end.c.erasure_id == erasure_file.c.erasure_id,
        erasure_file_end.c.number == erasure_file.c.number,
    )
    found = (
        select(erasure_file)
        .outerjoin(erasure_file_end, gone)
        .where(erasure_file_end.c.number.is_(None))
        .order_by(erasure_file.c.erasure_id, erasure_file.c.number)
    )
    if erasure_id:
        found = found.where(erasure_file.c.erasure_id == erasure_id)
    return [
        OpenFile(
            erasure_id=row.erasure_id,
            number=row.number,
            action=row.action,
            made_at=instant_at(row.made_at),
            made_by=row.made_by,
            everyone=row.everyone,
        )
        for row in connection.execute(found)
    ]


def confirmed(connection: Connection, erasure_id: str) -> int:
    """How many of them somebody said to be gone."""
    ended = select(func.count()).where(erasure_file_end.c.erasure_id == erasure_id)
    return connection.scalar(ended) or 0


def _deed(opener: LogOpener, row: AnyRow) -> Deed | None:
    """None where nothing of it can be read any more, or it only is said to be a deed."""
    try:
        entry = opener.open(row)
    except UnopenedError:
        raise BrokenLogError("a deed does not open") from None
    if entry.head.kind != KIND or entry.content is None:
        return None
    return deed_of(entry.head, entry.content, row.subject)
