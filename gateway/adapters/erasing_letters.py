"""What erasing somebody does to letters of duty: none that names them leaves, no answer stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from gateway.adapters.among import among
from gateway.adapters.flow_rows import drop
from gateway.adapters.tables_cases import case_step
from gateway.adapters.tables_duties import duty_confirmation, duty_letter
from gateway.adapters.tables_flow import outgoing
from gateway.adapters.tables_rights import help_request
from gateway.domain.duty_letters import DutyMatter
from gateway.domain.helping import HELP
from gateway.domain.notifying import REQUEST

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

# These say whom they are about, and what is right of them; the others only references.
_NAMING = (DutyMatter.CORRECTION.value, DutyMatter.HELP.value)


def withdraw_letters(connection: Connection, dossier_id: str) -> int:
    """Letters that name this person and have not left will not; how many.

    One that asks a party to remove names many: the next round writes it anew, without them.
    """
    naming = or_(
        duty_letter.c.matter == DutyMatter.REMOVAL.value,
        duty_letter.c.matter.in_(_NAMING) & _about(connection, dossier_id),
    )
    rows = connection.execute(
        select(outgoing.c.id)
        .join(duty_letter, duty_letter.c.trace == outgoing.c.trace)
        .where(naming, outgoing.c.state.in_(("waiting", "claimed", "undeliverable")))
    )
    ids = [row.id for row in rows]
    drop(connection, ids, state="withdrawn")
    return len(ids)


def answers_about(connection: Connection, dossier_id: str) -> list[str]:
    """The traces of the mails that answered letters about this person's requests."""
    found = connection.execute(
        select(duty_confirmation.c.trace)
        .join(duty_letter, duty_letter.c.letter_id == duty_confirmation.c.letter_id)
        .where(_about(connection, dossier_id), duty_confirmation.c.how == "reply")
    )
    return sorted({row.trace for row in found})


def _about(connection: Connection, dossier_id: str) -> ColumnElement[bool]:
    cases = select(case_step.c.case_id).where(case_step.c.dossier_id == dossier_id).distinct()
    helps = select(help_request.c.help_id).where(help_request.c.dossier_id == dossier_id)
    about = [f"{REQUEST}{row.case_id}" for row in connection.execute(cases)]
    about += [f"{HELP}{row.help_id}" for row in connection.execute(helps)]
    return among(duty_letter.c.about, about)
