"""What was kept long enough goes in whole segments, and all that remains still verifies."""

from __future__ import annotations

import asyncio
import io
import multiprocessing
import os
import secrets
import signal
import subprocess
import sys
import zipfile
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, insert, select, update

from gateway.adapters import log_pruning
from gateway.adapters.flow_audit import audit_outcomes
from gateway.adapters.log_bundles import write_bundle
from gateway.adapters.log_key import is_signed
from gateway.adapters.log_proving import DatabaseProofs, NoProofError
from gateway.adapters.log_segments import Kept
from gateway.adapters.tables_flow import outcomes, outgoing
from gateway.adapters.tables_log import log_cursors, log_entries, log_index, log_pruned, log_tiles
from gateway.adapters.vault import Vault
from gateway.domain.holds import Held, HoldError
from gateway.ledger.merkle import Edge, leaf_hash
from gateway.ledger.notes import VerifierKey
from gateway.ledger.standalone import taalpoort_verify
from gateway.ledger.verdict import BrokenLogError
from tests.contracts.flow import (
    LOG_KEY,
    NOW,
    another_gateway,
    database_url,
    database_world,
    handled,
    received,
    sealed,
)
from tests.contracts.keeping import (
    ANNA,
    BEGUN,
    LONG,
    SECOND,
    OldLog,
    lift,
    place,
    record,
    two_people,
)
from tests.contracts.lives import lived as lived_through
from tests.tampering import unguard

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncConnection

    from tests.contracts.flow import DatabaseWorld

BLOCK = 256


