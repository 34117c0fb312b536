"""Rows of the register, and the histories they make up: the same for every register."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from gateway.adapters import tables_deciding as deciding
from gateway.adapters import tables_register as tables
from gateway.adapters.tables_register import optional_instant
from gateway.adapters.tables_rights import dossier_restriction
from gateway.adapters.timestamps import instant_at
from gateway.domain.bijsluiter import Category, Doelgroep, Regime
from gateway.domain.consent import ConsentCategory, ConsentEvent, ConsentKind
from gateway.domain.histories import (
    Change,
    Circumstance,
    ConsentOf,
    ContactDetail,
    ContactHistory,
    Designation,
    DossierHistory,
    History,
    PartyHistory,
    Roster,
    SealedIdentity,
    Substitution,
    roster_of,
)
from gateway.domain.mail import Protection
from gateway.domain.parties import Interval, Key, Role, Side, Standing
from gateway.domain.restricting import Restriction, RestrictionEvent, RestrictionReason

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Table

    from gateway.domain.running import Running

Row: TypeAlias = "Mapping[str, Any]"
T = TypeVar("T")

ROSTER_TABLES = (
    tables.party,
    tables.party_name,
    tables.party_standing,
    tables.party_term,
    tables.contact,
    tables.contact_detail,
    tables.contact_confidentiality,
    tables.contact_key,
    deciding.policy_activation,
)
DOSSIER_TABLES = (
    tables.dossier_identity,
    tables.dossier_circumstance,
    tables.designation,
    tables.substitution,
    tables.consent_event,
    dossier_restriction,
)


class Rows(Protocol):
    """The rows of one register, inside one transaction."""

    async def append(self, table: Table, row: Row) -> None:
        """Add a row; its serial number is given here."""

    async def select(self, table: Table, **equal: object) -> Sequence[Row]:
        """The rows whose columns have these values, in the order of recording."""

    async def among(self, table: Table, column: str, values: Collection[str]) -> Sequence[Row]:
        """The rows whose column has one of these texts, in the order of recording."""

    async def extend(self, table: Table, rows: Sequence[Row]) -> None:
        """Add many rows of one shape."""

    async def revision(self) -> int:
        """The register's revision."""


def history(rows: Iterable[Row], value: Callable[[Row], T]) -> History[T]:
    """What these rows say over time."""
    return History(
        Change(valid_from=instant_at(row["valid_from"]), order=row["id"], value=value(row))
        for row in rows
    )


def interval(start: int | None, end: int | None) -> Interval:
    """A stored interval."""
    return Interval(start=optional_instant(start), end=optional_instant(end))


def grouped(rows: Iterable[Row], column: str) -> defaultdict[str, list[Row]]:
    """The rows by what they are about."""
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[column]].append(row)
    return found


async def read_roster(rows: Rows, running: tuple[Running, ...] = ()) -> Roster:
    """All parties and contacts; with the terms that run, where they are wanted."""
    read = {table.name: await rows.select(table) for table in ROSTER_TABLES}
    return _roster_from(await rows.revision(), read, running)


def _roster_from(
    revision: int, read: Mapping[str, Sequence[Row]], running: tuple[Running, ...]
) -> Roster:
    """The roster that these rows, by table, make up."""
    of_party = {name: grouped(read[name], "party_id") for name in read if name[:6] == "party_"}
    of_contact = {
        name: grouped(read[name], "contact_id") for name in read if name[:8] == "contact_"
    }
    parties = {row["party_id"]: _party(row, of_party) for row in read["party"]}
    contacts = [_contact(row, parties[row["party_id"]], of_contact) for row in read["contact"]]
    policies = policies_from(read["policy_activation"])
    return roster_of(revision, parties.values(), contacts, policies, running)


def policies_from(rows: Iterable[Row]) -> History[str]:
    """The digest of the decision table in force, over time."""
    return history(rows, lambda row: str(row["digest"]))


def _party(row: Row, of_party: Mapping[str, Mapping[str, list[Row]]]) -> PartyHistory:
    party_id = row["party_id"]
    return PartyHistory(
        party_id=party_id,
        side=Side(row["side"]),
        instellingsnummer=row["instellingsnummer"],
        names=history(of_party["party_name"][party_id], lambda r: str(r["name"])),
        standings=history(of_party["party_standing"][party_id], lambda r: Standing(r["standing"])),
        terms=history(
            of_party["party_term"][party_id], lambda r: interval(r["term_start"], r["term_end"])
        ),
    )


