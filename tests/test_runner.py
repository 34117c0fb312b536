"""The runner: what it does with stops, outages, bugs and the order to end."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from gateway.domain.consent import ConsentKind
from gateway.domain.stops import Outcome, Reason, Retry
from gateway.domain.waiting import GIVE_UP_AFTER, LONGEST_WAIT, given_up, wait_after
from gateway.runner import walking
from tests.memory_town import MemoryTown, addresses, memory_town, seconds, until
from tests.world import BY, CARLA, CASPER, OFFICER, SAAR, SCHOOL_1

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import pytest


# --- the ordinary way --------------------------------------------------------------


async def test_a_mail_goes_its_whole_way() -> None:
    """Received, filed, walked, released, sent: the report first, the receipt after it."""
    town = await memory_town()
    mail = town.arrives(1)
    async with town.running():
        await until(lambda: town.at_rest(1))
    assert town.accepted() == addresses(CASPER, SAAR)
    assert town.mailbox.processed == [mail]
    assert [each.envelope_from for each in town.relay.accepted] == ["poort@gemeente.example", ""]
    assert town.told("mail.handled")[0]["outcome"] == "forward"
    assert town.told("bug") == []


async def test_events_carry_no_word_of_a_mail() -> None:
    """Traces, counts and codes; no kenmerk, no address of a person."""
    town = await memory_town()
    town.arrives(1, 3)
    async with town.running():
        await until(lambda: town.at_rest(1))
    told = str(town.events)
    assert "DEMO-" not in told
    assert "saar@" not in told
    assert "casper@" not in told


async def test_mail_that_comes_while_it_waits_is_noticed_at_once() -> None:
    """No polling of the mailbox: its announcement wakes the gateway."""
    town = await memory_town(poll_seconds=600.0)
    async with town.running():
        await asyncio.sleep(0.05)
        town.arrives(1)
        await until(lambda: town.at_rest(1))


async def test_a_mail_that_takes_long_keeps_no_other_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of its own batch and of those behind it; it is released when it is done."""
    monkeypatch.setattr(walking, "PATIENCE", 0.05)
    town, go_on = await memory_town(batch=4), asyncio.Event()
    slow = town.arrives(1)
    town.bend_gate("sealer", "open", waiting_for(slow, go_on))
    for _ in range(6):
        town.arrives(1)
    async with town.running():
        await until(lambda: len(town.posted("receipt")) == 6)
        await until(lambda: len(town.told("mail.handled")) == 6)
        go_on.set()
        await until(lambda: town.at_rest(7))
    assert len(town.posted("report")) == 7
    assert {each["outcome"] for each in town.told("mail.handled")} == {"forward"}
    assert town.told("bug") == []


async def test_the_order_to_end_finds_a_mail_that_takes_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is handed back, and walks again at the next start as if nothing had been."""
    monkeypatch.setattr(walking, "PATIENCE", 0.05)
    town, never = await memory_town(stop_seconds=0.5), asyncio.Event()
    whole = town.parts
    town.bend_gate("sealer", "open", waiting_for(town.arrives(1), never))
    town.arrives(1)
    async with town.running():
        await until(lambda: len(town.posted("receipt")) == 1)
    assert sorted(each.state for each in town.mails()) == ["done", "waiting"]
    town.parts = whole
    async with town.running():
        await until(lambda: town.at_rest(2))
    assert len(town.posted("report")) == 2


async def test_only_so_many_go_on_beside_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as a batch holds; then the next batch waits for one of them."""
    monkeypatch.setattr(walking, "PATIENCE", 0.02)
    town, go_on = await memory_town(batch=2), asyncio.Event()
    begun: list[bytes] = []

    async def every_other_waits(content: bytes, *_: Any, **__: Any) -> None:
        begun.append(content)
        if len(begun) % 2:
            await go_on.wait()

    town.bend_gate("sealer", "open", every_other_waits)
    for _ in range(8):
        town.arrives(1)
    async with town.running():
        await until(lambda: len(begun) == 4)
        await asyncio.sleep(0.3)
        assert len(begun) == 4
        go_on.set()
        await until(lambda: town.at_rest(8))
    assert len(town.posted("report")) == 8


def waiting_for(mail: bytes, event: asyncio.Event) -> Callable[..., Awaitable[None]]:
    """This mail is opened once that has happened; the others at once."""

    async def slowly(content: bytes, *_: Any, **__: Any) -> None:
        if content == mail:
            await event.wait()

    return slowly


# --- the order to end -----------------------------------------------------------------


async def test_it_ends_at_once_when_nothing_is_in_hand() -> None:
    town = await memory_town(poll_seconds=600.0)
    async with asyncio.timeout(300):
        async with town.running():
            await asyncio.sleep(0.02)


async def test_it_finishes_what_is_in_hand() -> None:
    """Ordered to end in the middle of sending: sent, noted, and only then ended."""
    town = await memory_town()
    sending, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(*_: Any, **__: Any) -> None:
        sending.set()
        await go_on.wait()

    town.bend("relay", "send", slowly)
    town.arrives(1)
    async with town.running() as runner:
        await asyncio.wait_for(sending.wait(), 300)
        runner.stop()
        go_on.set()
    assert town.accepted() == addresses(CASPER)
    assert [each.state for each in town.posted("report")] == ["sent"]
    assert [each.state for each in town.posted("receipt")] == ["waiting"]


