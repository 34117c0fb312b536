"""33: detectors look at the record and propose once; whatever they see, no outcome changes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.adapters.database_detecting import DatabaseDetectors
from gateway.adapters.tables_flow import approvals, inbound, outcomes, outgoing
from gateway.adapters.tables_register import consent_event
from gateway.domain.incidents import IncidentKind
from gateway.domain.stops import Hold, Reason, Reject
from tests import world
from tests.adapters.test_late import DAY, TAAL, Office, office
from tests.contracts.flow import handled, received, stopped
from tests.generators import INSTANT
from tests.world import BY, CASPER, SCHOOL_1, describe_marker, marker

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.domain.incidents import Incident
    from gateway.domain.stops import Stop

__all__ = ["office"]

THEIRS = describe_marker(marker(CASPER)).fingerprint
NOW = INSTANT + 10 * DAY


async def ended(office: Office, stop: Stop, number: int | None, day: float) -> str:
    """A mail, or a report of it, that this stop ended on that day; its trace."""
    now = INSTANT + day * DAY
    (claimed,) = await received(office.flow, now=now)
    walked = handled(claimed, stopped(stop, number), answers=False)
    await office.flow.ledger.release([(claimed, walked)], now)
    return claimed.raw.trace


async def detect(office: Office, now: datetime = NOW) -> Sequence[Incident]:
    """One round; what it opened."""
    detectors = DatabaseDetectors(office.database, office.flow.vault, world.deeds())
    roster = await office.register.roster()
    opened = await detectors.propose(await detectors.findings(roster, now), roster, now)
    found = {each.incident_id: each for each in await office.register.incidents()}
    return [found[each] for each in opened]


async def everything(office: Office) -> list[list[tuple[object, ...]]]:
    """What no detector may change."""
    async with office.database.reading() as connection:
        return [
            [tuple(row) for row in await connection.execute(select(table).order_by(*key))]
            for table, key in (
                (outcomes, (outcomes.c.trace, outcomes.c.round, outcomes.c.number)),
                (inbound, (inbound.c.trace,)),
                (outgoing, (outgoing.c.id,)),
                (approvals, (approvals.c.trace,)),
                (consent_event, (consent_event.c.id,)),
            )
        ]


async def test_each_fact_is_proposed_once_and_changes_nothing(office: Office) -> None:
    """All that can be seen at once: stops, a revoked key, a promise that had ended."""
    mixed_up = await ended(office, Hold(Reason.PERSON_DIFFERS), 0, day=2)
    for _ in range(3):
        await ended(office, Reject(Reason.KEY_REVOKED), None, day=3)
    for _ in range(10):
        await ended(office, Reject(Reason.DAMAGED), None, day=4)
    sealed = await office.deliver(TAAL, day=5, keys=("C" * 40, THEIRS))
    office.clock.now = NOW
    async with office.register.change(by=BY) as change:
        await change.contacts.revoke(CASPER, at=INSTANT + 4.5 * DAY)
        await change.contacts.declare(CASPER, None, valid_from=INSTANT + 4.5 * DAY)
    before = await everything(office)
    found = {(each.kind, each.evidence.split(",")[0]): each for each in await detect(office)}
    assert sorted(kind for kind, _ in found) == [
        IncidentKind.NOT_BOUND,
        IncidentKind.NOT_OPENED,  # from one address
        IncidentKind.NOT_OPENED,  # and at all
        IncidentKind.REVOKED_KEY,
        IncidentKind.REVOKED_KEY,
        IncidentKind.WRONG_PERSON,
    ]
    (wrong,) = (each for (kind, _), each in found.items() if kind is IncidentKind.WRONG_PERSON)
    assert f"{mixed_up}/1" in wrong.evidence
    assert wrong.disclosures == ()
    named = [each for incident in found.values() for each in incident.disclosures]
    assert {(each.trace, each.dossier_id, each.provider_id) for each in named} == {
        (sealed, "dossier-1", SCHOOL_1)
    }
    assert len(named) == 2
    assert await detect(office) == []
    assert await everything(office) == before


async def test_far_more_than_in_other_weeks(office: Office) -> None:
    """Six quiet weeks, and then thirty reports in one."""
    for week in range(6):
        await office.deliver(TAAL, day=7 * week)
    assert await detect(office, INSTANT + timedelta(weeks=6)) == []
    for hour in range(30):
        await office.deliver(TAAL, day=42 + hour / 24)
    (found,) = await detect(office, INSTANT + 44 * DAY)
    assert found.kind is IncidentKind.UNUSUAL_VOLUME
    assert "of 6 weeks before median 1" in found.evidence
    assert await detect(office, INSTANT + 45 * DAY) == []


async def test_where_nothing_happened_nothing_is_proposed(office: Office) -> None:
    """An ordinary report, a stop that somebody handles, a key revoked afterwards."""
    await office.deliver(TAAL, day=2, keys=("C" * 40, THEIRS))
    await ended(office, Reject(Reason.NO_CONSENT), 0, day=3)
    await ended(office, Reject(Reason.DAMAGED), None, day=3)
    office.clock.now = NOW
    async with office.register.change(by=BY) as change:
        await change.contacts.revoke(CASPER)
    assert await detect(office) == []
