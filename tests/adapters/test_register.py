"""The administration of the register: what it keeps, how, and what it refuses."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Executable, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from gateway.adapters import tables_register as tables
from gateway.adapters.database import Database, metadata
from gateway.adapters.database_register import Register, check_master_key
from gateway.adapters.database_registry import DatabaseRegistry
from gateway.adapters.memory_registry import MemoryRegister
from gateway.adapters.register_rows import read_roster
from gateway.adapters.vault import MasterKeyError, Vault
from gateway.domain.audit import Action
from gateway.domain.bijsluiter import Doelgroep, Regime
from gateway.domain.consent import ConsentCategory, ConsentKind
from gateway.domain.histories import Circumstance, Identity
from gateway.domain.parties import Interval, Role, Side, Standing
from gateway.domain.register import Refusal, RegisterError
from gateway.domain.shared_mailbox import is_shared
from gateway.domain.stops import Reason, Retry
from tests import generators, world
from tests.databases import KINDS, with_world_if_asked
from tests.deeds import deeds_on_record, looks
from tests.world import CARLA, CASPER, MUNICIPALITY, SAAR, SAM, SCHOOL_1, SOFIE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from sqlalchemy import Table

    from gateway.adapters.register_change import Change
    from tests.world import AnyRegister

INSTANT = generators.INSTANT
DAY = timedelta(days=1)


@pytest.fixture(params=KINDS)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """Empty, but for tests that ask for the `register` too."""
    async with with_world_if_asked(
        request, tmp_path, kept, named="small world, never moved"
    ) as opened:
        yield opened


def kept(database: Database) -> Register:
    return Register(
        database,
        world.vault(),
        world.Clock(),
        world.describe_marker,
        forms=world.forms,
        deeds=world.deeds(),
    )


@pytest.fixture
async def register(database: Database) -> Register:
    """The small world, in a database."""
    return kept(database)


# --- append-only -----------------------------------------------------------------


async def test_what_is_on_record_can_be_neither_changed_nor_removed(
    database: Database, register: Register
) -> None:
    """Not through the gateway's own connection either: the database itself refuses."""
    async with register.change(by="test") as change:
        period = Interval(start=INSTANT, end=INSTANT + DAY)
        await change.designations.substitute("dossier-1", SAM, period)
    async with database.transaction() as connection:
        # As versions before the log of deeds recorded a look; what they wrote stays.
        earlier = {"consulted_at": 0, "consulted_by": "test", "what": "x", "about_id": "dossier-1"}
        await connection.execute(insert(tables.consultation).values(earlier))
    for table in tables.APPEND_ONLY:
        before = await register.recorded(table)
        assert before, table.name
        for statement in _tampering(table, database.dialect):
            with pytest.raises(DBAPIError, match="only appended to"):
                async with database.engine.begin() as connection:
                    await connection.execute(statement)
        assert await register.recorded(table) == before


def _tampering(table: Table, dialect: str) -> list[Executable]:
    column = table.primary_key.columns[0]
    truncating = text(f"TRUNCATE {table.name} CASCADE")
    changing: list[Executable] = [update(table).values({column: column}), delete(table)]
    return [*changing, truncating] if dialect == "postgresql" else changing


async def test_every_change_says_who_when_and_in_which_revision(register: Register) -> None:
    """The operator, the clock's time, and one revision for what was done together."""
    async with register.change(by="tess  TESTPERSOON") as change:
        await change.parties.set_standing(SCHOOL_1, Standing.SUSPENDED, valid_from=INSTANT + DAY)
        await change.parties.rename(SCHOOL_1, "Taalschool De Nieuwe Proef")
    rows = [
        (await register.recorded(table, party_id=SCHOOL_1))[-1]
        for table in (tables.party_standing, tables.party_name)
    ]
    for row in rows:
        assert row["recorded_by"] == "test"
        assert row["recorded_at"] == tables.stamp(INSTANT)
        assert row["revision"] == world.BUILT + 1
    assert [row["valid_from"] for row in rows] == [
        tables.stamp(INSTANT + DAY),
        tables.stamp(INSTANT),
    ]


