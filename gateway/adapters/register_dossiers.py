"""Dossiers and designations: what may be put on record about them, and how."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from gateway.adapters import tables_register as tables
from gateway.adapters.register_writing import bounds, identities, seal_identity
from gateway.adapters.tables_register import stamp
from gateway.adapters.vault import normalised
from gateway.domain.assembling import DESIGNABLE
from gateway.domain.audit import Action
from gateway.domain.bijsluiter import DeelsBekendeDatum
from gateway.domain.register import Refusal, RegisterError, check_dossierkenmerk, check_name

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.adapters.register_rows import Row
    from gateway.adapters.register_writing import Writing
    from gateway.domain.bijsluiter import Doelgroep, Regime
    from gateway.domain.histories import Circumstance, DossierHistory, Identity
    from gateway.domain.parties import Interval, Side

_BIRTH_DATE: TypeAdapter[str] = TypeAdapter(DeelsBekendeDatum)


class Dossiers:
    """One for each inburgeraar.  Everything here raises `RegisterError`."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing

    async def add(
        self,
        *,
        identity: Identity,
        regime: Regime | None,
        doelgroep: Doelgroep | None,
        duty: Interval,
        valid_from: datetime | None = None,
        dossier_id: str | None = None,
    ) -> str:
        """A new dossier, under a new key of this person's own; its id."""
        writing = self._writing
        new = await writing.new_id(tables.dossier, dossier_id)
        await writing.append(tables.dossier, dossier_id=new)
        secret = writing.vault.new_person(new)
        await writing.rows.append(tables.dossier_secret, {"dossier_id": new, "wrapped_key": secret})
        await self._identify(new, secret, identity, writing.moment(valid_from))
        await self._circumstance(new, regime, doelgroep, duty, valid_from)
        return new

    async def identify(
        self, dossier_id: str, identity: Identity, *, valid_from: datetime | None = None
    ) -> None:
        """Who the dossier is about, corrected or completed."""
        start = self._writing.moment(valid_from)
        history = await self._writing.dossier(dossier_id)
        if history.secret is None:
            raise RegisterError(Refusal.PERSON_ERASED)
        await self._identify(dossier_id, history.secret, identity, start)

    async def _identify(
        self, dossier_id: str, secret: bytes, identity: Identity, start: datetime
    ) -> None:
        _check_identity(identity)
        index = await self._free_index(dossier_id, identity.dossierkenmerk, start)
        if index is not None:
            row = {"kenmerk_index": index, "dossier_id": dossier_id}
            await self._writing.rows.append(tables.dossier_index, row)
        await self._writing.append(
            tables.dossier_identity,
            dossier_id=dossier_id,
            valid_from=stamp(start),
            **seal_identity(self._writing.vault, dossier_id, secret, identity),
        )

    async def find(self, dossierkenmerk: str) -> str:
        """The id of the dossier that has, or is about to get, this dossierkenmerk."""
        index = self._writing.vault.blind_index(dossierkenmerk)
        for row in await self._writing.rows.select(tables.dossier_index, kenmerk_index=index):
            if await self._has(row["dossier_id"], dossierkenmerk, self._writing.now):
                return str(row["dossier_id"])
        raise RegisterError(Refusal.UNKNOWN_DOSSIER)

    async def _free_index(self, dossier_id: str, kenmerk: str, start: datetime) -> bytes | None:
        """The index to add, None when this dossier has it; refuses one in use by another."""
        index = self._writing.vault.blind_index(kenmerk)
        found = await self._writing.rows.select(tables.dossier_index, kenmerk_index=index)
        holders = [row["dossier_id"] for row in found]
        for other in holders:
            if other != dossier_id and await self._has(other, kenmerk, start):
                raise RegisterError(Refusal.DOSSIERKENMERK_TAKEN)
        return None if dossier_id in holders else index

    async def _has(self, dossier_id: str, kenmerk: str, start: datetime) -> bool:
        history = await self._writing.dossier(dossier_id)
        wanted = normalised(kenmerk)
        return any(
            normalised(identity.dossierkenmerk) == wanted
            for identity in identities(self._writing.vault, history, start)
        )

    async def change(
        self,
        dossier_id: str,
        *,
        circumstance: Circumstance,
        valid_from: datetime | None = None,
    ) -> None:
        """Another act, group or duty, as one whole."""
        await self._writing.person_known(dossier_id)
        await self._circumstance(
            dossier_id,
            circumstance.regime,
            circumstance.doelgroep,
            circumstance.duty,
            valid_from,
        )

    async def _circumstance(
        self,
        dossier_id: str,
        regime: Regime | None,
        doelgroep: Doelgroep | None,
        duty: Interval,
        valid_from: datetime | None,
    ) -> None:
        await self._writing.append(
            tables.dossier_circumstance,
            dossier_id=dossier_id,
            valid_from=stamp(self._writing.moment(valid_from)),
            regime=regime.value if regime else None,
            doelgroep=doelgroep.value if doelgroep else None,
            **bounds(duty, "duty_start", "duty_end"),
        )


