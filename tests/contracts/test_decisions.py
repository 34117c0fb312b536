"""Recorded decisions: kept with their outcome or not at all, and read back oldest first."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from gateway.adapters import database_decisions
from gateway.adapters.database import metadata
from gateway.adapters.decision_rows import written
from gateway.adapters.tables_decisions import decision_facts
from gateway.adapters.tables_flow import outcomes
from gateway.adapters.tables_log import log_entries
from gateway.domain.backtest import Backtest, Change
from gateway.domain.consent import Consent, ConsentState
from gateway.domain.policy import Policy, switched
from gateway.domain.stops import Hold, Ignore, Outcome, Reason, Retry
from gateway.duties.backtesting import backtest
from gateway.ledger.findings import Kind
from gateway.resources import policy_text
from tests import corridor
from tests.contracts.flow import (
    HELD_TEXT,
    LATER,
    NO_CONSENT,
    STORES,
    DatabaseWorld,
    World,
    database_url,
    database_world,
    handled,
    judged,
    opened,
    received,
    sealed,
    stopped,
)
from tests.tampering import unguard

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from pathlib import Path

    from gateway.domain.backtest import Kept

WITHOUT = Consent(state=ConsentState.NONE)


@pytest.fixture(params=STORES)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(request, tmp_path) as found:
        yield found


@pytest.fixture(params=STORES[1:])
async def base(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[DatabaseWorld]:
    made = await database_world(database_url(request, tmp_path))
    yield made
    await made.close()


async def all_kept(
    world: World, since: datetime | None = None, until: datetime | None = None
) -> list[Kept]:
    return [each async for each in world.decisions.kept(since, until)]


async def test_each_outcome_keeps_what_it_was_decided_on_and_what_was_said(world: World) -> None:
    (mail,) = await received(world)
    refused, went = judged(2, WITHOUT), judged(1)
    await world.ledger.release(
        [
            (
                mail,
                handled(
                    mail,
                    sealed(mail.raw, 0),
                    stopped(NO_CONSENT, 1, report=2, judgement=refused),
                ),
            )
        ],
        LATER,
    )
    first, second = await all_kept(world)
    assert (first.trace, first.number, first.recorded_at) == (mail.raw.trace, 0, LATER)
    assert (second.trace, second.number, second.stands) == (mail.raw.trace, 1, True)
    assert first.judgement == went
    assert second.judgement == refused
    assert refused.outcome is Outcome.REJECT
    assert {first.policy_digest, second.policy_digest} == {corridor.policy().digest}
    assert (await world.decisions.table(first.policy_digest)).digest == first.policy_digest


async def test_what_the_table_did_not_decide_is_neither_kept_nor_missed(world: World) -> None:
    """A mail that did not open, a report that did not pass its checks: no table was asked."""
    first, second = await received(world, 2)
    await world.ledger.release(
        [
            (first, handled(first, stopped(NO_CONSENT, None))),
            (second, handled(second, stopped(Ignore(Reason.DELIVERED_BEFORE), 0))),
        ],
        LATER,
    )
    assert await all_kept(world) == []
    assert await world.decisions.without_facts(None, None) == 0


async def test_a_mail_that_walks_again_keeps_both_decisions_and_which_one_stands(
    world: World,
) -> None:
    (mail,) = await received(world)
    held = stopped(HELD_TEXT, 0, judgement=judged(1, WITHOUT))
    await world.ledger.release([(mail, handled(mail, sealed(mail.raw, 1, report=2), held))], LATER)
    later = LATER + timedelta(hours=1)
    released = [r for r in await world.outbox.claim(10, later) if r.number == 1]
    await world.outbox.walk_again(released, later)
    (again,) = await world.inbox.claim(10, later)
    await world.ledger.release(
        [(again, handled(again, sealed(again.raw, 0), sealed(again.raw, 1, report=2)))], later
    )
    found = [(each.number, each.round, each.stands) for each in await all_kept(world)]
    assert found[0:2] == [(0, 0, False), (1, 0, False)]
    assert [(number, stands) for number, _, stands in found[2:]] == [(0, True), (1, True)]


async def test_from_a_moment_until_before_another(world: World) -> None:
    for hours in range(3):
        (mail,) = await received(world, now=LATER + timedelta(hours=hours))
        await world.ledger.release(
            [(mail, handled(mail, sealed(mail.raw, report=hours + 1)))],
            LATER + timedelta(hours=hours),
        )
    one, two = LATER + timedelta(hours=1), LATER + timedelta(hours=2)
    assert [each.recorded_at for each in await all_kept(world)] == [LATER, one, two]
    assert [each.recorded_at for each in await all_kept(world, since=one)] == [one, two]
    assert [each.recorded_at for each in await all_kept(world, until=one)] == [LATER]
    assert [each.recorded_at for each in await all_kept(world, one, two)] == [one]


async def test_page_after_page_each_decision_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many decisions of one instant, and pages that end in the midst of them."""
    monkeypatch.setattr(database_decisions, "_PAGE", 3)
    mails = await received(world, 8)
    await world.ledger.release(
        [(mail, handled(mail, sealed(mail.raw, report=n + 1))) for n, mail in enumerate(mails)],
        LATER,
    )
    found = [each.trace for each in await all_kept(world)]
    assert sorted(found) == sorted(mail.raw.trace for mail in mails)


async def test_a_table_that_is_not_there_is_not_made_up(world: World) -> None:
    with pytest.raises(Hold):
        await world.decisions.table("00" * 32)


