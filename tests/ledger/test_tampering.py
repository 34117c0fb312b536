"""The log in a database: whatever is done to its rows is found, and named by place and kind.

Two people, six mails, letters that went: on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, insert, update

from gateway.adapters.log_key import new_log_key
from gateway.adapters.log_proving import DatabaseProofs
from gateway.adapters.log_state import NAME, KnownLog, RememberedLog
from gateway.adapters.tables_decisions import decision_facts
from gateway.adapters.tables_log import (
    log_checkpoints,
    log_entries,
    log_index,
    log_pruned,
    log_tiles,
)
from gateway.adapters.tables_register import dossier, dossier_secret
from gateway.ledger.findings import Kind
from gateway.ledger.verdict import BrokenLogError
from tests.contracts.flow import (
    LATER,
    LOG_KEY,
    NO_CONSENT,
    DatabaseWorld,
    handled,
    judged,
    received,
    sealed,
    stopped,
)
from tests.contracts.lives import lived
from tests.ledger.rewriting import Rewriting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.domain.outcomes import Ended

on_sqlite = pytest.mark.parametrize("log", ["sqlite"], indirect=True)
STRANGER = new_log_key(LOG_KEY.public.name)


@pytest.fixture(params=("sqlite", "postgresql"))
async def log(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rewriting]:
    """Four reports about one person that went, two about another that did not."""
    async with lived(request.param, tmp_path, request, _six_mails, named="six mails") as world:
        yield Rewriting(world)


async def _six_mails(world: DatabaseWorld) -> None:
    await _with_another_person(world)
    for number in range(1, 7):
        await _mail(world, number)
    letters = await world.outbox.claim(100, LATER)
    await world.outbox.sent(letters, LATER)
    letters = await world.outbox.claim(100, LATER)
    await world.outbox.sent(letters, LATER)
    assert await world.audit() == []
    await Rewriting(world).unguard()


async def _with_another_person(world: DatabaseWorld) -> None:
    async with world.database.transaction() as connection:
        recorded = {"revision": 1, "recorded_at": 0, "recorded_by": "x"}
        await connection.execute(insert(dossier).values(dossier_id="dossier-2", **recorded))
        secret = world.vault.new_person("dossier-2")
        await connection.execute(
            insert(dossier_secret).values(dossier_id="dossier-2", wrapped_key=secret)
        )


_reports = itertools.count(10)


async def _mail(world: DatabaseWorld, number: int = 0) -> None:
    number = number or next(_reports)
    (mail,) = await received(world)
    settled = sealed(mail.raw, report=number) if number not in (5, 6) else _other(number)
    await world.ledger.release([(mail, handled(mail, settled))], LATER)


def _other(number: int) -> Ended:
    ended = stopped(NO_CONSENT, report=number, judgement=judged(number))
    return replace(ended, dossier_id="dossier-2")


async def test_nothing_is_wrong_before_anybody_did_anything(log: Rewriting) -> None:
    verdict = await log.verdict(await log.newest())
    assert verdict.findings == ()
    assert (verdict.whole, verdict.opened, len(verdict.against)) == (True, True, 1)
    assert verdict.size == verdict.covered == len(await log.rows(log_entries)) > 20


# --- entries --------------------------------------------------------------------


async def test_an_altered_entry(log: Rewriting) -> None:
    entry = await log.entry(3)
    await log.set_entry(3, entry=entry[:-1] + bytes([entry[-1] ^ 1]))
    assert "entry 3: altered: not the bytes that were sealed" in await log.found()
    assert await log.found(opened=False) == ["entry 3: altered: not the bytes that were sealed"]


async def test_an_entry_replaced_by_what_is_no_entry(log: Rewriting) -> None:
    await log.set_entry(3, entry=b"nothing of the kind")
    assert await log.found() == [
        "entry 3: altered: not the bytes that were sealed",
        "entry 3: altered: not an entry of a log",
    ]


async def test_a_deleted_entry(log: Rewriting) -> None:
    await log.run(delete(log_entries).where(log_entries.c.seq == 4))
    assert await log.found(opened=False) == ["entry 4: deleted: taken out"]


async def test_a_deleted_entry_with_the_rest_renumbered(log: Rewriting) -> None:
    await log.take(4)
    assert await log.found(opened=False) == ["entry 4: deleted: taken out, and the rest renumbered"]


async def test_an_inserted_entry(log: Rewriting) -> None:
    await log.put(4, await log.entry(2))
    assert await log.found(opened=False) == [
        "entry 4: inserted: never sealed, and the rest renumbered"
    ]


async def test_an_entry_copied_to_the_end_and_sealed_in_good_faith(log: Rewriting) -> None:
    """Who has the database has the next checkpoint cover it, and needs no key for that."""
    rows = await log.rows(log_entries)
    seq, last = await log.number("report"), len(rows)
    copy = next(row for row in rows if row["seq"] == seq) | {"seq": last}
    place = next(row for row in await log.rows(log_index) if row["seq"] == seq)
    place |= {"seq": last}
    await log.run(insert(log_entries).values(copy), insert(log_index).values(place))
    await log.world.sequencer.integrate(LATER)
    assert await log.found() == [f"entry {last}: inserted: under the trace and span of entry {seq}"]


@pytest.mark.parametrize("number", [-1, 1_000_000, 2**60])
async def test_an_entry_with_a_number_outside_the_log(log: Rewriting, number: int) -> None:
    """Shown to whoever asks for its mail, and read by no pass from first to last."""
    (row, *_) = await log.rows(log_entries)
    await log.run(insert(log_entries).values(row | {"seq": number}))
    assert f"entry {number}: inserted: numbered outside the log" in await log.found(opened=False)


async def test_entries_in_another_order(log: Rewriting) -> None:
    await log.swap(2, 9)
    assert await log.found(opened=False) == [
        "entry 2: moved: holds the content of entry 9",
        "entry 9: moved: holds the content of entry 2",
    ]


async def test_entries_cut_off_at_the_end(log: Rewriting) -> None:
    last = len(await log.rows(log_entries)) - 1
    await log.run(delete(log_entries).where(log_entries.c.seq >= last - 1))
    assert await log.found(opened=False) == [
        f"entries {last - 1} to {last}: truncated: the log ends before its sealed tree does"
    ]
    with pytest.raises(BrokenLogError, match="gone from the end"):
        await _mail(log.world)


@on_sqlite
async def test_an_entry_that_is_not_even_bytes(log: Rewriting) -> None:
    """SQLite keeps text in a column of bytes, and a number in a column of text."""
    await log.sql("UPDATE log_entries SET entry = 'text' WHERE seq = 3")
    assert "entry 3: altered: not the bytes that were sealed" in await log.found()
    await log.sql("UPDATE log_tiles SET hashes = 7")
    await log.sql("UPDATE log_checkpoints SET note = 'text'")
    kinds = {each.kind for each in (await log.verdict()).findings}
    assert kinds >= {Kind.ALTERED, Kind.TILE, Kind.SIGNATURE}


@on_sqlite
async def test_a_column_that_is_not_even_a_time(log: Rewriting) -> None:
    await log.sql("UPDATE log_entries SET recorded_at = 'noon' WHERE seq = 3")
    assert await log.found() == ["entry 3: columns: its columns hold what no gateway writes there"]


# --- whom they are about, and what they are found by --------------------------------


async def test_the_entries_of_two_people_change_places(log: Rewriting) -> None:
    """Contents and all: each says the other's."""
    one, other = await log.number("report"), await log.number("report", 5)
    first, second = await log.entry(one), await log.entry(other)
    await log.set_entry(one, entry=second)
    await log.set_entry(other, entry=first)
    found = await log.found()
    assert f"entry {one}: moved: holds the content of entry {other}" in found
    assert f"entry {other}: moved: holds the content of entry {one}" in found
    about = "does not open under the key of whom it is found under"
    assert f"entry {one}: index: {about}" in found
    assert f"entry {other}: index: {about}" in found