async def test_a_history_is_read_as_of_any_instant(register: Register) -> None:
    """A late change with an early date counts from its date, and the later one stays."""
    async with register.change(by="test") as change:
        for standing, days in ((Standing.LEFT, 10), (Standing.SUSPENDED, -20), (Standing.NONE, 0)):
            start = INSTANT + days * DAY
            await change.parties.set_standing(SCHOOL_1, standing, valid_from=start)
    party = (await register.roster()).parties[SCHOOL_1]
    for days, expected in (
        (-21, Standing.ACTIVE),
        (-20, Standing.SUSPENDED),
        (-1, Standing.SUSPENDED),
        (0, Standing.NONE),
        (9, Standing.NONE),
        (10, Standing.LEFT),
    ):
        assert party.at(INSTANT + days * DAY).standing is expected


# --- at rest ------------------------------------------------------------------------


async def test_no_name_birth_date_or_kenmerk_lies_in_the_database(tmp_path: Path) -> None:
    """Neither in a row nor in any page of the file, the write-ahead log included."""
    file = tmp_path / "rest.db"
    database = Database(f"sqlite:///{file}")
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    register = Register(
        database,
        world.vault(),
        world.Clock(),
        world.describe_marker,
        forms=world.forms,
        deeds=world.deeds(),
    )
    await world.build(register)
    secrets = [
        value.encode()
        for number in world.DOSSIERS
        for value in (
            world.identity(number).dossierkenmerk,
            world.identity(number).geboortedatum,
        )
    ]
    content = b"".join(map(Path.read_bytes, _files(tmp_path)))
    assert b"dossier-1" in content
    assert [secret for secret in secrets if secret in content] == []
    await database.close()


def _files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_another_master_key_is_noticed_before_it_does_harm(database: Database) -> None:
    """It would find no dossier, and seal new ones apart from the old."""
    await check_master_key(database, world.vault())
    register = Register(
        database,
        world.vault(),
        world.Clock(),
        world.describe_marker,
        forms=world.forms,
        deeds=world.deeds(),
    )
    await world.build(register)
    await check_master_key(database, world.vault())
    other = Vault(bytes(range(100, 132)))
    with pytest.raises(MasterKeyError):
        await check_master_key(database, other)
    wrong = Register(
        database,
        other,
        world.Clock(),
        world.describe_marker,
        forms=world.forms,
        deeds=world.deeds(other),
    )
    await refused(wrong, Refusal.OTHER_MASTER_KEY, lambda _change: asyncio.sleep(0))
    assert (await register.roster()).revision == world.BUILT


async def test_looking_at_personal_data_is_on_record(
    register: Register, database: Database
) -> None:
    """Who, when, whose (BIO2 8.15)."""
    await register.consulted(
        by="Pim Proefpersoon", action=Action.DOSSIER_LISTED, ids=["dossier-1", "dossier-2"]
    )
    await register.consulted(by="Pim Proefpersoon", action=Action.DOSSIER_LISTED, ids=[])
    assert looks(await deeds_on_record(database, world.vault())) == [
        ("another", "register.dossiers-listed", "dossier-1"),
        ("another", "register.dossiers-listed", "dossier-2"),
    ]


# --- reading back ---------------------------------------------------------------------


async def test_dossiers_are_read_back_with_their_person(register: Register) -> None:
    """By dossierkenmerk whatever its case, by id, and all of them."""
    found = await register.dossier("demo-0004")
    assert found is not None
    assert found.identity == world.identity(4)
    assert found.history.dossier_id == "dossier-4"
    again = await register.dossier_by_id("dossier-4")
    assert again is not None
    assert again.identity == found.identity
    assert await register.dossier("DEMO-9999") is None
    assert await register.dossier_by_id("dossier-99") is None
    everybody = await register.dossiers()
    assert {each.history.dossier_id for each in everybody} == {
        f"dossier-{number}" for number in world.DOSSIERS
    }