async def test_what_takes_too_long_is_put_back_and_not_counted() -> None:
    """Walking: the mail waits again, as if nobody had touched it."""
    town = await memory_town(stop_seconds=0.1)
    opening = asyncio.Event()

    async def never(*_: Any, **__: Any) -> None:
        opening.set()
        await asyncio.Event().wait()

    town.bend("ledger", "release", never)
    town.arrives(1)
    async with town.running():
        await asyncio.wait_for(opening.wait(), 300)
    (mail,) = town.mails()
    assert (mail.state, mail.attempts) == ("waiting", 0)
    assert town.flow.outcomes == []


async def test_of_a_batch_cut_short_what_left_is_noted_and_the_rest_put_back() -> None:
    """Two reports: one was accepted, the other hangs; only the other is sent again."""
    town = await memory_town(stop_seconds=0.2)
    hangs = asyncio.Event()

    async def one_hangs(*_: Any, recipient: str, **__: Any) -> None:
        if [recipient] == addresses(CARLA):
            hangs.set()
            await asyncio.Event().wait()

    town.bend("relay", "send", one_hangs)
    await designated(town, "dossier-2", CARLA)
    town.arrives(1, 2)
    async with town.running():
        await asyncio.wait_for(hangs.wait(), 300)
        await until(lambda: len(town.relay.accepted) == 1)
    states = {each.recipient: (each.state, each.attempts) for each in town.posted("report")}
    casper, carla = addresses(CASPER, CARLA)
    assert states == {casper: ("sent", 0), carla: ("waiting", 0)}


async def designated(town: MemoryTown, dossier: str, who: str) -> None:
    async with town.register.change(by=BY) as change:
        await change.designations.designate(dossier, who)


# --- trying again ---------------------------------------------------------------------


def test_waits_double_up_to_a_quarter_of_an_hour() -> None:
    waits = [wait_after(attempts).total_seconds() for attempts in range(12)]
    assert waits[:4] == [2, 4, 8, 16]
    assert waits == sorted(waits)
    assert waits[-1] == wait_after(10**6).total_seconds() == LONGEST_WAIT


def test_five_days_of_waiting_are_enough() -> None:
    attempts = next(count for count in range(10**4) if given_up(count))
    waited = sum((wait_after(each) for each in range(attempts)), timedelta())
    assert GIVE_UP_AFTER < waited <= GIVE_UP_AFTER + timedelta(seconds=LONGEST_WAIT)
    assert not given_up(0)


class Away:
    """A register in which nothing can be looked up so many times."""

    def __init__(self, registry: Any, times: int) -> None:
        self._registry, self._times = registry, times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._registry, name)

    async def look_up(self, checked: Any) -> Any:
        if self._times:
            self._times -= 1
            raise Retry(Reason.UNREACHABLE)
        return await self._registry.look_up(checked)


def without_register(town: MemoryTown, times: int) -> None:
    away = Away(town.parts.gate.registry, times)
    town.parts = replace(town.parts, gate=replace(town.parts.gate, registry=away))


async def test_what_cannot_be_looked_up_now_walks_again_later() -> None:
    """Counted, rested, and through when the register is back."""
    town = await memory_town()
    without_register(town, times=2)
    town.arrives(1)
    async with town.running():
        await until(lambda: len(town.told("mail.put_back")) == 1)
        (mail,) = town.mails()
        assert (mail.attempts, mail.due_at) == (1, town.clock.now + seconds(2))
        town.clock.now += seconds(2)
        await until(lambda: len(town.told("mail.put_back")) == 2)
        assert mail.due_at == town.clock.now + seconds(4)
        town.clock.now += seconds(4)
        await until(lambda: town.at_rest(1))
    assert town.accepted() == addresses(CASPER, SAAR)


async def test_after_too_many_attempts_the_officer_decides() -> None:
    """Held, on record; nobody but the officer and the claimed sender hears, without content."""
    town = await memory_town(max_attempts=3)
    without_register(town, times=1000)
    town.arrives(1)
    async with town.running():
        for count in (1, 2, 3):
            await until(partial(town.has_told, "mail.put_back", count))
            town.clock.now += seconds(60)
        await until(lambda: town.at_rest(1))
    (mail,) = town.mails()
    (standing,) = town.flow.standing(mail.trace)
    assert (mail.state, standing.outcome) == ("held", Outcome.HOLD)
    assert standing.reasons == (Reason.UNREACHABLE,)
    assert sorted(town.accepted()) == sorted(addresses(OFFICER, SAAR))


