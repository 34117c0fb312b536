"""The outbox: sent only while it stands, recorded as sent once, and never lost in between."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from gateway.adapters.database_outbox import DatabaseOutbox
from gateway.adapters.tables_flow import outgoing_mail
from gateway.domain.outcomes import Mailed
from gateway.domain.stages import Post, Standing
from gateway.domain.stops import Outcome, Reason, Reject
from tests.contracts.flow import (
    HELD_TEXT,
    LATER,
    NO_CONSENT,
    RETURN_PATH,
    STORES,
    DatabaseWorld,
    World,
    another_gateway,
    database_url,
    database_world,
    handled,
    opened,
    received,
    sealed,
    stopped,
)
from tests.generators import CASEMANAGER, OFFICER, SENDER, consent, facts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from gateway.domain.outcomes import Settled
    from gateway.domain.stages import RawMail, Released
    from gateway.ports import Claimed

FORWARD, HOLD = Outcome.FORWARD, Outcome.HOLD
SOON = LATER + timedelta(seconds=1)


@pytest.fixture(params=STORES)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(request, tmp_path) as found:
        yield found


async def walked(world: World, *reports: Settled) -> RawMail:
    """One mail on record with these reports, or with one that goes; reports are of its trace."""
    (mail,) = await received(world)
    await world.ledger.release([(mail, handled(mail, *(reports or (sealed(mail.raw),))))], LATER)
    return mail.raw


async def two_reports(world: World) -> RawMail:
    (mail,) = await received(world)
    pair = (sealed(mail.raw, 0), sealed(mail.raw, 1, report=2))
    await world.ledger.release([(mail, handled(mail, *pair))], LATER)
    return mail.raw


def kinds(released: Sequence[Released], raw: RawMail) -> list[str]:
    """What these are, by their message ids."""
    return sorted(each.message_id.removeprefix(f"<{raw.trace}.").split("@")[0] for each in released)


async def test_a_report_comes_out_as_it_was_sealed(world: World) -> None:
    raw = await walked(world)
    (report,) = await world.outbox.claim(10, LATER)
    assert report.trace == raw.trace
    assert report.mail == b"sealed report 0"
    assert report.recipient == CASEMANAGER.address
    assert report.envelope_from == RETURN_PATH
    assert report.message_id == f"<{raw.trace}.0@gemeente.example>"
    assert report.attempts == 0
    assert report.standing == Standing(revision=1, digest=facts().digest(), until=None)


async def test_a_receipt_waits_for_the_reports_it_speaks_of(world: World) -> None:
    raw = await two_reports(world)
    reports = await world.outbox.claim(10, LATER)
    assert kinds(reports, raw) == ["0", "1"]
    assert len(await world.outbox.claim(10, LATER)) == 0
    await world.outbox.sent(reports[:1], LATER)
    assert len(await world.outbox.claim(10, LATER)) == 0
    await world.outbox.sent(reports[1:], LATER)
    (receipt,) = await world.outbox.claim(10, LATER)
    assert kinds([receipt], raw) == ["receipt"]
    assert (receipt.recipient, receipt.envelope_from) == (SENDER.address, "")
    assert receipt.standing is None


async def test_a_postponed_report_keeps_its_receipt_waiting(world: World) -> None:
    raw = await walked(world)
    (report,) = await world.outbox.claim(10, LATER)
    await world.outbox.postpone(report, SOON)
    assert len(await world.outbox.claim(10, LATER)) == 0
    (again,) = await world.outbox.claim(10, SOON)
    assert (kinds([again], raw), again.attempts) == (["0"], 1)
    assert again.message_id == report.message_id


async def test_a_notice_and_the_receipt_of_a_refusal_wait_for_nothing(world: World) -> None:
    raw = await walked(world, stopped(NO_CONSENT, 0), stopped(HELD_TEXT, 1, report=2))
    released = await world.outbox.claim(10, LATER)
    assert kinds(released, raw) == ["notice", "receipt"]
    assert {each.recipient for each in released} == {OFFICER.address, SENDER.address}


async def test_what_is_sent_is_on_record_once_and_gone_from_the_box(world: World) -> None:
    raw = await walked(world)
    reports = await world.outbox.claim(10, LATER)
    await world.outbox.sent(reports, SOON)
    await world.outbox.sent(reports, SOON)
    assert await world.logged(raw.trace) == ["mail", "report", "sent"]
    assert await world.posted(raw.trace) == [("receipt", "waiting"), ("report", "sent")]
    receipts = await world.outbox.claim(10, SOON)
    await world.outbox.sent(receipts, SOON)
    assert len(await world.outbox.claim(10, SOON + timedelta(days=9))) == 0


async def test_what_is_handed_back_is_due_at_once(world: World) -> None:
    await walked(world)
    claimed = await world.outbox.claim(10, LATER)
    await world.outbox.hand_back(claimed)
    (again,) = await world.outbox.claim(10, LATER)
    assert again.attempts == 0


async def test_a_dead_gateways_mail_is_sent_by_another_under_the_same_id(world: World) -> None:
    await walked(world)
    (dead,) = await world.outbox.claim(10, LATER)
    assert len(await world.outbox.claim(10, LATER + timedelta(seconds=179))) == 0
    (again,) = await world.outbox.claim(10, LATER + timedelta(seconds=181))
    assert (again.message_id, again.attempts) == (dead.message_id, 1)


# --- does it still stand? -------------------------------------------------------------------


async def test_an_unchanged_register_is_not_even_asked_for_facts(world: World) -> None:
    await walked(world)
    released = await world.outbox.claim(10, LATER)
    assert list(await world.outbox.still_stands(released, SOON)) == [True]
    assert world.register.asked == 0


async def test_a_change_elsewhere_in_the_register_lets_it_stand(world: World) -> None:
    await walked(world)
    released = await world.outbox.claim(10, LATER)
    world.register.revision = 2
    assert list(await world.outbox.still_stands(released, SOON)) == [True]
    assert world.register.asked == 1


async def test_a_withdrawn_consent_lets_it_fall(world: World) -> None:
    await walked(world)
    released = await world.outbox.claim(10, LATER)
    world.register.revision = 2
    world.register.now_says = facts(consent=consent("T1"))
    assert list(await world.outbox.still_stands(released, SOON)) == [False]


async def test_facts_that_change_by_themselves_are_looked_up_when_they_do(world: World) -> None:
    (mail,) = await received(world)
    ends = Standing(revision=1, digest=facts().digest(), until=SOON)
    await world.ledger.release([(mail, handled(mail, sealed(mail.raw, standing=ends)))], LATER)
    released = await world.outbox.claim(10, LATER)
    world.register.now_says = facts(sender_designated=False)
    assert list(await world.outbox.still_stands(released, LATER)) == [True]
    assert list(await world.outbox.still_stands(released, SOON)) == [False]


async def test_a_receipt_always_stands(world: World) -> None:
    await walked(world, stopped(NO_CONSENT))
    released = await world.outbox.claim(10, LATER)
    world.register.revision = 99
    assert list(await world.outbox.still_stands(released, SOON)) == [True]


# --- walking again --------------------------------------------------------------------------


async def test_what_fell_is_withdrawn_with_its_receipt_and_its_mail_walks_again(
    world: World,
) -> None:
    raw = await two_reports(world)
    released = await world.outbox.claim(10, LATER)
    await world.outbox.walk_again(released, SOON)
    trace = raw.trace
    assert {state for _, state in await world.posted(trace)} == {"withdrawn"}
    assert await world.standing(trace) == {}
    assert await world.state(trace) == "waiting"
    logged = await world.logged(trace)
    assert (logged.count("withdrawn"), logged.count("walk-again")) == (3, 1)

    (again,) = await world.inbox.claim(10, SOON)
    refused = (stopped(NO_CONSENT, 0), stopped(NO_CONSENT, 1, report=2))
    await world.ledger.release([(again, handled(again, *refused))], SOON)
    assert await world.standing(trace) == {0: Outcome.REJECT, 1: Outcome.REJECT}
    (receipt,) = await world.outbox.claim(10, SOON)
    assert kinds([receipt], raw) == ["receipt"]


async def test_a_report_that_was_sent_before_is_not_sent_again(world: World) -> None:
    raw = await two_reports(world)
    released = await world.outbox.claim(10, LATER)
    went = [each for each in released if each.message_id.startswith(f"<{raw.trace}.0")]
    fell = [each for each in released if each not in went]
    await world.outbox.sent(went, LATER)
    await world.outbox.walk_again(fell, SOON)
    assert await world.standing(raw.trace) == {0: FORWARD}
    (again,) = await world.inbox.claim(10, SOON)
    assert again.raw.delivered == {0}
    both = (sealed(again.raw, 0), sealed(again.raw, 1, report=2))
    await world.ledger.release([(again, handled(again, *both))], SOON)
    assert await world.standing(raw.trace) == {0: FORWARD, 1: FORWARD}
    (left,) = await world.outbox.claim(10, SOON)
    assert kinds([left], raw) == ["1"]


@pytest.mark.parametrize("number", [1, None])
async def test_what_stands_refused_is_final(world: World, number: int | None) -> None:
    """Whatever a later walk finds: it is neither recorded nor sent, and its walk knows why."""
    reject = Reject(Reason.KEY_REVOKED, Reason.NO_CONSENT)
    raw = await walked_with(world, stopped(reject, number, report=2))
    reports = [each for each in await world.outbox.claim(10, LATER) if each.number == 0]
    await world.outbox.walk_again(reports, SOON)
    (again,) = await world.inbox.claim(10, SOON)
    place = -1 if number is None else number
    assert again.raw.refused == {place: reject.reasons}
    assert (again.raw.delivered, again.raw.undecided) == (frozenset(), {})
    await world.inbox.hand_back([again])
    (again,) = await world.inbox.claim(10, SOON)
    late = stopped(HELD_TEXT, None) if number is None else sealed(again.raw, 1, report=2)
    await world.ledger.release([(again, handled(again, sealed(again.raw), late))], SOON)
    assert await world.standing(raw.trace) == {0: FORWARD, place: Outcome.REJECT}
    assert await world.state(raw.trace) == "done"
    going = [each for each in await world.outbox.claim(10, SOON) if each.post is Post.REPORT]
    assert [each.number for each in going] == [0]


async def walked_with(world: World, ended: Settled) -> RawMail:
    """A mail of which report 0 goes, and the other one ended so."""
    (mail,) = await received(world)
    await world.ledger.release([(mail, handled(mail, sealed(mail.raw), ended))], LATER)
    return mail.raw


async def test_a_withdrawn_disclosure_frees_the_report_for_another_mail(world: World) -> None:
    await walked(world)
    await world.outbox.walk_again(await world.outbox.claim(10, LATER), SOON)
    (other,) = [c for c in await received_besides(world) if c.raw.content != b""]
    await world.ledger.release([(other, handled(other, sealed(other.raw)))], SOON)
    assert await world.standing(other.raw.trace) == {0: FORWARD}


async def received_besides(world: World) -> Sequence[Claimed]:
    """A new mail, while older ones wait in the inbox in somebody's hands."""
    await world.inbox.claim(10, SOON)
    return await received(world, now=SOON)


