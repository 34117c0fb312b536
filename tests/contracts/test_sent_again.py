"""The contract of what is sent again: the first result, to its own sender, on every store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from gateway.adapters import tables_register as tables
from gateway.adapters.tables_log import log_entries
from gateway.domain.parties import Role
from gateway.domain.stops import Outcome, Reason
from tests import generators
from tests.contracts.resending import AFTER_A_LEASE, STORES, House, became, house_on
from tests.tampering import unguard
from tests.world import SAAR, SAM

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.domain.wire import Json

PLAIN = generators.bericht(1)
OTHER = generators.bericht(11)
CHANGED = {**PLAIN, "voortgang": {**generators.voortgang(), "aangebodenUren": 399}}
TEXT: dict[str, Json] = {
    **PLAIN,
    "persoonlijkPlan": {
        **generators.plan(),
        "wijziging": {"datum": "2025-09-15", "omschrijving": "andere lesgroep"},
    },
}


@pytest.fixture(params=STORES)
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    async with house_on(request.param, tmp_path, request) as opened:
        yield opened


@pytest.fixture(params=STORES[1:])
async def stored(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    async with house_on(request.param, tmp_path, request) as opened:
        yield opened


async def test_the_first_result_again_and_only_to_its_sender(house: House) -> None:
    """Same content, changed content, a colleague; nothing of it is disclosed a second time."""
    (went,) = await house.sends(SAAR, {**PLAIN, "religie": "zwijgplicht"})
    assert went.outcome is None
    trace = next(iter(house.handled))
    (again,) = await house.sends(SAAR, PLAIN)
    assert again.reasons == (Reason.DUPLICATE_REPORT,)
    first = again.first
    assert first is not None
    assert (first.trace, first.outcome, first.same) == (trace, Outcome.FORWARD, True)
    assert (first.role, first.organisation) == (Role.CASEMANAGER, "Gemeente Voorbeeldstad")
    assert first.sent_at is None  # no relay took it yet
    assert first.on_record
    assert "voortgang.aangebodenUren" in first.disclosed
    assert ("?", Reason.NOT_IN_BIJSLUITER) in first.withheld
    (changed,) = await house.sends(SAAR, CHANGED)
    assert changed.reasons == (Reason.REPORT_CHANGED,)
    assert changed.first is not None
    assert changed.first.same is False
    (colleague,) = await house.sends(SAM, PLAIN)
    assert (colleague.reasons, colleague.first) == ((Reason.SENDER_NOT_DESIGNATED,), None)


async def test_what_waits_is_not_held_twice_and_what_failed_walks_anew(house: House) -> None:
    """Held and the same: told so.  Held and changed, or refused before: judged anew."""
    held, refused = await house.sends(SAAR, TEXT, generators.bericht(7))
    assert held.reasons == (Reason.FREE_TEXT,)
    assert refused.reasons == (Reason.NO_CONSENT,)
    waits, again = await house.sends(SAAR, TEXT, generators.bericht(7))
    assert waits.reasons == (Reason.REPORT_WAITS,)
    assert waits.first is not None
    assert (waits.first.outcome, waits.first.same) == (Outcome.HOLD, True)
    assert waits.first.reasons == (Reason.FREE_TEXT,)
    assert (again.reasons, again.first) == ((Reason.NO_CONSENT,), None)
    (corrected,) = await house.sends(SAAR, PLAIN)
    assert corrected.outcome is None


async def test_two_at_the_same_time(house: House) -> None:
    """Both walk before either is on record: one passes, the other walks again and is told."""
    await house.arrives(SAAR, PLAIN, OTHER)
    await house.arrives(SAAR, OTHER, PLAIN)
    claimed = await house.claims()
    assert len(claimed) == 2
    walked = await house.walks(claimed)
    assert all(each.outcome is None for _, mail in walked for each in became(mail))
    await house.records(walked)
    await house.to_the_end()
    found = [became(each) for each in house.handled.values()]
    assert [each.outcome for each in found[0]] == [None, None]
    assert [each.reasons for each in found[1]] == [(Reason.DUPLICATE_REPORT,)] * 2
    assert all(each.first is not None and each.first.same for each in found[1])


async def test_a_crash_before_the_record_costs_nobody_an_answer(house: House) -> None:
    """The walk that was lost never was: it is walked again, by the first mail or by the second."""
    await house.arrives(SAAR, PLAIN)
    await house.walks(await house.claims())  # and then the gateway dies
    await house.arrives(SAAR, PLAIN)
    await house.records(await house.walks(await house.claims()))
    house.clock.now += AFTER_A_LEASE
    await house.to_the_end()
    found = [each for mail in house.handled.values() for each in became(mail)]
    assert sorted(each.reasons for each in found) == [(), (Reason.DUPLICATE_REPORT,)]


async def test_after_the_logs_retention_ended(stored: House) -> None:
    """That it went is known for ever; what of it is not, nor whether this is the same."""
    await stored.sends(SAAR, PLAIN)
    assert stored.database is not None
    async with stored.database.transaction() as connection:
        await unguard(connection, "log_entries")
        # As pruned; but the tree's count of entries, of which nothing is asked here, stays.
        reports = update(log_entries).where(log_entries.c.kind == "report")
        await connection.execute(reports.values(kind="gone"))
    (again,) = await stored.sends(SAAR, CHANGED)
    assert again.reasons == (Reason.DUPLICATE_REPORT,)
    assert again.first is not None
    assert (again.first.same, again.first.on_record) == (None, False)
    assert (again.first.disclosed, again.first.withheld) == ((), ())
    assert again.first.role is Role.CASEMANAGER


async def test_after_the_persons_key_was_destroyed(stored: House) -> None:
    """Nothing is left to compare with or to tell of; and it does not go."""
    await stored.sends(SAAR, PLAIN)
    assert stored.database is not None
    gone = {"wrapped_key": None, "destroyed_at": 1, "destroyed_by": "test"}
    async with stored.database.transaction() as connection:
        mine = tables.dossier_secret.c.dossier_id == "dossier-1"
        await connection.execute(update(tables.dossier_secret).where(mine).values(**gone))
    (again,) = await stored.sends(SAAR, PLAIN)
    assert again.outcome is not None
    assert again.first is None or not again.first.on_record