# --- what it refuses -------------------------------------------------------------------


async def refused(
    register: AnyRegister, code: Refusal, deed: Callable[[Change], Awaitable[object]]
) -> None:
    """Doing this is refused with this code, with a text in both languages."""

    async def attempt() -> None:
        async with register.change(by="test") as change:
            await deed(change)

    with pytest.raises(RegisterError) as error:
        await attempt()
    assert error.value.code is code
    assert len(error.value.text) > 15
    assert len(error.value.nl) > 15


def contact(**differently: object) -> Callable[[Change], Awaitable[str]]:
    """Adding an ordinary casemanager, but differently."""
    ordinary: dict[str, object] = {
        "party_id": MUNICIPALITY,
        "name": "Nieuw Persoon",
        "address": "nieuw@gemeente.example",
        "role": Role.CASEMANAGER,
    }
    arguments = {**ordinary, **differently}
    return lambda change: change.contacts.add(**arguments)  # type: ignore[arg-type]  # wrong on purpose


def party(**differently: object) -> Callable[[Change], Awaitable[str]]:
    """Adding an ordinary school, but differently."""
    ordinary: dict[str, object] = {
        "side": Side.PROVIDER,
        "name": "Nieuwe School",
        "instellingsnummer": "00VB000009",
        "standing": Standing.ASPIRANT,
    }
    arguments = {**ordinary, **differently}
    return lambda change: change.parties.add(**arguments)  # type: ignore[arg-type]  # wrong on purpose


def dossier(**differently: str) -> Callable[[Change], Awaitable[str]]:
    """Adding an ordinary dossier of somebody else."""
    ordinary = {"dossierkenmerk": "N-1", "geslachtsnaam": "Nieuw", "geboortedatum": "1990"}
    return lambda change: change.dossiers.add(
        identity=Identity(**{**ordinary, **differently}),
        regime=Regime.WI2013,
        doelgroep=Doelgroep.ASIEL,
        duty=Interval(),
    )


