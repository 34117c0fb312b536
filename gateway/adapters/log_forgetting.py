"""Forgetting a person: their key goes, what was sealed under it, and every row about them.

One transaction, whatever asked for it.  Only in this database: a backup made before still
holds the wrapped key, and opens with the master key: erasures are done again after a
restore, and backups end.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from gateway.adapters import erasing_files as files
from gateway.adapters import erasing_originals as originals
from gateway.adapters import erasing_register as rows
from gateway.adapters.erasing_mail import (
    also_of_others,
    drop_mails,
    erase_mail,
    mails_about,
    settle,
    stored_by,
    wait_for,
)
from gateway.adapters.erasures import Erasure, Forgotten
from gateway.adapters.log_holding import refuse_if_held
from gateway.adapters.log_own_entries import erased_entry
from gateway.adapters.log_queries import about
from gateway.adapters.log_reading import ENTRIES
from gateway.adapters.log_sealing import is_sealed_by
from gateway.adapters.log_writing import sequence, size
from gateway.adapters.tables_log import log_entries, log_index
from gateway.adapters.tables_register import dossier_secret, stamp
from gateway.domain.audit import Action, Deed, DeedResult
from gateway.domain.erasing import Bar
from gateway.domain.holds import HoldError
from gateway.domain.register import Refusal, RegisterError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.adapters.audit_writing import DeedLog
    from gateway.adapters.log_own_entries import ActivityOf
    from gateway.adapters.log_writing import LogWriter
    from gateway.adapters.vault import PersonKey

    # Puts deeds on record in the transaction of the deed; `DeedLog.write` is one.
    Deeds = Callable[[Connection, Sequence[Deed]], None]


def forget_as_asked(connection: Connection, deeds: DeedLog, erasure: Erasure) -> Forgotten:
    """The person whole, or only papers, as the erasure says; raises as `Forgetting.forget`."""
    forgetting = Forgetting(deeds.log, deeds.activity_for, deeds.write)
    whole = erasure.events is None
    done = forgetting.forget if whole else forgetting.forget_papers
    return done(connection, erasure)


def forget_as_decided(connection: Connection, deeds: DeedLog, erasure: Erasure) -> None:
    """As `forget_as_asked`; a legal hold refuses as all that bars an erasure does.

    It may be on a mail or a period, and then nothing before this finds it.
    """
    held = False
    try:
        forget_as_asked(connection, deeds, erasure)
    except HoldError:
        held = True
    if held:
        raise RegisterError(Refusal.ERASURE_BARRED, Bar.CLAIMS.value)


class Forgetting:
    """Destroys a person's key, every row about them and every link; in one transaction."""

    def __init__(self, log: LogWriter, activity_of: ActivityOf, deeds: Deeds) -> None:
        self._log = log
        self._activity_of = activity_of
        self._deeds = deeds

    def forget(self, connection: Connection, erasure: Erasure) -> Forgotten:
        """The key, the blind index of the dossierkenmerk and the log's index go together.

        Who has the right to decide it, and whether the law allows it, the caller has
        settled.  Raises `RegisterError` for nobody, and for who was erased before;
        `HoldError` for a person under legal hold; `BrokenLogError`.
        """
        person = self._begun(connection, erasure)
        before = size(connection)
        # While their pseudonym can still be made; its link to them goes with the others.
        self._deeds(connection, [_deed(erasure)])
        unreadable = _sealed_by(connection, person, erasure.dossier_id)
        counts = rows.rows_about(connection, erasure.dossier_id)
        made = files.made_about(connection, self._log.opener(), erasure.dossier_id)
        mail = erase_mail(connection, erasure.dossier_id, erasure.at)
        unlinked = _unlink(connection, erasure.dossier_id)
        counts |= {
            "dossier_secret": 1,
            "log_entries": unreadable,
            "log_index": unlinked,
            **mail.unlinked,
            "outgoing_mail": mail.unsent,
            "inbound_raw": len(mail.gone),
            "held": mail.held,
        }
        rows.record(connection, erasure, counts, before)
        rows.erase_rows(connection, erasure.dossier_id)
        wait_for(connection, erasure.erasure_id, mail.waiting)
        files.name(connection, erasure.erasure_id, made)
        _ask_originals(connection, erasure, mail.traces, mail.shared)
        _destroy(connection, erasure)
        entry = erased_entry(
            self._activity_of, erasure.reason, unreadable=unreadable, now=erasure.at
        )
        self._log.append(connection, [entry], erasure.at)
        return Forgotten(
            unreadable=unreadable, unlinked=unlinked, counts=counts, waiting=len(mail.waiting)
        )

    def forget_papers(self, connection: Connection, erasure: Erasure) -> Forgotten:
        """Scan and words of the consent events that `erasure` names, and mail that is settled.

        The person, their key and what the log says of them stay.  Raises as `forget` does.
        """
        events = erasure.events or frozenset()
        self._begun(connection, erasure)
        before = size(connection)
        self._deeds(connection, [replace(_deed(erasure), detail=f"{erasure.reason}/partly")])
        mails = settle_all(connection, erasure.dossier_id, until=erasure.until)
        shared = also_of_others(connection, erasure.dossier_id, mails)
        counts = rows.papers_about(connection, erasure.dossier_id, events)
        counts["inbound_raw"] = len(drop_mails(connection, mails))
        rows.record(connection, erasure, counts, before)
        rows.erase_papers(connection, erasure.dossier_id, events)
        _ask_originals(connection, erasure, mails, shared)
        return Forgotten(unreadable=0, unlinked=0, counts=counts)

    def _begun(self, connection: Connection, erasure: Erasure) -> PersonKey:
        # First the register, then the log: the order of every change of the register.
        originals.new_revision(connection)
        sequence(connection)
        refuse_if_held(connection, erasure.dossier_id)
        return self._person(connection, erasure.dossier_id)

    def _person(self, connection: Connection, dossier_id: str) -> PersonKey:
        known = select(dossier_secret.c.dossier_id).where(dossier_secret.c.dossier_id == dossier_id)
        if connection.execute(known).first() is None:
            raise RegisterError(Refusal.UNKNOWN_DOSSIER)
        person = self._log.people(connection, [dossier_id]).get(dossier_id)
        if person is None:
            raise RegisterError(Refusal.PERSON_ERASED)
        return person


