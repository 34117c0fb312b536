"""A breach of the gateway's own mailbox holds every mail of it, and erasing goes on."""

from __future__ import annotations

import secrets
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, insert

from gateway.adapters.log_holding import LogHolds, held_blocks, refuse_if_held
from gateway.adapters.tables_log_kept import log_holds
from gateway.domain.holds import Held, HoldError
from gateway.ledger.tiles import WIDTH
from tests import world
from tests.contracts.erasing import ANNA, BADR, City
from tests.contracts.flow import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy import Connection

MOST = 6  # questions


def hold_all(connection: Connection, traces: Iterable[str]) -> None:
    """As a breach does it."""
    nothing = dict.fromkeys(("dossier_id", "since", "until"))
    rows = [
        nothing
        | {"hold_id": secrets.token_hex(8), "placed": True, "mail": each, "reference": "breach/b-1"}
        | {"recorded_at": NOW, "recorded_by": "fien", "origin": "fien"}
        for each in traces
    ]
    connection.execute(insert(log_holds), rows)


def questions(connection: Connection, work: Callable[[Connection], object]) -> int:
    """How many the database is asked for this."""
    asked: list[object] = []

    def note(*given: object) -> None:
        asked.append(given)

    event.listen(connection, "before_cursor_execute", note)
    work(connection)
    event.remove(connection, "before_cursor_execute", note)
    return len(asked)


async def test_as_many_holds_as_there_are_mails_are_asked_as_one(city: City) -> None:
    """Each on its own goes through all mail that ever went out, while nothing can be recorded."""
    await city.plant()
    traces = [each.raw.trace for each in await city.arrived(30)]
    await city.database.write(partial(hold_all, traces=traces))
    refusing, pruning = (
        partial(refuse_if_held, dossier_id=ANNA),
        partial(held_blocks, span=range(WIDTH)),
    )
    for work in (refusing, pruning):
        assert await city.database.look(partial(questions, work=work)) <= MOST
    assert not await city.database.look(pruning)
    await city.database.write(partial(hold_all, traces=[city.own]))
    assert await city.database.look(pruning) == {0}
    with pytest.raises(HoldError):
        await city.database.look(refusing)
    await city.database.look(partial(refuse_if_held, dossier_id=BADR))


async def test_a_hold_on_a_mail_and_a_period_keeps_no_more_than_both(city: City) -> None:
    """Also where others are on the whole of a mail."""
    await city.plant()
    (other,) = await city.arrived(1)
    await city.database.write(partial(hold_all, traces=[other.raw.trace]))
    holds = LogHolds(world.deeds(city.flow.vault).write, "fien")
    before = Held(mail=city.own, until=NOW.replace(year=2020))
    place = partial(holds.place, held=before, reference="Z-1", by=world.BY, now=NOW)
    await city.database.write(place)
    await city.database.look(partial(refuse_if_held, dossier_id=ANNA))
    await city.database.write(partial(hold_all, traces=[city.own]))
    with pytest.raises(HoldError):
        await city.database.look(partial(refuse_if_held, dossier_id=ANNA))
