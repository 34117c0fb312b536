"""Who acts, by their own registered name or by their account, and what they looked at."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from gateway.adapters.register_deciding import chosen, is_meant, operators_from
from gateway.adapters.tables_deciding import operator, operator_state
from gateway.domain.audit import AT_PEOPLE, Action, Deed, DeedResult, by_account
from gateway.domain.held import NoNameError
from gateway.domain.register import Refusal, RegisterError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.adapters.audit_writing import DeedLog
    from gateway.adapters.database import Database
    from gateway.domain.held import HeldMail
    from gateway.domain.operators import Operator


def operator_of(connection: Connection, by: str, origin: str) -> Operator:
    """The active operator who is meant by an id or a name.

    Raises `NoNameError` for nobody, `RegisterError` for somebody who is not registered
    or acts from an account that is not theirs.
    """
    if not by.strip():
        raise NoNameError
    return chosen(_operators(connection), by, origin)


def actor_of(connection: Connection, by: str, origin: str) -> str:
    """Who acts, where no name is asked for: the operator meant, or whose account this is.

    Else the account itself.  Raises as `operator_of` does for a name that is no operator's.
    """
    if by.strip():
        return operator_of(connection, by, origin).operator_id
    return _of_account(_operators(connection), origin)


def looked(
    held: HeldMail, by: Operator, now: datetime, origin: str, detail: str = ""
) -> list[Deed]:
    """This operator saw whom this mail is about (BIO2 8.15), or that it is about nobody known."""
    about = sorted({each.dossier_id for each in held.reports if each.dossier_id})
    return [
        Deed(
            at=now,
            actor=by.operator_id,
            action=Action.HELD_LOOKED,
            about=held.trace,
            result=DeedResult.DONE,
            origin=origin,
            trace=held.trace,
            detail=detail,
            subject=each,
        )
        for each in about or ("",)
    ]


def looks(
    operator_id: str, origin: str, action: Action, ids: Iterable[str], now: datetime
) -> list[Deed]:
    """Who looked at what of whom, when and from which account (BIO2 8.15): one deed for each."""
    personal = action in AT_PEOPLE
    return [
        Deed(
            at=now,
            actor=operator_id,
            action=action,
            about="" if personal else each,
            result=DeedResult.DONE,
            origin=origin,
            subject=each if personal else "",
        )
        for each in ids
    ]


@asynccontextmanager
async def refusals_recorded(
    database: Database, deeds: DeedLog, by: str, origin: str, clock: Callable[[], datetime]
) -> AsyncIterator[None]:
    """What somebody tried inside who may not goes on record, apart: their deed was undone."""
    try:
        yield
    except RegisterError as error:
        if error.code in _ATTEMPTS:
            code, now = error.code, clock()
            await database.write(
                lambda connection: deeds.write(
                    connection, _refused(connection, by, origin, code, now)
                )
            )
        raise


# Refusals of who acts, or of from where, and not of what.
_ATTEMPTS: Final = frozenset(
    {
        Refusal.UNKNOWN_OPERATOR,
        Refusal.OTHER_ACCOUNT,
        Refusal.NOT_ONE_PERSON,
        Refusal.SAME_PERSON,
        Refusal.SAME_ACCOUNT,
        Refusal.NOT_YOURS,
    }
)


def _refused(
    connection: Connection, by: str, origin: str, code: Refusal, now: datetime
) -> list[Deed]:
    """Never the name that was given: who is not registered may have typed anything."""
    operators = _operators(connection)
    meant = next((each for each in operators if each.active and is_meant(each, by)), None)
    try:
        actor = chosen(operators, by, origin).operator_id
    except RegisterError:
        actor = _of_account(operators, origin)
    else:
        if code is Refusal.UNKNOWN_OPERATOR:
            return []  # of somebody else: a slip of the pen
    return [
        Deed(
            at=now,
            actor=actor,
            action=Action.OPERATOR_REFUSED,
            about=meant.operator_id if meant and meant.operator_id != actor else "",
            result=DeedResult.REFUSED,
            origin=origin,
            detail=code.value,
        )
    ]


def _of_account(operators: Sequence[Operator], origin: str) -> str:
    own = (each.operator_id for each in operators if each.active and each.login == origin)
    return next(own, by_account(origin))


def _operators(connection: Connection) -> Sequence[Operator]:
    # All of them, because the account may be another operator's own.
    people = [dict(row) for row in connection.execute(select(operator)).mappings()]
    states = select(operator_state).order_by(operator_state.c.id)
    latest = [dict(row) for row in connection.execute(states).mappings()]
    return operators_from(people, latest)
