"""What is held: shown without content, released by two for free text, refused for good."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from gateway.adapters.database_desk import DatabaseDesk
from gateway.adapters.evidence import Scribe
from gateway.adapters.log_writing import LogWriter
from gateway.adapters.tables_deciding import operator_state
from gateway.adapters.tables_flow import approvals
from gateway.adapters.tables_log import log_entries
from gateway.domain.held import NoFreeTextError, NoNameError, NotHeldError, WalkedSinceError
from gateway.domain.outcomes import Mailed
from gateway.domain.stages import Post, Standing
from gateway.domain.stops import Hold, Outcome, Reason
from gateway.ledger.records import Activity
from tests.contracts.flow import (
    ACTIVITY,
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
from tests.deeds import deeds_on_record
from tests.generators import SENDER, bericht_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.domain.outcomes import Ended, Settled

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


def seen_as(digest: str, *reasons: Reason) -> Ended:
    """The report with free text, held for it and for these, on these facts."""
    standing = Standing(revision=1, digest=digest * 64, until=None)
    return replace(stopped(Hold(Reason.FREE_TEXT, *reasons)), standing=standing)


async def held_again(world: DatabaseWorld, trace: str, ended: Ended) -> None:
    """The mail walked because something changed, and was held again as this says."""
    desk = DatabaseDesk(
        world.database,
        Scribe(lambda _kind, _letter: Activity(activity_id=ACTIVITY)),
        LogWriter(world.vault),
    )
    resting = [each for each in await desk.doubtful(99, LATER, 9) if each.trace == trace]
    assert await desk.walk_again(resting, LATER) == [trace]
    (again,) = await world.inbox.claim(10, LATER)
    assert again.raw.approved == frozenset()
    await world.ledger.release([(again, handled(again, ended))], LATER)


async def test_a_walk_between_two_releases_changes_nothing_when_nothing_changed(
    world: DatabaseWorld,
) -> None:
    (mail,) = await received(world)
    trace = mail.raw.trace
    await world.ledger.release([(mail, handled(mail, seen_as("a")))], LATER)
    await world.held.release(trace, "Fien", LATER, seen=1)
    await held_again(world, trace, seen_as("a"))
    assert (await world.held.show(trace)).reports[0].released_by == ("Fien Functionaris",)
    assert (await world.held.release(trace, "Floor", LATER, seen=2)).walks
    (again,) = await world.inbox.claim(10, LATER)
    assert again.raw.approved == {bericht_id(1)}


@pytest.mark.parametrize("changed", [seen_as("b"), seen_as("a", Reason.RECIPIENT_NOT_BOUND)])
async def test_two_releases_of_something_else_do_not_add_up(
    world: DatabaseWorld, changed: Ended
) -> None:
    """Another casemanager, say: who released it before is asked again, once."""
    (mail,) = await received(world)
    trace = mail.raw.trace
    await world.ledger.release([(mail, handled(mail, seen_as("a")))], LATER)
    await world.held.release(trace, "Fien", LATER, seen=1)
    await held_again(world, trace, changed)
    assert (await world.held.show(trace)).reports[0].released_by == ()
    assert not (await world.held.release(trace, "Floor", LATER, seen=2)).walks
    assert (await world.held.release(trace, "Fien", LATER, seen=2)).walks


async def test_who_decides_says_which_round_was_seen(world: DatabaseWorld) -> None:
    (mail,) = await received(world)
    trace = mail.raw.trace
    await world.ledger.release([(mail, handled(mail, seen_as("a")))], LATER)
    assert (await world.held.show(trace)).rounds == 1
    await held_again(world, trace, seen_as("b"))
    for decide in (world.held.release, world.held.refuse):
        with pytest.raises(WalkedSinceError) as error:
            await decide(trace, "Fien", LATER, seen=1)
        assert error.value.rounds == 2
    assert await world.state(trace) == "held"
    assert "released" not in await world.logged(trace)


async def test_a_name_from_before_there_were_operators_is_nobodys(world: DatabaseWorld) -> None:
    """Or one person would be two: by the name once typed, and by the operator's id."""
    trace = await held(world)
    before = {"bericht_id": str(bericht_id(1)), "deed": "release", "at": LATER, "origin": ""}
    named = {"name": "Fien Functionaris", "name_key": "fien functionaris"}
    async with world.database.transaction() as connection:
        row = {"trace": trace, "round": 1, **before, **named}
        await connection.execute(insert(approvals).values(row))
    assert (await world.held.show(trace)).reports[0].released_by == ()
    assert not (await world.held.release(trace, "Fien Functionaris", LATER)).walks
    assert (await world.held.release(trace, "Floor", LATER)).walks


async def ended(world: DatabaseWorld, operator_id: str) -> None:
    state = {"operator_id": operator_id, "valid_from": 1, "active": False}
    recorded = {"revision": 2, "recorded_at": 1, "recorded_by": "floor"}
    async with world.database.transaction() as connection:
        await connection.execute(insert(operator_state).values(state | recorded))


async def test_who_is_no_operator_any_more_does_not_count(world: DatabaseWorld) -> None:
    trace = await held(world)
    await world.held.release(trace, "Fien", LATER)
    await ended(world, "fien")
    assert not (await world.held.release(trace, "Floor", LATER)).walks


async def test_nor_at_the_walk_itself(world: DatabaseWorld) -> None:
    trace = await held(world)
    await world.held.release(trace, "Fien", LATER)
    await world.held.release(trace, "Floor", LATER)
    await ended(world, "fien")
    (again,) = await world.inbox.claim(10, LATER)
    assert (again.raw.trace, again.raw.approved) == (trace, frozenset())


