"""What is held: shown without content, released by two for free text, refused for good."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import select

from gateway.adapters.tables_flow import log_entries
from gateway.adapters.tables_register import consultation
from gateway.domain.held import NoNameError, NotHeldError
from gateway.domain.outcomes import Mailed
from gateway.domain.stops import Hold, Outcome, Reason
from tests.contracts.flow import (
    HELD_TEXT,
    LATER,
    NOW,
    DatabaseWorld,
    database_url,
    database_world,
    handled,
    received,
    sealed,
    stopped,
)
from tests.generators import SENDER, bericht_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.domain.outcomes import Settled

NO_KEY = Hold(Reason.RECIPIENT_NO_KEY)


@pytest.fixture(params=("sqlite", "postgresql"))
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[DatabaseWorld]:
    made = await database_world(database_url(request, tmp_path))
    yield made
    assert await made.audit() == []
    await made.close()


async def held(world: DatabaseWorld, *others: Settled, stop: Hold = HELD_TEXT) -> str:
    """A mail whose first report is held; its trace."""
    (mail,) = await received(world)
    await world.ledger.release([(mail, handled(mail, stopped(stop), *others))], LATER)
    return mail.raw.trace


async def test_the_list_shows_references_and_reasons(world: DatabaseWorld) -> None:
    trace = await held(world)
    (mail,) = await world.held.waiting()
    assert (mail.trace, mail.received_at, mail.reasons) == (trace, NOW, (Reason.FREE_TEXT.value,))
    (report,) = mail.reports
    assert (report.number, report.outcome) == (0, Outcome.HOLD)
    assert report.bericht_id == str(bericht_id(1))
    assert report.sender_contact_id == SENDER.contact_id
    assert await world.held.show(trace) == mail


async def test_what_is_not_held_is_not_shown_and_cannot_be_decided(world: DatabaseWorld) -> None:
    (mail,) = await received(world)
    for decide in (world.held.release, world.held.refuse):
        with pytest.raises(NotHeldError):
            await decide(mail.raw.trace, "Fien", LATER)
    with pytest.raises(NotHeldError):
        await world.held.show("00" * 16)
    assert await world.state(mail.raw.trace) == "claimed"


async def test_a_decision_needs_a_name(world: DatabaseWorld) -> None:
    trace = await held(world)
    for decide in (world.held.release, world.held.refuse):
        with pytest.raises(NoNameError):
            await decide(trace, "  ", LATER)
    assert await world.state(trace) == "held"


async def test_a_hold_without_free_text_is_released_by_one(world: DatabaseWorld) -> None:
    trace = await held(world, stop=NO_KEY)
    assert (await world.held.release(trace, "Fien", LATER)).walks
    (again,) = await world.inbox.claim(10, LATER)
    assert (again.raw.trace, again.attempts, again.raw.approved) == (trace, 0, frozenset())


async def test_free_text_is_released_by_two_different_people(world: DatabaseWorld) -> None:
    trace = await held(world)
    first = await world.held.release(trace, "Fien Functionaris", LATER)
    assert (first.walks, first.waiting_for_second) == (False, (str(bericht_id(1)),))
    same = await world.held.release(trace, " fien   FUNCTIONARIS ", LATER)
    assert not same.walks
    assert await world.state(trace) == "held"
    assert (await world.held.show(trace)).reports[0].released_by == ("Fien Functionaris",)
    second = await world.held.release(trace, "Floor Tweede", LATER)
    assert (second.walks, second.waiting_for_second) == (True, ())
    (again,) = await world.inbox.claim(10, LATER)
    assert again.raw.approved == {bericht_id(1)}
    await world.ledger.release([(again, handled(again, sealed(again.raw)))], LATER)
    assert await world.standing(trace) == {0: Outcome.FORWARD}
    assert (await world.logged(trace)).count("released") == 3


async def test_only_the_report_with_free_text_is_approved(world: DatabaseWorld) -> None:
    trace = await held(world, stopped(NO_KEY, 1, report=2))
    await world.held.release(trace, "Fien", LATER)
    await world.held.release(trace, "Floor", LATER)
    (again,) = await world.inbox.claim(10, LATER)
    assert again.raw.approved == frozenset({UUID(str(bericht_id(1)))})


async def test_an_approval_stays_when_the_mail_is_held_again_for_something_else(
    world: DatabaseWorld,
) -> None:
    trace = await held(world)
    await world.held.release(trace, "Fien", LATER)
    await world.held.release(trace, "Floor", LATER)
    (again,) = await world.inbox.claim(10, LATER)
    await world.ledger.release([(again, handled(again, stopped(NO_KEY)))], LATER)
    assert (await world.held.release(trace, "Fien", LATER)).walks
    (third,) = await world.inbox.claim(10, LATER)
    assert third.raw.approved == {bericht_id(1)}


async def test_a_refusal_is_final_and_on_record(world: DatabaseWorld) -> None:
    trace = await held(world)
    decision = await world.held.refuse(trace, "Fien", LATER)
    assert [report.bericht_id for report in decision.refused] == [str(bericht_id(1))]
    assert await world.standing(trace) == {0: Outcome.REJECT}
    assert await world.state(trace) == "done"
    assert (await world.logged(trace))[-1] == "refused"
    assert await world.held.waiting() == []
    with pytest.raises(NotHeldError):
        await world.held.release(trace, "Floor", LATER)


async def test_a_refusal_queues_what_the_sender_is_told_in_the_same_transaction(
    world: DatabaseWorld,
) -> None:
    trace = await held(world)
    told = Mailed(
        message_id="<later@gemeente.example>",
        recipient=SENDER.address,
        mail=b"refused",
        after_reports=False,
    )
    await world.held.refuse(trace, "Fien", LATER, [told])
    with pytest.raises(NotHeldError):
        await world.held.refuse(trace, "Fien", LATER, [told])
    found = [each.mail for each in await world.outbox.claim(10, LATER)]
    assert found.count(b"refused") == 1


async def test_a_refusal_leaves_alone_what_has_gone(world: DatabaseWorld) -> None:
    (mail,) = await received(world)
    trace = mail.raw.trace
    await world.ledger.release(
        [(mail, handled(mail, sealed(mail.raw, 0), stopped(HELD_TEXT, 1, report=2)))], LATER
    )
    await world.held.refuse(trace, "Fien", LATER)
    assert await world.standing(trace) == {0: Outcome.FORWARD, 1: Outcome.REJECT}
    (report, *_) = [r for r in await world.outbox.claim(10, LATER) if r.standing is not None]
    await world.outbox.sent([report], LATER)


async def test_a_whole_mail_is_refused_too(world: DatabaseWorld) -> None:
    (mail,) = await received(world)
    await world.ledger.release(
        [(mail, handled(mail, stopped(Hold(Reason.TOO_LARGE), None)))], LATER
    )
    await world.held.refuse(mail.raw.trace, "Fien", LATER)
    assert await world.standing(mail.raw.trace) == {-1: Outcome.REJECT}


async def undelivered(world: DatabaseWorld, *, receipt: bool) -> str:
    (mail,) = await received(world)
    await world.ledger.release([(mail, handled(mail, sealed(mail.raw)))], LATER)
    (report,) = await world.outbox.claim(10, LATER)
    if receipt:
        await world.outbox.sent([report], LATER)
        (report,) = await world.outbox.claim(10, LATER)
    await world.outbox.undeliverable(report, (), LATER)
    return mail.raw.trace


@pytest.mark.parametrize("receipt", [True, False])
async def test_what_could_not_be_delivered_waits_with_its_reason(
    world: DatabaseWorld, receipt: bool
) -> None:
    trace = await undelivered(world, receipt=receipt)
    assert (await world.held.show(trace)).reasons == (Reason.UNDELIVERABLE.value,)


@pytest.mark.parametrize("receipt", [True, False])
async def test_what_could_not_be_delivered_walks_again_when_released(
    world: DatabaseWorld, receipt: bool
) -> None:
    trace = await undelivered(world, receipt=receipt)
    await world.held.release(trace, "Fien", LATER)
    (again,) = await world.inbox.claim(10, LATER)
    await world.ledger.release([(again, handled(again, sealed(again.raw)))], LATER)
    assert await world.standing(trace) == {0: Outcome.FORWARD}
    waiting = [kind for kind, state in await world.posted(trace) if state == "waiting"]
    assert waiting == (["receipt"] if receipt else ["receipt", "report"])


@pytest.mark.parametrize("receipt", [True, False])
async def test_what_could_not_be_delivered_can_be_refused(
    world: DatabaseWorld, receipt: bool
) -> None:
    trace = await undelivered(world, receipt=receipt)
    await world.held.refuse(trace, "Fien", LATER)
    expected = Outcome.FORWARD if receipt else Outcome.REJECT
    assert await world.standing(trace) == {0: expected}
    assert await world.state(trace) == "done"


async def test_seeing_whom_it_is_about_goes_on_record(world: DatabaseWorld) -> None:
    trace = await held(world)
    seen = await world.held.reveal(trace, " Fien  Functionaris ", LATER)
    assert seen.reports[0].dossier_id == "dossier-1"
    assert (await world.logged(trace))[-1] == "consulted"
    async with world.database.reading() as connection:
        looked = (await connection.execute(select(consultation))).one()
        entries = await connection.execute(select(log_entries.c.entry))
    assert (looked.consulted_by, looked.what) == ("fien", "held show")
    assert looked.about_id == "dossier-1"
    assert not [row for row in entries if b"Fien" in row.entry]


async def test_nobody_looks_without_a_name(world: DatabaseWorld) -> None:
    trace = await held(world)
    with pytest.raises(NoNameError):
        await world.held.reveal(trace, "  ", LATER)
    assert "consulted" not in await world.logged(trace)