async def test_two_people_change_places_in_what_entries_are_found_by(log: Rewriting) -> None:
    one, other = await log.number("report"), await log.number("report", 5)
    await log.set_place(one, subject="dossier-2")
    await log.set_place(other, subject="dossier-1")
    about = "index: does not open under the key of whom it is found under"
    assert set(await log.found()) >= {f"entry {one}: {about}", f"entry {other}: {about}"}


@pytest.mark.parametrize("kind", ["report", "sent"])
async def test_an_entry_is_hidden_from_whom_it_is_about(log: Rewriting, kind: str) -> None:
    seq = await log.number(kind)
    hidden = f"entry {seq}: index: not found under whom it is about"
    await log.set_place(seq, subject=None)
    assert await log.found() == [hidden]
    await log.set_place(seq, subject="dossier-9")
    assert f"entry {seq}: index: found under somebody whose key is not there" in await log.found()
    await log.run(delete(log_index).where(log_index.c.seq == seq))
    assert await log.found() == [
        f"entry {seq}: index: not among what entries are found by",
        hidden,
    ]


async def test_an_entry_is_hidden_behind_a_destroyed_key(log: Rewriting) -> None:
    """As if it had been erased together with somebody else's."""
    await log.run(
        insert(dossier).values(dossier_id="dossier-3", revision=1, recorded_at=0, recorded_by="x"),
        insert(dossier_secret).values(dossier_id="dossier-3", wrapped_key=None, destroyed_at=1),
    )
    seq = await log.number("sent")
    await log.set_place(seq, subject="dossier-3")
    assert await log.found() == [f"entry {seq}: index: found under somebody whose key is not there"]
    await log.set_place(seq, subject=None)
    assert await log.found() == [f"entry {seq}: index: not found under whom it is about"]


