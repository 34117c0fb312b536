"""Which provider gets a kit, and what the kit has to say about how far they are.

A kit is an invitation to send personal data.  Who takes no part gets none
(covenant 3.2, 3.3, 15); who takes part but cannot send yet is told so in it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.domain.histories import FOREVER
from gateway.domain.parties import KeyState, Role, Side, Standing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from gateway.domain.histories import DossierHistory, Roster
    from gateway.domain.parties import Contact, Party

_PARTNERS = frozenset({Standing.ASPIRANT, Standing.ACTIVE})


class Reach(StrEnum):
    """How far a provider is from sending something; only the first thing that lacks."""

    NO_CONTACT = "no-contact"
    NOT_READY = "not-ready"
    NOT_DESIGNATED = "not-designated"
    READY = "ready"


def takes_part(party: Party, instant: datetime) -> bool:
    """Whether this party is a partner whose term runs, or is on record and still to come."""
    return (
        party.standing in _PARTNERS
        and party.term.start != FOREVER
        and not party.term.behind(instant)
    )


def begins(party: Party, instant: datetime) -> datetime | None:
    """When its term begins; None where that is past."""
    return party.term.start if party.term.ahead_of(instant) else None


def reach_of(
    roster: Roster, dossiers: Iterable[DossierHistory], party_id: str, instant: datetime
) -> Reach:
    """What this provider lacks: a contact, a key and a declaration, a designation (12.5, 12.8)."""
    contacts = [
        each
        for each in roster.in_role(Role.CONTACTPERSOON, instant)
        if each.party.party_id == party_id
    ]
    ready = {each.contact_id for each in contacts if _ready(each, instant)}
    if not contacts:
        return Reach.NO_CONTACT
    if not ready:
        return Reach.NOT_READY
    found = (each.designated(Side.PROVIDER, instant) for each in dossiers)
    if not any(each is not None and each.contact_id in ready for each in found):
        return Reach.NOT_DESIGNATED
    return Reach.READY


def _ready(contact: Contact, instant: datetime) -> bool:
    return contact.is_bound(instant) and contact.key_state(instant) is KeyState.READY