def _contact(
    row: Row, party: PartyHistory, of_contact: Mapping[str, Mapping[str, list[Row]]]
) -> ContactHistory:
    contact_id = row["contact_id"]
    return ContactHistory(
        contact_id=contact_id,
        party=party,
        details=history(of_contact["contact_detail"][contact_id], _detail),
        bounds=history(of_contact["contact_confidentiality"][contact_id], _bound),
        keys=history(of_contact["contact_key"][contact_id], _key),
    )


def _detail(row: Row) -> ContactDetail:
    return ContactDetail(
        name=row["name"],
        address=row["address"],
        role=Role(row["role"]),
        active=bool(row["active"]),
    )


def _bound(row: Row) -> Interval | None:
    return interval(row["bound_start"], row["bound_end"]) if row["declared"] else None


def _key(row: Row) -> Key | None:
    if row["fingerprint"] is None:
        return None
    return Key(
        protection=Protection(row["protection"]),
        fingerprint=row["fingerprint"],
        certificate=row["certificate"],
        valid=interval(row["key_start"], row["key_end"]),
        revoked_at=optional_instant(row["revoked_at"]),
    )


class WorkingRoster:
    """Parties and contacts while a change is being made: what was read, and what it added.

    Only the histories that are asked for are built, so that a change that adds
    a thousand contacts stays a matter of seconds.
    """

    def __init__(self, read: Mapping[str, Sequence[Row]]) -> None:
        self._rows: dict[str, defaultdict[str, list[Row]]] = {
            name: grouped(rows, _about(name)) for name, rows in read.items()
        }
        self._addresses: defaultdict[str, set[str]] = defaultdict(set)
        self._fingerprints: defaultdict[str, set[str]] = defaultdict(set)
        for name, rows in read.items():
            for row in rows:
                self._note(name, row)
        self._serial = 1 << 62

    def add(self, table: Table, row: Row) -> None:
        """What this change appended."""
        if table.name in self._rows:
            self._serial += 1
            self._rows[table.name][row[_about(table.name)]].append({"id": self._serial, **row})
            self._note(table.name, row)

    def party(self, party_id: str) -> PartyHistory | None:
        """The party, if there is one."""
        found = self._rows["party"].get(party_id)
        return _party(found[0], self._rows) if found else None

    def contact(self, contact_id: str) -> ContactHistory | None:
        """The contact, if there is one."""
        found = self._rows["contact"].get(contact_id)
        party = self.party(found[0]["party_id"]) if found else None
        return _contact(found[0], party, self._rows) if found and party else None

    def ever_at(self, address: str) -> list[ContactHistory]:
        """Every contact who has, had or will have this address."""
        return self._all(self._addresses[address.casefold()])

    def ever_with(self, fingerprint: str) -> list[ContactHistory]:
        """Every contact to whom this key is, was or will be pinned."""
        return self._all(self._fingerprints[fingerprint])

    def _all(self, contact_ids: Iterable[str]) -> list[ContactHistory]:
        found = (self.contact(contact_id) for contact_id in sorted(contact_ids))
        return [contact for contact in found if contact is not None]

    def _note(self, name: str, row: Row) -> None:
        if name == "contact_detail":
            self._addresses[row["address"].casefold()].add(row["contact_id"])
        elif name == "contact_key" and row["fingerprint"]:
            self._fingerprints[row["fingerprint"]].add(row["contact_id"])


def _about(table: str) -> str:
    return f"{table.partition('_')[0]}_id"


async def read_working_roster(rows: Rows) -> WorkingRoster:
    """All parties and contacts, to be changed."""
    people = [table for table in ROSTER_TABLES if table is not deciding.policy_activation]
    return WorkingRoster({table.name: await rows.select(table) for table in people})


async def read_dossier(rows: Rows, dossier_id: str) -> DossierHistory | None:
    """One dossier with its whole history, if there is one."""
    secrets = await rows.select(tables.dossier_secret, dossier_id=dossier_id)
    if not secrets:
        return None
    read = {table.name: await rows.select(table, dossier_id=dossier_id) for table in DOSSIER_TABLES}
    return dossier_from(dossier_id, secrets[0]["wrapped_key"], read)