async def test_a_report_that_is_not_accepted_rests_and_goes_later() -> None:
    """Longer each time; the receipt waits for it."""
    town = await memory_town()
    casper, saar = addresses(CASPER, SAAR)
    town.relay.temporary.add(casper)
    town.arrives(1)
    async with town.running():
        for attempt, wait in enumerate((2, 4, 8), start=1):
            await until(partial(town.has_told, "report.postponed", attempt))
            (report,) = town.posted("report")
            assert (report.attempts, report.due_at) == (attempt, town.clock.now + seconds(wait))
            assert town.accepted() == []
            town.clock.now += seconds(wait)
        town.relay.temporary.clear()
        town.clock.now += seconds(60)
        await until(lambda: town.at_rest(1))
    assert town.accepted() == [casper, saar]


async def test_a_report_that_is_refused_for_good_is_held() -> None:
    """The officer is told, the sender too; nothing went to the casemanager."""
    town = await memory_town()
    town.relay.permanent.update(addresses(CASPER))
    town.arrives(1)
    async with town.running():
        await until(lambda: town.at_rest(1))
    assert sorted(town.accepted()) == sorted(addresses(OFFICER, SAAR))
    (mail,) = town.mails()
    (standing,) = town.flow.standing(mail.trace)
    assert (mail.state, standing.outcome) == ("held", Outcome.HOLD)
    assert standing.reasons == (Reason.UNDELIVERABLE,)


async def test_what_has_waited_five_days_is_refused_for_good() -> None:
    """The next server never came back: a person decides."""
    town = await memory_town()
    town.relay.temporary.update(addresses(CASPER))
    town.arrives(1)
    async with town.running():
        await until(lambda: len(town.told("report.postponed")) == 1)
        (report,) = town.posted("report")
        report.attempts = next(count for count in range(10**4) if given_up(count))
        town.clock.now += seconds(60)
        await until(lambda: town.at_rest(1))
    assert report.state == "undeliverable"
    assert sorted(town.accepted()) == sorted(addresses(OFFICER, SAAR))


async def test_facts_that_changed_make_it_walk_again() -> None:
    """Released, not sent, consent withdrawn: it ends anew, and the receipt is the new one."""
    town = await memory_town()
    town.relay.reachable = False
    town.arrives(1)
    async with town.running():
        await until(lambda: bool(town.told("report.postponed")))
        async with town.register.change(by=BY) as change:
            await change.consents.record("dossier-1", SCHOOL_1, ConsentKind.WITHDRAWN)
        town.relay.reachable = True
        town.clock.now += seconds(60)
        await until(lambda: town.at_rest(1))
    assert len(town.told("report.walks_again")) == 1
    assert town.accepted() == addresses(SAAR)
    (standing,) = town.flow.standing(town.mails()[0].trace)
    assert standing.reasons == (Reason.CONSENT_WITHDRAWN,)


async def test_facts_that_change_while_a_batch_is_being_sent_stop_what_has_not_left() -> None:
    """A slow server, a batch of two: consent for the second ends while the first is handed over."""
    town = await memory_town(lanes=1, recheck_seconds=0.0)

    async def withdrawn_meanwhile(*_: Any, **__: Any) -> None:
        if not town.relay.accepted:
            async with town.register.change(by=BY) as change:
                await change.consents.record("dossier-2", SCHOOL_1, ConsentKind.WITHDRAWN)

    town.bend("relay", "send", withdrawn_meanwhile)
    town.arrives(1, 2)
    async with town.running():
        await until(lambda: town.at_rest(1))
    assert town.accepted() == addresses(CASPER, SAAR)
    assert len(town.told("report.walks_again")) == 1
    standing = {each.number: each for each in town.flow.standing(town.mails()[0].trace)}
    assert standing[0].outcome is Outcome.FORWARD
    assert standing[1].reasons == (Reason.CONSENT_WITHDRAWN,)


async def test_a_hold_stops_what_is_in_hand_and_loses_nothing() -> None:
    """Placed while the first of two is handed over: the second waits, uncounted, until it ends."""
    town = await memory_town(lanes=1)
    outbox: Any = town.parts.outbox

    async def held_meanwhile(*_: Any, **__: Any) -> None:
        outbox.holds = not town.relay.accepted

    town.bend("relay", "send", held_meanwhile)
    town.arrives(1, 2)
    async with town.running():
        await until(lambda: bool(town.told("report.held_back")))
        assert town.accepted() == addresses(CASPER)
        outbox.holds = False
        await until(lambda: town.at_rest(1))
    assert town.accepted() == addresses(CASPER, CASPER, SAAR)
    assert all(each.attempts == 0 for each in town.flow.outgoing.values())


async def test_a_claim_is_kept_for_as_long_as_the_work_on_it_lasts() -> None:
    """Longer than a lease: nobody else may take it, or a slow batch would begin again for ever."""
    town = await memory_town(renew_seconds=0.01, loops=2)
    kept: list[bool] = []

    async def slowly(*_: Any, **__: Any) -> None:
        for _turn in range(3):
            town.clock.now += seconds(50)
            await until(lambda: town.mails()[0].due_at == town.clock.now + seconds(60))
            kept.append(True)

    town.bend("ledger", "release", slowly)
    town.arrives(1)
    async with town.running():
        await until(lambda: town.at_rest(1))
    assert kept == [True, True, True]
    assert town.accepted() == addresses(CASPER, SAAR)
