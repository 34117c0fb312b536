"""Who decides about what is held and who looked at it, by their registered own name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from gateway.adapters.register_deciding import chosen, operators_from
from gateway.adapters.tables_deciding import operator, operator_state
from gateway.adapters.tables_register import consultation, stamp
from gateway.domain.held import NoNameError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.domain.held import HeldMail
    from gateway.domain.operators import Operator


def operator_of(connection: Connection, by: str, origin: str) -> Operator:
    """The active operator who is meant by an id or a name.

    Raises `NoNameError` for nobody, `RegisterError` for somebody who is not registered
    or acts from an account that is not theirs.
    """
    if not by.strip():
        raise NoNameError
    # All of them, because the account may be another operator's own.
    people = [dict(row) for row in connection.execute(select(operator)).mappings()]
    states = select(operator_state).order_by(operator_state.c.id)
    latest = [dict(row) for row in connection.execute(states).mappings()]
    return chosen(operators_from(people, latest), by, origin)


def looked(
    connection: Connection, held: HeldMail, by: Operator, now: datetime, origin: str
) -> None:
    """This operator saw whom this mail is about (BIO2 8.15); kept where the register keeps it."""
    about = {each.dossier_id for each in held.reports if each.dossier_id} or {held.trace}
    rows = looks(by.operator_id, origin, "held show", sorted(about), now)
    connection.execute(insert(consultation), rows)


def looks(
    operator_id: str, origin: str, what: str, ids: Iterable[str], now: datetime
) -> list[dict[str, object]]:
    """Who looked at what of whom, when and from which account, as rows (BIO2 8.15)."""
    return [
        {
            "consulted_at": stamp(now),
            "consulted_by": operator_id,
            "what": what,
            "about_id": each,
            "origin": origin,
        }
        for each in ids
    ]
