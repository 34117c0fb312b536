"""The runner in trouble: outages in the middle of a turn, and bugs in one mail."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gateway.domain.stops import Reason, Retry
from tests.memory_town import Bent, MemoryTown, addresses, memory_town, until
from tests.world import BY, CARLA, CASPER, SAAR

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def failing(*errors: Exception) -> Callable[..., Awaitable[None]]:
    """Raises these, one a call, and then nothing any more."""
    left = list(errors)

    async def bend(*_: Any, **__: Any) -> None:
        if left:
            raise left.pop(0)

    return bend


def unreachable(count: int) -> Callable[..., Awaitable[None]]:
    """Cannot be used so many times."""
    return failing(*(Retry(Reason.UNREACHABLE) for _ in range(count)))


# --- outages in the middle of a turn --------------------------------------------------


async def test_a_mailbox_that_is_away_is_asked_again() -> None:
    town = await memory_town()
    town.mailbox.reachable = False
    town.arrives(1)
    async with town.running():
        await until(lambda: bool(town.told("mailbox.unreachable")))
        town.mailbox.reachable = True
        await until(lambda: town.at_rest(1))


async def test_what_cannot_be_stored_stays_in_the_mailbox() -> None:
    """And it is the database that is named, not the mailbox."""
    town = await memory_town()
    town.bend("inbox", "store", unreachable(1))
    mail = town.arrives(1)
    async with town.running():
        await until(lambda: bool(town.told("database.unreachable")))
        assert [content for content, _ in town.mailbox.inbox.values()] == [mail]
        await until(lambda: town.at_rest(1))
    assert town.told("mailbox.unreachable") == []
    assert town.mailbox.processed == [mail]


async def test_a_mail_stored_but_not_filed_comes_again_and_is_one() -> None:
    town = await memory_town()
    away = failing(Retry(Reason.UNREACHABLE))
    town.parts = _with_mailbox(town, "file_away", away)
    mail = town.arrives(1)
    async with town.running():
        await until(lambda: town.mailbox.processed == [mail] and town.at_rest(1))
    assert len(town.mails()) == 1
    assert town.accepted() == addresses(CASPER, SAAR)


def _with_mailbox(town: MemoryTown, method: str, bend: Callable[..., Awaitable[None]]) -> Any:
    return replace(town.parts, mailboxes=(Bent(town.mailbox, method, bend),))


async def test_what_could_not_be_recorded_walks_again_at_once_and_is_not_counted() -> None:
    """Its claim is given back; it does not lie until the claim runs out."""
    town = await memory_town()
    town.bend("ledger", "release", unreachable(1))
    town.arrives(1)
    async with town.running():
        await until(lambda: town.at_rest(1))
    (mail,) = town.mails()
    assert mail.attempts == 0
    assert town.accepted() == addresses(CASPER, SAAR)
    assert len(town.told("database.unreachable")) == 1


async def test_what_left_but_could_not_be_noted_does_not_leave_twice() -> None:
    """The note is made up for as soon as the database is back."""
    town = await memory_town()
    town.bend("outbox", "sent", unreachable(2))
    town.arrives(1)
    async with town.running():
        await until(lambda: town.at_rest(1))
    assert town.accepted() == addresses(CASPER, SAAR)


async def test_what_could_not_be_looked_at_before_sending_goes_later() -> None:
    """Nothing leaves while nobody can say that it still may."""
    town = await memory_town()
    town.bend("outbox", "still_stands", unreachable(1))
    town.arrives(1)
    async with town.running():
        await until(lambda: bool(town.told("database.unreachable")))
        assert town.accepted() == []
        await until(lambda: town.at_rest(1))
    assert town.accepted() == addresses(CASPER, SAAR)


# --- bugs -----------------------------------------------------------------------------


def stumbling_over(marked: Callable[[Any], bool]) -> Callable[..., Awaitable[None]]:
    """A bug in whatever is handed something marked, every time."""

    async def bend(handed: Any, *_: Any, **__: Any) -> None:
        if any(marked(each) for each in handed):
            raise ZeroDivisionError("met DEMO-0001")

    return bend


async def test_a_mail_that_cannot_be_recorded_does_not_stop_the_batch() -> None:
    """The others go; it is counted and ends with the officer in the end."""
    town = await memory_town(max_attempts=2)
    bad, good = town.arrives(1), town.arrives(2)
    town.bend("ledger", "release", stumbling_over(lambda pair: pair[0].raw.content == bad))
    async with town.running():
        await until(lambda: town.accepted() == addresses(CASPER, SAAR))
        states = {each.fetched.content: (each.state, each.attempts) for each in town.mails()}
    assert states[good] == ("done", 0)
    assert states[bad] == ("waiting", 1)
    assert {str(fields["kind"]) for fields in town.told("bug")} == {"ZeroDivisionError"}
    assert "DEMO-0001" not in str(town.events)


async def test_a_mail_that_cannot_be_stored_does_not_stop_the_others() -> None:
    """It stays in the mailbox, where somebody can look at it."""
    town = await memory_town()
    bad, good = town.arrives(1), town.arrives(2)
    town.bend("inbox", "store", stumbling_over(lambda fetched: fetched.content == bad))
    async with town.running():
        await until(lambda: town.at_rest(1))
        await until(lambda: town.mailbox.processed == [good])
    assert [content for content, _ in town.mailbox.inbox.values()] == [bad]


async def test_a_mail_that_cannot_be_handed_over_does_not_stop_the_others() -> None:
    """A bug in sending one: it is postponed, the other is sent."""
    town = await memory_town()
    casper, carla = addresses(CASPER, CARLA)
    async with town.register.change(by=BY) as change:
        await change.designations.designate("dossier-2", CARLA)

    async def stumble(*_: Any, recipient: str, **__: Any) -> None:
        if recipient == casper:
            raise ZeroDivisionError

    town.bend("relay", "send", stumble)
    town.arrives(1, 2)
    async with town.running():
        await until(lambda: town.accepted() == [carla])
        await until(lambda: len(town.told("report.postponed")) == 1)
    assert [fields["where"] for fields in town.told("bug")] == ["send"]


@pytest.mark.parametrize("part", ["inbox", "outbox"])
async def test_a_loop_outlives_a_bug(part: str) -> None:
    """Claiming fails once by a bug; everything goes on after a rest."""
    town = await memory_town()
    town.bend(part, "claim", failing(ZeroDivisionError()))
    town.arrives(1)
    async with town.running():
        await until(lambda: town.at_rest(1))
    assert len(town.told("bug")) == 1


async def test_a_note_that_cannot_be_made_does_not_stop_the_loop() -> None:
    """What left is then noted when its claim runs out; other mail goes on meanwhile."""
    town = await memory_town()
    first = addresses(CASPER)
    town.bend("outbox", "sent", stumbling_over(lambda released: released.recipient in first))
    town.arrives(1)
    async with town.running():
        await until(lambda: town.accepted() == first)
        await until(lambda: {str(f["where"]) for f in town.told("bug")} == {"database", "settle"})
        async with town.register.change(by=BY) as change:
            await change.designations.designate("dossier-2", CARLA)
        town.arrives(2)
        await until(lambda: town.accepted() == [*first, *addresses(CARLA, SAAR)])