async def test_what_was_refused_stays_so_when_another_report_of_its_mail_walks(
    world: DatabaseWorld,
) -> None:
    (mail,) = await received(world)
    trace, unexpected = mail.raw.trace, stopped(Hold(Reason.UNEXPECTED), 1, report=2)
    await world.ledger.release([(mail, handled(mail, sealed(mail.raw), unexpected))], LATER)
    reports = [each for each in await world.outbox.claim(10, LATER) if each.number == 0]
    await world.held.refuse(trace, "Fien", LATER)
    await world.outbox.walk_again(reports, LATER)
    (again,) = await world.inbox.claim(10, LATER)
    assert again.raw.refused == {1: (Reason.REFUSED_BY_OFFICER,)}
    pair = (sealed(again.raw), sealed(again.raw, 1, report=2))
    await world.ledger.release([(again, handled(again, *pair))], LATER)
    assert await world.standing(trace) == {0: Outcome.FORWARD, 1: Outcome.REJECT}
    assert (await world.posted(trace)).count(("report", "waiting")) == 1


async def test_an_answer_that_did_not_arrive_is_written_anew_and_no_report_goes(
    world: DatabaseWorld,
) -> None:
    """Refused by an officer, and the receipt bounced: one person releases the answer."""
    trace = await held(world, stop=Hold(Reason.UNEXPECTED))
    (receipt, *_) = [
        each for each in await world.outbox.claim(10, LATER) if each.post is Post.RECEIPT
    ]
    await world.held.refuse(trace, "Fien", LATER)
    await world.outbox.undeliverable(receipt, (), LATER)
    assert (await world.held.show(trace)).reasons == (Reason.UNDELIVERABLE.value,)
    await world.held.release(trace, "Floor", LATER)
    (again,) = await world.inbox.claim(10, LATER)
    assert again.raw.refused == {0: (Reason.REFUSED_BY_OFFICER,)}
    await world.ledger.release([(again, handled(again, sealed(again.raw)))], LATER)
    assert await world.standing(trace) == {0: Outcome.REJECT}
    assert [kind for kind, state in await world.posted(trace) if state == "waiting"] == ["receipt"]


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


def question(mail: bytes = b"say it otherwise") -> Mailed:
    return Mailed(
        message_id="<question@gemeente.example>",
        recipient=SENDER.address,
        mail=mail,
        after_reports=False,
    )


async def test_a_question_ends_its_report_and_leaves_the_rest_of_the_mail_waiting(
    world: DatabaseWorld,
) -> None:
    """The first has free text and is asked about; the second waits for a key, and walks on."""
    trace = await held(world, stopped(NO_KEY, 1, report=2))
    await world.held.release(trace, "Floor", LATER)
    decision = await world.held.rephrase(trace, "Fien", LATER, [question()], seen=1)
    assert [each.number for each in decision.refused] == [0]
    assert await world.standing(trace) == {0: Outcome.REJECT, 1: Outcome.HOLD}
    assert await world.state(trace) == "held"
    assert (await world.logged(trace))[-1] == "refused"
    found = [each.mail for each in await world.outbox.claim(10, LATER)]
    assert found.count(b"say it otherwise") == 1
    (mail,) = await world.held.waiting()
    assert (mail.rounds, mail.free_texts) == (2, ())
    await world.held.release(trace, "Floor", LATER, seen=2)
    (again,) = await world.inbox.claim(10, LATER)
    assert again.raw.refused == {0: (Reason.REPHRASE,)}
    assert again.raw.approved == frozenset()
    pair = (sealed(again.raw), sealed(again.raw, 1, report=2))
    await world.ledger.release([(again, handled(again, *pair))], LATER)
    assert await world.standing(trace) == {0: Outcome.REJECT, 1: Outcome.FORWARD}


async def test_the_last_question_ends_the_mail(world: DatabaseWorld) -> None:
    trace = await held(world, stopped(HELD_TEXT, 1, report=2))
    await world.held.rephrase(trace, "Fien", LATER, [question()], numbers=frozenset({1}))
    assert await world.standing(trace) == {0: Outcome.HOLD, 1: Outcome.REJECT}
    await world.held.rephrase(trace, "Fien", LATER, [], numbers=frozenset({0}), seen=2)
    assert await world.standing(trace) == {0: Outcome.REJECT, 1: Outcome.REJECT}
    assert await world.state(trace) == "done"


async def test_what_is_not_held_for_its_free_text_is_not_asked_about(
    world: DatabaseWorld,
) -> None:
    trace = await held(world, stopped(NO_KEY, 1, report=2))
    for numbers in ({1}, {0, 1}, {7}):
        with pytest.raises(NoFreeTextError):
            await world.held.rephrase(trace, "Fien", LATER, [], numbers=frozenset(numbers))
    with pytest.raises(WalkedSinceError):
        await world.held.rephrase(trace, "Fien", LATER, [], seen=2)
    with pytest.raises(NoNameError):
        await world.held.rephrase(trace, " ", LATER, [])
    assert await world.standing(trace) == {0: Outcome.HOLD, 1: Outcome.HOLD}
    other = await held(world, stop=NO_KEY)
    with pytest.raises(NoFreeTextError):
        await world.held.rephrase(other, "Fien", LATER, [])


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
        entries = await connection.execute(select(log_entries.c.entry))
    (looked,) = await deeds_on_record(world.database, world.vault)
    assert (looked.actor, looked.action, looked.trace) == ("fien", "held.looked", trace)
    assert looked.subject == "dossier-1"
    assert looked.about not in {"dossier-1", trace}
    assert not [row for row in entries if b"Fien" in row.entry]


async def test_nobody_looks_without_a_name(world: DatabaseWorld) -> None:
    trace = await held(world)
    with pytest.raises(NoNameError):
        await world.held.reveal(trace, "  ", LATER)
    assert "consulted" not in await world.logged(trace)
