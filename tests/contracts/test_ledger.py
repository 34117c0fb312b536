"""The ledger: one transaction for outcome, log and outbox, and one standing outcome a report."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, text

from gateway.adapters.tables_flow import outcomes
from gateway.domain.outcomes import Handled
from gateway.domain.stages import Withheld
from gateway.domain.stops import Hold, Outcome, Reason, Reject, Retry
from gateway.ledger.reading import Query
from tests.contracts.flow import (
    ACTIVITY,
    HELD_TEXT,
    LATER,
    NO_CONSENT,
    NOW,
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
from tests.generators import SENDER, bericht_id, betrokkene, facts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

FORWARD, REJECT, HOLD = Outcome.FORWARD, Outcome.REJECT, Outcome.HOLD


@pytest.fixture(params=STORES)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(request, tmp_path) as found:
        yield found


async def test_each_report_has_its_own_outcome_and_all_are_recorded_together(world: World) -> None:
    (mail,) = await received(world)
    await world.ledger.release(
        [(mail, handled(mail, sealed(mail.raw, 0), stopped(NO_CONSENT, 1, report=2)))], LATER
    )
    trace = mail.raw.trace
    assert await world.standing(trace) == {0: FORWARD, 1: REJECT}
    assert await world.state(trace) == "done"
    assert await world.posted(trace) == [("receipt", "waiting"), ("report", "waiting")]
    assert await world.logged(trace) == ["mail", "report", "report"]


async def test_a_mail_with_a_held_report_waits_for_the_officer(world: World) -> None:
    (mail,) = await received(world)
    await world.ledger.release(
        [(mail, handled(mail, sealed(mail.raw, 0), stopped(HELD_TEXT, 1, report=2)))], LATER
    )
    assert await world.state(mail.raw.trace) == "held"
    assert await world.standing(mail.raw.trace) == {0: FORWARD, 1: HOLD}
    kinds = [kind for kind, _ in await world.posted(mail.raw.trace)]
    assert kinds == ["notice", "receipt", "report"]
    assert len(await world.inbox.claim(10, NOW + timedelta(days=1))) == 0


async def test_a_mail_that_stopped_as_a_whole_has_one_outcome(world: World) -> None:
    (mail,) = await received(world)
    stop = stopped(Reject(Reason.NOT_SIGNED), None)
    await world.ledger.release([(mail, handled(mail, stop))], LATER)
    assert await world.standing(mail.raw.trace) == {-1: REJECT}
    assert await world.logged(mail.raw.trace) == ["mail"]


async def test_many_mails_are_released_at_once(world: World) -> None:
    mails = await received(world, 25)
    pairs = [(m, handled(m, sealed(m.raw, report=n))) for n, m in enumerate(mails)]
    await world.ledger.release(pairs, LATER)
    for mail in mails:
        assert await world.standing(mail.raw.trace) == {0: FORWARD}
        assert await world.state(mail.raw.trace) == "done"


async def test_a_lost_claim_records_nothing_and_spoils_nothing(world: World) -> None:
    lost, kept = await received(world, 2)
    await world.inbox.hand_back([lost])
    await world.ledger.release(
        [
            (lost, handled(lost, sealed(lost.raw, report=1))),
            (kept, handled(kept, sealed(kept.raw, report=2))),
        ],
        LATER,
    )
    assert await world.standing(lost.raw.trace) == {}
    assert await world.logged(lost.raw.trace) == []
    assert await world.posted(lost.raw.trace) == []
    assert await world.standing(kept.raw.trace) == {0: FORWARD}


async def test_releasing_twice_records_once(world: World) -> None:
    (mail,) = await received(world)
    pair = (mail, handled(mail, sealed(mail.raw)))
    await world.ledger.release([pair], LATER)
    await world.ledger.release([pair], LATER)
    assert await world.logged(mail.raw.trace) == ["mail", "report"]
    assert len(await world.posted(mail.raw.trace)) == 2


async def test_a_retry_is_never_recorded(world: World) -> None:
    (mail,) = await received(world)
    undecided = stopped(Retry(Reason.UNREACHABLE))
    await world.ledger.release([(mail, handled(mail, undecided))], LATER)
    assert await world.standing(mail.raw.trace) == {}


async def test_a_report_disclosed_by_another_mail_is_left_out_and_walks_again(
    world: World,
) -> None:
    first, second = await received(world, 2)
    await world.ledger.release([(first, handled(first, sealed(first.raw)))], LATER)
    await world.ledger.release([(second, handled(second, sealed(second.raw)))], LATER)
    assert await world.standing(second.raw.trace) == {}
    assert await world.posted(second.raw.trace) == []
    (again,) = await world.inbox.claim(10, LATER)
    assert (again.raw.trace, again.attempts) == (second.raw.trace, 0)
    duplicate = stopped(Reject(Reason.DUPLICATE_REPORT))
    await world.ledger.release([(again, handled(again, duplicate))], LATER)
    assert await world.standing(second.raw.trace) == {0: REJECT}


async def test_of_the_same_report_twice_in_one_batch_the_first_goes(world: World) -> None:
    first, second = await received(world, 2)
    pairs = [(mail, handled(mail, sealed(mail.raw))) for mail in (first, second)]
    await world.ledger.release(pairs, LATER)
    states = {await world.state(mail.raw.trace) for mail in (first, second)}
    assert states == {"done", "waiting"}


SIGNED = "ab" * 32


async def test_what_was_signed_once_is_known_from_then_on(world: World) -> None:
    """In every other mail; not in this one when it walks again, nor in its bytes as a file."""
    first, second = await received(world, 2)
    assert not await world.opened_before(SIGNED, second.raw)
    refused = stopped(NO_CONSENT)
    await world.ledger.release([(first, handled(first, refused, signed=SIGNED))], LATER)
    assert await world.opened_before(SIGNED, second.raw)
    assert not await world.opened_before(SIGNED, first.raw)
    assert not await world.opened_before("cd" * 32, second.raw)
    assert not await world.opened_before("", second.raw)
    from_file = dataclasses.replace(first.raw, trace="0" * 32)
    assert not await world.opened_before(SIGNED, from_file)


async def test_of_two_mails_around_one_signed_message_the_second_walks_again(world: World) -> None:
    """Both were opened before either was on record; then it meets what the first left."""
    first, second, other = await received(world, 3)
    pairs = [
        (first, handled(first, sealed(first.raw, report=1), signed=SIGNED)),
        (second, handled(second, sealed(second.raw, report=2), signed=SIGNED)),
        (other, handled(other, sealed(other.raw, report=3), signed="cd" * 32)),
    ]
    await world.ledger.release(pairs, LATER)
    assert await world.state(first.raw.trace) == await world.state(other.raw.trace) == "done"
    assert await world.standing(second.raw.trace) == {}
    assert await world.posted(second.raw.trace) == []
    (again,) = await world.inbox.claim(10, LATER)
    assert again.raw.trace == second.raw.trace
    replayed = stopped(Reject(Reason.REPLAYED), None)
    await world.ledger.release([(again, handled(again, replayed))], LATER)
    assert await world.standing(again.raw.trace) == {-1: REJECT}


async def test_after_a_release_the_hold_gives_way_and_what_went_is_not_sent_again(
    world: World,
) -> None:
    """Report 0 was sent, report 1 was held: the second walk decides about report 1 alone."""
    (mail,) = await received(world)
    trace = mail.raw.trace
    await world.ledger.release(
        [(mail, handled(mail, sealed(mail.raw, 0), stopped(HELD_TEXT, 1, report=2)))], LATER
    )
    gone = [r for r in await world.outbox.claim(10, LATER) if r.standing is not None]
    await world.outbox.sent(gone, LATER)
    await release_from_hold(world, trace)
    (again,) = await world.inbox.claim(10, LATER)
    await world.ledger.release(
        [(again, handled(again, sealed(again.raw, 0), sealed(again.raw, 1, report=2)))], LATER
    )
    assert await world.standing(trace) == {0: FORWARD, 1: FORWARD}
    assert await world.state(trace) == "done"
    reports = [state for kind, state in await world.posted(trace) if kind == "report"]
    assert sorted(reports) == ["sent", "waiting"]
    receipts = [state for kind, state in await world.posted(trace) if kind == "receipt"]
    assert sorted(receipts) == ["waiting", "withdrawn"]


async def test_a_second_walk_that_stops_as_a_whole_supersedes_only_what_did_not_go(
    world: World,
) -> None:
    (mail,) = await received(world)
    trace = mail.raw.trace
    await world.ledger.release(
        [(mail, handled(mail, sealed(mail.raw, 0), stopped(HELD_TEXT, 1, report=2)))], LATER
    )
    await release_from_hold(world, trace)
    (again,) = await world.inbox.claim(10, LATER)
    revoked = stopped(Reject(Reason.KEY_REVOKED), None)
    await world.ledger.release([(again, handled(again, revoked))], LATER)
    assert await world.standing(trace) == {0: FORWARD, -1: REJECT}


async def release_from_hold(world: World, trace: str) -> None:
    """By two people on a database; in memory there is no officer's side."""
    if isinstance(world, DatabaseWorld):
        await world.held.release(trace, "Fien", LATER)
        await world.held.release(trace, "Floor", LATER)
    else:
        assert world.memory is not None
        world.memory.mails[trace].free(LATER, counted=False)


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


