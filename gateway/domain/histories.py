"""What the register knew and knows: append-only histories, and what holds at an instant.

Of parties, contacts and dossiers; how a history answers says `gateway.domain.history`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.history import FOREVER, Change, History, first_of
from gateway.domain.parties import Contact, Interval, Key, KeyState, Party, Role, Side, Standing
from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from gateway.domain.bijsluiter import Doelgroep, Regime
    from gateway.domain.consent import ConsentEvent
    from gateway.domain.mail import Protection
    from gateway.domain.restricting import Restriction
    from gateway.domain.running import Running

__all__ = [
    "FOREVER",
    "NEVER",
    "Change",
    "Circumstance",
    "ConsentOf",
    "ContactDetail",
    "ContactHistory",
    "Designation",
    "DossierHistory",
    "DossierRecord",
    "History",
    "Identity",
    "PartyHistory",
    "Roster",
    "SealedIdentity",
    "Substitution",
    "first_of",
    "in_force",
    "roster_of",
]

NEVER = Interval(start=FOREVER)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyHistory:
    """A party over time.  Without a term on record it takes no part (3.1, 3.2)."""

    party_id: str
    side: Side
    instellingsnummer: str
    names: History[str]
    standings: History[Standing]
    terms: History[Interval]

    def at(self, instant: datetime) -> Party:
        """The party as it stands at `instant`; standing NONE where none is on record."""
        return Party(
            party_id=self.party_id,
            side=self.side,
            name=self.names.as_of(instant) or next(iter(self.names.ever()), ""),
            instellingsnummer=self.instellingsnummer,
            standing=self.standings.as_of(instant) or Standing.NONE,
            term=self.terms.as_of(instant) or NEVER,
        )

    def next_change(self, instant: datetime) -> datetime | None:
        """When standing or term changes by itself after `instant`."""
        return first_of(
            self.standings.next_change(instant),
            self.terms.next_change(instant),
            (self.terms.as_of(instant) or NEVER).next_change(instant),
        )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ContactDetail(Silent):
    """Who a contact is and does; `active` says whether they still are one."""

    name: str
    address: str
    role: Role
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ContactHistory(Silent):
    """A contact over time; `bounds` are confidentiality declarations (12.8)."""

    contact_id: str
    party: PartyHistory
    details: History[ContactDetail]
    bounds: History[Interval | None]
    keys: History[Key | None]

    def at(self, instant: datetime) -> Contact | None:
        """The contact at `instant`; None when not yet, or no longer, a contact."""
        detail = self.details.as_of(instant)
        return self._with(detail, instant) if detail is not None and detail.active else None

    def even_if_gone(self, instant: datetime) -> Contact:
        """The contact at `instant` as last known, for what was about them before."""
        return self._with(self.details.as_of(instant) or self.details.ever()[0], instant)

    def _with(self, detail: ContactDetail, instant: datetime) -> Contact:
        return Contact(
            contact_id=self.contact_id,
            party=self.party.at(instant),
            name=detail.name,
            address=detail.address,
            role=detail.role,
            bound=self.bounds.as_of(instant),
            key=self.keys.as_of(instant),
        )

    def next_change(self, instant: datetime) -> datetime | None:
        """When anything a decision rests on changes by itself after `instant`."""
        key, bound = self.keys.as_of(instant), self.bounds.as_of(instant)
        revoked = key.revoked_at if key else None
        return first_of(
            self.party.next_change(instant),
            self.details.next_change(instant),
            self.bounds.next_change(instant),
            self.keys.next_change(instant),
            bound.next_change(instant) if bound else None,
            key.valid.next_change(instant) if key else None,
            revoked if revoked and revoked > instant else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Roster(Silent):
    """All parties and contacts, with their whole history, as of one register revision.

    `by_fingerprint` are the contacts to whom a key was ever pinned, `by_address`
    those who ever had an address, in lower case.  `policies` are the digests of
    the decision tables that were in force, `running` the terms that nothing has stopped.
    """

    revision: int
    parties: Mapping[str, PartyHistory]
    contacts: Mapping[str, ContactHistory]
    by_fingerprint: Mapping[str, tuple[ContactHistory, ...]]
    by_address: Mapping[str, tuple[ContactHistory, ...]]
    policies: History[str]
    running: tuple[Running, ...] = ()

    def policy(self, instant: datetime) -> str:
        """The digest of the table in force at `instant`; before the first one, of the first."""
        return in_force(self.policies, instant)

    def contact(self, contact_id: str, instant: datetime) -> Contact | None:
        """The contact at `instant`, if there is one."""
        found = self.contacts.get(contact_id)
        return found.at(instant) if found else None

    def present(self, instant: datetime) -> tuple[Contact, ...]:
        """Everybody who is a contact at `instant`."""
        everybody = (found.at(instant) for found in self.contacts.values())
        return tuple(contact for contact in everybody if contact is not None)

    def holders(self, fingerprint: str, instant: datetime) -> tuple[Contact, ...]:
        """The contacts to whom this key is pinned at `instant`."""
        ever = (found.at(instant) for found in self.by_fingerprint.get(fingerprint, ()))
        return tuple(
            contact
            for contact in ever
            if contact is not None and contact.key and contact.key.fingerprint == fingerprint
        )

    def at_address(self, address: str, instant: datetime) -> tuple[Contact, ...]:
        """The contacts with this address at `instant`, whatever its case."""
        wanted = address.casefold()
        ever = (found.at(instant) for found in self.by_address.get(wanted, ()))
        return tuple(
            contact
            for contact in ever
            if contact is not None and contact.address.casefold() == wanted
        )

    def in_role(self, role: Role, instant: datetime) -> tuple[Contact, ...]:
        """Everybody with this role at `instant`."""
        everybody = ((found, found.details.as_of(instant)) for found in self.contacts.values())
        found = (each.at(instant) for each, now in everybody if now and now.role is role)
        return tuple(contact for contact in found if contact is not None)

    def officers(self, instant: datetime) -> tuple[Contact, ...]:
        """The municipality's own privacy officers to whom mail can be sealed."""
        return tuple(
            contact
            for contact in self.in_role(Role.PRIVACY_OFFICER, instant)
            if contact.party.side is Side.MUNICIPALITY
            and contact.key_state(instant) is KeyState.READY
        )

    def certificates(self, protection: Protection) -> tuple[bytes, ...]:
        """Every certificate of this protection that was ever pinned, as last imported."""
        latest: dict[str, bytes] = {}
        for contact in self.contacts.values():
            for key in contact.keys.ever():
                if key is not None and key.protection is protection:
                    latest[key.fingerprint] = key.certificate
        return tuple(latest.values())


