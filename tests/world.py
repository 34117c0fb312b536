"""A small world: a municipality, two schools, their people, and dossiers of every kind.

Plainly fictitious, and the same people as in ``tests/generators.py``: dossier
`n` is the inburgeraar of ``betrokkene(n)``.  `build` puts it into any register,
and a test bends it with one line more::

    register = Register(database, vault(), clock, describe_marker, forms=world.forms)
    await build(register, at=INSTANT)
    async with register.change(by="test") as change:
        await change.parties.set_standing("school-1", Standing.SUSPENDED)

=========  ==========================================================================
dossier    what is special about it
=========  ==========================================================================
1          WI2013, consent for all four rows; with school-1
2          WI2013, consent without T4
3          WI2013, consent given and later withdrawn
4          WI2021 gezinsmigrant, no consent needed
5          WI2021 asylum status holder: outside the covenant
6          regime and group unknown to the register
7          WI2013, no consent recorded
8          WI2013, consent refused
9          as 1, but with school-2
10         as 1, but the duty has ended
11         as 1, and a hand-added row covers bijzonderheden (P4)
12         as 1, but nobody is designated at the municipality
=========  ==========================================================================
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, TypedDict, Unpack

from gateway.adapters.audit_writing import DeedLog
from gateway.adapters.log_writing import LogWriter
from gateway.adapters.tables_register import consent_event, stamp
from gateway.adapters.vault import Vault
from gateway.domain.bijsluiter import Category, Doelgroep, Regime
from gateway.domain.cases import Received
from gateway.domain.consent import ConsentCategory, ConsentKind
from gateway.domain.consent_forms import Forms
from gateway.domain.deadlines import day_of
from gateway.domain.histories import Identity
from gateway.domain.mail import Protection
from gateway.domain.parties import Interval, Role, Side, Standing
from gateway.domain.proposals import Channel, ProposalKind
from gateway.domain.register import RegisterError
from gateway.ledger.records import Activity
from gateway.resources import forms_file, policy_text
from tests import generators

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path
    from typing import Protocol

    from gateway.adapters.memory_registry import MemoryRegister
    from gateway.adapters.register_change import Change
    from gateway.adapters.register_rows import Row
    from gateway.domain.proposals import Proposal

    class AnyRegister(Protocol):
        """A register that can be written to."""

        def change(self, *, by: str) -> AbstractAsyncContextManager[Change]:
            """Everything inside together."""

        def founding(self, *, by: str) -> AbstractAsyncContextManager[Change]:
            """As `change`, while there are no operators yet."""

        async def proposals(self) -> Sequence[Proposal]:
            """Everything that was ever proposed."""


# The two operators of this world, by id.
BY, BY_ANOTHER = "test", "another"
MUNICIPALITY = "gemeente"
SCHOOL_1, SCHOOL_2 = "school-1", "school-2"
SAAR, SAM, SOFIE = "contact-1", "contact-6", "contact-7"
CASPER, CARLA = "contact-2", "contact-4"
OFFICER, RELATIEBEHEERDER = "contact-3", "contact-5"
SCHOOL_2_NUMMER = "00VB000002"
DOSSIERS = range(1, 13)
YEAR = timedelta(days=365)
# The register's revision once this world is built: a table, operators, the world, its keys.
BUILT = 4


@dataclass(frozen=True)
class Somebody:
    """A contact of this world."""

    contact_id: str
    party_id: str
    name: str
    address: str
    role: Role


PEOPLE = (
    Somebody(SAAR, SCHOOL_1, "Saar Proefdocent", "saar@taalschool.example", Role.CONTACTPERSOON),
    Somebody(SAM, SCHOOL_1, "Sam Voorbeeldleraar", "sam@taalschool.example", Role.CONTACTPERSOON),
    Somebody(SOFIE, SCHOOL_2, "Sofie Testlerares", "sofie@letterhuis.example", Role.CONTACTPERSOON),
    Somebody(
        CASPER, MUNICIPALITY, "Casper Voorbeeldman", "casper@gemeente.example", Role.CASEMANAGER
    ),
    Somebody(CARLA, MUNICIPALITY, "Carla Denkbeeldig", "carla@gemeente.example", Role.CASEMANAGER),
    Somebody(
        OFFICER, MUNICIPALITY, "Fien Functionaris", "privacy@gemeente.example", Role.PRIVACY_OFFICER
    ),
    Somebody(
        RELATIEBEHEERDER,
        MUNICIPALITY,
        "Rens Relatieproef",
        "relatie@gemeente.example",
        Role.RELATIEBEHEERDER,
    ),
)


@dataclass(frozen=True)
class Marker:
    """What `describe_marker` says of a certificate that only marks one."""

    fingerprint: str
    kept: bytes = b"a marker"
    protection: Protection = Protection.OPENPGP
    emails: tuple[str, ...] = ()
    created: datetime = datetime(2020, 1, 1, tzinfo=UTC)
    expires: datetime | None = None
    revoked: bool = False
    can_encrypt: bool = True


def deeds(own: Vault | None = None) -> DeedLog:
    """What puts deeds on record, under one activity for all."""
    activity = Activity(activity_id="https://register.gemeente.example/verwerkingen/beheer/1")
    return DeedLog(lambda _kind, _action: activity, LogWriter(own or vault()))


@cache
def forms() -> Forms:
    """The consent forms that come with the gateway."""
    file = forms_file()
    return Forms(file.read_text(encoding="utf-8"), lambda name: (file.parent / name).read_bytes())


# Wordings that came after the printed one, for tests of what becomes of an old one.
MORE_FORMS = (
    ("bijlage-2-nieuw", "nl"),
    ("bijlage-2-proef", "nl"),
    ("bijlage-3", "nl"),
    ("bijlage-2", "ar"),
    ("1", "nl"),
    ("2", "nl"),
)


def catalogue_text() -> str:
    """The catalogue that comes with the gateway, with `MORE_FORMS` that say the same."""
    shipped = forms_file().read_text(encoding="utf-8")
    head, _, printed = shipped.partition("[[form]]")
    more = [
        printed.replace('version = "bijlage-2"', f'version = "{version}"').replace(
            'language = "nl"', f'language = "{language}"'
        )
        for version, language in MORE_FORMS
    ]
    return "[[form]]".join((head, printed, *more))


def write_catalogue(folder: Path) -> Path:
    """The same as a municipality's own file, with the texts beside it."""
    file = folder / "forms.toml"
    file.write_text(catalogue_text(), encoding="utf-8")
    shutil.copytree(forms_file().parent / "forms", folder / "forms")
    return file