GIVEN = ConsentKind.GIVEN
T1 = (ConsentCategory.T1,)
NAIVE = INSTANT.replace(tzinfo=None)
REFUSED: list[tuple[Refusal, Callable[[Change], Awaitable[object]]]] = [
    (Refusal.BAD_INSTELLINGSNUMMER, party(instellingsnummer="123")),
    (Refusal.BAD_INSTELLINGSNUMMER, party(instellingsnummer="00vb000009")),
    (Refusal.INSTELLINGSNUMMER_TAKEN, party(instellingsnummer=generators.INSTELLINGSNUMMER)),
    (Refusal.BAD_NAME, party(name="  ")),
    (Refusal.BAD_NAME, party(name="School\nBcc: x")),
    (Refusal.BAD_NAME, party(name="x" * 201)),
    (Refusal.BAD_ID, party(party_id="Hoofdletter")),
    (Refusal.ID_TAKEN, party(party_id=SCHOOL_1)),
    (Refusal.PERIOD_EMPTY, party(term=Interval(start=INSTANT))),
    (Refusal.PERIOD_EMPTY, party(term=Interval(start=INSTANT, end=INSTANT))),
    (Refusal.NO_TIME_ZONE, party(valid_from=NAIVE)),
    (Refusal.NO_TIME_ZONE, party(term=Interval(start=NAIVE, end=NAIVE + DAY))),
    (Refusal.UNKNOWN_PARTY, lambda c: c.parties.set_standing("school-9", Standing.LEFT)),
    (Refusal.UNKNOWN_PARTY, lambda c: c.parties.find("00VB000099")),
    (Refusal.UNKNOWN_PARTY, contact(party_id="school-9")),
    (Refusal.BAD_ADDRESS, contact(address="geen adres")),
    (Refusal.BAD_ADDRESS, contact(address="a@b")),
    (Refusal.BAD_ADDRESS, contact(address="a@gemeente.example\r\nBcc: b@c.example")),
    (Refusal.BAD_ADDRESS, contact(address="Naam <a@gemeente.example>")),
    (Refusal.BAD_ADDRESS, contact(address="a@gemeente.example,b@gemeente.example")),
    (Refusal.ADDRESS_TAKEN, contact(address="CASPER@gemeente.example")),
    (Refusal.ROLE_ADDRESS, contact(address="info@gemeente.example")),
    (Refusal.ROLE_ADDRESS, contact(address="team.inburgering@gemeente.example")),
    (Refusal.ROLE_ON_OTHER_SIDE, contact(role=Role.CONTACTPERSOON)),
    (Refusal.ROLE_ON_OTHER_SIDE, contact(party_id=SCHOOL_1)),
    (Refusal.PERIOD_EMPTY, contact(bound=Interval(start=INSTANT, end=INSTANT - DAY))),
    (Refusal.KEY_REFUSED, contact(certificate=b"rubbish")),
    (Refusal.KEY_TAKEN, contact(certificate=world.marker(CASPER))),
    (Refusal.UNKNOWN_CONTACT, lambda c: c.contacts.change("contact-99", name="x")),
    (Refusal.UNKNOWN_CONTACT, lambda c: c.contacts.find("niemand@gemeente.example")),
    (Refusal.UNKNOWN_CONTACT, lambda c: c.contacts.end(SAAR, valid_from=INSTANT - 900 * DAY)),
    (Refusal.ADDRESS_TAKEN, lambda c: c.contacts.change(SAM, address="saar@taalschool.example")),
    (Refusal.NO_KEY, lambda c: c.contacts.revoke(SAAR, at=INSTANT - 900 * DAY)),
    (Refusal.BAD_DOSSIERKENMERK, dossier(dossierkenmerk="met spatie")),
    (Refusal.BAD_DOSSIERKENMERK, dossier(dossierkenmerk="x" * 41)),
    (Refusal.DOSSIERKENMERK_TAKEN, dossier(dossierkenmerk="demo-0001")),
    (Refusal.BAD_IDENTITY, dossier(geslachtsnaam="")),
    (Refusal.BAD_IDENTITY, dossier(geboortedatum="01-02-1990")),
    (Refusal.BAD_IDENTITY, dossier(geboortedatum="1990-13")),
    (Refusal.BAD_IDENTITY, dossier(email="a\x00b")),
    (Refusal.UNKNOWN_DOSSIER, lambda c: c.designations.designate("dossier-99", CASPER)),
    (Refusal.UNKNOWN_DOSSIER, lambda c: c.dossiers.find("DEMO-9999")),
    (Refusal.UNKNOWN_CONTACT, lambda c: c.designations.designate("dossier-1", "contact-99")),
    (Refusal.NOT_DESIGNABLE, lambda c: c.designations.designate("dossier-1", world.OFFICER)),
    (
        Refusal.NOT_DESIGNABLE,
        lambda c: c.designations.designate("dossier-1", world.RELATIEBEHEERDER),
    ),
    (Refusal.NO_DESIGNATION, lambda c: c.designations.vacate("dossier-12", Side.MUNICIPALITY)),
    (Refusal.UNKNOWN_SUBSTITUTION, lambda c: c.designations.end_substitution("x")),
    (
        Refusal.NOT_A_PROVIDER,
        lambda c: c.consents.record("dossier-1", MUNICIPALITY, GIVEN, categories=T1),
    ),
    (Refusal.CONSENT_WITHOUT_ROWS, lambda c: c.consents.record("dossier-1", SCHOOL_1, GIVEN)),
    (
        Refusal.UNKNOWN_PARTY,
        lambda c: c.consents.record("dossier-1", "school-9", GIVEN, categories=T1),
    ),
    (Refusal.UNKNOWN_DOSSIER, lambda c: c.consents.record("d", SCHOOL_1, GIVEN, categories=T1)),
]


