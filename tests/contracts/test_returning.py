"""What comes back, on each store: matched, held once, told within limits, and nothing more."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select, text

from gateway.adapters.database_sent_mail import DatabaseSentMail
from gateway.adapters.memory_returning import MemorySentMail
from gateway.adapters.tables_incidents import incident_disclosure, incident_proposal
from gateway.adapters.tables_log import log_entries
from gateway.adapters.tables_register import party
from gateway.domain.delivery import BELIEVED_FOR, Delivery, News, Notification, Recognised, fates
from gateway.domain.outcomes import Handled, Mailed, Returned
from gateway.domain.sparing import LIMITS, Occasion
from gateway.domain.stages import Post
from gateway.domain.stops import Outcome, Reason, Reject
from tests import corridor
from tests.contracts.flow import (
    LATER,
    NOW,
    RETURN_PATH,
    STORES,
    DatabaseWorld,
    World,
    another_gateway,
    database_url,
    database_world,
    fetched,
    handled,
    opened,
    received,
    sealed,
    stopped,
)
from tests.generators import CASEMANAGER, SENDER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from pathlib import Path

    from gateway.domain.delivery import Fate, SentLetter
    from gateway.domain.stages import RawMail, Released
    from gateway.pipeline.gate import SentMail
    from gateway.ports import Claimed

SOON = LATER + timedelta(minutes=1)
ELSEWHERE = "prive@post.example"


@dataclass
class Known:
    """A contact of the roster, which never changes here."""

    address: str

    def even_if_gone(self, _instant: datetime) -> Known:
        return self


@dataclass
class Roster:
    contacts: dict[str, Known]


async def roster() -> Roster:
    return Roster({CASEMANAGER.contact_id: Known(CASEMANAGER.address)})


def sent_mail(world: World) -> SentMail:
    """The port on this world's store."""
    how = {"roster": roster, "address": RETURN_PATH}
    if isinstance(world, DatabaseWorld):
        return DatabaseSentMail(world.database, **how)  # type: ignore[arg-type]  # the few facts it asks
    assert world.memory is not None
    return MemorySentMail(world.memory, **how)  # type: ignore[arg-type]  # as above


@pytest.fixture(params=STORES)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(request, tmp_path) as found:
        if isinstance(found, DatabaseWorld):
            await with_parties(found)
        yield found


async def with_parties(world: DatabaseWorld) -> None:
    recorded = {"revision": 1, "recorded_at": 0, "recorded_by": "x"}
    async with world.database.transaction() as connection:
        for each in (SENDER.party, CASEMANAGER.party):
            row = {
                "party_id": each.party_id,
                "side": each.side.value,
                "instellingsnummer": each.party_id[-10:],
            }
            await connection.execute(insert(party).values(row | recorded))


async def sent(world: World, *, count: int = 1) -> tuple[RawMail, list[Released]]:
    """A mail with so many reports, all of which left."""
    (mail,) = await received(world)
    reports = [sealed(mail.raw, number, report=number + 1) for number in range(count)]
    await world.ledger.release([(mail, handled(mail, *reports))], LATER)
    released = list(await world.outbox.claim(10, LATER))
    await world.outbox.sent(released, LATER)
    return mail.raw, released


def fate(letter: SentLetter, news: News = News.FAILED, final: str = CASEMANAGER.address) -> Fate:
    notification = Notification(
        message_ids=(letter.message_id,), deliveries=(Delivery(news=news, final=final),)
    )
    (found,) = fates(notification, [letter])
    return found


def letters(kind: str, *to: str) -> tuple[Mailed, ...]:
    return tuple(
        Mailed(
            message_id=f"<{kind}.{who}@gemeente.example>",
            recipient=f"{who}@gemeente.example",
            mail=f"sealed {kind}".encode(),
            after_reports=False,
            contact_id=who,
            occasion=Occasion.RETURNED,
        )
        for who in to
    )


async def told(world: World, *found: Fate, now: datetime = SOON) -> str:
    """A notification that says this comes in and is put on record; its trace."""
    await world.inbox.store([fetched()], now)
    claimed = list(await world.inbox.claim(10, now))
    await world.ledger.release([(each, notified(each, *found)) for each in claimed], now)
    return claimed[-1].raw.trace


def notified(claimed: Claimed, *found: Fate) -> Handled:
    return Handled(
        raw=claimed.raw,
        sender=None,
        protection=None,
        outcomes=(stopped(Recognised(found), None),),
        mailed=(),
        returned=tuple(
            Returned(
                fate=each,
                back=letters("back", "fien", "saar") if each.came_back else (),
                strayed=letters("strayed", "fien") if each.strayed else (),
            )
            for each in found
        ),
    )


