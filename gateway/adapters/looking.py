"""Who looked at what is held: beside the processing log, in which no operator is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert

from gateway.adapters.tables_register import consultation, stamp
from gateway.domain.held import NoNameError

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.domain.held import HeldMail


def shown_name(name: str) -> str:
    """A name as it is kept; raises `NoNameError` where there is none."""
    shown = " ".join(name.split())
    if not shown:
        raise NoNameError
    return shown


def looked(connection: Connection, held: HeldMail, name: str, now: datetime) -> None:
    """`name` saw whom this mail is about (BIO2 8.15); kept where the register keeps the same."""
    about = {each.dossier_id for each in held.reports if each.dossier_id} or {held.trace}
    looks = [
        {
            "consulted_at": stamp(now),
            "consulted_by": name[:100],
            "what": "held show",
            "about_id": each,
        }
        for each in sorted(about)
    ]
    connection.execute(insert(consultation), looks)
