"""Ending erasures: what waited for others goes, the storage is cleaned, and it is certified.

Each step may be done again: a crash between erasing and certifying is made good by the
next run.  An erasure has its certificate only once its bytes are out of the storage.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from gateway.adapters import erasing_files as files
from gateway.adapters import erasing_originals as originals
from gateway.adapters.among import among
from gateway.adapters.erased_list import mark_of, part_mark_of
from gateway.adapters.erasing_exports import Exports
from gateway.adapters.erasing_mail import also_of_others, drop_waiting, mails_about, unlink
from gateway.adapters.erasing_parts import events_of, parts_of
from gateway.adapters.erasing_register import count
from gateway.adapters.erasing_stays import stays
from gateway.adapters.log_key import is_signed
from gateway.adapters.log_sequencing import newest
from gateway.adapters.log_writing import sequence
from gateway.adapters.scrubbing import scrub
from gateway.adapters.tables_erasing import (
    erasure,
    erasure_certificate,
    erasure_mail,
    erasure_original,
)
from gateway.adapters.tables_flow import outcomes, outgoing
from gateway.adapters.tables_log import log_checkpoints
from gateway.adapters.tables_register import dossier, dossier_secret, stamp
from gateway.adapters.tables_scope import disclosed_person
from gateway.adapters.timestamps import instant_at, microseconds
from gateway.domain.audit import Action, Deed, by_itself
from gateway.ledger.certificates import (
    Certificate,
    CertificateError,
    Checkpoint,
    backups_until,
    moment,
)
from gateway.ledger.checkpoints import open_checkpoint
from gateway.ledger.notes import Note, NoteError, sign, verify

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Table

    from gateway.adapters.audit_writing import DeedLog
    from gateway.adapters.database import Database
    from gateway.adapters.erased_list import ErasedList
    from gateway.adapters.log_key import LogKey
    from gateway.adapters.scrubbing import Scrubbed
    from gateway.adapters.tables_flow import AnyRow
    from gateway.adapters.vault import Vault
    from gateway.ledger.certificates import Part
    from gateway.ledger.notes import VerifierKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """With what, and what has to be said: days that backups last, and how long each log is."""

    key: LogKey
    backup_days: int
    log_term: str


class ErasureEnd:
    """Implements the second half of an erasure; `origin` is the account or the instance."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        deeds: DeedLog,
        erased: ErasedList,
        *,
        signing: Signing,
        cover: Callable[[], Awaitable[None]],
        origin: str,
    ) -> None:
        """`cover` puts a checkpoint over everything that is committed."""
        self._database = database
        self._vault = vault
        self._deeds = deeds
        self._erased = erased
        self._signing = signing
        self._cover = cover
        self._origin = origin

    async def run(self, now: datetime) -> Sequence[str]:
        """End what can be ended; the ids of the erasures that were certified.

        Raises `Retry` when the database cannot be cleaned now, `BrokenLogError`.
        """
        await self._database.write(partial(self._sweep, now))
        self._erased.add(*await self._database.look(self._known_again))
        due = await self._database.look(uncertified)
        if not due:
            return ()
        await self._cover()
        cleaned = await scrub(self._database)
        exports = await self._exports(due)
        await self._database.write(partial(self._certify, due, cleaned, exports, now))
        # Apart, since it goes before the log's lock: what is open is to be reminded of.
        await self._database.write(originals.new_revision)
        return due

    def _sweep(self, now: datetime, connection: Connection) -> None:
        sequence(connection)
        gone = drop_waiting(connection)
        self._deeds.write(connection, [self._deleted(trace, now) for trace in gone])
        # What was being walked while its person was erased may have said whose it was.
        for table in (outcomes, outgoing, disclosed_person):
            found = (
                select(table.c.dossier_id)
                .distinct()
                .join(dossier_secret, dossier_secret.c.dossier_id == table.c.dossier_id)
            )
            rows = connection.execute(found.where(dossier_secret.c.wrapped_key.is_(None)))
            for row in rows.all():
                self._ask_late(connection, row.dossier_id, now)
                unlink(connection, [row.dossier_id])

    def _ask_late(self, connection: Connection, dossier_id: str, now: datetime) -> None:
        """The originals of mails that were only found to be about them after they had gone."""
        erasure_id = originals.of_erased(connection, dossier_id)
        if erasure_id is not None:
            traces = mails_about(connection, dossier_id)
            others = also_of_others(connection, dossier_id, traces)
            originals.ask(connection, erasure_id, traces, others=others, now=now)

    def _deleted(self, trace: str, now: datetime) -> Deed:
        return by_itself(Action.MAIL_DELETED, trace, now, origin=self._origin, trace=trace)

    def _known_again(self, connection: Connection) -> tuple[dict[str, str], Sequence[Part]]:
        rows = connection.execute(select(erasure).where(erasure.c.whole))
        whole = {mark_of(self._vault, row.dossier_id): row.erasure_id for row in rows}
        return whole, parts_of(connection, self._vault)

    async def _exports(self, due: Sequence[str]) -> Exports:
        """Read where one of these is named for the first time; before any lock: it takes long."""
        exports = Exports(self._vault)
        if await self._database.look(partial(_new_people, due)):
            await exports.read(self._database)
        return exports

    def _certify(
        self,
        due: Sequence[str],
        cleaned: Scrubbed,
        exports: Exports,
        now: datetime,
        connection: Connection,
    ) -> None:
        key = self._signing.key
        known = newest(key.public, connection)
        if known is None:
            return
        after = _checkpoint(known.checkpoint.size, known.checkpoint.root)
        # Another gateway may have done so meanwhile.
        still = set(due) & set(uncertified(connection))
        _name_exports(connection, still, exports)
        for erasure_id in still:
            of = erasure.c.erasure_id == erasure_id
            row = connection.execute(select(erasure).where(of)).one()
            made = self._certificate(connection, row, cleaned, after=after, now=now)
            text = made.text()
            note = Note(text=text, signatures=(sign(text, key.public, key.sign),))
            connection.execute(
                insert(erasure_certificate).values(
                    erasure_id=erasure_id,
                    number=made.number,
                    note=bytes(note),
                    waiting=made.waiting,
                    originals=made.originals,
                    files=made.files,
                    signed_at=stamp(now),
                )
            )

    def _certificate(
        self,
        connection: Connection,
        row: AnyRow,
        cleaned: Scrubbed,
        *,
        after: Checkpoint,
        now: datetime,
    ) -> Certificate:
        at, erasure_id = instant_at(row.recorded_at), row.erasure_id
        events = events_of(connection, row)
        return Certificate(
            erasure=erasure_id,
            number=_of(connection, erasure_certificate, erasure_id) + 1,
            whole=bool(row.whole),
            reason=row.reason,
            case=row.case_id,
            mark=(mark_of if row.whole else part_mark_of)(self._vault, row.dossier_id),
            erased_at=moment(at),
            certified_at=moment(now),
            gone=json.loads(row.counts) | _ended(connection, erasure_id),
            waiting=_of(connection, erasure_mail, erasure_id),
            stays=stays(connection, row, self._signing.log_term, self._signing.backup_days),
            before=self._before(connection, row.log_size),
            after=after,
            database=self._database.dialect,
            cleaned=cleaned.cleaned,
            left=cleaned.left,
            backups_until=moment(backups_until(at, self._signing.backup_days)),
            originals=_of(connection, erasure_original, erasure_id),
            files=len(files.still_open(connection, erasure_id)),
            events=None if events is None else sorted(events),
        )

    def _before(self, connection: Connection, size: int) -> Checkpoint | None:
        """The newest checkpoint over the log as it was before the erasure."""
        former = log_checkpoints.c.size <= size
        latest = select(log_checkpoints).where(former).order_by(log_checkpoints.c.size.desc())
        row = connection.execute(latest.limit(1)).first()
        if row is None:
            return None
        found = open_checkpoint(row.note, self._signing.key.public, is_signed).checkpoint
        return _checkpoint(found.size, found.root)


