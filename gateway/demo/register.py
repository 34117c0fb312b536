"""The register of the small municipality, filled through its own administration."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gateway import wiring
from gateway.demo.people import INBURGERAARS, PARTIES, PEOPLE, SAAR, SCHOOL
from gateway.domain.consent import ConsentCategory, ConsentKind
from gateway.domain.parties import Interval, Standing
from gateway.domain.proposals import Channel
from gateway.wiring import demonstrating

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.config import Config
    from gateway.demo.people import Inburgeraar
    from gateway.wiring.demonstrating import Change

# Two people keep the register: keys count only once the second has compared them.
BY, BY_ANOTHER = "anke", "bram"
OPERATORS = {BY: "Anke Verzonnen", BY_ANOTHER: "Bram Bedacht"}
YEAR = timedelta(days=365)
# Given in the past, withdrawn last week.
_AGO = {ConsentKind.GIVEN: timedelta(days=200), ConsentKind.WITHDRAWN: timedelta(days=7)}


async def fill(config: Config, certificates: Mapping[str, bytes]) -> None:
    """Everybody and everything by one operator, the keys confirmed by another.

    `certificates` by contact id.
    """
    now = datetime.now(UTC)
    async with wiring.register(config) as register:
        async with register.founding(by=BY) as change:
            for operator_id, name in OPERATORS.items():
                await change.operators.add(operator_id, name)
        async with register.change(by=BY) as change:
            await _parties(change, now)
            await _contacts(change, now, certificates)
            for inburgeraar in INBURGERAARS:
                await _dossier(change, now, inburgeraar)
        proposals = await register.proposals()
        async with register.change(by=BY_ANOTHER) as change:
            for proposal in proposals:
                read_out = demonstrating.fingerprint_of(certificates[proposal.subject])
                await change.approve_key(proposal.proposal_id, read_out, Channel.IN_PERSON)


async def _parties(change: Change, now: datetime) -> None:
    for party in PARTIES:
        await change.parties.add(
            party_id=party.party_id,
            side=party.side,
            name=party.name,
            instellingsnummer=party.instellingsnummer,
            standing=Standing.ACTIVE,
            term=Interval(start=now - YEAR, end=now + YEAR),
            valid_from=now - YEAR,
        )


async def _contacts(change: Change, now: datetime, certificates: Mapping[str, bytes]) -> None:
    for person in PEOPLE:
        await change.contacts.add(
            contact_id=person.contact_id,
            party_id=person.party.party_id,
            name=person.name,
            address=person.address,
            role=person.role,
            bound=Interval(start=now - YEAR),
            certificate=certificates[person.contact_id],
            valid_from=now - YEAR,
        )


async def _dossier(change: Change, now: datetime, inburgeraar: Inburgeraar) -> None:
    dossier_id = await change.dossiers.add(
        identity=inburgeraar.identity,
        regime=inburgeraar.regime,
        doelgroep=inburgeraar.doelgroep,
        duty=Interval(start=now - YEAR, end=now + YEAR),
        valid_from=now - YEAR,
    )
    for person in (SAAR, inburgeraar.casemanager):
        await change.designations.designate(dossier_id, person.contact_id, valid_from=now - YEAR)
    for kind, rows in inburgeraar.consents:
        await change.consents.record(
            dossier_id,
            SCHOOL.party_id,
            kind,
            valid_from=now - _AGO[kind],
            categories=[ConsentCategory(row) for row in rows.split()],
        )
