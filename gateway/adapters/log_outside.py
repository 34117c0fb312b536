"""What others say of the log's checkpoints: timestamps of an authority, cosignatures of witnesses.

Both are kept beside the log, and each is verified again whenever the log is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from gateway.adapters.log_key import is_signed
from gateway.adapters.tables_log import log_checkpoints
from gateway.adapters.tables_log_kept import log_cosignatures, log_timestamps
from gateway.adapters.timestamp_authority import TimestampError
from gateway.ledger.checkpoints import Checkpoint
from gateway.ledger.findings import Finding, Kind
from gateway.ledger.notes import Note, NoteError, Signature, verify
from gateway.ledger.verdict import Said

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.adapters.tables_flow import AnyRow
    from gateway.adapters.timestamp_authority import Roots
    from gateway.ledger.notes import VerifierKey

AUTHORITY = "timestamp authority"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outsiders:
    """Whose word counts: an authority's roots, None where none is configured, and witnesses."""

    roots: Roots | None = None
    witnesses: tuple[VerifierKey, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What they said that holds, each one's newest; and what does not fit."""

    said: tuple[Said, ...]
    findings: tuple[Finding, ...]


def outside(connection: Connection, whose: Outsiders) -> Outside:
    """Everything that others said, verified; of whom is not configured nothing is believed."""
    said: dict[str, Said] = {}
    findings: list[Finding] = []
    for each in (*_stamped(connection, whose), *_cosigned(connection, whose)):
        if isinstance(each, Finding):
            findings.append(each)
        elif each.by not in said or said[each.by].size <= each.size:
            said[each.by] = each
    return Outside(said=tuple(said.values()), findings=tuple(findings))


def cosign(
    connection: Connection, note: Note, witnesses: Collection[VerifierKey], now: datetime
) -> tuple[Checkpoint, Sequence[str]]:
    """Keep the cosignatures of our witnesses under a checkpoint of ours; the names of the new ones.

    Raises `NoteError` for a checkpoint that is not ours, without a witness of ours, or
    with a signature that is bad.
    """
    checkpoint = Checkpoint.parse(note.text)
    of = log_checkpoints.c.size == checkpoint.size
    own = connection.scalar(select(log_checkpoints.c.note).where(of))
    if own is None or Note.parse(own).text != note.text:
        raise NoteError("this log has no such checkpoint")
    found = []
    for signed in verify(note, witnesses, is_signed):
        known = select(log_cosignatures.c.size).where(
            log_cosignatures.c.size == checkpoint.size,
            log_cosignatures.c.witness == str(signed.key),
        )
        if connection.execute(known).first() is not None:
            continue
        line = next(
            each
            for each in note.signatures
            if (each.name, each.key_id) == (signed.key.name, signed.key.key_id)
        )
        connection.execute(
            insert(log_cosignatures).values(
                size=checkpoint.size, witness=str(signed.key), line=str(line), at=now
            )
        )
        found.append(signed.key.name)
    return checkpoint, found


def with_cosignatures(connection: Connection, size: int | None = None) -> Note | None:
    """The newest checkpoint, or the one over `size` entries, with all that is kept under it."""
    wanted = select(log_checkpoints).order_by(log_checkpoints.c.size.desc()).limit(1)
    row = connection.execute(
        wanted if size is None else wanted.where(log_checkpoints.c.size == size)
    ).first()
    if row is None:
        return None
    note = Note.parse(row.note)
    lines = select(log_cosignatures).where(log_cosignatures.c.size == row.size)
    for each in connection.execute(lines.order_by(log_cosignatures.c.witness)):
        note = note.signed_also(Signature.parse(each.line))
    return note


def stamped_notes(connection: Connection) -> Iterator[tuple[int, bytes, bytes]]:
    """Of each timestamp the size, the note that it is over, and the token."""
    joined = select(log_timestamps, log_checkpoints.c.note).join(
        log_checkpoints, log_checkpoints.c.size == log_timestamps.c.size
    )
    for row in connection.execute(joined.order_by(log_timestamps.c.size, log_timestamps.c.at)):
        yield row.size, bytes(row.note), bytes(row.token)


def _stamped(connection: Connection, whose: Outsiders) -> Iterator[Said | Finding]:
    if whose.roots is None:
        return
    alone = select(log_timestamps.c.size).where(
        ~select(log_checkpoints.c.size)
        .where(log_checkpoints.c.size == log_timestamps.c.size)
        .exists()
    )
    for size in connection.scalars(alone.order_by(log_timestamps.c.size)):
        yield _wrong(size, f"the timestamp over {size} entries: there is no such checkpoint")
    for size, note, token in stamped_notes(connection):
        try:
            at = whose.roots.verified(token, note)
        except TimestampError as error:
            yield _wrong(size, f"the timestamp of the checkpoint over {size} entries: {error}")
        else:
            yield Said(size=size, by=AUTHORITY, at=int(at.timestamp()))


def _cosigned(connection: Connection, whose: Outsiders) -> Iterator[Said | Finding]:
    known = {str(each): each for each in whose.witnesses}
    notes = _notes(connection) if known else {}
    for row in connection.execute(select(log_cosignatures).order_by(log_cosignatures.c.size)):
        key = known.get(row.witness)
        if key is not None:
            yield _checked(row, key, notes.get(row.size))


def _checked(row: AnyRow, key: VerifierKey, note: Note | None) -> Said | Finding:
    try:
        if note is None:
            raise NoteError("there is no such checkpoint")
        line = Signature.parse(row.line)
        (signed,) = verify(Note(text=note.text, signatures=(line,)), (key,), is_signed)
    except NoteError as error:
        what = f"the cosignature of {key.name} over {row.size} entries: {error}"
        return _wrong(row.size, what)
    return Said(size=row.size, by=key.name, at=signed.time)


def _notes(connection: Connection) -> dict[int, Note]:
    """The checkpoints that witnesses signed, by size."""
    signed = select(log_cosignatures.c.size)
    wanted = select(log_checkpoints).where(log_checkpoints.c.size.in_(signed))
    found = {}
    for row in connection.execute(wanted):
        try:
            found[row.size] = Note.parse(row.note)
        except NoteError:
            continue
    return found


def _wrong(size: int, detail: str) -> Finding:
    return Finding(first=max(0, size - 1), after=size, kind=Kind.OUTSIDE, detail=detail)
