"""Import from CSV: all of it or nothing, every faulty row named, no value ever repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.csv_cells import MAX_BYTES, Cells, read_cells
from gateway.adapters.csv_import import LAYOUTS
from gateway.adapters.database_register import Register
from gateway.domain.consent import ConsentState
from gateway.domain.importing import CsvFaultsError, Kind, RowFault
from gateway.domain.moments import moment
from gateway.domain.parties import Role, Side, Standing
from tests import generators, world
from tests.databases import KINDS, fresh

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

INSTANT = generators.INSTANT
BOM = b"\xef\xbb\xbf"
PARTIES = """\
side,name,instellingsnummer,standing,term_start,term_end,valid_from,id
municipality,Gemeente Voorbeeldstad,0000000518,active,2025-01-01,2027-01-01,2025-01-01,gemeente
provider,"Taalschool ""De Proef"", West",00VB000001,Aspirant,2025-01-01,2027-01-01,2025-01-01,
"""
CONTACTS = """\
party;name;address;role;bound_start;certificate;valid_from
0000000518;Casper V;casper@gemeente.example;casemanager;2025-01-01;certificate of c;2025-01-01
00VB000001;Saar Proefdocent;saar@taalschool.example;contactpersoon;2025-01-01;;2025-01-01
00VB000001;Sam Voorbeeldleraar;sam@taalschool.example;contactpersoon;;;2025-01-01
"""
DOSSIERS = """\
dossierkenmerk,geslachtsnaam,voorvoegsel,geboortedatum,regime,doelgroep,duty_start,duty_end,valid_from
IMP-1,Verzonnen,van der,1980-02,WI2013,Asielstatushouder,2024-01-01,2027-01-01,2025-01-01
IMP-2,Denkbeeld,,1991-05-06,WI2021,Gezinsmigrant en overige migrant,,,2025-01-01
IMP-3,Fictief,,1970,,,,,2025-01-01
"""
DESIGNATIONS = """\
dossierkenmerk,contact,valid_from,substitute_from,substitute_until
IMP-1,saar@taalschool.example,2025-01-02,,
imp-1,Casper@gemeente.example,2025-01-02,,
IMP-1,sam@taalschool.example,,2026-02-01,2026-03-01
"""
CONSENTS = """\
dossierkenmerk,provider,event,categories,form_version,valid_from,interpreter,extra,partner
IMP-1,00VB000001,given,T1 t2 T4,bijlage-2,2025-01-03,ja,P4,none
IMP-1,00VB000001,withdrawn,T4,bijlage-2,2025-06-01,,,
"""
FILES = {
    Kind.PARTIES: PARTIES,
    Kind.CONTACTS: CONTACTS,
    Kind.DOSSIERS: DOSSIERS,
    Kind.DESIGNATIONS: DESIGNATIONS,
    Kind.CONSENTS: CONSENTS,
}


@pytest.fixture(params=KINDS)
async def register(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Register]:
    async with fresh(request.param, tmp_path, request) as database:
        made = Register(
            database,
            world.vault(),
            world.Clock(),
            world.describe_marker,
            forms=world.forms,
            deeds=world.deeds(),
        )
        await world.found(made)
        yield made


async def fill(register: Register, *, until: Kind | None = None) -> None:
    """Import the ordinary files in their order, up to but not including `until`."""
    for kind, content in FILES.items():
        if kind is until:
            return
        await register.import_csv(kind, content.encode(), by="test")


async def faults(register: Register, kind: Kind, content: str | bytes) -> list[tuple[int, str]]:
    """Line and column of every fault; nothing may be on record afterwards."""
    before = (await register.roster()).revision
    data = content if isinstance(content, bytes) else content.encode()
    with pytest.raises(CsvFaultsError) as refused:
        await register.import_csv(kind, data, by="test")
    assert (await register.roster()).revision == before
    for fault in refused.value.faults:
        assert fault.text
        assert fault.nl
    return [(fault.line, fault.column) for fault in refused.value.faults]


# --- what comes in ----------------------------------------------------------------


async def test_a_whole_register_from_five_files(register: Register) -> None:
    """Commas and semicolons, quotes, words in any case, empty cells, Dutch days."""
    await fill(register)
    roster = await register.roster()
    school = next(p for p in roster.parties.values() if p.side is Side.PROVIDER).at(INSTANT)
    assert school.name == 'Taalschool "De Proef", West'
    assert school.standing is Standing.ASPIRANT
    assert school.term.start == moment("2025-01-01")
    contacts = {contact.name.split()[0]: contact for contact in roster.present(INSTANT)}
    assert [each.key for each in contacts.values()] == [None, None, None]
    (proposed,) = await register.proposals()
    assert proposed.subject == contacts["Casper"].contact_id
    assert contacts["Saar"].role is Role.CONTACTPERSOON
    assert contacts["Saar"].is_bound(INSTANT)
    assert not contacts["Sam"].is_bound(INSTANT)
    record = await register.dossier("IMP-1")
    assert record is not None
    assert record.identity is not None
    assert (record.identity.voorvoegsel, record.identity.geboortedatum) == ("van der", "1980-02")
    designated = record.history.designated(Side.MUNICIPALITY, INSTANT)
    assert designated is not None
    assert designated.contact_id == contacts["Casper"].contact_id
    assert record.history.substitutions[0].contact_id == contacts["Sam"].contact_id
    events = [each.event for each in record.history.consents]
    assert [sorted(event.categories) for event in events] == [["T1", "T2", "T4"], ["T4"]]
    assert events[0].extra == {"P4"}
    assert ConsentState(events[0].kind) is ConsentState.GIVEN
    unknown = await register.dossier("IMP-3")
    assert unknown is not None
    circumstance = unknown.history.circumstances.as_of(INSTANT)
    assert circumstance is not None
    assert circumstance.regime is None


@pytest.mark.parametrize(
    "change",
    [
        lambda text: BOM + text.encode(),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace(",", ";").encode(),
        lambda text: text.rstrip("\n").encode(),
        lambda text: (text + "\n,,,,,,,,\n   \n").encode(),
        lambda text: text.replace("geslachtsnaam", " Geslachtsnaam ").encode(),
    ],
)
def test_files_as_spreadsheets_write_them(change: object) -> None:
    assert callable(change)
    made = list(read_cells(change(DOSSIERS), *_columns(Kind.DOSSIERS)))
    assert [row.needed("dossierkenmerk") for row in made if isinstance(row, Cells)] == [
        "IMP-1",
        "IMP-2",
        "IMP-3",
    ]
    assert len(made) == 3


async def test_a_dry_run_checks_everything_and_keeps_nothing(register: Register) -> None:
    await fill(register, until=Kind.DOSSIERS)
    before = (await register.roster()).revision
    dry = await register.import_csv(Kind.DOSSIERS, DOSSIERS.encode(), by="test", dry_run=True)
    assert (dry.rows, dry.opened) == (3, None)
    assert (await register.roster()).revision == before
    assert await register.dossiers() == []
    with pytest.raises(CsvFaultsError):
        await register.import_csv(
            Kind.DOSSIERS, DOSSIERS.replace("1980-02", "x").encode(), by="test", dry_run=True
        )


async def test_an_import_is_one_change_by_one_operator(register: Register) -> None:
    await fill(register)
    assert (await register.roster()).revision == len(FILES) + 2


# --- what does not --------------------------------------------------------------------


async def test_every_faulty_row_is_named_and_nothing_is_imported(register: Register) -> None:
    await fill(register, until=Kind.DOSSIERS)
    head = DOSSIERS.splitlines()[0]
    rows = [
        "GOED-1,Verzonnen,,1980,WI2013,Asielstatushouder,,,",
        "met spatie,Verzonnen,,1980,WI2013,Asielstatushouder,,,",
        "IMP-9,,,1980,WI2013,Asielstatushouder,,,",
        "IMP-9,Verzonnen,,1 mei 1980,WI2013,Asielstatushouder,,,",
        "IMP-9,Verzonnen,,1980,Wi2099,Asielstatushouder,,,",
        "IMP-9,Verzonnen,,1980,WI2013,vluchteling,,,",
        "IMP-9,Verzonnen,,1980,WI2013,Asielstatushouder,2026-01-01,2025-01-01,",
        "IMP-9,Verzonnen,,1980,WI2013,Asielstatushouder,1-1-2026,,",
        "IMP-9,Verzonnen,,1980,WI2013",
        "goed-1,Verzonnen,,1980,WI2013,Asielstatushouder,,,",
        '"GOED-2","Met\nregel",,1980,WI2013,Asielstatushouder,,,',
        "GOED-3,Verzonnen,,1980,WI2013,Asielstatushouder,,,2026-01-01T10:00:00",
    ]
    found = await faults(register, Kind.DOSSIERS, "\n".join([head, *rows, ""]))
    assert found == [
        (3, "dossierkenmerk"),
        (4, "geslachtsnaam"),
        (5, "geslachtsnaam"),
        (6, "regime"),
        (7, "doelgroep"),
        (8, "duty_end"),
        (9, "duty_start"),
        (10, ""),
        (11, "dossierkenmerk"),
        (12, "geslachtsnaam"),
        (14, "valid_from"),
    ]
    assert await register.dossiers() == []


async def test_faulty_parties_and_contacts(register: Register) -> None:
    found = await faults(
        register,
        Kind.PARTIES,
        "side,name,instellingsnummer,standing\n"
        "school,X,00VB000001,active\n"
        "provider,X,1,active\n"
        "provider,X,00VB000001,misschien\n"
        "provider,X,00VB000001,active\n"
        "provider,Y,00VB000001,active\n",
    )
    assert found == [
        (2, "side"),
        (3, "instellingsnummer"),
        (4, "standing"),
        (6, "instellingsnummer"),
    ]
    await fill(register, until=Kind.CONTACTS)
    head = "party,name,address,role,certificate\n"
    found = await faults(
        register,
        Kind.CONTACTS,
        head + "00VB000009,X,x@a.example,contactpersoon,\n"
        "00VB000001,X,info@a.example,contactpersoon,\n"
        "00VB000001,X,x@a.example,casemanager,\n"
        "00VB000001,X,y@a.example,contactpersoon,onzin\n"
        "00VB000001,X,z@a.example,contactpersoon,certificate of z\n"
        "00VB000001,X,Z@a.example,contactpersoon,\n",
    )
    assert found == [
        (2, "party"),
        (3, "address"),
        (4, "role"),
        (5, "certificate"),
        (7, "address"),
    ]


async def test_faulty_designations_and_consents(register: Register) -> None:
    await fill(register, until=Kind.DESIGNATIONS)
    found = await faults(
        register,
        Kind.DESIGNATIONS,
        "dossierkenmerk,contact,valid_from,substitute_from,substitute_until\n"
        "IMP-9,saar@taalschool.example,,,\n"
        "IMP-1,niemand@taalschool.example,,,\n"
        "IMP-1,sam@taalschool.example,,2026-01-01,\n"
        "IMP-1,sam@taalschool.example,,2026-02-01,2026-03-01\n"
        "IMP-1,,,,\n",
    )
    assert found == [
        (2, "dossierkenmerk"),
        (3, "contact"),
        (4, "substitute_until"),
        (5, "contact"),
        (6, "contact"),
    ]
    found = await faults(
        register,
        Kind.CONSENTS,
        "dossierkenmerk,provider,event,categories,form_version,interpreter,proof_sha256,partner\n"
        "IMP-1,00VB000001,gegeven,T1,bijlage-2,,,none\n"
        "IMP-1,00VB000001,given,T1 T9,bijlage-2,,,none\n"
        "IMP-1,00VB000001,given,,bijlage-2,,,none\n"
        "IMP-1,0000000518,given,T1,bijlage-2,,,none\n"
        "IMP-1,00VB000001,given,T1,bijlage-2,misschien,,none\n"
        "IMP-1,00VB000001,given,T1,bijlage-2,,abc,none\n"
        "IMP-1,00VB000001,given,T1,bijlage-1,,,none\n"
        "IMP-1,00VB000001,given,T1,bijlage-2,,,\n"
        "IMP-1,00VB000001,given,T1,bijlage-2,,,missing\n"
        "IMP-1,00VB000001,given,T1,bijlage-2,,,misschien\n",
    )
    assert found == [
        (2, "event"),
        (3, "categories"),
        (4, "categories"),
        (5, "provider"),
        (6, "interpreter"),
        (7, "form_version"),
        (8, "form_version"),
        (9, "partner"),
        (10, "partner"),
        (11, "partner"),
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", [(1, ""), (1, "doelgroep"), (1, "dossierkenmerk")]),
        (DOSSIERS.encode("utf-16"), [(1, "")]),
        (DOSSIERS.replace("Verzonnen", "Verzönnen").encode("latin-1"), [(2, "")]),
        (DOSSIERS.replace("Fictief", "Fic\0tief").encode(), [(4, "")]),
        (DOSSIERS.replace("Denkbeeld", '"Denk"beeld').encode(), [(3, "")]),
        (DOSSIERS.replace("Fictief", '"Fictief').encode(), [(4, "")]),
        (DOSSIERS.replace("regime", "wet").encode(), [(1, ""), (1, "regime")]),
        (DOSSIERS.replace("voorvoegsel", "regime").encode(), [(1, "regime")]),
        (DOSSIERS.encode() + b"x" * MAX_BYTES, [(1, "")]),
        (b"IMP-1,Verzonnen,1980,WI2013,Asielstatushouder\n", [(1, "")] * 5),
    ],
)
def test_a_file_that_cannot_be_read_as_a_whole(
    content: bytes, expected: list[tuple[int, str]]
) -> None:
    with pytest.raises(CsvFaultsError) as refused:
        list(read_cells(content, *_columns(Kind.DOSSIERS)))
    found = [(fault.line, fault.column) for fault in refused.value.faults]
    assert found[: len(expected)] == expected
    said = " ".join(f"{fault.text} {fault.nl} {fault.column}" for fault in refused.value.faults)
    assert "Verzonnen" not in said


@given(rows=st.lists(st.lists(st.text(max_size=12), min_size=1, max_size=9), max_size=4))
def test_no_value_is_ever_repeated(rows: list[list[str]]) -> None:
    """Whatever stands in the cells, a fault names line and column only."""
    head = DOSSIERS.splitlines()[0]
    marked = [[f"geheim{cell}geheim" for cell in row] for row in rows]
    lines = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in marked]
    content = "\n".join([head, *lines]).encode("utf-8", "replace")
    found: list[Cells | RowFault] = []
    said: list[RowFault] = []
    try:
        found = list(read_cells(content, *_columns(Kind.DOSSIERS)))
    except CsvFaultsError as error:
        said = list(error.faults)
    said += [row for row in found if isinstance(row, RowFault)]
    assert "geheim" not in " ".join(f"{each.text}{each.nl}{each.column}" for each in said)
    assert "geheim" not in f"{found!r}"


def test_every_fault_of_the_register_names_a_column_that_the_files_have() -> None:
    for layout in LAYOUTS.values():
        assert layout.needed
        assert not layout.needed & layout.optional
        assert "valid_from" in layout.optional


def _columns(kind: Kind) -> tuple[frozenset[str], frozenset[str]]:
    return LAYOUTS[kind].needed, LAYOUTS[kind].optional
