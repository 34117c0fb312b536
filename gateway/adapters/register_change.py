"""A change of the register as those who make it see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.register_breaches import Breaches
from gateway.adapters.register_cases import Cases
from gateway.adapters.register_consents import Consents
from gateway.adapters.register_deciding import Operators, Policies, Proposals
from gateway.adapters.register_deeds import Done
from gateway.adapters.register_dossiers import Designations, Dossiers
from gateway.adapters.register_helping import Helping
from gateway.adapters.register_holding import QueueHolds
from gateway.adapters.register_invalidating import Invalidations
from gateway.adapters.register_late import Incidents
from gateway.adapters.register_notifying import Corrections, Notifications
from gateway.adapters.register_parties import Contacts, Parties
from gateway.adapters.register_rights import Restrictions
from gateway.adapters.tables_register import register_change
from gateway.domain.audit import Action
from gateway.domain.proposals import Channel, Proposal, ProposalKind, Verdict, same_fingerprint
from gateway.domain.register import Refusal, RegisterError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import TypeAlias

    from gateway.adapters.register_writing import Writing
    from gateway.domain.cases import Case
    from gateway.domain.importing import Kind
    from gateway.domain.incidents import Incident

    Erase: TypeAlias = Callable[["Change", Case], Awaitable[None]]


class Change:
    """What can be put on record together, in one transaction, under one revision."""

    def __init__(self, writing: Writing, erase: Erase | None = None) -> None:
        """`erase` carries out the erasure of the person of a case; without it none is."""
        self._writing = writing
        self.proposals = Proposals(writing)
        self.operators = Operators(writing, self.proposals)
        self.policies = Policies(writing, self.proposals)
        self.parties = Parties(writing)
        self.contacts = Contacts(writing, self.proposals)
        self.dossiers = Dossiers(writing)
        self.designations = Designations(writing)
        self.consents = Consents(writing)
        self.restrictions = Restrictions(writing)
        self.notifications = Notifications(writing)
        self.corrections = Corrections(writing, self.notifications)
        self.helping = Helping(writing)
        self.invalidations = Invalidations(writing, self.proposals)
        self.incidents = Incidents(writing)
        self.breaches = Breaches(writing, self.proposals)
        self.queue_holds = QueueHolds(writing)
        self.cases = Cases(writing, self.proposals)
        self._erase = erase
        self.opened: Incident | None = None

    async def finish(self) -> None:
        """Called once at the end: what this change says of the past opens an incident proposal.

        And the change itself goes on record, with the account that it came from.
        """
        self.opened = await self.incidents.review()
        await self._writing.append(register_change, origin=self._writing.origin)

    def imported(self, kind: Kind) -> None:
        """All of this came from a file, which is a deed of its own."""
        self._writing.deeds.add(Done(Action.IMPORTED, kind.value))

    async def approve(self, proposal_id: str) -> Proposal:
        """What another operator proposed counts from now on; not for keys.  `RegisterError`."""
        proposal = await self.proposals.find(proposal_id)
        if proposal.kind is ProposalKind.KEY:
            raise RegisterError(Refusal.FINGERPRINT_DIFFERS)
        await self.proposals.decide(proposal, Verdict.APPROVED)
        await self._carry_out(proposal)
        return proposal

    async def approve_key(self, proposal_id: str, read_out: str, channel: Channel) -> Proposal:
        """The contact read this whole fingerprint out over `channel`; the key counts from now on.

        Raises `RegisterError` when it is not that of the proposed key.
        """
        proposal = await self.proposals.find(proposal_id)
        proposed = proposal.payload.get("fingerprint", "")
        if proposal.kind is not ProposalKind.KEY or not same_fingerprint(read_out, proposed):
            raise RegisterError(Refusal.FINGERPRINT_DIFFERS)
        await self.proposals.decide(proposal, Verdict.APPROVED, f"fingerprint by {channel.value}")
        await self.contacts.pin(proposal)
        return proposal

    async def _carry_out(self, proposal: Proposal) -> None:
        if proposal.kind is ProposalKind.OPERATOR:
            await self.operators.carry_out(proposal)
        elif proposal.kind is ProposalKind.POLICY:
            await self.policies.activate(proposal)
        elif proposal.kind is ProposalKind.INVALIDATION:
            await self.invalidations.carry_out(proposal)
        elif proposal.kind is ProposalKind.NOT_REPORTING:
            await self.breaches.carry_out(proposal)
        elif proposal.kind is ProposalKind.REFUSAL:
            await self.cases.carry_out(proposal)
        elif proposal.kind is ProposalKind.TAKEN_BACK:
            await self.cases.taken_back(proposal)
        elif proposal.kind is ProposalKind.ERASURE:
            await self._erase_person(proposal)

    async def _erase_person(self, proposal: Proposal) -> None:
        """Decided and carried out together, or neither."""
        case = await self.cases.carry_out(proposal)
        if self._erase is None:
            raise RegisterError(Refusal.CANNOT_ERASE)
        await self._erase(self, case)
