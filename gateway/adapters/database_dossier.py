"""One reading of the database for all that it holds about one person (AVG 15)."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from gateway.adapters import tables_incidents as incidents
from gateway.adapters import tables_register as tables
from gateway.adapters.at_rest import VaultError
from gateway.adapters.dossier_flow import named, read_flow
from gateway.adapters.dossier_rights import read_rights
from gateway.adapters.log_holding import refuse_if_held
from gateway.adapters.register_cases import read_cases, read_words
from gateway.adapters.register_consents import read_papers, read_scan
from gateway.adapters.register_rows import interval, read_roster
from gateway.adapters.register_sql import SqlRows
from gateway.adapters.register_writing import IDENTITY
from gateway.adapters.tables_register import optional_instant
from gateway.adapters.timestamps import instant_at
from gateway.domain.bijsluiter import Doelgroep, Regime
from gateway.domain.dossier import Assigned, Circumstances, Dated, Gap, Missing, Suspected
from gateway.domain.dossier_reading import Read
from gateway.domain.histories import Circumstance, Identity
from gateway.domain.holds import HoldError
from gateway.domain.parties import Side
from gateway.domain.register import Refusal, RegisterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.adapters.database import Database
    from gateway.adapters.dossier_flow import Flow, Rules
    from gateway.adapters.register_rows import Row
    from gateway.adapters.vault import PersonKey, Vault
    from gateway.domain.histories import Roster


class DossierReader:
    """Reads, and changes nothing; the caller has put on record who looks.

    Raises `RegisterError` for nobody, and for somebody who was erased: what is left of them
    cannot be found any more; `VaultError` where the words on a consent form do not open.
    """

    def __init__(self, database: Database, vault: Vault, rules: Rules) -> None:
        self._database = database
        self._vault = vault
        self._rules = rules

    async def read(self, dossier_id: str) -> tuple[Read, Roster]:
        """All of it as of one instant, and everybody who ever sent or received."""
        async with self._database.reading() as connection:
            rows = SqlRows(connection)
            person = await self._person(rows, dossier_id)
            roster = await read_roster(rows)
            of = partial(rows.select, dossier_id=dossier_id)
            papers = await read_papers(rows, self._vault, dossier_id)
            scans = {
                each.number: await self._scan(rows, dossier_id, each.number)
                for each in papers
                if each.scan_type is not None
            }
            cases = tuple(case for case in await read_cases(rows) if case.dossier_id == dossier_id)
            flow = await connection.run_sync(
                read_flow, self._vault, roster, dossier_id, self._rules
            )
            identities = [
                _dated(person, row) for row in _dated_rows(await of(tables.dossier_identity))
            ]
            read = Read(
                dossier_id=dossier_id,
                identities=tuple(identities),
                circumstances=tuple(
                    map(_circumstances, _dated_rows(await of(tables.dossier_circumstance)))
                ),
                assigned=_assigned(
                    await of(tables.designation), await of(tables.substitution), roster
                ),
                consents=tuple(papers),
                scans=scans,
                cases=cases,
                words={
                    number: words
                    for case in cases
                    for number, words in (await read_words(rows, self._vault, case.case_id)).items()
                },
                rights=await read_rights(rows, self._vault, roster, dossier_id, cases),
                suspected=await connection.run_sync(_suspected, dossier_id),
                on_hold=await connection.run_sync(_on_hold, dossier_id),
                **_of_flow(flow, identities),
            )
        return read, roster

    async def _person(self, rows: SqlRows, dossier_id: str) -> PersonKey:
        found = await rows.select(tables.dossier_secret, dossier_id=dossier_id)
        if not found:
            raise RegisterError(Refusal.UNKNOWN_DOSSIER)
        if found[0]["wrapped_key"] is None:
            raise RegisterError(Refusal.PERSON_ERASED)
        return self._vault.person(dossier_id, found[0]["wrapped_key"])

    async def _scan(self, rows: SqlRows, dossier_id: str, number: int) -> bytes | None:
        try:
            return await read_scan(rows, self._vault, dossier_id, number)
        except (VaultError, RegisterError):
            return None


def _of_flow(flow: Flow, identities: Sequence[Dated]) -> dict[str, Any]:
    unread = [
        Missing(gap=Gap.IDENTITY, where="register", at=each.since)
        for each in identities
        if each.identity is None
    ]
    return {
        "reports": tuple(flow.reports),
        "processing": tuple(flow.processing),
        "consultations": tuple(flow.consultations),
        "doubtful": tuple(flow.doubtful),
        "missing": (*unread, *flow.missing),
    }


def _dated_rows(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row["valid_from"], row["id"]))


def _dated(person: PersonKey, row: Row) -> Dated:
    identity = None
    with suppress(VaultError, ValueError, TypeError):
        identity = Identity(**json.loads(person.open(IDENTITY, row["context"], row["sealed"])))
    return Dated(since=instant_at(row["valid_from"]), identity=identity)


def _circumstances(row: Row) -> Circumstances:
    return Circumstances(
        since=instant_at(row["valid_from"]),
        circumstance=Circumstance(
            regime=Regime(row["regime"]) if row["regime"] else None,
            doelgroep=Doelgroep(row["doelgroep"]) if row["doelgroep"] else None,
            duty=interval(row["duty_start"], row["duty_end"]),
        ),
    )


def _assigned(
    designations: Sequence[Row], substitutions: Sequence[Row], roster: Roster
) -> tuple[Assigned, ...]:
    found = [_place(row, roster) for row in designations]
    latest = {row["substitution_id"]: row for row in substitutions}
    found += [_substitute(row, roster) for row in latest.values()]
    return tuple(sorted(found, key=lambda each: each.since))


def _place(row: Row, roster: Roster) -> Assigned:
    since = instant_at(row["valid_from"])
    party = roster.parties.get(row["party_id"])
    return Assigned(
        since=since,
        side=Side(row["side"]),
        organisation=party.at(since).name if party else "",
        contact=named(roster, row["contact_id"], since),
    )


def _substitute(row: Row, roster: Roster) -> Assigned:
    since = instant_at(row["valid_from"])
    contact = named(roster, row["contact_id"], since)
    return Assigned(
        since=since,
        side=Side(row["side"]),
        organisation=contact.organisation if contact else "",
        contact=contact,
        until=optional_instant(row["period_end"]),
        substitute=True,
    )


def _suspected(connection: Connection, dossier_id: str) -> tuple[Suspected, ...]:
    proposal, disclosure = incidents.incident_proposal.c, incidents.incident_disclosure.c
    found = connection.execute(
        select(proposal.incident_id, proposal.kind, proposal.occurred_at, proposal.detected_at)
        .join_from(
            incidents.incident_disclosure,
            incidents.incident_proposal,
            proposal.incident_id == disclosure.incident_id,
        )
        .where(disclosure.dossier_id == dossier_id)
        .distinct()
        .order_by(proposal.detected_at)
    )
    return tuple(
        Suspected(
            incident_id=row.incident_id,
            kind=row.kind,
            occurred_at=instant_at(row.occurred_at),
            detected_at=instant_at(row.detected_at),
        )
        for row in found
    )


def _on_hold(connection: Connection, dossier_id: str) -> bool:
    try:
        refuse_if_held(connection, dossier_id)
    except HoldError:
        return True
    return False
