"""Parties and contacts: what may be put on record about them, and how."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import TYPE_CHECKING

from gateway.adapters import tables_register as tables
from gateway.adapters.register_writing import bounds
from gateway.adapters.tables_register import stamp
from gateway.domain.histories import ContactDetail
from gateway.domain.mail import Protection
from gateway.domain.parties import Interval, Role, Side, Standing
from gateway.domain.proposals import ProposalKind
from gateway.domain.register import (
    Refusal,
    RegisterError,
    check_address,
    check_instellingsnummer,
    check_name,
)

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.adapters.register_deciding import Proposals
    from gateway.adapters.register_writing import Described, Writing
    from gateway.domain.histories import ContactHistory
    from gateway.domain.parties import Key
    from gateway.domain.proposals import Proposal

_OF_A_KEY = ("fingerprint", "certificate", "protection", "key_start", "key_end", "revoked_at")
_SIDE_OF = {Role.CASEMANAGER: Side.MUNICIPALITY, Role.CONTACTPERSOON: Side.PROVIDER}


class Parties:
    """Who takes part in the covenant.  Everything here raises `RegisterError`."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing

    async def add(
        self,
        *,
        side: Side,
        name: str,
        instellingsnummer: str,
        standing: Standing,
        term: Interval | None = None,
        valid_from: datetime | None = None,
        party_id: str | None = None,
    ) -> str:
        """A new party; its id.  Without a term it takes no part yet."""
        writing = self._writing
        number = check_instellingsnummer(instellingsnummer)
        if await writing.rows.select(tables.party, instellingsnummer=number):
            raise RegisterError(Refusal.INSTELLINGSNUMMER_TAKEN)
        new = await writing.new_id(tables.party, party_id)
        await writing.append(tables.party, party_id=new, side=side.value, instellingsnummer=number)
        await self.rename(new, name, valid_from=valid_from)
        await self.set_standing(new, standing, valid_from=valid_from)
        if term is not None:
            await self.set_term(new, term, valid_from=valid_from)
        return new

    async def find(self, instellingsnummer: str) -> str:
        """The id of the party with this number."""
        found = await self._writing.rows.select(tables.party, instellingsnummer=instellingsnummer)
        if not found:
            raise RegisterError(Refusal.UNKNOWN_PARTY)
        return str(found[0]["party_id"])

    async def rename(self, party_id: str, name: str, *, valid_from: datetime | None = None) -> None:
        """Another name."""
        await self._writing.party(party_id)
        start = stamp(self._writing.moment(valid_from))
        await self._writing.append(
            tables.party_name, party_id=party_id, valid_from=start, name=check_name(name)
        )

    async def set_standing(
        self, party_id: str, standing: Standing, *, valid_from: datetime | None = None
    ) -> None:
        """Another standing (3.3, 5.1, 15, 16)."""
        await self._writing.party(party_id)
        start = stamp(self._writing.moment(valid_from))
        await self._writing.append(
            tables.party_standing, party_id=party_id, valid_from=start, standing=standing.value
        )

    async def set_term(
        self, party_id: str, term: Interval, *, valid_from: datetime | None = None
    ) -> None:
        """The covenant's term as this party signed it: both bounds (3.1, 3.2)."""
        await self._writing.party(party_id)
        if term.start is None or term.end is None:
            raise RegisterError(Refusal.PERIOD_EMPTY)
        await self._writing.append(
            tables.party_term,
            party_id=party_id,
            valid_from=stamp(self._writing.moment(valid_from)),
            **bounds(term, "term_start", "term_end"),
        )