@cache
def more_forms() -> Forms:
    """The same, read."""
    folder = forms_file().parent
    return Forms(catalogue_text(), lambda name: (folder / name).read_bytes())


def marker(name: str) -> bytes:
    """A certificate that nothing can be sealed with, for tests that seal nothing."""
    return f"certificate of {name}".encode()


def describe_marker(certificate: bytes) -> Marker:
    """Reads a `marker`; raises ValueError for anything else."""
    if not certificate.startswith(b"certificate of "):
        raise ValueError("unreadable")
    return Marker(sha256(certificate).hexdigest()[:40].upper(), kept=certificate)


def vault() -> Vault:
    """A vault with a key that is the same in every test, and good for nothing else."""
    return Vault(sha256(b"master key of the tests").digest())


@dataclass
class Clock:
    """A clock that stands still until a test moves it."""

    now: datetime = generators.INSTANT

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Setting:
    """How a dossier of this world differs from the ordinary."""

    regime: Regime | None = Regime.WI2013
    doelgroep: Doelgroep | None = Doelgroep.ASIEL
    contact: str = SAAR
    casemanager: str | None = CASPER
    duty_ended: bool = False
    consent: tuple[tuple[ConsentKind, str], ...] = ((ConsentKind.GIVEN, "T1 T2 T3 T4"),)
    extra: frozenset[Category] = field(default_factory=frozenset)


