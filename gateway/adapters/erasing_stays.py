"""What stays after an erasure, and on which article of the AVG."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from gateway.adapters import erasing_files as files
from gateway.adapters import erasing_originals as originals
from gateway.adapters.tables_breaches import breach_disclosure
from gateway.adapters.tables_erasing import erasure_mail
from gateway.adapters.tables_flow import inbound, inbound_raw, outcomes
from gateway.adapters.tables_incidents import incident_disclosure
from gateway.adapters.timestamps import instant_at
from gateway.domain.deadlines import kept_until
from gateway.ledger.certificates import Stays, moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Table

    from gateway.adapters.tables_flow import AnyRow

# The person's own dossier where only a part went; the log, which nobody can read that part
# of; who did what, at whom it does not say; the number that leads to nobody; codes of
# decisions about nobody; the request; a breach; mail with something about somebody else;
# mail in which nobody was recognised; mail as it came, encrypted, in the mailbox; and
# files that were written where somebody asked.  `MAILBOX` is what certificates said of
# originals before they were removed.
DOSSIER: Final = "dossier"
LOG: Final = "log"
DEEDS: Final = "deeds"
NUMBER: Final = "number"
CODES: Final = "codes"
CASE: Final = "case"
INCIDENT: Final = "incident"
SHARED_MAIL: Final = "shared-mail"
UNREAD_MAIL: Final = "unread-mail"
MAILBOX: Final = "mailbox"
ORIGINALS: Final = "originals"
FILES: Final = "files"
_BREACHES: Final = (incident_disclosure, breach_disclosure)


def stays(connection: Connection, erasure: AnyRow, log_term: str, backup_days: int) -> list[Stays]:
    """Of this erasure; `log_term` is how long the log is kept (ISO 8601), empty for ever."""
    return [
        *_stays(connection, erasure, log_term),
        *_outside(connection, erasure.erasure_id, backup_days),
    ]


def _stays(connection: Connection, erasure: AnyRow, log_term: str) -> Iterator[Stays]:
    at = instant_at(erasure.recorded_at)
    until = moment(kept_until(at, log_term)) if log_term else ""
    if not erasure.whole:
        yield Stays(what=DOSSIER, article="17(3)(b)")
    yield Stays(what=LOG, article="5(2)", until=until)
    yield Stays(what=DEEDS, article="5(2)", until=until)
    if erasure.whole:
        yield Stays(what=NUMBER, article="5(2)")
        yield Stays(what=CODES, article="11(1)")
    if erasure.case_id:
        yield Stays(what=CASE, article="5(2)")
    if any(_named(connection, table, erasure.dossier_id) for table in _BREACHES):
        yield Stays(what=INCIDENT, article="33(5)")
    waiting = erasure_mail.c.erasure_id == erasure.erasure_id
    if connection.execute(select(erasure_mail.c.trace).where(waiting).limit(1)).first():
        yield Stays(what=SHARED_MAIL, article="17(1)")
    if _unread(connection):
        yield Stays(what=UNREAD_MAIL, article="17(1)")


def _outside(connection: Connection, erasure_id: str, backup_days: int) -> Iterator[Stays]:
    """Originals that are still to go, and until when at the latest; and what people have."""
    mails = originals.still_open(connection, backup_days, erasure_id)
    # Those that are about others too may have to walk again for them (32(1)(c)).
    kept = [each.until for each in mails if each.until is not None]
    if kept:
        yield Stays(what=ORIGINALS, article="32(1)(c)", until=moment(max(kept)))
    if len(kept) < len(mails):
        yield Stays(what=ORIGINALS, article="17(1)")
    if files.still_open(connection, erasure_id):
        yield Stays(what=FILES, article="17(1)")


def _named(connection: Connection, table: Table, dossier_id: str) -> bool:
    theirs = table.c.dossier_id == dossier_id
    return connection.execute(select(table.c.id).where(theirs).limit(1)).first() is not None


def _unread(connection: Connection) -> int:
    """How many stored mails wait in which nobody was recognised: whose they are, nobody knows."""
    known = select(outcomes.c.trace).where(
        outcomes.c.trace == inbound.c.trace, outcomes.c.dossier_id.is_not(None)
    )
    found = (
        select(func.count())
        .select_from(inbound)
        .join(inbound_raw, inbound_raw.c.trace == inbound.c.trace)
        .where(inbound.c.state != "done", ~known.exists())
    )
    return connection.scalar(found) or 0