class Contacts:
    """Through whom parties exchange.  Everything here raises `RegisterError`."""

    def __init__(self, writing: Writing, proposals: Proposals) -> None:
        self._writing = writing
        self._proposals = proposals

    async def add(
        self,
        *,
        party_id: str,
        name: str,
        address: str,
        role: Role,
        bound: Interval | None = None,
        certificate: bytes | None = None,
        valid_from: datetime | None = None,
        contact_id: str | None = None,
    ) -> str:
        """A new contact; their id.  `bound`: the confidentiality declaration (12.8).

        A `certificate` is only proposed: until another operator approved it, they have no key.
        """
        await self._writing.party(party_id)
        new = await self._writing.new_id(tables.contact, contact_id)
        await self._writing.append(tables.contact, contact_id=new, party_id=party_id)
        detail = ContactDetail(name=name, address=address, role=role, active=True)
        await self._detail(new, detail, self._writing.moment(valid_from))
        if bound is not None:
            await self.declare(new, bound, valid_from=valid_from)
        if certificate is not None:
            await self.propose_key(new, certificate)
        return new

    async def find(self, address: str, *, at: datetime | None = None) -> str:
        """The id of who has this mail address."""
        instant = self._writing.moment(at)
        for history in (await self._writing.roster()).ever_at(address):
            contact = history.at(instant)
            if contact is not None and contact.address.casefold() == address.casefold():
                return contact.contact_id
        raise RegisterError(Refusal.UNKNOWN_CONTACT)

    async def change(
        self,
        contact_id: str,
        *,
        name: str | None = None,
        address: str | None = None,
        role: Role | None = None,
        valid_from: datetime | None = None,
    ) -> None:
        """Another name, address or role; also brings back who was no contact any more."""
        start = self._writing.moment(valid_from)
        before = await self._before(contact_id, start)
        if address is not None:
            await self._vouched(contact_id, address, start)
        detail = ContactDetail(
            name=name or before.name,
            address=address or before.address,
            role=role or before.role,
            active=True,
        )
        await self._detail(contact_id, detail, start)

    async def _vouched(self, contact_id: str, address: str, start: datetime) -> None:
        """Whether the S/MIME certificates that they have then are for this address."""
        for key in (await self._writing.contact(contact_id)).keys.since(start):
            if key is None or key.protection is not Protection.SMIME or key.revoked_at:
                continue
            described = self._described(key.certificate, start)
            if address.casefold() not in {each.casefold() for each in described.emails}:
                raise RegisterError(Refusal.KEY_OF_OTHER_ADDRESS)

    async def end(self, contact_id: str, *, valid_from: datetime | None = None) -> None:
        """No contact any more: neither sends nor receives."""
        start = self._writing.moment(valid_from)
        before = await self._before(contact_id, start)
        detail = ContactDetail(
            name=before.name, address=before.address, role=before.role, active=False
        )
        await self._append_detail(contact_id, detail, start)

    async def _before(self, contact_id: str, start: datetime) -> ContactDetail:
        before = (await self._writing.contact(contact_id)).details.as_of(start)
        if before is None:
            raise RegisterError(Refusal.UNKNOWN_CONTACT)
        return before

    async def _detail(self, contact_id: str, detail: ContactDetail, start: datetime) -> None:
        check_address(detail.address, detail.role)
        wanted = detail.address.casefold()
        for other in (await self._writing.roster()).ever_at(wanted):
            if other.contact_id != contact_id and any(
                each.active and each.address.casefold() == wanted
                for each in other.details.since(start)
            ):
                raise RegisterError(Refusal.ADDRESS_TAKEN)
        await self._append_detail(contact_id, detail, start)

    async def _append_detail(self, contact_id: str, detail: ContactDetail, start: datetime) -> None:
        party_side = (await self._writing.contact(contact_id)).party.side
        if _SIDE_OF.get(detail.role, party_side) is not party_side:
            raise RegisterError(Refusal.ROLE_ON_OTHER_SIDE)
        await self._writing.append(
            tables.contact_detail,
            contact_id=contact_id,
            valid_from=stamp(start),
            name=check_name(detail.name),
            address=detail.address,
            role=detail.role.value,
            active=detail.active,
        )

    async def declare(
        self, contact_id: str, bound: Interval | None, *, valid_from: datetime | None = None
    ) -> None:
        """The period of the signed confidentiality declaration; None when it was taken back."""
        await self._writing.contact(contact_id)
        await self._writing.append(
            tables.contact_confidentiality,
            contact_id=contact_id,
            valid_from=stamp(self._writing.moment(valid_from)),
            declared=bound is not None,
            **bounds(bound, "bound_start", "bound_end"),
        )

    async def propose_key(
        self, contact_id: str, certificate: bytes, *, other_address: bool = False
    ) -> str:
        """A new or changed key: the proposal another operator has to approve.

        Until then it is pending and counts for nothing.  `other_address` says that
        the key is meant although it names other addresses.
        """
        described = await self._pinnable(contact_id, certificate, other_address=other_address)
        payload = {
            "fingerprint": described.fingerprint,
            "certificate": b64encode(described.kept).decode(),
            "other_address": "yes" if other_address else "",
            "replaces": await self._last_key(contact_id),
        }
        return await self._proposals.add(ProposalKind.KEY, contact_id, payload)

    async def pin(self, proposal: Proposal) -> None:
        """The key of an approved proposal, and no other, is the contact's from now on.

        Refused as stale when the contact's key was pinned, revoked or taken away since it was
        proposed: who approves knows what it would replace.
        """
        if proposal.payload.get("replaces") != await self._last_key(proposal.subject):
            raise RegisterError(Refusal.PROPOSAL_STALE)
        certificate = b64decode(proposal.payload["certificate"])
        described = await self._pinnable(
            proposal.subject, certificate, other_address=bool(proposal.payload["other_address"])
        )
        if described.fingerprint != proposal.payload["fingerprint"]:
            raise RegisterError(Refusal.FINGERPRINT_DIFFERS)
        now = self._writing.now
        await self._writing.append(
            tables.contact_key,
            contact_id=proposal.subject,
            valid_from=stamp(now),
            fingerprint=described.fingerprint,
            certificate=described.kept,
            protection=described.protection.value,
            key_start=stamp(min(described.created, now)),
            key_end=stamp(described.expires),
            revoked_at=None,
            proposal_id=proposal.proposal_id,
        )

    async def _last_key(self, contact_id: str) -> str:
        """The number of the latest entry about this contact's key; empty where there is none."""
        rows = await self._writing.rows.select(tables.contact_key, contact_id=contact_id)
        return str(rows[-1]["id"]) if rows else ""

    async def _pinnable(
        self, contact_id: str, certificate: bytes, *, other_address: bool
    ) -> Described:
        now = self._writing.now
        contact = await self._writing.contact(contact_id)
        described = self._described(certificate, now)
        # What an S/MIME certificate says of its address is what its authority vouches for.
        if not other_address or described.protection is Protection.SMIME:
            _names_address(described, contact, now)
        await self._free(described.fingerprint, contact_id, now)
        return described

    def _described(self, certificate: bytes, start: datetime) -> Described:
        described, kind = None, ""
        try:
            described = self._writing.describe(certificate)
        except ValueError as error:
            kind = str(getattr(error, "kind", "unreadable"))
        if described is None:
            raise RegisterError(Refusal.KEY_REFUSED, kind)
        ended = described.expires is not None and described.expires <= start
        if described.revoked or ended or not described.can_encrypt:
            raise RegisterError(Refusal.KEY_UNUSABLE)
        return described

    async def _free(self, fingerprint: str, contact_id: str, start: datetime) -> None:
        for other in (await self._writing.roster()).ever_with(fingerprint):
            pinned = (key for key in other.keys.since(start) if key is not None)
            if other.contact_id != contact_id and any(
                key.fingerprint == fingerprint for key in pinned
            ):
                raise RegisterError(Refusal.KEY_TAKEN)

    async def revoke(self, contact_id: str, *, at: datetime | None = None) -> None:
        """The pinned key is revoked from `at` on: it is still recognised, and refused."""
        start = self._writing.moment(at)
        key = await self._pinned(contact_id, start)
        await self._writing.append(
            tables.contact_key,
            contact_id=contact_id,
            valid_from=stamp(start),
            fingerprint=key.fingerprint,
            certificate=key.certificate,
            protection=key.protection.value,
            key_start=stamp(key.valid.start),
            key_end=stamp(key.valid.end),
            revoked_at=stamp(start),
        )

    async def unpin(self, contact_id: str, *, valid_from: datetime | None = None) -> None:
        """The contact has no key any more; another contact may have it."""
        start = self._writing.moment(valid_from)
        await self._pinned(contact_id, start)
        await self._writing.append(
            tables.contact_key,
            contact_id=contact_id,
            valid_from=stamp(start),
            **dict.fromkeys(_OF_A_KEY),
        )

    async def _pinned(self, contact_id: str, start: datetime) -> Key:
        key = (await self._writing.contact(contact_id)).keys.as_of(start)
        if key is None:
            raise RegisterError(Refusal.NO_KEY)
        return key


def _names_address(described: Described, contact: ContactHistory, start: datetime) -> None:
    named = {address.casefold() for address in described.emails}
    if named and contact.even_if_gone(start).address.casefold() not in named:
        raise RegisterError(Refusal.KEY_OF_OTHER_ADDRESS)