def _new_people(due: Collection[str], connection: Connection) -> Sequence[AnyRow]:
    """Those of these erasures that are of all of a person and have no certificate yet."""
    of, signed = erasure.c.erasure_id, select(erasure_certificate.c.erasure_id)
    return connection.execute(
        select(erasure, dossier.c.recorded_at.label("first"))
        .join(dossier, dossier.c.dossier_id == erasure.c.dossier_id)
        .where(among(of, due), erasure.c.whole, of.not_in(signed))
    ).all()


def _name_exports(connection: Connection, due: Collection[str], exports: Exports) -> None:
    """What was taken out of the log while they were in it; once, since then it is named."""
    new = _new_people(due, connection)
    made = exports.made_of_everyone(connection) if new else []
    for row in new:
        while_there = [e for e in made if row.first <= microseconds(e.at) <= row.recorded_at]
        files.name(connection, row.erasure_id, while_there, everyone=True)


def uncertified(connection: Connection) -> Sequence[str]:
    """Erasures without a certificate, or whose last one no longer says what is still to go.

    More is to go than it says where a mail was only found to be about them afterwards, or a
    file was made since.
    """
    said = {row.erasure_id: row for row in certificates_of(connection)}
    mail, mailbox = _open(connection, erasure_mail), _open(connection, erasure_original)
    made = Counter(each.erasure_id for each in files.still_open(connection))
    in_order = select(erasure.c.erasure_id).order_by(erasure.c.recorded_at, erasure.c.erasure_id)
    rows = connection.execute(in_order).all()
    return [
        each
        for each in (row.erasure_id for row in rows)
        if each not in said
        or (said[each].waiting and each not in mail)
        or (said[each].originals and each not in mailbox)
        or said[each].originals < mailbox.get(each, 0)
        or (said[each].files and each not in made)
        or said[each].files < made[each]
    ]


