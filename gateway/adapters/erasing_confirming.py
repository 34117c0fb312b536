"""What an erasure left is shown, and what people say is gone is on record, with who said so."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from gateway.adapters import erasing_files as files
from gateway.adapters import erasing_originals as originals
from gateway.adapters.log_writing import sequence
from gateway.adapters.looking import operator_of
from gateway.adapters.tables_erasing import erasure, erasure_file_end
from gateway.adapters.tables_register import stamp
from gateway.domain.audit import Action, Deed, DeedResult
from gateway.domain.held import NoNameError
from gateway.domain.originals import Fate, Remains
from gateway.domain.register import Refusal, RegisterError

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.adapters.audit_writing import DeedLog


def read_remains(connection: Connection, backup_days: int, erasure_id: str = "") -> Remains:
    """What is still to go, of one erasure or of all; raises `RegisterError` for an unknown one."""
    if erasure_id:
        _check_known(connection, erasure_id)
    return Remains(
        originals=originals.still_open(connection, backup_days, erasure_id),
        files=files.still_open(connection, erasure_id),
    )


class Confirming:
    """One confirmation by one operator; the deed and what it says are one transaction."""

    def __init__(
        self,
        deeds: DeedLog,
        erasure_id: str,
        *,
        backup_days: int,
        by: str,
        origin: str,
        now: datetime,
    ) -> None:
        self._deeds = deeds
        self._erasure_id = erasure_id
        self._backup_days = backup_days
        self._by = by
        self._origin = origin
        self._now = now

    def write(self, connection: Connection, numbers: Collection[int], *, mail: bool) -> int:
        """How many were open and are gone now, the files by number and with `mail` originals.

        Raises `RegisterError` for an unknown erasure, for a number that is not open, and for
        no operator.
        """
        _check_known(connection, self._erasure_id)
        originals.new_revision(connection)
        sequence(connection)
        actor = _operator(connection, self._by, self._origin)
        made = self._files(connection, set(numbers), actor)
        mails = self._originals(connection, actor) if mail else 0
        if made + mails:
            self._deeds.write(connection, [self._deed(actor)])
        return made + mails

    def _files(self, connection: Connection, numbers: set[int], actor: str) -> int:
        there = {each.number for each in files.still_open(connection, self._erasure_id)}
        if not numbers <= there:
            raise RegisterError(Refusal.UNKNOWN_REMAINS)
        for number in sorted(numbers):
            connection.execute(
                insert(erasure_file_end).values(
                    erasure_id=self._erasure_id,
                    number=number,
                    ended_at=stamp(self._now),
                    ended_by=actor,
                    origin=self._origin,
                )
            )
        return len(numbers)

    def _originals(self, connection: Connection, actor: str) -> int:
        tried = {Fate.STUCK.value, Fate.ELSEWHERE.value}
        found = originals.still_open(connection, self._backup_days, self._erasure_id)
        rows = [each for each in found if each.state in tried]
        if not rows:
            raise RegisterError(Refusal.NO_MAIL_TO_CONFIRM)
        originals.end(
            connection, rows, Fate.CONFIRMED, by=actor, origin=self._origin, now=self._now
        )
        return len(rows)

    def _deed(self, actor: str) -> Deed:
        return Deed(
            at=self._now,
            actor=actor,
            action=Action.REMAINS_CONFIRMED,
            about=self._erasure_id,
            result=DeedResult.DONE,
            origin=self._origin,
        )


def _check_known(connection: Connection, erasure_id: str) -> None:
    its = select(erasure.c.erasure_id).where(erasure.c.erasure_id == erasure_id)
    if connection.scalar(its) is None:
        raise RegisterError(Refusal.UNKNOWN_ERASURE)


def _operator(connection: Connection, by: str, origin: str) -> str:
    with suppress(NoNameError):
        return operator_of(connection, by, origin).operator_id
    raise RegisterError(Refusal.UNKNOWN_OPERATOR)
