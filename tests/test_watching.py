"""The gateway looks after held mail and dates by itself: on the twins in memory, with a clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from gateway.domain.cases import Received, RequestKind
from gateway.domain.consent import ConsentKind
from gateway.domain.deadlines import months_before
from gateway.domain.parties import Interval, Standing
from gateway.domain.proposals import Channel
from gateway.domain.stops import Outcome, Reason
from tests import world
from tests.memory_town import MemoryTown, addresses, memory_town, until
from tests.people import person
from tests.rounds import Rounds
from tests.world import CARLA, CASPER, MUNICIPALITY, OFFICER, SAAR, SCHOOL_1, SCHOOL_2, YEAR

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from gateway.adapters.register_change import Change
    from gateway.domain.stages import Checked, Known

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
SUSPENDED = Standing.SUSPENDED


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> Rounds:
    """Of reminders."""
    return Rounds(monkeypatch)


async def changed(town: MemoryTown, *steps: Callable[[Change], Awaitable[object]]) -> None:
    async with town.register.change(by=world.BY) as change:
        for step in steps:
            await step(change)


async def held_for_a_key(town: MemoryTown, *numbers: int) -> None:
    """A mail about these inburgeraars, held because Casper's key is revoked."""
    await changed(town, lambda change: change.contacts.revoke(CASPER))
    town.arrives(*numbers)
    await until(lambda: town.at_rest(1))
    assert [mail.state for mail in town.mails()] == ["held"]


def outcomes(town: MemoryTown) -> dict[int, tuple[Outcome, tuple[Reason, ...]]]:
    (mail,) = town.mails()
    return {each.number: (each.outcome, each.reasons) for each in town.flow.standing(mail.trace)}


async def confirmed(town: MemoryTown, who: str = CASPER) -> None:
    """A key for this contact, by two people; before the second one said so, nothing happens."""
    proposed: list[str] = []

    async def propose(change: Change) -> None:
        proposed.append(await change.contacts.propose_key(who, town.persons[who].cert))

    await changed(town, propose)
    fingerprint = (await town.register.proposals())[-1].payload["fingerprint"]
    async with town.register.change(by=world.BY_ANOTHER) as change:
        await change.approve_key(proposed[0], fingerprint, Channel.TELEPHONE)


async def walked(town: MemoryTown, count: int = 1) -> None:
    await until(lambda: town.has_told("mail.walks_again", count) and town.at_rest(1))


async def looked_again(town: MemoryTown) -> None:
    """The gateway has looked at the register as it is now."""
    revision = await town.register.rows.revision()
    await until(
        lambda: all(
            each.standing is not None and each.standing.revision == revision
            for mail in town.mails()
            for each in town.flow.standing(mail.trace)
            if each.outcome is Outcome.HOLD
        )
    )


async def test_what_needs_a_person_is_not_laundered_by_a_key_that_is_missing_too() -> None:
    """Held by a fault of ours; its casemanager's key, revoked meanwhile, comes, and it waits on."""
    town = await memory_town()
    registry = town.parts.gate.registry
    look_up, faulty = registry.look_up, [True]

    async def stumbling(checked: Checked) -> Known:
        if faulty[0] and checked.number == 1:
            raise RuntimeError
        return await look_up(checked)

    registry.look_up = stumbling  # type: ignore[method-assign]  # a fault for one report
    async with town.running():
        await changed(town, lambda change: change.designations.designate("dossier-12", CARLA))
        await changed(town, lambda change: change.contacts.revoke(CARLA))
        await held_for_a_key(town, 1, 12)
        faulty[0] = False
        await confirmed(town)
        await walked(town)
        await looked_again(town)
        waits = (Reason.UNEXPECTED, Reason.RECIPIENT_KEY_REVOKED)
        assert outcomes(town) == {0: (Outcome.FORWARD, ()), 1: (Outcome.HOLD, waits)}
        await confirmed(town, CARLA)
        await looked_again(town)
    assert outcomes(town)[1] == (Outcome.HOLD, waits)
    assert addresses(CARLA)[0] not in town.accepted()


async def test_a_new_key_that_two_people_confirmed_lets_it_go() -> None:
    town = await memory_town()
    async with town.running():
        await held_for_a_key(town, 1)
        await changed(
            town, lambda change: change.contacts.propose_key(CASPER, town.persons[CASPER].cert)
        )
        await looked_again(town)
        assert town.told("mail.walks_again") == []
        await world.confirm_keys(town.register)
        await walked(town)
    assert outcomes(town) == {0: (Outcome.FORWARD, ())}
    assert town.accepted()[-2:] == addresses(CASPER, SAAR)