async def test_a_claim_that_was_settled_cannot_be_settled_again(world: World) -> None:
    raw = await walked(world)
    (report,) = await world.outbox.claim(10, LATER)
    await world.outbox.sent([report], LATER)
    await world.outbox.walk_again([report], SOON)
    await world.outbox.undeliverable(report, (), SOON)
    await world.outbox.postpone(report, SOON)
    await world.outbox.hand_back([report])
    assert await world.standing(raw.trace) == {0: FORWARD}
    assert await world.state(raw.trace) == "done"
    assert ("report", "sent") in await world.posted(raw.trace)


# --- what cannot be delivered ---------------------------------------------------------------


async def test_an_undeliverable_report_becomes_a_hold(world: World) -> None:
    raw = await two_reports(world)
    first, second = await world.outbox.claim(10, LATER)
    await world.outbox.undeliverable(first, (), SOON)
    await world.outbox.sent([second], SOON)
    standing = await world.standing(raw.trace)
    assert sorted(standing.values()) == [FORWARD, HOLD]
    assert await world.state(raw.trace) == "held"
    assert await world.posted(raw.trace) == [
        ("receipt", "withdrawn"),
        ("report", "sent"),
        ("report", "undeliverable"),
    ]
    assert "undeliverable" in await world.logged(raw.trace)
    assert len(await world.outbox.claim(10, SOON)) == 0


