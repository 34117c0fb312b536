"""What came of what a person asked by their rights (AVG 16 to 21, covenant 12.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.dossier_flow import named
from gateway.adapters.register_helping import question
from gateway.adapters.register_notifying import right_value
from gateway.adapters.tables_register import optional_instant
from gateway.adapters.tables_rights import (
    correction,
    dossier_restriction,
    duty_recipient,
    help_answer,
    help_request,
)
from gateway.adapters.timestamps import instant_at
from gateway.domain.dossier import RightDone, RightKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.adapters.register_rows import Row, Rows
    from gateway.adapters.vault import Vault
    from gateway.domain.cases import Case
    from gateway.domain.histories import Roster


async def read_rights(
    rows: Rows, vault: Vault, roster: Roster, dossier_id: str, cases: Sequence[Case]
) -> tuple[RightDone, ...]:
    """Oldest first; raises `VaultError` for words that do not open."""
    found = [
        _restricted(row) for row in await rows.select(dossier_restriction, dossier_id=dossier_id)
    ]
    for row in await rows.select(correction, dossier_id=dossier_id):
        value = await right_value(rows, vault, row["correction_id"])
        found.append(_corrected(row, value, roster))
    for case in cases:
        told = await rows.select(duty_recipient, case_id=case.case_id)
        found += [_told(row, roster) for row in told]
    for row in await rows.select(help_request, dossier_id=dossier_id):
        answers = await rows.select(help_answer, help_id=row["help_id"])
        words = await question(rows, vault, row["help_id"])
        found += _helped(row, answers, words, roster)
    return tuple(sorted(found, key=lambda each: each.at))


def _restricted(row: Row) -> RightDone:
    return RightDone(
        at=instant_at(row["valid_from"]),
        kind=RightKind.RESTRICTION,
        code=row["event"],
        reference=f"{row['restriction_id']} {row['reason']}",
    )


def _corrected(row: Row, value: str, roster: Roster) -> RightDone:
    at = instant_at(row["recorded_at"])
    return RightDone(
        at=at,
        kind=RightKind.CORRECTION,
        code="noted",
        reference=row["bericht_id"],
        field=row["field"],
        words=value,
        who=named(roster, row["source_id"], at),
    )


def _told(row: Row, roster: Roster) -> RightDone:
    at = instant_at(row["recorded_at"])
    return RightDone(
        at=at,
        kind=RightKind.NOTIFICATION,
        code=row["happened"],
        reference=row["reference"],
        who=named(roster, row["contact_id"], at),
        sent_at=optional_instant(row["sent_at"]),
    )


def _helped(row: Row, answers: Sequence[Row], words: str, roster: Roster) -> list[RightDone]:
    asked_at = instant_at(row["asked_at"])
    who = named(roster, row["contact_id"], asked_at)
    direction = f"{row['what']}-{row['direction']}"
    asked = RightDone(
        at=asked_at,
        kind=RightKind.HELP,
        code=direction,
        reference=row["reference"],
        words=words,
        who=who,
    )
    return [
        asked,
        *(
            RightDone(
                at=instant_at(each["answered_at"]),
                kind=RightKind.HELP,
                code=each["outcome"],
                reference=each["reference"],
                who=who,
            )
            for each in answers
        ),
    ]
