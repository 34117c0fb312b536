"""Why something is, was or would be shared or not, as the command line asks it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from gateway import resources
from gateway.adapters.database_registry import DatabaseRegistry
from gateway.adapters.explanations import Explanations
from gateway.adapters.words import Words
from gateway.domain.articles import Articles
from gateway.domain.assembling import contact_for
from gateway.domain.audit import Action
from gateway.domain.explaining import Direction, Reception
from gateway.domain.moments import DUTCH
from gateway.domain.parties import Side
from gateway.domain.register import Refusal, RegisterError
from gateway.domain.stops import Hold
from gateway.domain.texts import Language
from gateway.pipeline.explaining import explain_mail, supposed
from gateway.wiring import parts
from gateway.wiring.deeds import covering
from gateway.wiring.errors import NotReadyError
from gateway.wiring.readiness import ready_database
from gateway.wiring.register import administration, named_dossier
from gateway.wiring.serving import inspecting, mail_from_file
from gateway.wiring.texts import texts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from gateway.adapters.database_register import Register
    from gateway.config import Config
    from gateway.domain.histories import DossierHistory, Roster
    from gateway.pipeline.explaining import MailExplanation

_OTHER = {Side.PROVIDER: Side.MUNICIPALITY, Side.MUNICIPALITY: Side.PROVIDER}


async def explained_mail(config: Config, content: bytes, instant: datetime) -> MailExplanation:
    """Every report of a mail in a file; nothing is stored, logged or sent."""
    async with inspecting(config) as gate:
        return await explain_mail(mail_from_file(content, instant), gate)


async def explained_person(
    config: Config, kenmerk: str, *, by: str, instant: datetime
) -> tuple[Direction, ...]:
    """What could go either way about one inburgeraar; that `by` looked goes on record.

    Raises `RegisterError` for an unknown dossier or operator.
    """
    async with _reading(config) as (register, registry):
        roster, history = await register.roster(), await named_dossier(register, kenmerk)
        await register.consulted(by=by, action=Action.POLICY_EXPLAINED, ids=[history.dossier_id])
        return tuple([await _direction(registry, roster, history, side, instant) for side in Side])


async def explained_contact(
    config: Config, contact_id: str, kenmerk: str, *, by: str, instant: datetime
) -> Reception:
    """What one contact could receive about one inburgeraar; as `explained_person`."""
    async with _reading(config) as (register, registry):
        roster, history = await register.roster(), await named_dossier(register, kenmerk)
        contact = roster.contact(contact_id, instant)
        if contact is None:
            raise RegisterError(Refusal.UNKNOWN_CONTACT)
        await register.consulted(by=by, action=Action.POLICY_EXPLAINED, ids=[history.dossier_id])
        side = contact.party.side
        in_place = contact_for(roster, history, side, instant)
        return Reception(
            as_of=instant,
            contact=contact,
            designated=in_place is not None and in_place.contact_id == contact_id,
            direction=await _direction(registry, roster, history, _OTHER[side], instant),
        )


def explanations(language: str) -> Explanations:
    """Who writes explanations in this language."""
    spoken = Language(language)
    articles = Articles(resources.articles_text())
    return Explanations(Words(spoken, "explanations"), texts(), articles, DUTCH)


def article_text(number: str) -> dict[str, str]:
    """Title and text of an article, in the covenant's own Dutch."""
    articles = Articles(resources.articles_text())
    return {"title": articles.title(number), "text": articles.text(number)}


@asynccontextmanager
async def _reading(config: Config) -> AsyncIterator[tuple[Register, DatabaseRegistry]]:
    vault = parts.vault(config)
    async with ready_database(config, vault) as database, covering(config, database):
        register = await administration(config, database, vault)
        yield register, DatabaseRegistry(database, vault)


async def _direction(
    registry: DatabaseRegistry,
    roster: Roster,
    history: DossierHistory,
    sending: Side,
    instant: datetime,
) -> Direction:
    sender = contact_for(roster, history, sending, instant)
    if sender is None:
        return Direction(sending=sending, explanation=None)
    # Read as the dispatcher reads them just before sending, in one consistent reading.
    facts = await registry.facts_for(sender.contact_id, history.dossier_id, instant)
    try:
        policy = await registry.table_of(facts)
    except Hold:
        raise NotReadyError("policy: no decision table is in force; run gateway init") from None
    return Direction(sending=sending, explanation=supposed(facts, policy))