async def test_who_is_concerned_hears_of_it_and_the_receipt_that_says_otherwise_does_not_go(
    world: World,
) -> None:
    raw = await walked(world)
    (report,) = await world.outbox.claim(10, LATER)
    told = [notice(raw, OFFICER.address), notice(raw, SENDER.address)]
    await world.outbox.undeliverable(report, told, SOON)
    waiting = await world.outbox.claim(10, SOON)
    assert {each.recipient for each in waiting} == {OFFICER.address, SENDER.address}
    assert {(each.post, each.envelope_from, each.mail) for each in waiting} == {
        (Post.NOTICE, "", b"what became of it")
    }


async def test_who_lost_the_claim_tells_nobody(world: World) -> None:
    raw = await walked(world)
    (report,) = await world.outbox.claim(10, LATER)
    await world.outbox.sent([report], LATER)
    await world.outbox.undeliverable(report, [notice(raw, OFFICER.address)], SOON)
    (receipt,) = await world.outbox.claim(10, SOON)
    assert receipt.post is Post.RECEIPT


def notice(raw: RawMail, recipient: str) -> Mailed:
    return Mailed(
        message_id=f"<{raw.trace}.later@gemeente.example>",
        recipient=recipient,
        mail=b"what became of it",
        after_reports=False,
    )