def _ask_originals(
    connection: Connection, erasure: Erasure, traces: Collection[str], shared: Collection[str]
) -> None:
    originals.ask(connection, erasure.erasure_id, traces, others=shared, now=erasure.at)


def settle_all(
    connection: Connection, dossier_id: str, *, until: datetime | None = None
) -> set[str]:
    """The mails about somebody in which nothing waits for anybody; stored by `until`, if given."""
    traces = mails_about(connection, dossier_id)
    return settle(connection, traces if until is None else stored_by(connection, traces, until))


def _sealed_by(connection: Connection, person: PersonKey, dossier_id: str) -> int:
    theirs = ENTRIES.where(about(dossier_id)).order_by(log_entries.c.seq)
    return sum(is_sealed_by(row.entry, person) for row in connection.execute(theirs))


def _unlink(connection: Connection, dossier_id: str) -> int:
    theirs = about(dossier_id)
    # Counted apart: how many rows such a statement has changed, SQLite does not tell.
    count = select(func.count()).select_from(log_index).where(theirs)
    found = connection.scalar(count) or 0
    connection.execute(update(log_index).where(theirs).values(subject=None))
    return found


def _destroy(connection: Connection, erasure: Erasure) -> None:
    whose = erasure.dossier_id
    connection.execute(
        update(dossier_secret)
        .where(dossier_secret.c.dossier_id == whose)
        .values(wrapped_key=None, destroyed_at=stamp(erasure.at), destroyed_by=erasure.by)
    )


def _deed(erasure: Erasure) -> Deed:
    return Deed(
        at=erasure.at,
        actor=erasure.by,
        action=Action.DOSSIER_ERASED,
        about="",
        result=DeedResult.DONE,
        origin=erasure.origin,
        detail=erasure.reason,
        subject=erasure.dossier_id,
    )