def certificates_of(connection: Connection, erasure_id: str = "") -> Sequence[AnyRow]:
    """The notes of one erasure, or of all, in the order of signing."""
    found = select(erasure_certificate).order_by(
        erasure_certificate.c.signed_at,
        erasure_certificate.c.erasure_id,
        erasure_certificate.c.number,
    )
    if erasure_id:
        found = found.where(erasure_certificate.c.erasure_id == erasure_id)
    return connection.execute(found).all()


def read_certificate(note: bytes, log: VerifierKey) -> Certificate:
    """What a note says that the log's key signed; raises `CertificateError`."""
    problem = ""
    try:
        found = Note.parse(note)
        verify(found, [log], is_signed)
        return Certificate.parse(found.text)
    except NoteError as error:
        problem = str(error)
    raise CertificateError(problem)


def _checkpoint(size: int, root: bytes) -> Checkpoint:
    return Checkpoint(size=size, root=base64.b64encode(root).decode())


def _open(connection: Connection, table: Table) -> Mapping[str, int]:
    of = table.c.erasure_id
    rows = connection.execute(select(of, func.count()).group_by(of))
    return {str(erasure_id): int(many) for erasure_id, many in rows.all()}


def _ended(connection: Connection, erasure_id: str) -> dict[str, int]:
    """What became of originals and files, counted among what went, apart from what rows went.

    Absent is what was gone before; of files nobody knows more than what somebody said.
    """
    counts = originals.ended(connection, erasure_id)
    said = files.confirmed(connection, erasure_id)
    mails = {f"originals_{fate}": count for fate, count in counts.items()}
    return mails | ({"files_confirmed": said} if said else {})


def _of(connection: Connection, table: Table, erasure_id: str) -> int:
    return count(connection, table, table.c.erasure_id == erasure_id)
