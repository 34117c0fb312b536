"""33(3)(d): what is held back does not leave, waits unharmed, and goes when it is let go again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from gateway.adapters.holding_back import HELD_NOW
from gateway.domain.holding import Over
from gateway.domain.register import Refusal, RegisterError
from gateway.domain.stages import Post
from tests.adapters.test_late import DAY, TAAL, Office, office
from tests.generators import INSTANT
from tests.world import (
    BY,
    BY_ANOTHER,
    CARLA,
    CASPER,
    MUNICIPALITY,
    SAAR,
    SCHOOL_1,
    SCHOOL_2,
    describe_marker,
    marker,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.stages import Released

__all__ = ["office"]

THEIRS, OURS = describe_marker(marker(CASPER)).fingerprint, "C" * 40
SENDERS = describe_marker(marker(SAAR)).fingerprint


async def hold(office: Office, over: Over, subject: str = "", by: str = BY) -> str:
    async with office.register.change(by=by) as change:
        return await change.queue_holds.place(over, subject, "sleutel gelekt")


async def lift(office: Office, hold_id: str, by: str = BY_ANOTHER) -> None:
    async with office.register.change(by=by) as change:
        await change.queue_holds.lift(hold_id, "nieuwe sleutel")


async def waiting(office: Office) -> list[Released]:
    """One report to Casper from Saar, in hand of the gateway."""
    _, taken = await office.release(TAAL, day=10, keys=(OURS, THEIRS))
    return taken


async def claimed(office: Office) -> Sequence[Released]:
    return await office.flow.outbox.claim(9, INSTANT + 10 * DAY)


async def test_a_reason_that_is_kept_in_plain_bears_no_number_of_a_person(office: Office) -> None:
    hold_id = await hold(office, Over.ALL)
    with pytest.raises(RegisterError) as refused:
        async with office.register.change(by=BY) as change:
            await change.queue_holds.place(Over.ALL, "", "lek over BSN 111222333")
    assert refused.value.code is Refusal.IDENTITY_NUMBER
    with pytest.raises(RegisterError) as refused:
        async with office.register.change(by=BY_ANOTHER) as change:
            await change.queue_holds.lift(hold_id, "BSN 111.222.333 hersteld")
    assert refused.value.code is Refusal.IDENTITY_NUMBER


HOLDS = [
    (Over.ALL, "", True),
    (Over.CONTACT, CASPER, True),
    (Over.CONTACT, SAAR, True),
    (Over.CONTACT, CARLA, False),
    (Over.PARTY, SCHOOL_1, True),
    (Over.PARTY, MUNICIPALITY, True),
    (Over.PARTY, SCHOOL_2, False),
    (Over.KEY, THEIRS, True),
    (Over.KEY, SENDERS, True),
]


@pytest.mark.parametrize(("over", "subject", "holds"), HOLDS)
async def test_what_is_held_does_not_leave_and_goes_when_it_is_let_go(
    office: Office, over: Over, subject: str, holds: bool
) -> None:
    """Not what a gateway has in hand already, and not what it would take next."""
    outbox = office.flow.outbox
    (taken,) = await waiting(office)
    assert await outbox.may_leave(taken)
    hold_id = await hold(office, over, subject)
    assert await outbox.may_leave(taken) is not holds
    await outbox.hand_back([taken])
    async with office.database.reading() as connection:
        assert await connection.scalar(HELD_NOW) == int(holds)
    if holds:
        assert await claimed(office) == []
        await lift(office, hold_id)
    (again,) = await claimed(office)
    assert (again.outgoing_id, again.attempts, again.post) == (taken.outgoing_id, 0, Post.REPORT)
    assert await outbox.may_leave(again)


async def test_where_it_is_not_on_record_whose_key_it_is_any_hold_holds_it(
    office: Office,
) -> None:
    """It might be theirs."""
    _, (taken,) = await office.release(TAAL, day=10)
    await hold(office, Over.PARTY, SCHOOL_2)
    assert not await office.flow.outbox.may_leave(taken)


async def test_lifting_takes_another_person_and_happens_once(office: Office) -> None:
    """And of two holds each has to be lifted."""
    (taken,) = await waiting(office)
    first, second = await hold(office, Over.ALL), await hold(office, Over.CONTACT, CASPER)
    for hold_id, by, code in (
        (first, BY, Refusal.SAME_PERSON),
        ("00000000", BY_ANOTHER, Refusal.UNKNOWN_HOLD),
    ):
        with pytest.raises(RegisterError) as refused:
            await lift(office, hold_id, by)
        assert refused.value.code is code
    await lift(office, first)
    with pytest.raises(RegisterError) as refused:
        await lift(office, first)
    assert refused.value.code is Refusal.ALREADY_DECIDED
    assert not await office.flow.outbox.may_leave(taken)
    await lift(office, second)
    assert await office.flow.outbox.may_leave(taken)
    found = await office.register.queue_holds()
    assert [(each.hold_id, each.in_force, each.lifted_by) for each in found] == [
        (first, False, BY_ANOTHER),
        (second, False, BY_ANOTHER),
    ]


@pytest.mark.parametrize(
    ("over", "subject", "code"),
    [
        (Over.CONTACT, "nobody", Refusal.UNKNOWN_CONTACT),
        (Over.PARTY, "nowhere", Refusal.UNKNOWN_PARTY),
        (Over.KEY, "F" * 40, Refusal.NO_KEY),
        (Over.ALL, CASPER, Refusal.BAD_ID),
    ],
)
async def test_a_slip_of_the_pen_holds_nothing_and_says_so(
    office: Office, over: Over, subject: str, code: Refusal
) -> None:
    """Else somebody would believe that it is contained."""
    with pytest.raises(RegisterError) as refused:
        await hold(office, over, subject)
    assert refused.value.code is code
    assert await office.register.queue_holds() == []


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM queue_hold",
        "UPDATE queue_hold SET over = 'contact', subject = 'x'",
        (
            "INSERT INTO queue_hold_end (hold_id, placed_by, reason, lifted_by, origin, revision,"
            " recorded_at, recorded_by) SELECT hold_id, placed_by, 'x', placed_by, '', 1, 1, 'x'"
            " FROM queue_hold"
        ),
    ],
)
async def test_the_database_itself_keeps_a_hold(office: Office, statement: str) -> None:
    """Neither taken away nor changed, nor lifted by who placed it."""
    await hold(office, Over.ALL)
    with pytest.raises(IntegrityError):
        async with office.database.transaction() as connection:
            await connection.execute(text(statement))
    (found,) = await office.register.queue_holds()
    assert found.in_force