def in_force(policies: History[str], instant: datetime) -> str:
    """The digest of the table in force; before the first one, of the first; empty without any."""
    return policies.as_of(instant) or next(iter(policies.ever()), "")


def roster_of(
    revision: int,
    parties: Iterable[PartyHistory],
    contacts: Iterable[ContactHistory],
    policies: History[str],
    running: tuple[Running, ...] = (),
) -> Roster:
    """The roster with its indexes."""
    everybody = {contact.contact_id: contact for contact in contacts}
    holders: dict[str, tuple[ContactHistory, ...]] = {}
    addresses: dict[str, tuple[ContactHistory, ...]] = {}
    for contact in everybody.values():
        for fingerprint in {key.fingerprint for key in contact.keys.ever() if key is not None}:
            holders[fingerprint] = (*holders.get(fingerprint, ()), contact)
        for address in {detail.address.casefold() for detail in contact.details.ever()}:
            addresses[address] = (*addresses.get(address, ()), contact)
    return Roster(
        revision=revision,
        parties={party.party_id: party for party in parties},
        contacts=everybody,
        by_fingerprint=holders,
        by_address=addresses,
        policies=policies,
        running=running,
    )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Identity(Silent):
    """Who an inburgeraar is; the register keeps this encrypted under a key of their own."""

    dossierkenmerk: str
    geslachtsnaam: str
    geboortedatum: str
    voorvoegsel: str = ""
    voornamen: str = ""
    email: str = ""
    telefoonnummer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SealedIdentity(Silent):
    """An identity at rest; `context` is what its ciphertext is bound to."""

    context: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstance:
    """Act, group and duty; None where our own register does not know."""

    regime: Regime | None
    doelgroep: Doelgroep | None
    duty: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Designation:
    """The contact for a dossier on one side; None while the place is vacant (12.5)."""

    party_id: str
    contact_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Substitution:
    """Who stands in for the designated contact, and when (12.5)."""

    substitution_id: str
    side: Side
    contact_id: str
    period: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentOf:
    """A consent event of this person for one provider."""

    provider_id: str
    event: ConsentEvent


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class DossierHistory(Silent):
    """One dossier over time.  `secret` is the person's wrapped key; None once destroyed."""

    dossier_id: str
    secret: bytes | None
    identities: History[SealedIdentity]
    circumstances: History[Circumstance]
    designations: Mapping[Side, History[Designation]]
    substitutions: tuple[Substitution, ...]
    consents: tuple[ConsentOf, ...]
    restrictions: tuple[Restriction, ...] = ()

    def designated(self, side: Side, instant: datetime) -> Designation | None:
        """The latest designation on this side."""
        history = self.designations.get(side)
        return history.as_of(instant) if history else None

    def standing_in(self, side: Side, instant: datetime) -> Substitution | None:
        """The substitution that runs on this side; the one agreed last if there are several."""
        running = [s for s in self.substitutions if s.side is side and s.period.holds(instant)]
        return running[-1] if running else None

    def was_with(self, side: Side, party_id: str, instant: datetime) -> bool:
        """Whether this party is, or has been, on this side of the dossier."""
        history = self.designations.get(side)
        past = history.until(instant) if history else ()
        return any(designation.party_id == party_id for designation in past)

    def next_change(self, instant: datetime) -> datetime | None:
        """When anything a decision rests on changes by itself after `instant`."""
        circumstance = self.circumstances.as_of(instant)
        return first_of(
            self.identities.next_change(instant),
            self.circumstances.next_change(instant),
            circumstance.duty.next_change(instant) if circumstance else None,
            *(history.next_change(instant) for history in self.designations.values()),
            *(c.event.valid_from for c in self.consents if c.event.valid_from > instant),
            *(each.period.next_change(instant) for each in self.substitutions),
            *(each.period.next_change(instant) for each in self.restrictions),
        )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class DossierRecord(Silent):
    """A dossier as the administration reads it; `identity` is None once erased."""

    history: DossierHistory
    identity: Identity | None