async def test_what_waits_for_a_person_waits_on() -> None:
    """Of one mail one report goes by itself; the other would be allowed now, and is not sent."""
    town = await memory_town()
    async with town.running():
        await held_for_a_key(town, 1, 12)
        await changed(town, lambda change: change.designations.designate("dossier-12", CARLA))
        await looked_again(town)
        assert town.told("mail.walks_again") == []
        await confirmed(town)
        await walked(town)
        await looked_again(town)
    assert outcomes(town) == {
        0: (Outcome.FORWARD, ()),
        1: (Outcome.HOLD, (Reason.NO_RECIPIENT,)),
    }
    assert town.accepted().count(addresses(CASPER)[0]) == 1
    assert addresses(CARLA)[0] not in town.accepted()


async def test_consent_withdrawn_while_it_is_held() -> None:
    """Refused by itself, whatever it waited for, and the sender is told why."""
    town = await memory_town()
    async with town.running():
        await held_for_a_key(town, 1, 12)
        for number in (1, 12):
            await changed(
                town,
                lambda change, n=number: change.consents.record(  # type: ignore[misc]  # bound now
                    f"dossier-{n}", SCHOOL_1, ConsentKind.WITHDRAWN
                ),
            )
        await until(
            lambda: (
                town.at_rest(1)
                and {outcome for outcome, _ in outcomes(town).values()} == {Outcome.REJECT}
            )
        )
    for _, reasons in outcomes(town).values():
        assert Reason.CONSENT_WITHDRAWN in reasons
    assert [mail.state for mail in town.mails()] == ["done"]
    assert addresses(CASPER)[0] not in town.accepted()
    assert town.accepted()[-1:] == addresses(SAAR)


async def test_a_person_who_differs_is_refused_by_exclusion_and_by_nothing_else() -> None:
    """While the person is not proven, only what is known of the sender counts."""
    town = await memory_town()
    other = replace(world.identity(1), geslachtsnaam="Heelanders")
    await changed(town, lambda change: change.dossiers.identify("dossier-1", other))
    async with town.running():
        town.arrives(1)
        await until(lambda: town.at_rest(1))
        assert outcomes(town) == {0: (Outcome.HOLD, (Reason.PERSON_DIFFERS,))}
        await changed(
            town,
            lambda change: change.dossiers.identify("dossier-1", world.identity(1)),
        )
        await looked_again(town)
        assert town.told("mail.walks_again") == []
        await changed(town, lambda change: change.parties.set_standing(SCHOOL_1, Standing.EXCLUDED))
        await walked(town)
    assert outcomes(town)[0][0] is Outcome.REJECT
    assert Reason.EXCLUDED in outcomes(town)[0][1]


async def test_what_changes_and_does_not_matter_lets_nothing_walk() -> None:
    town = await memory_town()
    async with town.running():
        await held_for_a_key(town, 1)
        for name in ("Een", "Twee", "Drie"):
            await changed(town, lambda change, n=name: change.parties.rename(SCHOOL_1, n))  # type: ignore[misc]  # bound now
            await looked_again(town)
        await changed(town, lambda change: change.parties.set_standing(SCHOOL_1, SUSPENDED))
        await confirmed(town)
        await looked_again(town)
        assert town.told("mail.walks_again") == []
        await changed(town, lambda change: change.parties.set_standing(SCHOOL_1, Standing.ACTIVE))
        await walked(town)
    assert outcomes(town) == {0: (Outcome.FORWARD, ())}


async def test_a_duty_that_ends_while_it_is_held_ends_it() -> None:
    """Time alone changes a fact."""
    town = await memory_town()
    async with town.running():
        await held_for_a_key(town, 1)
        assert town.told("mail.walks_again") == []
        town.clock.now += YEAR
        await walked(town)
    assert outcomes(town)[0][0] is Outcome.REJECT


async def expiring(town: MemoryTown) -> datetime:
    """Casper has a key that expires; when.  The covenant's term is of no concern here."""
    short = person("Casper Voorbeeldman", *addresses(CASPER), made_by="gnupg", expires="100d")
    await world.pin(town.register, CASPER, short.cert)
    forever = Interval(start=town.clock.now - YEAR, end=town.clock.now + 9 * YEAR)
    for party in (SCHOOL_1, SCHOOL_2, MUNICIPALITY):
        await changed(town, lambda change, p=party: change.parties.set_term(p, forever))  # type: ignore[misc]  # bound now
    assert town.parts.watch is not None
    roster = await town.parts.watch.view.roster()
    contact = roster.contact(CASPER, town.clock.now)
    assert contact is not None
    assert contact.key is not None
    assert contact.key.valid.end is not None
    return contact.key.valid.end