async def test_entries_erased_past_the_log_are_counted(log: Rewriting) -> None:
    """The key is destroyed and the index emptied, and no erasure is an entry of the log."""
    await log.run(
        update(dossier_secret)
        .where(dossier_secret.c.dossier_id == "dossier-2")
        .values(wrapped_key=None, destroyed_at=1),
        update(log_index).where(log_index.c.subject == "dossier-2").values(subject=None),
    )
    seen = "unreadable: 2 entries do not open, erasures say 0"
    assert await log.found() == [f"entries 0 to {(await log.verdict()).size - 1}: {seen}"]


async def test_an_entry_about_nobody_is_hung_on_somebody(log: Rewriting) -> None:
    seq = await log.number("mail")
    await log.set_place(seq, subject="dossier-1")
    assert await log.found() == [f"entry {seq}: index: what it is found by is not what it says"]


async def test_an_entry_is_found_by_what_it_does_not_say(log: Rewriting) -> None:
    places = {row["seq"]: row for row in await log.rows(log_index)}
    for kind in ("mail", "report", "sent"):
        seq = await log.number(kind)
        for name in ("sender", "recipient", "outcome"):
            await log.set_place(seq, **{name: "another"})
            said = f"entry {seq}: index: what it is found by is not what it says"
            assert await log.found() == [said], (kind, name)
            await log.set_place(seq, **{name: places[seq][name]})
    assert await log.found() == []


async def test_a_column_that_says_something_else(log: Rewriting) -> None:
    seq = await log.number("mail")
    said = f"entry {seq}: columns: its columns say something else than what was hashed"
    row = next(row for row in await log.rows(log_entries) if row["seq"] == seq)
    for name, value in (
        ("trace_id", "00" * 16),
        ("span_id", "00" * 8),
        ("kind", "sent"),
        ("recorded_at", LATER.replace(year=2001)),
    ):
        await log.set_entry(seq, **{name: value})
        assert said in await log.found(), name
        await log.set_entry(seq, **{name: row[name]})
    assert await log.found() == []


@pytest.mark.parametrize("how", ["changed", "deleted"])
async def test_the_facts_that_an_entry_vouches_for(log: Rewriting, how: str) -> None:
    seq = await log.number("report")
    trace = next(row for row in await log.rows(log_entries) if row["seq"] == seq)["trace_id"]
    theirs = decision_facts.c.trace == trace
    await log.run(
        delete(decision_facts).where(theirs)
        if how == "deleted"
        else update(decision_facts).where(theirs).values(judgement="{}")
    )
    assert await log.found() == [
        f"entry {seq}: facts: the facts kept beside it are not those it vouches for"
    ]


# --- the tree and its checkpoints ---------------------------------------------------