async def test_a_judged_report_without_facts_is_counted(world: World) -> None:
    """Decided before anything was kept, or ended by a fault: said, and not skipped."""
    (mail,) = await received(world)
    before = stopped(NO_CONSENT, 0, judgement=judged(1, WITHOUT))
    lost = type(before)(
        stop=before.stop,
        number=0,
        bericht_id=before.bericht_id,
        dossier_id=before.dossier_id,
        policy_digest=corridor.policy().digest,
    )
    await world.ledger.release([(mail, handled(mail, lost))], LATER)
    assert await all_kept(world) == []
    assert await world.decisions.without_facts(None, None) == 1
    assert await world.decisions.without_facts(None, LATER) == 0
    found = await backtest(corridor.policy(), world.decisions)
    assert (found.replayed, found.without_facts, found.is_faithful) == (0, 1, True)


async def test_a_table_is_tried_on_what_is_kept(world: World) -> None:
    first, second = await received(world, 2)
    refused = stopped(NO_CONSENT, 0, report=2, judgement=judged(2, WITHOUT))
    await world.ledger.release(
        [(first, handled(first, sealed(first.raw))), (second, handled(second, refused))], LATER
    )
    opened_up = Policy(switched(policy_text(), "non_formal_hours_under_consent", on=True))
    found = await backtest(opened_up, world.decisions)
    assert found.is_faithful
    assert (found.counts[Change.WIDER], found.counts[Change.SAME]) == (1, 1)
    assert [each.kept.trace for each in found.differences] == [first.raw.trace]


# --- what only a database has -----------------------------------------------------------------


async def released(base: DatabaseWorld) -> str:
    (mail,) = await received(base)
    await base.ledger.release([(mail, handled(mail, sealed(mail.raw)))], LATER)
    return mail.raw.trace


async def test_no_facts_no_mail(base: DatabaseWorld) -> None:
    """One transaction: when the facts cannot be kept, neither outcome nor outbox is."""
    (mail,) = await received(base)
    async with base.database.transaction() as connection:
        await connection.execute(text("ALTER TABLE decision_facts RENAME TO away"))
    with pytest.raises(Retry):
        await base.ledger.release([(mail, handled(mail, sealed(mail.raw)))], LATER)
    assert await base.standing(mail.raw.trace) == {}
    assert await base.posted(mail.raw.trace) == []
    assert await base.state(mail.raw.trace) == "claimed"


async def test_the_database_refuses_to_change_or_forget_what_a_decision_rested_on(
    base: DatabaseWorld,
) -> None:
    await released(base)
    for statement in (
        update(decision_facts).values(circumstances="{}"),
        delete(decision_facts),
    ):
        with pytest.raises(DBAPIError, match="only appended to"):
            async with base.database.engine.begin() as connection:
                await connection.execute(statement)
    assert len(await all_kept(base)) == 1


async def test_a_row_says_nothing_of_whom_and_the_dossier_can_go_from_its_outcome(
    base: DatabaseWorld,
) -> None:
    """Erasing the link in the outcome leaves codes about nobody, and they still replay."""
    trace = await released(base)
    async with base.database.transaction() as connection:
        await connection.execute(update(outcomes).values(dossier_id=None))
        row = (await connection.execute(select(decision_facts))).one()
    assert "dossier-1" not in str(row)
    assert set(row._mapping) == {column.name for column in metadata.tables["decision_facts"].c}
    (kept,) = await all_kept(base)
    assert kept.trace == trace
    assert (await backtest(corridor.policy(), base.decisions)).is_faithful


@pytest.mark.parametrize("deed", ["changed", "gone"])
async def test_facts_that_somebody_changed_all_the_same_are_found(
    base: DatabaseWorld, deed: str
) -> None:
    """Past the triggers, the hashed entry of the log still vouches for them."""
    await released(base)
    assert await base.verify() == ()
    change = (
        "UPDATE decision_facts SET circumstances ="
        ' replace(circumstances, \'"consent":"given"\', \'"consent":"refused"\')'
        if deed == "changed"
        else "DELETE FROM decision_facts"
    )
    async with base.database.transaction() as connection:
        await unguard(connection, "decision_facts")
        await connection.execute(text(change))
    assert [each.kind for each in await base.verify()] == [Kind.FACTS]
    found = await backtest(corridor.policy(), base.decisions)
    if deed == "changed":
        assert len(found.unfaithful) == 1
    else:
        assert found.without_facts == 1


@pytest.mark.parametrize("what", ["facts and judgement", "table", "entry gone"])
async def test_what_the_log_does_not_vouch_for_is_not_believed(
    base: DatabaseWorld, what: str
) -> None:
    """Facts that agree with their judgement are still not those of this decision."""
    (mail,) = await received(base)
    await base.ledger.release([(mail, handled(mail, sealed(mail.raw)))], LATER)
    other = written(judged(1, WITHOUT))
    change = {
        "facts and judgement": update(decision_facts).values(
            circumstances=other.circumstances, judgement=other.judgement
        ),
        "table": update(decision_facts).values(policy_digest="00" * 32),
        "entry gone": delete(log_entries),
    }[what]
    async with base.database.transaction() as connection:
        await unguard(connection, "decision_facts", "log_entries")
        await connection.execute(change)
    (kept,) = await all_kept(base)
    assert kept.judgement is None
    found = Backtest(table=corridor.policy())
    found.replay(kept, corridor.policy())
    assert (found.replayed, len(found.unfaithful)) == (0, 1)