@pytest.fixture
async def in_memory() -> MemoryRegister:
    """The small world in memory: the rules are the same ones."""
    made = MemoryRegister(world.vault(), world.Clock(), world.describe_marker, forms=world.forms)
    await world.build_in_memory(made, named="never moved")
    return made


@pytest.mark.parametrize(("code", "deed"), REFUSED)
async def test_what_the_register_refuses(
    in_memory: MemoryRegister, code: Refusal, deed: Callable[[Change], Awaitable[object]]
) -> None:
    await refused(in_memory, code, deed)


@pytest.mark.parametrize(("code", "deed"), REFUSED[::4])
async def test_the_database_refuses_it_too(
    register: Register, code: Refusal, deed: Callable[[Change], Awaitable[object]]
) -> None:
    await refused(register, code, deed)
    assert (await register.roster()).revision == world.BUILT


async def test_a_form_is_named(in_memory: MemoryRegister) -> None:
    """Version, language, who expressed it, and a proof that is a digest."""
    for form in (
        {"form_version": ""},
        {"form_language": "Nederlands"},
        {"expressed_by": "de buurman"},
        {"proof_sha256": "geen bewijs"},
    ):
        record = partial(_record, form)
        await refused(in_memory, Refusal.BAD_FORM, record)


def _record(form: dict[str, str], change: Change) -> Awaitable[None]:
    arguments: dict[str, Any] = {"categories": T1, **form}
    return change.consents.record("dossier-1", SCHOOL_1, GIVEN, **arguments)


async def test_a_substitute_fits_the_place(in_memory: MemoryRegister) -> None:
    """Of the same party, somebody else, one at a time, for a period with both bounds."""

    def attempt(contact_id: str, start: int, end: int) -> Callable[[Change], Awaitable[str]]:
        period = Interval(start=INSTANT + start * DAY, end=INSTANT + end * DAY)
        return lambda change: change.designations.substitute("dossier-1", contact_id, period)

    await refused(in_memory, Refusal.PERIOD_EMPTY, attempt(SAM, 2, 1))
    await refused(in_memory, Refusal.SUBSTITUTE_OF_OTHER_PARTY, attempt(SOFIE, 1, 2))
    await refused(in_memory, Refusal.SUBSTITUTE_IS_DESIGNATED, attempt(SAAR, 1, 2))
    await refused(in_memory, Refusal.NOT_DESIGNABLE, attempt(world.OFFICER, 1, 2))
    await refused(
        in_memory,
        Refusal.NO_DESIGNATION,
        lambda c: c.designations.substitute(
            "dossier-12", CARLA, Interval(start=INSTANT, end=INSTANT + DAY)
        ),
    )
    async with in_memory.change(by="test") as change:
        await attempt(SAM, 5, 10)(change)
    for start, end in ((4, 6), (5, 10), (6, 7), (9, 12), (1, 20)):
        await refused(in_memory, Refusal.SUBSTITUTES_OVERLAP, attempt(SAM, start, end))
    async with in_memory.change(by="test") as change:
        await attempt(SAM, 10, 12)(change)
        await attempt(SAM, 3, 5)(change)


@pytest.mark.parametrize(
    ("marker", "code"),
    [
        (world.Marker("A" * 40, expires=INSTANT), Refusal.KEY_UNUSABLE),
        (world.Marker("A" * 40, revoked=True), Refusal.KEY_UNUSABLE),
        (world.Marker("A" * 40, can_encrypt=False), Refusal.KEY_UNUSABLE),
        (world.Marker("A" * 40, emails=("else@taalschool.example",)), Refusal.KEY_OF_OTHER_ADDRESS),
    ],
)
async def test_a_key_that_cannot_be_meant_is_refused(marker: world.Marker, code: Refusal) -> None:
    register = MemoryRegister(
        world.vault(),
        world.Clock(),
        lambda given: marker if given == b"new" else world.describe_marker(given),
        forms=world.forms,
    )
    await world.build(register)
    await refused(register, code, lambda change: change.contacts.propose_key(SAAR, b"new"))