async def test_an_undeliverable_receipt_holds_the_mail_and_not_its_reports(world: World) -> None:
    raw = await walked(world)
    await world.outbox.sent(await world.outbox.claim(10, LATER), LATER)
    (receipt,) = await world.outbox.claim(10, LATER)
    await world.outbox.undeliverable(receipt, (), SOON)
    assert await world.standing(raw.trace) == {0: FORWARD}
    assert await world.state(raw.trace) == "held"


async def test_an_undeliverable_notice_changes_nothing_but_the_log(world: World) -> None:
    raw = await walked(world, stopped(HELD_TEXT))
    released = await world.outbox.claim(10, LATER)
    (notice,) = [each for each in released if each.recipient == OFFICER.address]
    await world.outbox.undeliverable(notice, (), SOON)
    assert await world.standing(raw.trace) == {0: HOLD}
    assert await world.state(raw.trace) == "held"
    assert (await world.logged(raw.trace))[-1] == "undeliverable"


# --- what only a database has ---------------------------------------------------------------


@pytest.fixture(params=("sqlite", "postgresql"))
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return database_url(request, tmp_path)


@pytest.fixture
async def base(url: str) -> AsyncIterator[DatabaseWorld]:
    world = await database_world(url)
    yield world
    assert await world.audit() == []
    await world.close()


async def in_the_box(world: DatabaseWorld) -> list[bytes]:
    async with world.database.reading() as connection:
        return list((await connection.execute(select(outgoing_mail.c.sealed))).scalars())


async def test_recipient_and_mail_are_sealed_and_go_when_it_is_settled(
    base: DatabaseWorld,
) -> None:
    await walked(base)
    boxed = await in_the_box(base)
    assert len(boxed) == 2
    assert all(b"gemeente" not in each and b"sealed" not in each for each in boxed)
    for _ in range(2):
        await base.outbox.sent(await base.outbox.claim(10, LATER), LATER)
    assert await in_the_box(base) == []


async def test_claimers_at_the_same_time_never_get_the_same_mail(
    base: DatabaseWorld, url: str
) -> None:
    mails = await received(base, 60)
    pairs = [(m, handled(m, sealed(m.raw, report=n))) for n, m in enumerate(mails)]
    await base.ledger.release(pairs, LATER)
    gateways = [another_gateway(url, base.vault, instance=f"poort-{n}") for n in range(4)]

    async def work(gateway: DatabaseWorld) -> list[str]:
        mine: list[str] = []
        while claimed := await gateway.outbox.claim(7, LATER):
            await gateway.outbox.sent(claimed, LATER)
            mine += [each.outgoing_id for each in claimed]
        return mine

    shares = await asyncio.gather(*(work(each) for each in gateways for _ in range(2)))
    ids = [id_ for share in shares for id_ in share]
    ids += await work(base)
    assert len(ids) == len(set(ids)) == 120
    for gateway in gateways:
        await gateway.close()


async def test_at_start_a_gateway_takes_back_what_its_earlier_life_was_sending(
    base: DatabaseWorld, url: str
) -> None:
    await walked(base)
    (before,) = await base.outbox.claim(10, LATER)
    reborn = another_gateway(url, base.vault)
    assert isinstance(reborn.outbox, DatabaseOutbox)
    assert await reborn.outbox.recover() == 1
    (after,) = await reborn.outbox.claim(10, LATER)
    assert (after.message_id, after.attempts) == (before.message_id, 1)
    # The earlier life, should it still breathe, cannot take it away any more.
    await base.outbox.walk_again([before], SOON)
    await base.outbox.postpone(before, SOON)
    await reborn.outbox.sent([after], SOON)
    assert ("report", "sent") in await base.posted(before.trace)
    await reborn.close()


async def test_what_left_although_its_claim_was_lost_is_on_record_all_the_same(
    base: DatabaseWorld, url: str
) -> None:
    raw = await walked(base)
    (slow,) = await base.outbox.claim(10, LATER)
    other = another_gateway(url, base.vault, instance="poort-2")
    late = LATER + timedelta(minutes=10)
    await other.outbox.walk_again(await other.outbox.claim(10, late), late)
    await base.outbox.sent([slow], late)
    assert "sent" in await base.logged(raw.trace)
    await other.close()


async def test_sealed_mail_that_does_not_open_is_held_and_stops_nothing_else(
    base: DatabaseWorld,
) -> None:
    raw = await walked(base, stopped(NO_CONSENT))
    async with base.database.transaction() as connection:
        await connection.execute(outgoing_mail.update().values(sealed=b"\x01" + bytes(60)))
    whole = await walked(base, stopped(Reject(Reason.NOT_SIGNED), None))
    (receipt,) = await base.outbox.claim(10, LATER)
    assert receipt.trace == whole.trace
    assert await base.state(raw.trace) == "held"