@pytest.fixture(params=("sqlite", "postgresql"))
async def log(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[OldLog]:
    """Three whole segments of six years ago, and a fourth that has begun."""
    async with lived_through(
        request.param, tmp_path, request, _segments, named="segments"
    ) as world:
        yield OldLog(world)


async def _segments(world: DatabaseWorld) -> None:
    await two_people(world)
    await OldLog(world).add(3 * BLOCK + 40)


def proofs(log: OldLog) -> DatabaseProofs:
    return DatabaseProofs(log.world.database, log.world.vault, log.world.key.public)


async def test_whole_segments_go_and_the_rest_verifies(log: OldLog) -> None:
    before = await proofs(log).prove(5)
    witness = await log.world.sequencer.newest()
    assert witness is not None
    assert await log.pruning.prune(NOW) == 3 * BLOCK
    verdict = await log.verdict()
    assert verdict.findings == ()
    assert (verdict.pruned, verdict.size) == (3 * BLOCK, 3 * BLOCK + 42)
    assert await log.seqs() == list(range(3 * BLOCK, 3 * BLOCK + 42))
    assert await log.world.verify(witness) == ()
    before.proof.verify(leaf_hash(before.entry), LOG_KEY.public, is_signed)
    after = await proofs(log).prove(3 * BLOCK + 7)
    after.proof.verify(leaf_hash(after.entry), LOG_KEY.public, is_signed)
    with pytest.raises(NoProofError, match="taken away"):
        await proofs(log).prove(5)
    async with log.world.database.reading() as connection:
        left = await connection.execute(select(log_index.c.seq).where(log_index.c.seq < 3 * BLOCK))
        assert left.all() == []


async def test_an_entry_says_what_went_under_which_terms_with_the_root_over_it(
    log: OldLog,
) -> None:
    async with log.world.database.reading() as connection:
        rows = await connection.execute(
            select(log_entries.c.entry).where(log_entries.c.seq < 3 * BLOCK)
        )
        root = Edge().append([leaf_hash(row.entry) for row in rows]).root
    await log.pruning.prune(NOW)
    (said,) = await log.said("pruned")
    assert (said["first"], said["after"], said["count"]) == (0, 3 * BLOCK, 3 * BLOCK)
    assert said["root"] == root.hex()
    assert list(said["terms"].values()) == ["P5Y"]
    assert said["before"] == []
    shown = [each.content for each in await log.world.log.show(last=None)]
    (deed,) = [each["deed"] for each in shown if each and "deed" in each]
    assert (deed["action"], deed["actor"]) == ("log.pruned", "gateway")
    assert deed["about"] == f"entries/0-{3 * BLOCK - 1}"


async def test_planning_takes_nothing(log: OldLog) -> None:
    plan = await log.pruning.plan(NOW)
    assert (plan.count, plan.ranges) == (3 * BLOCK, (range(3 * BLOCK),))
    assert await log.count() == 3 * BLOCK + 40
    assert await log.said("pruned") == []


async def test_nothing_goes_a_moment_before_its_term(log: OldLog) -> None:
    term = BEGUN.replace(year=BEGUN.year + 5)
    assert await log.pruning.prune(term + 3 * SECOND - timedelta(microseconds=1)) == 0
    assert await log.pruning.prune(term + 3 * SECOND) == BLOCK


async def test_the_newest_segment_stays_even_when_it_is_whole(log: OldLog) -> None:
    await log.add(BLOCK - 40)
    assert await log.pruning.prune(NOW) == 3 * BLOCK


async def test_what_no_checkpoint_covers_stays(log: OldLog) -> None:
    await log.add(2 * BLOCK, cover=False)
    assert await log.pruning.prune(NOW) == 3 * BLOCK


async def test_the_longest_term_in_a_segment_counts(log: OldLog) -> None:
    """The fourth has one entry that is kept ten years; those behind it go all the same."""
    await log.append([record(BEGUN, None, activity=LONG)], BEGUN)
    await log.add(3 * BLOCK)
    plan = await log.pruning.plan(NOW)
    assert plan.kept == {Kept.TERM: BLOCK, Kept.HELD: 0, Kept.READER: 0}
    assert await log.pruning.prune(NOW) == plan.count == 5 * BLOCK
    assert min(await log.seqs()) == 3 * BLOCK
    assert await log.findings() == []
    later = NOW.replace(year=NOW.year + 5)
    assert await log.pruning.prune(later) == BLOCK
    assert await log.findings() == []


async def test_a_configured_reader_is_waited_for(log: OldLog) -> None:
    log.readers = {"siem"}
    plan = await log.pruning.plan(NOW)
    assert (plan.count, plan.kept[Kept.READER]) == (0, 3 * BLOCK)
    async with log.world.database.transaction() as connection:
        row = {"reader": "siem", "next_seq": 2 * BLOCK - 1}
        await connection.execute(insert(log_cursors).values(row))
    assert await log.pruning.prune(NOW) == BLOCK
    async with log.world.database.transaction() as connection:
        await connection.execute(update(log_cursors).values(next_seq=2 * BLOCK))
    assert await log.pruning.prune(NOW) == BLOCK


# --- legal hold ------------------------------------------------------------------------------


async def test_a_hold_on_a_person_keeps_the_segments_with_an_entry_about_them(
    log: OldLog,
) -> None:
    hold_id = await place(log, Held(subject=ANNA))
    assert (await log.pruning.plan(NOW)).kept[Kept.HELD] == 3 * BLOCK
    assert await log.pruning.prune(NOW) == 0
    await lift(log, hold_id)
    assert await log.pruning.prune(NOW) == 3 * BLOCK
    assert await log.findings() == []


async def test_a_hold_on_a_mail_keeps_its_segment_only(log: OldLog) -> None:
    async with log.world.database.reading() as connection:
        trace = await connection.scalar(
            select(log_entries.c.trace_id).where(log_entries.c.seq == BLOCK + 3)
        )
    await place(log, Held(mail=str(trace)))
    assert await log.pruning.prune(NOW) == 2 * BLOCK
    assert (await log.seqs())[:BLOCK] == list(range(BLOCK, 2 * BLOCK))
    assert await log.findings() == []


async def test_a_hold_on_a_period_keeps_what_was_recorded_in_it(log: OldLog) -> None:
    await log.add(2 * BLOCK, since=BEGUN + timedelta(days=9))
    await place(log, Held(since=BEGUN + timedelta(days=8)))
    await log.pruning.prune(NOW)
    assert min(await log.seqs()) == 3 * BLOCK


async def test_a_hold_and_its_end_are_deeds_and_are_there_once(log: OldLog) -> None:
    hold_id = await place(log, Held(subject=ANNA))
    await lift(log, hold_id)
    with pytest.raises(HoldError, match="hold-lifted"):
        await lift(log, hold_id)
    with pytest.raises(HoldError, match="unknown-hold"):
        await lift(log, "00000000")
    with pytest.raises(HoldError, match="hold-on-nothing"):
        await place(log, Held())
    shown = [each.content for each in await log.world.log.show(last=None)]
    deeds = [each["deed"] for each in shown if each and "deed" in each]
    assert [each["action"] for each in deeds] == ["log.hold-placed", "log.hold-lifted"]
    assert ANNA not in str(deeds)
    assert {each["actor"] for each in deeds} == {"fien"}


# --- what an attacker with the database does --------------------------------------------------


async def delete_and_name(connection: AsyncConnection, first: int, after: int) -> None:
    """As a pruning does, with the triggers in place: the row is what lets entries go."""
    row = {"first": first, "after": after, "pruned_at": NOW, "newest_at": NOW}
    await connection.execute(insert(log_pruned).values(row))
    for table in (log_entries, log_index):
        await connection.execute(delete(table).where(table.c.seq >= first, table.c.seq < after))


async def test_entries_taken_away_with_a_forged_row_are_found(log: OldLog) -> None:
    async with log.world.database.transaction() as connection:
        await delete_and_name(connection, 100, 200)
    assert (await log.verdict(tree_only=True)).findings == ()
    (found,) = await log.findings()
    assert found.startswith("entries 100 to 199: deleted: taken away as if kept long enough")


async def test_a_row_beside_an_honest_pruning_is_found(log: OldLog) -> None:
    await log.pruning.prune(NOW)
    await log.add(3)
    async with log.world.database.transaction() as connection:
        await delete_and_name(connection, 3 * BLOCK, 3 * BLOCK + 20)
    (found,) = await log.findings()
    assert found.startswith(f"entries {3 * BLOCK} to {3 * BLOCK + 19}: deleted")


async def test_a_row_said_to_reach_later_than_its_pruning_is_found(log: OldLog) -> None:
    """Or outcomes of later would be excused for having no entry."""
    await log.pruning.prune(NOW)
    async with log.world.database.transaction() as connection:
        await unguard(connection, "log_pruned")
        await connection.execute(update(log_pruned).values(newest_at=NOW))
    (found,) = await log.findings()
    assert found.startswith("entries 0 to 767: deleted")


async def test_entries_deleted_without_a_row_are_found(log: OldLog) -> None:
    await log.pruning.prune(NOW)
    async with log.world.database.transaction() as connection:
        await unguard(connection, "log_entries")
        await connection.execute(delete(log_entries).where(log_entries.c.seq == 3 * BLOCK + 1))
    assert any("deleted: taken out" in each for each in await log.findings())


async def test_altered_entries_are_not_pruned_but_told(log: OldLog) -> None:
    async with log.world.database.transaction() as connection:
        await unguard(connection, "log_entries")
        row = await connection.scalar(select(log_entries.c.entry).where(log_entries.c.seq == 9))
        assert row is not None
        changed = bytes(row)[:-1] + bytes([row[-1] ^ 1])
        await connection.execute(
            update(log_entries).where(log_entries.c.seq == 9).values(entry=changed)
        )
    with pytest.raises(BrokenLogError):
        await log.pruning.prune(NOW)
    assert await log.count() == 3 * BLOCK + 40


async def test_a_tree_that_does_not_fit_keeps_its_entries(log: OldLog) -> None:
    async with log.world.database.transaction() as connection:
        first = log_tiles.c.level == 1
        row = await connection.scalar(select(log_tiles.c.hashes).where(first))
        assert row is not None
        await connection.execute(
            update(log_tiles).where(first).values(hashes=bytes(32) + bytes(row)[32:])
        )
    with pytest.raises(BrokenLogError):
        await log.pruning.prune(NOW)
    assert await log.count() == 3 * BLOCK + 40


# --- prunings that are old themselves, and erasures ------------------------------------------


async def test_a_pruning_goes_on_being_accounted_for_when_its_own_entry_goes(
    log: OldLog,
) -> None:
    await log.pruning.prune(NOW)
    await log.add(2 * BLOCK, since=NOW)
    later = NOW.replace(year=NOW.year + 6)
    assert await log.pruning.prune(later) == 2 * BLOCK
    (said,) = await log.said("pruned")
    assert [(each["first"], each["after"]) for each in said["before"]] == [(0, 3 * BLOCK)]
    assert await log.findings() == []
    assert await log.pruning.prune(later) == 0


async def test_erased_entries_that_are_pruned_are_not_missed(log: OldLog) -> None:
    forgotten = await log.forget()
    assert (await log.verdict()).erased == forgotten.unreadable > BLOCK
    await log.pruning.prune(NOW)
    verdict = await log.verdict()
    assert verdict.findings == ()
    assert 0 < verdict.erased < 20
    await log.add(2 * BLOCK, since=NOW)
    await log.pruning.prune(NOW.replace(year=NOW.year + 6))
    verdict = await log.verdict()
    assert (verdict.findings, verdict.erased) == ((), 0)


# --- everything else that reads the log --------------------------------------------------------


@pytest.fixture(params=("sqlite", "postgresql"))
async def lived(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[OldLog]:
    """A gateway at work for years: a disclosure that was sent, then a whole segment and more."""
    async with lived_through(request.param, tmp_path, request, _years, named="years") as world:
        yield OldLog(world)


async def _years(world: DatabaseWorld) -> None:
    made = OldLog(world)
    (mail,) = await received(world, now=BEGUN)
    await world.ledger.release([(mail, handled(mail, sealed(mail.raw)))], BEGUN)
    await world.outbox.sent(await world.outbox.claim(5, BEGUN), BEGUN)
    people = [record(BEGUN, ANNA) for _ in range(BLOCK + 10)]
    await made.append(people, BEGUN)


async def test_outcomes_older_than_what_was_pruned_are_no_fault(lived: OldLog) -> None:
    world = lived.world
    assert await lived.pruning.prune(NOW) == BLOCK
    async with world.database.reading() as connection:
        assert (await connection.execute(select(outcomes))).all() != []
        assert (await connection.execute(select(outgoing))).all() != []
        assert await audit_outcomes(connection) == []
    assert await lived.findings() == []
    kept = [each async for each in world.decisions.kept(None, None)]
    assert kept == []
    assert await world.decisions.without_facts(None, None) == 0


async def test_an_outcome_of_later_that_the_log_does_not_know_is_still_found(
    lived: OldLog,
) -> None:
    await lived.pruning.prune(NOW)
    async with lived.world.database.transaction() as connection:
        await connection.execute(update(outcomes).values(recorded_at=NOW))
        await connection.execute(
            update(outgoing).where(outgoing.c.sent_at.is_not(None)).values(sent_at=NOW)
        )
    async with lived.world.database.reading() as connection:
        found = await audit_outcomes(connection)
    assert any(each.endswith("an outcome that the log does not know") for each in found)
    assert any(each.endswith("sent, and the log does not say so") for each in found)
    assert any("an outcome that the log knows nothing of" in e for e in await lived.findings())


async def test_what_is_shown_exported_and_bundled_is_what_is_left(
    log: OldLog, tmp_path: Path
) -> None:
    await log.pruning.prune(NOW)
    await log.cover()
    left = await log.seqs()
    assert [each.seq for each in await log.world.log.show(last=None)] == left
    assert [each.seq async for each in log.world.log.read()] == left
    out = io.BytesIO()
    await write_bundle(log.world.database, str(LOG_KEY.public), out)
    folder = tmp_path / "bundle"
    with zipfile.ZipFile(io.BytesIO(out.getvalue())) as bundle:
        bundle.extractall(folder)
    told = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, taalpoort_verify.__file__, str(folder), "--key", str(LOG_KEY.public)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert f"{len(left) + 3 * BLOCK} entries, {3 * BLOCK} of them as hashes only" in told.stdout


# --- killed in the middle ----------------------------------------------------------------------

SPAWN = multiprocessing.get_context("forkserver")
SPAWN.set_forkserver_preload(["tests.contracts.test_log_pruning"])


def prune_and_die(url: str, master: bytes, public: str, at: str) -> None:
    """A process that is killed inside the transaction, at this step of it."""

    def die(*_: Any, **__: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    async def life() -> None:
        world = another_gateway(url, Vault(master))
        log = OldLog(world, key=VerifierKey.parse(public))
        await log.pruning.prune(NOW)

    setattr(log_pruning, at, die)
    asyncio.run(life())


@pytest.mark.parametrize("at", ["delete", "pruned_entry", "Deed"])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_killed_in_the_middle_nothing_is_half_gone(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, at: str
) -> None:
    request.param = kind
    url, master = database_url(request, tmp_path), secrets.token_bytes(32)
    log = OldLog(await database_world(url, master))
    people = [record(BEGUN, ANNA) for _ in range(2 * BLOCK + 10)]
    await log.append(people, BEGUN)
    killed = SPAWN.Process(target=prune_and_die, args=(url, master, str(LOG_KEY.public), at))
    killed.start()
    await asyncio.to_thread(killed.join, 60)
    assert killed.exitcode == -signal.SIGKILL
    assert await log.count() == 2 * BLOCK + 10
    assert await log.findings() == []
    assert await log.pruning.prune(NOW) == 2 * BLOCK
    assert await log.findings() == []
    await log.world.close()


# --- two gateways, and the loop ----------------------------------------------------------------


async def test_two_that_prune_at_once_take_each_segment_once(log: OldLog) -> None:
    """Both have planned the same; the second finds that it has gone."""
    counts = await asyncio.gather(log.pruning.prune(NOW), log.pruning.prune(NOW))
    assert sum(counts) == 3 * BLOCK
    assert len(await log.said("pruned")) == 1
    assert await log.findings() == []


async def test_a_hold_that_comes_between_plan_and_deed_keeps_its_segments(
    log: OldLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    pruning = log.pruning
    plan = await pruning.plan(NOW)
    await place(log, Held(subject=ANNA))

    async def planned(_now: object) -> object:
        return plan

    monkeypatch.setattr(pruning, "plan", planned)
    assert await pruning.prune(NOW) == 0
    assert await log.count() == 3 * BLOCK + 41