async def entries(world: DatabaseWorld, trace: str) -> list[dict[str, Any]]:
    return [each.plain() for each in await world.log.show(Query(mail=trace), None)]


async def test_a_report_is_one_ldv_record_with_the_evidence_beside_it(base: DatabaseWorld) -> None:
    (mail,) = await received(base)
    withheld = (
        Withheld(path="voortgang.verzuim.urenGeoorloofd", reason=Reason.CATEGORY_NOT_CONSENTED),
        Withheld(path="voortgang.verzuim.ziektevanamal", reason=Reason.NOT_IN_BIJSLUITER),
        Withheld(path="voortgang.verzuim.bsn123456782", reason=Reason.NOT_IN_BIJSLUITER),
    )
    await base.ledger.release([(mail, handled(mail, sealed(mail.raw, withheld=withheld)))], LATER)
    whole, report = await entries(base, mail.raw.trace)
    record = report["record"]
    assert record["trace_id"] == mail.raw.trace
    assert record["parent_span_id"] == whole["record"]["span_id"]
    assert record["status"] == "Ok"
    assert record["end_time"] == int(LATER.timestamp() * 1000)
    attributes = record["attributes"]
    assert set(attributes) == {
        "dpl.core.processing_activity_id",
        "dpl.core.data_subject_id",
        "dpl.core.data_subject_id_type",
    }
    assert attributes["dpl.core.processing_activity_id"] == ACTIVITY
    assert "dossier-1" not in str(attributes)
    assert "dpl.core.data_subject_id" not in str(whole)
    assert report["evidence"]["withheld"] == [
        {"path": "voortgang.verzuim.urenGeoorloofd", "reason": "art-12.4/category-not-consented"},
        {"path": "voortgang.verzuim.?", "reason": "art-12.3/not-in-bijsluiter"},
    ]
    assert report["evidence"]["facts"] == {"revision": 1, "digest": facts().digest()}
    assert report["evidence"]["bericht_id"] == str(bericht_id(1))
    assert "dpl" not in json.dumps(report["evidence"])