async def only(world: World, message_id: str, instant: datetime = SOON) -> SentLetter:
    (found,) = await sent_mail(world).named([message_id, "<x@y>"], instant)
    return found


# --- matching -----------------------------------------------------------------


async def test_a_mail_is_known_by_its_message_id_alone(world: World) -> None:
    raw, (report,) = await sent(world)
    found = await only(world, report.message_id)
    assert (found.trace, found.number, found.post) == (raw.trace, 0, Post.REPORT)
    assert (found.recipient, found.sender_id) == (CASEMANAGER.address, SENDER.contact_id)
    assert found.kept
    for other in ("", "<>", report.message_id[:-2] + ">", report.message_id.upper()):
        assert not await sent_mail(world).named([other], SOON)
    assert not await sent_mail(world).named([], SOON)


async def test_what_left_long_ago_is_not_believed_to_come_back(world: World) -> None:
    _, (report,) = await sent(world)
    assert await sent_mail(world).named([report.message_id], LATER + BELIEVED_FOR)
    much_later = LATER + BELIEVED_FOR + timedelta(seconds=1)
    assert not await sent_mail(world).named([report.message_id], much_later)


async def test_what_waits_and_was_never_tried_has_not_left(world: World) -> None:
    (mail,) = await received(world)
    await world.ledger.release([(mail, handled(mail, sealed(mail.raw)))], LATER)
    name = sealed(mail.raw).message_id
    assert not await sent_mail(world).named([name], SOON)
    (report,) = await world.outbox.claim(10, LATER)
    assert await sent_mail(world).named([name], SOON)
    await world.outbox.postpone(report, SOON)
    assert await sent_mail(world).named([name], SOON)


async def test_our_own_mail_is_known_by_its_name_or_its_only_author(world: World) -> None:
    _, (report,) = await sent(world)
    port = sent_mail(world)

    async def wrote(header: str) -> bool:
        return await port.wrote(replace(corridor.raw(), content=f"{header}\r\n\r\nx".encode()))

    assert await wrote(f"Message-ID: {report.message_id}")
    assert await wrote(f"From: Poort <{RETURN_PATH.upper()}>")
    assert not await wrote("Message-ID: <somebody@elses.example>\r\nFrom: a@b.example")
    assert not await wrote(f"From: {RETURN_PATH}\r\nFrom: a@b.example")
    assert not await wrote(f"From: {RETURN_PATH} <a@b.example>")
    assert not await wrote("")


# --- what did not arrive ------------------------------------------------------


async def test_a_report_that_did_not_arrive_is_held_and_told_of_once(world: World) -> None:
    raw, (report,) = await sent(world)
    letter = await only(world, report.message_id)
    notification = await told(world, fate(letter))
    assert await world.standing(raw.trace) == {0: Outcome.HOLD}
    assert await world.state(raw.trace) == "held"
    assert await world.state(notification) == "done"
    assert await world.standing(notification) == {-1: Outcome.IGNORE}
    assert await world.posted(raw.trace) == [
        ("notice", "waiting"),
        ("notice", "waiting"),
        ("receipt", "withdrawn"),  # it said that the report had gone
        ("report", "returned"),
    ]
    assert (await world.logged(raw.trace)).count("returned") == 1
    await told(world, fate(letter))
    assert (await world.logged(raw.trace)).count("returned") == 2
    assert len([kind for kind, _ in await world.posted(raw.trace) if kind == "notice"]) == 2


async def test_only_the_report_that_is_named_is_held(world: World) -> None:
    raw, reports = await sent(world, count=3)
    await told(world, fate(await only(world, reports[1].message_id)))
    assert await world.standing(raw.trace) == {
        0: Outcome.FORWARD,
        1: Outcome.HOLD,
        2: Outcome.FORWARD,
    }
    await told(world, fate(await only(world, reports[2].message_id)))
    assert await world.standing(raw.trace) == {
        0: Outcome.FORWARD,
        1: Outcome.HOLD,
        2: Outcome.HOLD,
    }


@pytest.mark.parametrize("news", [each for each in News if each is not News.FAILED])
async def test_whatever_else_is_told_is_on_record_and_changes_nothing(
    world: World, news: News
) -> None:
    raw, (report,) = await sent(world)
    await told(world, fate(await only(world, report.message_id), news))
    assert await world.standing(raw.trace) == {0: Outcome.FORWARD}
    assert await world.posted(raw.trace) == [("receipt", "waiting"), ("report", "sent")]
    assert (await world.logged(raw.trace))[-1] == "delivery"