async def test_the_tree_alone_is_rewritten(log: Rewriting) -> None:
    (tile,) = [row for row in await log.rows(log_tiles) if row["level"] == 0]
    hashes = bytes(32) + bytes(tile["hashes"])[32:]
    await log.run(update(log_tiles).where(log_tiles.c.level == 0).values(hashes=hashes))
    assert await log.found() == ["entry 0: tile: the stored tree has another hash than the entry"]
    await _mail(log.world)
    with pytest.raises(BrokenLogError, match="does not lead to the newest checkpoint"):
        await log.world.sequencer.integrate(LATER)


async def test_entries_and_tree_are_rewritten(log: Rewriting) -> None:
    """They agree with one another, and not with what was signed."""
    await log.take(4)
    await log.rebuild()
    found = await log.found(opened=False)
    assert any(": truncated: the log ends at" in each for each in found), found


async def test_all_is_rewritten_and_signed_with_another_key(log: Rewriting) -> None:
    await log.take(4)
    await log.rebuild(STRANGER)
    size = len(await log.rows(log_entries))
    assert (
        f"entries 0 to {size - 1}: signature: the checkpoint over {size} entries "
        "is not signed by the log's key"
    ) in await log.found(opened=False)
    with pytest.raises(BrokenLogError, match="another key"):
        await log.world.sequencer.newest()


async def test_all_is_rewritten_and_signed_with_the_log_s_own_key(log: Rewriting) -> None:
    """The municipality itself does so: nothing here tells, and every partner's mail does."""
    early = await log.newest()
    for _ in range(3):
        await _mail(log.world)
    await log.world.sequencer.integrate(LATER)
    late = await log.newest()
    begin, end = early.checkpoint.size, late.checkpoint.size
    await log.take(begin + 1)
    await log.rebuild(log.world.key)
    assert await log.found(opened=False) == []
    assert (await log.found(early, late, opened=False))[0] == (
        f"entries {end - 1} to {end - 1}: ".replace(
            f"entries {end - 1} to {end - 1}", f"entry {end - 1}"
        )
        + f"truncated: the log ends at {end - 1}, and somebody's copy of a checkpoint "
        f"has {end} entries"
    )
    await _mail(log.world)
    await log.world.sequencer.integrate(LATER)
    assert await log.found(early, late, opened=False) == [
        (
            f"entries {begin} to {end - 1}: split: the root is not that of "
            f"somebody's copy of the checkpoint over {end} entries"
        )
    ]


async def test_the_newest_checkpoint_is_taken_away(log: Rewriting) -> None:
    await log.run(delete(log_checkpoints))
    size = len(await log.rows(log_entries))
    said = f"signature: the tree has {size} entries, and the checkpoint over them is gone"
    assert await log.found() == [f"entries 0 to {size - 1}: {said}"]


async def test_a_checkpoint_is_kept_under_another_size(log: Rewriting) -> None:
    await log.run(update(log_checkpoints).values(size=5))
    (found, *_) = await log.found()
    assert "signature: the checkpoint over 5 entries is not signed by the log's key" in found


@pytest.mark.parametrize(
    ("log", "size"), [("sqlite", 300), ("sqlite", 70_000), ("postgresql", 300)], indirect=["log"]
)
async def test_the_upper_tiles(log: Rewriting, size: int) -> None:
    """No entry is read through them, and every proof is."""
    await _fill(log, size)
    assert await log.found(opened=False) == []
    upper = [row for row in await log.rows(log_tiles) if row["level"]]
    assert upper
    for row in upper:
        where = (log_tiles.c.level == row["level"], log_tiles.c.tile == row["tile"])
        hashes = bytes(row["hashes"])
        for wrong in (bytes(32) + hashes[32:], hashes + bytes(32), b""):
            await log.run(update(log_tiles).where(*where).values(hashes=wrong))
            assert any(
                f": tile: tile {row['level']}/{row['tile']} is not that of the tiles below it"
                in each
                for each in await log.found(opened=False)
            )
        await log.run(update(log_tiles).where(*where).values(hashes=hashes))
    await log.run(insert(log_tiles).values(level=9, tile=4, hashes=bytes(32)))
    assert any("tile 9/4" in each for each in await log.found(opened=False))


