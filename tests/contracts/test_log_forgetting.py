"""A person is forgotten: nothing about them opens or is found, and the log stays whole."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import func, insert, select, update

from gateway.adapters.erasures import Erasure
from gateway.adapters.log_forgetting import Forgetting
from gateway.adapters.log_key import is_signed
from gateway.adapters.log_proving import DatabaseProofs
from gateway.adapters.log_reading import ENTRIES, LogOpener
from gateway.adapters.log_sealing import entry_key, is_sealed_by
from gateway.adapters.tables_log import log_entries, log_index
from gateway.adapters.tables_register import dossier_index, dossier_secret, register_state
from gateway.domain.audit import Action, Deed, DeedResult
from gateway.domain.holds import Held, HoldError
from gateway.domain.register import RegisterError
from gateway.ledger.envelope import parse
from gateway.ledger.merkle import leaf_hash
from gateway.ledger.reading import Query
from tests.contracts.flow import (
    LOG_KEY,
    NO_CONSENT,
    NOW,
    handled,
    received,
    sealed,
    stopped,
)
from tests.contracts.keeping import (
    ANNA,
    BADR,
    OldLog,
    activity_of,
    lift,
    old_log,
    place,
    record,
    two_people,
)
from tests.contracts.lives import lived

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from gateway.ledger.records import Activity
    from tests.contracts.flow import DatabaseWorld

COUNT = 30


@pytest.fixture(params=("sqlite", "postgresql"))
async def log(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[OldLog]:
    """Ten entries about Anna, ten about Badr, ten about nobody; and a report about Anna."""
    async with lived(request.param, tmp_path, request, _three_tens, named="three tens") as world:
        yield OldLog(world)


async def _three_tens(world: DatabaseWorld) -> None:
    await two_people(world)
    made = OldLog(world)
    await made.add(COUNT, since=NOW)
    (mail,) = await received(made.world)
    await made.world.ledger.release([(mail, handled(mail, sealed(mail.raw)))], NOW)
    deed = Deed(
        at=NOW,
        actor="fien",
        action=Action.DOSSIER_LOOKED,
        about="",
        result=DeedResult.DONE,
        origin="fien",
        subject=ANNA,
    )
    await made.world.database.write(lambda each: made.deeds.write(each, [deed]))
    await made.cover()


async def found_by(log: OldLog, person: str) -> list[int]:
    return [each.seq for each in await log.world.log.show(Query(subject=person), last=None)]


async def key_of(log: OldLog, person: str) -> bytes | None:
    async with log.world.database.reading() as connection:
        of = dossier_secret.c.dossier_id == person
        wrapped = await connection.scalar(select(dossier_secret.c.wrapped_key).where(of))
    return None if wrapped is None else bytes(wrapped)


async def test_no_entry_opens_or_is_found_by_the_person(log: OldLog) -> None:
    """Byte for byte: every entry that their key opened is as it was, and opens for nobody."""
    wrapped = await key_of(log, ANNA)
    assert wrapped is not None
    person = log.world.vault.person(ANNA, wrapped)
    theirs = await found_by(log, ANNA)
    before = {each.seq: each.content for each in await log.world.log.show(last=None)}
    async with log.world.database.reading() as connection:
        entries = {row.seq: row.entry for row in await connection.execute(select(log_entries))}
    sealed_by = [seq for seq, entry in entries.items() if is_sealed_by(entry, person)]
    assert len(sealed_by) == 11
    assert set(sealed_by) < set(theirs)

    forgotten = await log.forget()

    assert (forgotten.unreadable, forgotten.unlinked) == (11, 13)
    assert await found_by(log, ANNA) == []
    assert await key_of(log, ANNA) is None
    after = {each.seq: each.content for each in await log.world.log.show(last=None)}
    assert [seq for seq, content in after.items() if content is None] == sealed_by
    assert all(after[seq] == before[seq] for seq in before if seq not in sealed_by)
    async with log.world.database.reading() as connection:
        rows = (await connection.execute(ENTRIES)).all()
    assert all(row.entry == entries[row.seq] for row in rows if row.seq in entries)
    opener = LogOpener(log.world.vault)
    for row in (each for each in rows if each.seq in sealed_by):
        assert (row.subject, row.wrapped_key) == (None, None)
        assert opener.open(row).content is None
        assert not is_sealed_by(row.entry, log.world.vault)


async def test_who_reads_on_with_the_same_reader_has_forgotten_the_key(log: OldLog) -> None:
    """An unwrapped key lives as long as one reading, whoever does it."""
    reader = log.world.log
    assert all(each.content for each in await reader.show(Query(subject=ANNA), last=None))
    reading = reader.read()
    assert (await anext(reading)).content is not None
    await reading.aclose()  # type: ignore[attr-defined] # it is a generator
    await log.forget()
    unreadable = [each.seq async for each in reader.read() if each.content is None]
    assert len(unreadable) == 11
    held = DatabaseProofs(log.world.database, log.world.vault, LOG_KEY.public)
    assert (await held.prove(unreadable[0])).key is None


async def test_the_log_is_whole_and_says_how_many_are_erased(log: OldLog) -> None:
    witness = await log.world.sequencer.newest()
    assert witness is not None
    await log.forget()
    verdict = await log.verdict()
    assert (verdict.findings, verdict.erased) == ((), 11)
    assert verdict.plain()["erased"] == 11
    assert await log.world.verify(witness) == ()
    assert (await log.verdict(tree_only=True)).findings == ()


async def test_proofs_of_before_and_of_after_verify(log: OldLog) -> None:
    proofs = DatabaseProofs(log.world.database, log.world.vault, LOG_KEY.public)
    old = [await proofs.prove(seq) for seq in (0, 1)]
    assert all(each.key is not None for each in old)
    await log.forget()
    await log.cover()
    new = [await proofs.prove(seq) for seq in (0, 1)]
    for each in (*old, *new):
        each.proof.verify(leaf_hash(each.entry), LOG_KEY.public, is_signed)
    assert [each.entry for each in old] == [each.entry for each in new]
    assert new[0].key is None  # Anna's
    assert new[1].key == old[1].key  # Badr's


async def test_the_erasure_is_an_entry_about_nobody(log: OldLog) -> None:
    wrapped = await key_of(log, ANNA)
    assert wrapped is not None
    person = log.world.vault.person(ANNA, wrapped)
    await log.forget()
    shown = [each for each in await log.world.log.show(last=None) if each.content]
    (erased,) = [each for each in shown if each.head.kind == "erased"]
    assert erased.content is not None
    assert erased.content["evidence"] == {"reason": "avg-17", "unreadable": 11}
    attributes = erased.content["record"]["attributes"]
    assert list(attributes) == ["dpl.core.processing_activity_id"]
    for word in (ANNA, person.pseudonym("log"), person.pseudonym("audit")):
        assert word not in str(erased.content)
    deed = shown[-2].content
    assert deed is not None
    assert deed["deed"]["action"] == "register.dossier-erased"
    assert deed["deed"]["detail"] == "avg-17"
    assert (deed["deed"]["actor"], ANNA in str(deed)) == ("fien", False)


async def test_who_looked_stays_on_record_and_at_whom_does_not(log: OldLog) -> None:
    await log.forget()
    shown = [each.content for each in await log.world.log.show(last=None)]
    looks = [each["deed"] for each in shown if each and "deed" in each]
    assert [each["action"] for each in looks] == [
        "register.dossier-looked",
        "register.dossier-erased",
    ]
    assert {each["actor"] for each in looks} == {"fien"}


async def test_another_person_stays_as_they_were(log: OldLog) -> None:
    theirs = await found_by(log, BADR)
    await log.forget()
    assert await found_by(log, BADR) == theirs
    assert all(each.content for each in await log.world.log.show(Query(subject=BADR), last=None))
    assert await key_of(log, BADR) is not None


async def test_the_dossierkenmerk_leads_to_nobody_and_the_register_has_changed(
    log: OldLog,
) -> None:
    """So what waits to be sent walks again, and is refused."""
    await log.forget()
    async with log.world.database.reading() as connection:
        index = (await connection.execute(select(dossier_index.c.dossier_id))).all()
        revision = await connection.scalar(select(register_state.c.revision))
        row = (
            await connection.execute(
                select(dossier_secret).where(dossier_secret.c.dossier_id == ANNA)
            )
        ).one()
    assert [each.dossier_id for each in index] == [BADR]
    assert revision == 1
    assert (row.destroyed_by, row.destroyed_at is not None) == ("fien", True)


async def test_what_comes_about_them_later_is_about_nobody(log: OldLog) -> None:
    await log.forget()
    (mail,) = await received(log.world)
    await log.world.ledger.release([(mail, handled(mail, stopped(NO_CONSENT)))], NOW)
    await log.append([record(NOW, ANNA)], NOW)
    assert await found_by(log, ANNA) == []
    last = (await log.world.log.show(last=1))[0].content
    assert last is not None
    assert "dpl.core.data_subject_id" not in last["record"]["attributes"]
    verdict = await log.verdict()
    assert (verdict.findings, verdict.erased) == ((), 11)


async def test_nobody_is_forgotten_twice_nor_somebody_who_never_was(log: OldLog) -> None:
    await log.forget()
    size = await log.count()
    for who, code in ((ANNA, "person-erased"), ("dossier-9", "unknown-dossier")):
        with pytest.raises(RegisterError, match=code):
            await log.forget(who)
    assert await log.count() == size


async def test_a_person_under_legal_hold_is_not_erased(log: OldLog) -> None:
    for held in (Held(subject=ANNA), Held(since=NOW)):
        hold_id = await place(log, held)
        with pytest.raises(HoldError, match="under-legal-hold"):
            await log.forget()
        assert await key_of(log, ANNA) is not None
        await lift(log, hold_id)
    assert (await log.forget()).unreadable == 11


async def test_it_is_all_or_nothing(log: OldLog) -> None:
    """What fails at the end, after the key and the index, leaves both as they were."""

    def broken(_connection: Connection, _deeds: Sequence[Deed]) -> None:
        raise ArithmeticError

    def late(_kind: str, _about: str) -> Activity:
        raise ArithmeticError

    erasure = Erasure(dossier_id=ANNA, reason="avg-17", by="fien", origin="x", at=NOW)
    for forgetting in (
        Forgetting(log.writer, activity_of, broken),
        Forgetting(log.writer, late, log.deeds.write),
    ):
        with pytest.raises(ArithmeticError):
            await log.world.database.write(partial(forgetting.forget, erasure=erasure))
    assert await key_of(log, ANNA) is not None
    assert len(await found_by(log, ANNA)) == 12
    assert await log.findings() == []


# --- erasures that nobody decided ----------------------------------------------------------------


async def test_a_key_destroyed_past_the_log_is_found(log: OldLog) -> None:
    """With what was found by it, each by name; without, by their number."""
    async with log.world.database.transaction() as connection:
        of = dossier_secret.c.dossier_id == BADR
        gone = {"wrapped_key": None, "destroyed_at": 1, "destroyed_by": "nobody"}
        await connection.execute(update(dossier_secret).where(of).values(gone))
    found = await log.findings()
    assert len(found) == 10
    assert all("index: found under somebody whose key is not there" in each for each in found)
    async with log.world.database.transaction() as connection:
        theirs = log_index.c.subject == BADR
        await connection.execute(update(log_index).where(theirs).values(subject=None))
    (alone,) = await log.findings()
    assert "unreadable: 10 entries do not open, erasures say 0" in alone


async def test_an_entry_hidden_as_if_erased_with_somebody_is_found(log: OldLog) -> None:
    """Somebody was erased, and an entry about another is to pass for one of theirs."""
    await log.forget()
    async with log.world.database.transaction() as connection:
        theirs = log_index.c.seq == 1
        await connection.execute(update(log_index).where(theirs).values(subject=None))
    assert await log.findings() == ["entry 1: index: not found under whom it is about"]


async def test_an_entry_hidden_from_its_person_is_found(log: OldLog) -> None:
    """Whatever its kind: it then opens for nobody, and no erasure says so."""
    async with log.world.database.transaction() as connection:
        await connection.execute(update(log_index).where(log_index.c.seq == 0).values(subject=None))
    (found,) = await log.findings()
    assert "entry 0: index: not found under whom it is about" in found


async def destroy(log: OldLog, person: str) -> None:
    """With the database in hand: key and index of a person, as an erasure leaves them."""
    async with log.world.database.transaction() as connection:
        of = dossier_secret.c.dossier_id == person
        gone = {"wrapped_key": None, "destroyed_at": 1, "destroyed_by": "nobody"}
        await connection.execute(update(dossier_secret).where(of).values(gone))
        for seq in await found_by(log, person):
            its = log_index.c.seq == seq
            await connection.execute(update(log_index).where(its).values(subject=None))


async def add_like(log: OldLog, seq: int, **other: object) -> int:
    """One more entry at the end, as an earlier one but for `other`; where it stands."""
    async with log.world.database.transaction() as connection:
        of = select(log_entries).where(log_entries.c.seq == seq)
        row = dict((await connection.execute(of)).one()._mapping)
        last = await connection.scalar(select(func.max(log_entries.c.seq)))
        row |= {"seq": (last or 0) + 1} | other
        await connection.execute(insert(log_entries).values(row))
        await connection.execute(insert(log_index).values(seq=row["seq"]))
    return int(row["seq"])


async def test_an_erasure_is_not_accounted_for_by_the_entry_of_another(log: OldLog) -> None:
    """It is copied to the end, and the next checkpoint covers it; it says ten, as it should."""
    await log.forget(ANNA)
    await log.add(3, since=NOW)
    assert await log.findings() == []
    (said,) = [each.seq for each in await log.world.log.show(Query(kinds=frozenset({"erased"})))]
    await destroy(log, BADR)
    copy = await add_like(log, said)
    found = f"entry {copy}: inserted: under the trace and span of entry {said}"
    assert found in await log.findings()


async def test_an_erasure_is_not_accounted_for_with_the_key_of_a_proof(log: OldLog) -> None:
    """Whoever was given the key of one entry can seal nothing of another kind with it."""
    await log.cover()
    about_nobody = 2
    proofs = DatabaseProofs(log.world.database, log.world.vault, LOG_KEY.public)
    proven = await proofs.prove(about_nobody)
    assert proven.key == entry_key(proven.entry, log.world.vault, None)
    bound = replace(parse(proven.entry).head, kind="erased").written()
    nonce, evidence = os.urandom(12), {"reason": "avg-17", "unreadable": 10}
    content = json.dumps({"record": {}, "evidence": evidence}).encode()
    entry = bound + nonce + AESGCM(proven.key or b"").encrypt(nonce, content, bound)
    await destroy(log, BADR)
    forged = await add_like(log, about_nobody, kind="erased", entry=entry)
    found = f"entry {forged}: inserted: under the trace and span of entry {about_nobody}"
    assert found in await log.findings()
    (shown,) = await log.world.log.show(Query(after=forged - 1), None)
    assert shown.content is None  # the key was made for another kind of entry


async def test_an_erasure_that_was_undone_is_found(log: OldLog) -> None:
    """With the wrapped key and the index of a backup, everything opens again."""
    wrapped = await key_of(log, ANNA)
    theirs = await found_by(log, ANNA)
    await log.forget()
    async with log.world.database.transaction() as connection:
        of = dossier_secret.c.dossier_id == ANNA
        back = {"wrapped_key": wrapped, "destroyed_at": None, "destroyed_by": None}
        await connection.execute(update(dossier_secret).where(of).values(back))
        for seq in theirs:
            await connection.execute(
                update(log_index).where(log_index.c.seq == seq).values(subject=ANNA)
            )
    found = await log.findings()
    assert any("unreadable: 0 entries do not open, erasures say 11" in each for each in found)


def kept(folder: Path, content: bytes) -> bool:
    """Whether these bytes stand in any file of the database."""
    return any(content in each.read_bytes() for each in folder.iterdir())


async def test_nothing_of_the_wrapped_key_stays_in_the_files_of_sqlite(tmp_path: Path) -> None:
    """Neither in the pages of the database nor in its journal."""
    log = await old_log(f"sqlite:///{tmp_path / 'taalpoort.db'}")
    try:
        await log.add(COUNT, since=NOW)
        wrapped = await key_of(log, ANNA)
        assert wrapped is not None
        assert kept(tmp_path, wrapped)
        await log.forget()
        assert not kept(tmp_path, wrapped)
        assert not kept(tmp_path, wrapped[-40:])
    finally:
        await log.world.close()
