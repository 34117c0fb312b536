"""AVG 17: of who was only received nothing is left either, byte for byte, and the count stands."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from gateway.adapters.database_scope import DatabaseScopes
from gateway.adapters.log_holding import LogHolds, standing
from gateway.domain.breach_summary import summary
from gateway.domain.breach_terms import Cause, Nature
from gateway.domain.breaches import Timeline
from gateway.domain.received import Came, Lies
from gateway.domain.register import RegisterError
from gateway.domain.scope import Criterion
from gateway.wiring.breach_affected import of_scope
from tests import world
from tests.contracts.erasing import ANNA, BADR, City, sightings
from tests.contracts.flow import NOW
from tests.generators import bericht_id

if TYPE_CHECKING:
    from gateway.domain.scope import Scope

HOUR = timedelta(hours=1)
# Of her reports: held beside one of his, passed on, and waiting in the outbox.
HERS = (1, 3, 4)


async def asked(city: City) -> Scope:
    everything = Criterion(mailbox="poort@gemeente.example", boxes=frozenset({city.mailbox.name}))
    return await DatabaseScopes(city.database, city.flow.vault).whole(everything, NOW, verify=True)


async def opened(city: City, scope: Scope) -> str:
    """A breach about all of it."""
    timeline = Timeline(
        occurred_from=NOW - HOUR, occurred_until=None, detected_at=NOW, aware_at=NOW
    )
    async with city.register.change(by=world.BY) as change:
        return await change.breaches.open(
            timeline,
            Cause.INTRUSION,
            (Nature.CONFIDENTIALITY,),
            "de mailbox is gelezen",
            affected=of_scope(scope),
        )


def lies_of(scope: Scope) -> dict[str, tuple[Lies, bool]]:
    """By mail whether the original is still in the mailbox, and its bytes with us."""
    return {each.trace: (each.original, each.stored) for each in scope.received}


async def test_nothing_of_who_was_only_received_is_left(city: City) -> None:
    """Barred while the breach holds it, as what was passed on is; then gone, and still counted."""
    await city.plant()
    before = await asked(city)
    held = [each for each in before.received if each.state is Came.HELD]
    assert {each.dossier_id for each in held} == {ANNA, BADR}
    breach = await opened(city, before)
    counted = summary(await city.register.breach_affected(breach))
    assert (counted.people, counted.reports, counted.received) == (2, 1, 3)
    wanted = await city.secrets()
    wanted |= {f"report {each}": str(bericht_id(each)).encode() for each in HERS}
    assert {name for name, _ in sightings(city.files(), wanted)} == set(wanted)

    proposal = await city.propose(await city.asked())
    with pytest.raises(RegisterError, match="claims"):
        await city.approve(proposal)
    holds = LogHolds(world.deeds(city.flow.vault).write, "fien")
    for each in await city.database.look(standing):
        lift = partial(holds.lift, hold_id=each.hold_id, by=world.BY, now=NOW)
        await city.database.write(lift)
    assert set(lies_of(before).values()) == {(Lies.THERE, True)}
    await city.approve(proposal)
    assert {lies for lies, _ in lies_of(await asked(city)).values()} == {Lies.TO_GO}
    await city.clear()
    # Of her alone at once; what is about him too lies there as long as a backup needs it.
    assert lies_of(await asked(city)) == {
        city.waiting: (Lies.GONE, False),
        city.shared: (Lies.TO_GO, True),
    }
    assert await city.end.run(NOW) != ()

    assert sightings(city.files(), wanted) == []
    after = await asked(city)
    assert ANNA not in after.concerned
    assert BADR in after.concerned
    gone = {each.trace: each.state for each in after.received if not each.dossier_id}
    assert gone == dict.fromkeys((city.shared, city.waiting), Came.REFUSED)
    again = summary(await city.register.breach_affected(breach))
    assert (again.people, again.received) == (counted.people, counted.received)