def _check_identity(identity: Identity) -> None:
    check_dossierkenmerk(identity.dossierkenmerk)
    for text in (identity.geslachtsnaam, *filter(None, _optional(identity))):
        check_name(text, Refusal.BAD_IDENTITY)
    problem = False
    try:
        _BIRTH_DATE.validate_python(identity.geboortedatum)
    except ValidationError:
        problem = True
    if problem:
        raise RegisterError(Refusal.BAD_IDENTITY)


def _optional(identity: Identity) -> tuple[str, ...]:
    return (
        identity.voorvoegsel,
        identity.voornamen,
        identity.email,
        identity.telefoonnummer,
    )


class Designations:
    """One contact on each side of a dossier (12.5).  Everything here raises `RegisterError`."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing

    async def designate(
        self, dossier_id: str, contact_id: str, *, valid_from: datetime | None = None
    ) -> None:
        """This contact from now on, in the place of whoever was, on the side of their party.

        On the provider's side it also says which provider the dossier is with.
        """
        start = self._writing.moment(valid_from)
        await self._writing.person_known(dossier_id)
        side, party_id = await self._designable(contact_id, start)
        await self._append(dossier_id, side, party_id, contact_id, start)

    async def vacate(
        self, dossier_id: str, side: Side, *, valid_from: datetime | None = None
    ) -> None:
        """Nobody for the time being; the dossier stays with the party."""
        start = self._writing.moment(valid_from)
        before = (await self._writing.dossier(dossier_id)).designated(side, start)
        if before is None:
            raise RegisterError(Refusal.NO_DESIGNATION)
        await self._append(dossier_id, side, before.party_id, None, start)

    async def _append(
        self, dossier_id: str, side: Side, party_id: str, contact_id: str | None, start: datetime
    ) -> None:
        await self._writing.append(
            tables.designation,
            dossier_id=dossier_id,
            valid_from=stamp(start),
            side=side.value,
            party_id=party_id,
            contact_id=contact_id,
        )

    async def _designable(self, contact_id: str, start: datetime) -> tuple[Side, str]:
        history = await self._writing.contact(contact_id)
        contact = history.at(start)
        if contact is None:
            raise RegisterError(Refusal.UNKNOWN_CONTACT)
        if contact.role is not DESIGNABLE[contact.party.side]:
            raise RegisterError(Refusal.NOT_DESIGNABLE)
        return contact.party.side, contact.party.party_id

    async def substitute(self, dossier_id: str, contact_id: str, period: Interval) -> str:
        """Who stands in during `period`, half open; the substitution's id."""
        if period.start is None or period.end is None:
            raise RegisterError(Refusal.PERIOD_EMPTY)
        bounds(period, "start", "end")
        history = await self._writing.dossier(dossier_id)
        side, party_id = await self._designable(contact_id, period.start)
        designation = history.designated(side, period.start)
        if designation is None:
            raise RegisterError(Refusal.NO_DESIGNATION)
        if designation.party_id != party_id:
            raise RegisterError(Refusal.SUBSTITUTE_OF_OTHER_PARTY)
        if designation.contact_id == contact_id:
            raise RegisterError(Refusal.SUBSTITUTE_IS_DESIGNATED)
        if _overlaps(history, side, period):
            raise RegisterError(Refusal.SUBSTITUTES_OVERLAP)
        new = secrets.token_hex(8)
        await self._writing.append(
            tables.substitution,
            dossier_id=dossier_id,
            valid_from=stamp(period.start),
            substitution_id=new,
            side=side.value,
            contact_id=contact_id,
            period_end=stamp(period.end),
        )
        return new

    async def end_substitution(self, substitution_id: str, *, at: datetime | None = None) -> None:
        """The substitute is back to what they were, earlier than agreed or before it began."""
        end = self._writing.moment(at)
        rows = await self._writing.rows.select(tables.substitution, substitution_id=substitution_id)
        if not rows:
            raise RegisterError(Refusal.UNKNOWN_SUBSTITUTION)
        await self._writing.append(
            tables.substitution, Action.SUBSTITUTION_ENDED, **_ended(rows[-1], end)
        )


def _ended(row: Row, end: datetime) -> dict[str, object]:
    kept = ("dossier_id", "valid_from", "substitution_id", "side", "contact_id")
    return {name: row[name] for name in kept} | {
        "period_end": max(min(row["period_end"], stamp(end) or 0), row["valid_from"])
    }


def _overlaps(history: DossierHistory, side: Side, period: Interval) -> bool:
    return any(
        other.side is side
        and other.period.start is not None
        and other.period.end is not None
        and period.start is not None
        and period.end is not None
        and max(other.period.start, period.start) < min(other.period.end, period.end)
        for other in history.substitutions
    )