SETTINGS: Mapping[int, Setting] = {
    1: Setting(),
    2: Setting(consent=((ConsentKind.GIVEN, "T1 T2 T3"),)),
    3: Setting(
        casemanager=CARLA,
        consent=((ConsentKind.GIVEN, "T1 T2 T3 T4"), (ConsentKind.WITHDRAWN, "")),
    ),
    4: Setting(
        regime=Regime.WI2021, doelgroep=Doelgroep.GEZIN_OVERIG, casemanager=CARLA, consent=()
    ),
    5: Setting(regime=Regime.WI2021, consent=()),
    6: Setting(regime=None, doelgroep=None),
    7: Setting(consent=()),
    8: Setting(consent=((ConsentKind.REFUSED, ""),)),
    9: Setting(contact=SOFIE, casemanager=CARLA),
    10: Setting(duty_ended=True),
    11: Setting(extra=frozenset({Category.P4})),
    12: Setting(casemanager=None),
}


class Built(TypedDict, total=False):
    """How `build` is to do it."""

    at: datetime
    certificates: Mapping[str, bytes]
    clock: Clock


async def build(
    register: AnyRegister,
    *,
    at: datetime = generators.INSTANT,
    until: datetime | None = None,
    certificates: Mapping[str, bytes] | None = None,
    clock: Clock | None = None,
) -> None:
    """Put this world into an empty register, such that all of it holds at `at`.

    Covenants and duties end `until` then, else a year after it: who looks at it by the
    real clock has to say so, or it is over one day.

    A key counts from when it was confirmed: with the register's `clock`, a year before.

    `certificates` are real ones by contact id; whoever has none gets a `marker`,
    and then the register's `describe` has to be `describe_marker`.
    """
    await found(register)
    async with register.change(by=BY) as change:
        await add_parties(change, at, until)
        for somebody in PEOPLE:
            certificate = (certificates or {}).get(somebody.contact_id)
            await add_contact(change, somebody, at, certificate)
        for number in DOSSIERS:
            await add_dossier(change, number, SETTINGS[number], at, until)
    if clock is None:
        await confirm_keys(register)
    else:
        clock.now, now = at - YEAR, clock.now
        await confirm_keys(register)
        clock.now = now


async def build_in_memory(register: MemoryRegister, *, named: str, **how: Unpack[Built]) -> None:
    """`build`, done once under the name `named` and then copied: one for each manner of doing it.

    Rows are only ever added or replaced by others, so that copies may share them.
    """
    rows = register.rows
    if named not in _in_memory:
        await build(register, **how)
        _in_memory[named] = {name: list(found) for name, found in rows.tables.items()}, rows.number
    made, number = _in_memory[named]
    rows.tables = defaultdict(list, {name: list(found) for name, found in made.items()})
    rows.number = number


_in_memory: dict[str, tuple[dict[str, list[Row]], int]] = {}


async def pin(register: AnyRegister, contact_id: str, certificate: bytes) -> str:
    """This key for this contact: proposed by one operator, confirmed by the other."""
    async with register.change(by=BY) as change:
        await change.contacts.propose_key(contact_id, certificate)
    await confirm_keys(register)
    return (await register.proposals())[-1].payload["fingerprint"]


async def found(register: AnyRegister, policy: str | None = None) -> None:
    """Two operators, and the covenant's table or another one in force, if none is yet."""
    with suppress(RegisterError):
        async with register.founding(by="gateway init") as change:
            await change.policies.found(policy or policy_text())
    await add_operators(register)


async def add_operators(register: AnyRegister) -> None:
    """Two of them, where a table is in force already."""
    async with register.founding(by=BY) as change:
        await change.operators.add(BY, "Tess Testpersoon")
        await change.operators.add(BY_ANOTHER, "Pim Proefpersoon")


async def taken_back(register: AnyRegister, case_id: str) -> None:
    """The person took this request back: one operator says so and the other confirms it."""
    async with register.change(by=BY) as change:
        today = day_of((await change.cases.case(case_id)).received_at)
        proposed = await change.cases.take_back(case_id, Received.POST, today)
    async with register.change(by=BY_ANOTHER) as change:
        await change.approve(proposed)


