"""One change of the register: one transaction, one operator, one moment, one revision."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from gateway.adapters import tables_register as tables
from gateway.adapters.register_deeds import Deeds
from gateway.adapters.register_rows import read_dossier, read_working_roster
from gateway.adapters.tables_register import stamp
from gateway.domain.audit import Deed, DeedResult
from gateway.domain.histories import Identity
from gateway.domain.register import Refusal, RegisterError, check_id
from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Table

    from gateway.adapters.erasures import Erasure
    from gateway.adapters.register_rows import Rows, WorkingRoster
    from gateway.adapters.vault import Vault
    from gateway.domain.audit import Action
    from gateway.domain.consent_forms import Form, Forms
    from gateway.domain.histories import ContactHistory, DossierHistory, PartyHistory
    from gateway.domain.mail import Protection
    from gateway.domain.parties import Interval
    from gateway.ports import SentReports

IDENTITY = "identity"
# Consent ends with an event of its own, and with the duty to integrate.
_BEARING_ON_CONSENT = (tables.consent_event, tables.dossier_circumstance)


class Described(Protocol):
    """What a certificate says of itself, as far as the register asks."""

    @property
    def protection(self) -> Protection:
        """What mail to its owner is sealed with."""

    @property
    def fingerprint(self) -> str:
        """Of the primary key, or SHA-256 over an S/MIME certificate; upper-case hex."""

    @property
    def kept(self) -> bytes:
        """What of the file is kept as the certificate."""

    @property
    def emails(self) -> tuple[str, ...]:
        """The addresses in its user ids."""

    @property
    def created(self) -> datetime:
        """When the key was made."""

    @property
    def expires(self) -> datetime | None:
        """When the key ends by itself."""

    @property
    def revoked(self) -> bool:
        """Whether its owner revoked it."""

    @property
    def can_encrypt(self) -> bool:
        """Whether something can be encrypted to it."""


@dataclass(slots=True, kw_only=True, repr=False)
class Writing(Silent):
    """What the parts of one change share; `describe` raises ValueError on a useless file.

    `by` is the operator's id, `origin` the account of this machine they use; `forms`
    gives the catalogue of consent forms when one is needed; without it none is taken in.
    """

    rows: Rows
    vault: Vault
    describe: Callable[[bytes], Described]
    forms: Callable[[], Forms] | None
    by: str
    origin: str
    now: datetime
    revision: int
    sent: SentReports
    # Whose consent or duty this change alters for the past, and since when (microseconds).
    late: dict[str, int] = field(default_factory=dict)
    deeds: Deeds = field(default_factory=Deeds)
    # Whom this change erases, once everything else of it is on record.
    erasures: list[Erasure] = field(default_factory=list)
    _roster: WorkingRoster | None = None

    async def roster(self) -> WorkingRoster:
        """Parties and contacts with what this change did so far."""
        if self._roster is None:
            self._roster = await read_working_roster(self.rows)
        return self._roster

    async def append(self, table: Table, deed: Action | None = None, /, **values: Any) -> None:
        """Add one row on record; `deed` where the row does not tell what was done."""
        await self.rows.append(table, {**self._recorded(), **values})
        self._note_late(table, values)
        self.deeds.note(table, values, deed)
        if self._roster is not None:
            self._roster.add(table, values)

    async def extend(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add many rows of one shape on record; of no party and no contact."""
        await self.rows.extend(table, [{**self._recorded(), **row} for row in rows])
        for row in rows:
            self._note_late(table, row)
            self.deeds.note(table, row)

    def done(self) -> list[Deed]:
        """What this change did, as it goes on record at its end."""
        return [
            Deed(
                at=self.now,
                actor=self.by,
                action=each.action,
                about=each.about,
                result=DeedResult.DONE,
                origin=self.origin,
                detail=each.detail,
                subject=each.subject,
            )
            for each in self.deeds.done
        ]

    def _recorded(self) -> dict[str, Any]:
        return {
            "revision": self.revision,
            "recorded_at": stamp(self.now),
            "recorded_by": self.by,
        }

    def _note_late(self, table: Table, row: Mapping[str, Any]) -> None:
        if table in _BEARING_ON_CONSENT and row["valid_from"] < (stamp(self.now) or 0):
            since = self.late.get(row["dossier_id"], row["valid_from"])
            self.late[row["dossier_id"]] = min(since, row["valid_from"])

    def moment(self, given: datetime | None) -> datetime:
        """From when a change is valid: as given, or now."""
        if given is not None and given.tzinfo is None:
            raise RegisterError(Refusal.NO_TIME_ZONE)
        return given or self.now

    def form(self, version: str | None, language: str = "nl") -> Form:
        """The consent form with this version, or the current one; refuses an unknown one."""
        if self.forms is None:
            raise RegisterError(Refusal.UNKNOWN_FORM)
        catalogue = self.forms()
        return catalogue.form(catalogue.current if version is None else version, language)

    async def party(self, party_id: str) -> PartyHistory:
        """The party; refuses an unknown one."""
        found = (await self.roster()).party(party_id)
        if found is None:
            raise RegisterError(Refusal.UNKNOWN_PARTY)
        return found

    async def contact(self, contact_id: str) -> ContactHistory:
        """The contact; refuses an unknown one."""
        found = (await self.roster()).contact(contact_id)
        if found is None:
            raise RegisterError(Refusal.UNKNOWN_CONTACT)
        return found

    async def dossier(self, dossier_id: str) -> DossierHistory:
        """The dossier; refuses an unknown one."""
        found = await read_dossier(self.rows, dossier_id)
        if found is None:
            raise RegisterError(Refusal.UNKNOWN_DOSSIER)
        return found

    async def dossier_known(self, dossier_id: str) -> None:
        """Refuses an unknown dossier."""
        if not await self.rows.select(tables.dossier, dossier_id=dossier_id):
            raise RegisterError(Refusal.UNKNOWN_DOSSIER)

    async def person_known(self, dossier_id: str) -> None:
        """Refuses an unknown dossier, and one whose person was erased: nothing is added to it."""
        await self.dossier_known(dossier_id)
        kept = await self.rows.select(tables.dossier_secret, dossier_id=dossier_id)
        if not kept or kept[0]["wrapped_key"] is None:
            raise RegisterError(Refusal.PERSON_ERASED)

    async def new_id(self, table: Table, given: str | None) -> str:
        """The id as given, if free, or a new random one."""
        if given is None:
            return secrets.token_hex(8)
        column = f"{table.name}_id"
        if await self.rows.select(table, **{column: check_id(given)}):
            raise RegisterError(Refusal.ID_TAKEN)
        return given


