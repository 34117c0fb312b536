"""What a correction finds of the report that it replaces, on each store; and replacing it once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.domain.stops import Outcome
from tests.contracts.flow import (
    HELD_TEXT,
    LATER,
    NO_CONSENT,
    NOW,
    STORES,
    World,
    handled,
    judged,
    opened,
    received,
    sealed,
    stopped,
)
from tests.generators import CASEMANAGER, SENDER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.domain.replacing import Passed


@pytest.fixture(params=STORES)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(request, tmp_path) as found:
        yield found
        assert await found.audit() == []


async def went(world: World, report: int = 1, replaces: int | None = None) -> str:
    """A report goes, or lies in the outbox; its trace."""
    (claimed,) = await received(world)
    made = sealed(claimed.raw, report=report, replaces=replaces)
    await world.ledger.release([(claimed, handled(claimed, made))], NOW)
    return claimed.raw.trace


async def on_record(world: World, report: int = 1) -> tuple[list[Passed], bool, bool]:
    """As a mail that has just come in finds it; afterwards that is as if it had never come."""
    (claimed,) = await received(world, now=LATER)
    record = await world.on_record(report, claimed.raw)
    await world.ledger.release([(claimed, handled(claimed, stopped(NO_CONSENT, None)))], LATER)
    return list(record.passed), record.again, record.unread


async def test_nothing_is_on_record_of_what_never_came(world: World) -> None:
    await went(world, report=2)
    assert await on_record(world) == ([], False, False)


async def test_who_got_it_and_what_went(world: World) -> None:
    """In the outbox as well as sent; with the categories that the table shared."""
    trace = await went(world)
    for posted in ("waiting", "sent"):
        ((found,), again, _) = await on_record(world)
        assert not again
        assert (found.trace, found.number, found.outcome) == (trace, 0, Outcome.FORWARD)
        assert (found.withdrawn, found.dossier_id) == (False, "dossier-1")
        assert (found.recipient_id, found.posted) == (CASEMANAGER.contact_id, posted)
        assert found.sender_id == SENDER.contact_id
        assert found.shared == judged().shared
        due = await world.outbox.claim(10, LATER)
        await world.outbox.sent(due, LATER)


async def test_what_waits_and_what_was_refused_is_told_apart(world: World) -> None:
    first, second = await received(world, 2)
    await world.ledger.release(
        [
            (first, handled(first, stopped(HELD_TEXT, report=1))),
            (second, handled(second, stopped(NO_CONSENT, report=2))),
        ],
        NOW,
    )
    assert [each.outcome for each in (await on_record(world))[0]] == [Outcome.HOLD]
    assert [each.outcome for each in (await on_record(world, 2))[0]] == [Outcome.REJECT]


async def test_what_did_not_arrive_waits_with_its_reader_on_record(world: World) -> None:
    await went(world)
    (due, *_) = await world.outbox.claim(10, LATER)
    await world.outbox.undeliverable(due, (), LATER)
    found, _, _ = await on_record(world)
    assert sorted((each.outcome.value, each.withdrawn, each.posted) for each in found) == [
        ("forward", True, "undeliverable"),
        ("hold", False, ""),
    ]


async def test_mail_that_came_before_is_waited_for(world: World) -> None:
    """Only while it has no outcome, and only what came before."""
    first, second = await received(world, 2)
    assert (await world.on_record(1, second.raw)).unread
    assert not (await world.on_record(1, first.raw)).unread
    await world.ledger.release([(first, handled(first, stopped(HELD_TEXT)))], NOW)
    assert not (await world.on_record(1, second.raw)).unread


async def test_a_report_is_replaced_once(world: World) -> None:
    """The second correction is left out, walks again and finds that it came too late."""
    await went(world)
    one, other = await received(world, 2)
    both = [
        (each, handled(each, sealed(each.raw, report=report, replaces=1)))
        for report, each in ((2, one), (3, other))
    ]
    await world.ledger.release(both, NOW)
    states = sorted([await world.state(each.raw.trace) for each in (one, other)])
    assert states == ["done", "waiting"]
    (again,) = await world.inbox.claim(10, LATER)
    record = await world.on_record(1, again.raw)
    assert record.again
    await world.ledger.release([(again, handled(again, stopped(NO_CONSENT, report=3)))], LATER)


async def test_a_correction_of_the_correction_is_another_matter(world: World) -> None:
    await went(world)
    await went(world, report=2, replaces=1)
    assert (await on_record(world, 1))[1]
    assert not (await on_record(world, 2))[1]
    await went(world, report=3, replaces=2)
    assert (await on_record(world, 2))[1]


async def test_a_correction_does_not_find_itself(world: World) -> None:
    """Walking again after it was withdrawn from the outbox, it still replaces what it names."""
    await went(world)
    (claimed,) = await received(world)
    made = sealed(claimed.raw, report=2, replaces=1)
    await world.ledger.release([(claimed, handled(claimed, made))], NOW)
    assert not (await world.on_record(1, claimed.raw)).again


async def test_the_original_is_there_until_it_is_forgotten(world: World) -> None:
    """As it came, to be looked at as of another instant."""
    (claimed,) = await received(world)
    trace, kept = claimed.raw.trace, world.kept()
    await world.ledger.release([(claimed, handled(claimed, stopped(NO_CONSENT)))], NOW)
    due = await world.outbox.claim(10, LATER)
    await world.outbox.sent(due, LATER)
    found = await kept.original(trace, LATER)
    assert found is not None
    assert (found.content, found.instant) == (claimed.raw.content, LATER)
    assert found.received_at == claimed.raw.received_at
    assert await kept.original("0" * 32, LATER) is None
    assert await world.inbox.forget(LATER, LATER) == 1
    assert await kept.original(trace, LATER) is None
