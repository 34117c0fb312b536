"""What an excluded provider leaves behind, as the command line shows and writes it (15, 16)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.adapters.database_registry import DatabaseRegistry
from gateway.adapters.letter_exclusion import ExclusionDrafts
from gateway.adapters.words import Words
from gateway.domain.audit import Action
from gateway.domain.parties import Side
from gateway.domain.register import Refusal, RegisterError
from gateway.duties.exclusion import addressees, needing_another, notices, since
from gateway.wiring import parts
from gateway.wiring.readiness import ready_database
from gateway.wiring.register import register

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.adapters.letters import LetterSettings
    from gateway.config import Config
    from gateway.domain.histories import PartyHistory, Roster


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One notice as a file."""

    name: str
    text: str


async def dossiers_without_provider(config: Config, party_id: str) -> tuple[str, ...]:
    """The ids of the dossiers whose provider this is; raises `RegisterError` for no provider."""
    now = datetime.now(UTC)
    vault = parts.vault(config)
    async with ready_database(config, vault) as database:
        registry = DatabaseRegistry(database, vault)
        _provider(await registry.roster(), party_id)
        return needing_another(await registry.dossiers_of(party_id), party_id, now)


async def exclusion_drafts(config: Config, party_id: str, by: str) -> Sequence[Draft]:
    """The notices of article 16.1, drafted by an operator, which goes on record.

    Raises `RegisterError` for a party that is not an excluded provider.
    """
    now = datetime.now(UTC)
    async with register(config) as administration:
        roster = await administration.roster()
        excluded = _provider(roster, party_id)
        began = since(excluded, now)
        if began is None:
            raise RegisterError(Refusal.NOT_EXCLUDED)
        await administration.consulted(by=by, action=Action.PARTY_NOTICES_DRAFTED, ids=[party_id])
    settings = parts.letter_settings(config)
    writer = _writer(settings)
    return [
        Draft(
            name=f"{notice.name}.txt",
            text=writer.draft(
                excluded.at(now).name,
                began,
                to=notice.to,
                addressees=addressees(roster, notice, now),
                partner=notice.partner is not None,
            ),
        )
        for notice in notices(roster, excluded, now)
    ]


def _writer(settings: LetterSettings) -> ExclusionDrafts:
    return ExclusionDrafts(
        Words(settings.language), ZoneInfo(settings.zone), settings.municipality, settings.contact
    )


def _provider(roster: Roster, party_id: str) -> PartyHistory:
    found = roster.parties.get(party_id)
    if found is None:
        raise RegisterError(Refusal.UNKNOWN_PARTY)
    if found.side is not Side.PROVIDER:
        raise RegisterError(Refusal.NOT_A_PROVIDER)
    return found
