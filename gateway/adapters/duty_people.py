"""Whom a letter of duty is about, and so what was answered to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.register_helping import read_help
from gateway.adapters.register_rows import dossiers_of
from gateway.adapters.tables_cases import case_step
from gateway.domain.helping import HELP, What
from gateway.domain.notifying import REQUEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.adapters.register_rows import Rows
    from gateway.domain.helping import HelpRequest


async def people_of(rows: Rows, about: str) -> Sequence[str]:
    """The dossiers that a letter of this reference concerns, also of who was erased since.

    None for a breach: its notice to a partner counts, and names nobody.
    """
    if about.startswith(REQUEST):
        steps = await rows.select(case_step, case_id=about.removeprefix(REQUEST))
        return sorted({row["dossier_id"] for row in steps if row["dossier_id"]})
    if about.startswith(HELP):
        (asked,) = await read_help(rows, about.removeprefix(HELP))
        return await asked_about(rows, asked)
    return ()


async def asked_about(rows: Rows, asked: HelpRequest) -> list[str]:
    """The dossiers that a letter names: the one of its case, or all of the party's."""
    if asked.what is What.HELP:
        return [asked.dossier_id] if asked.dossier_id else []
    return [each.dossier_id for each in await dossiers_of(rows, asked.party_id)]