async def reminded(town: MemoryTown, count: int) -> None:
    await until(lambda: len(town.posted("reminder")) >= count and town.at_rest(0))


async def test_of_a_key_its_holder_and_the_officer_are_told_once_at_each_threshold(
    rounds: Rounds,
) -> None:
    town = await memory_town()
    end = await expiring(town)
    async with town.running():
        for turn, days in enumerate((60, 30, 15, 5), start=1):
            town.clock.now = end - days * DAY - SECOND
            await until(rounds.over(2))
            assert len(town.posted("reminder")) == 2 * (turn - 1)
            town.clock.now = end - days * DAY
            await reminded(town, 2 * turn)
            await until(rounds.over(2))
    assert sorted(town.accepted()) == sorted([*addresses(CASPER, OFFICER)] * 4)


async def test_after_standing_still_one_reminder_is_enough(rounds: Rounds) -> None:
    town = await memory_town()
    end = await expiring(town)
    town.clock.now = end - 3 * DAY
    for _ in range(2):
        async with town.running():
            await reminded(town, 2)
            await until(rounds.over(2))
    assert sorted(town.accepted()) == sorted(addresses(CASPER, OFFICER))


async def test_an_expired_key_is_told_to_the_officer_alone(rounds: Rounds) -> None:
    town = await memory_town()
    town.clock.now = await expiring(town)
    async with town.running():
        await reminded(town, 1)
        await until(rounds.over(2))
    assert town.accepted() == addresses(OFFICER)


async def test_a_reminder_that_is_overtaken_does_not_leave() -> None:
    """The relay is down while the key is renewed: nobody is told what is no longer true."""
    town = await memory_town()
    end = await expiring(town)
    town.clock.now = end - 30 * DAY
    town.relay.reachable = False
    async with town.running():
        await until(lambda: bool(town.told("report.postponed")))
        await confirmed(town)
        town.relay.reachable = True
        town.clock.now += timedelta(hours=1)
        await until(lambda: {each.state for each in town.posted("reminder")} == {"withdrawn"})
    assert town.accepted() == []


async def test_the_covenant_of_each_school_ends_and_the_officer_knows_three_months_before(
    rounds: Rounds,
) -> None:
    town = await memory_town()
    end = town.clock.now + YEAR
    async with town.running():
        for count, moment in ((2, months_before(end, 3)), (4, end)):
            town.clock.now = moment - SECOND
            await until(rounds.over(2))
            assert len(town.posted("reminder")) == count - 2
            town.clock.now = moment
            await reminded(town, count)
    assert town.accepted() == [*addresses(OFFICER)] * 4


async def test_exclusion_is_told_to_the_officer_with_the_dossiers(rounds: Rounds) -> None:
    town = await memory_town()
    async with town.running():
        await changed(town, lambda change: change.parties.set_standing(SCHOOL_1, Standing.EXCLUDED))
        await reminded(town, 1)
        await until(rounds.over(2))
    assert town.accepted() == addresses(OFFICER)
    (told,) = town.told("reminder.posted")
    assert told == {"matter": "exclusion", "to": OFFICER}


async def test_a_request_that_waits_is_told_to_the_officer_by_its_number(rounds: Rounds) -> None:
    town = await memory_town()
    async with town.register.change(by=world.BY) as change:
        case_id = await change.cases.open(
            RequestKind.ACCESS,
            reference="Z-2026-7",
            channel=Received.POST,
            received_at=town.clock.now - 20 * DAY,
            dossier_id="dossier-1",
            words="Wat weet u over mij?",
        )
    async with town.running():
        await reminded(town, 1)
        await world.taken_back(town.register, case_id)
        town.clock.now += 20 * DAY
        await until(rounds.over(2))
    assert town.accepted() == addresses(OFFICER)
    (told,) = town.told("reminder.posted")
    assert told == {"matter": "request", "to": OFFICER}


async def test_with_nobody_to_tell_it_is_said_in_the_operational_log_and_told_later() -> None:
    town = await memory_town()
    await changed(
        town,
        lambda change: change.contacts.revoke(OFFICER),
        lambda change: change.parties.set_standing(SCHOOL_1, Standing.EXCLUDED),
    )
    async with town.running():
        await until(lambda: bool(town.told("reminder.untold")))
        assert town.posted("reminder") == []
        await confirmed(town, OFFICER)
        await reminded(town, 1)
    assert town.accepted() == addresses(OFFICER)