async def test_no_name_value_or_free_text_is_in_the_log(base: DatabaseWorld) -> None:
    (mail,) = await received(base)
    await base.ledger.release([(mail, handled(mail, sealed(mail.raw)))], LATER)
    logged = json.dumps(await entries(base, mail.raw.trace))
    person = betrokkene(1)
    for personal in (*person.values(), SENDER.name, SENDER.address, mail.raw.content.decode()):
        assert str(personal) not in logged


async def test_the_same_person_has_the_same_pseudonym_and_no_dossier_none(
    base: DatabaseWorld,
) -> None:
    first, second = await received(base, 2)
    for number, mail in enumerate((first, second)):
        await base.ledger.release(
            [(mail, handled(mail, sealed(mail.raw, report=number), stopped(NO_CONSENT, 1)))], LATER
        )
    found = {
        entry["record"]["attributes"]["dpl.core.data_subject_id"]
        for mail in (first, second)
        for entry in await entries(base, mail.raw.trace)
        if entry["kind"] == "report"
    }
    assert len(found) == 1


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (Hold(Reason.UNEXPECTED), "Error"),
        (Hold(Reason.FREE_TEXT), "Unset"),
        (Reject(Reason.NO_CONSENT), "Ok"),
    ],
)
async def test_a_refusal_is_ok_and_only_a_technical_fault_is_an_error(
    base: DatabaseWorld, reason: Hold | Reject, status: str
) -> None:
    (mail,) = await received(base)
    await base.ledger.release([(mail, handled(mail, stopped(reason)))], LATER)
    report = (await entries(base, mail.raw.trace))[-1]
    assert report["record"]["status"] == status