def bounds(period: Interval | None, start: str, end: str) -> dict[str, int | None]:
    """The columns of a period; refuses one that is empty or has no time zone."""
    if period is None:
        return {start: None, end: None}
    for bound in (period.start, period.end):
        if bound is not None and bound.tzinfo is None:
            raise RegisterError(Refusal.NO_TIME_ZONE)
    if period.start is not None and period.end is not None and period.end <= period.start:
        raise RegisterError(Refusal.PERIOD_EMPTY)
    return {start: stamp(period.start), end: stamp(period.end)}


def seal_identity(vault: Vault, dossier_id: str, secret: bytes, identity: Identity) -> Any:
    """The columns of an identity at rest."""
    context = secrets.token_hex(16)
    content = json.dumps(asdict(identity), ensure_ascii=False).encode()
    sealed = vault.person(dossier_id, secret).seal(IDENTITY, context, content)
    return {"context": context, "sealed": sealed}


def open_identity(vault: Vault, history: DossierHistory, at: datetime) -> Identity | None:
    """Who this dossier is about; None when not registered yet, or erased."""
    sealed = history.identities.as_of(at)
    if sealed is None or history.secret is None:
        return None
    person = vault.person(history.dossier_id, history.secret)
    return Identity(**json.loads(person.open(IDENTITY, sealed.context, sealed.content)))


def identities(vault: Vault, history: DossierHistory, since: datetime) -> list[Identity]:
    """The identity that holds at `since` and every later one."""
    if history.secret is None:
        return []
    person = vault.person(history.dossier_id, history.secret)
    return [
        Identity(**json.loads(person.open(IDENTITY, sealed.context, sealed.content)))
        for sealed in history.identities.since(since)
    ]
