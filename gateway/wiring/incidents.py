"""Incident proposals and bulk invalidation, as the command line uses them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.adapters.letter_incident import IncidentLetters
from gateway.adapters.register_invalidating import terms_of
from gateway.domain.audit import Action
from gateway.domain.incidents import IncidentState, Known
from gateway.domain.proposals import ProposalKind
from gateway.domain.register import Refusal, RegisterError
from gateway.duties.withdrawal import notices
from gateway.wiring.errors import NotReadyError
from gateway.wiring.folders import new_folder, remove_empty, written
from gateway.wiring.parts import letter_settings
from gateway.wiring.register import register

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from gateway.adapters.database_register import Register
    from gateway.config import Config
    from gateway.domain.incidents import Incident, Uncovered
    from gateway.domain.invalidating import Counts
    from gateway.domain.proposals import Proposal


async def incident(
    administration: Register, incident_id: str
) -> tuple[Incident, Sequence[tuple[Uncovered, str]]]:
    """A proposal, and its disclosures as they stand by now with their state in the outbox."""
    found = await administration.incidents(incident_id)
    if not incident_id or not found:
        raise RegisterError(Refusal.UNKNOWN_INCIDENT)
    async with administration.looking() as looking:
        return found[0], await looking.left(found[0])


async def draft_notices(config: Config, incident_id: str, folder: Path, by: str) -> Sequence[Path]:
    """Accept an incident and write the drafts of its notices into a new folder; the files.

    Raises `NotReadyError` when the folder is there already, cannot be made, or when
    one of the reports is being handed over at this moment.
    """
    async with register(config) as administration:
        found, left = await incident(administration, incident_id)
        if any(state == "claimed" for _, state in left):
            raise NotReadyError("breach: a report is being handed over just now; try again")
        known = await _known(administration, [each for each, _ in left])
        texts = IncidentLetters(letter_settings(config)).drafts(
            notices(found.incident_id, found.kind, [each for each, _ in left], known)
        )
        new_folder(folder)
        try:
            await _accept(administration, found, by)
        except RegisterError:
            remove_empty(folder)
            raise
    return written(folder, {name: text.encode() for name, text in texts.items()})


async def _accept(administration: Register, found: Incident, by: str) -> None:
    """On record before anybody reads a draft: who accepted it, and whose notices they saw."""
    async with administration.change(by=by) as change:
        reason = "notices drafted"
        await change.incidents.decide(found.incident_id, IncidentState.ACCEPTED, reason)
    await administration.consulted(
        by=by, action=Action.BREACH_NOTICES_DRAFTED, ids=sorted(found.people)
    )


async def _known(administration: Register, left: Iterable[Uncovered]) -> Known:
    now = datetime.now(UTC)
    roster = await administration.roster()
    disclosures = list(left)
    people = {each.dossier_id for each in disclosures}
    records = {each: await administration.dossier_by_id(each) for each in sorted(people)}
    return Known(
        contacts={
            each.recipient_id: roster.contacts[each.recipient_id].even_if_gone(now)
            for each in disclosures
        },
        identities={
            dossier_id: record.identity if record else None
            for dossier_id, record in records.items()
        },
    )


async def invalidation_counts(administration: Register, proposal: Proposal) -> Counts | None:
    """What an invalidation that was proposed would do now; None for any other proposal."""
    if proposal.kind is not ProposalKind.INVALIDATION:
        return None
    form, valid_from = terms_of(proposal)
    async with administration.looking() as looking:
        return await looking.counts(form, valid_from)
