"""A breach that is extended, on either database: what it adds, freezes and holds, and undoes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, update

from gateway.adapters import tables_breaches as tables
from gateway.adapters.breach_evidence import remove, scope_digest, take_out
from gateway.adapters.dossier_incidents import BREACH, suspected
from gateway.adapters.log_holding import standing as holding
from gateway.adapters.register_running import read_running
from gateway.adapters.register_sql import SqlRows
from gateway.domain.bijsluiter import Category
from gateway.domain.breach_summary import by_person, summary
from gateway.domain.breach_terms import Cause, Nature, Risk, State, Step, ToDo
from gateway.domain.breach_to_do import to_do
from gateway.domain.received import Came
from gateway.domain.running import Matter
from gateway.domain.scope import Left
from gateway.domain.stops import WHOLE_MAIL
from gateway.domain.sureness import Sureness
from tests import world
from tests.contracts.test_breaches import (
    HOUR,
    NAMED,
    TIMELINE,
    Desk,
    _refuse,
    affected,
    closed,
    desk,
)
from tests.domain.test_scope import disclosed
from tests.generators import INSTANT
from tests.world import BY, BY_ANOTHER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.adapters.register_change import Change
    from gateway.domain.affected import Affected
    from gateway.domain.breach_extending import Extension
    from gateway.domain.running import Running
    from gateway.domain.scope import Disclosed

__all__ = ["desk"]

AFFECTED = (
    tables.breach_disclosure, tables.breach_unnamed, tables.breach_evidence,
)  # fmt: skip
MORE = "mevrouw Verzonnen bleek er ook bij te horen"


def kept(number: int, state: Came = Came.HELD, *, who: str | None = None) -> Affected:
    """The same report, where it only came in; about nobody known with an empty `who`."""
    return replace(
        affected(number),
        dossier_id=f"dossier-{number}" if who is None else who,
        recipient_id="",
        reference="",
        sent_at=None,
        sealed_to="",
        state=state.value,
        received_at=INSTANT - 9 * HOUR,
    )


async def extend(
    desk: Desk,
    breach: str,
    *found: Affected,
    words: str = MORE,
    disclosed: Sequence[Disclosed] = (),
    incident_id: str = "",
    all_found: bool = False,
    seen: int | None = None,
) -> Extension:
    desk.clock.now += HOUR
    async with desk.register.change(by=BY) as change:
        return await change.breaches.extend(
            breach,
            words,
            found,
            disclosed=disclosed,
            incident_id=incident_id,
            all_found=all_found,
            seen=seen,
        )


async def held(desk: Desk, breach: str) -> list[str]:
    """The mails that it holds, each as often as it is held."""
    async with desk.database.reading() as connection:
        found = await connection.run_sync(holding)
    return sorted(each.held.mail for each in found if each.reference == f"breach/{breach}")


async def test_only_what_it_does_not_have_is_added(desk: Desk) -> None:
    """By whom, how much, and why on record; the why is sealed, and nothing else changes."""
    opened = await desk.open(1, 2)
    before = (await desk.register.breach(opened)).timeline
    found = await extend(desk, opened, affected(2), affected(3), affected(4))
    assert found.detail() == {"added": "2", "people": "2", "again": "0"}
    rows = await desk.register.breach_affected(opened)
    assert [each.dossier_id for each in rows] == [f"dossier-{n}" for n in (1, 2, 3, 4)]
    assert [each.extension for each in rows] == [0, 0, 1, 1]
    after = await desk.register.breach(opened)
    assert after.timeline == before == TIMELINE
    (step,) = after.extensions
    assert (step.by, dict(step.detail)) == (BY, found.detail())
    words = await desk.register.breach_words(opened)
    assert words == {after.opened.number: NAMED, step.number: MORE}
    for table in tables.REMOVABLE:
        assert "Verzonnen" not in str(await desk.register.recorded(table))


async def test_the_log_is_frozen_again_and_what_was_added_is_held(desk: Desk) -> None:
    """Once each, also where other reports of the mail were there; the possible is not held."""
    opened = await desk.open(1)
    maybe = replace(kept(6, who=""), sure=Sureness.POSSIBLE.value)
    await extend(desk, opened, affected(2), affected(3), maybe)
    first, second = await desk.register.breach_evidence(opened)
    assert (first.occasion, second.occasion) == (Step.OPENED, Step.EXTENDED)
    assert (first.holds, second.holds) == (1, 1)
    assert first.scope_digest != second.scope_digest
    async with desk.database.reading() as connection:
        assert await connection.run_sync(scope_digest, opened) == second.scope_digest
    assert await held(desk, opened) == [f"{n:032x}" for n in (0, 1)]
    await extend(desk, opened, kept(6, who=""))
    assert await held(desk, opened) == [f"{n:032x}" for n in (0, 1, 2)]
    counted = summary(await desk.register.breach_affected(opened))
    assert (counted.nobody, counted.possible) == (1, 0)


async def test_nothing_new_is_refused_and_nothing_is_written(desk: Desk) -> None:
    opened = await desk.open(1, 2)

    async def again() -> list[object]:
        return [await desk.register.recorded(table) for table in tables.REMOVABLE]

    before = await again()
    for found in ([affected(1), affected(2)], []):
        code = await desk.refused(BY, lambda c: c.breaches.extend(opened, MORE, found))  # noqa: B023 - called at once
        assert code == "nothing-new"
    code = await desk.refused(BY, lambda c: c.breaches.extend(opened, " ", [affected(3)]))
    assert code == "words-needed"
    code = await desk.refused(BY, lambda c: c.breaches.extend("b-0", MORE, [affected(3)]))
    assert code == "unknown-breach"
    assert await again() == before


async def test_a_proposal_that_says_nothing_new_is_in_it_as_a_fact(desk: Desk) -> None:
    """With the why, and in no other breach; no row, hold or checkpoint, and nothing to decide."""
    opened = await reported(desk)
    before = [await desk.register.recorded(table) for table in AFFECTED]
    said = await extend(desk, opened, affected(1), incident_id="same", all_found=True)
    assert (said.is_news, said.people, said.again) == (False, 0, 0)
    assert [await desk.register.recorded(table) for table in AFFECTED] == before
    found = await desk.register.breach(opened)
    assert (found.incidents, found.extensions, to_do(found)) == (frozenset({"same"}), (), ())
    (_, fact) = found.noted(Step.FACT)
    assert (fact.step, fact.by, dict(fact.detail)) == (Step.FACT, BY, {"incident": "same"})
    assert (await desk.register.breach_words(opened))[fact.number] == MORE
    again = partial(_proposed, breach=opened)
    assert await desk.refused(BY, again) == "already-decided"
    other = await desk.open(2)
    assert await desk.refused(BY, partial(_proposed, breach=other)) == "already-decided"
    wordless = await desk.refused(BY, lambda c: c.breaches.extend(other, " ", (), incident_id="x"))
    assert wordless == "words-needed"


async def _proposed(change: Change, breach: str) -> None:
    await change.breaches.extend(breach, MORE, [affected(1)], incident_id="same", all_found=True)


async def reported(desk: Desk) -> str:
    opened = await desk.open(1)
    said = {"version": "initial", "reference": "AP-1", "digest": "0" * 64}
    await desk.step(opened, Step.REPORTED, **said)
    return opened


async def test_a_proposal_that_nobody_can_say_was_known_extends_it_by_itself(desk: Desk) -> None:
    """It names no report, or one that is not among what left: the AP does not know of it yet."""
    opened = await reported(desk)
    said = await extend(desk, opened, affected(1), incident_id="of-the-log")
    assert said.detail() == {"added": "0", "people": "0", "again": "0"}
    found = await desk.register.breach(opened)
    assert (found.incidents, to_do(found)) == (frozenset({"of-the-log"}), (ToDo.SUPPLEMENT,))
    assert [each.occasion for each in await desk.register.breach_evidence(opened)] == [
        Step.OPENED,
        Step.EXTENDED,
    ]


@pytest.mark.parametrize("taken_back", [False, True])
async def test_no_proposal_is_laid_to_rest_in_a_breach_that_the_ap_does_not_hear_of(
    desk: Desk,
    taken_back: bool,
) -> None:
    """Also one of which every report was known: two people decide again, and the clock runs."""
    if taken_back:
        opened = await reported(desk)
        said = {"version": "withdrawal", "reference": "AP-1", "digest": "0" * 64}
        await desk.step(opened, Step.REPORTED, "toch niets", **said)
    else:
        opened = await desk.open(1)
        proposal = await desk.silence(opened)
        async with desk.register.change(by=BY_ANOTHER) as change:
            await change.approve(proposal)
    assert not (await desk.register.breach(opened)).is_clock_running
    await extend(desk, opened, affected(1), incident_id="same", all_found=True)
    found = await desk.register.breach(opened)
    assert (found.is_clock_running, to_do(found)) == (True, (ToDo.REPORTING,))


async def test_of_two_officers_at_once_the_second_looks_again(desk: Desk) -> None:
    """A mail that one adds as a whole and another by one of its reports: the rest would be lost."""
    opened = await desk.open(1)
    await extend(desk, opened, replace(kept(4, who=""), number=WHOLE_MAIL), seen=0)
    rows = await desk.register.recorded(tables.breach_disclosure)
    code = await desk.refused(BY, lambda c: c.breaches.extend(opened, MORE, [affected(4)], seen=0))
    assert code == "extended-meanwhile"
    assert await desk.register.recorded(tables.breach_disclosure) == rows
    assert summary(await desk.register.breach_affected(opened)).nobody == 1
    await extend(desk, opened, affected(4), seen=1)


async def test_a_closed_breach_is_not_extended(desk: Desk) -> None:
    opened = await closed(desk)
    code = await desk.refused(BY, lambda c: c.breaches.extend(opened, MORE, [affected(5)]))
    assert code == "breach-closed"
    await desk.step(opened, Step.REOPENED, "een tweede laptop")
    await extend(desk, opened, affected(5))
    left = to_do(await desk.register.breach(opened))
    assert left == (ToDo.TELLING, ToDo.SUPPLEMENT)
    assert await desk.refused(BY, lambda c: c.breaches.step(opened, Step.CLOSED)) == "undecided"


async def test_what_was_held_and_went_on_since_counts_once(desk: Desk) -> None:
    """As what somebody got, with its rest; nothing of the row from before is gone."""
    async with desk.register.change(by=BY) as change:
        opened = await change.breaches.open(
            TIMELINE,
            Cause.INTRUSION,
            (Nature.CONFIDENTIALITY,),
            NAMED,
            affected=[kept(1), kept(2, who="")],
        )
    part = replace(affected(1), categories=frozenset({Category.IDENTITEIT}), span_id="f" * 16)
    await extend(desk, opened, part, kept(2, Came.REFUSED))
    counted = summary(await desk.register.breach_affected(opened))
    assert (counted.people, counted.reports, counted.received) == (2, 1, 1)
    assert (counted.in_part, counted.nobody) == (1, 0)
    assert len(await desk.register.recorded(tables.breach_disclosure)) == 3
    assert len(await desk.register.recorded(tables.breach_unnamed)) == 1


async def test_nobody_hides_more_people_behind_what_two_decided(desk: Desk) -> None:
    """Once more belong to it the clock runs again, and two people have to decide anew."""
    opened = await desk.open(1)
    proposal = await desk.silence(opened)
    async with desk.register.change(by=BY_ANOTHER) as change:
        await change.approve(proposal)
    assert (await desk.register.breach(opened)).state is State.NOT_REPORTED
    await desk.step(opened, Step.NOT_TO_TELL, "geen hoog risico", exception="none")
    await extend(desk, opened, affected(2))
    found = await desk.register.breach(opened)
    assert (found.state, found.is_clock_running) == (State.ASSESSED, True)
    assert found.timeline.aware_at == TIMELINE.aware_at
    assert to_do(found) == (ToDo.REPORTING, ToDo.TELLING)
    assert {(each.matter, each.kind) for each in await running(desk)} == {
        (Matter.BREACH, "decide-on-reporting"),
        (Matter.EXTENSION, "decide-on-reporting decide-on-telling"),
    }
    code = await desk.refused(BY, lambda c: c.breaches.propose_silence(opened, "klein"))
    assert code == "assessed-before-extension"
    again = await desk.silence(opened)
    assert await desk.refused(BY, lambda c: c.approve(again)) == "same-person"
    async with desk.register.change(by=BY_ANOTHER) as change:
        await change.approve(again)
    found = await desk.register.breach(opened)
    assert (found.state, to_do(found)) == (State.NOT_REPORTED, (ToDo.TELLING,))


async def running(desk: Desk) -> Sequence[Running]:
    async with desk.database.reading() as connection:
        return await read_running(SqlRows(connection))


async def test_who_was_added_while_a_proposal_waits_makes_it_stale(desk: Desk) -> None:
    opened = await desk.open(1)
    proposal = await desk.silence(opened)
    await extend(desk, opened, affected(2))
    assert await desk.refused(BY_ANOTHER, lambda c: c.approve(proposal)) == "proposal-stale"


async def test_of_how_many_nobody_noted_the_rest_is_kept_with_it(desk: Desk) -> None:
    opened = await desk.open(1)
    unnoted = replace(disclosed(), state=Left.SENT, withheld=None)
    await extend(desk, opened, affected(2), disclosed=[unnoted])
    assert (await desk.register.breach(opened)).part_unknown == 1
    known = [replace(unnoted, span_id=affected(n).span_id, withheld=()) for n in (1, 2, 3)]
    await extend(desk, opened, affected(3), disclosed=known)
    assert (await desk.register.breach(opened)).part_unknown == 0


async def test_a_dossier_says_since_when_somebody_is_in_it(desk: Desk) -> None:
    """Who was added: since then, and once, whatever else became known."""
    opened = await desk.open(1)
    await extend(desk, opened, affected(2))
    await extend(desk, opened, replace(affected(2), categories=frozenset({Category.P4})))
    async with desk.database.reading() as connection:
        for who, hours in (("dossier-1", 0), ("dossier-2", 1)):
            (found,) = await connection.run_sync(suspected, who)
            assert (found.kind, found.incident_id) == (BREACH, opened)
            assert found.detected_at == INSTANT + hours * HOUR
    (_, own) = by_person(await desk.register.breach_affected(opened)).values()
    assert [len(own), own[0].extension] == [1, 2]


async def test_it_all_goes_together_once_kept_long_enough(desk: Desk) -> None:
    """Rows of an extension change and go as little as those of the opening."""
    opened = await closed(desk)
    await desk.step(opened, Step.REOPENED, "meer")
    await extend(desk, opened, affected(5))
    rows = await desk.register.recorded(tables.breach_evidence)
    assert [row["occasion"] for row in rows] == ["opened", "closed", "extended"]
    evidence = tables.breach_evidence
    await _refuse(desk, update(evidence).values(scope_digest="0" * 64))
    wrong = {**rows[-1], "id": 99, "occasion": "pruned"}
    await _refuse(desk, insert(evidence).values(wrong))
    assert await held(desk, opened) == [f"{n:032x}" for n in (0, 1)]
    said = {"version": "supplement", "reference": "AP-1", "digest": "0" * 64}
    await desk.step(opened, Step.REPORTED, **said)
    await desk.step(opened, Step.ASSESSED, "nog steeds gewone gegevens", risk=Risk.RISK)
    await desk.step(opened, Step.NOT_TO_TELL, "geen hoog risico", exception="none")
    await desk.step(opened, Step.CLOSED)
    at = (await desk.register.breach(opened)).closed_at
    assert at is not None
    now = at + timedelta(days=4 * 365)
    gone = partial(remove, breach_id=opened, closed_at=at, by=BY, now=now, origin="tess")
    async with desk.database.transaction() as connection:
        await connection.run_sync(gone)
    assert [await desk.register.recorded(each) for each in tables.REMOVABLE] == [[]] * 6
    assert await held(desk, opened) == []


async def test_what_was_opened_again_while_the_old_is_taken_out_stays(desk: Desk) -> None:
    """Read as closed long ago; by the time it is taken out somebody extended it."""
    opened = await closed(desk)
    read = await desk.register.breach(opened)
    now = INSTANT + timedelta(days=4 * 365)
    await desk.step(opened, Step.REOPENED, "toch meer")
    await extend(desk, opened, affected(5))
    deeds = world.deeds().write
    take = partial(take_out, breach=read, by=None, now=now, origin="poort-2", deeds=deeds)
    assert not await desk.database.write(take)
    assert len(await desk.register.breach_affected(opened)) == 3
    assert await held(desk, opened) == [f"{n:032x}" for n in (0, 1)]


@pytest.mark.parametrize("risk", [Risk.RISK, Risk.HIGH])
async def test_nothing_is_put_off_by_extending_a_breach_that_has_to_be_reported(
    desk: Desk, risk: Risk
) -> None:
    """The deadline stays where it was, however often it is extended."""
    opened = await desk.open(1)
    await desk.step(opened, Step.ASSESSED, "namen", risk=risk)
    for number in (2, 3):
        await extend(desk, opened, affected(number))
        (clock,) = [each for each in await running(desk) if each.matter is Matter.BREACH]
        assert clock.deadline == TIMELINE.aware_at + timedelta(hours=72)
        assert not [each for each in await running(desk) if each.matter is Matter.EXTENSION]
