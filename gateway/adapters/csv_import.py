"""Import of the register from CSV, one file a kind: all of it or nothing.

Parties are named by instellingsnummer, contacts by mail address, dossiers by
dossierkenmerk.  Periods are half open: an end is the first day that no longer
belongs to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.adapters.csv_cells import CellError, Cells, read_cells
from gateway.domain.bijsluiter import Category, Doelgroep, Regime
from gateway.domain.consent import ConsentCategory, ConsentKind
from gateway.domain.consent_forms import Paper, Partner
from gateway.domain.histories import Identity
from gateway.domain.importing import CsvFaultsError, Kind, RowFault
from gateway.domain.parties import Interval, Role, Side, Standing
from gateway.domain.register import Refusal, RegisterError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from gateway.adapters.register_change import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The columns of a kind of file, and what takes a row in."""

    needed: frozenset[str]
    optional: frozenset[str]
    take_in: Callable[[Change, Cells], Awaitable[None]]


async def take_in(change: Change, kind: Kind, content: bytes) -> int:
    """Every row of the file into this change; how many.

    Raises `CsvFaultsError` with every faulty row; the caller undoes the change.
    """
    layout = LAYOUTS[kind]
    taken = 0
    faults: list[RowFault] = []
    for row in read_cells(content, layout.needed, layout.optional):
        fault = row if isinstance(row, RowFault) else await _take_in(layout, change, row)
        if fault is None:
            taken += 1
        else:
            faults.append(fault)
    if faults:
        raise CsvFaultsError(tuple(faults))
    return taken


async def _take_in(layout: Layout, change: Change, cells: Cells) -> RowFault | None:
    try:
        await layout.take_in(change, cells)
    except CellError as error:
        return RowFault(line=cells.line, column=error.column, text=error.text, nl=error.nl)
    except RegisterError as error:
        known = layout.needed | layout.optional
        column = next((name for name in _COLUMNS.get(error.code, ()) if name in known), "")
        return RowFault(line=cells.line, column=column, text=error.text, nl=error.nl)
    return None


# Where to look when the register refuses; the first that the file has.
_COLUMNS: Mapping[Refusal, tuple[str, ...]] = {
    Refusal.UNKNOWN_PARTY: ("party", "provider"),
    Refusal.UNKNOWN_CONTACT: ("contact",),
    Refusal.UNKNOWN_DOSSIER: ("dossierkenmerk",),
    Refusal.BAD_ID: ("id",),
    Refusal.ID_TAKEN: ("id",),
    Refusal.BAD_NAME: ("name",),
    Refusal.BAD_INSTELLINGSNUMMER: ("instellingsnummer",),
    Refusal.INSTELLINGSNUMMER_TAKEN: ("instellingsnummer",),
    Refusal.BAD_ADDRESS: ("address",),
    Refusal.ADDRESS_TAKEN: ("address",),
    Refusal.ROLE_ADDRESS: ("address",),
    Refusal.ROLE_ON_OTHER_SIDE: ("role",),
    Refusal.PERIOD_EMPTY: ("term_end", "bound_end", "duty_end", "substitute_until"),
    Refusal.KEY_REFUSED: ("certificate",),
    Refusal.KEY_UNUSABLE: ("certificate",),
    Refusal.KEY_TAKEN: ("certificate",),
    Refusal.KEY_OF_OTHER_ADDRESS: ("certificate",),
    Refusal.BAD_DOSSIERKENMERK: ("dossierkenmerk",),
    Refusal.DOSSIERKENMERK_TAKEN: ("dossierkenmerk",),
    Refusal.BAD_IDENTITY: ("geslachtsnaam",),
    Refusal.NOT_DESIGNABLE: ("contact",),
    Refusal.NO_DESIGNATION: ("contact",),
    Refusal.SUBSTITUTE_OF_OTHER_PARTY: ("contact",),
    Refusal.SUBSTITUTE_IS_DESIGNATED: ("contact",),
    Refusal.SUBSTITUTES_OVERLAP: ("substitute_from",),
    Refusal.NOT_A_PROVIDER: ("provider",),
    Refusal.CONSENT_WITHOUT_ROWS: ("categories",),
    Refusal.SIGNED_IN_FUTURE: ("valid_from",),
    Refusal.BAD_FORM: ("form_version",),
    Refusal.UNKNOWN_FORM: ("form_version",),
    Refusal.FORM_INVALIDATED: ("form_version",),
    Refusal.PARTNER_UNSTATED: ("partner",),
    Refusal.PARTNER_DID_NOT_SIGN: ("partner",),
}