async def test_two_gateways_with_the_same_report_disclose_it_once(
    base: DatabaseWorld, url: str
) -> None:
    other = another_gateway(url, base.vault, instance="poort-2")
    mails = await received(base, 12)
    pairs = [(mail, handled(mail, sealed(mail.raw, report=n % 3))) for n, mail in enumerate(mails)]
    await asyncio.gather(
        base.ledger.release(pairs[0::4], LATER),
        other.ledger.release(pairs[1::4], LATER),
        base.ledger.release(pairs[2::4], LATER),
        other.ledger.release(pairs[3::4], LATER),
    )
    standing = [await base.standing(mail.raw.trace) for mail in mails]
    assert standing.count({0: FORWARD}) == 3
    assert standing.count({}) == 9
    assert [await base.state(mail.raw.trace) for mail in mails].count("waiting") == 9
    await other.close()


async def test_a_conflict_that_the_database_finds_concerns_one_mail_only(
    base: DatabaseWorld,
) -> None:
    """Two outcomes for one report would be our own bug; the other mails must not wait for it."""
    wrong, right = await received(base, 2)
    twice = handled(wrong, sealed(wrong.raw, 0, report=1), sealed(wrong.raw, 0, report=2))
    await base.ledger.release(
        [(wrong, twice), (right, handled(right, sealed(right.raw, report=3)))], LATER
    )
    assert await base.standing(right.raw.trace) == {0: FORWARD}
    assert await base.standing(wrong.raw.trace) == {}
    assert await base.logged(wrong.raw.trace) == []
    (again,) = await base.inbox.claim(10, LATER)
    assert (again.raw.trace, again.attempts) == (wrong.raw.trace, 1)


async def test_no_log_no_mail(base: DatabaseWorld) -> None:
    """When the log cannot be written, neither outcome nor outbox is."""
    (mail,) = await received(base)
    async with base.database.transaction() as connection:
        await connection.execute(text("ALTER TABLE log_entries RENAME TO log_entries_away"))
    with pytest.raises(Retry):
        await base.ledger.release([(mail, handled(mail, sealed(mail.raw)))], LATER)
    assert await base.standing(mail.raw.trace) == {}
    assert await base.posted(mail.raw.trace) == []
    assert await base.state(mail.raw.trace) == "claimed"
    async with base.database.transaction() as connection:
        await connection.execute(text("ALTER TABLE log_entries_away RENAME TO log_entries"))
    await base.ledger.release([(mail, handled(mail, sealed(mail.raw)))], LATER)
    assert await base.standing(mail.raw.trace) == {0: FORWARD}


async def test_a_mail_of_an_unknown_sender_is_recorded_without_one(base: DatabaseWorld) -> None:
    (mail,) = await received(base)
    unknown = Handled(
        raw=mail.raw,
        sender=None,
        protection=None,
        outcomes=(stopped(Reject(Reason.UNKNOWN_SIGNER), None),),
        mailed=(),
    )
    await base.ledger.release([(mail, unknown)], LATER)
    async with base.database.reading() as connection:
        (row,) = (await connection.execute(select(outcomes))).all()
    assert (row.sender_contact_id, row.reasons) == (None, ["art-12.5/unknown-signer"])