async def confirm_keys(register: AnyRegister) -> None:
    """The other operator compared every fingerprint that waits, by telephone."""
    waiting = [
        each
        for each in await register.proposals()
        if each.kind is ProposalKind.KEY and each.is_open
    ]
    if waiting:
        async with register.change(by=BY_ANOTHER) as change:
            for each in waiting:
                read_out = each.payload["fingerprint"]
                await change.approve_key(each.proposal_id, read_out, Channel.TELEPHONE)


async def add_parties(change: Change, at: datetime, until: datetime | None = None) -> None:
    """The municipality and both schools, in the middle of the covenant's term."""
    for party_id, side, name, number in (
        (MUNICIPALITY, Side.MUNICIPALITY, "Gemeente Voorbeeldstad", generators.GEMEENTE_NUMMER),
        (SCHOOL_1, Side.PROVIDER, "Taalschool De Proef", generators.INSTELLINGSNUMMER),
        (SCHOOL_2, Side.PROVIDER, "Het Letterhuis", SCHOOL_2_NUMMER),
    ):
        await change.parties.add(
            party_id=party_id,
            side=side,
            name=name,
            instellingsnummer=number,
            standing=Standing.ACTIVE,
            term=Interval(start=at - YEAR, end=until or at + YEAR),
            valid_from=at - YEAR,
        )


async def add_contact(
    change: Change, somebody: Somebody, at: datetime, certificate: bytes | None = None
) -> None:
    """A contact, bound to confidentiality, with a key that waits for `confirm_keys`."""
    await change.contacts.add(
        contact_id=somebody.contact_id,
        party_id=somebody.party_id,
        name=somebody.name,
        address=somebody.address,
        role=somebody.role,
        bound=Interval(start=at - YEAR),
        certificate=certificate or marker(somebody.contact_id),
        valid_from=at - YEAR,
    )


async def add_dossier(
    change: Change,
    number: int,
    setting: Setting | None = None,
    at: datetime = generators.INSTANT,
    until: datetime | None = None,
) -> str:
    """The dossier of inburgeraar `number`, as `setting` says; its id."""
    setting = setting or Setting()
    end = at - timedelta(days=30) if setting.duty_ended else until or at + YEAR
    dossier_id = await change.dossiers.add(
        dossier_id=f"dossier-{number}",
        identity=identity(number),
        regime=setting.regime,
        doelgroep=setting.doelgroep,
        duty=Interval(start=at - YEAR, end=end),
        valid_from=at - YEAR,
    )
    for contact_id in (setting.contact, setting.casemanager):
        if contact_id is not None:
            await change.designations.designate(dossier_id, contact_id, valid_from=at - YEAR)
    provider = SCHOOL_2 if setting.contact == SOFIE else SCHOOL_1
    for days, (kind, rows) in enumerate(setting.consent):
        await change.consents.record(
            dossier_id,
            provider,
            kind,
            valid_from=at - timedelta(days=200 - days),
            categories=[ConsentCategory(row) for row in rows.split()],
            extra=setting.extra,
        )
    return dossier_id


async def coming_grant(
    change: Change,
    dossier_id: str,
    at: datetime,
    rows: str = "T1 T2 T3 T4",
    *,
    provider_id: str = SCHOOL_1,
    kind: ConsentKind = ConsentKind.GIVEN,
    version: str = "bijlage-2",
) -> None:
    """A grant that is valid from `at`, which may be to come: a register may hold such from 0.1.0.

    It is not taken in any more, so it is put where it would stand.
    """
    await change.consents._writing.append(
        consent_event,
        dossier_id=dossier_id,
        valid_from=stamp(at),
        provider_party_id=provider_id,
        kind=kind.value,
        categories=rows,
        extra="",
        form_version=version,
        form_language="nl",
        expressed_by="inburgeraar",
        interpreter=False,
        proof_sha256=None,
    )


def identity(number: int) -> Identity:
    """Who the inburgeraar with this number is, as ``generators.betrokkene`` writes them."""
    person = generators.betrokkene(number)
    return Identity(
        dossierkenmerk=str(person["dossierkenmerk"]),
        geslachtsnaam=str(person["geslachtsnaam"]),
        geboortedatum=str(person["geboortedatum"]),
        voornamen=str(person["voornamen"]),
    )