async def _fill(log: Rewriting, size: int) -> None:
    (row, *_) = await log.rows(log_entries)
    begin = len(await log.rows(log_entries))
    rows = [row | {"seq": seq, "entry": b"entry %d" % seq} for seq in range(begin, size)]
    for at in range(0, len(rows), 1000):
        await log.run(insert(log_entries).values(rows[at : at + 1000][0]))
        async with log.world.database.transaction() as connection:
            if rest := rows[at + 1 : at + 1000]:
                await connection.execute(insert(log_entries), rest)
    await log.world.sequencer.integrate(LATER)


@on_sqlite
async def test_many_blocks_with_their_tiles_are_taken_away(log: Rewriting) -> None:
    """More than one page of reading, and what follows is still named by its own number."""
    await _fill(log, 12_000)
    await log.run(
        delete(log_entries).where(log_entries.c.seq.between(512, 11_000 - 1)),
        delete(log_tiles).where(log_tiles.c.level == 0, log_tiles.c.tile.between(2, 41)),
        update(log_entries).where(log_entries.c.seq == 11_500).values(entry=b"another"),
    )
    found = (await log.verdict(opened=False)).findings
    gone = {
        seq
        for each in found
        if each.kind in {Kind.DELETED, Kind.TILE}
        for seq in range(each.first, each.after)
    }
    assert gone >= set(range(512, 11_000)), [str(each) for each in found][:20]
    assert Kind.SPLIT in {each.kind for each in found}
    assert any(each.first == 11_500 and each.kind is Kind.ALTERED for each in found), [
        str(each) for each in found
    ][:20]


async def test_a_tile_with_an_outlandish_number(log: Rewriting) -> None:
    await log.run(insert(log_tiles).values(level=0, tile=2**50, hashes=bytes(32)))
    assert any(
        each.endswith("tile: the stored tiles are not numbered one after another")
        for each in await log.found(opened=False)
    )


# --- what no checkpoint covers yet ----------------------------------------------------


async def test_what_sits_behind_the_newest_checkpoint_is_said_and_is_no_finding(
    log: Rewriting,
) -> None:
    covered = len(await log.rows(log_entries))
    await _mail(log.world)
    verdict = await log.verdict()
    assert verdict.findings == ()
    assert (verdict.covered, verdict.size) == (covered, covered + 2)


async def test_an_entry_is_missing_behind_the_newest_checkpoint(log: Rewriting) -> None:
    covered = len(await log.rows(log_entries))
    await _mail(log.world)
    await log.run(delete(log_entries).where(log_entries.c.seq == covered))
    said = f"entry {covered}: deleted: missing behind the newest checkpoint"
    assert said in await log.found(opened=False)
    with pytest.raises(BrokenLogError, match="missing behind the newest checkpoint"):
        await log.world.sequencer.integrate(LATER)


async def test_an_outcome_whose_entry_is_gone_before_a_checkpoint_came(log: Rewriting) -> None:
    covered = len(await log.rows(log_entries))
    await _mail(log.world)
    await log.run(delete(log_entries).where(log_entries.c.seq >= covered))
    assert await log.found() == [
        f"entry {covered}: unlogged: an outcome that the log knows nothing of"
    ]


@pytest.mark.parametrize("covered", [False, True])
async def test_an_entry_slipped_in_behind_the_newest_checkpoint(
    log: Rewriting, *, covered: bool
) -> None:
    """A running gateway takes it into the tree, and only its missing seal tells."""
    seq = len(await log.rows(log_entries))
    (row, *_) = await log.rows(log_entries)
    head = (await log.entry(0)).split(b"\n\n")[0].split(b"\n")
    unknown = b"\n".join([*head[:-1], b"00" * 32]) + b"\n\n" + bytes(40)
    for number, entry in enumerate((unknown, PLAIN)):
        await log.run(
            insert(log_entries).values(row | {"seq": seq + number, "entry": entry}),
            insert(log_index).values(seq=seq + number),
        )
    if covered:
        await log.world.sequencer.integrate(LATER)
        assert await log.found(opened=False) == []
    found = await log.found()
    assert f"entry {seq}: inserted: opens under no key, and none was ever destroyed" in found
    assert f"entry {seq + 1}: inserted: not sealed, behind entries that are" in found


PLAIN = (
    b'{"evidence":{},"kind":"mail","record":{"attributes":{"dpl.core.processing_activity_id":'
    b'"https://a.example/1"},"end_time":1,"name":"x","resource":{},"span_id":"1234567812345678",'
    b'"start_time":1,"status":"Ok","trace_id":"12345678123456781234567812345678"}}'
)


