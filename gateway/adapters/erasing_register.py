"""The rows of the register about one person: counted, and then taken away.

Nothing goes without a row of `erasure` that names the person: the triggers ask for it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, delete, func, insert, select, update

from gateway.adapters import tables_consent as consent
from gateway.adapters import tables_register as register
from gateway.adapters import tables_rights as rights
from gateway.adapters.disclosing import disclosed_about, forget_disclosed
from gateway.adapters.tables_cases import case_step
from gateway.adapters.tables_erasing import erasure as erasures
from gateway.adapters.tables_log_kept import log_holds
from gateway.adapters.tables_register import stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from sqlalchemy import ColumnElement, Connection, Table

    from gateway.adapters.erasures import Erasure


class Also(NamedTuple):
    """What one more part keeps about a person, by functions of the module that writes it.

    `rows` says how many rows of which table would go or be emptied; `erase` does so.
    """

    rows: Callable[[Connection, str], Mapping[str, int]]
    erase: Callable[[Connection, str], None]


# Only to be added to by what does not fit in the lists below.
ALSO: tuple[Also, ...] = (Also(rows=disclosed_about, erase=forget_disclosed),)
# Of these the words go, sealed under the person's key, and the row stays.
WORDED = (case_step, rights.help_request)


def record(
    connection: Connection, erasure: Erasure, counts: Mapping[str, int], log_size: int
) -> None:
    """The row that the triggers ask for; `counts` is what is about to go."""
    connection.execute(
        insert(erasures).values(
            erasure_id=erasure.erasure_id,
            dossier_id=erasure.dossier_id,
            whole=erasure.events is None,
            events_until=None if erasure.events is None else max(erasure.events, default=0),
            reason=erasure.reason,
            case_id=erasure.case_id,
            proposal_id=erasure.proposal_id,
            counts=json.dumps(dict(counts), sort_keys=True),
            log_size=log_size,
            recorded_at=stamp(erasure.at),
            recorded_by=erasure.by,
            origin=erasure.origin,
        )
    )


def rows_about(connection: Connection, dossier_id: str) -> dict[str, int]:
    """How many rows there are about this person, by table."""
    found = {table.name: count(connection, table, whose) for table, whose in _histories(dossier_id)}
    for table in WORDED:
        found[table.name] = count(connection, table, and_(*_worded(table, dossier_id)))
    for also in ALSO:
        found.update(also.rows(connection, dossier_id))
    return found


def erase_rows(connection: Connection, dossier_id: str) -> None:
    """Take them away, once an erasure that names this person is on record."""
    for also in ALSO:
        also.erase(connection, dossier_id)
    for table in WORDED:
        written = update(table).where(*_worded(table, dossier_id))
        connection.execute(written.values(sealed=None, context=None))
    for table, whose in _histories(dossier_id):
        if table is log_holds:
            _lifted(connection, dossier_id)
        connection.execute(delete(table).where(whose))


def papers_about(
    connection: Connection, dossier_id: str, events: Collection[int]
) -> dict[str, int]:
    """How many scans, and forms with words, these consent events have."""
    its = consent.consent_form.c.event_id.in_(sorted(events))
    written = (its, consent.consent_form.c.sealed.is_not(None))
    theirs = consent.consent_form.c.dossier_id == dossier_id
    scans = consent.consent_scan.c.event_id.in_(
        select(consent.consent_form.c.event_id).where(its, theirs)
    )
    forms = select(func.count()).select_from(consent.consent_form).where(*written, theirs)
    return {
        "consent_form": connection.scalar(forms) or 0,
        "consent_scan": count(connection, consent.consent_scan, scans),
    }


def papers_gone(connection: Connection, dossier_id: str, until: int) -> frozenset[int]:
    """Consent events up to this one that have neither words nor a scan, or not any more."""
    form, scan = consent.consent_form, consent.consent_scan
    found = (
        select(form.c.event_id)
        .outerjoin(scan, scan.c.event_id == form.c.event_id)
        .where(form.c.dossier_id == dossier_id, form.c.event_id <= until)
        .where(form.c.sealed.is_(None), scan.c.event_id.is_(None))
    )
    return frozenset(row.event_id for row in connection.execute(found))


def erase_papers(connection: Connection, dossier_id: str, events: Collection[int]) -> None:
    """Scan and words of these consent events go; that there was a form, and which, stays."""
    form = consent.consent_form
    its = (form.c.event_id.in_(sorted(events)), form.c.dossier_id == dossier_id)
    scans = consent.consent_scan.c.event_id.in_(select(form.c.event_id).where(*its))
    connection.execute(delete(consent.consent_scan).where(scans))
    written = update(form).where(*its, form.c.sealed.is_not(None))
    connection.execute(written.values(sealed=None, context=None))


def _histories(dossier_id: str) -> list[tuple[Table, ColumnElement[bool]]]:
    """In the order in which they can go: what points to another goes first."""
    of_form = select(consent.consent_form.c.event_id).where(
        consent.consent_form.c.dossier_id == dossier_id
    )
    scans: ColumnElement[bool] = consent.consent_scan.c.event_id.in_(of_form)
    found = [(consent.consent_scan, scans)]
    found += [
        (table, table.c.dossier_id == dossier_id)
        for table in (
            consent.consent_form,
            register.consent_event,
            register.substitution,
            register.designation,
            register.dossier_circumstance,
            register.dossier_identity,
            register.dossier_index,
            rights.dossier_restriction,
            rights.correction,
            log_holds,
        )
    ]
    found.append((register.consultation, register.consultation.c.about_id == dossier_id))
    return found


def _worded(table: Table, dossier_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (table.c.dossier_id == dossier_id, table.c.sealed.is_not(None))


def _lifted(connection: Connection, dossier_id: str) -> None:
    # Before the rows that say who it was about, by which the triggers know them.
    placed = select(log_holds.c.hold_id).where(log_holds.c.dossier_id == dossier_id)
    theirs = (log_holds.c.hold_id.in_(placed), log_holds.c.placed.is_(False))
    connection.execute(delete(log_holds).where(*theirs))


def count(connection: Connection, table: Table, whose: ColumnElement[bool]) -> int:
    """How many rows of a table are meant."""
    return connection.scalar(select(func.count()).select_from(table).where(whose)) or 0