async def test_a_receipt_that_comes_back_is_on_record_and_nobody_is_told(world: World) -> None:
    raw, _ = await sent(world)
    receipts = await world.outbox.claim(10, SOON)
    await world.outbox.sent(receipts, SOON)
    await told(world, fate(await only(world, receipts[0].message_id)))
    assert await world.posted(raw.trace) == [("receipt", "returned"), ("report", "sent")]
    assert await world.state(raw.trace) == "done"
    assert (await world.logged(raw.trace))[-1] == "returned"


async def test_a_released_report_goes_again_and_may_come_back_again(world: World) -> None:
    raw, (report,) = await sent(world)
    await told(world, fate(await only(world, report.message_id)))
    await release(world, raw, now=SOON)
    released = [each for each in await world.outbox.claim(10, SOON) if each.post is Post.REPORT]
    assert [each.message_id for each in released] == [report.message_id]
    await world.outbox.sent(released, SOON)
    assert await world.standing(raw.trace) == {0: Outcome.FORWARD}
    again = await only(world, report.message_id)
    assert again.outgoing_id == released[0].outgoing_id
    await told(world, fate(again), now=SOON + timedelta(minutes=1))
    assert await world.standing(raw.trace) == {0: Outcome.HOLD}


async def release(world: World, raw: RawMail, *, now: datetime) -> None:
    """As an officer does, and the mail walks again."""
    if isinstance(world, DatabaseWorld):
        await world.held.release(raw.trace, "fien", now)
    else:
        assert world.memory is not None
        world.memory.mails[raw.trace].free(now, counted=False)
    (claimed,) = await world.inbox.claim(10, now)
    assert claimed.raw.delivered == frozenset()
    await world.ledger.release([(claimed, handled(claimed, sealed(claimed.raw)))], now)


async def test_what_is_still_being_handed_over_is_waited_for(world: World) -> None:
    """A server may answer before it is on record that it took the mail."""
    (mail,) = await received(world)
    await world.ledger.release([(mail, handled(mail, sealed(mail.raw)))], LATER)
    (report,) = await world.outbox.claim(10, LATER)
    early = await told(world, fate(await only(world, report.message_id)))
    assert await world.state(early) == "waiting"
    assert await world.standing(early) == {}
    await world.outbox.sent([report], SOON)
    (claimed,) = await world.inbox.claim(10, SOON + timedelta(seconds=3))
    assert claimed.attempts == 0
    again = notified(claimed, fate(await only(world, report.message_id)))
    await world.ledger.release([(claimed, again)], SOON)
    assert await world.standing(mail.raw.trace) == {0: Outcome.HOLD}


async def test_a_notification_does_not_come_between_a_walk(world: World) -> None:
    """Or the report that came back would be judged anew by that walk, and sent by nobody's word."""
    raw, reports = await sent(world, count=2)
    await told(world, fate(await only(world, reports[0].message_id)))
    if isinstance(world, DatabaseWorld):
        await world.held.release(raw.trace, "fien", SOON)
    else:
        assert world.memory is not None
        world.memory.mails[raw.trace].free(SOON, counted=False)
    (walking,) = await world.inbox.claim(10, SOON)
    early = await told(world, fate(await only(world, reports[1].message_id)))
    assert await world.state(early) == "waiting"
    assert await world.standing(raw.trace) == {0: Outcome.HOLD, 1: Outcome.FORWARD}
    await world.inbox.hand_back([walking])


async def test_what_nobody_can_read_any_more_has_to_be_sent_again(world: World) -> None:
    raw, (report,) = await sent(world)
    receipts = await world.outbox.claim(10, LATER)
    await world.outbox.sent(receipts, LATER)
    assert await world.inbox.forget(SOON, SOON) == 1
    letter = await only(world, report.message_id)
    assert not letter.kept
    await told(world, fate(letter))
    assert await world.standing(raw.trace) == {0: Outcome.REJECT}
    assert await world.state(raw.trace) == "done"
    if isinstance(world, DatabaseWorld):
        assert await reasons(world, raw.trace) == [Reason.NOT_ARRIVED.value]


async def reasons(world: DatabaseWorld, trace: str) -> list[str]:
    async with world.database.reading() as connection:
        found = await connection.execute(
            text("SELECT reasons FROM outcomes WHERE trace = :trace AND withdrawn_at IS NULL"),
            {"trace": trace},
        )
        value = found.scalar_one()
    return [each for each in Reason if each.value in str(value)]


# --- another mailbox ----------------------------------------------------------