async def test_entries_taken_away_as_if_they_were_pruned(log: Rewriting) -> None:
    """Without a key the number is told; with it, that no entry of the log says so."""
    await log.run(
        insert(log_pruned).values(first=0, after=4, pruned_at=LATER, newest_at=LATER),
        delete(log_entries).where(log_entries.c.seq < 4),
    )
    verdict = await log.verdict(opened=False)
    assert (verdict.findings, verdict.pruned) == ((), 4)
    assert any("and no entry of the log says so" in each for each in await log.found())


# --- an earlier state put back ---------------------------------------------------------


def remembered(log: Rewriting, folder: Path) -> RememberedLog:
    world = log.world
    proofs = DatabaseProofs(world.database, world.vault, world.key.public)
    return RememberedLog(world.sequencer, proofs, world.key, folder, KnownLog())


async def test_the_database_put_back_to_a_backup(log: Rewriting, tmp_path: Path) -> None:
    """The file beside it knows more; the next start refuses, and the file is a witness."""
    backup, size = await log.backup(), len(await log.rows(log_entries))
    await _mail(log.world)
    running = remembered(log, tmp_path)
    await running.begin(LATER)
    file, newest = (tmp_path / NAME).read_bytes(), await log.newest()
    await log.restore(backup)
    assert await log.found(opened=False) == []
    assert await log.found(newest, opened=False) == [
        (
            f"entries {size} to {size + 1}: truncated: the log ends at {size}, "
            f"and somebody's copy of a checkpoint has {size + 2} entries"
        )
    ]
    with pytest.raises(BrokenLogError, match="knows a longer log: was an old backup put back"):
        await remembered(log, tmp_path).begin(LATER)
    await _mail(log.world)
    with pytest.raises(BrokenLogError, match="knows a longer log"):
        await running.cover(LATER)
    with pytest.raises(BrokenLogError, match="knows a longer log"):
        await remembered(log, tmp_path).cover_once(LATER)
    assert len(await log.rows(log_checkpoints)) == len(backup[log_checkpoints.name])
    assert (tmp_path / NAME).read_bytes() == file


async def test_another_history_of_the_same_length_put_in_its_place(
    log: Rewriting, tmp_path: Path
) -> None:
    await remembered(log, tmp_path).begin(LATER)
    await log.swap(2, 9)
    await log.rebuild(log.world.key)
    with pytest.raises(BrokenLogError, match="knows another log"):
        await remembered(log, tmp_path).begin(LATER)


async def test_database_and_file_put_back_together_are_found_by_a_partner_s_mail_only(
    log: Rewriting, tmp_path: Path
) -> None:
    await remembered(log, tmp_path).begin(LATER)
    backup, file = await log.backup(), (tmp_path / NAME).read_bytes()
    size = len(await log.rows(log_entries))
    await _mail(log.world)
    await remembered(log, tmp_path).begin(LATER)
    in_the_mail = await log.newest()
    await log.restore(backup)
    (tmp_path / NAME).write_bytes(file)
    await remembered(log, tmp_path).begin(LATER)
    await _mail(log.world)
    await _mail(log.world)
    await log.world.sequencer.integrate(LATER)
    assert await log.found(opened=False) == []
    assert await log.found(in_the_mail, opened=False) == [
        (
            f"entries 0 to {size + 1}: split: the root is not that of "
            f"somebody's copy of the checkpoint over {size + 2} entries"
        )
    ]


async def test_a_file_that_another_key_signed_is_refused(log: Rewriting, tmp_path: Path) -> None:
    newest = (await log.newest()).checkpoint
    (tmp_path / NAME).write_bytes(bytes(newest.signed(STRANGER.public, STRANGER.sign)))
    with pytest.raises(BrokenLogError, match="not signed by the log's key"):
        await remembered(log, tmp_path).begin(LATER)


async def test_a_file_that_was_lost_is_made_anew(log: Rewriting, tmp_path: Path) -> None:
    await remembered(log, tmp_path).begin(LATER)
    file = (tmp_path / NAME).read_bytes()
    (tmp_path / NAME).unlink()
    await remembered(log, tmp_path).begin(LATER)
    assert (tmp_path / NAME).read_bytes() == file