async def read_consents(
    rows: Rows, dossier_ids: Collection[str]
) -> list[tuple[DossierHistory, tuple[str, ...]]]:
    """Consent and circumstances of these people, with the language of each form signed.

    Nothing else of them: no identity, no designations.
    """
    read = {
        table.name: grouped(await rows.among(table, "dossier_id", dossier_ids), "dossier_id")
        for table in (tables.consent_event, tables.dossier_circumstance)
    }
    empty: dict[str, Sequence[Row]] = {table.name: () for table in DOSSIER_TABLES}
    found = []
    for dossier_id in sorted(dossier_ids):
        own: dict[str, Sequence[Row]] = {
            name: by_dossier[dossier_id] for name, by_dossier in read.items()
        }
        languages = tuple(row["form_language"] for row in own["consent_event"])
        found.append((dossier_from(dossier_id, None, empty | own), languages))
    return found


async def dossiers_of(rows: Rows, party_id: str) -> list[DossierHistory]:
    """Every dossier for which this party is, was or will be designated."""
    ids = dict.fromkeys(
        str(row["dossier_id"]) for row in await rows.select(tables.designation, party_id=party_id)
    )
    found = [await read_dossier(rows, dossier_id) for dossier_id in ids]
    return [history for history in found if history is not None]


def dossier_from(
    dossier_id: str, secret: bytes | None, read: Mapping[str, Sequence[Row]]
) -> DossierHistory:
    """The dossier that these rows, by table, make up."""
    by_side = grouped(read["designation"], "side")
    return DossierHistory(
        dossier_id=dossier_id,
        secret=secret,
        identities=history(
            read["dossier_identity"],
            lambda r: SealedIdentity(context=r["context"], content=r["sealed"]),
        ),
        circumstances=history(read["dossier_circumstance"], _circumstance),
        designations={Side(side): history(rows, _designation) for side, rows in by_side.items()},
        substitutions=_substitutions(read["substitution"]),
        consents=tuple(consent_of(row) for row in read["consent_event"]),
        restrictions=restrictions_from(read["dossier_restriction"]),
    )


def _circumstance(row: Row) -> Circumstance:
    return Circumstance(
        regime=Regime(row["regime"]) if row["regime"] else None,
        doelgroep=Doelgroep(row["doelgroep"]) if row["doelgroep"] else None,
        duty=interval(row["duty_start"], row["duty_end"]),
    )


def _designation(row: Row) -> Designation:
    return Designation(party_id=row["party_id"], contact_id=row["contact_id"])


def _substitutions(rows: Sequence[Row]) -> tuple[Substitution, ...]:
    latest = {row["substitution_id"]: row for row in rows}
    return tuple(
        Substitution(
            substitution_id=row["substitution_id"],
            side=Side(row["side"]),
            contact_id=row["contact_id"],
            period=interval(row["valid_from"], row["period_end"]),
        )
        for row in latest.values()
    )


def consent_of(row: Row) -> ConsentOf:
    """The event of one row, and for which provider."""
    return ConsentOf(
        provider_id=row["provider_party_id"],
        event=ConsentEvent(
            kind=ConsentKind(row["kind"]),
            valid_from=instant_at(row["valid_from"]),
            recorded_at=instant_at(row["recorded_at"]),
            form_version=row["form_version"],
            categories=frozenset(ConsentCategory(each) for each in row["categories"].split()),
            extra=frozenset(Category(each) for each in row["extra"].split()),
        ),
    )


def restrictions_from(rows: Sequence[Row]) -> tuple[Restriction, ...]:
    """The restrictions that these rows make up, in the order of recording."""
    found: dict[str, dict[str, Row]] = {}
    for row in rows:
        found.setdefault(row["restriction_id"], {})[row["event"]] = row
    return tuple(_restriction(each) for each in found.values())


def _restriction(events: dict[str, Row]) -> Restriction:
    began = events[RestrictionEvent.BEGAN.value]
    return Restriction(
        restriction_id=began["restriction_id"],
        case_id=began["case_id"],
        reason=RestrictionReason(began["reason"]),
        period=Interval(start=_at(began), end=_at(events.get(RestrictionEvent.LIFTED.value))),
        announced_at=_at(events.get(RestrictionEvent.ANNOUNCED.value)),
    )


def _at(row: Row | None) -> datetime | None:
    return optional_instant(row["valid_from"]) if row else None