async def proposals(world: World) -> int:
    if isinstance(world, DatabaseWorld):
        async with world.database.reading() as connection:
            rows = (await connection.execute(select(incident_proposal))).all()
            named = (await connection.execute(select(incident_disclosure))).all()
        assert [row.kind for row in rows] == ["other-mailbox"] * len(rows)
        assert len(named) == len(rows)
        return len(rows)
    assert world.memory is not None
    return len(world.memory.proposed)


async def test_another_mailbox_opens_one_proposal_and_decides_nothing(world: World) -> None:
    raw, (report,) = await sent(world)
    letter = await only(world, report.message_id)
    for news in (News.DELAYED, News.RELAYED):
        await told(world, fate(letter, news, ELSEWHERE))
    assert await proposals(world) == 1
    assert await world.standing(raw.trace) == {0: Outcome.FORWARD}
    assert ("notice", "waiting") in await world.posted(raw.trace)
    assert len(await world.posted(raw.trace)) == 3


async def test_a_forward_that_fails_holds_the_report_as_well(world: World) -> None:
    raw, (report,) = await sent(world)
    await told(world, fate(await only(world, report.message_id), final=ELSEWHERE))
    assert await proposals(world) == 1
    assert await world.standing(raw.trace) == {0: Outcome.HOLD}
    assert (await world.posted(raw.trace)).count(("notice", "waiting")) == 3


async def test_the_proposal_says_what_the_log_says(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    request.param = "sqlite"
    world = await database_world(database_url(request, tmp_path))
    await with_parties(world)
    raw, (report,) = await sent(world)
    notification = await told(world, fate(await only(world, report.message_id), final=ELSEWHERE))
    async with world.database.reading() as connection:
        proposal = (await connection.execute(select(incident_proposal))).one()
        named = (await connection.execute(select(incident_disclosure))).one()
        deeds = await connection.execute(
            select(log_entries.c.seq).where(log_entries.c.kind == "audit")
        )
        assert len(deeds.all()) == 1
    assert proposal.evidence == f"notification {notification}"
    assert proposal.recorded_by == "gateway"
    assert (named.trace, named.number, named.dossier_id) == (raw.trace, 0, "dossier-1")
    assert named.recipient_contact_id == CASEMANAGER.contact_id
    assert named.categories == "P3-formele-uren identiteit"
    assert await world.audit() == []
    await world.close()


# --- limits -------------------------------------------------------------------


async def refused(world: World, count: int, occasion: Occasion, now: datetime) -> int:
    """How many letters go about so many refused mails in the name of one contact."""
    before = await waiting(world)
    await world.inbox.store([fetched() for _ in range(count)], now)
    for claimed in await world.inbox.claim(count, now):
        result = handled(claimed, stopped(Reject(Reason.NO_DOCUMENT), None))
        mailed = tuple(
            replace(each, contact_id=SENDER.contact_id, occasion=occasion) for each in result.mailed
        )
        result = replace(result, mailed=mailed)
        await world.ledger.release([(claimed, result)], now)
    return await waiting(world) - before


async def waiting(world: World) -> int:
    if isinstance(world, DatabaseWorld):
        async with world.database.reading() as connection:
            found = await connection.execute(text("SELECT count(*) FROM outgoing"))
            return int(found.scalar_one())
    assert world.memory is not None
    return len(world.memory.outgoing)


async def test_one_contact_is_told_so_often_and_no_more(world: World) -> None:
    most, period = LIMITS[Occasion.UNPROVEN][0]
    assert await refused(world, most + 3, Occasion.UNPROVEN, NOW) == most
    assert await refused(world, 2, Occasion.UNPROVEN, NOW + period / 2) == 0
    assert await refused(world, 2, Occasion.REFUSED, NOW) == 2  # counted apart
    assert await refused(world, most + 3, Occasion.UNPROVEN, NOW + period) == most


@pytest.mark.parametrize("request_param", ["sqlite", "postgresql"])
async def test_all_gateways_count_together_and_after_a_restart(
    request: pytest.FixtureRequest, tmp_path: Path, request_param: str
) -> None:
    request.param = request_param
    url = database_url(request, tmp_path)
    first = await database_world(url)
    second = another_gateway(url, first.vault, instance="poort-2")
    most, _ = LIMITS[Occasion.UNPROVEN][0]
    went = await asyncio.gather(
        *(refused_by(each, most, Occasion.UNPROVEN) for each in (first, second))
    )
    assert await waiting(first) == most, went
    for each in (first, second):
        await each.close()


async def refused_by(world: DatabaseWorld, count: int, occasion: Occasion) -> None:
    await refused(world, count, occasion, NOW)