async def test_a_key_of_another_address_is_taken_when_it_is_meant() -> None:
    marker = world.Marker("A" * 40, b"own", emails=("Saar@TAALSCHOOL.example", "b@c.example"))
    other = world.Marker("B" * 40, b"other", emails=("else@taalschool.example",))
    register = MemoryRegister(
        world.vault(),
        world.Clock(),
        lambda given: {b"own": marker, b"other": other}.get(given) or world.describe_marker(given),
        forms=world.forms,
    )
    await world.build(register)
    assert await world.pin(register, SAAR, b"own") == "A" * 40
    async with register.change(by="test") as change:
        await change.contacts.propose_key(SAAR, b"other", other_address=True)
    await world.confirm_keys(register)
    key = (await read_roster(register.rows)).contacts[SAAR].keys.as_of(INSTANT)
    assert key is not None
    assert key.fingerprint == "B" * 40


async def test_a_nameless_operator_is_refused(in_memory: MemoryRegister) -> None:
    for by in ("", "   ", "x" * 101, "a\nb", "nobody", "Nie Mand"):
        with pytest.raises(RegisterError, match="unknown-operator"):
            async with in_memory.change(by=by):
                pass


async def test_an_address_and_a_key_are_free_again_once_their_holder_is_gone(
    in_memory: MemoryRegister,
) -> None:
    async with in_memory.change(by="test") as change:
        await change.contacts.end(SAM, valid_from=INSTANT)
        await change.contacts.unpin(SAM, valid_from=INSTANT)
        await change.contacts.change(SAAR, address="sam@taalschool.example", valid_from=INSTANT)
    await world.pin(in_memory, SAAR, world.marker(SAM))


async def test_an_erased_person_cannot_be_written_to(
    register: Register, database: Database
) -> None:
    gone = {"wrapped_key": None, "destroyed_at": 1, "destroyed_by": "test"}
    async with database.transaction() as connection:
        mine = tables.dossier_secret.c.dossier_id == "dossier-1"
        await connection.execute(update(tables.dossier_secret).where(mine).values(**gone))
    await refused(
        register,
        Refusal.PERSON_ERASED,
        lambda change: change.dossiers.identify("dossier-1", world.identity(1)),
    )
    record = await register.dossier_by_id("dossier-1")
    assert record is not None
    assert record.identity is None
    assert await register.dossier("DEMO-0001") is None


@pytest.mark.parametrize(
    ("address", "shared"),
    [
        ("info@school.example", True),
        ("Info@school.example", True),
        ("administratie@school.example", True),
        ("no-reply@school.example", True),
        ("noreply@school.example", True),
        ("no.reply@school.example", True),
        ("team-taal@school.example", True),
        ("inburgering@gemeente.example", True),
        ("secretariaat.west@school.example", True),
        ("helpdesk2@school.example", True),
        ("info+jan@school.example", True),
        ("jan.de.vries@school.example", False),
        ("j.school@school.example", False),
        ("informant@school.example", False),
        ("a.post@school.example", False),
        ("jan+info@school.example", False),
        ("teamo@school.example", False),
    ],
)
def test_which_addresses_look_shared(address: str, shared: bool) -> None:
    assert is_shared(address) is shared


# --- together, and in trouble -------------------------------------------------------------


