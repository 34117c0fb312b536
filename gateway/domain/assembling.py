"""From histories to the facts about one report: pure, and the same for every register."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.consent import NO_CONSENT, effective, expired_after
from gateway.domain.facts import Dossier, Facts
from gateway.domain.histories import Circumstance, first_of
from gateway.domain.parties import Interval, Role, Side
from gateway.domain.replacing import replaced_of
from gateway.domain.restricting import in_force

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from gateway.domain.consent import Consent
    from gateway.domain.histories import DossierHistory, Identity, Roster
    from gateway.domain.parties import Contact
    from gateway.domain.replacing import Record, Replaced

DESIGNABLE = {Side.PROVIDER: Role.CONTACTPERSOON, Side.MUNICIPALITY: Role.CASEMANAGER}
_OTHER = {Side.PROVIDER: Side.MUNICIPALITY, Side.MUNICIPALITY: Side.PROVIDER}
_UNKNOWN = Circumstance(regime=None, doelgroep=None, duty=Interval())


def facts_without_dossier(
    roster: Roster, sender: Contact, dossierkenmerk: str, instant: datetime
) -> Facts:
    """No such dossier, or none that the sender's party has ever been designated for."""
    return Facts(
        dossierkenmerk=dossierkenmerk,
        as_of=instant,
        revision=roster.revision,
        until=roster.contacts[sender.contact_id].next_change(instant),
        sender=sender,
        provider=None,
        dossier=None,
        sender_designated=False,
        recipient=None,
        consent=NO_CONSENT,
        policy_digest=roster.policy(instant),
    )


def facts_of(
    roster: Roster,
    history: DossierHistory,
    identity: Identity,
    *,
    asked: str,
    sender: Contact,
    instant: datetime,
    disclosed_before: bool = False,
    replacing: tuple[UUID, Record] | None = None,
) -> Facts:
    """One consistent reading for one report; `asked` is the dossierkenmerk as the sender wrote it.

    A party that was never designated on its own side of this dossier gets the
    same answer as about a dossier that does not exist.  `replacing` is the report that a
    correction names, with what is on record of it.
    """
    side = sender.party.side
    if not history.was_with(side, sender.party.party_id, instant):
        return facts_without_dossier(roster, sender, asked, instant)
    circumstance = history.circumstances.as_of(instant) or _UNKNOWN
    in_place = contact_for(roster, history, side, instant)
    recipient = contact_for(roster, history, _OTHER[side], instant)
    with_provider = history.designated(Side.PROVIDER, instant)
    provider = roster.parties.get(with_provider.party_id) if with_provider else None
    return Facts(
        dossierkenmerk=asked,
        as_of=instant,
        revision=roster.revision,
        until=_until(roster, history, sender, instant),
        sender=sender,
        provider=provider.at(instant) if provider else None,
        dossier=_dossier(history.dossier_id, identity, circumstance),
        sender_designated=in_place is not None and in_place.contact_id == sender.contact_id,
        recipient=recipient,
        consent=consent_for(
            history, provider.party_id if provider else "", valid_at=instant, known_at=instant
        ),
        policy_digest=roster.policy(instant),
        disclosed_before=disclosed_before,
        replaced=_replaced(roster, history.dossier_id, replacing, sender, instant)
        if replacing
        else None,
        restrictions=in_force(history.restrictions, instant),
    )


def _replaced(
    roster: Roster,
    dossier_id: str,
    replacing: tuple[UUID, Record],
    sender: Contact,
    instant: datetime,
) -> Replaced:
    bericht_id, record = replacing
    named = {each.recipient_id for each in record.passed} & roster.contacts.keys()
    contacts = {each: roster.contacts[each].even_if_gone(instant) for each in named}
    return replaced_of(bericht_id, record, dossier_id, sender.contact_id, contacts)


def contact_for(
    roster: Roster, history: DossierHistory, side: Side, instant: datetime
) -> Contact | None:
    """The one contact of this dossier on this side: the substitute while one stands in (12.5).

    Nobody whose role may not see personal data, who belongs to another party
    than the designated one, or who is no contact any more.
    """
    designation = history.designated(side, instant)
    if designation is None:
        return None
    substitution = history.standing_in(side, instant)
    candidates = (substitution.contact_id if substitution else None, designation.contact_id)
    for contact_id in candidates:
        contact = roster.contact(contact_id, instant) if contact_id else None
        if (
            contact is not None
            and contact.role is DESIGNABLE[side]
            and contact.party.party_id == designation.party_id
        ):
            return contact
    return None


def _dossier(dossier_id: str, identity: Identity, circumstance: Circumstance) -> Dossier:
    return Dossier(
        dossier_id=dossier_id,
        dossierkenmerk=identity.dossierkenmerk,
        regime=circumstance.regime,
        doelgroep=circumstance.doelgroep,
        duty=circumstance.duty,
        geslachtsnaam=identity.geslachtsnaam,
        voorvoegsel=identity.voorvoegsel,
        geboortedatum=identity.geboortedatum,
    )


def consent_for(
    history: DossierHistory, provider_id: str, *, valid_at: datetime, known_at: datetime
) -> Consent:
    """Consent for this provider held at `valid_at`, as known at `known_at`; over with the duty.

    Every place that asks for consent asks here, so that none forgets its end.
    """
    events = [each.event for each in history.consents if each.provider_id == provider_id]
    duty = (history.circumstances.as_of(valid_at) or _UNKNOWN).duty
    return expired_after(effective(events, valid_at=valid_at, known_at=known_at), duty, valid_at)


def _until(
    roster: Roster, history: DossierHistory, sender: Contact, instant: datetime
) -> datetime | None:
    concerned = {sender.contact_id} | {each.contact_id for each in history.substitutions}
    parties = set()
    for side in history.designations:
        designation = history.designated(side, instant)
        if designation is not None:
            parties.add(designation.party_id)
            concerned |= {designation.contact_id} if designation.contact_id else set()
    return first_of(
        history.next_change(instant),
        *(
            roster.contacts[each].next_change(instant)
            for each in concerned
            if each in roster.contacts
        ),
        *(roster.parties[each].next_change(instant) for each in parties if each in roster.parties),
    )