def _period(cells: Cells, start: str, end: str) -> Interval | None:
    period = Interval(start=cells.moment(start), end=cells.moment(end))
    return period if period.start or period.end else None


async def _party(change: Change, cells: Cells) -> None:
    await change.parties.add(
        party_id=cells.optional("id") or None,
        side=cells.one_of("side", Side),
        name=cells.needed("name"),
        instellingsnummer=cells.needed("instellingsnummer"),
        standing=cells.one_of("standing", Standing),
        term=_period(cells, "term_start", "term_end"),
        valid_from=cells.moment("valid_from"),
    )


async def _contact(change: Change, cells: Cells) -> None:
    certificate = cells.optional("certificate")
    await change.contacts.add(
        contact_id=cells.optional("id") or None,
        party_id=await change.parties.find(cells.needed("party")),
        name=cells.needed("name"),
        address=cells.needed("address"),
        role=cells.one_of("role", Role),
        bound=_period(cells, "bound_start", "bound_end"),
        certificate=certificate.encode() if certificate else None,
        valid_from=cells.moment("valid_from"),
    )


async def _dossier(change: Change, cells: Cells) -> None:
    identity = Identity(
        dossierkenmerk=cells.needed("dossierkenmerk"),
        geslachtsnaam=cells.needed("geslachtsnaam"),
        geboortedatum=cells.needed("geboortedatum"),
        voorvoegsel=cells.optional("voorvoegsel"),
        voornamen=cells.optional("voornamen"),
        email=cells.optional("email"),
        telefoonnummer=cells.optional("telefoonnummer"),
    )
    await change.dossiers.add(
        identity=identity,
        regime=cells.one_of("regime", Regime) if cells.optional("regime") else None,
        doelgroep=cells.one_of("doelgroep", Doelgroep) if cells.optional("doelgroep") else None,
        duty=_period(cells, "duty_start", "duty_end") or Interval(),
        valid_from=cells.moment("valid_from"),
    )


async def _designation(change: Change, cells: Cells) -> None:
    period = _period(cells, "substitute_from", "substitute_until")
    valid_from = cells.moment("valid_from")
    dossier_id = await change.dossiers.find(cells.needed("dossierkenmerk"))
    start = period.start if period else valid_from
    contact_id = await change.contacts.find(cells.needed("contact"), at=start)
    if period is None:
        await change.designations.designate(dossier_id, contact_id, valid_from=valid_from)
    else:
        await change.designations.substitute(dossier_id, contact_id, period)


async def _consent(change: Change, cells: Cells) -> None:
    await change.consents.record(
        await change.dossiers.find(cells.needed("dossierkenmerk")),
        await change.parties.find(cells.needed("provider")),
        cells.one_of("event", ConsentKind),
        valid_from=cells.moment("valid_from"),
        categories=cells.any_of("categories", ConsentCategory),
        extra=cells.any_of("extra", Category),
        form_version=cells.needed("form_version"),
        form_language=cells.optional("form_language") or "nl",
        expressed_by=cells.optional("expressed_by") or "inburgeraar",
        interpreter=cells.yes("interpreter"),
        proof_sha256=cells.optional("proof_sha256").lower() or None,
        paper=Paper(
            partner=cells.one_of("partner", Partner) if cells.optional("partner") else None
        ),
    )


def _layout(
    needed: str, optional: str, take_in: Callable[[Change, Cells], Awaitable[None]]
) -> Layout:
    return Layout(
        needed=frozenset(needed.split()),
        optional=frozenset(optional.split()) | {"valid_from"},
        take_in=take_in,
    )


LAYOUTS: Mapping[Kind, Layout] = {
    Kind.PARTIES: _layout("side name instellingsnummer standing", "id term_start term_end", _party),
    Kind.CONTACTS: _layout(
        "party name address role", "id bound_start bound_end certificate", _contact
    ),
    Kind.DOSSIERS: _layout(
        "dossierkenmerk geslachtsnaam geboortedatum regime doelgroep",
        "voorvoegsel voornamen email telefoonnummer duty_start duty_end",
        _dossier,
    ),
    Kind.DESIGNATIONS: _layout(
        "dossierkenmerk contact", "substitute_from substitute_until", _designation
    ),
    Kind.CONSENTS: _layout(
        "dossierkenmerk provider event categories form_version",
        "extra form_language expressed_by interpreter proof_sha256 partner",
        _consent,
    ),
}