async def test_changes_made_together_are_made_one_after_the_other(
    register: Register, database: Database
) -> None:
    """Ten operators want one address; one gets it, and every revision is one change."""
    second = Database(database.engine.url.render_as_string(hide_password=False))
    other = Register(
        second,
        world.vault(),
        world.Clock(),
        world.describe_marker,
        forms=world.forms,
        deeds=world.deeds(),
    )
    try:
        done = await asyncio.gather(
            *(
                _attempt(each, contact(address="zelfde@gemeente.example"))
                for _ in range(5)
                for each in (register, other)
            )
        )
    finally:
        await second.close()
    assert sorted(done, key=str) == [None, *([Refusal.ADDRESS_TAKEN] * 9)]
    assert (await register.roster()).revision == world.BUILT + 1


async def _attempt(
    register: Register, deed: Callable[[Change], Awaitable[object]]
) -> Refusal | None:
    try:
        async with register.change(by="test") as change:
            await deed(change)
    except RegisterError as error:
        return error.code
    return None


async def test_readers_see_whole_changes_only(register: Register, database: Database) -> None:
    """While standing and group change together, nobody reads one without the other."""
    registry = DatabaseRegistry(database, world.vault())

    async def write() -> None:
        for number in range(12):
            asiel = number % 2 == 0
            group = Doelgroep.ASIEL if asiel else Doelgroep.GEZIN_OVERIG
            standing = Standing.ASPIRANT if asiel else Standing.SUSPENDED
            async with register.change(by="test") as change:
                await change.parties.set_standing(SCHOOL_1, standing)
                await change.dossiers.change(
                    "dossier-1",
                    circumstance=Circumstance(
                        regime=Regime.WI2013, doelgroep=group, duty=Interval()
                    ),
                )

    seen: set[tuple[object, object]] = set()
    writing = asyncio.create_task(write())
    while not (writing.done() and seen):
        facts = await registry.facts_for(SAAR, "dossier-1", INSTANT)
        assert facts.dossier is not None
        if facts.revision > world.BUILT:
            seen.add((facts.dossier.doelgroep, facts.sender.party.standing))
        await asyncio.sleep(0)
    await writing
    assert seen <= {
        (Doelgroep.ASIEL, Standing.ASPIRANT),
        (Doelgroep.GEZIN_OVERIG, Standing.SUSPENDED),
    }
    assert seen


@pytest.mark.parametrize("where", ["sqlite:///{}", "postgresql://postgres:secret@127.0.0.1:9/x"])
async def test_a_database_in_trouble_is_unreachable_and_says_nothing(
    tmp_path: Path, where: str
) -> None:
    """No statement, no parameter: those carry personal data."""
    database = Database(where.format(tmp_path / "empty.db"))
    register = Register(
        database,
        world.vault(),
        world.Clock(),
        world.describe_marker,
        forms=world.forms,
        deeds=world.deeds(),
    )
    registry = DatabaseRegistry(database, world.vault())
    for reading in (
        register.roster,
        lambda: register.dossier("DEMO-0001"),
        registry.keyring,
        lambda: registry.holders("A" * 40, INSTANT),
        lambda: registry.officers(INSTANT),
        lambda: registry.facts_for(SAAR, "dossier-1", INSTANT),
        lambda: _attempt(register, party()),
    ):
        with pytest.raises(Retry) as stop:
            await reading()
        assert stop.value.reasons == (Reason.UNREACHABLE,)
        assert "DEMO" not in f"{stop.value!r} {stop.value.__cause__}"
    await database.close()


async def test_the_index_finds_nothing_without_the_key(database: Database) -> None:
    """Whoever has the database alone cannot ask it for a dossierkenmerk."""
    register = Register(
        database,
        world.vault(),
        world.Clock(),
        world.describe_marker,
        forms=world.forms,
        deeds=world.deeds(),
    )
    await world.build(register)
    async with database.reading() as connection:
        found = await connection.execute(select(tables.dossier_index.c.kenmerk_index))
        stored = {bytes(row[0]) for row in found}
    assert world.vault().blind_index("DEMO-0001") in stored
    assert Vault(bytes(range(100, 132))).blind_index("DEMO-0001") not in stored
