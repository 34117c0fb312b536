"""Somebody is erased: byte for byte out of the database, and nobody else with them."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select, text, update
from sqlalchemy.exc import DBAPIError

from gateway.adapters.database import Database, metadata
from gateway.adapters.erased_list import ErasedList, mark_of
from gateway.adapters.erasing_end import read_certificate
from gateway.adapters.log_holding import LogHolds
from gateway.adapters.log_key import new_log_key
from gateway.adapters.log_proving import DatabaseProofs
from gateway.adapters.scrubbing import scrub
from gateway.adapters.tables_consent import consent_form, consent_scan
from gateway.adapters.tables_erasing import erasure, erasure_mail
from gateway.adapters.tables_flow import inbound, outcomes, outgoing
from gateway.adapters.tables_register import PERSONAL
from gateway.adapters.tables_rights import duty_recipient
from gateway.adapters.tables_scope import disclosed_person
from gateway.domain.audit import MACHINE
from gateway.domain.bijsluiter import Regime
from gateway.domain.case_rules import Decision
from gateway.domain.case_rules import Ground as RefusalGround
from gateway.domain.cases import CaseState, Outcome, Step
from gateway.domain.erasing import Ground
from gateway.domain.histories import Circumstance
from gateway.domain.holds import Held
from gateway.domain.parties import Interval
from gateway.domain.register import Refusal, RegisterError
from gateway.domain.stops import Retry
from gateway.ledger.certificates import CertificateError, Erased, erased, marks
from tests import world
from tests.contracts.erasing import (
    ANNA,
    BADR,
    EVERYBODY,
    LATER,
    SCAN,
    City,
    a_city,
    sightings,
)
from tests.contracts.flow import LOG_KEY, NOW, another_gateway

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import Table

    from gateway.adapters.register_change import Change


async def rows(city: City, table: Table, dossier_id: str) -> Sequence[object]:
    async with city.database.reading() as connection:
        found = await connection.execute(select(table).where(table.c.dossier_id == dossier_id))
        return [tuple(row) for row in found]


async def recipients(city: City) -> Sequence[Any]:
    async with city.database.reading() as connection:
        return (await connection.execute(select(duty_recipient))).all()


# --- byte for byte ------------------------------------------------------------------


async def test_nothing_of_them_is_in_any_file_or_later_backup(city: City) -> None:
    """Every ciphertext, the wrapped key, the index and the originals: there before, nowhere after.

    The mail that also holds a report about somebody else goes when that is settled, and its
    original when no backup is from before it.
    """
    await city.plant()
    case_id = await city.asked()
    wanted = await city.secrets()
    assert {name.partition(" ")[0] for name in wanted} == {
        "key", "index", "identity", "words", "scan", "asked", "mail", "original", "unsent",
    }  # fmt: skip
    assert {name for name, _ in sightings(city.files(), wanted)} == set(wanted)
    kept = {name for name in wanted if not name.startswith("original")}
    assert {name for name, _ in sightings({"b": city.backup()}, wanted)} == kept
    shared = await city.mail(city.shared)
    assert shared is not None

    await city.approve(await city.propose(case_id))
    await city.clear()
    assert await city.end.run(NOW) != ()

    assert sightings(city.files(), wanted) == []
    assert sightings({"b": city.backup()}, wanted) == []
    assert await city.mail(city.shared) == shared
    (first,) = await city.certificates()
    assert (first.waiting, first.originals, first.left) == (1, 1, [])

    async with city.database.transaction() as connection:
        his = (outcomes.c.trace == city.shared, outcomes.c.withdrawn_at.is_(None))
        await connection.execute(
            update(outcomes).where(*his, outcomes.c.number == 1).values(outcome="reject")
        )
        its = inbound.c.trace == city.shared
        await connection.execute(update(inbound).where(its).values(state="done", due_at=None))
    assert len(await city.end.run(LATER)) == 1
    assert sightings(city.files(), {"shared": shared}) == []
    _, second = await city.certificates()
    assert (second.number, second.waiting, second.erasure) == (2, 0, first.erasure)

    for day, left in ((34, 1), (36, 0)):
        await city.clear(NOW + timedelta(days=day))
        assert len(city.in_mailbox()) == left
    assert len(await city.end.run(NOW + timedelta(days=36))) == 1
    *_, third = await city.certificates()
    assert (third.number, third.originals, third.gone["originals_removed"]) == (3, 0, 3)
    assert "originals" not in {each.what for each in third.stays}


# --- everything about one person ------------------------------------------------------


async def test_they_go_from_every_table_and_the_request_stays(city: City) -> None:
    await city.plant()
    before = {table.name: await rows(city, table, ANNA) for table in (*PERSONAL, consent_form)}
    case_id = await city.erase()
    await city.end.run(NOW)
    for table in (*PERSONAL, consent_form, outcomes, outgoing, disclosed_person):
        assert await rows(city, table, ANNA) == []
    case = await city.register.case(case_id)
    assert (case.state, case.dossier_id) == (CaseState.EXECUTED, ANNA)
    assert await city.register.case_words(case_id) == {}
    (found,) = await city.certificates()
    assert case.steps[-1].detail == {"erasure": found.erasure}
    for table in (*PERSONAL, consent_form):
        assert found.gone[table.name] == len(before[table.name])
    assert (found.gone["consent_scan"], found.gone["disclosed"]) == (2, 2)
    assert (found.gone["outgoing_mail"], found.gone["held"]) == (1, 2)
    assert (found.gone["inbound_raw"], found.gone["dossier_secret"]) == (2, 1)
    assert (found.reason, found.case, found.whole) == ("avg-17-1-d", case_id, True)
    async with city.database.reading() as connection:
        told = (await connection.execute(select(duty_recipient))).all()
    assert [(each.case_id, each.happened, each.contact_id) for each in told] == [
        (case_id, "erased", world.CASPER)
    ]


async def test_who_shares_a_mail_keeps_what_waits(city: City) -> None:
    """Hers stands refused, so that no later walk asks about it again; his waits as before."""
    await city.plant()
    his = [await rows(city, table, BADR) for table in (*PERSONAL, consent_form, outcomes)]
    await city.erase()
    assert [await rows(city, table, BADR) for table in (*PERSONAL, consent_form, outcomes)] == his
    async with city.database.reading() as connection:
        standing = await connection.execute(
            select(outcomes.c.number, outcomes.c.outcome)
            .where(outcomes.c.trace == city.shared, outcomes.c.withdrawn_at.is_(None))
            .order_by(outcomes.c.number)
        )
        assert [tuple(row) for row in standing] == [(0, "reject"), (1, "hold")]
        state = await connection.scalar(
            select(inbound.c.state).where(inbound.c.trace == city.shared)
        )
        waiting = (await connection.execute(select(erasure_mail.c.trace))).scalars().all()
    assert (state, waiting) == ("held", [city.shared])


async def test_what_was_being_walked_meanwhile_says_no_longer_whose_it_is(city: City) -> None:
    await city.plant()
    await city.erase()
    async with city.database.transaction() as connection:
        walked = outcomes.c.trace == city.own
        await connection.execute(update(outcomes).where(walked).values(dossier_id=ANNA))
    await city.end.run(NOW)
    assert await rows(city, outcomes, ANNA) == []


async def test_log_and_proofs_stand(city: City) -> None:
    await city.plant()
    await city.flow.sequencer.integrate(NOW)
    witness = await city.flow.sequencer.newest()
    assert witness is not None
    proofs = DatabaseProofs(city.database, city.flow.vault, LOG_KEY.public)
    old = await proofs.prove(0)
    await city.erase()
    await city.end.run(NOW)
    assert await city.flow.verify(witness) == ()
    assert (await proofs.prove(0)).entry == old.entry
    (found,) = await city.certificates()
    assert found.before is not None
    assert (found.before.size, found.after.size > found.before.size) == (
        witness.checkpoint.size,
        True,
    )


# --- who decides, and what bars it -----------------------------------------------------


async def test_one_alone_erases_nobody_and_what_bars_it_is_looked_at_again(small: City) -> None:
    case_id = await small.asked()
    proposal = await small.propose(case_id, Ground.NOT_NEEDED)
    with pytest.raises(RegisterError) as refused:
        async with small.register.change(by=world.BY) as change:
            await change.approve(proposal)
    assert refused.value.code is Refusal.SAME_PERSON
    with pytest.raises(RegisterError, match="retention") as refused:
        await small.approve(proposal)
    assert refused.value.code is Refusal.ERASURE_BARRED
    assert (await small.register.case(case_id)).state is CaseState.PROPOSED
    assert len(await rows(small, PERSONAL[0], ANNA)) == 1


async def test_another_request_that_is_open_is_answered_first(small: City) -> None:
    await small.asked(reference="Z-2026-2")
    case_id = await small.asked()
    with pytest.raises(RegisterError, match="case"):
        await small.approve(await small.propose(case_id))


async def test_a_stronger_ground_noted_after_the_proposal_is_not_what_was_proposed(
    small: City,
) -> None:
    """Else who proposed would by that alone take away what bars it."""
    case_id = await small.asked()
    proposal = await small.propose(case_id, Ground.NOT_NEEDED)
    async with small.register.change(by=world.BY) as change:
        await change.cases.step(case_id, Step.NOTED, detail={"ground": Ground.UNLAWFUL.value})
    with pytest.raises(RegisterError, match="retention"):
        await small.approve(proposal)


async def test_a_hold_on_a_mail_bars_it_as_any_other(small: City) -> None:
    """Such as one that a breach placed, on all that is known of it."""
    await small.plant()
    proposal = await small.propose(await small.asked())
    holds = LogHolds(world.deeds(small.flow.vault).write, "fien")
    on_mail = Held(mail=str(small.own))
    await small.database.write(
        partial(holds.place, held=on_mail, reference="Z-1", by=world.BY, now=NOW)
    )
    with pytest.raises(RegisterError, match="claims") as refused:
        await small.approve(proposal)
    assert refused.value.code is Refusal.ERASURE_BARRED
    assert len(await rows(small, PERSONAL[0], ANNA)) == 1


async def change_regime(change: Change) -> None:
    circumstance = Circumstance(regime=Regime.WI2021, doelgroep=None, duty=Interval())
    await change.dossiers.change(ANNA, circumstance=circumstance)


async def designate(change: Change) -> None:
    await change.designations.designate(ANNA, world.CASPER)


async def withdraw(change: Change) -> None:
    await change.consents.withdraw(ANNA, world.SCHOOL_1)


async def test_nothing_is_added_about_whom_was_erased(small: City) -> None:
    """Their dossier is a number that leads to nobody: a late file or command starts no new one."""
    await small.approve(await small.propose(await small.asked()))
    for add in (change_regime, designate, withdraw):
        with pytest.raises(RegisterError) as refused:
            async with small.register.change(by=world.BY) as change:
                await add(change)
        assert refused.value.code is Refusal.PERSON_ERASED


async def test_without_a_ground_nobody_is_erased(small: City) -> None:
    case_id = await small.asked()
    async with small.register.change(by=world.BY) as change:
        proposal = await change.cases.decide(case_id, Decision(outcome=Outcome.GRANTED))
    with pytest.raises(RegisterError) as refused:
        await small.approve(proposal or "")
    assert refused.value.code is Refusal.NO_ERASURE_GROUND


async def test_papers_of_withdrawn_consent_go_while_the_person_stays(city: City) -> None:
    await city.plant()
    async with city.register.change(by=world.BY) as change:
        await change.consents.withdraw(ANNA, world.SCHOOL_1)
    identity = await rows(city, PERSONAL[0], ANNA)
    events = await rows(city, PERSONAL[-1], ANNA)
    case_id = await city.asked()
    kept = {RefusalGround.OBLIGATION}
    await city.approve(await city.propose(case_id, Ground.CONSENT_WITHDRAWN, refused=kept))
    await city.end.run(NOW)
    assert await rows(city, PERSONAL[0], ANNA) == identity
    assert await rows(city, PERSONAL[-1], ANNA) == events
    async with city.database.reading() as connection:
        assert (await connection.execute(select(consent_scan))).all() == []
        forms = (
            await connection.execute(select(consent_form).where(consent_form.c.dossier_id == ANNA))
        ).all()
    assert {each.sealed for each in forms} == {None}
    assert {each.scan_bytes for each in forms} >= {len(SCAN)}
    assert await city.mail(city.own) is None
    (found,) = await city.certificates()
    assert (found.whole, found.gone["consent_scan"], found.stays[0].article) == (
        False,
        2,
        "17(3)(b)",
    )
    assert marks([found]) == frozenset()
    told = await recipients(city)
    assert [(each.case_id, each.happened, each.contact_id) for each in told] == [
        (case_id, "partly", world.CASPER)
    ]


async def test_who_got_what_rests_on_consent_that_stands_hears_nothing_of_a_part(
    small: City,
) -> None:
    """AVG 19 follows what was erased: no consent ended, so nothing that they got has to go."""
    await small.plant()
    case_id = await small.asked()
    kept = {RefusalGround.OBLIGATION}
    await small.approve(await small.propose(case_id, Ground.CONSENT_WITHDRAWN, refused=kept))
    assert await recipients(small) == []


async def test_what_went_on_the_statutory_ground_is_no_part_of_it(small: City) -> None:
    await small.plant()
    async with small.database.transaction() as connection:
        await connection.execute(update(outcomes).values(ground="statute"))
    async with small.register.change(by=world.BY) as change:
        await change.consents.withdraw(ANNA, world.SCHOOL_1)
    case_id = await small.asked()
    kept = {RefusalGround.OBLIGATION}
    await small.approve(await small.propose(case_id, Ground.CONSENT_WITHDRAWN, refused=kept))
    assert await recipients(small) == []


# --- by itself ---------------------------------------------------------------------------


async def test_who_is_past_the_term_goes_and_nobody_else(city: City) -> None:
    """The tenth, whose duty has ended, under the old act; the fourth and fifth under the new."""
    over = NOW + timedelta(days=3660)
    _, due = await city.retention.due(NOW)
    assert due == []
    _, due = await city.retention.due(over)
    gone = [each.dossier_id for each in due]
    assert gone == ["dossier-10", "dossier-4", "dossier-5"]
    assert await city.retention.erase_due(over) == len(gone)
    assert await city.retention.erase_due(over) == 0
    for dossier_id in EVERYBODY:
        assert (await rows(city, PERSONAL[0], dossier_id) == []) == (dossier_id in gone)
    assert len(await city.end.run(over)) == len(gone)
    found = await city.certificates()
    assert {each.reason for each in found} == {"avg-5-1-e"}
    assert {each.case for each in found} == {""}
    async with city.database.reading() as connection:
        by = (await connection.execute(select(erasure.c.recorded_by).distinct())).scalars().all()
    assert by == [MACHINE]


# --- crashes and restored backups ----------------------------------------------------------


async def test_what_a_crash_left_is_certified_by_the_next_run(city: City) -> None:
    await city.erase()
    assert await city.certificates() == []
    (erased,) = await city.end.run(LATER)
    assert await city.end.run(LATER) == ()
    (found,) = await city.certificates()
    assert (found.erasure, found.number) == (erased, 1)


async def test_who_comes_back_with_an_older_database_is_erased_again(
    small: City, tmp_path: Path
) -> None:
    """By the list beside the database, and where that is gone too, by the certificate."""
    await small.database.empty_journal()
    old = tmp_path / "old.db"
    shutil.copyfile(tmp_path / "taalpoort.db", old)
    await small.erase()
    await small.end.run(NOW)
    listed = ErasedList(tmp_path).marks()
    (found,) = await small.certificates()
    assert set(listed) == {found.mark} == {mark_of(small.flow.vault, ANNA)}
    restored = another_gateway(f"sqlite:///{old}", world.vault())
    try:
        back = replace(small, flow=restored)
        assert len(await rows(back, PERSONAL[0], ANNA)) == 1
        assert await back.retention.again(Erased(), NOW) == 0
        assert await back.retention.again(Erased(marks=frozenset(listed)), NOW) == 1
        assert await back.retention.again(erased([found]), NOW) == 0
        assert await rows(back, PERSONAL[0], ANNA) == []
        assert len(await rows(back, PERSONAL[0], BADR)) == 1
        assert await restored.audit() == []
    finally:
        await restored.close()


async def test_a_legal_hold_that_came_back_keeps_nobody_else(small: City) -> None:
    """The hold was lifted before she was erased, and is there again with the older database."""
    holds = LogHolds(world.deeds(small.flow.vault).write, "fien")
    on_her = partial(holds.place, held=Held(subject=ANNA), reference="Z-1", by=world.BY, now=NOW)
    hold = await small.database.write(on_her)
    back = frozenset(mark_of(small.flow.vault, each) for each in (ANNA, BADR))
    assert await small.retention.again(Erased(marks=back), NOW) == 1
    assert len(await rows(small, PERSONAL[0], ANNA)) == 1
    assert await rows(small, PERSONAL[0], BADR) == []
    await small.database.write(partial(holds.lift, hold_id=hold.hold_id, by=world.BY, now=NOW))
    assert await small.retention.again(Erased(marks=back), NOW) == 1
    assert await rows(small, PERSONAL[0], ANNA) == []


def test_a_list_that_was_cut_off_keeps_its_other_lines(tmp_path: Path) -> None:
    listed = ErasedList(tmp_path)
    listed.add({"a": "1"})
    file = tmp_path / "erased.jsonl"
    file.write_text(file.read_text() + '{"erasure": "2", "ma')
    listed.add({"a": "1", "c": "3"})
    assert dict(listed.marks()) == {"a": "1", "c": "3"}


async def test_what_may_not_be_cleaned_is_named(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """An account that owns the tables and nothing else: the certificate says what is left."""
    async with a_city("postgresql", tmp_path, request) as city:
        assert city.postgres is not None
        name = str(city.database.engine.url.database)
        city.postgres.sql("CREATE ROLE small LOGIN PASSWORD 'small-and-fictitious'")
        for table in sorted(metadata.tables):
            city.postgres.sql(f"ALTER TABLE {table} OWNER TO small", database=name)
        url = city.database.engine.url.set(
            drivername="postgresql", username="small", password="small-and-fictitious"
        )
        own = Database(url.render_as_string(hide_password=False))
        try:
            found = await scrub(own)
        finally:
            await own.close()
            city.postgres.sql("REASSIGN OWNED BY small TO postgres", database=name)
            city.postgres.sql("DROP ROLE small")
    assert (found.cleaned, found.left) == (("tables",), ("statistics", "journal"))


async def test_nothing_is_certified_while_a_reader_keeps_the_journal(
    small: City, tmp_path: Path
) -> None:
    """It would still hold what was erased; the next run finds the reader gone."""
    await small.erase()
    hurried = Database(f"sqlite:///{tmp_path / 'taalpoort.db'}")

    def hurry(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout = 50")

    event.listen(hurried.engine.sync_engine, "connect", hurry)
    busy = replace(small, flow=replace(small.flow, database=hurried))
    try:
        async with small.database.reading() as connection:
            await connection.execute(select(erasure))
            async with small.database.transaction() as writing:
                await writing.execute(text("UPDATE register_state SET revision = revision + 1"))
            with pytest.raises(Retry):
                await busy.end.run(NOW)
    finally:
        await hurried.close()
    assert await small.certificates() == []
    assert len(await small.end.run(NOW)) == 1


# --- what the database itself refuses --------------------------------------------------------


async def test_nothing_goes_without_an_erasure_that_names_the_person(city: City) -> None:
    """Nor with one that names another, nor is anything changed or emptied."""
    await city.plant()
    await city.erase(BADR)
    emptying = [] if city.postgres is None else ["TRUNCATE {} CASCADE"]
    for table in (*PERSONAL, consent_form, consent_scan):
        for attempt in ("DELETE FROM {}", "UPDATE {} SET recorded_by = 'x'", *emptying):
            with pytest.raises(DBAPIError, match="only appended to"):
                async with city.database.engine.begin() as connection:
                    await connection.execute(text(attempt.format(table.name)))


# --- certificates --------------------------------------------------------------------------


async def test_a_certificate_is_signed_by_the_log_and_names_nobody(small: City) -> None:
    await small.plant()
    await small.erase()
    await small.end.run(NOW)
    async with small.database.reading() as connection:
        note = bytes(await connection.scalar(text("SELECT note FROM erasure_certificate")) or b"")
    found = read_certificate(note, LOG_KEY.public)
    person = world.identity(1)
    for word in (ANNA, person.dossierkenmerk, person.geslachtsnaam, person.voornamen):
        assert word.encode() not in note
    assert found.backups_until == (NOW + timedelta(days=35)).isoformat(timespec="seconds")
    assert {each.what for each in found.stays} >= {"log", "deeds", "number", "codes", "case"}
    for wrong in (
        note.replace(b'"waiting": 1', b'"waiting": 0'),
        note.replace(b"certificate 1\n", b"certificate 2\n"),
        note[:-20],
        b"",
    ):
        with pytest.raises(CertificateError):
            read_certificate(wrong, LOG_KEY.public)
    with pytest.raises(CertificateError, match="no known key"):
        read_certificate(note, new_log_key("other.example/taalpoort").public)


async def test_a_certificate_stays_as_it_was_signed(city: City) -> None:
    await city.erase()
    await city.end.run(NOW)
    for change in (
        text("UPDATE erasure_certificate SET waiting = 9"),
        text("DELETE FROM erasure_certificate"),
        text("UPDATE erasure SET reason = 'x'"),
        text("DELETE FROM erasure"),
    ):
        with pytest.raises(DBAPIError, match="only appended to"):
            async with city.database.engine.begin() as connection:
                await connection.execute(change)


# --- any of them -----------------------------------------------------------------------------


@given(st.sets(st.sampled_from(EVERYBODY)))
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
async def test_whoever_is_erased_everybody_else_reads_as_before(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, gone: set[str]
) -> None:
    folder = tmp_path_factory.mktemp("subset")
    async with a_city("sqlite", folder, request) as city:
        before = {
            (table.name, each): await rows(city, table, each)
            for table in PERSONAL
            for each in EVERYBODY
        }
        for number, each in enumerate(sorted(gone)):
            await city.erase(each, f"Z-2026-{number}")
        await city.end.run(NOW)
        for (name, each), kept in before.items():
            table = next(table for table in PERSONAL if table.name == name)
            assert await rows(city, table, each) == ([] if each in gone else kept)
        for record in await city.register.dossiers():
            assert (record.identity is None) == (record.history.dossier_id in gone)
        assert len(await city.certificates()) == len(gone)
